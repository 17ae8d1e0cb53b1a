package format_test

import (
	"bytes"
	"errors"
	"testing"

	"hawser/agent/replication/mirror/format"
)

var super = format.Super{
	Volume: format.ID{1, 2, 3}, Device: format.ID{4, 5}, Node: 2, Geometry: format.Geometry{Size: 1 << 20, Bit: 4096, Extent: 65536, Slots: 4},
	Sequence: 10, Meetings: 11, Led: true, Term: 12, State: format.Outdated, Active: true, PeerFailed: true, Current: 13, Base: 14, Source: 15,
	Past: [format.PastGenerations]format.Generation{16, 17, 18, 19},
}

func laid(t *testing.T, s format.Super) []byte {
	t.Helper()
	b, err := format.Lay(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSuper(t *testing.T) {
	b := super.Encode()
	got, err := format.DecodeSuper(b)
	if err != nil || got != super {
		t.Fatalf("%+v, %v", got, err)
	}
	if !bytes.Equal(b[:16], []byte("HAWSERMR\x01\x00\x02\x03\x01\x01\x01\x00")) || b[96] != 12 {
		t.Errorf("% x", b[:128])
	}
	for at := range b {
		b[at] ^= 1
		if got, err := format.DecodeSuper(b); err == nil {
			t.Fatalf("byte %d changed: %+v", at, got)
		}
		b[at] ^= 1
	}
	for _, at := range []int{12, 15, 160, 4063} { // whole, and what no program writes
		b := super.Encode()
		b[at] = 2
		format.Seal(b)
		if got, err := format.DecodeSuper(b); !errors.Is(err, format.ErrContent) {
			t.Errorf("byte %d is 2: %+v, %v", at, got, err)
		}
	}
}

// TestCopies: the newer of two whole copies counts; a damaged one does not matter; two are an error of its own.
func TestCopies(t *testing.T) {
	older, newer := super, super
	newer.Sequence, newer.Term = 11, 99
	for name, c := range map[string]struct {
		first, second format.Super
		damage        []int64
		want          uint64
		err           error
	}{
		"FirstNewer":    {newer, older, nil, 99, nil},
		"SecondNewer":   {older, newer, nil, 99, nil},
		"FirstDamaged":  {newer, older, []int64{0}, 12, nil},
		"SecondDamaged": {older, newer, []int64{4096}, 12, nil},
		"Both":          {newer, newer, []int64{0, 4096}, 0, format.ErrChecksum},
	} {
		t.Run(name, func(t *testing.T) {
			b := append(c.first.Encode(), c.second.Encode()...)
			for _, at := range c.damage {
				b[at+200] ^= 1
			}
			if got, err := format.ReadSuper(b); !errors.Is(err, c.err) || got.Term != c.want {
				t.Errorf("term %d, %v", got.Term, err)
			}
		})
	}
	upgraded := append(super.Encode(), super.Encode()...)
	upgraded[4096+8] = 2
	if _, err := format.ReadSuper(upgraded); !errors.Is(err, format.ErrVersion) {
		t.Errorf("one copy of a newer version: %v", err)
	}
	if _, err := format.ReadSuper(make([]byte, 8192)); !errors.Is(err, format.ErrNone) {
		t.Errorf("an empty device: %v", err)
	}
}

func TestMetadata(t *testing.T) {
	b := laid(t, super)
	if int64(len(b)) != super.Geometry.DataOffset() || super.Geometry.DataOffset() != 5*4096 {
		t.Fatalf("%d bytes", len(b))
	}
	m, err := format.Decode(b)
	if err != nil || m.Super != super || m.LogLost || len(m.Log.Extents) != 0 || m.Bitmap.Any() {
		t.Fatalf("%+v, %v", m, err)
	}
	log := format.Log{Sequence: 2, Extents: []uint32{3, 15}}
	copy(b[format.LogOffset(2):], log.Encode(super.Volume))
	bitmap := format.NewBitmap(super.Geometry)
	bitmap.SetSpan(5000, 4096) // from the second piece into the third
	copy(b[format.PageOffset(0):], format.EncodePage(super.Volume, 0, bitmap.Page(0)))
	m, err = format.Decode(b)
	if err != nil || m.Log.Sequence != 2 || len(m.Log.Extents) != 2 || m.Bitmap.Count() != 2 || !m.Bitmap.Test(1) || !m.Bitmap.Test(2) {
		t.Fatalf("%+v, %d bits, %v", m.Log, m.Bitmap.Count(), err)
	}
	t.Run("NewestLog", func(t *testing.T) {
		b := bytes.Clone(b)
		copy(b[format.LogOffset(3):], format.Log{Sequence: 3, Extents: []uint32{7}}.Encode(super.Volume))
		if m, err := format.Decode(b); err != nil || m.Log.Sequence != 3 {
			t.Errorf("%+v, %v", m.Log, err)
		}
	})
	t.Run("TornLog", func(t *testing.T) {
		b := bytes.Clone(b)
		b[format.LogOffset(2)+99]++
		if m, err := format.Decode(b); err != nil || m.LogLost || m.Log.Sequence != 1 {
			t.Errorf("%+v, %v, %v", m.Log, m.LogLost, err)
		}
		b[format.LogOffset(1)+99]++
		if m, err := format.Decode(b); err != nil || !m.LogLost {
			t.Errorf("%v, %v", m.LogLost, err)
		}
	})
	t.Run("DamagedPage", func(t *testing.T) {
		b := bytes.Clone(b)
		b[format.PageOffset(0)+99]++
		if m, err := format.Decode(b); err != nil || m.Bitmap.Count() != 256 {
			t.Errorf("%d bits, %v", m.Bitmap.Count(), err)
		}
	})
	t.Run("CutOff", func(t *testing.T) {
		if _, err := format.Decode(b[:len(b)-1]); !errors.Is(err, format.ErrContent) {
			t.Errorf("%v", err)
		}
	})
}

// TestForeign: blocks of another volume, of another place, or with what cannot be, count as damaged.
func TestForeign(t *testing.T) {
	g := super.Geometry
	for name, b := range map[string][]byte{
		"OtherVolume": format.Log{Sequence: 1}.Encode(format.ID{9}),
		"TooMany":     format.Log{Extents: []uint32{0, 1, 2, 3, 4}}.Encode(super.Volume),
		"BehindEnd":   format.Log{Extents: []uint32{16}}.Encode(super.Volume),
	} {
		if l, err := format.DecodeLog(b, super.Volume, g); !errors.Is(err, format.ErrContent) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	page := make([]byte, len(format.NewBitmap(g).Page(0)))
	if _, err := format.DecodePage(format.EncodePage(super.Volume, 1, page), super.Volume, 0); !errors.Is(err, format.ErrContent) {
		t.Errorf("another page: %v", err)
	}
	page[32] = 1 // bit 256
	if err := format.NewBitmap(g).Merge(0, page); !errors.Is(err, format.ErrContent) {
		t.Errorf("a bit behind the end: %v", err)
	}
}

func TestGeometry(t *testing.T) {
	good := format.Geometry{Size: 1 << 40, Bit: 64 << 10, Extent: 4 << 20, Slots: 1000}
	if err := good.Validate(); err != nil || good.Pages() != 521 {
		t.Fatalf("%v, %d pages", err, good.Pages())
	}
	for name, change := range map[string]func(*format.Geometry){
		"NoSize":      func(g *format.Geometry) { g.Size = 0 },
		"OddSize":     func(g *format.Geometry) { g.Size++ },
		"OddBit":      func(g *format.Geometry) { g.Bit = 3 << 10 },
		"SmallBit":    func(g *format.Geometry) { g.Bit = 256 },
		"TooManyBits": func(g *format.Geometry) { g.Bit = 512 },
		"SmallExtent": func(g *format.Geometry) { g.Extent = 4096 },
		"NoSlots":     func(g *format.Geometry) { g.Slots = 0 },
		"ManySlots":   func(g *format.Geometry) { g.Slots = format.MaxSlots + 1 },
		"Negative":    func(g *format.Geometry) { g.Size = -512 },
	} {
		g := good
		change(&g)
		if err := g.Validate(); !errors.Is(err, format.ErrGeometry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckBlank(t *testing.T) {
	if err := format.CheckBlank(make([]byte, 1<<16)); err != nil {
		t.Errorf("zeroes: %v", err)
	}
	ext4 := make([]byte, 1<<16)
	ext4[0x438], ext4[0x439] = 0x53, 0xef
	for name, b := range map[string][]byte{"FileSystem": ext4, "Mirror": laid(t, super), "DamagedMirror": append([]byte("HAWSERMR"), make([]byte, 9000)...)} {
		if err := format.CheckBlank(b); !errors.Is(err, format.ErrOccupied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBitmap(t *testing.T) {
	g := format.Geometry{Size: 100_000 * 512, Bit: 512, Extent: 512, Slots: 1} // four pages
	m := format.NewBitmap(g)
	m.SetAll()
	if m.Count() != 100_000 || len(m.TakeChanged()) != 4 || len(m.TakeChanged()) != 0 {
		t.Fatalf("%d bits", m.Count())
	}
	m.ClearAll()
	m.Set(99_999)
	if m.Next(0) != 99_999 || m.Next(100_000-1) != 99_999 || len(m.TakeChanged()) != 4 {
		t.Errorf("next %d", m.Next(0))
	}
	m.Clear(99_999)
	if m.Any() {
		t.Error("there is a bit left")
	}
	m.SetPage(3)
	first, end := g.PageSpan(3)
	if m.Count() != end-first || end != 100_000 {
		t.Errorf("%d bits of a page of %d", m.Count(), end-first)
	}
}

func TestGenerations(t *testing.T) {
	s := format.Super{Current: 1}
	s.Part(2)
	s.Part(3) // behind already
	if s.Current != 2 || s.Base != 1 {
		t.Fatalf("%+v", s)
	}
	s.PeerFailed = true
	s.Join()
	s.Join()
	if s.Current != 2 || s.Base != 0 || s.Past[0] != 1 || s.Past[1] != 0 || s.PeerFailed {
		t.Errorf("%+v", s)
	}
	s.Part(9)
	s.Join()
	if s.Past != [format.PastGenerations]format.Generation{2, 1} {
		t.Errorf("%+v", s)
	}
}

// FuzzDecode: whatever lies on a device is read or refused, and what is read can be written again.
func FuzzDecode(f *testing.F) {
	small := super
	small.Geometry = format.Geometry{Size: 4096, Bit: 512, Extent: 1024, Slots: 2}
	b, _ := format.Lay(small)
	f.Add(b, uint16(0), byte(0))
	f.Add(b, uint16(300), byte(1))
	f.Add([]byte("HAWSERMR"), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, flip byte) {
		b = bytes.Clone(b)
		if int(at) < len(b) {
			b[at] ^= flip
		}
		m, err := format.Decode(b)
		if err != nil {
			return
		}
		if err := m.Super.Validate(); err != nil {
			t.Errorf("read, and not valid: %v", err)
		}
		if n := m.Bitmap.Count(); n > m.Super.Geometry.Bits() {
			t.Errorf("%d bits of %d", n, m.Super.Geometry.Bits())
		}
		again, err := format.DecodeSuper(m.Super.Encode())
		if err != nil || again != m.Super {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

// FuzzSuper: content behind a good checksum is checked as well.
func FuzzSuper(f *testing.F) {
	f.Add(super.Encode()[:200])
	f.Fuzz(func(t *testing.T, content []byte) {
		b := make([]byte, format.BlockSize)
		copy(b[:4064], content)
		format.Seal(b)
		s, err := format.DecodeSuper(b)
		if err == nil && (s.Geometry.Bits() > format.MaxBits || s.Geometry.DeviceSize() <= 0 || !bytes.Equal(s.Encode(), b)) {
			t.Errorf("%+v", s)
		}
	})
}
