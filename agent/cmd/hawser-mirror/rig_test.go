package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fileset"
	"hawser/agent/replication/mirror/format"
	"hawser/internal/testkit"
)

const (
	// be makes the test's program the one that is tested.
	be = "HAWSER_MIRROR_TEST"
	// setHelper is its first argument where it is to be the cluster's helper, with the set's file as the second.
	setHelper = "in-sync-set"
	volumeID  = "0123456789abcdef0123456789abcdef"
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == setHelper:
		if err := fileset.Helper(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case os.Getenv(be) != "":
		main()
	case os.Geteuid() == 0 && os.Getenv(apart) == "":
		os.Exit(runApart())
	default:
		if os.Getenv(apart) != "" {
			if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "%v: %s\n", err, out)
				os.Exit(1)
			}
		}
		os.Exit(m.Run())
	}
}

// apart is set for tests that have mounts and a network of their own.
const apart = "HAWSER_MIRROR_TEST_APART"

// runApart runs the tests in a mount namespace of their own. Whoever makes one meanwhile, such as a node of the sandbox, would have copies of
// their mounts, and keep devices busy that are unmounted here. What a test leaves behind ends with it. Their network is their own, too, so
// that it can be cut.
func runApart() int {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c := exec.Command(self, os.Args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), apart+"=1")
	c.SysProcAttr = &unix.SysProcAttr{Unshareflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	if err := c.Run(); err != nil && c.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return c.ProcessState.ExitCode()
}

// members reads the set.
func (r *rig) members(t *testing.T) [3]bool {
	t.Helper()
	set, err := fileset.Read(r.set)
	must(t, err)
	return set.Members
}

// rig is two sides of a volume on this machine.
type rig struct {
	set   string
	sides [3]*side // by number
}

// side is one of them: its configuration, and its daemon where it runs.
type side struct {
	daemon.Config
	file  string // of the configuration
	group string // in which it is started
	disk  *disk  // below the device, where that loses with its power what was not flushed
	log   *logWriter
	cmd   *exec.Cmd
}

// logWriter keeps what a daemon says.
type logWriter struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *logWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// newRig makes the files of both sides; only side 1 is in the set unless the data are equal.
func newRig(t *testing.T, device int64) *rig {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	r := &rig{set: filepath.Join(dir, "set")}
	must(t, fileset.Write(r.set, core.InSync{Members: [3]bool{false, true, false}}))
	self, err := os.Executable()
	must(t, err)
	for n := 1; n <= 2; n++ {
		s := &side{file: filepath.Join(dir, fmt.Sprint("side", n, ".json")), log: &logWriter{}}
		s.Config = daemon.Config{
			Name: fmt.Sprint("v", n), Volume: volumeID, Side: uint8(n), Device: filepath.Join(dir, fmt.Sprint("disk", n)), Address: address,
			KeyFile: filepath.Join(dir, fmt.Sprint("key", n)), RunDir: filepath.Join(dir, "run"), Helper: []string{self, setHelper, r.set},
			Timing: daemon.Timing{Ping: 100, Silence: 2000, Slow: 5000, Retry: 100},
		}
		must(t, os.WriteFile(s.KeyFile, []byte(strings.Repeat("k", 40)), 0o600))
		must(t, os.WriteFile(s.Device, nil, 0o600))
		must(t, os.Truncate(s.Device, device))
		s.save(t)
		r.sides[n] = s
	}
	t.Cleanup(func() { r.clean(t) })
	return r
}

// clean ends whatever is still there, and shows what was said where something failed.
func (r *rig) clean(t *testing.T) {
	for _, s := range r.sides[1:] {
		s.kill(t)
		if os.Geteuid() == 0 {
			if err := daemon.Release(context.Background(), s.Config); err != nil {
				t.Errorf("side %d leaves something behind: %v", s.Side, err)
			}
		}
		if s.disk != nil {
			s.disk.end()
		}
		if t.Failed() {
			t.Logf("side %d said:\n%s", s.Side, s.log)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *side) save(t *testing.T) {
	t.Helper()
	b, err := json.Marshal(s.Config)
	must(t, err)
	must(t, os.WriteFile(s.file, b, 0o600))
}

func (s *side) command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], append([]string{"--config", s.file}, args...)...)
	c.Env = append(os.Environ(), be+"=1", "HAWSER_LANG=en")
	c.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL} // where the test ends by a panic
	return c
}

// try gives an order as a person would and returns what was printed.
func (s *side) try(args ...string) (string, error) {
	var out, words bytes.Buffer
	c := s.command(args...)
	c.Stdout, c.Stderr = &out, &words
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", args[0], err, words.String())
	}
	return strings.TrimSpace(out.String()), nil
}

