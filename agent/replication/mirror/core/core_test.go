package core_test

import (
	"bytes"
	"errors"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/wire"
)

// TestPair: the plain way, end to end: promote, write, lose the peer, write on, meet again, resync, demote, promote the other.
func TestPair(t *testing.T) {
	p := newPair(t, nil)
	one, two := p.start()
	p.connect()
	one.does(core.Promote{})
	if !one.granted || one.core.Mode() != core.Paired || two.core.Mode() != core.Target || two.onDisk().Term != 1 {
		t.Fatalf("%s, %s, %+v", one.core.Mode(), two.core.Mode(), two.onDisk())
	}
	if err := one.write(1, 0, 'a'); err != nil || two.data()[0] != 'a' {
		t.Fatalf("%v, %q", err, two.data()[0])
	}
	p.disconnect()
	if err := one.write(2, 4096, 'b'); err != nil || one.core.Mode() != core.Alone || p.set.Members[2] {
		t.Fatalf("%v, %s, %v", err, one.core.Mode(), p.set)
	}
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrNotMember) || two.onDisk().State != format.Outdated {
		t.Fatalf("the side that lacks a write: %v, %s", two.refused, two.onDisk().State)
	}
	p.connect()
	if one.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) || !p.set.Members[2] || one.core.Dirty() != 0 {
		t.Fatalf("%s, alike %v, %v, %d dirty", one.core.Mode(), bytes.Equal(one.data(), two.data()), p.set, one.core.Dirty())
	}
	one.does(core.Demote{})
	p.connect()
	two.does(core.Promote{})
	if !one.ceded || !two.granted || two.core.Mode() != core.Paired || two.core.Term() != 2 {
		t.Fatalf("ceded %v, granted %v, %s, term %d", one.ceded, two.granted, two.core.Mode(), two.core.Term())
	}
}

// TestMeetingRefused: sides that must not work together say why, and nothing is changed on either.
func TestMeetingRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(one, two *side)
		want   error
	}{
		"OtherVolume": {func(_, two *side) { two.super.Volume[5], two.cfg.Volume[5] = 1, 1 }, core.ErrOtherVolume},
		"OtherSize":   {func(_, two *side) { two.super.Geometry.Size += 4096; two.cfg.Size += 4096 }, core.ErrSize},
		"OtherPieces": {func(_, two *side) { two.super.Geometry.Bit *= 2 }, core.ErrSize},
		"WrongKey":    {func(_, two *side) { two.cfg.Key = []byte("kez") }, core.ErrKey},
		"SameSide":    {func(_, two *side) { two.super.Node, two.cfg.Node = 1, 1 }, core.ErrSameNode},
		"NoData": {func(one, two *side) {
			one.super.State, two.super.State = format.Inconsistent, format.Inconsistent
			one.super.Current, two.super.Current = 0, 0
			one.super.Meetings, two.super.Meetings = 1, 1 // something was there
		}, core.ErrNoData},
		"Unrelated": {func(_, two *side) { two.super.Current = 8 }, core.ErrUnrelated},
		"SplitBrain": {func(one, two *side) {
			one.super.Current, one.super.Base, two.super.Current, two.super.Base = 8, 7, 9, 7
		}, core.ErrSplitBrain},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.change)
			one, two := p.start()
			copy(one.data(), "one")
			copy(two.data(), "two")
			p.connect()
			if !errors.Is(one.rejected, c.want) {
				t.Errorf("%v, want %v", one.rejected, c.want)
			}
			if one.core.Mode() != core.Apart || two.core.Mode() != core.Apart || string(one.data()[:3]) != "one" || string(two.data()[:3]) != "two" {
				t.Errorf("%s, %s, %q, %q", one.core.Mode(), two.core.Mode(), one.data()[:3], two.data()[:3])
			}
			if last := one.sent[len(one.sent)-1]; last.Type != wire.Refuse || len(last.Payload) == 0 {
				t.Errorf("the peer is told %s %q", last.Type, last.Payload)
			}
		})
	}
}

