package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/sandbox/host"
	"hawser/internal/testkit"
)

// testInstance is beside the demo's, so that tests can run while a demo is up.
const testInstance = 214

// binary builds the program sandbox once for all tests of the package.
func binary(t *testing.T) string {
	t.Helper()
	if b := os.Getenv("HAWSER_SANDBOX_BINARY"); b != "" {
		return b
	}
	path := filepath.Join(t.TempDir(), "sandbox")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/sandbox")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

type rig struct {
	*sandbox.Sandbox
	t      *testing.T
	binary string
}

// newRig returns a sandbox of two nodes, or of what the options say.
func newRig(t *testing.T, options ...sandbox.Options) *rig {
	t.Helper()
	if testing.Short() {
		t.Skip("boots real nodes, which takes more than a short test may")
	}
	testkit.Need(t, "sandbox")
	lock(t)
	bin := binary(t)
	opt := sandbox.Options{Nodes: []string{"a", "b"}}
	if len(options) > 0 {
		opt = options[0]
	}
	opt.Instance, opt.Disk, opt.NodeDisk, opt.Binary, opt.Log = testInstance, 1<<30, 1<<30, bin, t.Output()
	s, err := sandbox.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Sandbox: s, t: t, binary: bin}
	r.down()
	t.Cleanup(r.down)
	return r
}

// down is called in cleanup, too, when the test's context has ended.
func (r *rig) down() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.Down(ctx, false); err != nil {
		r.t.Errorf("down: %v", err)
	}
}

// lock keeps two runs of these tests on one machine apart.
func lock(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("hawser-sandbox-test-%d.lock", testInstance)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	testkit.EventuallyWithin(t, 5*time.Minute, func() error {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return fmt.Errorf("another run of the sandbox's tests holds the lock: %w", err)
		}
		return nil
	})
}

// in is the rig for a subtest.
func (r *rig) in(t *testing.T) *rig { return &rig{Sandbox: r.Sandbox, t: t, binary: r.binary} }

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) exec(node string, argv ...string) string {
	r.t.Helper()
	out, err := r.Exec(r.t.Context(), node, argv...)
	r.must(err)
	return out
}

func (r *rig) sh(node, script string) string {
	r.t.Helper()
	return r.exec(node, "sh", "-euc", script)
}

func (r *rig) fresh() {
	r.t.Helper()
	for _, n := range []string{"a", "b"} {
		r.must(r.LUN().Set(r.t.Context(), n, sandbox.Fault{Mode: sandbox.LUNOK}))
		r.must(r.PowerOff(r.t.Context(), n))
	}
	r.must(r.LUN().Wipe(r.t.Context()))
	r.must(r.SetFenceDevice(r.t.Context(), "", sandbox.FenceMode{Mode: sandbox.FenceOK}))
	r.must(r.Up(r.t.Context()))
}

func (r *rig) overlaps() []sandbox.Overlap {
	r.t.Helper()
	o, err := r.LUN().Overlaps(time.Time{})
	r.must(err)
	return o
}

func (r *rig) leader(node string) host.Process {
	r.t.Helper()
	n, err := r.Node(r.t.Context(), node)
	r.must(err)
	return n.Leader
}

const mkfs = "mkfs.ext4 -q -F " + sandbox.Device + "; mkdir -p /mnt/d"

