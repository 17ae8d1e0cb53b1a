package simulated

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/replication"
	lang "hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/mirror"
	"hawser/internal/version"
)

// What a simulated host says of its DRBD, of drbd-utils, and of the kernel whose FUSE a mirror uses.
const (
	simVersion = "8.4.11"
	simTools   = "9.22.0"
	simKernel  = "6.1.0-sim"
)

// volumes implements replication.Driver for one simulated host and one driver.
type volumes struct {
	d      *Driver
	driver ha.VolumeDriver
}

// Replication are the host's replication drivers.
func (d *Driver) Replication() replication.Driver {
	return replication.Drivers{volumes{d, ha.DRBD}, volumes{d, ha.Mirror}}
}

// Name implements replication.Driver.
func (p volumes) Name() ha.VolumeDriver { return p.driver }

func (p volumes) mirrors() bool { return p.driver == ha.Mirror }

// Versions implements replication.Driver.
func (p volumes) Versions(context.Context) (kernel, tools string, err error) {
	if p.mirrors() {
		return simKernel, version.String(), nil
	}
	return simVersion, simTools, nil
}

func (p volumes) conflict(reason, name, what string) *fault.Error {
	return fault.New(fault.Conflict, reason, "volume %s on %s: %s", name, p.d.node, what).With("volume", name, "node", p.d.node)
}

// side calls f with this host's side of a volume that must be there.
func (p volumes) side(ctx context.Context, name string, f func(*volumeWorld, *simVolume, *volumeSide) error) error {
	return p.d.world.volumes(ctx, func(v *volumeWorld) error {
		x := v.Volumes[name]
		if !p.has(x) {
			return fault.New(fault.NotFound, "volume.unknown", "there is no volume %s on %s", name, p.d.node).With("volume", name, "node", p.d.node)
		}
		return f(v, x, x.Sides[p.d.node])
	})
}

// up is side, and refuses what is down.
func (p volumes) up(ctx context.Context, name string, f func(*volumeWorld, *simVolume, *volumeSide) error) error {
	return p.side(ctx, name, func(v *volumeWorld, x *simVolume, s *volumeSide) error {
		if !s.Up {
			return p.conflict("volume.down", name, "it is down")
		}
		return f(v, x, s)
	})
}

// has says whether this host has a side of a volume, by this driver.
func (p volumes) has(x *simVolume) bool {
	return x != nil && x.Sides[p.d.node] != nil && x.Sides[p.d.node].Config.Driver == p.driver
}

// mine are the names of this host's volumes by this driver.
func (p volumes) mine(v *volumeWorld) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(v.Volumes)), func(name string) bool { return !p.has(v.Volumes[name]) })
}

// check is the driver's own of what a volume can be.
func (p volumes) check(c ha.Volume) error {
	if p.mirrors() {
		return mirror.Check(c)
	}
	return lang.Check(c, lang.V84)
}

// file is where a volume is configured.
func (p volumes) file(name string) string {
	if p.mirrors() {
		return ha.MirrorConfig(name)
	}
	return "/etc/drbd.d/" + name + ".res"
}

// Volumes implements replication.Driver.
func (p volumes) Volumes(ctx context.Context) ([]ha.Volume, error) {
	list := []ha.Volume{}
	err := p.d.world.volumes(ctx, func(v *volumeWorld) error {
		for _, name := range p.mine(v) {
			s := v.Volumes[name].Sides[p.d.node]
			c := s.Config
			c.File = p.file(name)
			if s.Secret != "" {
				c.Options = withSecret(c.Options)
			}
			list = append(list, c)
		}
		return nil
	})
	return list, err
}

// withSecret says of options that there is a secret.
func withSecret(o map[string]map[string]string) map[string]map[string]string {
	o = maps.Clone(o)
	if o == nil {
		o = map[string]map[string]string{}
	}
	net := maps.Clone(o[lang.Net])
	if net == nil {
		net = map[string]string{}
	}
	net["shared-secret"] = lang.Hidden
	o[lang.Net] = net
	return o
}