// TestProtocol: a peer of another version, and one that talks before it has proven who it is.
func TestProtocol(t *testing.T) {
	t.Run("Older", func(t *testing.T) {
		p := newPair(t, nil)
		one := p.sides[1]
		one.start()
		one.does(core.Linked{Link: 1})
		hello := bytes.Clone(one.sent[0].Payload)
		hello[0] = 0
		one.does(core.Received{Link: 1, Frame: wire.Frame{Type: wire.Hello, Payload: hello}})
		if !errors.Is(one.rejected, wire.ErrProtocol) {
			t.Errorf("%v", one.rejected)
		}
	})
	t.Run("ProofSentBack", func(t *testing.T) {
		p := newPair(t, nil)
		one := p.sides[1]
		one.start()
		one.does(core.Linked{Link: 1})
		one.does(core.Received{Link: 1, Frame: one.sent[0]})
		one.does(core.Received{Link: 1, Frame: one.sent[1]})
		if one.core.Mode() != core.Apart || one.rejected == nil {
			t.Errorf("%s, %v", one.core.Mode(), one.rejected)
		}
	})
	t.Run("WriteWithoutSession", func(t *testing.T) {
		p := newPair(t, nil)
		one := p.sides[1]
		one.start()
		one.does(core.Linked{Link: 1})
		one.does(core.Received{Link: 1, Frame: wire.Frame{Type: wire.Write, Sequence: 1, Term: 99, Payload: make([]byte, 512)}})
		if one.onDisk().Term != 0 || len(one.sent) != 1 {
			t.Errorf("%+v, %v", one.onDisk(), one.sent)
		}
	})
	t.Run("WriteBehindTheEnd", func(t *testing.T) {
		p := newPair(t, nil)
		one, two := p.start()
		p.connect()
		one.does(core.Promote{})
		f := wire.Frame{Type: wire.Write, Session: one.sent[len(one.sent)-1].Session, Term: 1, Sequence: 1, Offset: geometry.Size - 512, Payload: make([]byte, 1024)}
		two.does(core.Received{Link: p.links, Frame: f})
		if !errors.Is(two.rejected, core.ErrRange) {
			t.Errorf("%v", two.rejected)
		}
	})
}

// TestDeviceRefused: a device that is not this side's does not come up.
func TestDeviceRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *side)
		want   error
	}{
		"OtherVolume":    {func(s *side) { s.cfg.Volume[3] = 1 }, core.ErrConfigured},
		"OtherSide":      {func(s *side) { s.cfg.Node = 2 }, core.ErrConfigured},
		"OtherSize":      {func(s *side) { s.cfg.Size += 512 }, core.ErrOtherSize},
		"Copied":         {func(s *side) { s.cfg.Device[0]++ }, core.ErrOtherDevice},
		"Nothing":        {func(s *side) { clear(s.disk) }, format.ErrNone},
		"BothCopiesTorn": {func(s *side) { s.disk[100]++; s.disk[4096+100]++ }, format.ErrChecksum},
		"NewerVersion":   {func(s *side) { s.disk[4096+8] = 2 }, format.ErrVersion},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, nil)
			s := p.sides[1]
			c.change(s)
			changed := bytes.Clone(s.disk)
			s.start()
			if !errors.Is(s.halted, c.want) || s.core.Mode() != core.Down {
				t.Errorf("%v, %s, want %v", s.halted, s.core.Mode(), c.want)
			}
			s.does(core.Promote{})
			if s.granted || !errors.Is(s.refused, core.ErrNotReady) || !bytes.Equal(s.disk, changed) {
				t.Errorf("granted %v, %v", s.granted, s.refused)
			}
		})
	}
}

// TestPromotionRefused: who lacks something is not promoted, whatever the set says.
func TestPromotionRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(one, two *side)
		meet   bool
		want   error
	}{
		"Outdated":     {func(one, _ *side) { one.super.State = format.Outdated }, false, core.ErrOutdated},
		"Inconsistent": {func(one, _ *side) { one.super.State = format.Inconsistent }, false, core.ErrInconsistent},
		"PeerNewer":    {func(_, two *side) { two.super.Current, two.super.Base = 8, 7 }, true, core.ErrOutdated},
		"PeerCrashed":  {func(_, two *side) { two.super.Active = true; two.super.State = format.Consistent }, true, nil}, // nothing was active
		"NotMember":    {func(one, _ *side) { one.set.Members[1] = false }, false, core.ErrNotMember},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.change)
			one, _ := p.start()
			if c.meet {
				p.connect()
			}
			one.does(core.Promote{})
			if !errors.Is(one.refused, c.want) || one.granted != (c.want == nil) {
				t.Errorf("granted %v, %v, want %v", one.granted, one.refused, c.want)
			}
		})
	}
}

