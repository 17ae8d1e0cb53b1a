package reconcile

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

const (
	// diskPrefix is the network of the link over the disk where nobody has chosen another one.
	diskPrefix = "192.168.250.0/24"
	// diskNodes is the highest node ID that there is room for on a disk.
	diskNodes   = 32
	diskKeySize = 32
	nonceSize   = 32
)

// diskLink is the link over the disk. Its pings are seldom, because each is a write, and patient, because a path of the disk may fail over;
// it is the last choice by its place.
var diskLink = ha.Link{Number: ha.DiskLinkNumber, Kind: ha.DiskLink, PingInterval: 1000, PingTimeout: 5000, PongCount: 1}

// diskRequest is what has been made up for a disk heartbeat. It is kept with the operation: after a restart it is the same disk and key.
type diskRequest struct {
	Device  string   `json:"device"`
	Prefix  string   `json:"prefix"`
	Destroy []string `json:"destroy,omitempty"`
	UUID    string   `json:"uuid"`
	Key     []byte   `json:"key"`
	// Nonces are what each node writes in order to try the disk, by ID.
	Nonces map[int][]byte `json:"nonces"`
}

// enableDisk looks at the disk on every node, lays it out on one, tries on all that it is one and the same, starts the daemons, and
// only then has Corosync use it. Taken back, the disk carries nothing of ours any longer.
var enableDisk = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		in := *m.Request.Disk
		k, before, err := e.reconfigurable(ctx, m)
		if err != nil {
			return err
		}
		if _, has := before.FindLink(ha.DiskLinkNumber); has {
			return fault.New(fault.Conflict, "diskhb.there", "cluster %s has a disk heartbeat already", m.Request.Cluster).With("cluster", m.Request.Cluster)
		}
		for _, one := range k.Members {
			if !slices.Contains(m.Members, one.Node) {
				return fault.New(fault.Conflict, "diskhb.all_nodes", "all nodes must be online to try the disk; %s is not", one.Node).With("node", one.Node)
			}
		}
		d, addresses, err := newDisk(in, before)
		if err != nil {
			return err
		}
		m.Disk = d
		l := diskLink
		if !followed(before) {
			l.Priority = lowest(before)
		}
		m.setRounds(before, []ha.Setup{before.WithLink(l, addresses)})
		if err := ha.ValidateSetup(m.Rounds[1]); err != nil {
			return err
		}
		return e.inspectDisk(ctx, m)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		d := m.Disk
		format := step{
			name: "format", node: m.Node,
			do: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(m.Node, wire.DiskPrepare, wire.DiskPrepareArgs{Device: d.Device, Cluster: m.Request.Cluster, UUID: d.UUID, Destroy: d.Destroy})
				a.timeout = checkTime
				_, err := j.send(ctx, s, a, nil)
				return err
			},
			undo: func(ctx context.Context, j *job, s *spot) error {
				a := j.to(m.Node, wire.DiskDisable, wire.DiskDisableArgs{Wipe: true, Device: d.Device, UUID: d.UUID})
				a.timeout = filesTime
				_, err := j.send(ctx, s, a, nil)
				return err
			},
		}
		var ids []int
		for _, n := range m.Before.Nodes {
			ids = append(ids, n.ID)
		}
		var write, read, enable stage
		for _, n := range m.Before.Nodes {
			others := map[int][]byte{}
			for id, nonce := range d.Nonces {
				if id != n.ID {
					others[id] = nonce
				}
			}
			probe := func(args wire.DiskProbeArgs) func(context.Context, *job, *spot) error {
				args.Device, args.UUID, args.Node = d.Device, d.UUID, n.ID
				return func(ctx context.Context, j *job, s *spot) error {
					a := j.to(n.Name, wire.DiskProbe, args)
					a.timeout = filesTime
					_, err := j.send(ctx, s, a, nil)
					return err
				}
			}
			write = append(write, step{name: "probe_write", node: n.Name, do: probe(wire.DiskProbeArgs{Write: d.Nonces[n.ID]})})
			read = append(read, step{name: "probe_read", node: n.Name, do: probe(wire.DiskProbeArgs{Expect: others})})
			enable = append(enable, step{
				name: "enable_disk", node: n.Name,
				do: func(ctx context.Context, j *job, s *spot) error {
					a := j.to(n.Name, wire.DiskEnable, wire.DiskEnableArgs{
						Cluster: m.Request.Cluster, Device: d.Device, UUID: d.UUID, Node: n.ID, Nodes: ids, Prefix: d.Prefix, Key: d.Key,
					})
					a.timeout = filesTime
					_, err := j.send(ctx, s, a, nil)
					return err
				},
				undo: func(ctx context.Context, j *job, s *spot) error {
					return j.disableDisk(ctx, s, n.Name, wire.DiskDisableArgs{})
				},
			})
		}
		return append([]stage{{format}, write, read, enable}, reconfigureStages(m)...), nil
	},
	give: giveRounds,
}

