package reconcile

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// fenceSBD is the fence device that writes poison pills.
const (
	fenceSBDAgent = "stonith:fence_sbd"
	fenceSBDID    = "sbd"
)

// inspectSBD asks every host of a cluster that is connected what there is of SBD.
func (e *Engine) inspectSBD(ctx context.Context, actor string, k fleet.Known, devices []string) (map[string]ha.SBDHost, error) {
	hosts := map[string]ha.SBDHost{}
	for _, m := range k.Members {
		if !m.Connected {
			continue
		}
		var h ha.SBDHost
		if err := e.read(ctx, actor, m.Host, wire.InspectSBD, wire.InspectSBDArgs{Devices: devices}, &h); err != nil {
			return nil, named(err, m.Node)
		}
		hosts[m.Node] = h
	}
	return hosts, nil
}

// detection is how many whole seconds Corosync needs until it has agreed on a membership without a node.
func detection(setup ha.Setup) int {
	return int((setup.Timing.DetectionTime(len(setup.Nodes)) + time.Second - 1) / time.Second)
}

// SBD returns what is known of a cluster's SBD.
func (e *Engine) SBD(ctx context.Context, actor, cluster string) (ha.SBDView, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return ha.SBDView{}, err
	}
	hosts, err := e.inspectSBD(ctx, actor, k, nil)
	if err != nil {
		return ha.SBDView{}, err
	}
	return ha.ViewSBD(k.Config.Config, nodeNames(k.Setup), hosts, detection(k.Setup)), nil
}

// setSBD brings SBD to every node. What Pacemaker is told of it (the time that the others wait, the device that writes poison
// pills) it must not be told before the daemon runs everywhere: Pacemaker ends itself where it is to wait for a watchdog that
// nobody feeds, and a poison pill that nobody swallows counts as a fencing that has succeeded.
var setSBD = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		want := *m.Request.SBD
		if err := ha.ValidateSBD(want); err != nil {
			return err
		}
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		if err := allConnected(k, ""); err != nil {
			return err
		}
		hosts, err := e.inspectSBD(ctx, m.Request.Actor, k, want.Devices)
		if err != nil {
			return err
		}
		nodes := nodeNames(k.Setup)
		if err := ha.CheckSBD(want, nodes, hosts); err != nil {
			return err
		}
		multipath := false
		active := len(nodes) > 0
		for _, h := range hosts {
			active = active && h.Active && h.Settings["SBD_DEVICE"] == strings.Join(want.Devices, ";")
			multipath = multipath || slices.ContainsFunc(h.Disks, func(d ha.SBDDisk) bool { return d.Multipath })
		}
		m.hosts(k)
		m.Before = &k.Setup
		t := want.Times(detection(k.Setup), multipath)
		m.SBDTimes = &t
		if !active && !want.Restart {
			return nil // the rest is done when it is asked for again, after the restart
		}
		if err := m.choose(k, ""); err != nil {
			return err
		}
		m.Edits = sbdEdits(k.Config.Config, want, t)
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		want, t := *m.Request.SBD, *m.SBDTimes
		nodes := nodeNames(*m.Before)
		var stages []stage
		if len(want.Devices) > 0 {
			stages = append(stages,
				stage{{name: "sbd_header", node: nodes[0], do: func(ctx context.Context, j *job, s *spot) error {
					a := j.to(nodes[0], wire.CreateSBD, wire.CreateSBDArgs{Devices: want.Devices, Watchdog: t.Watchdog, Msgwait: t.Msgwait, Override: want.Override})
					a.timeout = filesTime
					_, err := j.send(ctx, s, a, nil)
					return err
				}}},
				stage{{name: "sbd_shared", do: func(ctx context.Context, j *job, s *spot) error { return j.sameDisks(ctx, s, want.Devices, nodes) }}})
		}
		stages = append(stages, configureSBD(nodes, want.Settings(t)))
		if want.Restart {
			stages = append(stages, stops(*m.Before)...)
			stages = append(stages, starts(*m.Before)...)
			stages = append(stages, stage{{name: "sbd_active", do: func(ctx context.Context, j *job, s *spot) error { return j.sbdActive(ctx, s, nodes) }}})
		}
		if len(m.Edits) > 0 {
			stages = append(stages, stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Edits, nil)
			}}})
		}
		return stages, nil
	},
}

