// Package sandbox gives tests and people real nodes on one machine: systemd in containers, each with its own networks,
// its own disk, a path to a shared disk that can be hurt, and a fence device that takes its power away for real.
//
// A Sandbox is a client of the daemon that Up starts. Its verbs may be used by several processes at once.
package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hawser/e2e/sandbox/host"
	"hawser/e2e/sandbox/lun"
)

// Types of the daemon that callers see.
type (
	Status        = host.Status
	NodeStatus    = host.NodeStatus
	CutMode       = host.CutMode
	FenceMode     = host.FenceMode
	Impairment    = host.Impairment
	Fault         = lun.Fault
	Overlap       = lun.Overlap
	JournalRecord = lun.Record
)

// How a connection is cut, and the modes of disk and fence device.
const (
	Pulled = host.Pulled // the card sees no carrier, as with a cable out of its socket
	Silent = host.Silent // the card sees a carrier, and nothing arrives, as with a dead switch
	In     = host.In     // what would arrive at the node is lost
	Out    = host.Out    // what the node sends is lost

	LUNOK   = lun.OK
	LUNFail = lun.Err
	LUNHang = lun.Hang
	LUNSlow = lun.Slow
	LUNGone = lun.Mode("gone") // requests fail, and the device file is not there

	FenceOK    = "ok"
	FenceFail  = "fail"
	FenceHang  = "hang"
	FenceSlow  = "slow"
	FenceLie   = "lie"
	FenceBoard = "board" // dies with its node's power
)

// Device is the first shared disk in a node.
const Device = "/dev/hawser/lun0"

// PrivateDevice is the disk that each node has for itself, where there are such.
const PrivateDevice = host.PrivateDevice

// Arbiter is the name of the machine with the casting vote, where there is one. Verbs take it where they take a node.
const Arbiter = host.Arbiter

// Defaults of Options.
const (
	DefaultInstance = host.DefaultInstance
	defaultDisk     = 2 << 30
	defaultNodeDisk = 4 << 30
	defaultLinks    = 2
	defaultLUNs     = 1
)

// Times within which a verb must be done; one that takes longer has failed.
const (
	startTimeout = 10 * time.Second
	verbTimeout  = 3 * time.Minute
	stopTimeout  = 2 * time.Minute
)

// ErrDown is the error of a verb on a sandbox that is not up.
var ErrDown = errors.New("the sandbox is down")

// Options say what the sandbox is built from. Zero values mean what an earlier Up said, or the default.
type Options struct {
	Instance int           // the second number of its addresses and part of all its names; 213
	Nodes    []string      // n1, n2, n3
	Share    string        // FOLDER or FOLDER:WHERE, which every node sees, read-only; none. WHERE is /opt/hawser
	Disk     int64         // bytes of the shared disk; 2 GiB, of which only what is written takes space
	NodeDisk int64         // bytes of each node's own disk; 4 GiB
	Private  int64         // bytes of a disk that each node has for itself, PrivateDevice; none. It loses with the power what was not flushed
	Links    int           // number of heartbeat networks, 1 to 7; 2
	LUNs     int           // number of shared disks, 1 to 8; 1. The further ones have 64 MiB each
	IPv6     bool          // addresses of both kinds in all networks
	Arbiter  bool          // a machine beside the nodes for a quorum device
	SelfTest time.Duration // from a reset by a fence device until the node boots; 0, where a real machine needs a minute
	Binary   string        // the program sandbox; this program, if its name is sandbox
	Log      io.Writer     // a line for each step; nowhere
}

// Sandbox is a set of real nodes.
type Sandbox struct {
	opt    Options
	layout host.Layout
}

// New returns a Sandbox; nothing is started.
func New(opt Options) (*Sandbox, error) {
	layout, err := host.NewLayout(opt.Instance)
	if err != nil {
		return nil, err
	}
	if opt.Log == nil {
		opt.Log = io.Discard
	}
	return &Sandbox{opt: opt, layout: layout}, nil
}

// Layout holds the names and addresses.
func (s *Sandbox) Layout() host.Layout { return s.layout }

func (s *Sandbox) say(format string, args ...any) { fmt.Fprintf(s.opt.Log, format+"\n", args...) }

