package logs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/bundle"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/redact"
	"hawser/internal/version"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// part is what has become of one node.
type part struct {
	member fleet.Member
	out    wire.CollectOutput
	err    *fault.Error
}

// collect is one bundle from its nodes to its file.
func (l *Logs) collect(ctx context.Context, id string, nodes []fleet.Member) {
	began := time.Now()
	parts := make([]part, len(nodes))
	var wg sync.WaitGroup
	for i, m := range nodes {
		wg.Go(func() {
			out, err := l.ask(ctx, id, i, m)
			parts[i] = part{m, out, told(err)}
			l.change(id, func(b *api.LogBundle) {
				n := &b.Nodes[i]
				n.State, n.Percent, n.Source = api.LogDone, 100, ""
				for _, e := range out.Entries {
					if e.Path != "" {
						n.Files++
					}
				}
				if err != nil {
					n.State, n.Fault = api.LogFailed, parts[i].err
				}
			})
		})
	}
	wg.Wait()
	b, err := l.assemble(ctx, id, parts)
	cleared := l.finish(id, b, err)
	l.o.Log.Info("log bundle collected", "bundle", id, "cluster", b.Cluster, "bytes", b.Bytes, "took", time.Since(began).Round(time.Millisecond), "err", errors.Join(err, cleared))
}

// told is an error as the index says it.
func told(err error) *fault.Error {
	if err == nil {
		return nil
	}
	return fault.Public(err)
}

// finish notes how a bundle has ended, and removes what it needed on the way.
func (l *Logs) finish(id string, done api.LogBundle, failed error) error {
	var cleared error
	if failed != nil {
		cleared = l.clear(id) // whoever hears that it has failed finds nothing of it
	}
	l.mu.Lock()
	b := l.bundles[id]
	delete(l.running, id)
	if b == nil { // deleted meanwhile
		l.mu.Unlock()
		return os.RemoveAll(l.path(id, ""))
	}
	b.Expires = l.o.Now().UTC().Add(l.o.Keep)
	if failed != nil {
		b.State, b.Fault = api.LogFailed, told(failed)
		if errors.Is(failed, context.Canceled) {
			b.Fault = fault.New(fault.Failed, "logs.interrupted", "the server was stopped while it collected")
		}
	} else {
		b.State, b.Percent, b.File, b.Bytes, b.SHA256 = api.LogReady, 100, done.File, done.Bytes, done.SHA256
	}
	kept := clone(*b)
	l.mu.Unlock()
	err := errors.Join(cleared, l.save(kept))
	l.publish(kept.Cluster, id)
	return err
}

