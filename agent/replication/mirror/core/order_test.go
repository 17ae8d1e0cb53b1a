package core_test

import (
	"bytes"
	"errors"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
)

// blanks are two sides on which nothing ever was, in a set that is not there yet; they have met.
func blanks(t *testing.T) (p *pair, one, two *side) {
	t.Helper()
	p = newPair(t, func(one, two *side) {
		for _, s := range []*side{one, two} {
			s.super.State, s.super.Current = format.Inconsistent, 0
		}
	})
	p.set = core.InSync{}
	one, two = p.start()
	p.connect()
	if one.core.Mode() != core.Met || two.core.Mode() != core.Met {
		t.Fatalf("%s, %s", one.core.Mode(), two.core.Mode())
	}
	return p, one, two
}

// orders hands a side an order that ends with one answer, and returns that.
func (s *side) orders(e core.Event) error {
	s.t.Helper()
	s.begun, s.invalidated = nil, nil
	s.does(e)
	all := append(s.begun, s.invalidated...)
	if len(all) != 1 {
		s.t.Fatalf("%T: answers %v, want one", e, all)
	}
	return all[0]
}

// TestFirstSync: the side that is named is the source; the other has what it had, by a copy.
func TestFirstSync(t *testing.T) {
	p, one, two := blanks(t)
	copy(two.data(), "the source")
	one.does(core.Promote{})
	if !errors.Is(one.refused, core.ErrInconsistent) {
		t.Errorf("promoted without data: %v", one.refused)
	}
	if err := two.orders(core.FirstSync{}); err != nil || p.set.Members != [3]bool{false, false, true} || two.onDisk().State != format.Consistent {
		t.Fatalf("%v, %v, %s", err, p.set, two.onDisk().State)
	}
	p.connect()
	if err := two.orders(core.FirstSync{}); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := one.orders(core.FirstSync{}); !errors.Is(err, core.ErrBegun) {
		t.Errorf("the other side, too: %v", err)
	}
	p.connect()
	two.does(core.Promote{})
	p.connect()
	if two.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) || !p.set.Members[1] {
		t.Errorf("%s, alike %v, %v", two.core.Mode(), bytes.Equal(one.data(), two.data()), p.set)
	}
	if err := two.orders(core.FirstSync{}); err != nil {
		t.Errorf("of what is in sync: %v", err)
	}
}

// TestSkippedSync: both note that they have the same, and nothing is copied.
func TestSkippedSync(t *testing.T) {
	p, one, two := blanks(t)
	copy(two.data(), "not looked at")
	for range 2 { // the second time it is so
		if err := one.orders(core.FirstSync{Same: true}); err != nil || p.set.Members != [3]bool{false, true, true} {
			t.Fatalf("%v, %v", err, p.set)
		}
		p.connect()
	}
	if a, b := one.onDisk(), two.onDisk(); a.Current == 0 || a.Current != b.Current || a.State != format.Consistent || b.State != format.Consistent {
		t.Errorf("%+v\n%+v", a, b)
	}
	two.does(core.Promote{})
	if two.core.Mode() != core.Paired || one.data()[0] != 0 {
		t.Errorf("%s; %q was copied", two.core.Mode(), one.data()[:4])
	}
	if err := one.orders(core.FirstSync{Same: true}); !errors.Is(err, core.ErrBegun) {
		t.Errorf("on a target: %v", err)
	}
}

