package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cause says how a machine came to its end.
type Cause string

// The causes. A watchdog's reset is told from others by what the kernel prints, since QEMU sees in both the same line pulled.
const (
	PowerOff Cause = "power off"      // the guest switched itself off
	Reset    Cause = "reset"          // the guest reset itself: sysrq, reboot
	Watchdog Cause = "watchdog reset" // softdog was not fed
	Panic    Cause = "panic"          // the guest's kernel gave up; it resets itself, too
	Killed   Cause = "killed"         // by Kill
	Broken   Cause = "qemu ended"     // of what a guest cannot do: a fault of this package
)

// End is the end of one run of a machine, from power on to power off or reset.
type End struct {
	Cause Cause
	At    time.Time
	Last  string // of the console
}

// What a kernel prints as its last words. Source: drivers/watchdog/softdog.c, drivers/tty/sysrq.c, kernel/panic.c of Linux 6.1.
var lastWords = []struct {
	text  string
	cause Cause
}{
	{"softdog: Initiating system reboot", Watchdog},
	{"Kernel panic - not syncing", Panic},
}

// Machine is a virtual machine. A machine that resets itself comes up again, as hardware does, until Hold says not to.
type Machine struct {
	rig    *Rig
	name   string
	number int // last number of its addresses
	dir    string

	mu    sync.Mutex // guards what follows
	run   *run       // nil while it is off
	paths []*path
	hold  bool
	ends  []End
	seen  int64 // how much of the console belongs to earlier runs
	cut   map[int]bool
}

// run is one process of QEMU.
type run struct {
	cmd    *exec.Cmd
	qmp    *monitor
	mu     sync.Mutex // guards reason
	reason string     // of SHUTDOWN
	killed bool       // guarded by Machine.mu
	gone   chan struct{}
	shell  *shell
}

func (m *Machine) file(name string) string { return filepath.Join(m.dir, name) }

// Console is the file that its serial console goes to, through all its runs.
func (m *Machine) Console() string { return m.file("console") }