func TestSandbox(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.must(r.Up(ctx))

	t.Run("UpAgainChangesNothing", func(t *testing.T) {
		r := r.in(t)
		before := r.leader("a")
		r.must(r.Up(ctx))
		if after := r.leader("a"); after != before {
			t.Errorf("the node was booted again: %v, then %v", before, after)
		}
	})

	t.Run("NodesAreWhole", func(t *testing.T) {
		r := r.in(t)
		for _, n := range []string{"a", "b"} {
			if out := strings.TrimSpace(r.exec(n, "systemctl", "is-system-running")); out != "running" {
				t.Errorf("%s is %s: %s", n, out, r.exec(n, "systemctl", "--failed", "--no-legend"))
			}
			if out := strings.TrimSpace(r.exec(n, "hostname")); out != n {
				t.Errorf("the name of %s is %q", n, out)
			}
		}
		if a, b := r.exec("a", "cat", "/etc/machine-id"), r.exec("b", "cat", "/etc/machine-id"); a == b {
			t.Errorf("two nodes have the machine ID %q", a)
		}
		if out := r.exec("a", "getent", "hosts", "b"); !strings.HasPrefix(out, "10.214.1.12") {
			t.Errorf("a knows b as %q", out)
		}
	})

	t.Run("NothingOfTheHost", func(t *testing.T) {
		r := r.in(t)
		if out := r.exec("a", "ip", "route"); strings.Contains(out, "default") {
			t.Errorf("there is a default route:\n%s", out)
		}
		out := r.sh("a", "ls -A / /root /home /srv /var/lib/hawser* /etc/corosync /var/lib/pacemaker/cib 2>/dev/null || true; pwd; env")
		for _, word := range []string{"work", "hawser-sandbox", "corosync.conf", "cib.xml", "HAWSER"} {
			if strings.Contains(out, word) {
				t.Errorf("a node sees %q:\n%s", word, out)
			}
		}
	})

	t.Run("RealTime", func(t *testing.T) {
		r := r.in(t)
		if out := r.sh("a", "chrt -r 50 chrt -p $$; chrt -r 50 true && echo granted"); !strings.Contains(out, "granted") {
			t.Errorf("SCHED_RR: %s", out)
		}
		// A service is in another control group than a command that was brought in from outside.
		r.exec("a", "systemd-run", "--wait", "--quiet", "chrt", "-r", "50", "true")
	})

	t.Run("Cables", func(t *testing.T) {
		r := r.in(t)
		reach := func() error { _, err := r.Exec(ctx, "a", "ping", "-c1", "-W1", "10.214.1.12"); return err }
		r.must(reach())
		r.must(r.CutLink(ctx, "a", 0, sandbox.Pulled))
		if out := r.exec("a", "ip", "link", "show", "hb0"); !strings.Contains(out, "NO-CARRIER") {
			t.Errorf("a pulled cable has a carrier: %s", out)
		}
		if reach() == nil {
			t.Error("b answers over a pulled cable")
		}
		r.exec("a", "ping", "-c1", "-W1", "10.214.2.12")
		r.must(r.CutLink(ctx, "a", 0, sandbox.Silent))
		if out := r.exec("a", "ip", "link", "show", "hb0"); strings.Contains(out, "NO-CARRIER") {
			t.Errorf("behind a dead switch there is no carrier: %s", out)
		}
		if reach() == nil {
			t.Error("b answers through a dead switch")
		}
		r.must(r.RestoreLink(ctx, "a", 0))
		testkit.Eventually(t, reach)

		gateway := func() error { _, err := r.Exec(ctx, "a", "ping", "-c1", "-W1", "10.214.3.254"); return err }
		r.must(gateway())
		r.must(r.CutClient(ctx, "a", sandbox.Pulled))
		if gateway() == nil {
			t.Error("the gateway answers over a pulled cable")
		}
		r.must(r.RestoreClient(ctx, "a"))
		testkit.Eventually(t, gateway)
	})

	t.Run("Kill", func(t *testing.T) {
		r := r.in(t)
		r.exec("a", "systemd-run", "--quiet", "--unit=victim", "sleep", "1000")
		r.exec("b", "systemd-run", "--quiet", "--unit=victim", "sleep", "1000")
		testkit.Eventually(t, func() error { _, err := r.Exec(ctx, "a", "pidof", "sleep"); return err })
		testkit.Eventually(t, func() error { _, err := r.Exec(ctx, "b", "pidof", "sleep"); return err })
		if n, err := r.Sandbox.Kill(ctx, "a", "sleep"); err != nil || n != 1 {
			t.Errorf("killed %d, %v", n, err)
		}
		if _, err := r.Exec(ctx, "b", "pidof", "sleep"); err != nil {
			t.Errorf("the other node's is dead: %v", err)
		}
		if _, err := r.Sandbox.Kill(ctx, "a", "sleep"); err == nil {
			t.Error("killing nothing is no error")
		}
	})

	// A switch takes the lowest address of its ports where it has none of its own: with the port of a node that loses power the
	// host's address would change, and the other nodes would talk to the old one for half a minute.
	t.Run("HostKeepsItsAddress", func(t *testing.T) {
		r := r.in(t)
		own := func() string {
			t.Helper()
			cards, err := net.Interfaces()
			r.must(err)
			for _, c := range cards {
				at, err := c.Addrs()
				r.must(err)
				for _, a := range at {
					if a.String() == "10.214.0.1/24" {
						return c.HardwareAddr.String()
					}
				}
			}
			t.Fatal("no card of the host has its address")
			return ""
		}
		before := own()
		for _, n := range []string{"a", "b"} {
			r.must(r.PowerOff(ctx, n))
			if now := own(); now != before {
				t.Errorf("without %s the host is at %s, and was at %s", n, now, before)
			}
			r.must(r.PowerOn(ctx, n))
		}
	})

	t.Run("FullDisk", func(t *testing.T) {
		r := r.in(t)
		r.must(r.FillDisk(ctx, "a"))
		if _, err := r.Exec(ctx, "a", "dd", "if=/dev/zero", "of=/var/tmp/x", "bs=64k", "count=4"); err == nil {
			t.Error("there is space on a full disk")
		}
		r.exec("a", "sync") // it is full on the disk, too, and has to be free there
		r.must(r.FreeDisk(ctx, "a"))
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.PowerOn(ctx, "a"))
		r.exec("a", "dd", "if=/dev/zero", "of=/var/tmp/x", "bs=64k", "count=4")
	})

	t.Run("PowerOffLosesWhatWasNotFlushed", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+` /mnt/d
			echo there >/mnt/d/synced; sync /mnt/d/synced; sync -f /mnt/d
			echo gone >/mnt/d/unsynced
			# Raw, beyond the file system's reach: written to the disk, and not flushed.
			printf %512s RAW | dd of=/mnt/d/direct bs=512 oflag=direct conv=notrunc`)
		r.must(r.PowerOff(ctx, "a"))
		out := r.sh("b", "mkdir -p /mnt/d; mount "+sandbox.Device+" /mnt/d; cat /mnt/d/synced; cat /mnt/d/unsynced || true; grep -c RAW /mnt/d/direct || true")
		if !strings.Contains(out, "there") {
			t.Errorf("what was synced is gone: %q", out)
		}
		if strings.Contains(out, "gone") || strings.Contains(out, "1") {
			t.Errorf("what was not flushed is there: %q", out)
		}
		if o := r.overlaps(); len(o) != 0 {
			t.Errorf("a crash counts as two writers: %v", o)
		}
	})

	t.Run("RawWrites", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", "printf %512s DURABLE | dd of="+sandbox.Device+" bs=512 seek=16 oflag=direct conv=fsync")
		r.sh("a", "printf %512s VOLATILE | dd of="+sandbox.Device+" bs=512 seek=32 oflag=direct")
		read := func(node string, at int) string {
			return r.sh(node, fmt.Sprintf("dd if=%s bs=512 skip=%d count=1 iflag=direct 2>/dev/null", sandbox.Device, at))
		}
		if !strings.Contains(read("a", 32), "VOLATILE") {
			t.Error("the writer does not see its own write")
		}
		if strings.Contains(read("b", 32), "VOLATILE") {
			t.Error("another node sees what was not flushed")
		}
		if !strings.Contains(read("b", 16), "DURABLE") {
			t.Error("another node does not see what was flushed")
		}
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.PowerOn(ctx, "a"))
		if got := read("a", 16) + read("a", 32); !strings.Contains(got, "DURABLE") || strings.Contains(got, "VOLATILE") {
			t.Errorf("after a loss of power the disk says %q", strings.Join(strings.Fields(got), " "))
		}
	})

	t.Run("NodesOwnDisk", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", "echo there >/etc/synced; sync -f /etc/synced; echo gone >/etc/unsynced")
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.PowerOn(ctx, "a"))
		if out := r.sh("a", "cat /etc/synced; cat /etc/unsynced 2>/dev/null || true"); out != "there\n" {
			t.Errorf("after a loss of power: %q", out)
		}
	})

	t.Run("ANodeEndsByItself", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		boots := func() int {
			n, err := r.Node(ctx, "a")
			r.must(err)
			return n.Boots
		}
		before := boots()
		if _, err := r.Exec(ctx, "a", "systemctl", "reboot"); err != nil {
			t.Logf("reboot: %v", err) // the command may die with its node
		}
		testkit.EventuallyWithin(t, 30*time.Second, func() error {
			if n := boots(); n == before {
				return fmt.Errorf("booted %d times", n)
			}
			_, err := r.Exec(ctx, "a", "systemctl", "is-system-running")
			return err
		})
		if _, err := r.Exec(ctx, "a", "systemctl", "poweroff"); err != nil {
			t.Logf("poweroff: %v", err)
		}
		testkit.EventuallyWithin(t, 30*time.Second, func() error {
			if n, err := r.Node(ctx, "a"); err != nil || n.Power != host.PowerOff {
				return fmt.Errorf("a is %s: %s, %w", n.Power, n.Problem, err)
			}
			return nil
		})
		r.must(r.PowerOn(ctx, "a"))
	})

	t.Run("PowerGoesWhileBooting", func(t *testing.T) {
		r := r.in(t)
		r.must(r.PowerOff(ctx, "a"))
		booted := make(chan error, 1)
		go func() { booted <- r.PowerOn(ctx, "a") }()
		testkit.Eventually(t, func() error {
			n, err := r.Node(ctx, "a")
			if err == nil && n.Power != host.Booting {
				err = fmt.Errorf("a is %s", n.Power)
			}
			return err
		})
		r.must(r.PowerOff(ctx, "a"))
		if err := <-booted; err == nil {
			t.Error("the boot succeeded although its power was taken")
		}
		r.must(r.PowerOn(ctx, "a"))
	})

	t.Run("CleanMovesAreNoOverlap", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d; echo 0 >/mnt/d/turn; umount /mnt/d")
		for i, n := range []string{"b", "a", "b", "a"} {
			// A stale cache of the node's own last visit would show here.
			if out := r.sh(n, fmt.Sprintf("mkdir -p /mnt/d; mount %s /mnt/d; cat /mnt/d/turn; echo %d >/mnt/d/turn; umount /mnt/d", sandbox.Device, i+1)); strings.TrimSpace(out) != fmt.Sprint(i) {
				t.Errorf("turn %d on %s reads %q", i, n, out)
			}
		}
		if o := r.overlaps(); len(o) != 0 {
			t.Errorf("clean moves count as two writers: %v", o)
		}
	})

	t.Run("DoubleMountIsSeen", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d; echo a >/mnt/d/a; sync")
		r.sh("b", "mkdir -p /mnt/d; mount "+sandbox.Device+" /mnt/d; echo b >/mnt/d/b; sync")
		if o := r.overlaps(); len(o) == 0 {
			t.Error("two nodes have the disk mounted, and the journal does not show it")
		}
		if err := r.LUN().Wipe(ctx); err == nil {
			t.Error("a mounted disk was wiped")
		}
	})

	t.Run("FencingHelps", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d; echo a >/mnt/d/a; sync")
		before := r.leader("a")
		r.exec("b", "fence_sandbox", "-o", "off", "-n", "a")
		if before.Alive() {
			t.Error("a was fenced, and its init is alive")
		}
		if out, err := r.Exec(ctx, "b", "fence_sandbox", "-o", "status", "-n", "a"); err == nil || !strings.Contains(out, "OFF") {
			t.Errorf("status of a fenced node: %q, %v", out, err)
		}
		r.sh("b", "mkdir -p /mnt/d; mount "+sandbox.Device+" /mnt/d; echo b >/mnt/d/b; sync")
		r.exec("b", "fence_sandbox", "-o", "on", "-n", "a")
		r.exec("a", "true")
		if o := r.overlaps(); len(o) != 0 {
			t.Errorf("fencing worked, and the journal shows two writers: %v", o)
		}
	})

	t.Run("ALyingFenceDeviceIsSeen", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d; echo a >/mnt/d/a; sync")
		r.must(r.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: sandbox.FenceLie}))
		before := r.leader("a")
		r.exec("b", "fence_sandbox", "-o", "off", "-n", "a")
		if !before.Alive() {
			t.Error("a device that lies has done what it was asked for")
		}
		r.sh("b", "mkdir -p /mnt/d; mount "+sandbox.Device+" /mnt/d; echo b >/mnt/d/b; sync")
		if o := r.overlaps(); len(o) == 0 {
			t.Error("the fence device lied, and the journal does not show two writers")
		}
	})

	t.Run("FenceDeviceModes", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.must(r.SetFenceDevice(ctx, "a", sandbox.FenceMode{Mode: sandbox.FenceFail}))
		if out, err := r.Exec(ctx, "b", "fence_sandbox", "-o", "off", "-n", "a"); err == nil {
			t.Errorf("a device that refuses: %s", out)
		}
		r.must(r.SetFenceDevice(ctx, "a", sandbox.FenceMode{Mode: sandbox.FenceHang}))
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := r.Exec(short, "b", "fence_sandbox", "-o", "off", "-n", "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a device that hangs: %v", err)
		}
		r.must(r.SetFenceDevice(ctx, "a", sandbox.FenceMode{Mode: sandbox.FenceSlow, Delay: 300 * time.Millisecond}))
		begin := time.Now()
		r.sh("b", "printf 'action=reboot\nport=a\nnodename=a\n' | fence_sandbox")
		if took := time.Since(begin); took < 300*time.Millisecond {
			t.Errorf("a slow device took %v", took)
		}
		testkit.Eventually(t, func() error { _, err := r.Exec(ctx, "a", "true"); return err })
	})

	t.Run("DeadDisk", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d; echo a >/mnt/d/a; sync")
		r.must(r.LUN().Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNFail}))
		if _, err := r.Exec(ctx, "a", "sh", "-c", "echo x >/mnt/d/x && sync /mnt/d/x"); err == nil {
			t.Error("a write to a disk that fails")
		}
		// The other node's path is its own.
		r.sh("b", "mkdir -p /mnt/d; mount "+sandbox.Device+" /mnt/d; cat /mnt/d/a; echo b >/mnt/d/b; umount /mnt/d")
		if o := r.overlaps(); len(o) != 0 {
			t.Errorf("a node without a path to the disk counts as a writer: %v", o)
		}
	})

	t.Run("HangingDiskDoesNotStopFencing", func(t *testing.T) {
		r := r.in(t)
		r.fresh()
		r.sh("a", mkfs+"; mount "+sandbox.Device+" /mnt/d")
		r.must(r.LUN().Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNHang}))
		r.exec("a", "systemd-run", "--quiet", "--unit=stuck", "sh", "-c", "echo x >/mnt/d/x; sync /mnt/d/x")
		testkit.Eventually(t, func() error {
			if out := r.exec("a", "ps", "-eo", "stat="); !strings.Contains(out, "D") {
				return fmt.Errorf("nobody hangs: %s", out)
			}
			return nil
		})
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.LUN().Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNOK}))
		r.must(r.PowerOn(ctx, "a"))
		r.sh("a", "mount "+sandbox.Device+" /mnt/d; test ! -s /mnt/d/x")
	})
}

