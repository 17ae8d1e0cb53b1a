package machine_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/licensing/machine"
)

// computer is a machine that is made up: files below a root, and links.
type computer struct {
	uuid, board, system string
	cards, disks        []string
}

// tree writes what a kernel would show of a computer.
func (c computer) tree(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if c.uuid != "" {
		put("sys/class/dmi/id/product_uuid", c.uuid+"\n")
	}
	if c.board != "" {
		put("sys/class/dmi/id/board_serial", c.board+"\n")
	}
	if c.system != "" {
		put("etc/machine-id", c.system+"\n")
	}
	for i, address := range c.cards {
		dir := filepath.Join("sys/class/net", "eth"+string(rune('0'+i)))
		put(dir+"/address", address+"\n")
		put(dir+"/addr_assign_type", "0\n")
		put(dir+"/device/vendor", "0x8086\n")
	}
	for i, wwid := range c.disks {
		name := "sd" + string(rune('a'+i))
		put("sys/devices/pci0000:00/ata"+name+"/block/"+name+"/device/wwid", wwid+"\n")
		put("sys/devices/pci0000:00/ata"+name+"/block/"+name+"/removable", "0\n")
		link(t, root, "sys/block/"+name, "../devices/pci0000:00/ata"+name+"/block/"+name)
	}
	return root
}

func link(t testing.TB, root, path, target string) {
	t.Helper()
	file := filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, file); err != nil {
		t.Fatal(err)
	}
}

func a() computer {
	return computer{
		uuid: "4C4C4544-0042-3510-8052-B4C04F4E4D32", board: ".7B5RNM2.CNIVC0099L00A1.", system: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		cards: []string{"b8:ca:3a:6b:10:01", "b8:ca:3a:6b:10:02"}, disks: []string{"naa.5000c5008a1b2c3d", "naa.5000c5008a1b2c3e"},
	}
}

func b() computer {
	return computer{
		uuid: "4C4C4544-0051-4A10-8033-C3C04F564D32", board: ".7C3QJV2.CNIVC0099M00B7.", system: "aa1e2d3c4b5a69788796a5b4c3d2e1ff",
		cards: []string{"b8:ca:3a:77:20:01"}, disks: []string{"naa.5000c500deadbeef"},
	}
}

// with is machine a with some of its components those of b: changed, or carried over the other way round.
func with(parts ...string) computer {
	c := a()
	for _, p := range parts {
		switch p {
		case "uuid":
			c.uuid = b().uuid
		case "board":
			c.board = b().board
		case "system":
			c.system = b().system
		case "network":
			c.cards = b().cards
		case "disk":
			c.disks = b().disks
		}
	}
	return c
}