// ask has one node write its part and takes it.
func (l *Logs) ask(ctx context.Context, id string, i int, m fleet.Member) (out wire.CollectOutput, err error) {
	if m.Host == "" {
		return out, fault.New(fault.Conflict, "logs.no_agent", "node %s has no agent of this server", m.Node).With("node", m.Node)
	}
	if !m.Connected {
		return out, fault.New(fault.Unreachable, "host.unreachable", "the agent of host %s is not connected", m.Node).With("host", m.Node)
	}
	b, err := l.bundle(id)
	if err != nil {
		return out, err
	}
	u := l.expect(id, i, m.Host)
	defer l.unexpect(u)
	args, err := json.Marshal(wire.CollectArgs{Upload: u.name, Since: b.Since, Until: b.Until, SourceBytes: l.o.SourceBytes, NodeBytes: l.o.NodeBytes})
	if err != nil {
		return out, fmt.Errorf("encode arguments: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, l.o.NodeTime)
	defer cancel()
	c := wire.Command{Name: wire.CollectLogs, Args: args, Actor: b.Actor, Deadline: l.o.Now().Add(l.o.NodeTime).UTC()}
	r, err := l.o.Agents.Do(ctx, m.Host, c, func(p wire.Progress) { l.progressed(id, i, p) })
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return out, fault.New(fault.Unreachable, "command.no_answer", "the agent of host %s has not answered in time", m.Node).With("host", m.Node, "command", string(c.Name))
	case err != nil:
		return out, err
	}
	if err := json.Unmarshal(r.Output, &out); err != nil {
		return out, fmt.Errorf("read output of %s: %w", c.Name, err)
	}
	if sum, n, err := u.sum(); err != nil {
		return wire.CollectOutput{}, err
	} else if sum != out.SHA256 || n != out.Bytes {
		return wire.CollectOutput{}, fault.New(fault.Failed, "logs.part_broken", "what arrived of node %s is not what it sent", m.Node).With("node", m.Node)
	}
	return out, nil
}

func (l *Logs) bundle(id string) (api.LogBundle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.bundles[id]; b != nil {
		return clone(*b), nil
	}
	return api.LogBundle{}, errNoBundle(id)
}

// progressed notes how far a node is. Collecting is most of it, sending the rest.
func (l *Logs) progressed(id string, i int, p wire.Progress) {
	l.change(id, func(b *api.LogBundle) {
		n := &b.Nodes[i]
		if p.Step == "send" {
			n.State, n.Source, n.Percent = api.LogSending, "", 90
			return
		}
		done, _ := strconv.Atoi(p.Args["done"])
		all, _ := strconv.Atoi(p.Args["all"])
		n.State, n.Source = api.LogCollecting, p.Args["source"]
		if all > 0 && done >= 0 && done <= all {
			n.Percent = max(n.Percent, 90*done/all)
		}
	})
}

// assemble makes the archive of the parts. What comes from a node is read as from a stranger: only files below its own folder, no
// more than it may have, and the server hides what it knows to be secret once more.
func (l *Logs) assemble(ctx context.Context, id string, parts []part) (b api.LogBundle, err error) {
	if b, err = l.bundle(id); err != nil {
		return b, err
	}
	known, err := l.o.Secrets(ctx, b.Cluster)
	if err != nil {
		return b, fmt.Errorf("learn what is secret: %w", err)
	}
	hide := known.Redactor()
	m := manifest{
		Format: Format, Version: FormatVersion, ID: b.ID, Cluster: b.Cluster, Since: b.Since, Until: b.Until, Created: b.Created, Actor: b.Actor, Server: version.String(),
		Limits: limits{l.o.SourceBytes, l.o.NodeBytes, l.o.MaxBytes},
	}
	body, err := os.OpenFile(l.path(id, "body"), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return b, fmt.Errorf("write log bundle: %w", err)
	}
	defer func() { err = errors.Join(err, body.Close(), os.Remove(body.Name())) }()
	w, err := bundle.NewWriter(body, l.path(id, ""), l.o.MaxBytes)
	if err != nil {
		return b, err
	}
	for i, p := range parts {
		n := nodePart{Node: p.member.Node, OS: p.member.Facts.OS, Pacemaker: p.member.Facts.Pacemaker, Corosync: p.member.Facts.Corosync, State: api.LogDone, Fault: p.err}
		if p.err == nil {
			n.Entries, n.Fault = l.take(ctx, w, hide, l.partFile(id, i), "nodes/"+plain.ReplaceAllString(n.Node, "_")+"/", p.out.Entries)
		}
		if n.Fault != nil {
			n.State = api.LogFailed
			l.change(id, func(b *api.LogBundle) { b.Nodes[i].State, b.Nodes[i].Fault = api.LogFailed, n.Fault })
		}
		m.Nodes = append(m.Nodes, n)
		if err := os.Remove(l.partFile(id, i)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return b, fmt.Errorf("write log bundle: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return b, err
		}
	}
	for _, s := range l.o.Sources {
		f, why, err := w.Add("server/"+s.Name, l.o.SourceBytes, hide, func(w io.Writer) error { return s.Write(ctx, b, w) })
		switch {
		case errors.Is(err, bundle.ErrFull):
			why = fault.New(fault.TooLarge, "logs.full", "the bundle has reached its limit")
		case err != nil:
			return b, err
		}
		m.Own = append(m.Own, ha.LogEntry{Source: s.Name, Path: f.Path, Bytes: f.Bytes, SHA256: f.SHA256, Cut: f.Cut, Fault: told(why)})
	}
	if err := w.Close(); err != nil {
		return b, fmt.Errorf("write log bundle: %w", err)
	}
	return b, l.join(&b, m, hide, body)
}

// take copies a node's files into the archive.
func (l *Logs) take(ctx context.Context, w *bundle.Writer, hide *redact.Redactor, file, folder string, told []ha.LogEntry) ([]ha.LogEntry, *fault.Error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.New(fault.Failed, "logs.part_broken", "the part is not there: %w", err)
	}
	defer f.Close()
	by, files := map[string]int{}, 0
	for i := range told {
		told[i].Source = string(hide.Line([]byte(told[i].Source)))
		if told[i].Path != "" {
			by[told[i].Path] = i
		}
	}
	err = bundle.Read(ctx, f, l.o.NodeBytes+l.o.SourceBytes, func(name string, _ int64, r io.Reader) error {
		if files++; files > partFiles {
			return fmt.Errorf("more than %d files", partFiles)
		}
		at, known := by[name]
		if !known {
			at = len(told)
			told = append(told, ha.LogEntry{Source: name})
		}
		delete(by, name)
		e := &told[at]
		out, why, err := w.Add(folder+name, l.o.SourceBytes, hide, func(w io.Writer) error {
			_, err := io.Copy(w, r)
			return err
		})
		if errors.Is(err, bundle.ErrFull) {
			e.Path, e.Bytes, e.SHA256, e.Fault = "", 0, "", fault.New(fault.TooLarge, "logs.full", "the bundle has reached its limit")
			return nil
		}
		if err == nil {
			err = why
		}
		if err != nil {
			return err
		}
		e.Path, e.Bytes, e.SHA256, e.Cut = out.Path, out.Bytes, out.SHA256, e.Cut || out.Cut
		return nil
	})
	for _, at := range by { // told, and not there
		told[at].Path, told[at].Bytes, told[at].SHA256 = "", 0, ""
	}
	if err != nil {
		l.o.Log.Warn("a node's part of a log bundle is not as it must be", "file", file, "err", err)
		return told, fault.New(fault.Failed, "logs.part_broken", "what arrived of the node is not as it must be: %w", err)
	}
	return told, nil
}

// join puts index and manifest before the rest: two compressed parts after each other are one archive.
func (l *Logs) join(b *api.LogBundle, m manifest, hide *redact.Redactor, body *os.File) (err error) {
	f, err := os.OpenFile(l.path(b.ID, dataFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	to := io.MultiWriter(f, sum)
	head, err := bundle.NewWriter(to, l.path(b.ID, ""), maxIndex)
	if err != nil {
		return err
	}
	for _, each := range []struct {
		name  string
		write func(io.Writer) error
	}{{"index.html", m.page}, {"manifest.json", m.json}} {
		if _, why, err := head.Add(each.name, maxIndex, hide, each.write); errors.Join(why, err) != nil {
			return fmt.Errorf("write %s: %w", each.name, errors.Join(why, err))
		}
	}
	if err := head.Flush(); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	if _, err := io.Copy(to, body); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	b.File, b.Bytes, b.SHA256 = fileName(*b), info.Size(), hex.EncodeToString(sum.Sum(nil))
	return nil
}

func (l *Logs) partFile(id string, i int) string {
	return filepath.Join(l.o.Dir, id, "part-"+strconv.Itoa(i))
}