// TestRestored: a side whose device was copied back gets everything anew, although its generation is the current one, and is not promoted
// before.
func TestRestored(t *testing.T) {
	p := newPair(t, nil)
	one, two := p.start()
	p.connect()
	one.does(core.Promote{})
	p.disconnect()
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	p.connect()
	snapshot := bytes.Clone(two.disk) // of the current generation
	p.disconnect()
	p.connect()
	p.disconnect()
	two.disk = bytes.Clone(snapshot)
	copy(two.data()[20<<10:], "what no bitmap knows of")
	two.start()
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrNotMember) {
		t.Errorf("the restored side beside the Primary: granted %v, %v", two.granted, two.refused)
	}
	p.connect()
	if !bytes.Equal(one.data(), two.data()) || one.core.Mode() != core.Paired {
		t.Errorf("%s; alike %v", one.core.Mode(), bytes.Equal(one.data(), two.data()))
	}
}

// TestForgotten: a side that was a member of the set when its device was copied back is told by the promotion that it has forgotten, even
// where it never meets its peer.
func TestForgotten(t *testing.T) {
	p := newPair(t, nil)
	one, two := p.start()
	snapshot := bytes.Clone(two.disk)
	p.connect()
	one.does(core.Promote{})
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	one.core = nil // and both are off
	two.disk = snapshot
	two.start()
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrForgotten) || two.onDisk().State != format.Outdated {
		t.Errorf("granted %v, %v, %s", two.granted, two.refused, two.onDisk().State)
	}
}

// TestRestoredInterrupted: the copying of everything begins anew after an interruption: no bitmap tells what is still missing.
func TestRestoredInterrupted(t *testing.T) {
	p := newPair(t, func(one, two *side) { one.super.Meetings, one.super.Led, two.super.Meetings = 5, true, 4 })
	one, two := p.start()
	copy(two.data()[20<<10:], "what no bitmap knows of")
	one.does(core.Promote{})
	p.links++
	for _, s := range p.sides[1:] {
		s.handle(core.Linked{Link: p.links})
	}
	for two.core.Mode() != core.Target || len(two.sent) == 0 || two.sent[len(two.sent)-1].Type != wire.Written {
		p.step()
	}
	if s := two.onDisk(); s.State != format.Inconsistent || s.Current != 0 || s.Meetings != 6 {
		t.Errorf("%+v", s)
	}
	p.disconnect()
	p.connect()
	if !bytes.Equal(one.data(), two.data()) || one.core.Mode() != core.Paired {
		t.Errorf("%s; alike %v", one.core.Mode(), bytes.Equal(one.data(), two.data()))
	}
}

// TestMetBehind: a Secondary that meets a better one notes what it is worth, so that it is not promoted when they part.
func TestMetBehind(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(one, two *side)
		state      format.State
		generation format.Generation
	}{
		"Older":    {func(one, _ *side) { one.super.Current, one.super.Base = 8, 7 }, format.Outdated, 7},
		"Restored": {func(one, two *side) { one.super.Meetings, one.super.Led, two.super.Meetings = 5, true, 4 }, format.Outdated, 0},
		"Mixture":  {func(one, two *side) { one.super.Current, one.super.Base, two.super.State = 8, 7, format.Inconsistent }, format.Inconsistent, 7},
		"Crashed":  {func(one, _ *side) { one.super.Active = true; one.super.Current = 7 }, format.Consistent, 7},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, c.change)
			_, two := p.start()
			p.connect()
			if s := two.onDisk(); two.core.Mode() != core.Met || s.State != c.state || s.Current != c.generation {
				t.Errorf("%s, %s, generation %d", two.core.Mode(), s.State, s.Current)
			}
		})
	}
}

// TestPromoteWhileMeeting: a promotion ends a meeting that has begun. A side that became a target while its claim was under way called a
// mixture "outdated" when the claim was refused.
func TestPromoteWhileMeeting(t *testing.T) {
	p := newPair(t, nil)
	one, two := p.start()
	one.does(core.Promote{})
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	p.links++
	for _, s := range p.sides[1:] {
		s.handle(core.Linked{Link: p.links})
	}
	two.does(core.Promote{})
	if two.core.Mode() != core.Apart || !errors.Is(two.refused, core.ErrNotMember) || two.onDisk().State != format.Outdated || two.data()[0] != 0 {
		t.Errorf("%s, %v, %s, %q", two.core.Mode(), two.refused, two.onDisk().State, two.data()[0])
	}
}