func TestDownLeavesNothing(t *testing.T) {
	r := newRig(t)
	r.must(r.Up(t.Context()))
	r.exec("a", "sh", "-c", mkfs+"; mount "+sandbox.Device+" /mnt/d; (sleep 1000 </dev/null >/dev/null 2>&1 &)")
	r.must(r.Probe().Start(t.Context(), "10.214.3.100"))
	r.must(r.LUN().Set(t.Context(), "a", sandbox.Fault{Mode: sandbox.LUNHang}))
	r.must(r.Down(t.Context(), false))
	left, err := r.Left()
	r.must(err)
	if !left.Empty() {
		t.Errorf("left: %s", left)
	}
	if _, err := os.Stat(r.Layout().State); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state folder is there: %v", err)
	}
	// What the library looks for could be too little: the mount table, the loop devices and the processes know better.
	for _, f := range []string{"/proc/self/mountinfo", "/proc/net/dev"} {
		raw, err := os.ReadFile(f)
		r.must(err)
		if strings.Contains(string(raw), r.Layout().Prefix()) || strings.Contains(string(raw), r.Layout().Run) {
			t.Errorf("%s names the sandbox", f)
		}
	}
	out, err := exec.CommandContext(t.Context(), "losetup", "--list", "--noheadings", "--output", "BACK-FILE").Output()
	r.must(err)
	if strings.Contains(string(out), r.Layout().State) || strings.Contains(string(out), r.Layout().Run) {
		t.Errorf("loop devices: %s", out)
	}
	if err := r.PowerOff(t.Context(), "a"); !errors.Is(err, sandbox.ErrDown) {
		t.Errorf("a verb on a sandbox that is down: %v", err)
	}
}

