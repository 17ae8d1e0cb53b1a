package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	bootTimeout = 60 * time.Second // 3 s alone on two cores; builds may run beside it
	lunTimeout  = 10 * time.Second
	offTimeout  = 15 * time.Second // for each thing that must be gone; below Pacemaker's usual stonith-timeout of 60 s
)

// node is one node. Its power is changed by one at a time; its state can be read at any time.
type node struct {
	name  string
	index int
	image string // of its own disk; survives
	disk  string // where that is mounted
	root  string // the overlay
	dir   string
	nics  []nic
	// arbiter is the machine with the casting vote: no shared disks, no heartbeat.
	arbiter bool

	change  sync.Mutex // held while power or a cable changes; before state
	shapers map[string]*shaper

	state    sync.Mutex // guards what follows
	power    Power
	problem  string
	abort    context.CancelCauseFunc // ends a boot
	leader   Process                 // the node's init
	nspawn   *child
	luns     []*path
	cut      map[string]CutMode
	impaired map[string]Impairment
	side     int  // of a partition
	noMains  bool // its power was not switched off but has failed, and its management board's with it
	switched int  // how often somebody gave it power or took it
	booted   time.Duration
	boots    int
	mntns    string
	pidns    string
	devs     map[uint64]bool // file systems of the node's own, to find loop devices that it made on them
	fuses    []string        // minor numbers of FUSE connections it has mounted
}

func newNode(l Layout, name string, index int) *node {
	dir := l.nodeDir(name)
	return &node{
		name: name, index: index, dir: dir, image: filepath.Join(l.State, "nodes", name+".img"),
		disk: filepath.Join(dir, "disk"), root: filepath.Join(dir, "root"),
		power: PowerOff, cut: map[string]CutMode{}, impaired: map[string]Impairment{}, shapers: map[string]*shaper{},
	}
}

func (n *node) set(f func()) {
	n.state.Lock()
	defer n.state.Unlock()
	f()
}

// devDir holds the node's device files for its shared disks.
func (n *node) devDir() string { return filepath.Join(n.dir, "dev") }

func (n *node) mainsFailed() bool {
	n.state.Lock()
	defer n.state.Unlock()
	return n.noMains && n.power != PowerOn
}

// child is a process that the daemon started and reaps.
type child struct {
	Process
	done chan struct{} // closed when it has ended
	code int           // its exit status, when done is closed
}

