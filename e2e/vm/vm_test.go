package vm_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox/lun"
	"hawser/e2e/vm"
	"hawser/internal/testkit"
)

// rebooted is how long a machine may take from a command until it is down, or up again.
const rebooted = 4 * time.Minute

// TestMachine tries each verb of this package on one machine: a test that stands on a verb which does nothing proves nothing.
func TestMachine(t *testing.T) {
	need(t)
	opt := options("single", "n1")
	opt.Disks = []vm.Disk{{Size: 8 << 20}, {Size: 8 << 20}, {Size: 8 << 20, Own: true}}
	r, err := vm.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	t.Cleanup(func() {
		if t.Failed() {
			tail(t, r.Machine("n1"))
		}
		if err := r.Down(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		if left, _ := net.Interfaces(); len(left) > 1 { // loopback
			t.Logf("left: %v", left)
		}
	})
	if err := r.Up(ctx); err != nil {
		t.Fatal(err)
	}
	m := r.Machine("n1")
	in := func(args ...string) string {
		t.Helper()
		out, err := m.Exec(ctx, nil, args...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	if got := in("hostname"); got != "n1" {
		t.Errorf("the machine calls itself %q", got)
	}
	if got := in("cat", "/sys/class/watchdog/watchdog0/identity"); got != "Software Watchdog" {
		t.Errorf("its watchdog is %q", got)
	}
	if got := in("printf", "%s|", "a b", "c'd", "$HOME"); got != "a b|c'd|$HOME|" {
		t.Errorf("arguments arrive as %q", got)
	}

	t.Run("Disk", func(t *testing.T) {
		const write = "dd if=/dev/urandom of=/dev/hawser/lun1 bs=4096 count=4 oflag=direct,sync 2>&1"
		in("sh", "-c", write)
		if err := m.Disk(1, lun.Err); err != nil {
			t.Fatal(err)
		}
		if out, err := m.Exec(ctx, nil, "sh", "-c", write); err == nil {
			t.Errorf("a failed disk takes writes: %s", out)
		}
		if err := m.Disk(1, lun.OK); err != nil {
			t.Fatal(err)
		}
		in("sh", "-c", write)
		if w, err := r.Writers(1, time.Time{}); err != nil || len(w) != 1 || w[0] != "n1" {
			t.Errorf("writers %v, %v", w, err)
		}
	})
	t.Run("Run", func(t *testing.T) {
		const script = "#!/bin/sh\ncat; echo to stderr >&2; exit 7\n"
		if err := m.Put(ctx, "/root/a script", "700", []byte(script)); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		err := m.Run(ctx, strings.NewReader("to stdout"), &stdout, &stderr, "/root/a script")
		if exit, is := errors.AsType[*exec.ExitError](err); !is || exit.ExitCode() != 7 || stdout.String() != "to stdout" || stderr.String() != "to stderr\n" {
			t.Errorf("%v, printed %q and %q", err, stdout.String(), stderr.String())
		}
	})
	t.Run("Flaky", func(t *testing.T) {
		f, err := m.Flaky(ctx, "/dev/hawser/lun2")
		if err != nil {
			t.Fatal(err)
		}
		fill := func(letter string) { in("sh", "-c", filled, "sh", f.Device(), letter, "0", "fsync") }
		fill("a")
		if err := f.Lie(ctx); err != nil {
			t.Fatal(err)
		}
		fill("b")
		if err := f.Remove(ctx); err != nil {
			t.Fatal(err)
		}
		if got := in("sh", "-c", first, "sh", "/dev/hawser/lun2", "0"); got != "a" {
			t.Errorf("the disk has %q: it kept what it should have lost, or lost what it had", got)
		}
	})
	t.Run("Link", func(t *testing.T) {
		carrier := func(want string) {
			t.Helper()
			testkit.EventuallyWithin(t, time.Minute, func() error {
				out, err := m.Exec(ctx, nil, "cat", "/sys/class/net/eth1/operstate")
				if err == nil && strings.TrimSpace(string(out)) != want {
					err = fmt.Errorf("eth1 is %s", out)
				}
				return err
			})
		}
		carrier("up")
		for _, cut := range []bool{true, false} {
			if err := m.CutLink(ctx, 1, cut); err != nil {
				t.Fatal(err)
			}
			carrier(map[bool]string{true: "down", false: "up"}[cut])
		}
	})
	// end has the machine do something, and wants to see it end so, and come up again where it should.
	end := func(t *testing.T, cause vm.Cause, again bool, script string) {
		t.Helper()
		since := time.Now()
		_, _ = m.Exec(ctx, nil, "sh", "-c", script) // the answer may not come any more
		got, err := m.WaitEnd(ctx, since, rebooted)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s after %s", got.Cause, got.At.Sub(since).Round(100*time.Millisecond))
		if got.Cause != cause {
			t.Fatalf("want %s, got %+v", cause, got)
		}
		if !again {
			if m.Running() {
				t.Error("it runs again")
			}
			return
		}
		if err := m.WaitUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("Watchdog", func(t *testing.T) {
		// Opened and not fed: the kernel's module resets by itself after its margin.
		end(t, vm.Watchdog, true, "modprobe -r softdog; modprobe softdog soft_margin=3; exec 3>/dev/watchdog; echo 1 >&3; sleep 60")
	})
	t.Run("Reset", func(t *testing.T) { end(t, vm.Reset, true, "echo b >/proc/sysrq-trigger") })
	t.Run("Panic", func(t *testing.T) { end(t, vm.Panic, true, "echo c >/proc/sysrq-trigger") })
	t.Run("PowerOff", func(t *testing.T) {
		end(t, vm.PowerOff, false, "systemctl poweroff")
		if err := m.Start(ctx); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("Kill", func(t *testing.T) {
		in("sh", "-c", filled, "sh", "/dev/hawser/lun2", "k", "0", "fsync")
		in("sh", "-c", filled, "sh", "/dev/hawser/lun2", "k", "1", "")
		since := time.Now()
		if err := m.Kill(ctx); err != nil {
			t.Fatal(err)
		}
		if ends := m.Ends(since); len(ends) != 1 || ends[0].Cause != vm.Killed || m.Running() {
			t.Errorf("ends %+v, running %t", ends, m.Running())
		}
		if lost, err := m.Dropped(2); err != nil || lost != 4096 {
			t.Errorf("%d bytes were lost with the power, %v", lost, err)
		}
		if err := m.Start(ctx); err != nil {
			t.Fatal(err)
		}
		if flushed, not := in("sh", "-c", first, "sh", "/dev/hawser/lun2", "0"), in("sh", "-c", first, "sh", "/dev/hawser/lun2", "1"); flushed != "k" || not != "" {
			t.Errorf("after the loss of power there is %q of what was flushed, %q of what was not", flushed, not)
		}
	})
}

// What a shell does with a disk: filled writes a page of a letter there, flushed or not; first reads the letter, or nothing where the
// page is empty.
const (
	filled = `head -c 4096 /dev/zero | tr '\0' "$2" | dd of="$1" bs=4096 seek="$3" oflag=direct conv=notrunc${4:+,$4} 2>&1`
	first  = `dd if="$1" bs=4096 skip="$2" count=1 iflag=direct 2>/dev/null | head -c 1 | tr -d '\0'`
)

// tail logs what a machine printed last.
func tail(t *testing.T, m *vm.Machine) {
	t.Helper()
	all, err := os.ReadFile(m.Console())
	if err != nil {
		t.Log(err)
		return
	}
	t.Logf("console:\n%s", all[max(0, len(all)-6000):])
}
