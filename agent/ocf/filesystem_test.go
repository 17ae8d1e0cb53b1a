package ocf_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/ocf"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

// disk is a place with a block device that has an ext4 on it.
type disk struct {
	*place
	device, directory string
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	testkit.Need(t, "root", "sandbox", "ocf")
	d := &disk{place: &place{t: t, name: "Filesystem", dir: t.TempDir(), path: os.Getenv("PATH"), allowed: 20 * time.Second}}
	if _, err := ocf.Install(d.dir, engine.WriteFile); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{d.dir, filepath.Dir(d.dir)} { // ocf-tester looks whether another user may start the agent
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of a test
			t.Fatal(err)
		}
	}
	image := filepath.Join(d.dir, "image")
	f, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(32 << 20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d.must("mkfs.ext4", "-q", image)
	d.device = strings.TrimSpace(d.must("losetup", "--find", "--show", image))
	t.Cleanup(func() { d.must("losetup", "--detach", d.device) })
	d.directory = filepath.Join(d.dir, "srv", "pg")
	t.Cleanup(func() {
		for d.mounted(d.directory) {
			d.must("umount", "-l", d.directory)
		}
	})
	d.parameters = map[string]string{"device": d.device, "directory": d.directory, "fstype": "ext4"}
	return d
}

// must runs a program and returns what it printed.
func (d *disk) must(argv ...string) string {
	d.t.Helper()
	out, err := run.System{}.Run(context.WithoutCancel(d.t.Context()), run.Cmd(argv[0], argv[1:]...).Within(time.Minute))
	if err != nil {
		d.t.Fatalf("%v: %v: %s%s", argv, err, out.Stdout, out.Stderr)
	}
	return string(out.Stdout)
}

func (d *disk) mounted(point string) bool {
	d.t.Helper()
	all, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.Contains(string(all), " "+point+" ")
}

// user starts a program and ends it with the test; it returns once the program has said something.
func (d *disk) user(dir string, argv ...string) *exec.Cmd {
	d.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	said, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := said.Read(make([]byte, 1)); err != nil {
		d.t.Fatalf("%v said nothing: %v", argv, err)
	}
	return cmd
}

func TestFilesystem(t *testing.T) {
	d := newDisk(t)
	d.want(notRunning, "monitor")
	d.want(success, "stop")
	d.want(success, "start")
	if !d.mounted(d.directory) {
		t.Fatal("it is not mounted")
	}
	for _, level := range []string{"", "0", "10", "20"} {
		d.level = level
		d.want(success, "monitor")
	}
	d.level = "30"
	d.want(configured, "monitor", "level 0, 10 or 20")
	d.level = ""
	d.want(success, "start")
	d.want(success, "stop")
	if d.mounted(d.directory) {
		t.Fatal("it is still mounted")
	}
	d.want(notRunning, "monitor")
	d.want(success, "stop")
}

func TestFilesystemTester(t *testing.T) {
	d := newDisk(t)
	if err := os.MkdirAll(d.directory, 0o755); err != nil { //nolint:gosec // a folder of a test
		t.Fatal(err)
	}
	d.tester(t)
}

// TestFilesystemLink: the mount point may be named through links, as the kernel does not.
func TestFilesystemLink(t *testing.T) {
	d := newDisk(t)
	if err := os.MkdirAll(d.directory, 0o700); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"itself": d.directory, "parent": filepath.Dir(d.directory)} {
		if err := os.Symlink(to, filepath.Join(d.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"itself", "parent/pg", "parent/pg/"} {
		t.Run(name, func(t *testing.T) {
			d.parameters["directory"] = d.dir + "/" + name
			d.want(notRunning, "monitor")
			d.want(success, "start")
			d.want(success, "monitor")
			d.want(success, "stop")
			if d.mounted(d.directory) {
				t.Error("it is still mounted")
			}
		})
	}
}

// TestFilesystemInUse: who uses it is ended, where that is wanted, and nobody else.
func TestFilesystemInUse(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		signal syscall.Signal
	}{
		"obeys":    {`echo; exec sleep 100`, syscall.SIGTERM},
		"stubborn": {`trap "" TERM; echo; while :; do sleep 100; done`, syscall.SIGKILL},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			d.want(success, "start")
			user, stranger := d.user(d.directory, "sh", "-c", c.script), d.user(d.dir, "sh", "-c", `echo; exec sleep 100`)
			d.want(success, "stop")
			if d.mounted(d.directory) {
				t.Error("it is still mounted")
			}
			_ = user.Wait()
			if got := user.ProcessState.Sys().(syscall.WaitStatus).Signal(); got != c.signal {
				t.Errorf("ended by %v, want %v", got, c.signal)
			}
			if dead(stranger.Process.Pid) {
				t.Error("a stranger was ended, too")
			}
		})
	}
	t.Run("spared", func(t *testing.T) {
		d := newDisk(t)
		d.parameters["force_unmount"], d.allowed = "false", 3*time.Second
		d.want(success, "start")
		user := d.user(d.directory, "sh", "-c", `echo; exec sleep 100`)
		d.want(generic, "stop", d.directory+" not unmounted")
		if dead(user.Process.Pid) {
			t.Error("it was ended")
		}
		d.want(success, "monitor")
	})
}

