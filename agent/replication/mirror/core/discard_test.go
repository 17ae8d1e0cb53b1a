package core_test

import (
	"bytes"
	"errors"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/wire"
)

func (s *side) discard(id uint64, offset, length int64) error {
	s.does(core.Request{ID: id, Kind: core.Discard, Offset: offset, Length: length})
	r, ok := s.replies[id]
	if !ok {
		return errors.New("not acknowledged")
	}
	return r.Err
}

// TestDiscard: over the borders of extents, of more of them than the log has room for, it leaves zeroes on both sides and nothing else.
func TestDiscard(t *testing.T) {
	_, one, two := paired(t)
	for at := int64(0); at < geometry.Size; at += 4096 {
		if err := one.write(uint64(100+at), at, 'x'); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.discard(1, 512, geometry.Size-1024); err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte{'x'}, 512)
	want = append(append(want, make([]byte, geometry.Size-1024)...), want...)
	if !bytes.Equal(one.data(), want) || !bytes.Equal(two.data(), want) {
		t.Errorf("one %v, two %v", bytes.Equal(one.data(), want), bytes.Equal(two.data(), want))
	}
	for i, r := range [][2]int64{{0, 0}, {100, 512}, {0, 100}, {-512, 512}, {geometry.Size, 512}, {512, geometry.Size}, {512, -512}} {
		if err := one.discard(uint64(10+i), r[0], r[1]); !errors.Is(err, core.ErrRange) {
			t.Errorf("%d bytes at %d: %v", r[1], r[0], err)
		}
	}
	if err := two.discard(1, 0, 512); !errors.Is(err, core.ErrNotPrimary) {
		t.Errorf("on a Secondary: %v", err)
	}
}

// TestDiscardAlone: what was discarded without the peer is zeroes there, too, once they have met; and so it is without a disk of one's own.
func TestDiscardAlone(t *testing.T) {
	p, one, two := paired(t)
	if err := one.write(1, 8192, 'x'); err != nil {
		t.Fatal(err)
	}
	p.disconnect()
	if err := one.discard(2, 0, geometry.Size); err != nil {
		t.Fatal(err)
	}
	if two.data()[8192] != 'x' {
		t.Fatal("the peer is not there")
	}
	p.connect()
	if one.core.Mode() != core.Paired || !bytes.Equal(two.data(), make([]byte, geometry.Size)) {
		t.Errorf("%s", one.core.Mode())
	}
	if err := one.write(3, 0, 'y'); err != nil {
		t.Fatal(err)
	}
	one.broken = core.DiscardData
	if err := one.discard(4, 0, 4096); err != nil || one.core.Mode() != core.Remote || two.data()[0] != 0 {
		t.Errorf("%v, %s, %q", err, one.core.Mode(), two.data()[0])
	}
}

// TestDiscardFrame: what no Primary of ours asks for.
func TestDiscardFrame(t *testing.T) {
	for name, c := range map[string]struct {
		offset  int64
		payload []byte
	}{
		"NoLength":  {0, nil},
		"Nothing":   {0, make([]byte, 4)},
		"BehindEnd": {geometry.Size - 512, []byte{0, 4, 0, 0}},
		"TooLong":   {0, []byte{0, 0x42, 0, 0}}, // more than an extent
	} {
		t.Run(name, func(t *testing.T) {
			p, one, two := paired(t)
			two.data()[0] = 'x'
			f := wire.Frame{Type: wire.Discard, Session: one.sent[len(one.sent)-1].Session, Term: 1, Sequence: 1, Offset: c.offset, Payload: c.payload}
			two.does(core.Received{Link: p.links, Frame: f})
			if two.rejected == nil || two.data()[0] != 'x' {
				t.Errorf("taken: %v, %q", two.rejected, two.data()[0])
			}
		})
	}
}