// TestFirstSyncBroken: an order that is broken off anywhere is given again, and leaves no member without data.
func TestFirstSyncBroken(t *testing.T) {
	for steps := range 60 {
		p, one, two := blanks(t)
		one.handle(core.FirstSync{Same: true})
		for range steps {
			if len(p.queue) > 0 {
				p.step()
			}
		}
		whole := len(p.queue) == 0
		p.queue = nil // what is under way is lost
		one.start()
		two.start()
		for n, s := range p.sides[1:] {
			if p.set.Members[n+1] && p.set.Members[2-n] && s.onDisk().State != format.Consistent {
				t.Fatalf("after %d steps both are in the set, and side %d is %s", steps, n+1, s.onDisk().State)
			}
		}
		p.connect()
		one.does(core.FirstSync{Same: true})
		p.connect()
		one.does(core.Promote{})
		p.connect()
		if !one.granted || one.core.Mode() != core.Paired || two.onDisk().Current == 0 {
			t.Fatalf("after %d steps: granted %v (%v), %s", steps, one.granted, one.refused, one.core.Mode())
		}
		if whole {
			return
		}
	}
	t.Error("60 steps are not enough: nothing was tried to its end")
}

// TestFirstSyncRefused: what must not be declared anew.
func TestFirstSyncRefused(t *testing.T) {
	t.Run("Alone", func(t *testing.T) {
		p, one, _ := blanks(t)
		p.disconnect()
		if err := one.orders(core.FirstSync{Same: true}); !errors.Is(err, core.ErrNoPeer) {
			t.Errorf("%v", err)
		}
		if err := one.orders(core.FirstSync{}); err != nil || !p.set.Members[1] {
			t.Errorf("as a source it needs no peer: %v, %v", err, p.set)
		}
	})
	t.Run("OtherHasData", func(t *testing.T) {
		p := newPair(t, func(one, _ *side) { one.super.State, one.super.Current = format.Inconsistent, 0 })
		p.set = core.InSync{}
		one, two := p.start()
		p.connect()
		if err := one.orders(core.FirstSync{Same: true}); !errors.Is(err, core.ErrNoPeer) {
			t.Errorf("%v", err)
		}
		if two.onDisk().Current != 7 {
			t.Errorf("%+v", two.onDisk())
		}
	})
	t.Run("SetHasMembers", func(t *testing.T) {
		p, one, _ := blanks(t)
		p.set = core.InSync{Term: 3, Members: [3]bool{false, true, false}}
		if err := one.orders(core.FirstSync{}); !errors.Is(err, core.ErrBegun) || one.onDisk().Current != 0 {
			t.Errorf("%v, %+v", err, one.onDisk())
		}
	})
	t.Run("Primary", func(t *testing.T) {
		_, one, two := paired(t)
		if err := two.orders(core.FirstSync{}); !errors.Is(err, core.ErrBegun) {
			t.Errorf("on a target: %v", err)
		}
		one.does(core.Demote{})
		if err := one.orders(core.FirstSync{}); !errors.Is(err, core.ErrBegun) {
			t.Errorf("after it was Primary: %v", err)
		}
	})
}

// TestInvalidate: what is given up is out of the set, and comes back as a copy of everything.
func TestInvalidate(t *testing.T) {
	p, one, two := paired(t)
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	if err := one.orders(core.Invalidate{}); !errors.Is(err, core.ErrPrimary) {
		t.Errorf("of a Primary: %v", err)
	}
	copy(two.data()[40<<10:], "what no bitmap knows of")
	if err := two.orders(core.Invalidate{}); err != nil || p.set.Members[2] || two.onDisk().Current != 0 {
		t.Fatalf("%v, %v, %+v", err, p.set, two.onDisk())
	}
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrInconsistent) {
		t.Errorf("promoted: %v", two.refused)
	}
	p.connect()
	if one.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) || !p.set.Members[2] {
		t.Errorf("%s, alike %v, %v", one.core.Mode(), bytes.Equal(one.data(), two.data()), p.set)
	}
}

// TestInvalidateRefused: without somebody who has them, data are not given up.
func TestInvalidateRefused(t *testing.T) {
	p, one, two := paired(t)
	p.disconnect()
	if err := two.orders(core.Invalidate{}); !errors.Is(err, core.ErrNoSource) {
		t.Errorf("alone: %v", err)
	}
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	one.does(core.Demote{})
	p.connect()
	before := one.onDisk()
	if err := one.orders(core.Invalidate{}); !errors.Is(err, core.ErrNoSource) || one.onDisk() != before || !p.set.Members[1] {
		t.Errorf("of the only side that has a write: %v, %+v, %v", err, one.onDisk(), p.set)
	}
	if err := two.orders(core.Invalidate{}); err != nil {
		t.Errorf("of the other: %v", err)
	}
}

