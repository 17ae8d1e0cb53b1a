package engine

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"hawser/agent/corosync"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Remote is the part of a Driver that concerns Pacemaker Remote: of a host that is a remote node, and of the members, which have the
// same key. A host is never both. Errors that a user may be told are faults.
type Remote interface {
	// InspectRemote looks at this host as a remote node, and changes nothing.
	InspectRemote(ctx context.Context) (ha.RemoteHost, error)
	// CheckRemote looks whether this host is fit to be one that is reached there, and changes nothing.
	CheckRemote(ctx context.Context, address string, port int) ([]ha.Check, error)
	// RemoteKey returns the key by which members and remote nodes know each other, nil where there is none. WriteRemoteKey puts it in
	// place, readable by Pacemaker's daemons and root alone; nil removes it.
	RemoteKey(ctx context.Context) ([]byte, error)
	WriteRemoteKey(ctx context.Context, key []byte) error
	// StartRemote starts pacemaker_remote at that port, now and at each boot, and returns when it listens. StopRemote ends it, and is
	// content where it is not there at all. Both may be called again.
	StartRemote(ctx context.Context, port int) error
	StopRemote(ctx context.Context) error
}

// The steps of a remote node.
const (
	stepRemoteKey    = "write_remote_key"
	stepRemoteStart  = "start_remote"
	stepRemoteStop   = "stop_remote"
	stepRemoteForget = "forget_remote_key"
)

// Bounds of the key. Pacemaker takes any file that is not empty; what it makes itself, as pcs does, has 4096 bytes.
const (
	minRemoteKey = 32
	maxRemoteKey = 64 << 10
)

// forgetWait bounds how long the members may take to forget the connection to a remote node: one transition, which has no operation.
const forgetWait = time.Minute

// disconnected waits until no member remembers the connection to a node that was removed; there is none to one that was a member itself.
// To forget the node sooner would have it fenced: see pacemaker.CIB.ConnectionKnown.
func (e *Engine) disconnected(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, forgetWait)
	defer cancel()
	pause := firstPoll
	for {
		cib, _, err := e.read(ctx)
		if err == nil && !cib.ConnectionKnown(node) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Failed, "remote.not_forgotten", "the members do not forget the connection to %s: %w", node, errors.Join(err, context.Cause(ctx))).With("node", node)
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPoll)
	}
}

func checkRemote(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.CheckRemoteArgs](c)
	if err != nil {
		return nil, err
	}
	if err := ha.ValidateRemote(e.driver.Node(), ha.NewRemote{Address: args.Address, Port: args.Port}); err != nil {
		return nil, err
	}
	checks, err := e.driver.CheckRemote(ctx, args.Address, args.Port)
	if err != nil {
		return nil, err
	}
	return wire.PreflightOutput{Checks: checks}, nil
}

func readRemoteKey(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	key, err := e.driver.RemoteKey(ctx)
	if err != nil {
		return nil, err
	}
	return wire.RemoteKeyOutput{Key: key}, nil
}

func checkRemoteKey(key []byte) error {
	var f fault.Fields
	if n := len(key); n < minRemoteKey || n > maxRemoteKey {
		f.Add("key", "field.range", "out of range", "min", strconv.Itoa(minRemoteKey), "max", strconv.Itoa(maxRemoteKey))
	}
	return f.Err()
}

// keyStep gives this host a key, or takes it away, and puts back what was there.
func (t *task) keyStep(key []byte, plan func(context.Context) error) Step {
	d := t.e.driver
	return Step{
		Name: stepRemoteKey,
		Plan: func(ctx context.Context) (bool, error) {
			if err := plan(ctx); err != nil {
				return false, err
			}
			before, err := d.RemoteKey(ctx)
			if err != nil {
				return false, err
			}
			return bytes.Equal(before, key), t.keep("key", before)
		},
		Commit: func(ctx context.Context) error { return d.WriteRemoteKey(ctx, key) },
		Verify: func(ctx context.Context) error {
			now, err := d.RemoteKey(ctx)
			if err == nil && !bytes.Equal(now, key) {
				err = fault.New(fault.Failed, "remote.key_changed", "the key of Pacemaker Remote on %s is not what was written: somebody else writes it too", d.Node()).With("node", d.Node())
			}
			return err
		},
		RollBack: func(ctx context.Context) error {
			var before []byte
			if err := t.load("key", &before); err != nil {
				return err
			}
			return d.WriteRemoteKey(ctx, before)
		},
	}
}