// prepare makes the machine's own disk, over the common image, and its network devices.
func (m *Machine) prepare(ctx context.Context) error {
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return err
	}
	if _, err := command(ctx, nil, "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", filepath.Join(m.rig.opt.Image, "root.img"), m.file("root.qcow2")); err != nil {
		return err
	}
	if err := m.stores(); err != nil {
		return err
	}
	for n := range m.rig.opt.Networks {
		for _, argv := range [][]string{
			{"tuntap", "add", "dev", m.tap(n), "mode", "tap"},
			{"link", "set", m.tap(n), "master", bridge(n), "up"},
		} {
			if _, err := command(ctx, nil, "ip", argv...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Machine) tap(network int) string { return fmt.Sprintf("%s-%d", m.name, network) }

func (m *Machine) argv() []string {
	r := m.rig.opt
	// quiet leaves what is critical: the last words of a watchdog.
	line := "console=ttyS0 quiet net.ifnames=0 mitigations=off nokaslr tsc=reliable random.trust_cpu=on no_timer_check panic=-1 rw vm.name=" + m.name
	argv := []string{
		"-machine", "q35", "-accel", "tcg,thread=multi,tb-size=128", "-cpu", "qemu64", "-smp", "1", "-m", fmt.Sprint(r.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-action", "reboot=shutdown,panic=shutdown,watchdog=reset",
		"-chardev", "file,id=console,append=on,path=" + m.Console(), "-serial", "chardev:console",
		"-qmp", "unix:" + m.file("qmp") + ",server=on,wait=off", "-device", "virtio-rng-pci",
		"-kernel", filepath.Join(r.Image, "vmlinuz"), "-initrd", filepath.Join(r.Image, "initrd.img"),
		"-drive", "if=none,id=root,format=qcow2,cache=unsafe,file=" + m.file("root.qcow2"), "-device", "virtio-blk-pci,drive=root",
		"-drive", "if=none,id=programs,format=raw,readonly=on,file.locking=off,file=" + m.rig.programsImage(), "-device", "virtio-blk-pci,drive=programs,serial=programs",
	}
	for i, p := range m.paths {
		id := fmt.Sprintf("lun%d", i)
		argv = append(argv,
			"-drive", "if=none,id="+id+",format=raw,cache=none,werror=report,rerror=report,file.locking=off,file="+p.file(),
			"-device", "virtio-blk-pci,share-rw=on,drive="+id+",serial="+id)
	}
	for n := range r.Networks {
		id := fmt.Sprintf("net%d", n)
		argv = append(argv,
			"-netdev", "tap,script=no,downscript=no,id="+id+",ifname="+m.tap(n),
			"-device", fmt.Sprintf("virtio-net-pci,netdev=%s,id=nic%d,mac=52:54:00:00:%02x:%02x", id, n, n, m.number))
		line += fmt.Sprintf(" vm.net=eth%d,%s/24", n, m.rig.address(n, m.number))
	}
	return append(argv, "-append", line)
}

// Start switches the machine on and waits until it answers.
func (m *Machine) Start(ctx context.Context) error {
	if err := m.start(ctx); err != nil {
		return err
	}
	return m.WaitUp(ctx)
}

func (m *Machine) start(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.run != nil {
		return nil
	}
	m.hold = false
	for i := range m.rig.opt.Disks {
		p, err := m.attach(ctx, i)
		if err != nil {
			detachAll(m.paths)
			m.paths = nil
			return err
		}
		m.paths = append(m.paths, p)
	}
	_ = os.Remove(m.file("qmp"))
	var complaints bytes.Buffer
	cmd := exec.Command("qemu-system-x86_64", m.argv()...)
	cmd.Stdout, cmd.Stderr = &complaints, &complaints
	if err := cmd.Start(); err != nil {
		detachAll(m.paths)
		m.paths = nil
		return err
	}
	now := &run{cmd: cmd, gone: make(chan struct{})}
	now.shell = newShell(m)
	go func() {
		err := cmd.Wait()
		m.ended(now, err, complaints.String())
	}()
	err := until(ctx, stepTimeout, "QEMU's monitor of "+m.name, func() (bool, error) {
		select {
		case <-now.gone:
			return true, nil
		default:
		}
		q, err := dialMonitor(ctx, m.file("qmp"), func(e event) {
			if e.Name == "SHUTDOWN" {
				now.mu.Lock()
				now.reason = e.Data.Reason
				now.mu.Unlock()
			}
		})
		if err == nil {
			now.qmp = q
		}
		return err == nil, err
	})
	if err == nil && now.qmp == nil {
		err = errors.New("QEMU has ended at once: " + strings.TrimSpace(complaints.String()))
	}
	if err != nil {
		_ = cmd.Process.Kill()
		<-now.gone
		detachAll(m.paths)
		m.paths = nil
		return err
	}
	m.run = now
	for network, cut := range m.cut {
		if err := m.setLink(ctx, network, !cut); err != nil {
			return err
		}
	}
	return nil
}

// ended takes note of the end of a process of QEMU, and starts another where the guest has reset itself.
func (m *Machine) ended(was *run, err error, complaints string) {
	at := time.Now()
	close(was.gone)
	m.mu.Lock()
	if m.run != was { // it never came up; Start tells why
		m.mu.Unlock()
		return
	}
	paths := m.paths
	m.run, m.paths = nil, nil
	detachAll(paths)
	was.shell.close()
	was.qmp.close() // the last event has been read when this returns
	was.mu.Lock()
	end := m.end(was.reason, was.killed, at)
	was.mu.Unlock()
	if end.Cause == Broken {
		end.Last = fmt.Sprintf("%v: %s: %s", err, was.reason, strings.TrimSpace(complaints))
	}
	m.ends = append(m.ends, end)
	again := !m.hold && (end.Cause == Reset || end.Cause == Watchdog || end.Cause == Panic)
	m.mu.Unlock()
	m.rig.say("%s: %s", m.name, end.Cause)
	if again {
		if err := m.start(context.Background()); err != nil {
			m.rig.say("%s: does not start again: %v", m.name, err)
		}
	}
}

// end judges by what QEMU told and by what the console shows since the run before. It is called with the lock held.
func (m *Machine) end(reason string, killed bool, at time.Time) End {
	all, _ := os.ReadFile(m.Console()) // a machine that printed nothing has no last words
	text := string(all[min(m.seen, int64(len(all))):])
	m.seen = int64(len(all))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	end := End{At: at, Last: strings.Join(lines[max(0, len(lines)-12):], "\n"), Cause: Broken}
	switch {
	case killed:
		end.Cause = Killed
	case reason == "guest-shutdown":
		end.Cause = PowerOff
	case reason == "guest-reset" || reason == "guest-panic":
		end.Cause = Reset
		for _, w := range lastWords {
			if strings.Contains(text, w.text) {
				end.Cause = w.cause
				break
			}
		}
	}
	return end
}

// WaitUp waits until the machine answers.
func (m *Machine) WaitUp(ctx context.Context) error {
	return until(ctx, bootTimeout, "boot of "+m.name, func() (bool, error) {
		_, err := m.Exec(ctx, nil, "true")
		return err == nil, err
	})
}

// Running says whether it has power.
func (m *Machine) Running() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.run != nil
}

// Ends returns the ends of its runs since a time, oldest first.
func (m *Machine) Ends(since time.Time) []End {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.ends), func(e End) bool { return e.At.Before(since) })
}

// WaitEnd waits for the first end of a run after a time.
func (m *Machine) WaitEnd(ctx context.Context, since time.Time, within time.Duration) (End, error) {
	var end End
	err := until(ctx, within, "end of "+m.name, func() (bool, error) {
		ends := m.Ends(since)
		if len(ends) > 0 {
			end = ends[0]
		}
		return len(ends) > 0, nil
	})
	return end, err
}

// Kill takes its power, and leaves it off.
func (m *Machine) Kill(ctx context.Context) error {
	m.mu.Lock()
	m.hold = true
	now := m.run
	if now == nil {
		m.mu.Unlock()
		return nil
	}
	now.killed = true
	err := now.cmd.Process.Kill()
	m.mu.Unlock()
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return until(ctx, stepTimeout, "end of QEMU of "+m.name, func() (bool, error) { return !m.Running(), nil })
}

// CutLink unplugs a network's cable, or plugs it in again; it stays so when the machine is off and on again.
func (m *Machine) CutLink(ctx context.Context, network int, cut bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut == nil {
		m.cut = map[int]bool{}
	}
	m.cut[network] = cut
	if m.run == nil {
		return nil
	}
	return m.setLink(ctx, network, !cut)
}

func (m *Machine) setLink(ctx context.Context, network int, up bool) error {
	return m.run.qmp.do(ctx, "set_link", map[string]any{"name": fmt.Sprintf("nic%d", network), "up": up})
}
