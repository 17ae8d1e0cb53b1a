package sandbox_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/sandbox/host"
	"hawser/internal/testkit"
)

// ping returns how many of so many pings were answered, and their mean round trip.
func (r *rig) ping(from, to string, count int) (got int, mean time.Duration) {
	r.t.Helper()
	// Without an answer ping's exit status says so, too; the count is what is asked for.
	out, _ := r.Exec(r.t.Context(), from, "ping", "-q", "-c", strconv.Itoa(count), "-i", "0.02", "-W", "1", to)
	for line := range strings.Lines(out) {
		if before, _, ok := strings.Cut(line, " received"); ok {
			f := strings.Fields(before)
			got, _ = strconv.Atoi(f[len(f)-1])
		}
		if _, after, ok := strings.Cut(line, " = "); ok {
			ms, _ := strconv.ParseFloat(strings.Split(after, "/")[1], 64)
			mean = time.Duration(ms * float64(time.Millisecond))
		}
	}
	return got, mean
}

func (r *rig) reaches(want bool, from, to string) {
	r.t.Helper()
	n := 3
	if !want {
		n = 1
	}
	testkit.Eventually(r.t, func() error {
		if got, _ := r.ping(from, to, n); (got > 0) != want {
			return fmt.Errorf("%s to %s: %d of %d answered", from, to, got, n)
		}
		return nil
	})
}

// answers waits until so many of count pings are answered, and their mean round trip is right: the first ones after a change may still be
// waiting for an address, and a busy machine delays one now and then.
func (r *rig) answers(from, to string, count, least, most int, right func(mean time.Duration) bool) {
	r.t.Helper()
	testkit.Eventually(r.t, func() error {
		if got, mean := r.ping(from, to, count); got < least || got > most || !right(mean) {
			return fmt.Errorf("%s to %s: %d of %d answered, after %s", from, to, got, count, mean)
		}
		return nil
	})
}

// selfTest is how long the nodes of TestShape need before they boot after a reset.
const selfTest = 2 * time.Second

