package drbd

import (
	"cmp"
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/run"
	lang "hawser/internal/drbd"
	"hawser/internal/ha"
)

// look is how far something was at a moment.
type look struct {
	at    time.Time
	what  string // SyncTarget, VerifyS …
	left  int64  // bytes
	total int64
	rate  int64
}

// kernel asks the kernel for all it knows; nothing where the module is not loaded, and then nothing is started for it either.
func (d *Driver) kernel(ctx context.Context) (picture, map[int]counters, error) {
	if d.loaded() == "" {
		return picture{}, nil, nil
	}
	out, err := d.o.Runner.Run(ctx, run.Cmd("drbdsetup", "events2", "--now", "--statistics").Within(askTime))
	if err != nil {
		return nil, nil, d.told(ctx, "", err)
	}
	return parseEvents(string(out.Stdout)), parseProc(string(d.read(procFile))), nil
}

// known says whether the kernel knows a volume's resource.
func (d *Driver) known(ctx context.Context, name string) bool {
	p, _, err := d.kernel(ctx)
	return err == nil && p[lang.ResourceOf(name)] != nil
}

// Status implements replication.Driver.
func (d *Driver) Status(ctx context.Context) ([]ha.VolumeState, error) {
	list, _ := d.volumes()
	if len(list) == 0 && d.loaded() == "" {
		return []ha.VolumeState{}, nil
	}
	p, counts, err := d.kernel(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	out := make([]ha.VolumeState, 0, len(list))
	busy := false
	told := map[string]bool{}
	for _, v := range list {
		told[lang.ResourceOf(v.Name)] = true
		s := d.state(ctx, v, p, counts, now)
		for _, x := range s.Peers {
			busy = busy || works(x.Replication)
		}
		out = append(out, s)
	}
	for name := range p { // somebody has made it without a file, or has taken the file away
		if !told[name] {
			out = append(out, d.state(ctx, ha.Volume{Name: name, Driver: ha.DRBD}, p, counts, now))
		}
	}
	slices.SortFunc(out, func(a, b ha.VolumeState) int { return strings.Compare(a.Name, b.Name) })
	d.mu.Lock()
	d.busy = busy
	d.mu.Unlock()
	return out, nil
}

// works says whether something goes on that has a progress.
func works(replication string) bool {
	switch replication {
	case "SyncSource", "SyncTarget", "VerifyS", "VerifyT", "PausedSyncS", "PausedSyncT":
		return true
	}
	return false
}

// state is one volume as this host sees it.
func (d *Driver) state(ctx context.Context, v ha.Volume, p picture, counts map[int]counters, now time.Time) ha.VolumeState {
	s := ha.VolumeState{
		Name: v.Name, Driver: ha.DRBD, Node: d.o.Node, Device: v.Device, Protocol: v.Protocol, Role: "Unknown", Disk: "DUnknown", Peers: []ha.VolumePeer{},
	}
	r, x := p.of(v.Name)
	if r == nil {
		return s
	}
	s.Up, s.Role, s.Suspended = true, cmp.Or(r.role, "Unknown"), r.suspended
	var c counters
	if x != nil {
		s.Disk = cmp.Or(x.disk, "DUnknown")
		s.Device = cmp.Or(s.Device, "/dev/drbd"+strconv.Itoa(x.minor))
		s.Size = d.size(x)
		c = counts[x.minor]
		if x.quorum != "" {
			has := x.quorum == "yes"
			s.Quorum = &has
		}
	} else {
		s.Disk = ha.DiskDiskless
	}
	for _, key := range sorted(r.peers) {
		s.Peers = append(s.Peers, d.peer(v, r.peers[key], c, now))
	}
	if len(s.Peers) == 0 { // 8.4 forgets a connection that is closed
		for _, other := range v.Replicas {
			if other.Node != d.o.Node {
				s.Peers = append(s.Peers, ha.VolumePeer{
					Node: other.Node, Connection: ha.PeerStandAlone, Role: "Unknown", Disk: "DUnknown", Replication: "Off", OutOfSync: c.outOfSync << 10,
				})
			}
		}
	}
	d.remember(&s, now)
	if d.split(s) {
		side := d.evidence(ctx, s)
		s.Split = &side
	}
	return s
}

func sorted(m map[string]*peer) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// size is how large the device is: sysfs knows, where events2 of 8.4 does not tell.
func (d *Driver) size(x *device) int64 {
	if x.minor >= 0 {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(d.read("/sys/class/block/drbd"+strconv.Itoa(x.minor)+"/size"))), 10, 64); err == nil && n > 0 {
			return n << 9
		}
	}
	return x.size << 10
}

