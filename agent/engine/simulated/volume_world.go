package simulated

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// A simulated volume behaves as DRBD does as far as one can see from outside: roles, states of disks and connections, resync by the clock,
// split brain with generations. What is written is kept in blocks, so that it can be read on the other side. A simulated mirror differs in that
// the side that goes on alone has the other one Outdated, as the in-sync set does: there is no split brain.

// simBlock is how much data one entry holds, and simRate how fast they are copied.
const (
	simBlock = 4 << 10
	simRate  = 110 << 20
)

// diskOutdated is how a mirror's side is that the other one has gone on without.
const diskOutdated = "Outdated"

// localDisk is a disk that one host has.
type localDisk struct {
	Size  int64  `json:"size"`
	Holds string `json:"holds,omitempty"`
	Meta  string `json:"meta,omitempty"` // the volume whose metadata it bears
	// By is the driver whose metadata these are; DRBD where absent.
	By ha.VolumeDriver `json:"by,omitempty"`
}

// localDisks are those that every simulated host has: three of them blank, one of those smaller than the others.
func localDisks() map[string]*localDisk {
	return map[string]*localDisk{
		"/dev/disk/by-id/sim-local-1": {Size: 8 << 30}, "/dev/disk/by-id/sim-local-2": {Size: 8 << 30},
		"/dev/disk/by-id/sim-local-3": {Size: 8 << 30, Holds: "ext4"}, "/dev/disk/by-id/sim-local-4": {Size: 4 << 30},
	}
}

// volumeSide is one host's side of a volume.
type volumeSide struct {
	Config   ha.Volume `json:"config"`
	Secret   string    `json:"secret"`
	Up       bool      `json:"up,omitempty"`
	Attached bool      `json:"attached,omitempty"`
	Alone    bool      `json:"alone,omitempty"` // StandAlone
	Asked    bool      `json:"asked,omitempty"` // because somebody has asked for it
	Victim   bool      `json:"victim,omitempty"`
	Primary  bool      `json:"primary,omitempty"`
	Disk     string    `json:"disk,omitempty"` // its state; empty before there are metadata
	Paused   bool      `json:"paused,omitempty"`
	Limit    int64     `json:"limit,omitempty"`
	Holds    string    `json:"holds,omitempty"` // file system on the volume

	Data map[int64][]byte `json:"data,omitempty"` // blocks that are not zeroes
	// Changed are the blocks that the other side may not have, Gen the generations, current first.
	Changed map[int64]bool `json:"changed,omitempty"`
	Gen     []string       `json:"gen,omitempty"`
	Lost    time.Time      `json:"lost,omitzero"`
	From    time.Time      `json:"from,omitzero"`
	Until   time.Time      `json:"until,omitzero"`
	Split   bool           `json:"split,omitempty"`
}

// transfer is a resync or a verification that goes on.
type transfer struct {
	From, To string
	Verify   bool
	Total    int64
	Done     int64
	Rate     int64
	At       time.Time
}

// simVolume is a volume on all its hosts.
type simVolume struct {
	Sides     map[string]*volumeSide `json:"sides"`
	Connected bool                   `json:"connected"`
	Transfer  *transfer              `json:"transfer,omitempty"`
	Differs   int64                  `json:"differs,omitempty"` // bytes, found by a verification
}

// volumeWorld is all volumes and all local disks of a world.
type volumeWorld struct {
	Volumes map[string]*simVolume            `json:"volumes"`
	Disks   map[string]map[string]*localDisk `json:"disks"`          // by host
	Rate    int64                            `json:"rate,omitempty"` // bytes per second of a copy; simRate where absent
	hosts   map[string]host
	now     time.Time
}

func (w *World) volumesPath() string { return filepath.Join(w.dir, "volumes.json") }

