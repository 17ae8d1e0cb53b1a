package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadMounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mountinfo")
	text := `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 22 0:40 / /mnt/with\040space rw shared:1 master:2 - fuse.lun hawser-lun-n1 rw,user_id=0
31 22 7:3 / /srv rw,noatime - ext4 /dev/loop3 rw
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readMounts(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []mount{
		{"254:0", "/", "ext4", "/dev/vda", "rw,discard"},
		{"0:40", "/mnt/with space", "fuse.lun", "hawser-lun-n1", "rw,user_id=0"},
		{"7:3", "/srv", "ext4", "/dev/loop3", "rw"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d mounts, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
	if got[0].fuse() || !got[1].fuse() || got[1].minor() != "40" {
		t.Errorf("FUSE: %v, %v, minor %s", got[0].fuse(), got[1].fuse(), got[1].minor())
	}
}

func TestBelow(t *testing.T) {
	for path, want := range map[string]bool{"/run/a": true, "/run/a/b": true, "/run/ab": false, "/run": false} {
		if got := below(path, "/run/a"); got != want {
			t.Errorf("%s below /run/a: %t", path, got)
		}
	}
}

func TestLayout(t *testing.T) {
	a, err := NewLayout(0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewLayout(21)
	if err != nil {
		t.Fatal(err)
	}
	if a.State == b.State || a.Run == b.Run || a.Prefix() == b.Prefix() {
		t.Errorf("two instances share a folder or a prefix: %+v, %+v", a, b)
	}
	if got := b.address(netHB0, 11); got != "10.21.1.11" {
		t.Errorf("address %s", got)
	}
	if _, port, _ := a.port("abcdefg", mgmt); len(port)+1 > 15 {
		t.Errorf("interface name %s~ is too long", port)
	}
	nets := map[int]string{netMgmt: "mgmt", netSvc: "svc", netQNet: "qnet"}
	for _, n := range heartbeats(maxLinks) {
		if other := nets[n.net]; other != "" {
			t.Errorf("%s is in the network of %s", n.name, other)
		}
		nets[n.net] = n.name
	}
	if got := a.address6(netHB0, 11); got != "fd00:213:1::11" {
		t.Errorf("address %s", got)
	}
	for _, bad := range []int{-1, 255, 1000} {
		if _, err := NewLayout(bad); err == nil {
			t.Errorf("instance %d was taken", bad)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
		ok   bool
	}{
		{"Three", Config{Nodes: []string{"n1", "n2", "n3"}, Links: 2, LUNs: 1}, true},
		{"Seven", Config{Nodes: []string{"n1"}, Links: 7, LUNs: 8, Arbiter: true, IPv6: true}, true},
		{"None", Config{Links: 2, LUNs: 1}, false},
		{"Nine", Config{Nodes: strings.Fields("a b c d e f g h i"), Links: 2, LUNs: 1}, false},
		{"Twice", Config{Nodes: []string{"n1", "n1"}, Links: 2, LUNs: 1}, false},
		{"Capitals", Config{Nodes: []string{"N1"}, Links: 2, LUNs: 1}, false},
		{"TooLong", Config{Nodes: []string{"abcdefgh"}, Links: 2, LUNs: 1}, false},
		{"Ours", Config{Nodes: []string{"client"}, Links: 2, LUNs: 1}, false},
		{"Arbiter", Config{Nodes: []string{"arb"}, Links: 2, LUNs: 1}, false},
		{"NoShare", Config{Nodes: []string{"n1"}, Share: "/nonexistent", Links: 2, LUNs: 1}, false},
		{"NoLink", Config{Nodes: []string{"n1"}, LUNs: 1}, false},
		{"EightLinks", Config{Nodes: []string{"n1"}, Links: 8, LUNs: 1}, false},
		{"NoDisk", Config{Nodes: []string{"n1"}, Links: 2}, false},
	} {
		if err := tt.cfg.Validate(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestImpairmentValidate(t *testing.T) {
	for _, tt := range []struct {
		name string
		bad  Impairment
		ok   bool
	}{
		{"Nothing", Impairment{}, true},
		{"All", Impairment{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 1.5, Way: In}, true},
		{"MoreJitterThanDelay", Impairment{Delay: time.Millisecond, Jitter: 2 * time.Millisecond}, false},
		{"Negative", Impairment{Delay: -1}, false},
		{"TooMuchLoss", Impairment{Loss: 101}, false},
		{"NoWay", Impairment{Way: Pulled}, false},
	} {
		if err := tt.bad.validate(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestProcess(t *testing.T) {
	self, err := FindProcess(os.Getpid())
	if err != nil || !self.Alive() {
		t.Fatalf("self: %+v, %v", self, err)
	}
	other := self
	other.Start = "1"
	if other.Alive() {
		t.Error("a process with another start time counts as the same")
	}
	if err := other.Kill(); err != nil {
		t.Errorf("killing one that has ended: %v", err)
	}
}