// sbdEdits are what Pacemaker must know of SBD.
func sbdEdits(cfg *ha.Config, want ha.SBD, t ha.SBDTimes) []ha.Edit {
	properties := ha.Edit{Op: ha.SetProperties, Values: map[string]string{"stonith-enabled": "true", "stonith-timeout": strconv.Itoa(t.Stonith) + "s"}}
	if len(want.Devices) == 0 {
		properties.Values["stonith-watchdog-timeout"] = strconv.Itoa(t.StonithWatchdog) + "s"
		return []ha.Edit{properties}
	}
	if cfg != nil && cfg.Properties["stonith-watchdog-timeout"] != "" {
		properties.Unset = []string{"stonith-watchdog-timeout"}
	}
	device := ha.Resource{ID: fenceSBDID, Kind: ha.Primitive, Agent: fenceSBDAgent, Parameters: map[string]string{"devices": strings.Join(want.Devices, ",")}}
	if cfg != nil && fleet.FindResource(cfg.Resources, fenceSBDID) != nil {
		device.Operations = fleet.FindResource(cfg.Resources, fenceSBDID).Operations
		return []ha.Edit{properties, {Op: ha.UpdateResource, ID: device.ID, Resource: &device}}
	}
	return []ha.Edit{properties, {Op: ha.CreateResource, ID: device.ID, Resource: &device}}
}

func configureSBD(nodes []string, settings map[string]string) stage {
	var all stage
	for _, node := range nodes {
		all = append(all, step{
			name: "sbd_configure", node: node,
			do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(node, wire.ConfigureSBD, wire.ConfigureSBDArgs{Settings: settings})
				a.timeout = filesTime
				_, err := j.send(ctx, s, a, nil)
				return err
			},
		})
	}
	return all
}

// sameDisks reads on every other node what was written on the first: a disk of the same name that is another disk has another header.
func (j *job) sameDisks(ctx context.Context, s *spot, devices, nodes []string) error {
	uuids := map[string]string{}
	for i, node := range nodes {
		a := j.to(node, wire.InspectSBD, wire.InspectSBDArgs{Devices: devices})
		a.timeout, a.nth = readTime, i
		var h ha.SBDHost
		if _, err := j.send(ctx, s, a, &h); err != nil {
			return err
		}
		for _, d := range h.Disks {
			if !slices.Contains(devices, d.Device) {
				continue
			}
			if i == 0 {
				uuids[d.Device] = d.UUID
			}
			if d.UUID == "" || d.UUID != uuids[d.Device] {
				return fault.New(fault.Conflict, "sbd.not_shared", "%s on %s is not the disk that %s has written to", d.Device, node, nodes[0]).
					With("device", d.Device, "node", node, "first", nodes[0])
			}
		}
	}
	return nil
}

func (j *job) sbdActive(ctx context.Context, s *spot, nodes []string) error {
	for i, node := range nodes {
		a := j.to(node, wire.InspectSBD, wire.InspectSBDArgs{})
		a.timeout, a.nth = readTime, i
		var h ha.SBDHost
		if _, err := j.send(ctx, s, a, &h); err != nil {
			return err
		}
		if !h.Active {
			return fault.New(fault.Failed, "sbd.not_active", "SBD does not run on %s", node).With("node", node)
		}
	}
	return nil
}

// removeSBD takes SBD away again: Pacemaker forgets it first. It is refused where nothing else fences.
var removeSBD = kind{
	check: func(_ context.Context, e *Engine, m *memo) error {
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		if err := allConnected(k, ""); err != nil {
			return err
		}
		cfg := k.Config.Config
		if cfg == nil {
			cfg = &ha.Config{}
		}
		properties := ha.Edit{Op: ha.SetProperties}
		for _, name := range []string{"stonith-watchdog-timeout"} {
			if _, has := cfg.Properties[name]; has {
				properties.Unset = append(properties.Unset, name)
			}
		}
		others := 0
		for _, r := range cfg.Resources {
			switch {
			case r.Agent == fenceSBDAgent || r.Agent == "stonith:external/sbd":
				m.Edits = append(m.Edits, ha.Edit{Op: ha.DeleteResource, ID: r.ID})
			case strings.HasPrefix(r.Agent, "stonith:"):
				others++
			}
		}
		if len(properties.Unset) > 0 {
			m.Edits = append(m.Edits, properties)
		}
		if others == 0 && len(m.Edits) > 0 && !strings.EqualFold(cfg.Properties["stonith-enabled"], "false") && !m.Request.Force {
			return fault.New(fault.Conflict, "sbd.only_fencing", "nothing else fences in cluster %s", k.Setup.Name).With("cluster", k.Setup.Name)
		}
		m.hosts(k)
		m.Before = &k.Setup
		if len(m.Edits) > 0 {
			return m.choose(k, "")
		}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		var stages []stage
		if len(m.Edits) > 0 {
			stages = append(stages, stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Edits, nil)
			}}})
		}
		return append(stages, configureSBD(slices.Sorted(maps.Keys(m.Hosts)), nil)), nil
	},
}