// Configure implements replication.Driver.
func (p volumes) Configure(ctx context.Context, c ha.Volume, secret string) error {
	if err := p.check(c); err != nil {
		return err
	}
	own, ok := sideOf(c, p.d.node)
	if !ok {
		return p.conflict("volume.not_here", c.Name, "this host has no side of it")
	}
	return p.d.world.volumes(ctx, func(v *volumeWorld) error {
		for name, x := range v.Volumes {
			if x.Sides[p.d.node] == nil {
				continue
			}
			o := x.Sides[p.d.node].Config
			r, _ := sideOf(o, p.d.node)
			switch {
			case name == c.Name:
			case o.Device == c.Device:
				return p.conflict("volume.device_taken", c.Name, "the device is taken").With("device", c.Device, "other", name)
			case r.Port == own.Port:
				return p.conflict("volume.port_taken", c.Name, "the port is taken").With("port", strconv.Itoa(own.Port), "other", name)
			case r.Disk == own.Disk:
				return p.conflict("volume.disk_taken", c.Name, "the disk is taken").With("disk", own.Disk, "other", name)
			}
		}
		x := v.Volumes[c.Name]
		if x == nil {
			x = &simVolume{Sides: map[string]*volumeSide{}}
			v.Volumes[c.Name] = x
		}
		s := x.Sides[p.d.node]
		if s == nil {
			s = &volumeSide{}
			x.Sides[p.d.node] = s
		}
		if secret == "" {
			secret = s.Secret
		}
		again := s.Secret != secret || s.Config.Protocol != c.Protocol
		if p.mirrors() && s.Primary && (again || !maps.Equal(plainOptions(s.Config), plainOptions(c))) {
			return p.conflict("volume.mirror_in_use", c.Name, "it is Primary here, and would lose its device")
		}
		c.File, c.Foreign, c.Exposed = "", false, ""
		if net := maps.Clone(c.Options[lang.Net]); net != nil {
			delete(net, "shared-secret")
			c.Options = maps.Clone(c.Options)
			c.Options[lang.Net] = net
		}
		s.Config, s.Secret, s.Limit = c, secret, 0
		if s.Up && again {
			s.Alone, s.Asked = false, false // adjust connects
			for name, o := range x.Sides {
				if name != p.d.node && o.Config.Protocol != c.Protocol { // as 8.4 changes it while it runs: the other side follows
					o.Config.Protocol = c.Protocol
				}
			}
		}
		return nil
	})
}

func sideOf(c ha.Volume, node string) (ha.Replica, bool) {
	for _, r := range c.Replicas {
		if r.Node == node {
			return r, true
		}
	}
	return ha.Replica{}, false
}

// plainOptions are those of the section net without the secret: all that a mirror has.
func plainOptions(c ha.Volume) map[string]string {
	o := maps.Clone(c.Options[mirror.Net])
	delete(o, mirror.SecretName)
	return o
}

// Forget implements replication.Driver.
func (p volumes) Forget(ctx context.Context, name string) error {
	return p.d.world.volumes(ctx, func(v *volumeWorld) error {
		x := v.Volumes[name]
		if !p.has(x) {
			return nil
		}
		if x.Sides[p.d.node].Up {
			return p.conflict("volume.up", name, "it is up")
		}
		delete(x.Sides, p.d.node)
		if len(x.Sides) == 0 {
			delete(v.Volumes, name)
		}
		return nil
	})
}