func (d *Driver) peer(v ha.Volume, x *peer, c counters, now time.Time) ha.VolumePeer {
	out := ha.VolumePeer{
		Node: d.peerName(v, x), Connection: cmp.Or(x.connection, ha.PeerStandAlone), Role: cmp.Or(x.role, "Unknown"), Disk: "DUnknown", Replication: "Off",
		OutOfSync: c.outOfSync << 10,
	}
	y := x.devices[number(v.Name)]
	if y == nil {
		return out
	}
	out.Disk, out.Replication = cmp.Or(y.disk, "DUnknown"), cmp.Or(y.replication, "Off")
	if y.outOfSync > 0 {
		out.OutOfSync = y.outOfSync << 10
	}
	if !works(out.Replication) {
		d.mu.Lock()
		delete(d.looks, v.Name+"|"+out.Node)
		d.mu.Unlock()
		return out
	}
	out.Limit = d.recall(v.Name).Limit
	d.measure(v.Name, &out, c.progress, y.done, now)
	return out
}

// least is how far apart two looks must be for a rate to be taken of them.
const least = 500 * time.Millisecond

// measure finds out how far a resync or a verification is, how fast and for how much longer. The kernel's own figures are taken where it has
// some; otherwise what is out of sync shrinks from what it was when it was first seen.
func (d *Driver) measure(volume string, p *ha.VolumePeer, told *progress, done float64, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := volume + "|" + p.Node
	was, had := d.looks[key]
	had = had && kind(was.what) == kind(p.Replication)
	is := look{at: now, what: p.Replication, left: p.OutOfSync, total: p.OutOfSync}
	switch {
	case told != nil:
		is.left, is.total = told.left<<10, told.total<<10
	case had:
		is.total = max(was.total, is.left)
	}
	switch {
	case told == nil && done > 0:
		p.Done = done
	case is.total > 0:
		p.Done = 100 * (1 - float64(is.left)/float64(is.total))
	}
	p.Done = float64(int(p.Done*100)) / 100
	if had {
		is.rate = was.rate
		if passed := now.Sub(was.at); passed >= least {
			fresh := int64(float64(max(0, was.left-is.left)) / passed.Seconds())
			if is.rate > 0 { // smooth: the controller of 8.4 works in bursts
				fresh = (fresh + is.rate) / 2
			}
			is.rate = fresh
		} else {
			is.at, is.left = was.at, was.left
		}
	}
	d.looks[key] = is
	if strings.HasPrefix(p.Replication, "Paused") {
		return
	}
	p.Rate = is.rate
	if is.rate > 0 {
		p.Left = (is.left + is.rate - 1) / is.rate
	}
}

// kind tells a resync from a verification; a pause is part of the former.
func kind(replication string) string {
	if strings.HasPrefix(replication, "Verify") {
		return "verify"
	}
	return "sync"
}

// peerName is the host of a peer: by its name, by its address, or because there is only one other. The events of 8.4 call each peer "peer".
func (d *Driver) peerName(v ha.Volume, x *peer) string {
	at := hostOf(x.address)
	a, _ := netip.ParseAddr(at)
	var others []string
	for _, r := range v.Replicas {
		if r.Node == d.o.Node {
			continue
		}
		if b, err := netip.ParseAddr(r.Address); r.Node == x.name || err == nil && a == b {
			return r.Node
		}
		others = append(others, r.Node)
	}
	if len(others) == 1 {
		return others[0]
	}
	return cmp.Or(x.name, at)
}