// TestOverride: what is known of a side's data has to be named; then it is promoted, and whoever else had data is refused until they are given
// up.
func TestOverride(t *testing.T) {
	p, one, two := paired(t)
	p.disconnect()
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	one.core = nil // and its node does not come back
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrNotMember) || two.onDisk().State != format.Outdated {
		t.Fatalf("%v, %s", two.refused, two.onDisk().State)
	}
	two.does(core.Promote{Despite: format.Inconsistent})
	if !errors.Is(two.refused, core.ErrNotSo) || two.granted {
		t.Errorf("named wrongly: %v", two.refused)
	}
	two.does(core.Promote{Despite: format.Outdated})
	if s := two.onDisk(); !two.granted || two.core.Mode() != core.Alone || s.State != format.Consistent || p.set.Members != [3]bool{false, false, true} {
		t.Fatalf("granted %v (%v), %s, %+v, %v", two.granted, two.refused, two.core.Mode(), s, p.set)
	}
	if err := two.write(1, 4096, 'b'); err != nil {
		t.Fatal(err)
	}
	one.start()
	p.connect()
	if !errors.Is(one.rejected, core.ErrUnrelated) && !errors.Is(one.rejected, core.ErrByPeer) {
		t.Errorf("the side that was left behind: %v", one.rejected)
	}
	one.does(core.Promote{})
	if !errors.Is(one.refused, core.ErrNotMember) {
		t.Errorf("promoted: %v", one.refused)
	}
	p.connect()
	if err := one.orders(core.Invalidate{}); err != nil {
		t.Fatal(err)
	}
	p.connect()
	if two.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) || one.data()[0] != 0 {
		t.Errorf("%s, alike %v", two.core.Mode(), bytes.Equal(one.data(), two.data()))
	}
}

// TestOverrideAgain: a side that has forgotten an override of the other's data, because its disk was copied back, and is overridden in turn,
// begins a line of its own: the other is refused until its data are given up, and gets everything then.
func TestOverrideAgain(t *testing.T) {
	p, one, two := paired(t)
	p.disconnect()
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	copied := bytes.Clone(one.disk)
	one.core = nil
	two.does(core.Promote{}) // is refused, and notes that it is outdated
	two.does(core.Promote{Despite: format.Outdated})
	if !two.granted {
		t.Fatal(two.refused)
	}
	one.start()
	p.connect()
	if err := one.orders(core.Invalidate{}); err != nil {
		t.Fatal(err)
	}
	p.connect()
	if two.core.Mode() != core.Paired {
		t.Fatal(two.core.Mode())
	}
	p.disconnect()
	one.core, one.disk = nil, copied
	one.start()
	p.connect() // which tells one that the other has other data
	p.disconnect()
	if err := one.orders(core.Invalidate{}); err != nil {
		t.Fatal(err)
	}
	two.core = nil // before anything is copied
	one.does(core.Promote{Despite: format.Inconsistent})
	if !one.granted || one.onDisk().State != format.Consistent {
		t.Fatalf("%v, %+v", one.refused, one.onDisk())
	}
	if err := one.write(1, 8192, 'c'); err != nil {
		t.Fatal(err)
	}
	two.start()
	p.connect()
	if !errors.Is(two.rejected, core.ErrUnrelated) && !errors.Is(two.rejected, core.ErrByPeer) {
		t.Errorf("the side that was left behind: %v", two.rejected)
	}
	p.connect()
	if err := two.orders(core.Invalidate{}); err != nil {
		t.Fatal(err)
	}
	p.connect()
	if one.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) || two.data()[8192] != 'c' {
		t.Errorf("%s, alike %v", one.core.Mode(), bytes.Equal(one.data(), two.data()))
	}
}