// Inspect implements replication.Driver.
func (p volumes) Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error) {
	out := ha.VolumeInspection{Node: p.d.node}
	out.Driver, out.Tools, _ = p.Versions(ctx)
	codes, agent := []string{"drbd_module", "drbd_tools", "drbd_agent"}, ha.DRBDAgent
	if p.mirrors() {
		codes, agent = []string{"mirror_fuse", "mirror_loop", "mirror_tools", "mirror_agent"}, ha.MirrorAgent
	}
	for _, code := range codes {
		version := out.Tools
		if code == "drbd_module" {
			version = out.Driver
		}
		out.Checks = append(out.Checks, ha.Check{Code: code, Result: "ok", Args: map[string]string{"node": p.d.node, "version": version, "agent": agent}})
	}
	if disk != "" && (!strings.HasPrefix(disk, "/dev/") || strings.Contains(disk, "..") || p.mirrors() && !mirror.IsDisk(disk)) {
		var f fault.Fields
		f.Add("disk", "volume.disk", "not the path of a block device", "disk", disk)
		return out, f.Err()
	}
	err := p.d.world.volumes(ctx, func(v *volumeWorld) error {
		for _, name := range p.mine(v) {
			s := v.Volumes[name].Sides[p.d.node]
			r, _ := sideOf(s.Config, p.d.node)
			out.Names, out.Ports = append(out.Names, name), append(out.Ports, r.Port)
			if n := lang.Minor(s.Config.Device); n >= 0 {
				out.Minors = append(out.Minors, n)
			}
		}
		for _, x := range v.Volumes { // by whatever driver
			if s := x.Sides[p.d.node]; s != nil && s.Attached {
				r, _ := sideOf(s.Config, p.d.node)
				out.Disk.InUse = out.Disk.InUse || r.Disk == disk
			}
		}
		slices.Sort(out.Ports)
		slices.Sort(out.Minors)
		if disk == "" {
			return nil
		}
		x := v.Disks[p.d.node][disk]
		if x == nil {
			return p.noDisk(disk)
		}
		out.Disk.Device, out.Disk.SizeBytes, out.Disk.Carries = disk, uint64(x.Size), x.carries() //nolint:gosec // sizes are positive
		return nil
	})
	return out, err
}

func (p volumes) noDisk(disk string) error {
	return fault.New(fault.Invalid, "volume.no_device", "there is no block device %s on %s", disk, p.d.node).With("disk", disk, "node", p.d.node)
}

func (x *localDisk) carries() []string {
	var list []string
	if x.Meta != "" {
		list = append(list, string(cmp.Or(x.By, ha.DRBD)))
	}
	if x.Holds != "" {
		list = append(list, x.Holds)
	}
	slices.Sort(list)
	return list
}

// Create implements replication.Driver.
func (p volumes) Create(ctx context.Context, name string, destroy []string) error {
	return p.side(ctx, name, func(v *volumeWorld, _ *simVolume, s *volumeSide) error {
		r, _ := sideOf(s.Config, p.d.node)
		x := v.Disks[p.d.node][r.Disk]
		if x == nil {
			return p.noDisk(r.Disk)
		}
		if x.Meta == name && s.Disk != "" {
			return nil
		}
		kinds := x.carries()
		named := slices.Clone(destroy)
		slices.Sort(named)
		where := []string{"disk", r.Disk, "node", p.d.node}
		switch named = slices.Compact(named); {
		case slices.Equal(kinds, named):
		case len(kinds) == 0:
			return fault.New(fault.Conflict, "volume.nothing_there", "%s on %s is blank", r.Disk, p.d.node).With(where...)
		default:
			carries := strings.Join(kinds, ",")
			return fault.New(fault.Conflict, "volume.disk_occupied", "%s on %s carries %s", r.Disk, p.d.node, carries).With(append(where, "carries", carries)...)
		}
		x.Meta, x.By, x.Holds = name, p.driver, ""
		s.Disk, s.Data, s.Changed, s.Gen, s.Holds = ha.DiskInconsistent, nil, nil, nil, ""
		return nil
	})
}

// Wipe implements replication.Driver.
func (p volumes) Wipe(ctx context.Context, name string) error {
	return p.side(ctx, name, func(v *volumeWorld, _ *simVolume, s *volumeSide) error {
		if s.Up {
			return p.conflict("volume.up", name, "it is up")
		}
		r, _ := sideOf(s.Config, p.d.node)
		if x := v.Disks[p.d.node][r.Disk]; x != nil && x.Meta == name {
			x.Meta, x.Holds = "", s.Holds
			s.Disk, s.Gen = "", nil
		}
		return nil
	})
}