// planRemoteKey gives a member the key of its cluster's remote nodes.
func planRemoteKey(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.RemoteKeyArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if args.Key != nil {
		if err := checkRemoteKey(args.Key); err != nil {
			return plan{}, err
		}
	}
	return plan{onHost: true, resume: goOn, steps: []Step{
		t.keyStep(args.Key, func(ctx context.Context) error { return t.e.mustBe(ctx, "") }),
	}}, nil
}

// mayBeRemote refuses a host that is a member, or a remote node of another cluster.
func (e *Engine) mayBeRemote(ctx context.Context, key []byte) error {
	node := e.driver.Node()
	if err := e.noMember(ctx); err != nil {
		return err
	}
	if up, err := e.driver.Up(ctx); err != nil {
		return err
	} else if up {
		return fault.New(fault.Conflict, "cluster.daemons_running", "corosync or pacemaker runs on host %s without a configuration", node).With("node", node)
	}
	h, err := e.driver.InspectRemote(ctx)
	if err != nil {
		return err
	}
	if !h.Installed {
		return fault.New(fault.Conflict, "remote.not_installed", "pacemaker-remote is not installed on host %s", node).With("node", node)
	}
	if !h.Running {
		return nil
	}
	there, err := e.driver.RemoteKey(ctx)
	if err == nil && !bytes.Equal(there, key) {
		err = fault.New(fault.Conflict, "remote.other_cluster", "pacemaker_remote runs on host %s with the key of another cluster", node).With("node", node)
	}
	return err
}

func (e *Engine) noMember(ctx context.Context) error {
	node := e.driver.Node()
	f, err := e.driver.Files(ctx)
	if err != nil || f.Conf == nil || corosync.Stock(f.Conf) {
		return err
	}
	name := "?"
	if conf, err := corosync.Parse(f.Conf); err == nil {
		name = conf.ClusterName()
	}
	return fault.New(fault.Conflict, "cluster.other_configured", "host %s belongs to cluster %q", node, name).With("node", node, "cluster", name)
}

// planJoinRemote makes this host a remote node: its key, then its daemon. The cluster connects to it afterwards.
func planJoinRemote(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.JoinRemoteArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := ha.CheckClusterName(args.Cluster); err != nil {
		return plan{}, err
	}
	if err := checkRemoteKey(args.Key); err != nil {
		return plan{}, err
	}
	if err := ha.ValidateRemote(t.e.driver.Node(), ha.NewRemote{Port: args.Port}); err != nil {
		return plan{}, err
	}
	d := t.e.driver
	return plan{onHost: true, resume: goBack, steps: []Step{
		t.keyStep(args.Key, func(ctx context.Context) error { return t.e.mayBeRemote(ctx, args.Key) }),
		{
			Name: stepRemoteStart,
			Plan: func(ctx context.Context) (bool, error) {
				h, err := d.InspectRemote(ctx)
				return h.Running && h.Enabled && h.Port == args.Port, err
			},
			Commit: func(ctx context.Context) error { return d.StartRemote(ctx, args.Port) },
			Verify: func(ctx context.Context) error {
				h, err := d.InspectRemote(ctx)
				if err == nil && !h.Running {
					err = fault.New(fault.Failed, "remote.not_started", "pacemaker_remote on %s does not run", d.Node()).With("node", d.Node())
				}
				return err
			},
			RollBack: d.StopRemote,
		},
	}}, nil
}

// planLeaveRemote ends what makes this host a remote node. It is done again from the start after an interruption.
func planLeaveRemote(_ context.Context, t *task) (plan, error) {
	d := t.e.driver
	return plan{onHost: true, resume: goOn, steps: []Step{
		{
			Name:   stepRemoteStop,
			Plan:   func(ctx context.Context) (bool, error) { return false, t.e.noMember(ctx) },
			Commit: d.StopRemote,
			Verify: func(ctx context.Context) error {
				h, err := d.InspectRemote(ctx)
				if err == nil && h.Running {
					err = fault.New(fault.Failed, "remote.not_stopped", "pacemaker_remote on %s does not end", d.Node()).With("node", d.Node())
				}
				return err
			},
		},
		{
			Name:   stepRemoteForget,
			Commit: func(ctx context.Context) error { return d.WriteRemoteKey(ctx, nil) },
		},
	}}, nil
}