// TestFilesystemElsewhere: unmounted here is not let go of: another mount namespace may still write to the disk that the next node is about
// to mount.
func TestFilesystemElsewhere(t *testing.T) {
	d := newDisk(t)
	d.allowed = 3 * time.Second
	d.want(success, "start")
	holder := d.user(d.dir, "unshare", "--mount", "--propagation", "private", "sh", "-c", `echo; exec sleep 100`)
	d.want(generic, "stop", "another mount namespace still holds")
	_ = holder.Process.Kill()
	_ = holder.Wait()
	d.allowed = 20 * time.Second
	d.want(success, "stop")
}

func TestFilesystemBelow(t *testing.T) {
	d := newDisk(t)
	d.want(success, "start")
	below := filepath.Join(d.directory, "tmp")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	d.must("mount", "-t", "tmpfs", "none", below)
	d.want(success, "stop")
	if d.mounted(d.directory) || d.mounted(below) {
		t.Error("it is still mounted")
	}
}

// TestFilesystemReadOnly: what the kernel makes read-only after an error is still mounted, and of no use.
func TestFilesystemReadOnly(t *testing.T) {
	d := newDisk(t)
	d.want(success, "start")
	d.must("mount", "-o", "remount,ro", d.directory)
	d.want(generic, "monitor", "read-only")
	d.want(success, "stop")
	d.parameters["options"] = "noatime,ro"
	d.want(success, "start")
	d.want(success, "monitor")
	d.want(success, "stop")
}

func TestFilesystemRefuses(t *testing.T) {
	d := newDisk(t)
	for name, c := range map[string]struct{ parameter, value string }{
		"no device": {"device", ""}, "network": {"device", "nas:/export"}, "blank": {"device", "/dev/sd a"}, "label": {"device", "LABEL=../sda"},
		"no directory": {"directory", ""}, "root": {"directory", "/"}, "relative": {"directory", "srv"}, "up": {"directory", "/srv/../etc"}, "blank in it": {"directory", "/srv/a b"},
		"no type": {"fstype", ""}, "nfs": {"fstype", "nfs4"}, "option": {"fstype", "-a"}, "shared": {"fstype", "gfs2"},
		"bind": {"options", "noatime,bind"}, "fsck": {"run_fsck", "maybe"}, "status": {"statusfile_prefix", "../x"},
	} {
		t.Run(name, func(t *testing.T) {
			before := d.parameters[c.parameter]
			defer func() { d.parameters[c.parameter] = before }()
			d.parameters[c.parameter] = c.value
			for _, action := range []string{"start", "validate-all", "monitor"} {
				code, said := d.run(action)
				if code != configured || !strings.Contains(said, "ocf-exit-reason:") {
					t.Errorf("%s ended with %d: %s", action, code, said)
				}
			}
		})
	}
	t.Run("not there", func(t *testing.T) {
		d.parameters["device"] = "/dev/hawser-none"
		defer func() { d.parameters["device"] = d.device }()
		d.want(notRunning, "monitor")
		d.want(installed, "start", "there is no block device /dev/hawser-none")
	})
	t.Run("no file system", func(t *testing.T) {
		d.parameters["fstype"] = "xfs"
		defer func() { d.parameters["fstype"] = "ext4" }()
		d.want(generic, "start", fmt.Sprintf("%s not mounted on %s", d.device, d.directory))
	})
	t.Run("another device", func(t *testing.T) {
		other := newDisk(t)
		d.must("mount", "-t", "ext4", other.device, d.directory)
		defer d.must("umount", d.directory)
		d.want(generic, "start", "another device is mounted")
	})
	t.Run("below", func(t *testing.T) {
		below := filepath.Join(d.directory, "below")
		if err := os.MkdirAll(below, 0o700); err != nil {
			t.Fatal(err)
		}
		d.must("mount", "-t", "tmpfs", "none", below)
		defer d.must("umount", below)
		d.want(generic, "start", "something is mounted below")
	})
}