// volumes calls f with all volumes as they are now, under the lock, and keeps what it makes of them.
func (w *World) volumes(ctx context.Context, f func(*volumeWorld) error) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	v := &volumeWorld{hosts: map[string]host{}, now: time.Now().UTC()}
	if err := readJSON(w.volumesPath(), v); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if v.Volumes == nil {
		v.Volumes = map[string]*simVolume{}
	}
	if v.Disks == nil {
		v.Disks = map[string]map[string]*localDisk{}
	}
	all, err := w.hosts()
	if err != nil {
		return err
	}
	for _, h := range all {
		v.hosts[h.Name] = h
		if v.Disks[h.Name] == nil {
			v.Disks[h.Name] = localDisks()
		}
	}
	before, err := json.Marshal(v)
	if err != nil {
		return err
	}
	v.settle()
	err = f(v)
	v.settle()
	if after, encodeErr := json.Marshal(v); encodeErr != nil || bytes.Equal(before, after) {
		return errors.Join(err, encodeErr) // most who ask only look
	}
	return errors.Join(err, writeJSON(w.volumesPath(), v))
}

func (v *volumeWorld) settle() {
	for _, x := range v.Volumes {
		x.settle(v)
	}
}

// SetCopyRate makes copies between volumes faster or slower than they are at first.
func (w *World) SetCopyRate(ctx context.Context, bytesPerSecond int64) error {
	return w.volumes(ctx, func(v *volumeWorld) error { v.Rate = bytesPerSecond; return nil })
}

// pair are the two sides in one order, with their hosts' names; false where only one is configured.
func (x *simVolume) pair() (a, b string, ok bool) {
	names := slices.Sorted(maps.Keys(x.Sides))
	if len(names) != 2 {
		return "", "", false
	}
	return names[0], names[1], true
}

// reach says whether two hosts reach each other over the network of the volume's addresses.
func (v *volumeWorld) reach(x *simVolume, a, b string) bool {
	for _, name := range []string{a, b} {
		h, network := v.hosts[name], -1
		for _, r := range x.Sides[name].Config.Replicas {
			if at, err := netip.ParseAddr(r.Address); r.Node == name && err == nil && at.Is4() {
				network = int(at.As4()[1]) - 71
			}
		}
		if !h.Power || slices.Contains(h.Cut, network) {
			return false
		}
	}
	return true
}

// settle brings a volume to what it is by now.
func (x *simVolume) settle(v *volumeWorld) {
	for name, s := range x.Sides {
		if !v.hosts[name].Power && s.Up { // memory is gone, disks are not
			s.Up, s.Attached, s.Primary, s.Alone, s.Victim, s.Limit, s.Paused = false, false, false, false, false, 0, false
		}
		if s.Primary && !x.Connected {
			if s.From.IsZero() {
				s.From = v.now
			}
			s.Until = v.now
		}
	}
	a, b, both := x.pair()
	if !both {
		x.Connected, x.Transfer = false, nil
		return
	}
	first, second := x.Sides[a], x.Sides[b]
	wanted := first.Up && second.Up && !first.Alone && !second.Alone && v.reach(x, a, b)
	switch {
	case x.Connected && !wanted:
		x.advance(v)
		x.Connected, x.Transfer = false, nil
		for _, s := range []*volumeSide{first, second} {
			s.Lost, s.From, s.Until, s.Split = v.now, time.Time{}, time.Time{}, false
			if s.Primary {
				s.From, s.Until = v.now, v.now
				s.next()
				x.outdate()
			}
		}
	case !x.Connected && wanted:
		x.handshake(v, a, b)
	}
	if x.Connected {
		x.advance(v)
	}
}

// outdate puts the side that is not Primary out of a mirror's set: it has not what the Primary writes alone.
func (x *simVolume) outdate() {
	for _, s := range x.Sides {
		if s.Config.Driver == ha.Mirror && !s.Primary && s.Disk == ha.DiskUpToDate {
			s.Disk = diskOutdated
		}
	}
}

// next begins a new generation, of which the other side knows nothing.
func (s *volumeSide) next() {
	s.Gen = append([]string{fmt.Sprintf("%016X", rand.Uint64()|1)}, s.Gen...) //nolint:gosec // a name, no secret
	s.Gen = s.Gen[:min(4, len(s.Gen))]
}

