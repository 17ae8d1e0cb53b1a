package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hawser/e2e/sandbox/lun"
)

// Command is one verb for the daemon.
type Command struct {
	Verb   string        `json:"verb"`
	Node   string        `json:"node,omitempty"`
	What   string        `json:"what,omitempty"` // nic, process or mode
	First  bool          `json:"first,omitempty"`
	Cut    CutMode       `json:"cut,omitempty"`
	Delay  time.Duration `json:"delay,omitempty"`
	Target string        `json:"target,omitempty"`
}

// Answer is what a verb returned.
type Answer struct {
	Count int `json:"count,omitempty"`
}

// Serve holds the sandbox until ctx ends: verbs on the control socket, the fence device on its own. When ctx ends it takes
// the power from every node, and leaves the rest to Clear.
func (h *Host) Serve(ctx context.Context) error {
	if err := os.MkdirAll(h.layout.fenceDir(), 0o755); err != nil {
		return err
	}
	control, err := listen(h.layout.ControlSocket(), 0o600)
	if err != nil {
		return err
	}
	fence, err := listen(filepath.Join(h.layout.fenceDir(), "socket"), 0o666)
	if err != nil {
		control.Close()
		return err
	}
	// Actions that were begun are finished before the daemon ends, so requests do not inherit ctx.
	servers := []*http.Server{
		{Handler: h.controlRoutes(), ReadHeaderTimeout: 5 * time.Second},
		{Handler: h.fenceRoutes(), ReadHeaderTimeout: 5 * time.Second},
	}
	errs := make(chan error, len(servers))
	var serving sync.WaitGroup
	for i, ln := range []net.Listener{control, fence} {
		serving.Go(func() { errs <- servers[i].Serve(ln) })
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
loop:
	for {
		select {
		case <-ctx.Done():
			break loop
		case err := <-errs:
			return err
		case <-tick.C:
			if err := h.rotate(ctx); err != nil {
				h.log.Warn("rotate journal", "err", err)
			}
		}
	}
	for _, s := range servers {
		s.Close()
	}
	serving.Wait()
	close(h.ending)
	h.starts.Wait()
	var all []error
	for _, n := range h.nodes {
		all = append(all, h.powerOff(context.WithoutCancel(ctx), n))
	}
	return errors.Join(all...)
}

func listen(path string, mode os.FileMode) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return ln, os.Chmod(path, mode)
}

func (h *Host) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { reply(w, h.Status(r.Context()), nil) })
	mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) {
		var c Command
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		// What was begun is finished, whoever stops listening.
		ans, err := h.do(context.WithoutCancel(r.Context()), c)
		if err != nil {
			h.log.Warn("verb", "verb", c.Verb, "node", c.Node, "what", c.What, "err", err)
		} else {
			h.log.Info("verb", "verb", c.Verb, "node", c.Node, "what", c.What)
		}
		reply(w, ans, err)
	})
	return mux
}

func (h *Host) fenceRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fence", func(w http.ResponseWriter, r *http.Request) {
		var req FenceRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ans, err := h.Fence(r.Context(), req)
		reply(w, ans, err)
	})
	return mux
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (h *Host) do(ctx context.Context, c Command) (Answer, error) {
	switch c.Verb {
	case "up":
		return Answer{}, h.Up(ctx)
	case "fence-device":
		return Answer{}, h.SetFence(c.Node, FenceMode{Mode: c.What, Delay: c.Delay})
	case "probe":
		return Answer{}, h.startProbe(c.Target)
	case "wipe-disk":
		return Answer{}, h.wipe(ctx)
	}
	n, err := h.node(c.Node)
	if err != nil {
		return Answer{}, err
	}
	switch c.Verb {
	case "poweroff":
		return Answer{}, h.powerOff(ctx, n)
	case "poweron":
		return Answer{}, h.powerOn(ctx, n)
	case "cut":
		return Answer{}, h.cut(ctx, n, c.What, c.Cut)
	case "kill":
		count, err := h.Kill(c.Node, c.What, c.First)
		return Answer{Count: count}, err
	case "lun":
		return Answer{}, h.setLUN(ctx, n, lun.Fault{Mode: lun.Mode(c.What), Delay: c.Delay})
	case "fill-disk":
		return Answer{}, h.fill(n, true)
	case "free-disk":
		return Answer{}, h.fill(n, false)
	}
	return Answer{}, fmt.Errorf("unknown verb %q", c.Verb)
}