// config is what Up shall build, and whether an earlier Up said something else.
func (s *Sandbox) config() (cfg host.Config, changed bool, err error) {
	old, err := s.layout.ReadConfig()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return cfg, false, err
	}
	cfg = old
	if len(s.opt.Nodes) > 0 {
		cfg.Nodes = s.opt.Nodes
	}
	if len(cfg.Nodes) == 0 {
		cfg.Nodes = []string{"n1", "n2", "n3"}
	}
	if s.opt.Share != "" {
		dir, at, ok := strings.Cut(s.opt.Share, ":")
		if !ok {
			at = "/opt/hawser"
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return cfg, false, err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return cfg, false, err
		}
		cfg.Share, cfg.ShareAt = dir, at
	}
	for _, d := range []struct {
		field        *int64
		want, orElse int64
	}{{&cfg.Disk, s.opt.Disk, defaultDisk}, {&cfg.NodeDisk, s.opt.NodeDisk, defaultNodeDisk}} {
		if d.want != 0 {
			*d.field = d.want
		}
		if *d.field == 0 {
			*d.field = d.orElse
		}
	}
	for _, d := range []struct {
		field        *int
		want, orElse int
	}{{&cfg.Links, s.opt.Links, defaultLinks}, {&cfg.LUNs, s.opt.LUNs, defaultLUNs}} {
		if d.want != 0 {
			*d.field = d.want
		}
		if *d.field == 0 {
			*d.field = d.orElse
		}
	}
	if s.opt.Private != 0 {
		cfg.Private = s.opt.Private
	}
	if s.opt.SelfTest != 0 {
		cfg.SelfTest = s.opt.SelfTest
	}
	cfg.IPv6, cfg.Arbiter = cfg.IPv6 || s.opt.IPv6, cfg.Arbiter || s.opt.Arbiter
	if err := cfg.Validate(); err != nil {
		return cfg, false, err
	}
	return cfg, !reflect.DeepEqual(old, cfg), nil
}

// Up brings all nodes up and waits until they have booted. On a sandbox that is up and well it does nothing; a node without
// power gets it. What a crash, or a reboot of the machine, left of an earlier one is cleared first; disks survive that.
func (s *Sandbox) Up(ctx context.Context) error {
	if err := host.Preflight(); err != nil {
		return err
	}
	unlock, err := s.layout.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	cfg, changed, err := s.config()
	if err != nil {
		return err
	}
	if _, err := s.Status(ctx); err == nil {
		if changed {
			return errors.New("the sandbox is up with other nodes, another share, other networks or other disks: take it down first")
		}
	} else if err := s.startDaemon(ctx, cfg); err != nil {
		return err
	}
	booting := strings.Join(cfg.Nodes, ", ")
	if cfg.Arbiter {
		booting += " and " + Arbiter
	}
	s.say("booting %s", booting)
	if err := s.do(ctx, host.Command{Verb: "up"}, nil); err != nil {
		return err
	}
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	for _, n := range st.Nodes {
		if n.Power != host.PowerOn {
			return fmt.Errorf("%s is %s: %s", n.Name, n.Power, n.Problem)
		}
		s.say("%s is on, booted in %.1f s", n.Name, n.Booted.Seconds())
	}
	return nil
}