// handshake is what two sides agree on when they meet.
func (x *simVolume) handshake(v *volumeWorld, a, b string) {
	first, second := x.Sides[a], x.Sides[b]
	fail := func(split bool) {
		for _, s := range []*volumeSide{first, second} {
			s.Alone, s.Asked, s.Split, s.Victim = true, false, split, false
		}
	}
	if first.Secret != second.Secret || first.Config.Protocol != second.Config.Protocol {
		fail(false)
		return
	}
	apart := ha.SplitSide{Generation: first.Gen}.Diverged(ha.SplitSide{Generation: second.Gen})
	if apart && !first.Victim && !second.Victim {
		fail(true)
		return
	}
	x.Connected = true
	from, to := "", ""
	switch {
	case apart && first.Victim:
		from, to = b, a
	case apart:
		from, to = a, b
	case !first.Attached || !second.Attached || len(first.Gen) == 0 && len(second.Gen) == 0:
	case len(second.Gen) == 0 || second.Disk == ha.DiskInconsistent || second.Disk == diskOutdated || len(first.Changed) > 0 || x.Differs > 0 && first.Primary:
		from, to = a, b
	case len(first.Gen) == 0 || first.Disk == ha.DiskInconsistent || first.Disk == diskOutdated || len(second.Changed) > 0 || x.Differs > 0:
		from, to = b, a
	}
	for _, s := range []*volumeSide{first, second} {
		s.Lost, s.From, s.Until, s.Split, s.Victim, s.Asked = time.Time{}, time.Time{}, time.Time{}, false, false, false
	}
	if from != "" {
		x.begin(v, from, to, false)
	}
}

// begin starts a resync, or a verification.
func (x *simVolume) begin(v *volumeWorld, from, to string, verify bool) {
	size := x.size(v)
	t := &transfer{From: from, To: to, Verify: verify, Total: size, At: v.now}
	target, source := x.Sides[to], x.Sides[from]
	if !verify {
		if target.Disk == ha.DiskUpToDate && len(target.Gen) > 0 {
			t.Total = min(size, max(simBlock, int64(len(source.Changed)+len(target.Changed))*simBlock+x.Differs))
		}
		target.Disk = ha.DiskInconsistent
	}
	x.Transfer = t
}

func (x *simVolume) size(v *volumeWorld) int64 {
	size := int64(0)
	for name, s := range x.Sides {
		for _, r := range s.Config.Replicas {
			if d := v.Disks[name][r.Disk]; r.Node == name && d != nil && (size == 0 || d.Size < size) {
				size = d.Size
			}
		}
	}
	return size &^ (simBlock - 1)
}

// advance carries a transfer on by the clock.
func (x *simVolume) advance(v *volumeWorld) {
	t := x.Transfer
	if t == nil {
		return
	}
	source, target := x.Sides[t.From], x.Sides[t.To]
	rate := cmp.Or(v.Rate, simRate)
	for _, s := range []*volumeSide{source, target} {
		if s.Limit > 0 {
			rate = min(rate, s.Limit)
		}
	}
	passed := v.now.Sub(t.At)
	t.At, t.Rate = v.now, rate
	if !t.Verify && (source.Paused || target.Paused) {
		t.Rate = 0
		return
	}
	if t.Done += int64(passed.Seconds() * float64(rate)); t.Done < t.Total {
		return
	}
	x.Transfer = nil
	if t.Verify {
		x.Differs = x.differences()
		return
	}
	target.Data = maps.Clone(source.Data)
	target.Gen, target.Disk, target.Holds = slices.Clone(source.Gen), source.Disk, source.Holds
	source.Changed, target.Changed, x.Differs = nil, nil, 0
}

// differences counts the bytes in blocks that the sides do not have alike.
func (x *simVolume) differences() int64 {
	a, b, _ := x.pair()
	n := int64(0)
	first, second := x.Sides[a].Data, x.Sides[b].Data
	for at, data := range first {
		if !bytes.Equal(data, second[at]) {
			n += simBlock
		}
	}
	for at := range second {
		if _, had := first[at]; !had {
			n += simBlock
		}
	}
	return n
}

// touch is what a write of an application does.
func (x *simVolume) touch(node string, at int64, data []byte) {
	s := x.Sides[node]
	s.Holds = cmp.Or(s.Holds, "data")
	for i := int64(0); i < int64(len(data)); i += simBlock {
		block := bytes.Clone(data[i:min(int64(len(data)), i+simBlock)])
		for name, o := range x.Sides {
			if o.Data == nil {
				o.Data = map[int64][]byte{}
			}
			if name == node || x.Connected && o.Attached {
				o.Data[at+i] = block
				o.Holds = s.Holds
			}
		}
		if !x.mirrored(node) {
			if s.Changed == nil {
				s.Changed = map[int64]bool{}
			}
			s.Changed[at+i] = true
		}
	}
}