// newDisk makes up what a disk heartbeat needs, and each node's address.
func newDisk(in api.NewDiskHeartbeat, s ha.Setup) (*diskRequest, map[string]string, error) {
	var f fault.Fields
	if !aDevicePath(in.Device) {
		f.Add("device", "diskhb.path", "not the path of a device", "device", in.Device)
	}
	if in.Prefix == "" {
		in.Prefix = diskPrefix
	}
	prefix, err := netip.ParsePrefix(in.Prefix)
	if err != nil || !prefix.Addr().Is4() || prefix.Bits() != 24 || !prefix.Addr().IsPrivate() || prefix != prefix.Masked() {
		f.Add("prefix", "diskhb.prefix", "not a private IPv4 network of 24 bits", "prefix", in.Prefix)
		return nil, nil, f.Err()
	}
	d := &diskRequest{Device: in.Device, Prefix: in.Prefix, Destroy: in.Destroy, Key: make([]byte, diskKeySize), Nonces: map[int][]byte{}}
	addresses := map[string]string{}
	for _, n := range s.Nodes {
		if n.ID > diskNodes {
			f.Add("device", "diskhb.node_id", "a node's ID is too high", "node", n.Name, "id", strconv.Itoa(n.ID), "max", strconv.Itoa(diskNodes))
		}
		for _, a := range n.Addresses {
			if ip, err := netip.ParseAddr(a); err == nil && prefix.Contains(ip) {
				f.Add("prefix", "diskhb.prefix_taken", "a node has an address in it", "prefix", in.Prefix, "address", a, "node", n.Name)
			}
		}
		a := prefix.Addr().As4()
		a[3] = byte(n.ID)
		addresses[n.Name] = netip.AddrFrom4(a).String()
		d.Nonces[n.ID] = make([]byte, nonceSize)
		if _, err := rand.Read(d.Nonces[n.ID]); err != nil {
			return nil, nil, fmt.Errorf("make nonce: %w", err)
		}
	}
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, nil, fmt.Errorf("make UUID: %w", err)
	}
	if _, err := rand.Read(d.Key); err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	d.UUID = fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	return d, addresses, nil
}

// inspectDisk asks every node what is on the disk: nothing has changed when it refuses.
func (e *Engine) inspectDisk(ctx context.Context, m *memo) error {
	var first ha.DiskInspection
	for i, node := range m.Members {
		var one ha.DiskInspection
		if err := e.read(ctx, m.Request.Actor, m.Hosts[node], wire.DiskInspect, wire.DiskInspectArgs{Device: m.Disk.Device}, &one); err != nil {
			return named(err, node)
		}
		where := []string{"device", m.Disk.Device, "node", node}
		carries := strings.Join(one.Carries, ",")
		named := slices.Sorted(slices.Values(m.Disk.Destroy))
		switch {
		case one.InUse:
			return fault.New(fault.Conflict, "diskhb.in_use", "%s is in use on %s", m.Disk.Device, node).With(where...)
		case i > 0 && !sameDisk(first, one):
			return fault.New(fault.Conflict, "diskhb.not_shared", "%s on %s is another disk than on %s", m.Disk.Device, node, m.Members[0]).With(where...)
		case carries != "" && !slices.Equal(named, one.Carries):
			return fault.New(fault.Conflict, "diskhb.occupied", "%s on %s carries %s", m.Disk.Device, node, carries).With(append(where, "carries", carries)...)
		case carries == "" && len(named) > 0:
			return fault.New(fault.Conflict, "diskhb.nothing_there", "%s on %s is blank", m.Disk.Device, node).With(where...)
		}
		if i == 0 {
			first = one
		}
	}
	return nil
}

func (j *job) disableDisk(ctx context.Context, s *spot, node string, args wire.DiskDisableArgs) error {
	a := j.to(node, wire.DiskDisable, args)
	a.timeout = filesTime
	_, err := j.send(ctx, s, a, nil)
	return err
}

