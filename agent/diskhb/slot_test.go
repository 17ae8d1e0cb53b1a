package diskhb

import (
	"bytes"
	"testing"
)

var (
	testUUID = UUID{1, 2, 3}
	testKey  = bytes.Repeat([]byte{9}, KeySize)
)

func slot(t testing.TB, h header, packets ...[]byte) []byte {
	t.Helper()
	block := make([]byte, BlockSize)
	var b builder
	b.reset(block)
	for i, p := range packets {
		if !b.add(i+1, p) {
			t.Fatal("no room")
		}
	}
	h.Frames, h.Used = b.frames, b.used
	h.put(block)
	newSealer(testKey, testUUID).seal(block)
	return block
}

// TestSlot: what was written is read, to the byte that the format document gives.
func TestSlot(t *testing.T) {
	h := header{Node: 3, Incarnation: 0x1122334455667788, Sequence: 77, First: 60, Stamp: 5, Beat: 6, Host: 7}
	block := slot(t, h, []byte("one"), bytes.Repeat([]byte{2}, 1500))
	want := []byte{'H', 'W', 'B', 'S', 1, 0, 3, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 77, 0, 0, 0, 0, 0, 0, 0, 60}
	if !bytes.Equal(block[:len(want)], want) {
		t.Errorf("header % x", block[:headerSize])
	}
	if !bytes.Equal(block[64:71], []byte{3, 0, 1, 0, 'o', 'n', 'e'}) {
		t.Errorf("first frame % x", block[64:71])
	}
	s := newSealer(testKey, testUUID)
	got, err := s.open(block, 3)
	if err != nil {
		t.Fatal(err)
	}
	h.Frames, h.Used = 2, 4+3+4+1500
	if got != h {
		t.Errorf("got %+v, want %+v", got, h)
	}
	n := 0
	for to, p := range frames(block, got) {
		n++
		if to != n || n == 1 && string(p) != "one" || n == 2 && len(p) != 1500 {
			t.Errorf("frame %d to %d: %d bytes", n, to, len(p))
		}
	}
	if n != 2 {
		t.Errorf("%d frames", n)
	}
}

// TestSlotBit: not one bit of a slot can change unnoticed.
func TestSlotBit(t *testing.T) {
	block := slot(t, header{Node: 3, Incarnation: 1, Sequence: 2, First: 1}, []byte("payload"))
	s := newSealer(testKey, testUUID)
	for i := range len(block) * 8 {
		block[i/8] ^= 1 << (i % 8)
		if _, err := s.open(block, 3); err == nil {
			t.Fatalf("bit %d of byte %d", i%8, i/8)
		}
		block[i/8] ^= 1 << (i % 8)
	}
	if _, err := s.open(block, 3); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 4} {
		if _, err := s.open(block, n); err == nil {
			t.Errorf("taken for node %d's", n)
		}
	}
}

// FuzzSlot: whatever is on the disk, the parser neither fails nor reads beyond the block, even where the HMAC is good.
func FuzzSlot(f *testing.F) {
	f.Add(slot(f, header{Node: 1, Incarnation: 1, Sequence: 2, First: 1}, []byte("payload"), bytes.Repeat([]byte{1}, 1400)))
	f.Add(make([]byte, BlockSize))
	f.Add([]byte("HWBS"))
	f.Fuzz(func(t *testing.T, data []byte) {
		block := make([]byte, BlockSize)
		copy(block, data)
		s := newSealer(testKey, testUUID)
		if _, err := s.open(block, 1); err == nil && !bytes.Equal(s.of(block), block[BlockSize-trailerSize:]) {
			t.Fatal("believed without its HMAC")
		}
		s.seal(block)
		h, err := s.open(block, 1)
		if err != nil {
			return
		}
		total := 0
		for _, p := range frames(block, h) {
			if len(p) == 0 {
				t.Fatal("an empty frame")
			}
			total += len(p) + frameHeader
		}
		if total > Capacity {
			t.Fatalf("%d bytes of frames in one slot", total)
		}
		var p peer
		p.judge(h, p.seen)
	})
}

// FuzzSuper: the same for superblocks, and what is read is written as the same bytes.
func FuzzSuper(f *testing.F) {
	block := make([]byte, BlockSize)
	Super{UUID: testUUID, Cluster: "trial", Nodes: 32, Slots: RingSlots}.encode(block)
	f.Add(block)
	f.Fuzz(func(t *testing.T, data []byte) {
		block := make([]byte, BlockSize)
		copy(block, data)
		s, err := parseSuper(block)
		if err != nil {
			return
		}
		again := make([]byte, BlockSize)
		s.encode(again)
		if got, err := parseSuper(again); err != nil || got != s {
			t.Fatalf("%+v became %+v, %v", s, got, err)
		}
	})
}
