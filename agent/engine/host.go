package engine

import (
	"bytes"
	"context"
	"strconv"

	"hawser/agent/corosync"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Bounds of an authkey. Source: corosync.conf(5), keyfile; knet takes at most 4096 bytes.
const (
	minAuthkey = 128
	maxAuthkey = 4096
)

// planConfigure writes corosync.conf and authkey. Nothing is started.
func planConfigure(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.ConfigureArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d := t.e.driver
	var before, after Files
	load := func() error {
		if !t.has("before") {
			return nil
		}
		if err := t.load("before", &before); err != nil {
			return err
		}
		return t.load("after", &after)
	}
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name: stepFiles,
		Plan: func(ctx context.Context) (bool, error) {
			if before, err = d.Files(ctx); err != nil {
				return false, err
			}
			if after, err = t.e.files(ctx, args, before); err != nil {
				return false, err
			}
			if sameFiles(before, after) {
				return true, nil
			}
			if err := d.CheckFiles(ctx, after); err != nil {
				return false, err
			}
			if err := t.keep("before", before); err != nil {
				return false, err
			}
			return false, t.keep("after", after)
		},
		Commit: func(ctx context.Context) error {
			if err := load(); err != nil {
				return err
			}
			return d.WriteFiles(ctx, after)
		},
		Verify: func(ctx context.Context) error {
			if err := load(); err != nil {
				return err
			}
			now, err := d.Files(ctx)
			if err != nil {
				return err
			}
			if !sameFiles(now, after) {
				return fault.New(fault.Failed, "cluster.files_changed", "the files are not what was written: somebody else writes them too")
			}
			return nil
		},
		RollBack: func(ctx context.Context) error {
			if err := load(); err != nil {
				return err
			}
			return d.WriteFiles(ctx, before)
		},
	}, {
		// Corosync-qdevice takes leave of votequorum only while its section is there: one that meets a file without it ends in
		// disorder, and leaves a device behind that is registered and never votes. [corosync-qdevice 3.0.3]
		Name: stepDeviceStop,
		Plan: func(context.Context) (bool, error) {
			if err := load(); err != nil {
				return false, err
			}
			return args.KeepDevice || !hasDevice(before) || hasDevice(after), nil
		},
		Commit: d.StopDevice,
		RollBack: func(ctx context.Context) error {
			up, err := d.Running(ctx)
			if err != nil || !up {
				return err
			}
			return d.StartDevice(ctx)
		},
	}}}, nil
}

// hasDevice says whether a node's files have a quorum device.
func hasDevice(f Files) bool {
	if f.Conf == nil {
		return false
	}
	conf, err := corosync.Parse(f.Conf)
	if err != nil {
		return false
	}
	s, err := conf.Setup()
	return err == nil && s.Quorum != nil && s.Quorum.Device != nil
}

func sameFiles(a, b Files) bool {
	return bytes.Equal(a.Conf, b.Conf) && bytes.Equal(a.Authkey, b.Authkey) && a.Autostart == b.Autostart
}

// files returns what this host's files should be, or why they must not be written.
func (e *Engine) files(ctx context.Context, args wire.ConfigureArgs, now Files) (Files, error) {
	if err := ha.ValidateSetup(args.Setup); err != nil {
		return Files{}, within("setup.", err)
	}
	var f fault.Fields
	mine := false
	for _, n := range args.Setup.Nodes {
		mine = mine || n.Name == e.driver.Node()
		if n.ID == 0 {
			f.Add("setup.nodes", "field.required", "a node has no ID", "node", n.Name)
		}
	}
	if !mine {
		f.Add("setup.nodes", "node.not_in_setup", "this host is none of the nodes", "node", e.driver.Node())
	}
	if n := len(args.Authkey); n < minAuthkey || n > maxAuthkey {
		f.Add("authkey", "field.range", "out of range", "min", strconv.Itoa(minAuthkey), "max", strconv.Itoa(maxAuthkey))
	}
	if err := f.Err(); err != nil {
		return Files{}, err
	}
	fresh, err := corosync.New(args.Setup)
	if err != nil {
		return Files{}, err
	}
	want := Files{Conf: fresh.Bytes(), Authkey: args.Authkey, Autostart: args.Setup.Autostart}
	if now.Conf == nil || corosync.Stock(now.Conf) {
		if args.Update {
			return Files{}, fault.New(fault.Conflict, "cluster.not_configured", "no cluster is configured on host %s", e.driver.Node()).With("node", e.driver.Node())
		}
		if up, err := e.driver.Up(ctx); err != nil {
			return Files{}, err
		} else if up {
			return Files{}, fault.New(fault.Conflict, "cluster.daemons_running", "corosync or pacemaker runs on host %s without a configuration", e.driver.Node()).With("node", e.driver.Node())
		}
		return want, nil
	}
	there, err := corosync.Parse(now.Conf)
	if err != nil {
		return Files{}, fault.New(fault.Conflict, "cluster.conf_unreadable", "corosync.conf on host %s cannot be read: %w", e.driver.Node(), err).
			With("node", e.driver.Node(), "why", err.Error())
	}
	name := there.ClusterName()
	switch {
	case name != args.Setup.Name:
		return Files{}, fault.New(fault.Conflict, "cluster.other_configured", "host %s belongs to cluster %q", e.driver.Node(), name).With("node", e.driver.Node(), "cluster", name)
	case !args.Update && sameFiles(now, want):
		return want, nil
	case !args.Update:
		return Files{}, fault.New(fault.Conflict, "cluster.already_configured", "host %s is configured for cluster %q already", e.driver.Node(), name).
			With("node", e.driver.Node(), "cluster", name)
	}
	if err := there.Update(args.Setup); err != nil {
		return Files{}, err
	}
	want.Conf = there.Bytes()
	return want, nil
}