// remember notes since when a volume has no peer, and whether it was Primary since. While the sides shake hands they are connected already, and
// nothing is replicated yet.
func (d *Driver) remember(s *ha.VolumeState, now time.Time) {
	connected := len(s.Peers) > 0 && !slices.ContainsFunc(s.Peers, func(p ha.VolumePeer) bool { return p.Connection != ha.PeerConnected || p.Replication == "Off" })
	d.mu.Lock()
	listens := d.listens
	d.mu.Unlock()
	d.note(s.Name, func(n *note) {
		if connected {
			n.Lost, n.Asked, n.Split, n.From, n.Until, n.Apart, n.Deaf = time.Time{}, false, time.Time{}, time.Time{}, time.Time{}, false, false
			return
		}
		if n.Lost.IsZero() {
			n.Lost = now
		}
		switch is := apart(*s); {
		case is && !n.Apart:
			n.Apart, n.Deaf = true, !listens
		case !is:
			n.Apart, n.Deaf = false, false
		}
		if s.Role == ha.VolumePrimary {
			if n.From.IsZero() {
				n.From = now
			}
			n.Until = now
		}
	})
}

// split says whether a volume is in a split brain, as far as one side can tell. The kernel says so to whoever listens (the split-brain handler,
// in events2). Where nobody has listened, a side that has closed the connection, unasked, and was Primary without its peer, is taken to be in
// one: a failed handshake does that, and a person who disconnects by hand while the agent is away.
func (d *Driver) split(s ha.VolumeState) bool {
	apart := slices.ContainsFunc(s.Peers, func(p ha.VolumePeer) bool { return p.Connection == ha.PeerStandAlone })
	waiting := slices.ContainsFunc(s.Peers, func(p ha.VolumePeer) bool { return p.Connection == ha.PeerConnecting })
	n := d.recall(s.Name)
	if !n.Split.IsZero() {
		return apart || waiting
	}
	return apart && n.Deaf && !n.Asked && !n.From.IsZero()
}

// evidence is what this side can show.
func (d *Driver) evidence(ctx context.Context, s ha.VolumeState) ha.SplitSide {
	n := d.recall(s.Name)
	side := ha.SplitSide{
		Node: d.o.Node, Since: n.Lost, Primary: s.Role == ha.VolumePrimary, WasPrimary: !n.From.IsZero(), From: n.From, Until: n.Until, Mounted: d.mounted(s.Device),
	}
	for _, p := range s.Peers {
		side.Changed = max(side.Changed, p.OutOfSync)
	}
	side.Generation = d.generation(ctx, s.Name)
	return side
}

// generation asks for the generation identifiers, current first: current:bitmap:history:history:flags…
func (d *Driver) generation(ctx context.Context, name string) []string {
	out, err := d.o.Runner.Run(ctx, run.Cmd("drbdadm", "get-gi", one(name)).Within(askTime))
	if err != nil {
		return nil
	}
	return parseGeneration(string(out.Stdout))
}

func parseGeneration(text string) []string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n") // of the first peer
	var list []string
	for part := range strings.SplitSeq(line, ":") {
		if len(part) != 16 {
			break
		}
		list = append(list, part)
	}
	return list
}

// mounted is where a device is mounted on this host.
func (d *Driver) mounted(device string) string {
	for line := range strings.Lines(string(d.read("/proc/mounts"))) {
		if f := strings.Fields(line); len(f) > 1 && (f[0] == device || strings.HasPrefix(f[0], "/dev/drbd/") && d.same(f[0], device)) {
			return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(f[1])
		}
	}
	return ""
}

// Split implements replication.Driver.
func (d *Driver) Split(ctx context.Context, name string) (ha.SplitSide, error) {
	s, err := d.one(ctx, name)
	if err != nil {
		return ha.SplitSide{}, err
	}
	if s.Split != nil {
		return *s.Split, nil
	}
	return d.evidence(ctx, s), nil
}

// one is the state of one volume that is configured.
func (d *Driver) one(ctx context.Context, name string) (ha.VolumeState, error) {
	if _, err := d.volume(name); err != nil {
		return ha.VolumeState{}, err
	}
	list, err := d.Status(ctx)
	if err != nil {
		return ha.VolumeState{}, err
	}
	i := slices.IndexFunc(list, func(s ha.VolumeState) bool { return s.Name == name })
	if i < 0 {
		return ha.VolumeState{}, d.conflict("volume.down", name, "it is down")
	}
	return list[i], nil
}

// deviceFiles are where a module that is loaded has its device files.
func (d *Driver) devicePath(device string) string { return filepath.Join(d.o.Root, device) }
