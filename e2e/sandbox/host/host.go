package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hawser/e2e/sandbox/lun"
)

// Config is what a sandbox is built from. It is kept in the state folder.
type Config struct {
	Nodes    []string `json:"nodes"`
	Share    string   `json:"share"`    // folder of the host that every node sees
	ShareAt  string   `json:"shareAt"`  // where
	Disk     int64    `json:"disk"`     // bytes of the first shared disk
	LUNs     int      `json:"luns"`     // number of shared disks; all but the first have LUNSize
	NodeDisk int64    `json:"nodeDisk"` // bytes of each node's own disk
	Private  int64    `json:"private"`  // bytes of a further disk that each node has for itself; none
	Links    int      `json:"links"`    // number of heartbeat networks
	IPv6     bool     `json:"ipv6"`     // addresses of both kinds
	Arbiter  bool     `json:"arbiter"`  // there is one
	// SelfTest is how long a node that was reset is busy with itself before it boots, as the firmware of a real machine is.
	SelfTest time.Duration `json:"selfTest"`
}

// maxSelfTest is more than servers with much memory need.
const maxSelfTest = 10 * time.Minute

// LUNSize is the size of every shared disk but the first: enough for heartbeats and SBD.
const LUNSize = 64 << 20

func (c Config) lunSize(lun int) int64 {
	switch lun {
	case 0:
		return c.Disk
	case c.LUNs: // behind the shared ones
		return c.Private
	}
	return LUNSize
}

// Validate refuses what cannot be built.
func (c Config) Validate() error {
	if len(c.Nodes) == 0 || len(c.Nodes) > maxNodes {
		return fmt.Errorf("%d nodes: must be from 1 to %d", len(c.Nodes), maxNodes)
	}
	if c.Links < 1 || c.Links > maxLinks {
		return fmt.Errorf("%d heartbeat links: must be from 1 to %d", c.Links, maxLinks)
	}
	if c.LUNs < 1 || c.LUNs > maxLUNs {
		return fmt.Errorf("%d shared disks: must be from 1 to %d", c.LUNs, maxLUNs)
	}
	if c.Private < 0 || c.Private%4096 != 0 {
		return fmt.Errorf("a private disk of %d bytes: must be a multiple of 4096", c.Private)
	}
	if c.SelfTest < 0 || c.SelfTest > maxSelfTest {
		return fmt.Errorf("a self-test of %s: must be from 0 to %s", c.SelfTest, maxSelfTest)
	}
	seen := map[string]bool{}
	for _, n := range c.Nodes {
		if !nodeName.MatchString(n) || n == fabric || n == client || n == Arbiter || n == "mgmt" {
			return fmt.Errorf("node name %q: must be a small letter and up to six small letters and digits", n)
		}
		if seen[n] {
			return fmt.Errorf("node name %q is given twice", n)
		}
		seen[n] = true
	}
	if c.Share != "" {
		if st, err := os.Stat(c.Share); err != nil || !st.IsDir() {
			return fmt.Errorf("share %q: not a folder", c.Share)
		}
	}
	return nil
}

func (l Layout) configFile() string { return filepath.Join(l.State, "config.json") }

// ReadConfig returns the configuration of the last Up, os.ErrNotExist where there was none.
func (l Layout) ReadConfig() (Config, error) {
	var c Config
	raw, err := os.ReadFile(l.configFile())
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(raw, &c)
}