// Up implements replication.Driver.
func (p volumes) Up(ctx context.Context, name string) error {
	return p.side(ctx, name, func(v *volumeWorld, _ *simVolume, s *volumeSide) error {
		if s.Disk == "" {
			return fault.New(fault.Failed, "volume.failed", "volume %s on %s has no metadata", name, p.d.node).With("volume", name, "node", p.d.node, "why", "no metadata")
		}
		if !s.Up {
			s.Lost, s.Up, s.Attached = v.now, true, true
		}
		s.Attached, s.Alone, s.Asked = true, false, false
		return nil
	})
}

// Down implements replication.Driver.
func (p volumes) Down(ctx context.Context, name string) error {
	return p.d.world.volumes(ctx, func(v *volumeWorld) error {
		if x := v.Volumes[name]; p.has(x) {
			s := x.Sides[p.d.node]
			s.Up, s.Attached, s.Primary, s.Alone, s.Limit, s.Paused = false, false, false, false, 0, false
		}
		return nil
	})
}

// other is the name of the other side, and the side itself.
func (x *simVolume) other(node string) (string, *volumeSide) {
	for name, s := range x.Sides {
		if name != node {
			return name, s
		}
	}
	return "", nil
}

// FirstSync implements replication.Driver.
func (p volumes) FirstSync(ctx context.Context, name string, how ha.FirstSync) error {
	return p.up(ctx, name, func(v *volumeWorld, x *simVolume, s *volumeSide) error {
		peer, o := x.other(p.d.node)
		switch {
		case !x.Connected:
			return p.conflict("volume.not_connected", name, "the sides are not connected")
		case s.Disk == ha.DiskUpToDate && (o.Disk == ha.DiskUpToDate || x.Transfer != nil):
			return nil
		case o.Disk == ha.DiskUpToDate:
			return p.conflict("volume.peer_has_data", name, "the other side has the data").With("peer", peer)
		}
		s.Disk = ha.DiskUpToDate
		s.next()
		if how == ha.SyncSkip {
			o.Disk, o.Gen = s.Disk, slices.Clone(s.Gen)
			return nil
		}
		x.begin(v, p.d.node, peer, false)
		return nil
	})
}

// Act implements replication.Driver.
func (p volumes) Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error {
	return p.up(ctx, name, func(v *volumeWorld, x *simVolume, s *volumeSide) error {
		return p.act(v, x, s, name, action, limit)
	})
}

func (p volumes) act(v *volumeWorld, x *simVolume, s *volumeSide, name string, action ha.VolumeAction, limit int64) error {
	peer, o := x.other(p.d.node)
	switch action {
	case ha.VolumePromote:
		switch {
		case s.Primary:
		case s.Disk == diskOutdated && !x.Connected:
			return p.conflict("volume.outdated", name, "the other side has newer data")
		case x.Connected && o.Primary:
			return p.conflict("volume.other_primary", name, "the other side is Primary").With("why", "")
		case s.Disk != ha.DiskUpToDate && (!x.Connected || o.Disk != ha.DiskUpToDate):
			return p.conflict("volume.no_data", name, "it has no complete data").With("why", "")
		default:
			s.Primary = true
			if !x.Connected {
				s.next()
				x.outdate()
			}
		}
	case ha.VolumeDemote:
		s.Primary = false
	case ha.VolumeConnect:
		s.Alone, s.Asked = false, false
	case ha.VolumeDisconnect:
		s.Alone, s.Asked = true, true
	case ha.VolumeDiscard:
		switch {
		case p.mirrors():
			return p.unsupported(name, action)
		case x.Connected:
		case s.Primary:
			return p.conflict("volume.primary", name, "it is Primary here")
		default:
			s.Alone, s.Asked, s.Victim = false, false, true
		}
	case ha.VolumeAttach:
		switch {
		case p.mirrors():
			return p.unsupported(name, action)
		case !s.Attached:
			s.Attached = true
			if x.Connected && o.Attached && x.Transfer == nil {
				x.begin(v, peer, p.d.node, false)
			}
		}
	case ha.VolumeDetach:
		if p.mirrors() {
			return p.unsupported(name, action)
		}
		s.Attached = false
	case ha.VolumePause:
		s.Paused = true
	case ha.VolumeResume:
		s.Paused = false
	case ha.VolumeLimit:
		if limit != 0 && limit < 1<<10 {
			var f fault.Fields
			f.Add("limit", "field.range", "out of range", "min", "1024", "max", "4294967296")
			return f.Err()
		}
		s.Limit = limit
	case ha.VolumeVerify, ha.VolumeInvalidate:
		return p.compare(v, x, s, name, action)
	default:
		return fault.New(fault.Invalid, "volume.action_unknown", "unknown action %q", action).With("action", string(action))
	}
	return nil
}

