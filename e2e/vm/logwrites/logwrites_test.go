package logwrites_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hawser/e2e/vm/logwrites"
)

const (
	sector              = 512
	flush, fua, discard = 1, 2, 4
)

// kernel writes a log as the kernel does.
type kernel struct {
	bytes.Buffer
	entries uint64
}

func (k *kernel) entry(at, sectors, flags uint64, text string, data []byte) {
	b := make([]byte, sector)
	for i, v := range []uint64{at, sectors, flags, uint64(len(text))} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	copy(b[32:], text)
	k.Write(b)
	k.Write(data)
	k.entries++
}

func (k *kernel) write(at int, flags uint64, fill ...byte) {
	var data []byte
	for _, b := range fill {
		data = append(data, bytes.Repeat([]byte{b}, sector)...)
	}
	k.entry(uint64(at), uint64(len(fill)), flags, "", data)
}

func (k *kernel) flush()           { k.entry(0, 0, flush, "", nil) }
func (k *kernel) mark(text string) { k.entry(0, 0, 8, text, nil) }

func (k *kernel) bytes() []byte {
	b := make([]byte, sector)
	binary.LittleEndian.PutUint64(b, 0x6a736677736872)
	binary.LittleEndian.PutUint64(b[8:], 1)
	binary.LittleEndian.PutUint64(b[16:], k.entries)
	binary.LittleEndian.PutUint32(b[24:], sector)
	return append(b, k.Bytes()...)
}

func sample() *kernel {
	k := &kernel{}
	k.write(1, 0, 'a', 'b')
	k.write(0, 0, 'c')
	k.flush()
	k.mark("one")
	k.write(2, fua, 'd')
	k.write(0, 0, 'e', 'e')
	k.entry(1, 2, discard, "", nil)
	k.flush()
	return k
}

func read(t *testing.T, b []byte) *logwrites.Log {
	t.Helper()
	l, err := logwrites.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// image is a disk of four sectors after some of the log, a letter for each.
func image(t *testing.T, apply func(*os.File) error) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "image"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(4 * sector); err != nil {
		t.Fatal(err)
	}
	if err := apply(f); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var letters []byte
	for s := range slices.Chunk(b, sector) {
		if !bytes.Equal(s, bytes.Repeat(s[:1], sector)) {
			t.Fatal("a sector is torn")
		}
		letters = append(letters, max(s[0], '.'))
	}
	return string(letters)
}

func TestApply(t *testing.T) {
	l := read(t, sample().bytes())
	if len(l.Entries) != 8 || l.Marked("one") != 3 || l.Marked("two") != -1 {
		t.Fatalf("%+v", l.Entries)
	}
	var sure []int
	for i, e := range l.Entries {
		if e.Sure() {
			sure = append(sure, i)
		}
	}
	if want := []int{2, 3, 4, 7}; !slices.Equal(sure, want) {
		t.Errorf("sure are %v, want %v", sure, want)
	}
	for end, want := range map[int]string{0: "....", 3: "cab.", 5: "cad.", 6: "eed.", 8: "e..."} {
		if got := image(t, func(f *os.File) error { return l.Apply(f, 0, end) }); got != want {
			t.Errorf("up to %d: %q, want %q", end, got, want)
		}
	}
	for at, want := range map[int]int{0: 2, 2: 7, 3: 7, 7: 8} {
		if got := l.Unsure(at); got != want {
			t.Errorf("unsure behind %d: up to %d, want %d", at, got, want)
		}
	}
}

// TestTear: every mixture comes up, and none that cannot be.
func TestTear(t *testing.T) {
	k := &kernel{}
	k.write(0, 0, 'a', 'b')
	k.write(3, 0, 'c')
	l := read(t, k.bytes())
	seen := map[string]bool{}
	random := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		seen[image(t, func(f *os.File) error { return l.Tear(f, 0, 2, random) })] = true
	}
	if len(seen) != 8 {
		t.Errorf("%v", seen)
	}
}

func TestRefused(t *testing.T) {
	whole := sample().bytes()
	for name, b := range map[string][]byte{
		"Empty":     make([]byte, sector),
		"Sectors":   append(slices.Clone(whole[:24]), append([]byte{0, 1, 0, 0}, whole[28:]...)...),
		"HugeEntry": append(slices.Clone(whole[:sector]), bytes.Repeat([]byte{0xff}, 8*sector)...),
	} {
		if _, err := logwrites.Read(bytes.NewReader(b)); !errors.Is(err, logwrites.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := logwrites.Read(bytes.NewReader(whole[:len(whole)-sector])); err == nil {
		t.Error("a log without its last entry was taken")
	}
	k := &kernel{}
	k.write(0, flush, 'a')
	if _, err := logwrites.Read(bytes.NewReader(k.bytes())); !errors.Is(err, logwrites.ErrFormat) {
		t.Errorf("a flush with data: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample().bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := logwrites.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		for i, e := range l.Entries {
			if e.Offset < 0 || e.Length < 0 || l.Unsure(i) <= i {
				t.Errorf("%d: %+v", i, e)
			}
		}
	})
}