// TestDamaged: a damaged page of the bitmap, or a lost activity log of a crashed Primary, makes everything different.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(s *side){
		"Bitmap": func(s *side) { s.disk[format.PageOffset(0)+50]++ },
		"Log":    func(s *side) { s.disk[format.LogOffset(0)+50]++; s.disk[format.LogOffset(1)+50]++ },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, func(one, _ *side) { one.super.Active = true })
			damage(p.sides[1])
			one, two := p.start()
			copy(one.data()[30<<10:], "only here")
			if got := one.core.Dirty(); got != geometry.Bits() {
				t.Errorf("%d pieces are dirty, want all %d", got, geometry.Bits())
			}
			p.connect()
			two.does(core.Promote{})
			if !errors.Is(two.refused, core.ErrPeerNewer) {
				t.Errorf("the other side of a crashed Primary: %v", two.refused)
			}
			one.does(core.Promote{})
			p.connect()
			if one.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) {
				t.Errorf("%s, alike %v", one.core.Mode(), bytes.Equal(one.data(), two.data()))
			}
		})
	}
}

// TestDetach: a Primary whose disk fails goes on with its peer's; the peer is the one to be promoted next, and the failed disk gets everything.
func TestDetach(t *testing.T) {
	for _, op := range []core.Op{core.WriteData, core.FlushData, core.WriteLog, core.ReadData} {
		t.Run(op.String(), func(t *testing.T) {
			p := newPair(t, nil)
			one, two := p.start()
			p.connect()
			one.does(core.Promote{})
			one.broken = op
			err := one.write(1, 0, 'a')
			one.does(core.Request{ID: 2, Kind: core.Flush})
			one.does(core.Request{ID: 3, Kind: core.Read, Offset: 0, Length: 512})
			r, ok := one.replies[3]
			if err != nil || !ok || r.Err != nil || len(r.Data) != 512 || r.Data[0] != 'a' {
				t.Fatalf("write %v, read %v %+v", err, ok, r)
			}
			if s := two.onDisk(); !one.detached || one.core.Mode() != core.Remote || p.set.Members[1] || !s.PeerFailed || s.Base == 0 {
				t.Fatalf("detached %v, %s, %v, %+v", one.detached, one.core.Mode(), p.set, s)
			}
			if err := one.write(4, 8192, 'b'); err != nil || two.data()[8192] != 'b' || one.data()[8192] == 'b' {
				t.Fatalf("%v; it is %q on the peer's disk, %q on the failed one", err, two.data()[8192], one.data()[8192])
			}
			one.does(core.Demote{})
			if !one.ceded || !errors.Is(one.halted, core.ErrNoDisk) {
				t.Fatalf("ceded %v, %v", one.ceded, one.halted)
			}
			p.disconnect()
			two.does(core.Promote{})
			one.broken = 0
			copy(one.data()[20<<10:], "what the failed disk made of it")
			one.start()
			p.connect()
			if !two.granted || two.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) {
				t.Errorf("granted %v, %s, alike %v", two.granted, two.core.Mode(), bytes.Equal(one.data(), two.data()))
			}
		})
	}
	t.Run("PeerLostThen", func(t *testing.T) {
		p := newPair(t, nil)
		one, _ := p.start()
		p.connect()
		one.does(core.Promote{})
		one.broken = core.WriteData
		if err := one.write(1, 0, 'a'); err != nil {
			t.Fatal(err)
		}
		p.disconnect()
		if !errors.Is(one.halted, core.ErrNoDisk) || one.core.Mode() != core.Down {
			t.Errorf("%v, %s", one.halted, one.core.Mode())
		}
	})
}

// TestRequestRefused: what no volume can do.
func TestRequestRefused(t *testing.T) {
	p := newPair(t, nil)
	one, _ := p.start()
	if err := one.write(1, 0, 'a'); !errors.Is(err, core.ErrNotPrimary) {
		t.Errorf("on a Secondary: %v", err)
	}
	one.does(core.Promote{})
	for i, at := range []int64{-4096, 100, geometry.Size, geometry.Size - 512, 1 << 62} {
		if err := one.write(uint64(10+i), at, 'a'); !errors.Is(err, core.ErrRange) {
			t.Errorf("at %d: %v", at, err)
		}
	}
}