func (p volumes) unsupported(name string, action ha.VolumeAction) error {
	return p.conflict("volume.action_unsupported", name, "mirrors have no action "+string(action)).With("action", string(action))
}

func (p volumes) compare(v *volumeWorld, x *simVolume, s *volumeSide, name string, action ha.VolumeAction) error {
	peer, o := x.other(p.d.node)
	if action == ha.VolumeVerify {
		switch {
		case !p.mirrors() && s.Config.Options[lang.Net]["verify-alg"] == "":
			return p.conflict("volume.no_verify_alg", name, "verify-alg is not set")
		case !x.Connected:
			return p.conflict("volume.not_connected", name, "the sides are not connected")
		case x.Transfer != nil && x.Transfer.Verify:
			return nil
		case x.Transfer != nil:
			return p.conflict("volume.syncing", name, "a resync goes on")
		case p.mirrors() && !s.Primary:
			return p.conflict("volume.not_primary", name, "it is not Primary here")
		}
		x.begin(v, p.d.node, peer, true)
		return nil
	}
	switch {
	case s.Primary:
		return p.conflict("volume.primary", name, "it is Primary here")
	case !x.Connected || o.Disk != ha.DiskUpToDate:
		return p.conflict("volume.no_source", name, "no other side has complete data")
	case x.Transfer == nil:
		s.Disk = ha.DiskInconsistent
		x.begin(v, peer, p.d.node, false)
	}
	return nil
}

// Format implements replication.Driver.
func (p volumes) Format(ctx context.Context, name, kind string) error {
	if kind != "ext4" && kind != "xfs" {
		var f fault.Fields
		f.Add("type", "field.one_of", "not ext4 or xfs", "value", kind, "allowed", "ext4, xfs")
		return f.Err()
	}
	return p.up(ctx, name, func(_ *volumeWorld, x *simVolume, s *volumeSide) error {
		switch {
		case !s.Primary:
			return p.conflict("volume.not_primary", name, "it is not Primary here")
		case s.Holds != "":
			return p.conflict("volume.occupied", name, "it carries "+s.Holds).With("carries", s.Holds)
		}
		s.Holds = kind
		x.touch(p.d.node, 0, []byte(kind))
		return nil
	})
}

// Status implements replication.Driver.
func (p volumes) Status(ctx context.Context) ([]ha.VolumeState, error) {
	list := []ha.VolumeState{}
	if !p.d.world.hasVolumes() {
		return list, nil
	}
	err := p.d.world.volumes(ctx, func(v *volumeWorld) error {
		for _, name := range p.mine(v) {
			list = append(list, p.state(v, name))
		}
		return nil
	})
	return list, err
}

