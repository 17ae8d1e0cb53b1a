package reconcile

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// fenceSBD is the fence device that writes poison pills.
const (
	fenceSBDAgent    = "stonith:fence_sbd"
	externalSBDAgent = "stonith:external/sbd" // cluster-glue's
	fenceSBDID       = "sbd"
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

// PlanSBD says what a wish would mean. Nothing changes.
func (e *Engine) PlanSBD(ctx context.Context, actor, cluster string, want ha.SBD) (api.SBDPlan, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.SBDPlan{}, err
	}
	return e.planSBD(ctx, actor, k, want)
}

// planSBD holds a wish against what every host tells, and derives what follows from it.
func (e *Engine) planSBD(ctx context.Context, actor string, k fleet.Known, want ha.SBD) (api.SBDPlan, error) {
	p := api.SBDPlan{Nodes: map[string]string{}, Disks: []ha.SBDDisk{}}
	if err := ha.ValidateSBD(want); err != nil {
		return p, err
	}
	// Either of two nodes that are parted is quorate by itself, or resets itself though the other one is dead. Source: sbd(8).
	if len(want.Devices) == 0 && len(k.Setup.Nodes) == 2 && (k.Setup.Quorum == nil || k.Setup.Quorum.Device == nil) {
		return p, fault.New(fault.Conflict, "sbd.two_nodes", "two nodes without a quorum device need a disk").With("cluster", k.Setup.Name)
	}
	if err := allConnected(k, ""); err != nil {
		return p, err
	}
	hosts, err := e.inspectSBD(ctx, actor, k, want.Devices)
	if err != nil {
		return p, err
	}
	nodes := nodeNames(k.Setup)
	if err := ha.CheckSBD(want, nodes, hosts); err != nil {
		return p, err
	}
	multipath, active := false, len(nodes) > 0
	for i, node := range nodes {
		h := hosts[node]
		active = active && h.Active && h.Settings["SBD_DEVICE"] == strings.Join(want.Devices, ";")
		p.Nodes[node] = want.WatchdogOf(node)
		for _, d := range h.Disks {
			if !slices.Contains(want.Devices, d.Device) {
				continue
			}
			multipath = multipath || d.Multipath
			if i == 0 {
				p.Disks = append(p.Disks, d)
			}
		}
	}
	p.Times, p.Restart = want.Times(detection(k.Setup), multipath), !active
	return p, nil
}

// setSBD brings SBD to every node. What Pacemaker is told of it (the time that the others wait, the device that writes poison
// pills) it must not be told before the daemon runs everywhere: Pacemaker ends itself where it is to wait for a watchdog that
// nobody feeds, and a poison pill that nobody swallows counts as a fencing that has succeeded.
var setSBD = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		want := *m.Request.SBD
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		p, err := e.planSBD(ctx, m.Request.Actor, k, want)
		if err != nil {
			return err
		}
		t := p.Times
		m.hosts(k)
		m.Before = &k.Setup
		m.SBDTimes = &t
		m.Retracted = sbdRetracted(k.Config.Config, want)
		if len(m.Retracted) > 0 {
			if err := m.choose(k, ""); err != nil {
				return err
			}
		}
		if p.Restart && !want.Restart {
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
		if len(m.Retracted) > 0 {
			stages = append(stages, stage{{name: "edit", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
				return j.revise(ctx, s, m.Node, m.Retracted, nil)
			}}})
		}
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
		stages = append(stages, configureSBD(nodes, func(node string) map[string]string { return want.Settings(t, node) }))
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

// sbdRetracted takes back what Pacemaker has been told of another kind of SBD, before the daemons change over: a poison pill on a
// disk that nobody reads any more counts as a fencing that has succeeded, and so does the wait for a watchdog that is still fed
// because the node sees its disk. Until the rest is told, a fencing fails, and the cluster waits.
func sbdRetracted(cfg *ha.Config, want ha.SBD) []ha.Edit {
	if cfg == nil {
		return nil
	}
	var edits []ha.Edit
	for _, r := range cfg.Resources {
		if (r.Agent == fenceSBDAgent || r.Agent == externalSBDAgent) && (len(want.Devices) == 0 || !writesTo(r, want.Devices)) {
			edits = append(edits, ha.Edit{Op: ha.DeleteResource, ID: r.ID})
		}
	}
	if len(want.Devices) > 0 && cfg.Properties["stonith-watchdog-timeout"] != "" {
		edits = append(edits, ha.Edit{Op: ha.SetProperties, Unset: []string{"stonith-watchdog-timeout"}})
	}
	return edits
}

// writesTo says whether a fence device writes its poison pills to these devices; one that is told of none asks SBD's own file.
func writesTo(r ha.Resource, devices []string) bool {
	told := r.Parameters["devices"]
	return told == "" || told == strings.Join(devices, ",")
}

// sbdEdits are what Pacemaker must know of SBD.
func sbdEdits(cfg *ha.Config, want ha.SBD, t ha.SBDTimes) []ha.Edit {
	properties := ha.Edit{Op: ha.SetProperties, Values: map[string]string{"stonith-enabled": "true", "stonith-timeout": strconv.Itoa(t.Stonith) + "s"}}
	if len(want.Devices) == 0 {
		properties.Values["stonith-watchdog-timeout"] = strconv.Itoa(t.StonithWatchdog) + "s"
		return []ha.Edit{properties}
	}
	device := ha.Resource{ID: fenceSBDID, Kind: ha.Primitive, Agent: fenceSBDAgent, Parameters: map[string]string{
		"devices": strings.Join(want.Devices, ","), "power_timeout": strconv.Itoa(t.Power),
	}}
	if cfg == nil {
		return []ha.Edit{properties, {Op: ha.CreateResource, ID: device.ID, Resource: &device}}
	}
	if was := ha.FindResource(cfg.Resources, fenceSBDID); was != nil && writesTo(*was, want.Devices) {
		device.Operations = was.Operations
		return []ha.Edit{properties, {Op: ha.UpdateResource, ID: device.ID, Resource: &device}}
	}
	return []ha.Edit{properties, {Op: ha.CreateResource, ID: device.ID, Resource: &device}}
}

func configureSBD(nodes []string, settings func(node string) map[string]string) stage {
	var all stage
	for _, node := range nodes {
		all = append(all, step{
			name: "sbd_configure", node: node,
			do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(node, wire.ConfigureSBD, wire.ConfigureSBDArgs{Settings: settings(node)})
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
			case r.Agent == fenceSBDAgent || r.Agent == externalSBDAgent:
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
		return append(stages, configureSBD(slices.Sorted(maps.Keys(m.Hosts)), func(string) map[string]string { return nil })), nil
	},
}
