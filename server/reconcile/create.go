package reconcile

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// authkeySize is what corosync-keygen writes: 256 bytes (corosync.conf(5), secauth and crypto_cipher).
const authkeySize = 256

// create makes a cluster of enrolled hosts: preflight → files → daemons → all online and quorate → properties. Until the
// files are written nothing has changed; after a failure every host that was given files loses them again.
var create = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		if err := e.checkSetup(m.Request.Setup, m); err != nil {
			return err
		}
		key := make([]byte, authkeySize)
		if _, err := rand.Read(key); err != nil {
			return fmt.Errorf("make authkey: %w", err)
		}
		// It is kept before the operation is: a key without a cluster does no harm and is replaced by the next try.
		return e.o.Store.PutSecret(ctx, secretOf(m.Request.Cluster), key)
	},
	take: func(ctx context.Context, e *Engine, m *memo) error {
		setup := *m.After
		if k, err := e.o.Picture.Known(setup.Name); err == nil && k.Created.Equal(m.Started) {
			return nil // by the process before this one
		}
		return e.o.Picture.CreateCluster(ctx, fleet.Cluster{Name: setup.Name, Created: m.Started, Setup: setup}, m.hostList())
	},
	give: func(ctx context.Context, e *Engine, m *memo) error {
		return e.drop(ctx, m.Request.Cluster)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		setup := *m.After
		first := setup.Nodes[0].Name
		var check, configure, start stage
		for _, n := range setup.Nodes {
			check = append(check, preflightStep(n.Name, setup))
			configure = append(configure, configureStep(n.Name, setup))
			start = append(start, startStep(n.Name))
		}
		stages := []stage{check, configure, start, {settleStep(first, wire.SettleArgs{Online: nodeNames(setup), Quorate: true})}}
		stages = append(stages, stage{{name: "properties", node: first, do: func(ctx context.Context, j *job, s *spot) error {
			properties := ha.Edit{Op: ha.SetProperties, Values: maps.Clone(beginnings)}
			maps.Copy(properties.Values, setup.Properties)
			if _, wanted := setup.Properties[ha.FirstStartProperty]; !wanted {
				properties.Unset = []string{ha.FirstStartProperty}
			}
			edits := []ha.Edit{{Op: ha.SetResourceDefault, Values: map[string]string{"resource-stickiness": stickiness}}, properties}
			_, err := j.edit(ctx, s, first, edits, nil)
			return err
		}}})
		return append(stages, stage{{name: "observe", node: first, do: firstRevision}}), nil
	},
}

// stickiness is what a new cluster's resources have by default: enough that a service that runs is not moved only because a
// node has come or gone, and less than any preference that somebody states.
const stickiness = "1"

// beginnings are the properties of a new cluster where nobody asks for others.
//
// load-threshold: from 80 % on, Pacemaker lets a node do less at once the higher its load average is, and one thing at a time from 1.6 for
// each processor. A database that waits for its disks has more than that, and a failover makes it: then the monitor after each start is
// waited for before the next start. With 400 % that begins at five times the load; node-action-limit holds as before.
// [Pacemaker 2.1.5, controld_throttle.c]
//
// transition-delay: the controller sleeps for a second where it asks for the CIB while a note of its own is on its way, as it is after
// an election: a crash of the node that decides costs that second (decision 0026). After a twentieth of a second of quiet the notes
// have arrived. [Pacemaker 2.1.5, controld_schedulerd.c, do_pe_invoke_callback]
var beginnings = map[string]string{"load-threshold": "400%", "transition-delay": "50ms"}

// hostList returns the IDs of the hosts concerned.
func (m *memo) hostList() []string {
	var ids []string
	for _, id := range m.Hosts {
		ids = append(ids, id)
	}
	for _, id := range m.Remotes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func nodeNames(s ha.Setup) []string {
	var list []string
	for _, n := range s.Nodes {
		list = append(list, n.Name)
	}
	return list
}

func (j *job) to(node string, name wire.CommandName, args any) ask {
	return ask{node: node, host: j.memo.Hosts[node], name: name, args: args}
}

func preflightStep(node string, setup ha.Setup) step {
	return step{name: "preflight", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(node, wire.Preflight, wire.PreflightArgs{Setup: &setup})
		a.timeout = checkTime
		return j.ready(ctx, s, a)
	}}
}

