package reconcile

import (
	"context"
	"encoding/json"
	"fmt"

	"hawser/internal/wire"
)

// certificateStages give nodes what they need in order to be known to the arbiter; none where there is no arbiter.
func certificateStages(m *memo, nodes []string) []stage {
	if m.Arbiter == nil {
		return nil
	}
	a, cluster := *m.Arbiter, m.Request.Cluster
	prepare := step{name: "arbiter", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		var out json.RawMessage
		if _, err := j.send(ctx, s, a.ask(wire.PrepareArbiter, wire.ArbiterArgs{Cluster: cluster}), &out); err != nil {
			return err
		}
		j.carry(carriedArbiter, out)
		return nil
	}}
	if d := m.Before.EffectiveQuorum().Device; d == nil || d.Host != a.Name {
		prepare.undo = func(ctx context.Context, j *job, s *spot) error {
			args := wire.LeaveArbiterArgs{Cluster: cluster}
			if data := j.carried(carriedArbiter); data != nil {
				var out wire.ArbiterOutput
				if err := json.Unmarshal(data, &out); err != nil {
					return fmt.Errorf("what the arbiter was: %w", err)
				}
				args.Before = &out.Before
			}
			_, err := j.send(ctx, s, a.ask(wire.LeaveArbiter, args), nil)
			return err
		}
	}
	sign := step{name: "sign", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		args := wire.SignArgs{Cluster: cluster, Requests: map[string][]byte{}}
		for _, node := range nodes {
			if r := j.carried(carriedRequest + node); len(r) > 0 {
				args.Requests[node] = r
			}
		}
		if len(args.Requests) == 0 {
			return errSkip // all have theirs
		}
		var out wire.SignOutput
		if _, err := j.send(ctx, s, a.ask(wire.SignDevices, args), &out); err != nil {
			return err
		}
		for node, c := range out.Certificates {
			j.carry(carriedSigned+node, c)
		}
		return nil
	}}
	var request, install stage
	for _, node := range nodes {
		request = append(request, step{
			name: "request", node: node,
			do: func(ctx context.Context, j *job, s *spot) error { return j.requestDevice(ctx, s, node) },
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.forNode(ctx, s, node, wire.SettleDevice, wire.SettleDeviceArgs{Restore: true})
			},
		})
		install = append(install, step{name: "certificate", node: node, do: func(ctx context.Context, j *job, s *spot) error {
			c := j.carried(carriedSigned + node)
			if c == nil {
				return errSkip
			}
			return j.forNode(ctx, s, node, wire.InstallDevice, wire.InstallDeviceArgs{Cluster: cluster, Certificate: c})
		}})
	}
	return []stage{{prepare}, request, {sign}, install}
}

func (j *job) requestDevice(ctx context.Context, s *spot, node string) error {
	var prepared wire.ArbiterOutput
	if err := json.Unmarshal(j.carried(carriedArbiter), &prepared); err != nil {
		return fmt.Errorf("what the arbiter told: %w", err)
	}
	a := j.to(node, wire.RequestDevice, wire.RequestDeviceArgs{
		Cluster: j.op.Cluster, Address: j.memo.After.Quorum.Device.Address, CA: prepared.CA,
	})
	a.timeout = filesTime
	var out wire.RequestDeviceOutput
	if _, err := j.send(ctx, s, a, &out); err != nil {
		return err
	}
	j.carry(carriedRequest+node, out.Request)
	return nil
}

func (j *job) carry(name string, value []byte) {
	j.change(func() {
		if j.memo.Carried == nil {
			j.memo.Carried = map[string][]byte{}
		}
		j.memo.Carried[name] = value
	})
}

func (j *job) carried(name string) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.memo.Carried[name]
}

// forNode sends a command of which only the success matters.
func (j *job) forNode(ctx context.Context, s *spot, node string, name wire.CommandName, args any) error {
	a := j.to(node, name, args)
	a.timeout = filesTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// startBack does nothing on the way forward. On the way back it comes last, when a device that was there before has its files and
// certificates again, and starts it anew with them.
func startBack(m *memo, nodes []string) []stage {
	if m.Before.EffectiveQuorum().Device == nil {
		return nil
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: "device_back", node: node, undo: func(ctx context.Context, j *job, s *spot) error {
			return j.startDevice(ctx, s, node)
		}})
	}
	return []stage{all}
}

func (j *job) startDevice(ctx context.Context, s *spot, node string) error {
	a := j.to(node, wire.StartDevice, wire.StartDeviceArgs{Cluster: j.op.Cluster})
	a.timeout = voteTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// startDevices starts the daemons, and waits until each has the arbiter's vote; nothing where the cluster has no device.
func startDevices(m *memo, nodes []string) []stage {
	if m.After.EffectiveQuorum().Device == nil {
		return nil
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{
			name: "start_device", node: node,
			do: func(ctx context.Context, j *job, s *spot) error { return j.startDevice(ctx, s, node) },
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.forNode(ctx, s, node, wire.StopDevice, wire.StopDeviceArgs{})
			},
		})
	}
	return []stage{all}
}

// stopDevices ends the daemons: all of a cluster before any starts with another configuration, because the arbiter refuses a node that
// differs from its peers.
func stopDevices(nodes []string, forget bool) stage {
	name := "stop_device"
	if forget {
		name = "forget_device"
	}
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: name, node: node, do: func(ctx context.Context, j *job, s *spot) error {
			err := j.forNode(ctx, s, node, wire.StopDevice, wire.StopDeviceArgs{Forget: forget})
			if forget {
				return j.leftBehind(ctx, node, err)
			}
			return err
		}})
	}
	return all
}

// settleDevices removes the keys and certificates from before.
func settleDevices(nodes []string) stage {
	var all stage
	for _, node := range nodes {
		all = append(all, step{name: "settle_device", node: node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.leftBehind(ctx, node, j.forNode(ctx, s, node, wire.SettleDevice, wire.SettleDeviceArgs{}))
		}})
	}
	return all
}

// leaveArbiter has an arbiter forget a cluster; nothing where it cannot be asked.
func leaveArbiter(a *arbiter) []stage {
	if a == nil {
		return nil
	}
	return []stage{{{name: "leave_arbiter", node: a.Name, do: func(ctx context.Context, j *job, s *spot) error {
		_, err := j.send(ctx, s, a.ask(wire.LeaveArbiter, wire.LeaveArbiterArgs{Cluster: j.op.Cluster}), nil)
		return j.leftBehind(ctx, a.Name, err)
	}}}}
}

// leftBehind makes of a failure after all is decided what it is: something that stays on a host and does no harm.
func (j *job) leftBehind(ctx context.Context, host string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	j.e.o.Log.Warn("earlier certificates stay behind", "cluster", j.op.Cluster, "host", host, "err", err)
	return errSkip
}