// mirrored says whether what a side writes reaches another disk.
func (x *simVolume) mirrored(node string) bool {
	for name, o := range x.Sides {
		if name != node && x.Connected && o.Attached {
			return true
		}
	}
	return false
}

// WriteVolume is an application's write on a host that is Primary.
func (w *World) WriteVolume(ctx context.Context, node, name string, at int64, data []byte) error {
	return w.volumes(ctx, func(v *volumeWorld) error {
		x := v.Volumes[name]
		if x == nil || x.Sides[node] == nil || !x.Sides[node].Primary {
			return fault.New(fault.Conflict, "volume.not_primary", "volume %s is not Primary on %s", name, node).With("volume", name, "node", node)
		}
		x.touch(node, at, data)
		return nil
	})
}

// ReadVolume is an application's read on a host that is Primary; what was never written is zeroes. Both are in whole blocks of 4 KiB.
func (w *World) ReadVolume(ctx context.Context, node, name string, at int64, n int) ([]byte, error) {
	out := make([]byte, n)
	err := w.volumes(ctx, func(v *volumeWorld) error {
		x := v.Volumes[name]
		if x == nil || x.Sides[node] == nil || !x.Sides[node].Primary {
			return fault.New(fault.Conflict, "volume.not_primary", "volume %s is not Primary on %s", name, node).With("volume", name, "node", node)
		}
		for i := int64(0); i < int64(n); i += simBlock {
			copy(out[i:], x.Sides[node].Data[at+i])
		}
		return nil
	})
	return out, err
}

// DamageVolume writes to a host's disk behind the volume's back.
func (w *World) DamageVolume(ctx context.Context, node, name string, at int64, data []byte) error {
	return w.volumes(ctx, func(v *volumeWorld) error {
		x := v.Volumes[name]
		if x == nil || x.Sides[node] == nil {
			return fault.New(fault.NotFound, "volume.unknown", "there is no volume %s on %s", name, node).With("volume", name, "node", node)
		}
		s := x.Sides[node]
		if s.Data == nil {
			s.Data = map[int64][]byte{}
		}
		for i := int64(0); i < int64(len(data)); i += simBlock {
			s.Data[at+i] = bytes.Clone(data[i:min(int64(len(data)), i+simBlock)])
		}
		return nil
	})
}

// hasVolumes says whether there is a volume, or has been one.
func (w *World) hasVolumes() bool {
	_, err := os.Stat(w.volumesPath())
	return err == nil
}

// agent is the resource agent that runs a volume.
func (x *simVolume) agent() string {
	for _, s := range x.Sides {
		if s.Config.Driver == ha.Mirror {
			return ha.MirrorAgent
		}
	}
	return ha.DRBDAgent
}

// follow makes the roles of volumes those that the cluster gives to the resource of the same name that runs them: the simulated scheduler starts
// no agents.
func (d *Driver) follow(ctx context.Context, st ha.State) error {
	if !d.world.hasVolumes() {
		return nil
	}
	promoted, active, agents := map[string][]string{}, map[string][]string{}, map[string]string{}
	for _, r := range ha.Leaves(st.Resources) {
		if r.Agent != ha.DRBDAgent && r.Agent != ha.MirrorAgent {
			continue
		}
		agents[r.ID], active[r.ID] = r.Agent, append(active[r.ID], r.ActiveOn()...)
		if r.Role == "Promoted" {
			promoted[r.ID] = append(promoted[r.ID], r.Nodes...)
		}
	}
	if len(active) == 0 {
		return nil
	}
	return d.world.volumes(ctx, func(v *volumeWorld) error {
		for name, on := range active {
			x := v.Volumes[name]
			if x == nil || agents[name] != x.agent() {
				continue
			}
			for node, s := range x.Sides {
				switch {
				case slices.Contains(on, node):
					if !s.Up && s.Disk != "" && v.hosts[node].Power {
						s.Up, s.Attached, s.Lost = true, true, v.now
					}
					was := s.Primary
					s.Primary = s.Up && slices.Contains(promoted[name], node)
					if s.Primary && !was && !x.Connected {
						s.next()
						x.outdate()
					}
				default:
					s.Up, s.Attached, s.Primary, s.Alone = false, false, false, false
				}
			}
		}
		return nil
	})
}