// ready asks a host for what stands in the way, and refuses what failed.
func (j *job) ready(ctx context.Context, s *spot, a ask) error {
	var out wire.PreflightOutput
	if _, err := j.send(ctx, s, a, &out); err != nil {
		return err
	}
	var failed []string
	for _, c := range out.Checks {
		if c.Result == "failed" {
			failed = append(failed, c.Code)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	f := fault.New(fault.Failed, "preflight.failed", "host %s is not ready: %s", a.node, names(failed)).With("node", a.node, "checks", names(failed))
	for _, c := range out.Checks {
		if c.Result == "failed" {
			f.Fields = append(f.Fields, fault.Field{Path: a.node, Reason: "check." + c.Code + ".failed", Message: c.Code, Args: c.Args})
		}
	}
	return f
}

func configureStep(node string, setup ha.Setup) step {
	return step{
		name: "configure", node: node,
		do: func(ctx context.Context, j *job, s *spot) error { return j.configure(ctx, s, node, setup, false, 0) },
		undo: func(ctx context.Context, j *job, s *spot) error {
			a := j.to(node, wire.Deconfigure, wire.NoArgs{})
			a.timeout = stopTime
			_, err := j.send(ctx, s, a, nil)
			return err
		},
	}
}

// configure gives a node its files.
func (j *job) configure(ctx context.Context, s *spot, node string, setup ha.Setup, update bool, nth int) error {
	key, err := j.e.o.Store.Secret(ctx, secretOf(setup.Name))
	if err != nil {
		return err
	}
	a := j.to(node, wire.Configure, wire.ConfigureArgs{Setup: setup, Authkey: key, Update: update, KeepDevice: j.memo.VoteNeeded})
	a.timeout, a.nth = filesTime, nth
	_, err = j.send(ctx, s, a, nil)
	return err
}

func startStep(node string) step {
	return step{name: "start", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(node, wire.StartHost, wire.StartArgs{Cluster: j.op.Cluster})
		a.timeout = startTime
		_, err := j.send(ctx, s, a, nil)
		return err
	}}
}

func settleStep(node string, args wire.SettleArgs) step {
	return step{name: "await", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(node, wire.Settle, args)
		a.timeout = settleTime
		if _, err := j.send(ctx, s, a, nil); err != nil {
			return err
		}
		return j.shows(ctx, func(st ha.State) bool {
			return (st.Quorate || !args.Quorate) && !slices.ContainsFunc(args.Online, func(n string) bool { return !nodeOnline(&st, n) })
		})
	}}
}

// firstRevision looks at the cluster that was made, and begins its history.
func firstRevision(ctx context.Context, j *job, s *spot) error {
	a := j.to(s.node, wire.Observe, wire.NoArgs{})
	a.timeout = readTime
	var out wire.ObserveOutput
	if _, err := j.send(ctx, s, a, &out); err != nil {
		return err
	}
	var cfg *fleet.Configuration
	if out.Config != nil {
		cfg = &fleet.Configuration{Config: &out.Config.Config, XML: out.Config.XML}
		if err := j.firstRevision(ctx, *cfg); err != nil {
			return err
		}
	}
	return j.e.o.Picture.Observed(ctx, a.host, j.op.Cluster, out.State, cfg, a.commandOf(j, s))
}

func (a ask) commandOf(j *job, s *spot) string { return j.commandID(s, a.nth) }

func (j *job) firstRevision(ctx context.Context, cfg fleet.Configuration) error {
	if latest, err := j.e.o.Store.LatestRevision(ctx, j.op.Cluster); err != nil || latest.Number > 0 {
		return err
	}
	r, err := j.e.o.Store.AddRevision(ctx, j.op.Cluster, api.Revision{
		At: j.e.now(), Author: j.op.Actor, Origin: originHawser, Action: j.op.Kind, Object: j.op.Cluster, State: revisionApplied,
		Operation: j.op.ID, Version: cfg.Config.Version, Differences: ha.DiffConfig(ha.Config{}, *cfg.Config),
	}, Bodies{After: cfg.XML})
	if err != nil {
		return err
	}
	j.change(func() { j.op.Revision = r.Number })
	j.e.revised(j.op.Cluster, r)
	return nil
}

