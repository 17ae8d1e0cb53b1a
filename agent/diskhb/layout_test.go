package diskhb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"hawser/agent/diskhb"
)

func TestSuper(t *testing.T) {
	d := formatted(t)
	got, err := diskhb.ReadSuper(d.path())
	if err != nil || got != super {
		t.Fatalf("%+v, %v", got, err)
	}
	if !bytes.Equal(d.get(0, 14), append([]byte("HAWSERHB"), 1, 0, 4, 0, 0, 1)) || !bytes.Equal(d.get(0, 4096), d.get(4096, 4096)) {
		t.Errorf("% x", d.get(0, 64))
	}
	t.Run("OneCopyIsEnough", func(t *testing.T) {
		for _, at := range []int64{0, 4096} {
			whole := d.get(at, 4096)
			d.garbage(at, 4096)
			if got, err := diskhb.ReadSuper(d.path()); err != nil || got != super {
				t.Errorf("copy at %d damaged: %+v, %v", at, got, err)
			}
			d.put(at, whole)
		}
	})
	t.Run("NoneIsNot", func(t *testing.T) {
		d := formatted(t)
		d.put(100, []byte{1})
		d.put(4196, []byte{1})
		if _, err := diskhb.ReadSuper(d.path()); !errors.Is(err, diskhb.ErrBadSuper) {
			t.Errorf("%v", err)
		}
		d.garbage(0, 8192)
		if _, err := diskhb.ReadSuper(d.path()); !errors.Is(err, diskhb.ErrNoSuper) {
			t.Errorf("%v", err)
		}
	})
	t.Run("CopiesDiffer", func(t *testing.T) {
		d, other := formatted(t), super
		other.UUID[0]++
		second := newDisk(super.Size())
		if err := diskhb.Format(second.path(), other); err != nil {
			t.Fatal(err)
		}
		d.put(4096, second.get(4096, 4096))
		if _, err := diskhb.ReadSuper(d.path()); !errors.Is(err, diskhb.ErrBadSuper) {
			t.Errorf("%v", err)
		}
	})
}

func TestFormat(t *testing.T) {
	if got := diskhb.NewSuper(uuid, "x", 32, time.Now()).Size(); got != (2+32+32+32*256)*4096 {
		t.Errorf("32 nodes take %d bytes", got)
	}
	if err := diskhb.Format(newDisk(super.Size()-4096).path(), super); !errors.Is(err, diskhb.ErrTooSmall) {
		t.Errorf("%v", err)
	}
	d := newDisk(super.Size() + 8192)
	d.garbage(0, super.Size()+8192)
	if err := diskhb.Format(d.path(), super); err != nil {
		t.Fatal(err)
	}
	if got := d.get(8192, super.Size()-8192); bytes.ContainsFunc(got, func(r rune) bool { return r != 0 }) {
		t.Error("something of before is left")
	}
	if got := d.get(super.Size(), 8192); got[0] == 0 {
		t.Error("written beyond the layout")
	}
	for name, s := range map[string]diskhb.Super{
		"OneNode":  diskhb.NewSuper(uuid, "x", 1, time.Now()),
		"TooMany":  diskhb.NewSuper(uuid, "x", 33, time.Now()),
		"NoName":   diskhb.NewSuper(uuid, "", 3, time.Now()),
		"LongName": diskhb.NewSuper(uuid, strings.Repeat("x", 65), 3, time.Now()),
		"NoUUID":   diskhb.NewSuper(diskhb.UUID{}, "x", 3, time.Now()),
	} {
		if err := diskhb.Format(d.path(), s); err == nil {
			t.Errorf("%s: formatted", name)
		}
	}
}

// TestFormatCutShort: wherever a formatting ends early, the device does not look whole.
func TestFormatCutShort(t *testing.T) {
	for stop := range 20 {
		d := formatted(t)
		p := &counted{path: d.path(), left: stop}
		other := super
		other.UUID[0]++
		err := diskhb.Format(p, other)
		if err == nil {
			return // it needs fewer writes than that
		}
		got, err := diskhb.ReadSuper(d.path())
		if err == nil && got == super && stop > 0 {
			t.Errorf("after %d writes the old superblock stands over cleared rings", stop)
		}
		if err == nil && got == other && p.superblocks == 0 {
			t.Errorf("after %d writes the new superblock stands alone", stop)
		}
	}
	t.Error("it never ends")
}

type counted struct {
	*path
	left, superblocks int
}

func (c *counted) WriteAt(b []byte, off int64) error {
	if c.left--; c.left < 0 {
		return errors.New("power cut")
	}
	if off < 8192 && b[0] == 'H' {
		c.superblocks++
	}
	return c.path.WriteAt(b, off)
}