// cut pulls or plugs a cable; what is "hb0", "hb1", "client" or "mgmt", and an empty mode plugs it again. A cable stays pulled
// through a loss of power.
func (h *Host) cut(ctx context.Context, n *node, what string, mode CutMode) error {
	for _, c := range nics {
		if c.cut != what {
			continue
		}
		n.change.Lock()
		defer n.change.Unlock()
		if n.power != PowerOff {
			if err := h.layout.setCut(ctx, n.name, c, mode); err != nil {
				return err
			}
		}
		n.set(func() {
			if mode == "" {
				delete(n.cut, what)
			} else {
				n.cut[what] = mode
			}
		})
		return nil
	}
	return fmt.Errorf("no connection %q: hb0, hb1, client or mgmt", what)
}

func (h *Host) setLUN(ctx context.Context, n *node, f lun.Fault) error {
	switch f.Mode {
	case lun.OK, lun.Err, lun.Hang, lun.Slow:
	default:
		return fmt.Errorf("unknown mode %q: ok, fail, hang or slow", f.Mode)
	}
	n.change.Lock()
	defer n.change.Unlock()
	if n.power != PowerOff {
		if err := n.setFault(ctx, f); err != nil {
			return err
		}
	}
	n.set(func() { n.fault = f })
	return nil
}

// wipe makes the shared disk as new, and empties its journal. It refuses while a node has the disk mounted.
func (h *Host) wipe(ctx context.Context) error {
	for _, n := range h.nodes {
		n.change.Lock()
		defer n.change.Unlock()
	}
	for _, n := range h.nodes {
		if n.power == PowerOff {
			continue
		}
		mounts, err := readMounts(fmt.Sprintf("/proc/%d/mountinfo", n.leader.PID))
		if err != nil {
			return err
		}
		dev := fmt.Sprintf("7:%d", loop{path: n.loopDev}.number())
		for _, m := range mounts {
			if m.dev == dev {
				return fmt.Errorf("%s has the shared disk mounted on %s", n.name, m.point)
			}
		}
		if err := call(ctx, unixClient(n.lunSocket(), lunTimeout), http.MethodPost, "/forget", nil, nil); err != nil {
			return err
		}
	}
	if err := os.Remove(lun.Rotated(h.layout.Journal())); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(os.Truncate(h.layout.store(), 0), os.Truncate(h.layout.store(), h.cfg.Disk), os.Truncate(h.layout.Journal(), 0))
}

const fillFile = "/var/tmp/sandbox-fill"

// fill takes all the space of a node's own disk, or gives it back. The host's disk is not touched: the space is reserved, not written.
func (h *Host) fill(n *node, full bool) error {
	n.state.Lock()
	leader := n.leader
	n.state.Unlock()
	if !leader.Alive() {
		return fmt.Errorf("%s is off", n.name)
	}
	path := fmt.Sprintf("/proc/%d/root%s", leader.PID, fillFile)
	if !full {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	var st unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &st); err != nil {
		return err
	}
	// Free space comes in pieces: ask for less each time it is refused, until not even a block is left.
	at := int64(0)
	for piece := int64(st.Bfree) * st.Bsize; piece >= st.Bsize; {
		err := unix.Fallocate(int(f.Fd()), 0, at, piece)
		switch {
		case err == nil:
			at += piece
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOSPC):
			piece /= 2
		default:
			return fmt.Errorf("fill disk of %s: %w", n.name, err)
		}
	}
	return nil
}

// maxJournal is where the journal is put aside: some days of a busy database.
const maxJournal = 256 << 20

func (h *Host) rotate(ctx context.Context) error {
	path := h.layout.Journal()
	st, err := os.Stat(path)
	if err != nil || st.Size() < maxJournal {
		return nil
	}
	if err := os.Rename(path, lun.Rotated(path)); err != nil {
		return err
	}
	for _, n := range h.nodes {
		n.state.Lock()
		running := n.lun != nil && !n.lun.ended()
		n.state.Unlock()
		if running {
			if err := call(ctx, unixClient(n.lunSocket(), lunTimeout), http.MethodPost, "/reopen", nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// ProbeFiles are those of the measuring client.
func (l Layout) ProbeFiles() (acks, status string) {
	return filepath.Join(l.State, "probe.acks"), filepath.Join(l.Run, "probe.json")
}

// startProbe starts the measuring client in its namespace.
func (h *Host) startProbe(target string) error {
	if net.ParseIP(target) == nil {
		return fmt.Errorf("target %q: must be an address", target)
	}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort(target, "5432"), Path: "/postgres", RawQuery: "sslmode=disable"}
	acks, status := h.layout.ProbeFiles()
	_, err := h.start("probe", nil, h.layout.launchArgs(Launch{Netns: client, Argv: []string{
		h.layout.binary(), "probe-run", "--target=" + target, "--dsn=" + u.String(), "--acks=" + acks, "--status=" + status,
		"--socket=" + h.layout.ProbeSocket(),
	}})...)
	return err
}
