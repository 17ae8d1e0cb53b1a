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
	LUN    int           `json:"lun,omitempty"`
	Offset int64         `json:"offset,omitempty"`
	Length int64         `json:"length,omitempty"`
	Device string        `json:"device,omitempty"`
	Impair Impairment    `json:"impair,omitzero"`
	Groups [][]string    `json:"groups,omitempty"`
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
		return Answer{}, h.SetFence(c.Device, c.Node, FenceMode{Mode: c.What, Delay: c.Delay})
	case "probe":
		return Answer{}, h.startProbe(c.Target)
	case "wipe-disk":
		return Answer{}, h.wipe(ctx, c.LUN)
	case "garbage":
		return Answer{}, h.garbage(c.LUN, c.Offset, c.Length)
	case "partition":
		return Answer{}, h.Partition(ctx, c.Groups)
	case "heal":
		return Answer{}, h.Heal(ctx)
	}
	n, err := h.node(c.Node)
	if err != nil {
		return Answer{}, err
	}
	switch c.Verb {
	case "poweroff":
		// Before the rest, and even where it fails: a board without power must not be the one that helps.
		n.set(func() { n.noMains = true })
		return Answer{}, h.powerOff(ctx, n)
	case "poweron":
		return Answer{}, h.powerOn(ctx, n)
	case "cut":
		return Answer{}, h.cut(ctx, n, c.What, c.Cut)
	case "impair":
		return Answer{}, h.impair(ctx, n, c.What, c.Impair)
	case "kill":
		count, err := h.Kill(c.Node, c.What, c.First)
		return Answer{Count: count}, err
	case "lun":
		return Answer{}, h.setLUN(ctx, n, c.LUN, lun.Fault{Mode: lun.Mode(c.What), Delay: c.Delay})
	case "fill-disk":
		return Answer{}, h.fill(n, true)
	case "free-disk":
		return Answer{}, h.fill(n, false)
	}
	return Answer{}, fmt.Errorf("unknown verb %q", c.Verb)
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
		return syncDir(filepath.Dir(path)) // else the next loss of power fills the disk again
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

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// maxJournal is where the journal is put aside: some days of a busy database.
const maxJournal = 256 << 20

func (h *Host) rotate(ctx context.Context) error {
	var errs []error
	for i := range h.cfg.LUNs {
		path := h.layout.Journal(i)
		st, err := os.Stat(path)
		if err != nil || st.Size() < maxJournal {
			continue
		}
		if err := os.Rename(path, lun.Rotated(path)); err != nil {
			errs = append(errs, err)
			continue
		}
		for _, n := range h.members() {
			n.state.Lock()
			running := n.luns[i].server != nil && !n.luns[i].server.ended()
			n.state.Unlock()
			if running {
				errs = append(errs, call(ctx, unixClient(n.luns[i].socket, lunTimeout), http.MethodPost, "/reopen", nil, nil))
			}
		}
	}
	return errors.Join(errs...)
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
