package fuse_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/fuse"
	"hawser/internal/testkit"
)

func file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func attribute(t *testing.T, device, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(device), name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// TestAttach: the device passes the page cache and has blocks of 4096 bytes; one that is in use stays; twice off is off.
func TestAttach(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	path := file(t)
	device, err := fuse.Attach(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fuse.Detach(device) })
	if dio, block := attribute(t, device, "loop/dio"), attribute(t, device, "queue/logical_block_size"); dio != "1" || block != "4096" {
		t.Errorf("direct %s, blocks of %s", dio, block)
	}
	if found, err := fuse.Attached(path); err != nil || found != device {
		t.Errorf("%s is said to stand on it, %v", found, err)
	}
	held, err := os.OpenFile(device, os.O_RDONLY|unix.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := fuse.Detach(device); !errors.Is(err, fuse.ErrInUse) {
		t.Errorf("taken away from who has it: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := fuse.Detach(device); err != nil {
			t.Error(err)
		}
	}
	testkit.Eventually(t, func() error {
		if found, err := fuse.Attached(path); err != nil || found != "" {
			return fmt.Errorf("still there: %s, %w", found, err)
		}
		return nil
	})
}

// TestConfigureOld: the four steps for kernels before 5.8 come to the same, tried on this one.
func TestConfigureOld(t *testing.T) {
	testkit.Need(t, "root", "fuse")
	back, err := os.OpenFile(file(t), os.O_RDWR|unix.O_DIRECT, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	for range 100 {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			t.Fatal(err)
		}
		device := fmt.Sprintf("/dev/loop%d", n)
		loop, err := os.OpenFile(device, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		err = fuse.ConfigureOld(int(loop.Fd()), int(back.Fd()), &unix.LoopInfo64{})
		if errors.Is(err, unix.EBUSY) { // somebody else was quicker
			_ = loop.Close()
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if dio, block := attribute(t, device, "loop/dio"), attribute(t, device, "queue/logical_block_size"); dio != "1" || block != "4096" {
			t.Errorf("direct %s, blocks of %s", dio, block)
		}
		_ = loop.Close()
		if err := fuse.Detach(device); err != nil {
			t.Error(err)
		}
		return
	}
	t.Fatal("no free loop device")
}