// within puts the fields of a fault where they stand in a command's arguments.
func within(field string, err error) error {
	f := *fault.Public(err)
	f.Fields = append([]fault.Field(nil), f.Fields...)
	for i := range f.Fields {
		f.Fields[i].Path = field + f.Fields[i].Path
	}
	return &f
}

// planDeconfigure takes this host out of its cluster. It is done again from the start after an interruption: there is no
// way back from half of it.
func planDeconfigure(ctx context.Context, t *task) (plan, error) {
	d := t.e.driver
	return plan{onHost: true, resume: goOn, steps: []Step{
		{
			Name:   stepStopAll,
			Plan:   func(ctx context.Context) (bool, error) { up, err := d.Up(ctx); return !up, err },
			Commit: d.Stop,
			Verify: t.e.isDown,
		},
		{
			Name: stepRemove,
			Commit: func(ctx context.Context) error {
				if err := t.e.endDisk(ctx); err != nil {
					return err
				}
				if err := t.e.endDevice(ctx); err != nil {
					return err
				}
				if err := d.WriteFiles(ctx, Files{}); err != nil {
					return err
				}
				if err := d.WriteRemoteKey(ctx, nil); err != nil {
					return err
				}
				return d.Forget(ctx)
			},
			Verify: func(ctx context.Context) error {
				f, err := d.Files(ctx)
				if err == nil && (f.Conf != nil || f.Authkey != nil) {
					err = fault.New(fault.Failed, "cluster.files_changed", "the files are not what was written: somebody else writes them too")
				}
				return err
			},
		},
	}}, nil
}

func (e *Engine) isDown(ctx context.Context) error {
	up, err := e.driver.Up(ctx)
	if err == nil && up {
		err = fault.New(fault.Failed, "node.not_stopped", "the cluster's daemons on %s do not stop", e.driver.Node()).With("node", e.driver.Node())
	}
	return err
}

// mustBe refuses a command that is meant for another cluster than this host's.
func (e *Engine) mustBe(ctx context.Context, cluster string) error {
	f, err := e.driver.Files(ctx)
	if err != nil {
		return err
	}
	if f.Conf == nil || corosync.Stock(f.Conf) {
		return fault.New(fault.Conflict, "cluster.not_configured", "no cluster is configured on host %s", e.driver.Node()).With("node", e.driver.Node())
	}
	conf, err := corosync.Parse(f.Conf)
	if err != nil {
		return fault.New(fault.Conflict, "cluster.conf_unreadable", "corosync.conf on host %s cannot be read: %w", e.driver.Node(), err).
			With("node", e.driver.Node(), "why", err.Error())
	}
	if name := conf.ClusterName(); cluster != "" && name != cluster {
		return fault.New(fault.Conflict, "cluster.other_configured", "host %s belongs to cluster %q", e.driver.Node(), name).With("node", e.driver.Node(), "cluster", name)
	}
	return nil
}

// planStart starts this host's daemons. Where they do not come up they are stopped again.
func planStart(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.StartArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	e := t.e
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepStart,
		Plan: func(ctx context.Context) (bool, error) {
			if err := e.mustBe(ctx, args.Cluster); err != nil {
				return false, err
			}
			return e.driver.Running(ctx)
		},
		Commit: e.driver.Start,
		Verify: func(ctx context.Context) error {
			on, err := e.driver.Running(ctx)
			if err == nil && !on {
				err = fault.New(fault.Failed, "node.not_started", "pacemaker on %s does not answer", e.driver.Node()).With("node", e.driver.Node())
			}
			return err
		},
		RollBack: e.driver.Stop,
	}}}, nil
}

// planStop stops this host's daemons; Pacemaker moves its resources away first, or stops them. It is refused where the rest
// would lose quorum, because then everything stops everywhere.
func planStop(ctx context.Context, t *task) (plan, error) {
	args, err := decode[wire.StopArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	e := t.e
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepStopAll,
		Plan: func(ctx context.Context) (bool, error) {
			if err := e.mustBe(ctx, args.Cluster); err != nil {
				return false, err
			}
			if up, err := e.driver.Up(ctx); err != nil || !up {
				return !up, err
			}
			if args.Force {
				return false, nil
			}
			st, err := e.driver.State(ctx)
			if err != nil || !st.Running || !st.Quorate {
				return false, nil // nothing that could be lost by it
			}
			if st.QuorumVotes > 0 && st.Votes-1 < st.QuorumVotes {
				return false, fault.New(fault.Conflict, "node.stop_loses_quorum", "without %s the cluster has %d votes and needs %d", e.driver.Node(), st.Votes-1, st.QuorumVotes).
					With("node", e.driver.Node(), "votes", strconv.Itoa(st.Votes-1), "needed", strconv.Itoa(st.QuorumVotes))
			}
			return false, nil
		},
		Commit: e.driver.Stop,
		Verify: e.isDown,
	}}}, nil
}

// planReload makes corosync read its file again.
func planReload(ctx context.Context, t *task) (plan, error) {
	e := t.e
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepReload,
		Plan: func(ctx context.Context) (bool, error) {
			if err := e.mustBe(ctx, ""); err != nil {
				return false, err
			}
			up, err := e.driver.Up(ctx)
			return !up, err // one that does not run reads it when it starts
		},
		Commit: e.driver.Reload,
	}}}, nil
}