func (p volumes) state(v *volumeWorld, name string) ha.VolumeState {
	x := v.Volumes[name]
	s := x.Sides[p.d.node]
	out := ha.VolumeState{
		Name: name, Driver: p.driver, Node: p.d.node, Up: s.Up, Device: s.Config.Device, Protocol: s.Config.Protocol, Role: "Unknown", Disk: "DUnknown", Peers: []ha.VolumePeer{},
	}
	if !s.Up {
		return out
	}
	out.Size, out.Role, out.Disk = x.size(v), ha.VolumeSecondary, s.disk()
	if s.Primary {
		out.Role = ha.VolumePrimary
	}
	peer, o := x.other(p.d.node)
	if o == nil {
		r := slices.IndexFunc(s.Config.Replicas, func(r ha.Replica) bool { return r.Node != p.d.node })
		peer, o = s.Config.Replicas[r].Node, &volumeSide{}
	}
	at := ha.VolumePeer{Node: peer, Connection: ha.PeerConnecting, Role: "Unknown", Disk: "DUnknown", Replication: "Off", OutOfSync: int64(len(s.Changed)) * simBlock}
	if s.Alone {
		at.Connection = ha.PeerStandAlone
	}
	if x.Connected {
		at.Connection, at.Role, at.Disk, at.Replication = ha.PeerConnected, ha.VolumeSecondary, o.disk(), ha.ReplicaEstablish
		at.OutOfSync += x.Differs
		if o.Primary {
			at.Role = ha.VolumePrimary
		}
		if t := x.Transfer; t != nil {
			p.progress(&at, t, s, o)
		} else if s.Disk == ha.DiskInconsistent && o.Disk == ha.DiskInconsistent {
			at.OutOfSync = out.Size
		}
	}
	out.Peers = append(out.Peers, at)
	if s.Split && !x.Connected {
		side := s.evidence(p.d.node)
		out.Split = &side
	}
	return out
}

// progress tells how far a transfer is, in DRBD's words.
func (p volumes) progress(at *ha.VolumePeer, t *transfer, s, o *volumeSide) {
	word := "SyncTarget"
	switch mine := t.From == p.d.node; {
	case t.Verify && mine:
		word = "VerifyS"
	case t.Verify:
		word = "VerifyT"
	case mine:
		word = "SyncSource"
	}
	if !t.Verify && (s.Paused || o.Paused) {
		word = map[string]string{"SyncSource": "PausedSyncS", "SyncTarget": "PausedSyncT"}[word]
	}
	left := max(0, t.Total-t.Done)
	at.Replication, at.Rate, at.Limit = word, t.Rate, s.Limit
	at.Done = float64(int(10000*(1-float64(left)/float64(t.Total)))) / 100
	if !t.Verify {
		at.OutOfSync = left
	}
	if t.Rate > 0 {
		at.Left = (left + t.Rate - 1) / t.Rate
	}
}

func (s *volumeSide) disk() string {
	if !s.Attached {
		return ha.DiskDiskless
	}
	return s.Disk
}

func (s *volumeSide) evidence(node string) ha.SplitSide {
	return ha.SplitSide{
		Node: node, Since: s.Lost, Primary: s.Primary, WasPrimary: !s.From.IsZero(), From: s.From, Until: s.Until, Changed: int64(len(s.Changed)) * simBlock,
		Generation: slices.Clone(s.Gen),
	}
}

// Split implements replication.Driver.
func (p volumes) Split(ctx context.Context, name string) (ha.SplitSide, error) {
	var out ha.SplitSide
	err := p.side(ctx, name, func(_ *volumeWorld, _ *simVolume, s *volumeSide) error {
		out = s.evidence(p.d.node)
		return nil
	})
	return out, err
}

// volumeBeat is how often simulated volumes are looked at: they change by the clock, and by other processes.
const volumeBeat = 500 * time.Millisecond

// Watch implements replication.Driver.
func (p volumes) Watch(ctx context.Context, changed func()) error {
	tick := time.NewTicker(volumeBeat)
	defer tick.Stop()
	changed()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if p.d.world.hasVolumes() {
				changed()
			}
		}
	}
}
