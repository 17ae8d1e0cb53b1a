package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"hawser/internal/api"
	"hawser/internal/redact"
	"hawser/internal/version"
	"hawser/server/logs"
)

// logDir is where the server keeps its own log.
func logDir(dataDir string) string { return filepath.Join(dataDir, "log") }

func (a *App) openLogs(agents logs.Agents) (err error) {
	a.logs, err = logs.New(logs.Options{
		Dir: filepath.Join(a.config.DataDir, "bundles"), Agents: agents, Picture: a.fleet, Live: a.live, Secrets: a.secrets, Sources: a.logSources(),
		Version: version.String(), Keep: a.config.Logs.Keep, MaxBytes: a.config.Logs.MaxMiB << 20, Log: a.log,
	})
	return err
}

// uploads lets the hub hand on what agents send to what is made after it.
type uploads struct{ a *App }

func (u uploads) Have(host, name string) (int64, error) { return u.a.logs.Have(host, name) }

func (u uploads) Receive(ctx context.Context, host, name string, from int64, r io.Reader) error {
	return u.a.logs.Receive(ctx, host, name, from, r)
}

// secrets is everything that the server itself knows to be secret. Where it cannot be told, there is no bundle.
func (a *App) secrets(ctx context.Context, cluster string) (*redact.Secrets, error) {
	s := &redact.Secrets{}
	s.Add([]byte(a.config.Database.DSN))
	s.Learn([]byte(a.config.Database.DSN))
	for _, pattern := range []string{a.config.AdminPasswordFile, filepath.Join(a.config.DataDir, "*.key"), filepath.Join(a.config.DataDir, "pki", "*.key")} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			s.Add(data)
		}
	}
	kept, err := a.store.AllSecrets(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range kept {
		s.Add(one)
		s.LearnJSON(one)
	}
	channels, err := a.store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range channels {
		one, err := c.Secrets.Encode()
		if err != nil {
			return nil, err
		}
		for _, value := range []string{c.Secrets.Password, c.Secrets.URL, c.Secrets.Secret} {
			s.Add([]byte(value))
		}
		s.LearnJSON(append(append([]byte(`{"secrets":`), one...), '}')) // a webhook's address has its key in the query
	}
	k, err := a.fleet.Known(cluster)
	if err != nil {
		return nil, err
	}
	s.Learn([]byte(k.Config.XML))
	return s, nil
}

// logSources are the server's own files of a bundle. The audit log is not among them: it has its own export, for other people.
func (a *App) logSources() []logs.Source {
	document := func(name string, read func(context.Context, api.LogBundle) (any, error)) logs.Source {
		return logs.Source{Name: name, Write: func(ctx context.Context, b api.LogBundle, w io.Writer) error {
			v, err := read(ctx, b)
			if err != nil {
				return err
			}
			e := json.NewEncoder(w)
			e.SetIndent("", " ")
			return e.Encode(v)
		}}
	}
	return []logs.Source{
		{Name: "server.log", Write: func(_ context.Context, b api.LogBundle, w io.Writer) error {
			return logs.CopyJournal(w, logDir(a.config.DataDir), b.Since, b.Until)
		}},
		document("cluster.json", func(ctx context.Context, b api.LogBundle) (any, error) { return a.fleet.Cluster(ctx, b.Cluster) }),
		document("nodes.json", func(ctx context.Context, b api.LogBundle) (any, error) { return a.fleet.Nodes(ctx, b.Cluster) }),
		document("hosts.json", func(ctx context.Context, _ api.LogBundle) (any, error) { return a.fleet.Hosts(ctx) }),
		document("checks.json", func(ctx context.Context, b api.LogBundle) (any, error) { return a.fleet.Findings(ctx, b.Cluster) }),
		lines("events.jsonl", func(ctx context.Context, b api.LogBundle, cut api.Cut) (api.Page[api.Event], error) {
			return a.store.Events(ctx, api.EventQuery{Cluster: b.Cluster, Since: b.Since, Until: b.Until, Cut: cut})
		}, nil),
		lines("operations.jsonl", func(ctx context.Context, b api.LogBundle, cut api.Cut) (api.Page[api.Operation], error) {
			return a.store.Operations(ctx, api.OperationQuery{Cluster: b.Cluster, Cut: cut})
		}, func(b api.LogBundle, o api.Operation) (before, after bool) {
			// Newest first by their start: a day before the span nothing is under way any more.
			return o.Started.Before(b.Since.AddDate(0, 0, -1)), o.Started.After(b.Until) || !o.Ended.IsZero() && o.Ended.Before(b.Since)
		}),
		lines("revisions.jsonl", func(ctx context.Context, b api.LogBundle, cut api.Cut) (api.Page[api.Revision], error) {
			return a.store.Revisions(ctx, b.Cluster, api.RevisionQuery{Cut: cut})
		}, func(b api.LogBundle, r api.Revision) (before, after bool) {
			return r.At.Before(b.Since), r.At.After(b.Until)
		}),
		lines("alarms.jsonl", func(ctx context.Context, b api.LogBundle, cut api.Cut) (api.Page[api.Alarm], error) {
			return a.alerts.List(ctx, api.AlarmQuery{Cluster: b.Cluster, Cut: cut})
		}, nil),
		{Name: "server.yaml", Write: func(_ context.Context, _ api.LogBundle, w io.Writer) error {
			return yaml.NewEncoder(w).Encode(a.config)
		}},
		document("version.json", func(context.Context, api.LogBundle) (any, error) {
			return map[string]string{"hawser": version.String(), "agents": a.config.AgentAddress}, nil
		}),
	}
}

// lines writes a list that comes in pages, newest first, an object a line. Outside says of an object whether it lies before or after
// the span; the list ends with the first that lies before.
func lines[T any](name string, read func(context.Context, api.LogBundle, api.Cut) (api.Page[T], error), outside func(api.LogBundle, T) (before, after bool)) logs.Source {
	return logs.Source{Name: name, Write: func(ctx context.Context, b api.LogBundle, w io.Writer) error {
		e := json.NewEncoder(w)
		cut := api.Cut{Limit: 500}
		for {
			p, err := read(ctx, b, cut)
			if err != nil {
				return err
			}
			for _, one := range p.Items {
				if outside != nil {
					before, after := outside(b, one)
					if before {
						return nil
					}
					if after {
						continue
					}
				}
				if err := e.Encode(one); err != nil {
					return err
				}
			}
			if p.Next == "" {
				return nil
			}
			if p.Next == cut.Cursor {
				return errors.New("the list does not end")
			}
			cut.Cursor = p.Next
		}
	}}
}