// TestRule has a row for each combination of changed components, for machines that have all five, and for those that lack some.
func TestRule(t *testing.T) {
	lacking := func(c computer, parts ...string) computer {
		for _, p := range parts {
			switch p {
			case "uuid":
				c.uuid = ""
			case "board":
				c.board = "Default string"
			case "system":
				c.system = ""
			case "network":
				c.cards = nil
			case "disk":
				c.disks = nil
			}
		}
		return c
	}
	for _, c := range []struct {
		lacks, changed string
		same           bool
	}{
		// Five components: three, and one of them uuid or board.
		{"", "", true},
		{"", "uuid", true},
		{"", "board", true},
		{"", "system", true},
		{"", "network", true},
		{"", "disk", true},
		{"", "uuid board", false}, // another machine with this one's disks and cards
		{"", "uuid system", true},
		{"", "uuid network", true},
		{"", "uuid disk", true},
		{"", "board system", true},
		{"", "board network", true},
		{"", "board disk", true},
		{"", "system network", true},
		{"", "system disk", true}, // installed anew on a new disk
		{"", "network disk", true},
		{"", "uuid board system", false},
		{"", "uuid board network", false}, // its disks in another machine
		{"", "uuid board disk", false},
		{"", "uuid system network", false},
		{"", "uuid system disk", false},
		{"", "uuid network disk", false},
		{"", "board system network", false},
		{"", "board system disk", false},
		{"", "board network disk", false},
		{"", "system network disk", false}, // too much at once: it has to be activated anew
		{"", "uuid board system network", false},
		{"", "uuid board system disk", false},
		{"", "uuid board network disk", false},
		{"", "uuid system network disk", false},
		{"", "board system network disk", false},
		{"", "uuid board system network disk", false},
		// Four, as in virtual machines, whose boards have no number: two, and one of them the uuid.
		{"board", "", true},
		{"board", "uuid", false}, // a clone of a virtual machine, whose uuid is new
		{"board", "system", true},
		{"board", "network", true},
		{"board", "disk", true},
		{"board", "uuid system", false},
		{"board", "uuid network", false},
		{"board", "uuid disk", false},
		{"board", "system network", true},
		{"board", "system disk", true},
		{"board", "network disk", true},
		{"board", "uuid system network", false},
		{"board", "uuid system disk", false},
		{"board", "uuid network disk", false},
		{"board", "system network disk", false},
		{"board", "uuid system network disk", false},
		// Three with the uuid: two, and one of them the uuid.
		{"board disk", "", true},
		{"board disk", "uuid", false},
		{"board disk", "system", true},
		{"board disk", "network", true},
		{"board disk", "system network", false},
		{"board disk", "uuid system", false},
		{"board disk", "uuid network", false},
		{"board disk", "uuid system network", false},
		// Two with the uuid: both.
		{"board disk network", "", true},
		{"board disk network", "uuid", false},
		{"board disk network", "system", false},
		{"board disk network", "uuid system", false},
		// Neither uuid nor board: all, because a disk and a card are soon carried over.
		{"uuid board", "", true},
		{"uuid board", "system", false},
		{"uuid board", "network", false},
		{"uuid board", "disk", false},
		{"uuid board", "system network", false},
		{"uuid board", "system disk", false},
		{"uuid board", "network disk", false},
		{"uuid board", "system network disk", false},
	} {
		lacks, changed := strings.Fields(c.lacks), strings.Fields(c.changed)
		before := machine.Read(lacking(a(), lacks...).tree(t))
		if n := before.Count(); n != 5-len(lacks) || !before.Enough() {
			t.Fatalf("without %q: %d components are known", c.lacks, n)
		}
		got := before.Compare(machine.Read(lacking(with(changed...), lacks...).tree(t)))
		if got.OK != c.same {
			t.Errorf("without %q, changed %q: same %v, want %v (%d of %d)", c.lacks, c.changed, got.OK, c.same, got.Count, got.Needed)
		}
		different := strings.Join(strings.Split(got.Different(), ", "), " ")
		if different != c.changed {
			t.Errorf("without %q, changed %q: said to be different: %q", c.lacks, c.changed, different)
		}
	}
}

