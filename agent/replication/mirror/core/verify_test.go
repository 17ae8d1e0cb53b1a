package core_test

import (
	"bytes"
	"errors"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

// paired returns two sides in sync, of which the first is Primary.
func paired(t *testing.T) (p *pair, one, two *side) {
	t.Helper()
	p = newPair(t, nil)
	one, two = p.start()
	p.connect()
	one.does(core.Promote{})
	if one.core.Mode() != core.Paired || !one.core.InSet() {
		t.Fatalf("%s, in the set %v", one.core.Mode(), one.core.InSet())
	}
	return p, one, two
}

func (s *side) ended(what string, want core.Verified) {
	s.t.Helper()
	if len(s.verified) != 1 || s.verified[0].Different != want.Different || !errors.Is(s.verified[0].Err, want.Err) {
		s.t.Errorf("%s: %+v, want %+v", what, s.verified, want)
	}
	s.verified = nil
}

// TestVerify: what differs is found, left as it is, and copied when the sides meet again.
func TestVerify(t *testing.T) {
	p, one, two := paired(t)
	if err := one.write(1, 8<<10, 'a'); err != nil {
		t.Fatal(err)
	}
	one.does(core.Verify{})
	one.ended("alike", core.Verified{})
	two.data()[9<<10]++
	two.data()[63<<10]++
	one.does(core.Verify{})
	one.ended("two pieces", core.Verified{Different: 8 << 10})
	if one.core.Dirty() != 2 || one.core.Mode() != core.Paired || bytes.Equal(one.data(), two.data()) {
		t.Errorf("%d pieces dirty, %s", one.core.Dirty(), one.core.Mode())
	}
	p.disconnect()
	p.connect()
	if one.core.Mode() != core.Paired || one.core.Dirty() != 0 || !bytes.Equal(one.data(), two.data()) {
		t.Errorf("not repaired: %s, %d pieces dirty", one.core.Mode(), one.core.Dirty())
	}
	one.does(core.Verify{})
	one.ended("repaired", core.Verified{})
}

// TestVerifyDirty: a side of which a verification has found differences is not promoted in place of the other.
func TestVerifyDirty(t *testing.T) {
	p, one, two := paired(t)
	two.data()[0]++
	one.does(core.Verify{})
	one.does(core.Demote{})
	p.connect()
	two.does(core.Promote{})
	if !errors.Is(two.refused, core.ErrPeerNewer) {
		t.Errorf("promoted: %v", two.refused)
	}
	one.does(core.Promote{})
	p.connect()
	if one.core.Mode() != core.Paired || !bytes.Equal(one.data(), two.data()) {
		t.Errorf("not repaired: %s", one.core.Mode())
	}
}

// TestVerifyWaits: a write waits for the comparison of its piece, and goes on after it.
func TestVerifyWaits(t *testing.T) {
	_, one, _ := paired(t)
	one.handle(core.Verify{})
	if compared, _, underway := one.core.Verifying(); compared != 0 || !underway {
		t.Errorf("%d bytes compared, under way %v", compared, underway)
	}
	before := len(one.sent)
	one.handle(core.Request{ID: 1, Kind: core.Write, Offset: 0, Data: make([]byte, 512)})
	for _, f := range one.sent[before:] {
		if f.Type == wire.Write {
			t.Error("written while it is compared")
		}
	}
	one.settle()
	if r, ok := one.replies[1]; !ok || r.Err != nil {
		t.Errorf("not acknowledged: %+v", r)
	}
	one.ended("a write beside it", core.Verified{})
}

// TestVerifyBroken: it tells when it has not come to its end, and does not begin where it cannot.
func TestVerifyBroken(t *testing.T) {
	p, one, two := paired(t)
	two.does(core.Verify{})
	two.ended("on the Secondary", core.Verified{Err: core.ErrNotReady})
	one.handle(core.Verify{})
	one.handle(core.Verify{}) // goes on
	p.disconnect()
	one.ended("without the peer", core.Verified{Err: core.ErrBroken})
	one.does(core.Verify{})
	one.ended("alone", core.Verified{Err: core.ErrNotReady})
	p.connect()
	one.handle(core.Verify{})
	one.does(core.Demote{})
	one.ended("without the role", core.Verified{Err: core.ErrBroken})
	p.connect()
	one.does(core.Promote{})
	one.broken = core.ReadVerify
	one.does(core.Verify{})
	one.ended("without its disk", core.Verified{Err: core.ErrBroken})
	if one.core.Mode() != core.Remote {
		t.Errorf("it goes on as %s", one.core.Mode())
	}
}