// TestUpAfterACrash kills up and its daemon at many moments; the next up must come to a whole sandbox from there.
func TestUpAfterACrash(t *testing.T) {
	r := newRig(t)
	for _, after := range []time.Duration{20, 60, 120, 200, 300, 450, 700} {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			r := r.in(t)
			cmd := exec.CommandContext(t.Context(), r.binary, "up", fmt.Sprintf("--instance=%d", testInstance), "--nodes=a,b", "--disk=1024", "--node-disk=1024")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			r.must(cmd.Start())
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			_ = cmd.Wait()
			for _, d := range daemons(t, r.Layout()) {
				r.must(d.Kill())
			}
			r.must(r.Up(t.Context()))
			for _, n := range []string{"a", "b"} {
				if out := strings.TrimSpace(r.exec(n, "systemctl", "is-system-running")); out != "running" {
					t.Errorf("%s is %s", n, out)
				}
			}
			r.down()
		})
	}
}

// daemons finds the daemon of a sandbox by its command line.
func daemons(t *testing.T, l host.Layout) []host.Process {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []host.Process
	for _, n := range names {
		raw, err := os.ReadFile(n)
		if err != nil || !strings.HasPrefix(string(raw), l.Binary()+"\x00daemon\x00") {
			continue
		}
		var pid int
		if _, err := fmt.Sscanf(n, "/proc/%d/cmdline", &pid); err != nil {
			t.Fatal(err)
		}
		if p, err := host.FindProcess(pid); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// TestRowsAreCounted proves the check of rows from both sides: with a database that flushes none is lost in a crash,
// and with one that does not, some are, and Verify says so.
func TestRowsAreCounted(t *testing.T) {
	r := newRig(t)
	testkit.Need(t, "postgres")
	ctx := t.Context()
	r.must(r.Up(ctx))
	start := func(node string) {
		t.Helper()
		r.sh(node, "mount "+sandbox.Device+" "+sandbox.MountPoint+"; ip addr add 10.214.3.100/24 dev svc0; arping -q -U -c 1 -I svc0 10.214.3.100"+
			`; runuser -u postgres -- $(ls -d /usr/lib/postgresql/*/bin | tail -n 1)/pg_ctl -D `+sandbox.DataDir+` -l /tmp/pg.log -w start`)
	}
	for _, unsafe := range []bool{false, true} {
		t.Run(fmt.Sprintf("FsyncOff=%t", unsafe), func(t *testing.T) {
			r := r.in(t)
			r.fresh()
			r.must(r.Probe().Stop(ctx))
			r.must(r.Probe().Forget())
			r.must(r.PrepareDisk(ctx, unsafe))
			start("a")
			r.must(r.Probe().Start(ctx, "10.214.3.100"))
			r.acked(t, 40)
			r.must(r.PowerOff(ctx, "a"))
			// As ext4's own journal would have done in time: only what the database itself flushed counts.
			r.must(r.Probe().Reset(ctx))
			start("b")
			r.acked(t, 5)
			v, err := r.Probe().Verify(ctx)
			r.must(err)
			t.Logf("%+v", v)
			if lost := v.Lost > 0; lost != unsafe {
				t.Errorf("lost %d of %d rows", v.Lost, v.Acknowledged)
			}
			st, err := r.Probe().Status(ctx)
			r.must(err)
			if st.LongestOutageMS < 100 {
				t.Errorf("the crash of a node was an outage of %d ms", st.LongestOutageMS)
			}
			if o := r.overlaps(); len(o) != 0 {
				t.Errorf("two writers: %v", o)
			}
		})
	}
}

// acked waits until the probe has so many rows acknowledged.
func (r *rig) acked(t *testing.T, n int64) {
	t.Helper()
	testkit.EventuallyWithin(t, 30*time.Second, func() error {
		st, err := r.Probe().Status(r.t.Context())
		if err == nil && st.Acknowledged < n {
			err = fmt.Errorf("%d of %d acknowledged, last error %s", st.Acknowledged, n, st.LastError)
		}
		return err
	})
}