// TestCopied: what the unit has copied for a server that is not root makes the same machine.
func TestCopied(t *testing.T) {
	root := a().tree(t)
	want := machine.Read(root)
	if err := os.MkdirAll(filepath.Join(root, "run/hawser"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"product_uuid", "board_serial"} {
		if err := os.Rename(filepath.Join(root, "sys/class/dmi/id", file), filepath.Join(root, "run/hawser", file)); err != nil {
			t.Fatal(err)
		}
	}
	if got := machine.Read(root); got.String() != want.String() || got.Count() != 5 {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNotEnough: nothing, or one component alone, is not enough to hold on to.
func TestNotEnough(t *testing.T) {
	for _, c := range []computer{{}, {uuid: a().uuid}, {system: a().system}} {
		p := machine.Read(c.tree(t))
		if p.Enough() || p.Compare(p).OK && p.Count() == 0 {
			t.Errorf("%+v is enough", c)
		}
	}
}

// TestOneOfSeveral: a machine that loses one of two cards and one of two disks has both components still.
func TestOneOfSeveral(t *testing.T) {
	before := machine.Read(a().tree(t))
	c := a()
	c.cards, c.disks = []string{"00:11:22:33:44:55", c.cards[1]}, []string{c.disks[0], "naa.1"}
	got := before.Compare(machine.Read(c.tree(t)))
	if got.Count != 5 || !got.OK {
		t.Errorf("got %+v", got)
	}
}

// TestGainedComponent: what a machine has more than before does not count against it.
func TestGainedComponent(t *testing.T) {
	less := a()
	less.board, less.disks = "", nil
	if got := machine.Read(less.tree(t)).Compare(machine.Read(a().tree(t))); !got.OK {
		t.Errorf("got %+v", got)
	}
}

// TestPlaceholders: what makers leave in is no number.
func TestPlaceholders(t *testing.T) {
	for _, v := range []string{
		"", "None", "To be filled by O.E.M.", "Default string", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"03000200-0400-0500-0006-000700080009", "0123456789", "........", "XXXXXXXX", "N/A", " - ", "Not Specified",
	} {
		p := machine.Read(computer{uuid: v, board: v}.tree(t))
		if p.Count() != 0 {
			t.Errorf("%q is taken for a number: %s", v, p)
		}
	}
}

// TestWhatCounts: bridges, bonds, cards with a drawn address, and disks that other machines see as well or that are put in by hand, say
// nothing of a machine; a card in a bond has its own address, not the bond's.
func TestWhatCounts(t *testing.T) {
	root := computer{}.tree(t)
	put := func(path, text string) {
		t.Helper()
		file := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	card := func(name, address, assigned string, real bool) {
		put("sys/class/net/"+name+"/address", address)
		put("sys/class/net/"+name+"/addr_assign_type", assigned)
		if real {
			put("sys/class/net/"+name+"/device/vendor", "x")
		}
	}
	card("lo", "00:00:00:00:00:00", "0", false)
	card("br0", "02:42:ac:11:00:02", "1", false)
	card("veth1", "02:42:ac:11:00:03", "1", false)
	card("wwan0", "02:42:ac:11:00:04", "1", true)
	card("eth0", "02:42:ac:11:00:05", "3", true)
	put("sys/class/net/eth0/bonding_slave/perm_hwaddr", "b8:ca:3a:6b:10:01")
	disk := func(name, device, file, serial string) {
		at := "sys/devices/" + device + "/block/" + name
		put(at+"/"+file, serial)
		link(t, root, "sys/block/"+name, "../devices/"+device+"/block/"+name)
	}
	disk("loop0", "virtual", "serial", "LOOP0001")
	disk("dm-0", "virtual", "serial", "DM000001")
	disk("sda", "pci0/usb1/1-1/host6/target6:0:0", "device/wwid", "t10.USBSTICK")
	disk("sdb", "platform/host7/session1/target7:0:0", "device/wwid", "naa.600140500000001")
	disk("sdc", "pci0/host1/rport-1:0-0/target1:0:0", "device/wwid", "naa.600140500000002")
	disk("vda", "pci0/virtio2", "serial", "")
	disk("nvme0n1", "pci0/nvme/nvme0", "wwid", "eui.0025385b71b0a1c2")
	var want machine.Print
	want[machine.Network] = []machine.Hash{machine.HashOf(machine.Network, "b8:ca:3a:6b:10:01")}
	want[machine.Disk] = []machine.Hash{machine.HashOf(machine.Disk, "eui.0025385b71b0a1c2")}
	if got := machine.Read(root); got.String() != want.String() {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestForms(t *testing.T) {
	many := a()
	many.cards = nil
	for i := range 6 {
		many.cards = append(many.cards, "b8:ca:3a:6b:10:0"+string(rune('1'+i)))
	}
	for _, c := range []computer{a(), b(), many, {}} {
		p := machine.Read(c.tree(t))
		got, err := machine.Parse(p.String())
		if err != nil || got.String() != p.String() {
			t.Errorf("%s: %v", p, err)
		}
		read, rest, err := machine.ReadBinary(p.AppendBinary(nil))
		if err != nil || len(rest) != 0 || read.String() != p.String() {
			t.Errorf("%s in bytes: %v", p, err)
		}
		if len(p[machine.Network]) > machine.MaxHashes || !slices.IsSortedFunc(p[machine.Network], func(a, b machine.Hash) int { return slices.Compare(a[:], b[:]) }) {
			t.Errorf("%s: too many, or not sorted", p)
		}
	}
	for _, bad := range []string{"uuid", "uuid=", "uuid=00", "cpu=000000000001", "uuid=000000000001,000000000002", "board=000000000001 uuid=000000000001", "disk=000000000002,000000000001", "uuid=00000000000A"} {
		if p, err := machine.Parse(bad); err == nil {
			t.Errorf("%q is read as %s", bad, p)
		}
	}
}