func (s *Sandbox) startDaemon(ctx context.Context, cfg host.Config) error {
	left, err := s.layout.FindLeft()
	if err != nil {
		return err
	}
	if !left.Empty() {
		s.say("clearing what an earlier run left: %s", left)
		if err := s.layout.Clear(ctx); err != nil {
			return fmt.Errorf("clear what an earlier run left: %w", err)
		}
	}
	binary, err := s.binary()
	if err != nil {
		return err
	}
	if err := s.layout.WriteConfig(cfg); err != nil {
		return err
	}
	if err := s.layout.CopyBinary(binary); err != nil {
		return err
	}
	logDir := filepath.Join(s.layout.State, "log")
	if err := os.MkdirAll(logDir, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(logDir, "daemon.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// What this process holds open by accident must not stay open for as long as the sandbox runs: somebody may wait for its end.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil && !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EINVAL) {
		return err
	}
	argv := s.layout.LaunchArgs(host.Launch{Mounts: host.Mounts{New: true}, Argv: []string{s.layout.Binary(), "daemon", fmt.Sprintf("--instance=%d", s.layout.Instance)}})
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = s.layout.Environment()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return Until(ctx, startTimeout, "the sandbox's daemon", func(ctx context.Context) error {
		select {
		case err := <-ended:
			raw, _ := os.ReadFile(log.Name())
			ended <- err
			return fmt.Errorf("it has ended (%w): %s", err, lastLines(string(raw), 3))
		default:
		}
		_, err := s.Status(ctx)
		return err
	})
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (s *Sandbox) binary() (string, error) {
	if s.opt.Binary != "" {
		return s.opt.Binary, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if filepath.Base(self) == "sandbox" {
		return self, nil
	}
	if beside := filepath.Join(filepath.Dir(self), "sandbox"); exists(beside) {
		return beside, nil
	}
	return "", errors.New("the program sandbox is not known: give it in Options.Binary")
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// Down ends everything and leaves no process, mount, namespace, interface, loop device or control group; the disks go, too,
// unless keep says otherwise.
func (s *Sandbox) Down(ctx context.Context, keep bool) error {
	unlock, err := s.layout.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	// The daemon is not asked: everything dies at once, and by the same path as after a crash, which is thereby tried daily.
	if err := s.layout.Clear(ctx); err != nil {
		return err
	}
	if keep {
		return nil
	}
	return s.layout.RemoveState()
}

// Left lists what the sandbox has on this machine; after Down that is nothing.
func (s *Sandbox) Left() (host.Left, error) { return s.layout.FindLeft() }

// client talks to one of the sandbox's sockets.
func client(socket string, limit time.Duration) *http.Client {
	return &http.Client{Timeout: limit, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
}

func call(ctx context.Context, c *http.Client, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://sandbox"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrDown
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return errors.New(strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

func (s *Sandbox) do(ctx context.Context, c host.Command, out *host.Answer) error {
	var ans host.Answer
	if err := call(ctx, client(s.layout.ControlSocket(), verbTimeout), http.MethodPost, "/do", c, &ans); err != nil {
		return err
	}
	if out != nil {
		*out = ans
	}
	return nil
}

// Status returns what is known; ErrDown where there is no sandbox.
func (s *Sandbox) Status(ctx context.Context) (Status, error) {
	var st Status
	err := call(ctx, client(s.layout.ControlSocket(), 10*time.Second), http.MethodGet, "/status", nil, &st)
	return st, err
}

// Node returns what is known of one node.
func (s *Sandbox) Node(ctx context.Context, name string) (NodeStatus, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return NodeStatus{}, err
	}
	for _, n := range st.Nodes {
		if n.Name == name {
			return n, nil
		}
	}
	return NodeStatus{}, fmt.Errorf("no node %q", name)
}

// PowerOff takes a node's power: what it had not flushed is lost, and when PowerOff returns nil nothing of it is left.
// A task that hangs on a dead disk can prevent that; then it is an error, and a later PowerOff tries again.
func (s *Sandbox) PowerOff(ctx context.Context, node string) error {
	return s.do(ctx, host.Command{Verb: "poweroff", Node: node}, nil)
}

// PowerOn gives a node power and waits until it has booted. Its own disk is as the loss of power left it.
func (s *Sandbox) PowerOn(ctx context.Context, node string) error {
	return s.do(ctx, host.Command{Verb: "poweron", Node: node}, nil)
}

// Kill sends SIGKILL to every process of exactly this name on a node and returns how many there were; none is an error.
func (s *Sandbox) Kill(ctx context.Context, node, process string) (int, error) {
	var ans host.Answer
	err := s.do(ctx, host.Command{Verb: "kill", Node: node, What: process}, &ans)
	return ans.Count, err
}

// KillFirst is Kill for those only whose parent has another name: of PostgreSQL's processes, the postmaster.
func (s *Sandbox) KillFirst(ctx context.Context, node, process string) (int, error) {
	var ans host.Answer
	err := s.do(ctx, host.Command{Verb: "kill", Node: node, What: process, First: true}, &ans)
	return ans.Count, err
}

// FillDisk takes all the space of a node's own disk.
func (s *Sandbox) FillDisk(ctx context.Context, node string) error {
	return s.do(ctx, host.Command{Verb: "fill-disk", Node: node}, nil)
}

// FreeDisk gives it back.
func (s *Sandbox) FreeDisk(ctx context.Context, node string) error {
	return s.do(ctx, host.Command{Verb: "free-disk", Node: node}, nil)
}

// SetFenceDevice changes how the first fence device behaves, for one node or, with "", for all.
func (s *Sandbox) SetFenceDevice(ctx context.Context, node string, m FenceMode) error {
	return s.SetFenceDeviceNumber(ctx, 1, node, m)
}

// SetFenceDeviceNumber is SetFenceDevice for any of the fence devices, 1 to 3.
func (s *Sandbox) SetFenceDeviceNumber(ctx context.Context, device int, node string, m FenceMode) error {
	return s.do(ctx, host.Command{Verb: "fence-device", Device: strconv.Itoa(device), Node: node, What: m.Mode, Delay: m.Delay}, nil)
}

// Enter is a command line that runs a command in a node, for those who start it themselves.
func (s *Sandbox) Enter(ctx context.Context, node string, argv ...string) ([]string, error) {
	n, err := s.Node(ctx, node)
	if err != nil {
		return nil, err
	}
	if !n.Leader.Alive() {
		return nil, fmt.Errorf("%s is off", node)
	}
	return append([]string{s.layout.Binary(), "launch", fmt.Sprintf("--instance=%d", s.layout.Instance), fmt.Sprintf("--enter=%s:%d", node, n.Leader.PID), "--"}, argv...), nil
}

// Exec runs a command in a node and returns what it wrote to standard output. Nothing of the caller's environment goes with it.
func (s *Sandbox) Exec(ctx context.Context, node string, argv ...string) (string, error) {
	return s.ExecInput(ctx, node, nil, argv...)
}

// ExecInput is Exec with standard input.
func (s *Sandbox) ExecInput(ctx context.Context, node string, stdin io.Reader, argv ...string) (string, error) {
	enter, err := s.Enter(ctx, node, argv...)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, enter[0], enter[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return stdout.String(), fmt.Errorf("%s: %s: %w: %s", node, strings.Join(argv, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Rest is how long to wait before something is asked again that took so long to ask: whoever waits must not take the processors from what is
// waited for.
func Rest(asked time.Duration) time.Duration {
	return min(max(50*time.Millisecond, 3*asked), time.Second)
}

// Until asks again until cond returns nil, ctx ends, or the time is over; the error says what was last missing.
func Until(ctx context.Context, limit time.Duration, what string, cond func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		begun := time.Now()
		err := cond(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, err)
		case <-time.After(Rest(time.Since(begun))):
		}
	}
}