// disableDisk takes the link out of Corosync first, then ends the daemons, and last takes the layout off the disk.
var disableDisk = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		if err := e.checkRounds(ctx, m, func(_ context.Context, _ *Engine, m *memo, _ fleet.Known, before ha.Setup) ([]ha.Setup, error) {
			if _, has := before.FindLink(ha.DiskLinkNumber); !has {
				return nil, errNoLink(m.Request.Cluster, ha.DiskLinkNumber)
			}
			after := before.WithoutLink(ha.DiskLinkNumber)
			return []ha.Setup{after}, remaining(m, after, ha.DiskLinkNumber)
		}); err != nil {
			return err
		}
		var st ha.DiskHeartbeat
		if err := e.read(ctx, m.Request.Actor, m.Host, wire.DiskStatus, wire.NoArgs{}, &st); err != nil {
			return named(err, m.Node)
		}
		m.Disk = &diskRequest{Device: st.Device, UUID: st.UUID}
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		var stop stage
		for _, node := range m.Present {
			if node != m.Node {
				stop = append(stop, step{name: "disable_disk", node: node, do: func(ctx context.Context, j *job, s *spot) error {
					return j.disableDisk(ctx, s, node, wire.DiskDisableArgs{})
				}})
			}
		}
		stages := reconfigureStages(m)
		if len(stop) > 0 {
			stages = append(stages, stop)
		}
		// Where the daemon could not say which disk it uses, the disk is left as it is.
		last := wire.DiskDisableArgs{Wipe: m.Disk.UUID != "", Device: m.Disk.Device, UUID: m.Disk.UUID}
		return append(stages, stage{{name: "disable_disk", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.disableDisk(ctx, s, m.Node, last)
		}}}), nil
	},
	give: giveRounds,
}

// InspectDisk asks every node what is on a device. Nothing is written.
func (e *Engine) InspectDisk(ctx context.Context, actor, cluster, device string) (api.DiskInspected, error) {
	out := api.DiskInspected{Device: device, Carries: []string{}}
	if !aDevicePath(device) {
		var f fault.Fields
		f.Add("device", "diskhb.path", "not the path of a device", "device", device)
		return out, f.Err()
	}
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return out, err
	}
	out.Nodes = make([]api.InspectedNode, len(k.Members))
	eachMember(k.Members, func(i int, one fleet.Member) {
		out.Nodes[i].Node = one.Node
		var seen ha.DiskInspection
		switch err := e.read(ctx, actor, one.Host, wire.DiskInspect, wire.DiskInspectArgs{Device: device}, &seen); {
		case !one.Connected:
			out.Nodes[i].Fault = fault.Public(errAway(one))
		case err != nil:
			out.Nodes[i].Fault = fault.Public(named(err, one.Node))
		default:
			out.Nodes[i].Inspection = &seen
		}
	})
	out.Same = len(out.Nodes) > 0
	first := ha.DiskInspection{}
	for i, n := range out.Nodes {
		if n.Inspection == nil {
			out.Same = false
			continue
		}
		if i == 0 {
			first = *n.Inspection
		}
		out.Same = out.Same && sameDisk(first, *n.Inspection)
		out.InUse = out.InUse || n.Inspection.InUse
		for _, what := range n.Inspection.Carries {
			if !slices.Contains(out.Carries, what) {
				out.Carries = append(out.Carries, what)
			}
		}
	}
	slices.Sort(out.Carries)
	return out, nil
}

// sameDisk says whether two nodes may be looking at one disk: only writing on one and reading on the other can prove it.
func sameDisk(a, b ha.DiskInspection) bool {
	return a.SizeBytes == b.SizeBytes && a.UUID == b.UUID && slices.Equal(a.Carries, b.Carries)
}

// eachMember calls f for all members at once and returns when all have answered.
func eachMember(members []fleet.Member, f func(int, fleet.Member)) {
	var all sync.WaitGroup
	for i, one := range members {
		all.Go(func() { f(i, one) })
	}
	all.Wait()
}

func aDevicePath(text string) bool {
	return strings.HasPrefix(text, "/dev/") && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// Disk asks every node's daemon how it is.
func (e *Engine) Disk(ctx context.Context, actor, cluster string) (api.DiskHeartbeatShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.DiskHeartbeatShown{}, err
	}
	out := api.DiskHeartbeatShown{Nodes: []api.DiskHeartbeatNode{}}
	l, has := k.Setup.FindLink(ha.DiskLinkNumber)
	if !has {
		return out, nil
	}
	out.Enabled, out.Link = true, &l
	out.Nodes = make([]api.DiskHeartbeatNode, len(k.Members))
	eachMember(k.Members, func(i int, one fleet.Member) {
		n := api.DiskHeartbeatNode{Node: one.Node, Address: k.Setup.Address(one.Node, ha.DiskLinkNumber)}
		var st ha.DiskHeartbeat
		switch err := e.read(ctx, actor, one.Host, wire.DiskStatus, wire.NoArgs{}, &st); {
		case !one.Connected:
			n.Fault = fault.Public(errAway(one))
		case err != nil:
			n.Fault = fault.Public(named(err, one.Node))
		default:
			n.Heartbeat = &st
		}
		out.Nodes[i] = n
	})
	return out, nil
}
