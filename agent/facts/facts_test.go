package facts_test

import (
	"context"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"

	"hawser/agent/facts"
	"hawser/agent/run"
)

func TestRead(t *testing.T) {
	var programs run.Fake
	programs.Program("lsblk", func(context.Context, run.Command) run.Output {
		return run.Output{Stdout: []byte(`{"blockdevices": [
			{"name":"/dev/sda", "size":1000, "fstype":null, "uuid":null, "type":"disk", "ro":false, "children": [
				{"name":"/dev/sda1", "size":600, "fstype":"ext4", "uuid":"u-1", "type":"part", "ro":false}]},
			{"name":"/dev/sr0", "size":700, "fstype":"iso9660", "uuid":"x", "type":"rom", "ro":true},
			{"name":"/dev/loop0", "size":0, "fstype":null, "uuid":null, "type":"loop", "ro":false}]}`)}
	})
	f := facts.Read(t.Context(), &programs)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if f.Hostname != host || f.Architecture != runtime.GOARCH || f.CPUs < 1 || f.MemoryBytes < 64<<20 || f.DiskBytes < f.DiskFree || f.DiskFree == 0 {
		t.Errorf("got %+v", f)
	}
	if data, err := os.ReadFile("/proc/version"); err == nil && !strings.Contains(string(data), f.Kernel) || f.Kernel == "" {
		t.Errorf("kernel is %q", f.Kernel)
	}
	if len(f.BlockDevices) != 1 || f.BlockDevices[0].SizeBytes != 600 || f.BlockDevices[0].UUID != "u-1" || f.BlockDevices[0].FileSystem != "ext4" {
		t.Errorf("devices are %+v", f.BlockDevices)
	}
	for _, i := range f.Interfaces {
		if i.Name == "lo" {
			t.Error("loopback is told")
		}
		for _, a := range i.Addresses {
			if _, _, err := net.ParseCIDR(a); err != nil {
				t.Errorf("%s: %v", i.Name, err)
			}
		}
	}
}

// TestReadWithoutPrograms: what cannot be asked is left empty.
func TestReadWithoutPrograms(t *testing.T) {
	if f := facts.Read(t.Context(), &run.Fake{}); f.Hostname == "" || f.BlockDevices != nil || f.Interfaces == nil {
		t.Errorf("got %+v", f)
	}
}