// start starts a process of the sandbox in a session of its own, with its output in a log file.
func (h *Host) start(logName string, env []string, argv ...string) (*child, error) {
	path := filepath.Join(h.layout.logs(), logName+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = h.layout.environment(env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{Process: Process{PID: cmd.Process.Pid, Start: startTime(cmd.Process.Pid)}, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		_ = cmd.Wait()
		c.code = cmd.ProcessState.ExitCode()
	}()
	return c, nil
}

func (c *child) ended() bool {
	if c == nil {
		return true
	}
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func lookPath(name string) (string, error) { return exec.LookPath(name) }

func (n *node) switches() int {
	n.state.Lock()
	defer n.state.Unlock()
	return n.switched
}

// powerOn gives a node power and waits until its systemd says that it has booted. On a node that is on it does nothing.
func (h *Host) powerOn(ctx context.Context, n *node) error {
	n.set(func() { n.switched++ })
	n.change.Lock()
	defer n.change.Unlock()
	return h.powerOnLocked(ctx, n)
}

func (h *Host) powerOnLocked(ctx context.Context, n *node) error {
	if n.power == PowerOn && n.leader.Alive() {
		return nil
	}
	if n.power != PowerOff {
		if err := h.powerOffLocked(ctx, n); err != nil {
			return err
		}
	}
	begin := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n.set(func() { n.power, n.problem, n.abort, n.noMains = Booting, "", cancel, false })
	if err := h.boot(ctx, n); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		err = fmt.Errorf("power on %s: %w", n.name, err)
		h.log.Error("boot", "node", n.name, "err", err)
		// The caller's time may be over; taking apart what was built must not depend on it.
		return errors.Join(err, h.powerOffLocked(context.WithoutCancel(ctx), n))
	}
	n.set(func() { n.power, n.booted, n.abort = PowerOn, time.Since(begin), nil; n.boots++ })
	h.log.Info("on", "node", n.name, "after", time.Since(begin).Round(time.Millisecond))
	c := n.nspawn
	h.starts.Go(func() { h.watch(context.WithoutCancel(ctx), n, c) })
	return nil
}

// exitReboot is nspawn's exit status, under --keep-unit, for a container that wants to be started again.
const exitReboot = 133

// watch waits for the end of a node that nobody took the power from: it was shut down from within, or it reset itself, as a
// node does that lost quorum or its watchdog. Then the machine is off, or off and on again, as a real one.
func (h *Host) watch(ctx context.Context, n *node, c *child) {
	select {
	case <-c.done:
	case <-h.ending:
		return
	}
	n.change.Lock()
	defer n.change.Unlock()
	if n.nspawn != c || n.power != PowerOn {
		return
	}
	h.log.Info("the node ended by itself", "node", n.name, "status", c.code)
	if err := h.powerOffLocked(ctx, n); err != nil || c.code != exitReboot {
		return
	}
	_ = h.powerOnLocked(ctx, n) // logged there, and seen in the status
}

// restart boots a node that was reset, after its self-test; unless its power is switched before that is over.
func (h *Host) restart(ctx context.Context, n *node) {
	before := n.switches()
	select {
	case <-time.After(h.cfg.SelfTest):
	case <-h.ending:
		return
	}
	if n.switches() == before {
		_ = h.powerOn(ctx, n) // logged there, and seen in the status
	}
}

func (h *Host) boot(ctx context.Context, n *node) error {
	l := h.layout
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return err
	}
	if err := h.makeNodeNetwork(ctx, n); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	if err := h.mountRoot(ctx, n); err != nil {
		return err
	}
	if err := h.startPaths(ctx, n); err != nil {
		return fmt.Errorf("shared disks: %w", err)
	}
	if err := l.makeCgroup(n.name); err != nil {
		return err
	}
	notify := filepath.Join(n.dir, "notify")
	_ = os.Remove(notify)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()

	argv := []string{
		"systemd-nspawn", "--quiet", "--boot", "--directory=" + n.root, "--machine=" + l.Prefix() + "-" + n.name, "--hostname=" + n.name,
		"--register=no", "--keep-unit", "--settings=no", "--private-users=no", "--capability=all", "--notify-ready=yes", "--console=read-only",
		"--resolv-conf=off", "--timezone=off", "--link-journal=no", "--network-namespace-path=" + l.netns(n.name),
		"--bind=/dev/fuse", "--bind=/dev/loop-control",
		"--bind-ro=" + l.fenceDir() + ":" + fenceSocketDir, "--bind-ro=" + l.binary() + ":/usr/sbin/fence_sandbox",
	}
	if len(n.luns) > 0 {
		argv = append(argv, "--bind="+n.devDir()+":"+lunDevices, "--bind="+n.devDir()+":"+privateDevices)
	}
	if exists("/dev/net/tun") {
		argv = append(argv, "--bind=/dev/net/tun")
	}
	if h.cfg.Share != "" {
		argv = append(argv, "--bind-ro="+h.cfg.Share+":"+h.cfg.ShareAt)
	}
	argv = append(argv, "--", "systemd.log_target=journal")
	c, err := h.start(n.name, []string{"NOTIFY_SOCKET=" + notify, "SYSTEMD_NSPAWN_LOCK=0", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network"}, l.launchArgs(Launch{Cgroup: n.name, Mounts: Mounts{Only: n.name}, Argv: argv})...)
	if err != nil {
		return err
	}
	n.set(func() { n.nspawn = c })
	return h.waitReady(ctx, n, conn)
}

// waitReady reads nspawn's messages: first the PID of the node's init, then that the node has booted.
func (h *Host) waitReady(ctx context.Context, n *node, conn *net.UnixConn) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	go func() {
		select {
		case <-n.nspawn.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	buf := make([]byte, 4096)
	for {
		k, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("boot: %w; the end of its console: %s", err, tail(filepath.Join(h.layout.logs(), n.name+".log"), 5))
		}
		for _, line := range strings.Split(string(buf[:k]), "\n") {
			switch key, value, _ := strings.Cut(line, "="); key {
			case "X_NSPAWN_LEADER_PID":
				pid, err := strconv.Atoi(value)
				if err != nil {
					return fmt.Errorf("boot: leader %q: %w", value, err)
				}
				leader, err := FindProcess(pid)
				if err != nil {
					return fmt.Errorf("boot: %w", err)
				}
				n.set(func() { n.leader = leader })
				if err := makeLoopDevices(pid); err != nil {
					return fmt.Errorf("boot: %w", err)
				}
			case "READY":
				if value == "1" && n.leader.PID != 0 {
					n.set(func() { n.mntns, n.pidns = namespace(n.leader.PID, "mnt"), namespace(n.leader.PID, "pid") })
					return nil
				}
			}
		}
	}
}

func unixClient(socket string, limit time.Duration) *http.Client {
	return &http.Client{Timeout: limit, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
}

func call(ctx context.Context, c *http.Client, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://sandbox"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return errors.New(strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// powerOff takes a node's power: see powerOffLocked.
func (h *Host) powerOff(ctx context.Context, n *node) error {
	// A node that is booting loses its power like any other; it does not get to boot first.
	n.state.Lock()
	n.switched++
	if n.abort != nil {
		n.abort(errors.New("its power was taken while it booted"))
	}
	n.state.Unlock()
	n.change.Lock()
	defer n.change.Unlock()
	return h.powerOffLocked(ctx, n)
}

// powerOffLocked does to a node what a loss of power does, and returns nil only when nothing of it is left: its init,
// every task of its group, its mount namespace and its loop devices. A task that waits for a disk survives SIGKILL;
// then the node is stuck, and the next attempt goes on where this one ended.
//
// The order matters. First its cables go, so that nobody hears of what the node sees of its own end; a virtual IP answers for as
// long as its namespace has one. Then whatever serves a file system by FUSE in the node, which would otherwise see its disk
// fail and make something of that. Then the disk drops what was not flushed and takes nothing more, or the node's death
// would write it. Then its file systems stop, or the kernel would go on writing for a dead node. Only then its processes.
func (h *Host) powerOffLocked(ctx context.Context, n *node) error {
	if n.power == PowerOff {
		return nil
	}
	begin := time.Now()
	if err := h.cutPower(ctx, n); err != nil {
		err = fmt.Errorf("power off %s: %w", n.name, err)
		n.set(func() { n.power, n.problem = Stuck, err.Error() })
		h.log.Error("off", "node", n.name, "err", err)
		return err
	}
	n.set(func() {
		n.power, n.problem, n.abort, n.leader, n.nspawn = PowerOff, "", nil, Process{}, nil
		for _, p := range n.luns {
			p.server, p.loopDev = nil, ""
		}
		n.mntns, n.pidns, n.devs, n.fuses = "", "", nil, nil
	})
	h.log.Info("off", "node", n.name, "after", time.Since(begin).Round(time.Millisecond))
	return nil
}

func (h *Host) cutPower(ctx context.Context, n *node) error {
	l := h.layout
	var errs []error
	note := func(what string, err error) {
		if err != nil {
			h.log.Warn("while powering off", "node", n.name, "step", what, "err", err)
		}
	}
	// 1. Its cables.
	note("cables", h.unplug(ctx, n))
	// 2. Who serves file systems in it. The kernel keeps their mounts and loop devices, which are found by step 4.
	for _, pid := range inNamespace("pid", n.pidns) {
		if servesFUSE(pid) {
			note("FUSE server", killIf(pid, func() bool { return namespace(pid, "pid") == n.pidns }))
		}
	}
	// 3. Its disks.
	for _, p := range n.luns {
		if err := h.stopPath(ctx, n, p); err != nil {
			return err
		}
	}
	// 4. Its file systems.
	h.stopFileSystems(ctx, n, note)
	// 5. Its processes.
	if n.leader.PID != 0 {
		note("init", n.leader.Kill())
	}
	for _, pid := range inNamespace("pid", n.pidns) {
		note("tasks", killIf(pid, func() bool { return namespace(pid, "pid") == n.pidns }))
	}
	if n.nspawn != nil {
		// It ends with its init, having tidied up; its own end is forced only when it does not.
		if err := until(ctx, 2*time.Second, "end of nspawn", func() error { return pending(n.nspawn.ended(), "it runs") }); err != nil {
			note("nspawn", n.nspawn.Kill())
		}
	}
	// 6. What hangs on FUSE cannot die before its connection is gone.
	for _, minor := range n.fuses {
		abortFUSE(minor)
	}
	if err := l.killCgroup(ctx, n.name, offTimeout); err != nil {
		errs = append(errs, err)
	}
	for _, p := range n.luns {
		if p.server == nil {
			continue
		}
		note("LUN process", p.server.Kill())
		if err := until(ctx, offTimeout, "end of the LUN process", func() error { return pending(p.server.ended(), "it runs") }); err != nil {
			errs = append(errs, err)
		}
	}
	// 7. Nobody is left who could use its mounts.
	if err := until(ctx, offTimeout, "end of the mount namespace", func() error {
		pids := inNamespace("mnt", n.mntns)
		return pending(len(pids) == 0, fmt.Sprintf("held by processes %v", pids))
	}); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	// 8. Mounts and loop devices: a loop device holds the file below it, so the disk's own mount is the last.
	if err := until(ctx, offTimeout, "end of its mounts and loop devices", func() error {
		for _, dir := range []string{n.root, n.disk, n.devDir()} {
			if err := unmountBelow(dir); err != nil {
				return err
			}
		}
		for _, d := range append(l.loopsOf(n.name), loopsOn(n.devs)...) {
			if err := detachLoop(d.path); err != nil {
				return err
			}
		}
		if left := l.loopsOf(n.name); len(left) > 0 {
			return pending(false, fmt.Sprintf("still bound: %v", left))
		}
		for _, p := range n.luns {
			if err := unmountBelow(p.mount); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := l.removeNodeNetwork(ctx, n); err != nil {
		return err
	}
	return until(ctx, offTimeout, "removal of the group", func() error { return l.removeCgroup(n.name) })
}

func pending(done bool, what string) error {
	if done {
		return nil
	}
	return fmt.Errorf("%w: %s", errLater, what)
}

// stopFileSystems shuts down every file system on a loop device that the node has mounted, and its own disk; and notes
// what has to be cleared when it is dead.
func (h *Host) stopFileSystems(ctx context.Context, n *node, note func(string, error)) {
	if n.leader.Alive() {
		mounts, err := readMounts(fmt.Sprintf("/proc/%d/mountinfo", n.leader.PID))
		note("mounts", err)
		own, err := mountsBelow("/")
		note("mounts", err)
		host := map[string]bool{}
		for _, m := range own {
			if !below(m.point, n.dir) {
				host[m.dev] = true
			}
		}
		devs, done := map[uint64]bool{}, map[string]bool{}
		var fuses []string
		for _, m := range mounts {
			if host[m.dev] || done[m.dev] {
				continue
			}
			done[m.dev] = true
			var major, minor uint32
			if _, err := fmt.Sscanf(m.dev, "%d:%d", &major, &minor); err == nil {
				devs[unix.Mkdev(major, minor)] = true
			}
			if m.fuse() {
				fuses = append(fuses, m.minor())
			}
			if strings.HasPrefix(m.dev, "7:") {
				note("file system "+m.point, bounded(ctx, func() error {
					return shutdown(fmt.Sprintf("/proc/%d/root%s", n.leader.PID, m.point), m.dev)
				}))
			}
		}
		n.set(func() { n.devs, n.fuses = devs, fuses })
	}
	if mounts, err := mountsBelow(n.disk); err == nil && len(mounts) > 0 {
		note("own disk", bounded(ctx, func() error { return shutdown(n.disk, "") }))
	}
}

// bounded runs f, which may hang on a dead disk, for two seconds at most. f goes on, and ends when the disk's requests fail.
func bounded(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	t := time.NewTimer(2 * time.Second)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return errors.New("it hangs")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill sends SIGKILL to every process of this name in a node; with first only to those whose parent has another name,
// such as the postmaster among the processes of PostgreSQL. It returns how many it killed.
func (h *Host) Kill(name, process string, first bool) (int, error) {
	n, err := h.node(name)
	if err != nil {
		return 0, err
	}
	n.state.Lock()
	leader, pidns := n.leader, n.pidns
	n.state.Unlock()
	if !leader.Alive() {
		return 0, fmt.Errorf("%s is off", name)
	}
	// All are found before the first dies: its children get another parent, or end, at that moment.
	same := func(pid int) bool { return namespace(pid, "pid") == pidns && comm(pid) == process }
	var found []Process
	for _, pid := range inNamespace("pid", pidns) {
		if pid != leader.PID && same(pid) && (!first || comm(parent(pid)) != process) {
			found = append(found, Process{PID: pid, Start: startTime(pid)})
		}
	}
	killed := 0
	for _, p := range found {
		if !p.Alive() {
			continue
		}
		if err := killIf(p.PID, func() bool { return p.Alive() && same(p.PID) }); err != nil {
			return killed, err
		}
		killed++
	}
	if killed == 0 {
		return 0, fmt.Errorf("no process %q on %s", process, name)
	}
	return killed, nil
}