func TestWipe(t *testing.T) {
	d := formatted(t)
	other := uuid
	other[3]++
	if err := diskhb.Wipe(d.path(), other); err == nil {
		t.Error("wiped what is somebody else's")
	}
	d.garbage(8192, super.Size()-8192) // what nodes have written
	if err := diskhb.Wipe(&counted{path: d.path(), left: 1}, uuid); err == nil {
		t.Error("the power was cut")
	}
	if err := diskhb.Wipe(d.path(), uuid); err != nil {
		t.Fatal(err)
	}
	if blank, err := diskhb.Blank(d.path(), super); err != nil || !blank {
		t.Errorf("it cannot be used again: blank %v, %v", blank, err)
	}
	if _, err := diskhb.ReadSuper(d.path()); !errors.Is(err, diskhb.ErrNoSuper) {
		t.Errorf("%v", err)
	}
	if err := diskhb.Wipe(d.path(), uuid); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestUUID(t *testing.T) {
	text := "01020304-0506-0708-090a-0b0c0d0e0f10"
	u, err := diskhb.ParseUUID(text)
	if err != nil || u.String() != text {
		t.Errorf("%s, %v", u, err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("0", 36), text[:35] + "g", text + "0"} {
		if _, err := diskhb.ParseUUID(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestSignatures: each mark is found where its owner puts it, and a blank device has none.
func TestSignatures(t *testing.T) {
	size := int64(8 << 20)
	place := func(off int64, text string) func(*disk) {
		return func(d *disk) {
			if off < 0 {
				off += size
			}
			d.put(off, []byte(text))
		}
	}
	dos := func(d *disk) { d.put(510, []byte{0x55, 0xaa}) }
	zfs := func(d *disk) {
		b := make([]byte, 8)
		binary.BigEndian.PutUint64(b, 0x00bab10c)
		d.put(0x20000+7*1024, b)
	}
	for _, c := range []struct {
		kind string
		make func(*disk)
	}{
		{"ext", place(0x438, "\x53\xef")},
		{"xfs", place(0, "XFSB")},
		{"btrfs", place(0x10040, "_BHRfS_M")},
		{"gfs2", place(0x10000, "\x01\x16\x19\x70")},
		{"ocfs2", place(0x800, "OCFSV2")},
		{"ntfs", place(3, "NTFS    ")},
		{"luks", place(0, "LUKS\xba\xbe")},
		{"luks", place(0x4000, "SKUL\xba\xbe")},
		{"lvm2", place(0x218, "LVM2 001")},
		{"md", place(0x1000, "\xfc\x4e\x2b\xa9")},
		{"md", place(-0x2000, "\xfc\x4e\x2b\xa9")},
		{"md", place(0, "\xfc\x4e\x2b\xa9")},
		{"swap", place(0xff6, "SWAPSPACE2")},
		{"drbd", place(-0x1000+0x3c, "\x83\x74\x02\x6d")},
		{"gpt", place(512, "EFI PART")},
		{"gpt", place(-512, "EFI PART")},
		{"sbd", place(0, "SBD_SBD_")},
		{"oracleasm", place(0x20, "ORCLDISK")},
		{"iso9660", place(0x8001, "CD001")},
		{"dos", dos},
		{"zfs", zfs},
	} {
		d := newDisk(size)
		if found, err := diskhb.Signatures(d.path()); err != nil || len(found) != 0 {
			t.Fatalf("a blank device has %v, %v", found, err)
		}
		c.make(d)
		found, err := diskhb.Signatures(d.path())
		if err != nil || len(found) == 0 || found[0].Kind != c.kind {
			t.Errorf("%s: %v, %v", c.kind, found, err)
		}
	}
	d := formatted(t)
	found, err := diskhb.Signatures(d.path())
	if err != nil || len(found) != 1 || found[0].Kind != "hawser" || found[0].Label != "trial" {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := diskhb.Foreign(d.path()); err != nil || len(found) != 0 {
		t.Errorf("foreign on our own: %v, %v", found, err)
	}
}

func TestBlank(t *testing.T) {
	d := newDisk(super.Size() + 8192)
	if ok, err := diskhb.Blank(d.path(), super); err != nil || !ok {
		t.Errorf("%t, %v", ok, err)
	}
	d.put(super.Size()+10, []byte{1})
	if ok, _ := diskhb.Blank(d.path(), super); !ok {
		t.Error("what lies beyond the layout counts")
	}
	d.put(super.Size()-1, []byte{1})
	if ok, _ := diskhb.Blank(d.path(), super); ok {
		t.Error("one byte is overlooked")
	}
}

// TestProbe: a disk that is not shared is found out, whichever way round.
func TestProbe(t *testing.T) {
	shared, alone := formatted(t), formatted(t)
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	if err := diskhb.WriteProbe(shared.path(), super, 1, one); err != nil {
		t.Fatal(err)
	}
	if err := diskhb.WriteProbe(alone.path(), super, 2, two); err != nil {
		t.Fatal(err)
	}
	if err := diskhb.ReadProbe(shared.path(), super, 1, one); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"NotShared":  diskhb.ReadProbe(alone.path(), super, 1, one),
		"OldNonce":   diskhb.ReadProbe(shared.path(), super, 1, two),
		"OtherBlock": diskhb.ReadProbe(shared.path(), super, 2, one),
	} {
		if !errors.Is(err, diskhb.ErrNotShared) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpenDisk: only block devices are opened, whatever the path says.
func TestOpenDisk(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{file: diskhb.ErrNoBlockDevice, "/dev/null": diskhb.ErrNoBlockDevice, file + "x": os.ErrNotExist} {
		if _, err := diskhb.OpenDisk(path, diskhb.Exclusive); !errors.Is(err, want) && !(path == "/dev/null" && err != nil) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