func (s *side) order(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.try(args...)
	must(t, err)
	return out
}

// refused demands that an order fails with that reason, told in English.
func (s *side) refused(t *testing.T, sentence string, args ...string) {
	t.Helper()
	if out, err := s.try(args...); err == nil || !strings.Contains(err.Error(), sentence) {
		t.Errorf("side %d, %v: printed %q, error %v; want %q", s.Side, args, out, err, sentence)
	}
}

func (s *side) start(t *testing.T) {
	t.Helper()
	s.cmd = s.command("run")
	if s.group != "" { // the shell joins it, and becomes the daemon
		s.cmd.Path, s.cmd.Args = "/bin/sh", append([]string{"sh", "-c", "echo $$ >" + s.group + `/cgroup.procs && exec "$0" "$@"`}, s.cmd.Args...)
	}
	s.cmd.Stderr = s.log
	must(t, s.cmd.Start())
	s.becomes(t, "attached", func(st daemon.Status) bool { return st.Mode != "Down" })
}

// ends waits for the end of a daemon that must not go on, and demands the reason.
func (s *side) ends(t *testing.T, sentence string) {
	t.Helper()
	before := s.cmd
	s.cmd = s.command("run")
	s.cmd.Stderr = &logWriter{}
	must(t, s.cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if said := fmt.Sprint(s.cmd.Stderr); err == nil || !strings.Contains(said, sentence) {
			t.Errorf("the daemon ended with %v and said %q; want %q", err, said, sentence)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("the daemon goes on; want %q", sentence)
		must(t, s.cmd.Process.Kill())
		<-ended
	}
	s.cmd = before
}

func (s *side) kill(t *testing.T) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	must(t, s.cmd.Process.Kill())
	_ = s.cmd.Wait() // says that it was killed
	s.cmd = nil
}

// stop halts a daemon, all its threads, without ending it.
func (s *side) stop(t *testing.T) {
	t.Helper()
	must(t, s.cmd.Process.Signal(unix.SIGSTOP))
	testkit.Eventually(t, func() error {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.cmd.Process.Pid))
		if err != nil || len(threads) == 0 {
			return fmt.Errorf("no threads: %w", err)
		}
		for _, f := range threads {
			if b, err := os.ReadFile(f); err != nil || !bytes.Contains(b, []byte(") T ")) {
				return fmt.Errorf("still running: %s, %w", b, err)
			}
		}
		return nil
	})
}

func (s *side) status() (daemon.Status, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return daemon.Tell(ctx, s.Config, daemon.GiveStatus, nil)
}

// becomes waits until a side is so.
func (s *side) becomes(t *testing.T, what string, so func(daemon.Status) bool) {
	t.Helper()
	testkit.Eventually(t, func() error {
		st, err := s.status()
		if err == nil && !so(st) {
			err = fmt.Errorf("side %d is not %s: %+v %s", s.Side, what, st, fmt.Sprint(st.Problem))
		}
		return err
	})
}

func connected(s daemon.Status) bool { return s.Connection == "Connected" }

// inSync waits until a Primary's peer has everything, and the set says so.
func (s *side) inSync(t *testing.T) {
	t.Helper()
	s.becomes(t, "in sync", func(st daemon.Status) bool { return st.Mode == "Paired" && st.PeerInSet && st.OutOfSync == 0 })
}

// data returns what is on a side's disk, without the metadata.
func (s *side) data(t *testing.T) []byte {
	t.Helper()
	file := s.Device
	if s.disk != nil {
		file = s.disk.store
	}
	b, err := os.ReadFile(file)
	must(t, err)
	super, err := format.ReadSuper(b[:2*format.BlockSize])
	must(t, err)
	return b[super.Geometry.DataOffset():][:super.Geometry.Size]
}

// alike demands that both disks have the same data. No daemon runs.
func (r *rig) alike(t *testing.T) {
	t.Helper()
	a, b := r.sides[1].data(t), r.sides[2].data(t)
	if bytes.Equal(a, b) {
		return
	}
	for at := 0; at < len(a); at += 4096 {
		if !bytes.Equal(a[at:at+4096], b[at:at+4096]) {
			t.Fatalf("the sides differ, first at %d", at)
		}
	}
}

func tool(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(argv, " "), err, out)
	}
}

var errShort = errors.New("a record is missing or is not what was written")

// record is what the writer writes as its n-th.
func record(n int) []byte { return slices.Repeat([]byte(fmt.Sprintf("%015d\n", n)), 256) }

// bothMembers is the set of sides that have the same from the beginning.
var bothMembers = core.InSync{Members: [3]bool{false, true, true}}