// WriteConfig keeps the configuration.
func (l Layout) WriteConfig(c Config) error {
	if err := os.MkdirAll(l.State, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(l.configFile(), append(raw, '\n'))
}

func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Power is whether a node runs.
type Power string

// Stuck is a node that was to be powered off and is not gone: fencing it has failed.
const (
	PowerOff Power = "off"
	Booting  Power = "booting"
	PowerOn  Power = "on"
	Stuck    Power = "stuck"
)

// Host is the sandbox as the daemon holds it.
type Host struct {
	layout Layout
	cfg    Config
	nodes  []*node // the arbiter is the last
	fences *fenceDevices
	log    *slog.Logger

	sides map[string]bool // switches that a partition has needed; under all nodes' change

	mu      sync.Mutex // guards up
	up      bool
	starts  sync.WaitGroup // boots and watches that nobody waits for by name
	started time.Time
	ending  chan struct{} // closed when the daemon ends
}

// New returns the sandbox of a configuration; nothing is built yet.
func New(layout Layout, cfg Config, log *slog.Logger) (*Host, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Host{layout: layout, cfg: cfg, log: log, started: time.Now(), sides: map[string]bool{}, ending: make(chan struct{})}
	for i, name := range cfg.Nodes {
		n := newNode(layout, name, i+1)
		n.nics = cfg.nics(false)
		for i := range cfg.LUNs {
			n.luns = append(n.luns, newPath(layout, n, i))
		}
		if cfg.Private > 0 {
			n.luns = append(n.luns, newPrivate(layout, n, cfg.LUNs))
		}
		h.nodes = append(h.nodes, n)
	}
	if cfg.Arbiter {
		n := newNode(layout, Arbiter, arbiterIndex)
		n.nics, n.arbiter = cfg.nics(true), true
		h.nodes = append(h.nodes, n)
	}
	h.fences = newFenceDevices()
	return h, nil
}

// members are the machines that can be nodes of a cluster: all but the arbiter.
func (h *Host) members() []*node {
	if h.cfg.Arbiter {
		return h.nodes[:len(h.nodes)-1]
	}
	return h.nodes
}

func (h *Host) node(name string) (*node, error) {
	for _, n := range h.nodes {
		if n.name == name {
			return n, nil
		}
	}
	return nil, fmt.Errorf("no node %q", name)
}

// Preflight says why this machine cannot run a sandbox.
func Preflight() error {
	if os.Geteuid() != 0 {
		return errors.New("real nodes need root")
	}
	for _, f := range []string{"/dev/fuse", "/dev/loop-control"} {
		if !exists(f) {
			return fmt.Errorf("%s is missing", f)
		}
	}
	for _, p := range []string{"systemd-nspawn", "ip", "nsenter", "unshare", "mkfs.ext4"} {
		if _, err := lookPath(p); err != nil {
			return fmt.Errorf("%s is missing: install systemd-container, iproute2, util-linux and e2fsprogs", p)
		}
	}
	mounts, err := readMounts("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.point == "/usr" || m.point == "/etc" || m.point == "/var" {
			return fmt.Errorf("%s is a file system of its own; nodes are overlays of one root file system", m.point)
		}
	}
	return nil
}

// build makes what all nodes share.
func (h *Host) build(ctx context.Context) error {
	for _, d := range []string{h.layout.Run, h.layout.State, h.layout.logs(), h.layout.fenceDir()} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(h.layout.State, 0o700); err != nil {
		return err
	}
	for _, n := range h.members() {
		for i, p := range n.luns {
			if f, err := os.OpenFile(p.store, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
				return err
			} else if err := errors.Join(f.Truncate(h.cfg.lunSize(i)), f.Close()); err != nil {
				return err
			}
		}
	}
	if err := h.layout.makeNetworks(ctx, h.cfg); err != nil {
		return fmt.Errorf("networks: %w", err)
	}
	return nil
}

