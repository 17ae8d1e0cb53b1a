package engine

import (
	"context"
	"errors"
	"time"

	"hawser/agent/corosync"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// QDevice is the part of a Driver that concerns quorum devices: of the host that is the arbiter, and of a node that asks it. A host
// is never both for one cluster. Errors that a user may be told are faults.
type QDevice interface {
	// InspectArbiter looks at this host as an arbiter, and changes nothing.
	InspectArbiter(ctx context.Context) (ha.Arbiter, error)
	// PrepareArbiter makes the certificate authority where there is none, and starts the daemon now and at each boot. It returns
	// when the daemon answers. RestoreArbiter brings it back to what it was.
	PrepareArbiter(ctx context.Context) error
	RestoreArbiter(ctx context.Context, before ha.Arbiter) error
	// ArbiterCA returns the authority's certificate, DER.
	ArbiterCA(ctx context.Context) ([]byte, error)
	// SignDevice answers a request (DER) with a certificate. It refuses one that asks for another name than the cluster's.
	SignDevice(ctx context.Context, cluster string, request []byte) ([]byte, error)
	// ForgetCluster removes what the arbiter keeps of a cluster.
	ForgetCluster(ctx context.Context, cluster string) error

	// InspectDevice looks at this host as a node with a quorum device, and changes nothing.
	InspectDevice(ctx context.Context, cluster string) (ha.DeviceHost, error)
	// ReachArbiter tries whether somebody answers at the arbiter's address and port.
	ReachArbiter(ctx context.Context, address string) error
	// Certified says whether this node has a certificate of that authority for its cluster.
	Certified(ctx context.Context, cluster string, ca []byte) (bool, error)
	// RequestDevice makes a key beside the one in use, and a request for a certificate.
	RequestDevice(ctx context.Context, cluster string, ca []byte) ([]byte, error)
	// InstallDevice puts the new key with its certificate in the place of the old. The old ones are kept until SettleDevice,
	// which puts them back or removes them. Both may be called again.
	InstallDevice(ctx context.Context, cluster string, certificate []byte) error
	SettleDevice(ctx context.Context, restore bool) error
	// StartDevice starts the daemon, anew where it runs; StopDevice ends it, and is content where it is not there at all. Whether it
	// starts at boot, and with the node's other daemons, follows from the node's files.
	StartDevice(ctx context.Context) error
	StopDevice(ctx context.Context) error
	// ForgetDevice removes all keys and certificates.
	ForgetDevice(ctx context.Context) error
	// Device is this node's connection as it is this moment; nil where its corosync.conf has no quorum device.
	Device(ctx context.Context) (*ha.DeviceState, error)
}

// The steps of the quorum device.
const (
	stepArbiter      = "prepare_arbiter"
	stepSign         = "sign_certificates"
	stepLeaveArbiter = "leave_arbiter"
	stepRequest      = "request_certificate"
	stepInstall      = "install_certificate"
	stepSettleCert   = "settle_certificate"
	stepDeviceStart  = "start_qdevice"
	stepVote         = "await_vote"
	stepDeviceStop   = "stop_qdevice"
	stepForgetKeys   = "forget_certificate"
)

func inspectArbiter(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	return e.driver.InspectArbiter(ctx)
}

func inspectDevice(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.InspectDeviceArgs](c)
	if err != nil {
		return nil, err
	}
	if err := ha.CheckClusterName(args.Cluster); err != nil {
		return nil, err
	}
	return e.driver.InspectDevice(ctx, args.Cluster)
}

// mayArbitrate refuses a host that cannot be an arbiter.
func (e *Engine) mayArbitrate(ctx context.Context) (ha.Arbiter, error) {
	node := e.driver.Node()
	f, err := e.driver.Files(ctx)
	if err != nil {
		return ha.Arbiter{}, err
	}
	if f.Conf != nil && !corosync.Stock(f.Conf) {
		name := ""
		if conf, err := corosync.Parse(f.Conf); err == nil {
			name = conf.ClusterName()
		}
		return ha.Arbiter{}, fault.New(fault.Conflict, "qdevice.host_in_cluster", "host %s is a node of cluster %q", node, name).With("host", node, "cluster", name)
	}
	a, err := e.driver.InspectArbiter(ctx)
	if err != nil {
		return a, err
	}
	return a, a.Refuse(node)
}

// planPrepareArbiter makes this host an arbiter.
func planPrepareArbiter(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.ArbiterArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := ha.CheckClusterName(args.Cluster); err != nil {
		return plan{}, err
	}
	d := t.e.driver
	var before ha.Arbiter
	load := func() error {
		if !t.has("before") {
			return nil
		}
		return t.load("before", &before)
	}
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name: stepArbiter,
		Plan: func(ctx context.Context) (bool, error) {
			var err error
			if before, err = t.e.mayArbitrate(ctx); err != nil {
				return false, err
			}
			before.Clusters = nil
			return before.Ready && before.Running && before.Enabled, t.keep("before", before)
		},
		Commit: d.PrepareArbiter,
		Verify: func(ctx context.Context) error {
			a, err := d.InspectArbiter(ctx)
			if err == nil && !a.Running {
				err = fault.New(fault.Failed, "qdevice.arbiter_down", "corosync-qnetd on %s does not run", d.Node()).With("host", d.Node())
			}
			return err
		},
		RollBack: func(ctx context.Context) error {
			if err := load(); err != nil {
				return err
			}
			return d.RestoreArbiter(ctx, before)
		},
	}}, output: func(ctx context.Context) (any, error) {
		if err := load(); err != nil {
			return nil, err
		}
		ca, err := d.ArbiterCA(ctx)
		return wire.ArbiterOutput{CA: ca, Before: before}, err
	}}, nil
}