// TestOverrideRefused: neither beside somebody who is better, nor where nothing ever was.
func TestOverrideRefused(t *testing.T) {
	p, one, two := paired(t)
	p.disconnect()
	if err := one.write(1, 0, 'a'); err != nil {
		t.Fatal(err)
	}
	two.does(core.Promote{})
	one.does(core.Demote{})
	p.connect()
	two.does(core.Promote{Despite: format.Outdated})
	if two.granted || !errors.Is(two.refused, core.ErrPeerNewer) {
		t.Errorf("beside one that has more: granted %v, %v", two.granted, two.refused)
	}
	p.disconnect()
	one.does(core.Promote{})
	p.links++
	for _, s := range p.sides[1:] {
		s.handle(core.Linked{Link: p.links})
	}
	for two.core.Mode() != core.Target {
		p.step()
	}
	two.handle(core.Promote{Despite: format.Inconsistent})
	if two.granted || !errors.Is(two.refused, core.ErrPeerPrimary) && !errors.Is(two.refused, core.ErrNotReady) {
		t.Errorf("beside a Primary: granted %v, %v", two.granted, two.refused)
	}
	_, blank, _ := blanks(t)
	blank.does(core.Promote{Despite: format.Inconsistent})
	if blank.granted || !errors.Is(blank.refused, core.ErrNoData) {
		t.Errorf("of nothing: %v", blank.refused)
	}
}

// TestOrders: what the set makes of a person's orders.
func TestOrders(t *testing.T) {
	one, both, none := [3]bool{false, true, false}, [3]bool{false, true, true}, [3]bool{}
	two := [3]bool{false, false, true}
	for name, c := range map[string]struct {
		set    core.InSync
		change core.Change
		want   core.InSync
		err    error
	}{
		"Begin":           {core.InSync{}, core.Change{Kind: core.Begin, Node: 1}, core.InSync{Members: one}, nil},
		"BeginAgain":      {core.InSync{Members: one}, core.Change{Kind: core.Begin, Node: 1}, core.InSync{Members: one}, nil},
		"BeginBoth":       {core.InSync{Members: one}, core.Change{Kind: core.Begin, Node: 1, Keep: true}, core.InSync{Members: both}, nil},
		"BeginOther":      {core.InSync{Members: one}, core.Change{Kind: core.Begin, Node: 2}, core.InSync{Members: one}, core.ErrBegun},
		"BeginPromoted":   {core.InSync{Term: 1, Members: one}, core.Change{Kind: core.Begin, Node: 1, Keep: true}, core.InSync{Term: 1, Members: one}, core.ErrBegun},
		"GiveUp":          {core.InSync{Term: 4, Members: both}, core.Change{Kind: core.GiveUp, Node: 1}, core.InSync{Term: 4, Members: two}, nil},
		"GiveUpAgain":     {core.InSync{Term: 4, Members: two}, core.Change{Kind: core.GiveUp, Node: 1}, core.InSync{Term: 4, Members: two}, nil},
		"GiveUpOnly":      {core.InSync{Term: 4, Members: one}, core.Change{Kind: core.GiveUp, Node: 1}, core.InSync{Term: 4, Members: one}, core.ErrNoSource},
		"GiveUpNothing":   {core.InSync{}, core.Change{Kind: core.GiveUp, Node: 1}, core.InSync{Members: none}, core.ErrNotBegun},
		"Override":        {core.InSync{Term: 4, Seen: 4, Members: two}, core.Change{Kind: core.Override, Node: 1, Term: 2}, core.InSync{Term: 5, Seen: 4, Members: one}, nil},
		"OverrideNothing": {core.InSync{}, core.Change{Kind: core.Override, Node: 1}, core.InSync{}, core.ErrNotBegun},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.set.Change(c.change)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%+v, %v; want %+v, %v", got, err, c.want, c.err)
			}
		})
	}
}
