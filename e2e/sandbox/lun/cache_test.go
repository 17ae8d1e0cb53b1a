package lun

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

const testSize = 1 << 20

func stores(t *testing.T, n int) []*cache {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store")
	var out []*cache
	for range n {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		out = append(out, newCache(f, testSize))
	}
	return out
}

func mustRead(t *testing.T, c *cache, off, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	got, err := c.read(b, int64(off))
	if err != nil || got != n {
		t.Fatalf("read %d at %d: %d, %v", n, off, got, err)
	}
	return b
}

func mustWrite(t *testing.T, c *cache, off int, data []byte) {
	t.Helper()
	if _, err := c.write(data, int64(off), int64(len(data))); err != nil {
		t.Fatal(err)
	}
}

func TestCache(t *testing.T) {
	ones := bytes.Repeat([]byte{1}, 1024)
	zeroes := make([]byte, 1024)

	t.Run("UnflushedIsNobodyElses", func(t *testing.T) {
		c := stores(t, 2)
		mustWrite(t, c[0], 512, ones)
		if !bytes.Equal(mustRead(t, c[0], 512, 1024), ones) {
			t.Error("the writer does not see its own write")
		}
		if !bytes.Equal(mustRead(t, c[1], 512, 1024), zeroes) {
			t.Error("another node sees it before it was flushed")
		}
		if n, err := c[0].flush(); err != nil || n != 1024 {
			t.Errorf("flush: %d, %v", n, err)
		}
		if !bytes.Equal(mustRead(t, c[1], 512, 1024), ones) {
			t.Error("another node does not see what was flushed")
		}
	})
	t.Run("WriteThroughIsEverybodys", func(t *testing.T) {
		c := stores(t, 2)
		c[0].through = true
		mustWrite(t, c[0], 512, ones)
		if !bytes.Equal(mustRead(t, c[1], 512, 1024), ones) {
			t.Error("another node does not see it without a flush")
		}
		if n := c[0].drop(); n != 0 {
			t.Errorf("dropped %d", n)
		}
	})
	t.Run("DropForgets", func(t *testing.T) {
		c := stores(t, 1)[0]
		mustWrite(t, c, 0, ones)
		if n := c.drop(); n != 1024 {
			t.Errorf("dropped %d", n)
		}
		if n, err := c.flush(); err != nil || n != 0 {
			t.Errorf("flush after drop: %d, %v", n, err)
		}
		if !bytes.Equal(mustRead(t, c, 0, 1024), zeroes) {
			t.Error("it is still there")
		}
	})
	t.Run("ZeroesOverData", func(t *testing.T) {
		c := stores(t, 1)[0]
		mustWrite(t, c, 0, bytes.Repeat([]byte{7}, 3*page))
		if _, err := c.flush(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.write(nil, 512, 2*page); err != nil {
			t.Fatal(err)
		}
		for range 2 { // before the flush and after
			got := mustRead(t, c, 0, 3*page)
			for i, b := range got {
				want := byte(7)
				if i >= 512 && i < 512+2*page {
					want = 0
				}
				if b != want {
					t.Fatalf("byte %d is %d, want %d", i, b, want)
				}
			}
			if _, err := c.flush(); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("Refuses", func(t *testing.T) {
		c := stores(t, 1)[0]
		if _, err := c.write(ones[:100], 0, 100); err == nil {
			t.Error("a write of 100 bytes")
		}
		if _, err := c.write(ones, testSize-512, 1024); err == nil {
			t.Error("a write beyond the end")
		}
	})
}

// TestCacheAgainstModel compares with a plain array after each of many random operations.
func TestCacheAgainstModel(t *testing.T) {
	c := stores(t, 1)[0]
	rnd := rand.New(rand.NewPCG(1, 2))
	view, durable := make([]byte, testSize), make([]byte, testSize)
	for i := range 3000 {
		off := rnd.IntN(64) * sector
		n := (1 + rnd.IntN(24)) * sector
		switch rnd.IntN(6) {
		case 0, 1:
			data := bytes.Repeat([]byte{byte(i)}, n)
			copy(view[off:], data)
			mustWrite(t, c, off, data)
		case 2:
			clear(view[off : off+n])
			if _, err := c.write(nil, int64(off), int64(n)); err != nil {
				t.Fatal(err)
			}
		case 3:
			copy(durable, view)
			if _, err := c.flush(); err != nil {
				t.Fatal(err)
			}
		case 4:
			if rnd.IntN(4) == 0 {
				copy(view, durable)
				c.drop()
			}
		}
		at, length := rnd.IntN(90*sector), 1+rnd.IntN(20*sector)
		if !bytes.Equal(mustRead(t, c, at, length), view[at:at+length]) {
			t.Fatalf("operation %d: read %d at %d differs", i, length, at)
		}
	}
}

func TestWriteOp(t *testing.T) {
	super := func(magic, state uint16, incompat uint32) []byte {
		b := make([]byte, 4096)
		binary.LittleEndian.PutUint16(b[1024+0x38:], magic)
		binary.LittleEndian.PutUint16(b[1024+0x3A:], state)
		binary.LittleEndian.PutUint32(b[1024+0x60:], incompat)
		return b
	}
	tests := []struct {
		name string
		data []byte
		off  int64
		want Op
	}{
		{"InUse", super(0xEF53, 1, 0x2c6), 0, Mount},
		{"Clean", super(0xEF53, 1, 0x2c2), 0, Unmount},
		{"NotClean", super(0xEF53, 0, 0x2c2), 0, Mount},
		{"SuperblockAlone", super(0xEF53, 1, 0x2c2)[1024:2048], 1024, Unmount},
		{"NoMagic", super(0, 1, 0), 0, Write},
		{"ElsewhereIsACopy", super(0xEF53, 1, 0x2c2), 32768 * 4096, Write},
		{"HalfASuperblock", super(0xEF53, 1, 0x2c2)[:1536], 0, Write},
	}
	for _, tt := range tests {
		if got := writeOp(tt.data, tt.off); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