// planSign signs what nodes ask for. What is signed is no secret, and of no use without the node's key: there is nothing to take back.
func planSign(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.SignArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := ha.CheckClusterName(args.Cluster); err != nil {
		return plan{}, err
	}
	out := wire.SignOutput{Certificates: map[string][]byte{}}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepSign,
		Plan: func(ctx context.Context) (bool, error) {
			_, err := t.e.mayArbitrate(ctx)
			return false, err
		},
		Commit: func(ctx context.Context) error {
			for node, request := range args.Requests {
				certificate, err := t.e.driver.SignDevice(ctx, args.Cluster, request)
				if err != nil {
					return err
				}
				out.Certificates[node] = certificate
			}
			return t.keep("signed", out)
		},
	}}, output: func(context.Context) (any, error) {
		if !t.has("signed") {
			return out, nil
		}
		return out, t.load("signed", &out)
	}}, nil
}

// planLeaveArbiter ends what this host has of a cluster. Others that it serves notice nothing.
func planLeaveArbiter(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.LeaveArbiterArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := ha.CheckClusterName(args.Cluster); err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepLeaveArbiter,
		Commit: func(ctx context.Context) error {
			if err := t.e.driver.ForgetCluster(ctx, args.Cluster); err != nil || args.Before == nil {
				return err
			}
			return t.e.driver.RestoreArbiter(ctx, *args.Before)
		},
	}}}, nil
}

// planRequestDevice makes a key and a request on this node. The key in use stays.
func planRequestDevice(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.RequestDeviceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d := t.e.driver
	var out wire.RequestDeviceOutput
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name: stepRequest,
		Plan: func(ctx context.Context) (bool, error) {
			if err := t.e.mustBe(ctx, args.Cluster); err != nil {
				return false, err
			}
			h, err := d.InspectDevice(ctx, args.Cluster)
			if err != nil {
				return false, err
			}
			if err := h.Refuse(d.Node()); err != nil {
				return false, err
			}
			if err := d.ReachArbiter(ctx, args.Address); err != nil {
				return false, err
			}
			return d.Certified(ctx, args.Cluster, args.CA)
		},
		Commit: func(ctx context.Context) error {
			var err error
			if out.Request, err = d.RequestDevice(ctx, args.Cluster, args.CA); err != nil {
				return err
			}
			return t.keep("request", out)
		},
		RollBack: func(ctx context.Context) error { return d.SettleDevice(ctx, true) },
	}}, output: func(context.Context) (any, error) {
		if !t.has("request") {
			return out, nil
		}
		return out, t.load("request", &out)
	}}, nil
}

// planInstallDevice puts a certificate in place. The daemon uses it when it is started.
func planInstallDevice(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.InstallDeviceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d := t.e.driver
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name:     stepInstall,
		Plan:     func(ctx context.Context) (bool, error) { return false, t.e.mustBe(ctx, args.Cluster) },
		Commit:   func(ctx context.Context) error { return d.InstallDevice(ctx, args.Cluster, args.Certificate) },
		RollBack: func(ctx context.Context) error { return d.SettleDevice(ctx, true) },
	}}}, nil
}

// planSettleDevice ends a change of certificates.
func planSettleDevice(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.SettleDeviceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name:   stepSettleCert,
		Commit: func(ctx context.Context) error { return t.e.driver.SettleDevice(ctx, args.Restore) },
	}}}, nil
}

// planStartDevice starts corosync-qdevice on this node and waits until the arbiter gives it its vote.
func planStartDevice(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.StartDeviceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	d := t.e.driver
	return plan{onHost: true, resume: goOn, steps: []Step{
		{
			Name: stepDeviceStart,
			Plan: func(ctx context.Context) (bool, error) {
				if err := t.e.mustBe(ctx, args.Cluster); err != nil {
					return false, err
				}
				s, err := t.e.setup(ctx)
				if err == nil && s.EffectiveQuorum().Device == nil {
					err = fault.New(fault.Conflict, "qdevice.none", "cluster %s has no quorum device", args.Cluster).With("cluster", args.Cluster)
				}
				return false, err
			},
			Commit:   d.StartDevice,
			RollBack: d.StopDevice,
		},
		{Name: stepVote, Verify: t.e.awaitVote},
	}}, nil
}

// awaitVote waits until this node is connected to its arbiter and has been given the vote.
func (e *Engine) awaitVote(ctx context.Context) error {
	pause := firstPoll
	for {
		st, err := e.driver.Device(ctx)
		node := e.driver.Node()
		switch {
		case err != nil:
		case st == nil:
			return fault.New(fault.Conflict, "qdevice.none", "the cluster has no quorum device")
		case !st.Connected:
			err = fault.New(fault.Failed, "qdevice.not_connected", "%s does not get connected to the arbiter %s: %s", node, st.Address, st.State).
				With("node", node, "address", st.Address, "state", st.State)
		case !st.Voting:
			err = fault.New(fault.Failed, "qdevice.no_vote", "the arbiter %s does not give %s its vote", st.Address, node).With("node", node, "address", st.Address)
		default:
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPoll)
	}
}

// planStopDevice ends corosync-qdevice on this node; its vote is missing from then on.
func planStopDevice(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.StopDeviceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	steps := []Step{{Name: stepDeviceStop, Commit: t.e.driver.StopDevice}}
	if args.Forget {
		steps = append(steps, Step{Name: stepForgetKeys, Commit: t.e.driver.ForgetDevice})
	}
	return plan{onHost: true, resume: goOn, steps: steps}, nil
}

// endDevice takes the quorum device off a host that leaves its cluster.
func (e *Engine) endDevice(ctx context.Context) error {
	if err := e.driver.StopDevice(ctx); err != nil {
		return err
	}
	return e.driver.ForgetDevice(ctx)
}