// destroy stops a cluster's services and takes its files from every host that can still be asked.
var destroy = kind{
	check: func(_ context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		if err := confirmed(m.Request.Confirm, m.Request.Cluster); err != nil {
			return err
		}
		for _, member := range slices.Concat(k.Members, k.Remotes) {
			// A host that was revoked is out of reach for good; one that is away may come back with its services running, and one that
			// never had an agent goes on running them.
			if member.Host != "" && !member.Connected || member.Host == "" && nodeOnline(k.State, member.Node) {
				return errAway(member)
			}
		}
		m.hosts(k)
		m.Before = &k.Setup
		m.Arbiter = e.reachableArbiter(k.Setup)
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		var all stage
		for _, n := range m.Before.Nodes {
			if m.Hosts[n.Name] == "" {
				continue
			}
			all = append(all, step{name: "deconfigure", node: n.Name, do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(n.Name, wire.Deconfigure, wire.NoArgs{})
				a.timeout = stopTime
				_, err := j.send(ctx, s, a, nil)
				return err
			}})
		}
		forget := step{name: "drop", do: func(ctx context.Context, j *job, _ *spot) error {
			return j.e.drop(ctx, j.op.Cluster)
		}}
		var stages []stage
		if len(all) > 0 {
			stages = append(stages, all)
		}
		// A remote node lets go only when nobody is connected to it any more.
		var remotes stage
		for _, node := range slices.Sorted(maps.Keys(m.Remotes)) {
			remotes = append(remotes, step{name: "leave_remote", node: node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.leaveRemote(ctx, s, node)
			}})
		}
		if len(remotes) > 0 {
			stages = append(stages, remotes)
		}
		return append(append(stages, leaveArbiter(m.Arbiter)...), stage{forget}), nil
	},
}

// confirmed asks that a name was typed again before what cannot be undone.
func confirmed(typed, name string) error {
	if typed == name {
		return nil
	}
	var f fault.Fields
	f.Add("confirm", "confirm.mismatch", "is not its name", "name", name)
	return f.Err()
}

// Preflight asks every host what would stand in the way of a cluster. Nothing changes.
func (e *Engine) Preflight(ctx context.Context, actor string, setup ha.Setup) (api.PreflightResult, error) {
	m := memo{Request: Request{Cluster: setup.Name, Setup: &setup}}
	if err := e.checkSetup(&setup, &m); err != nil {
		return api.PreflightResult{}, err
	}
	result := api.PreflightResult{OK: true, Hosts: make([]api.HostPreflight, len(setup.Nodes))}
	done := make(chan struct{})
	for i, n := range setup.Nodes {
		go func() {
			defer func() { done <- struct{}{} }()
			h := api.HostPreflight{Host: n.Name, Checks: []ha.Check{}}
			var out wire.PreflightOutput
			if err := e.read(ctx, actor, m.Hosts[n.Name], wire.Preflight, wire.PreflightArgs{Setup: m.After}, &out); err != nil {
				h.Fault = fault.Public(err)
			}
			h.Checks = append(h.Checks, out.Checks...)
			result.Hosts[i] = h
		}()
	}
	for range setup.Nodes {
		<-done
	}
	for _, h := range result.Hosts {
		result.OK = result.OK && h.Fault == nil && !slices.ContainsFunc(h.Checks, func(c ha.Check) bool { return c.Result == "failed" })
	}
	return result, nil
}

// resolved fills in what a set-up leaves to Hawser: node IDs, and all of the timing.
func resolved(s ha.Setup) ha.Setup {
	s.Nodes = slices.Clone(s.Nodes)
	taken := map[int]bool{}
	for _, n := range s.Nodes {
		taken[n.ID] = true
	}
	next := 1
	for i := range s.Nodes {
		if s.Nodes[i].ID != 0 {
			continue
		}
		for taken[next] {
			next++
		}
		s.Nodes[i].ID, taken[next] = next, true
	}
	s.Timing = s.Timing.Resolved(len(s.Nodes))
	return s
}