// Up builds what is not there and gives power to every node that has none.
func (h *Host) Up(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.up {
		if err := h.build(ctx); err != nil {
			return err
		}
		h.up = true
	}
	errs := make([]error, len(h.nodes))
	var wg sync.WaitGroup
	for i, n := range h.nodes {
		wg.Go(func() { errs[i] = h.powerOn(ctx, n) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// CopyBinary puts the sandbox's own program where daemon, LUN processes and nodes take it from: a build
// beside a running sandbox must not change it.
func (l Layout) CopyBinary(from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(l.binary()), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(l.binary()+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(l.binary()+".new", l.binary())
}

// Binary is the copy that runs.
func (l Layout) Binary() string { return l.binary() }

// Environment is that of a process that belongs to the sandbox.
func (l Layout) Environment() []string { return l.environment() }

// LaunchArgs is a command line that starts a program inside of the sandbox.
func (l Layout) LaunchArgs(p Launch) []string { return l.launchArgs(p) }

// LUNStatus is a node's path to one shared disk.
type LUNStatus struct {
	Loop  string      `json:"loop,omitempty"` // on the host
	Fault lun.Fault   `json:"fault"`
	LUN   *lun.Status `json:"lun,omitempty"`
}

// NodeStatus is what is known of a node.
type NodeStatus struct {
	Name       string                `json:"name"`
	Arbiter    bool                  `json:"arbiter,omitempty"` // no node, but the machine with the casting vote
	Power      Power                 `json:"power"`
	Problem    string                `json:"problem,omitempty"` // why it is stuck
	Leader     Process               `json:"leader"`            // its init, as the host sees it
	Booted     time.Duration         `json:"booted,omitempty"`  // how long the last boot took
	Addresses  map[string]string     `json:"addresses"`
	Addresses6 map[string]string     `json:"addresses6,omitempty"`
	Cut        map[string]CutMode    `json:"cut,omitempty"`
	Impaired   map[string]Impairment `json:"impaired,omitempty"`
	Side       int                   `json:"side,omitempty"` // of a partition; 0 without one
	Loop       string                `json:"loop,omitempty"` // the first shared disk on the host
	LUN        *lun.Status           `json:"lun,omitempty"`
	LUNFault   lun.Fault             `json:"lunFault"`
	LUNs       []LUNStatus           `json:"luns,omitempty"` // all of them
	Usage      Usage                 `json:"usage"`
	Boots      int                   `json:"boots"`
}

// Status is what is known of the sandbox.
type Status struct {
	Instance int                             `json:"instance"`
	Since    time.Time                       `json:"since"`
	Config   Config                          `json:"config"`
	Nodes    []NodeStatus                    `json:"nodes"`
	Fence    map[string]FenceMode            `json:"fenceDevice"`  // the first device
	Fences   map[string]map[string]FenceMode `json:"fenceDevices"` // all of them
	Client   string                          `json:"client"`
	Gateway  string                          `json:"gateway"`
	Journal  string                          `json:"journal"`
	Fenced   []FenceRecord                   `json:"fenced,omitempty"` // the last actions that the fence devices were asked for
}

// Status asks every part.
func (h *Host) Status(ctx context.Context) Status {
	modes := h.fences.allModes()
	st := Status{
		Instance: h.layout.Instance, Since: h.started, Config: h.cfg, Fence: modes[FirstDevice], Fences: modes, Fenced: h.fences.Records(),
		Client: h.layout.ClientAddress(), Gateway: h.layout.GatewayAddress(), Journal: h.layout.Journal(0),
	}
	for _, n := range h.nodes {
		st.Nodes = append(st.Nodes, h.nodeStatus(ctx, n))
	}
	return st
}

func (h *Host) nodeStatus(ctx context.Context, n *node) NodeStatus {
	n.state.Lock()
	s := NodeStatus{
		Name: n.name, Arbiter: n.arbiter, Power: n.power, Problem: n.problem, Leader: n.leader, Booted: n.booted, Boots: n.boots, Side: n.side,
		Cut: maps.Clone(n.cut), Impaired: maps.Clone(n.impaired), Addresses: map[string]string{}, Addresses6: map[string]string{},
	}
	for _, p := range n.luns {
		s.LUNs = append(s.LUNs, LUNStatus{Loop: p.loopDev, Fault: p.fault})
	}
	n.state.Unlock()
	for _, c := range n.nics {
		s.Addresses[c.name] = h.layout.address(c.net, 10+n.index)
		if h.cfg.IPv6 {
			s.Addresses6[c.name] = h.layout.address6(c.net, 10+n.index)
		}
	}
	if s.Power == PowerOn && !s.Leader.Alive() {
		s.Power, s.Problem = Stuck, "its init has ended by itself"
	}
	if s.Power == PowerOn || s.Power == Booting {
		for i, p := range n.luns {
			if l, err := p.status(ctx); err == nil {
				s.LUNs[i].LUN = &l
			}
		}
		s.Usage = h.layout.usage(n.name)
	}
	if len(s.LUNs) > 0 {
		s.Loop, s.LUN, s.LUNFault = s.LUNs[0].Loop, s.LUNs[0].LUN, s.LUNs[0].Fault
	}
	return s
}

// tail returns the end of a file, for messages.
func tail(path string, n int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-n):], []byte("\n")))
}