// TestShape tries a sandbox with more of everything: nodes, networks, disks, fence devices, and an arbiter.
func TestShape(t *testing.T) {
	r := newRig(t, sandbox.Options{Nodes: []string{"a", "b", "c"}, Links: 3, LUNs: 2, IPv6: true, Arbiter: true, SelfTest: selfTest})
	ctx := t.Context()
	r.must(r.Up(ctx))

	t.Run("Networks", func(t *testing.T) {
		r := r.in(t)
		for _, to := range []string{"10.214.1.12", "10.214.2.12", "10.214.4.12", "fd00:214:4::12", "10.214.9.100", "10.214.0.1"} {
			r.reaches(true, "a", to)
		}
		r.reaches(true, sandbox.Arbiter, "10.214.9.13")
		r.reaches(true, sandbox.Arbiter, "10.214.0.1")
		r.reaches(false, sandbox.Arbiter, "10.214.1.11")
		if out := r.exec("a", "getent", "hosts", "arb"); !strings.HasPrefix(out, "10.214.9.100") {
			t.Errorf("a knows the arbiter as %q", out)
		}
	})

	t.Run("Arbiter", func(t *testing.T) {
		r := r.in(t)
		if _, err := r.Exec(ctx, sandbox.Arbiter, "systemctl", "is-active", "corosync-qnetd"); err == nil {
			t.Error("a quorum device daemon runs that nobody has started")
		}
		r.exec(sandbox.Arbiter, "systemctl", "start", "corosync-qnetd")
		r.exec(sandbox.Arbiter, "corosync-qnetd-tool", "-s")
		r.must(r.CutArbiter(ctx, "a", sandbox.Pulled))
		r.reaches(false, "a", "10.214.9.100")
		r.reaches(true, "b", "10.214.9.100")
		r.must(r.RestoreArbiter(ctx, "a"))
		r.must(r.CutArbiter(ctx, sandbox.Arbiter, sandbox.Silent))
		r.reaches(false, "b", "10.214.9.100")
		r.must(r.RestoreArbiter(ctx, sandbox.Arbiter))
		r.reaches(true, "a", "10.214.9.100")
		if err := r.CutLink(ctx, sandbox.Arbiter, 0, sandbox.Pulled); err == nil {
			t.Error("a heartbeat link of the arbiter was cut")
		}
		if err := r.LUN().Set(ctx, sandbox.Arbiter, sandbox.Fault{Mode: sandbox.LUNFail}); err == nil {
			t.Error("the arbiter has a shared disk")
		}
		if _, err := r.Exec(ctx, "a", "fence_sandbox", "-o", "off", "-n", sandbox.Arbiter); err == nil {
			t.Error("the arbiter was fenced")
		}
		r.must(r.PowerOff(ctx, sandbox.Arbiter))
		r.reaches(false, "a", "10.214.9.100")
		r.must(r.PowerOn(ctx, sandbox.Arbiter))
		r.reaches(true, "a", "10.214.9.100")
	})

	t.Run("OneWay", func(t *testing.T) {
		r := r.in(t)
		arrived := func(node string) int {
			n, err := strconv.Atoi(strings.TrimSpace(r.exec(node, "cat", "/sys/class/net/hb0/statistics/rx_packets")))
			r.must(err)
			return n
		}
		// Other frames than those of the test, such as a third node's reports of its multicast groups, may arrive at any time.
		echoes := func(node string) string {
			return r.exec(node, "grep", "^IcmpMsg:", "/proc/net/snmp")
		}
		for _, c := range []struct {
			how      sandbox.CutMode
			from, to string // frames that way are lost
		}{{sandbox.In, "b", "a"}, {sandbox.Out, "a", "b"}} {
			address := map[string]string{"a": "10.214.1.11", "b": "10.214.1.12"}
			r.reaches(true, c.from, address[c.to])
			r.must(r.CutLink(ctx, "a", 0, c.how))
			had := echoes(c.to)
			if got, _ := r.ping(c.from, address[c.to], 3); got != 0 || echoes(c.to) != had {
				t.Errorf("%s: %d of 3 answered; arrived before: %s, and after: %s", c.how, got, had, echoes(c.to))
			}
			// The other way is whole: what is sent arrives, and only its answer is lost. How many frames it is depends on when the sender
			// asks for the address anew, which is not answered either.
			before := arrived(c.from)
			if got, _ := r.ping(c.to, address[c.from], 3); got != 0 || arrived(c.from) == before {
				t.Errorf("%s, the other way: %d of 3 answered, %d frames arrived", c.how, got, arrived(c.from)-before)
			}
			if out := r.exec("a", "ip", "link", "show", "hb0"); strings.Contains(out, "NO-CARRIER") {
				t.Errorf("%s: no carrier", c.how)
			}
			r.must(r.RestoreLink(ctx, "a", 0))
		}
		r.reaches(true, "a", "10.214.1.12")
	})

	t.Run("Impaired", func(t *testing.T) {
		r := r.in(t)
		r.must(r.ImpairLink(ctx, "a", 1, sandbox.Impairment{Delay: 30 * time.Millisecond, Jitter: 5 * time.Millisecond}))
		slow := func(mean time.Duration) bool { return mean >= 55*time.Millisecond }
		fast := func(mean time.Duration) bool { return mean < 20*time.Millisecond }
		anyMean := func(time.Duration) bool { return true }
		r.answers("a", "10.214.2.12", 10, 8, 10, slow)
		// Larger than a frame, so that checksums and segments that the kernel left to the card are tried.
		r.exec("a", "ping", "-c3", "-i0.2", "-W2", "-s", "20000", "10.214.2.12")
		r.must(r.ImpairLink(ctx, "a", 1, sandbox.Impairment{Loss: 50, Way: sandbox.Out}))
		r.answers("a", "10.214.2.12", 100, 20, 80, anyMean)
		// A cable stays what it is while its node has no power.
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.PowerOn(ctx, "a"))
		r.answers("a", "10.214.2.12", 100, 20, 80, anyMean)
		r.must(r.ImpairLink(ctx, "a", 1, sandbox.Impairment{}))
		r.answers("a", "10.214.2.12", 20, 20, 20, fast)
	})

	t.Run("Partition", func(t *testing.T) {
		r := r.in(t)
		r.must(r.CutLink(ctx, "c", 2, sandbox.Pulled))
		r.must(r.Partition(ctx, []string{"a"}, []string{"b", "c"}))
		for _, net := range []int{1, 2, 4} {
			r.reaches(false, "a", fmt.Sprintf("10.214.%d.12", net))
			r.reaches(net != 4, "b", fmt.Sprintf("10.214.%d.13", net))
		}
		r.reaches(true, "a", "10.214.9.100")
		r.must(r.PowerOff(ctx, "b"))
		r.must(r.PowerOn(ctx, "b"))
		r.reaches(false, "a", "10.214.1.12")
		r.reaches(true, "b", "10.214.1.13")
		r.must(r.Heal(ctx))
		for _, net := range []int{1, 2, 4} {
			r.reaches(true, "a", fmt.Sprintf("10.214.%d.12", net))
			r.reaches(true, "a", fmt.Sprintf("10.214.%d.13", net))
		}
		for _, bad := range [][][]string{{{"a", "b", "c"}}, {{"a"}, {"b"}}, {{"a", "b"}, {"b", "c"}}, {{"a", "b"}, {"c", "arb"}}, {{"a", "b"}, {"x"}}} {
			if err := r.Sandbox.Partition(ctx, bad...); err == nil {
				t.Errorf("partition %v was taken", bad)
			}
		}
	})

	t.Run("Flap", func(t *testing.T) {
		r := r.in(t)
		changes := func() int {
			n, err := strconv.Atoi(strings.TrimSpace(r.exec("a", "cat", "/sys/class/net/hb1/carrier_down_count")))
			r.must(err)
			return n
		}
		before, begin := changes(), time.Now()
		r.must(r.FlapLink(ctx, "a", 1, 5, 500*time.Millisecond))
		if took := time.Since(begin); took < 450*time.Millisecond {
			t.Errorf("took %s", took)
		}
		if got := changes() - before; got != 5 {
			t.Errorf("the carrier went %d times", got)
		}
		r.reaches(true, "a", "10.214.2.12")
	})

	t.Run("SecondDisk", func(t *testing.T) {
		r := r.in(t)
		d := r.Disk(1)
		read := func(node string) string {
			out, err := r.Exec(ctx, node, "dd", "if="+d.Device(), "bs=512", "skip=8", "count=1", "iflag=direct", "status=none")
			if err != nil {
				return "error"
			}
			return strings.TrimSpace(out)
		}
		r.sh("a", "printf %512s HELLO | dd of="+d.Device()+" bs=512 seek=8 oflag=direct conv=fsync")
		if got := read("b"); got != "HELLO" {
			t.Errorf("b reads %q", got)
		}
		if records, err := d.Journal(); err != nil || len(records) == 0 || records[len(records)-1].Node != "a" {
			t.Errorf("journal of the second disk: %v, %v", records, err)
		}
		r.must(d.Garbage(ctx, 4096, 512))
		if got := read("b"); got == "HELLO" || got == "error" {
			t.Errorf("over the garbage b reads %q", got)
		}
		if err := d.Garbage(ctx, 64<<20, 1); err == nil {
			t.Error("garbage beyond the end")
		}
		r.must(d.Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNGone}))
		if out := strings.TrimSpace(r.exec("a", "ls", "/dev/hawser")); out != "lun0" {
			t.Errorf("a sees %q", out)
		}
		r.sh("a", "dd if="+sandbox.Device+" of=/dev/null bs=512 count=1 iflag=direct")
		r.must(r.PowerOff(ctx, "a"))
		r.must(r.PowerOn(ctx, "a"))
		if out := strings.TrimSpace(r.exec("a", "ls", "/dev/hawser")); out != "lun0" {
			t.Errorf("after a loss of power a sees %q", out)
		}
		r.must(d.Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNOK}))
		if got := read("a"); got == "error" {
			t.Error("the path that is back fails")
		}
		r.must(d.Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNFail}))
		if got := read("a"); got != "error" {
			t.Errorf("a disk that fails reads %q", got)
		}
		if got := read("b"); got == "error" {
			t.Error("it fails for b, too")
		}
		r.must(d.Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNOK}))
		if err := r.Disk(2).Set(ctx, "a", sandbox.Fault{Mode: sandbox.LUNOK}); err == nil {
			t.Error("a third disk of two")
		}
	})

	t.Run("FenceDevices", func(t *testing.T) {
		r := r.in(t)
		fence := func(device, action, node string) error {
			_, err := r.Exec(ctx, "c", "fence_sandbox", "-o", action, "-n", node, "--device", device)
			return err
		}
		r.must(r.SetFenceDevice(ctx, "", sandbox.FenceMode{Mode: sandbox.FenceBoard}))
		r.must(fence("1", "off", "a"))
		r.must(fence("1", "on", "a"))
		before := r.leader("a")
		r.must(r.PowerOff(ctx, "a"))
		if err := fence("1", "off", "a"); err == nil {
			t.Error("a board without power has answered")
		}
		r.must(fence("2", "off", "a"))
		r.must(fence("2", "on", "a"))
		if before.Alive() || !r.leader("a").Alive() {
			t.Error("the second device did not give a its power back")
		}
		r.must(fence("1", "off", "a"))
		r.must(r.SetFenceDeviceNumber(ctx, 2, "a", sandbox.FenceMode{Mode: sandbox.FenceFail}))
		if err := fence("2", "on", "a"); err == nil {
			t.Error("the second device was told to refuse")
		}
		r.must(fence("1", "on", "a"))
		if err := fence("4", "off", "a"); err == nil {
			t.Error("there is a fourth device")
		}
	})

	t.Run("SelfTest", func(t *testing.T) {
		r := r.in(t)
		begin := time.Now()
		r.sh("c", "fence_sandbox -o reboot -n a")
		testkit.Eventually(t, func() error { _, err := r.Exec(ctx, "a", "true"); return err })
		if took := time.Since(begin); took < selfTest {
			t.Errorf("a was back after %s, before its self-test of %s had ended", took, selfTest)
		}
		// Who loses power during the test stays off.
		r.sh("c", "fence_sandbox -o reboot -n a")
		r.must(r.PowerOff(ctx, "a"))
		time.Sleep(selfTest + time.Second) // what must not happen needs time in which it could
		if n, err := r.Node(ctx, "a"); err != nil || n.Power != host.PowerOff {
			t.Errorf("a is %s: %v", n.Power, err)
		}
		r.must(r.PowerOn(ctx, "a"))
	})
}
