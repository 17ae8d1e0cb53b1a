package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/volume"
	"hawser/agent/replication/replicationtest"
	"hawser/agent/run"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// TestPlaces: who watches a daemon looks for it where it is.
func TestPlaces(t *testing.T) {
	if c := (daemon.Config{Name: "data", RunDir: daemon.RunDir}); c.PIDFile() != ha.MirrorPIDFile("data") || daemon.RunDir != ha.MirrorRunDir {
		t.Errorf("%s is not %s", c.PIDFile(), ha.MirrorPIDFile("data"))
	}
}

// TestDriver: the mirror's driver passes the suite of all drivers, with two real daemons, loop devices as disks, and the in-sync set in a CIB
// that Pacemaker's own tools change.
func TestDriver(t *testing.T) {
	testkit.Need(t, "root", "fuse", "pacemaker-tools")
	h := newHosts(t)
	replicationtest.Run(t, h.pair(t))
	cib, err := os.ReadFile(h.cib)
	must(t, err)
	if strings.Contains(string(cib), "members=") {
		t.Errorf("a volume that is forgotten has left its in-sync set: %s", cib)
	}
}

// hosts are two hosts on this machine that see each other over its loopback, which can be cut: the tests have a network of their own.
type hosts struct {
	dir   string
	cib   string
	disks [2]string
}

func newHosts(t *testing.T) *hosts {
	t.Helper()
	h := &hosts{dir: t.TempDir()}
	h.cib = filepath.Join(h.dir, "cib.xml")
	must(t, os.WriteFile(h.cib, []byte(cluster(nodeHere)), 0o600))
	// The CIB's daemon carries out one operation after the other; on a file nobody does.
	bin := filepath.Join(h.dir, "bin")
	must(t, os.Mkdir(bin, 0o700))
	real, err := run.Find("cibadmin")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bin, "cibadmin"), []byte("#!/bin/sh\nexec flock "+h.cib+".lock "+real+" \"$@\"\n"), 0o700)) //nolint:gosec // a program of a test
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("CIB_file", h.cib)
	t.Setenv(be, "1")
	for i := range h.disks {
		file := filepath.Join(h.dir, fmt.Sprint("disk", i))
		must(t, os.WriteFile(file, nil, 0o600))
		must(t, os.Truncate(file, suiteSize))
		h.disks[i] = loop(t, file)
	}
	return h
}

// loop makes a block device of a file, for as long as the test lasts.
func loop(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("losetup", "--find", "--show", "--direct-io=on", file).Output()
	must(t, err)
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { tool(t, "losetup", "--detach", device) })
	return device
}

// suiteSize is of a disk: the suite writes up to 10 MiB, and a busy machine copies slowly.
const suiteSize = 13 << 20

const (
	nodeHere   = `in_ccm="true" crmd="online" join="member" expected="member"`
	nodeFenced = `in_ccm="false" crmd="offline" join="down" expected="down"`
)

// sees is how the cluster sees the first node from now on.
func (h *hosts) sees(t *testing.T, was, is string) {
	t.Helper()
	lock, err := os.OpenFile(h.cib+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	must(t, err)
	defer lock.Close()
	must(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))
	b, err := os.ReadFile(h.cib)
	must(t, err)
	text := strings.Replace(string(b), `uname="n1" `+was, `uname="n1" `+is, 1)
	if text == string(b) {
		t.Fatalf("n1 is not %s in %s", was, b)
	}
	must(t, os.WriteFile(h.cib, []byte(text), 0o600))
}

func (h *hosts) pair(t *testing.T) *replicationtest.Pair {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // TCP
	must(t, l.Close())
	loopback := func(state string) func(*testing.T) {
		return func(t *testing.T) { t.Helper(); tool(t, "ip", "link", "set", "lo", state) }
	}
	t.Cleanup(func() { loopback("up")(t) })
	p := &replicationtest.Pair{
		Port: port, Patience: time.Minute, Cut: loopback("down"), Heal: loopback("up"),
		Traits: &replicationtest.Traits{
			Device: ha.MirrorDeviceDir + "suite", Options: map[string]map[string]string{"net": {"ping": "100", "silence": "2000", "slow": "5000", "retry": "100"}},
			Number: [2]string{"net", "silence"}, Metadata: "mirror", Protocols: []string{"C"}, Arbitrated: true, Attached: true, PrimaryVerifies: true, Refused: "ProtocolError",
		},
	}
	self, err := filepath.Abs(os.Args[0])
	must(t, err)
	for i, node := range []string{"n1", "n2"} {
		dir := filepath.Join(h.dir, node)
		must(t, os.Mkdir(dir, 0o700))
		d := volume.New(volume.Options{
			Node: node, Runner: run.System{}, Root: dir, Program: []string{self}, Write: os.WriteFile,
		})
		t.Cleanup(func() { must(t, d.Down(context.Background(), replicationtest.Name)) })
		p.Sides[i] = &replicationtest.Side{
			Node: node, Driver: d, Disk: h.disks[i], Address: fmt.Sprintf("127.0.0.%d", 1+i),
			Write: func(t *testing.T, device string, at int64, data []byte) {
				t.Helper()
				put(t, filepath.Join(dir, device), at, data)
			},
			Read: func(t *testing.T, device string, at int64, n int) []byte {
				t.Helper()
				f, err := os.Open(filepath.Join(dir, device))
				must(t, err)
				defer f.Close()
				must(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
				b := make([]byte, n)
				_, err = f.ReadAt(b, at)
				must(t, err)
				return b
			},
			Plant: func(t *testing.T, at int64, data []byte) {
				t.Helper()
				put(t, filepath.Join(h.dir, fmt.Sprint("disk", i)), at, data)
			},
		}
	}
	p.Sides[0].Kill = func(t *testing.T) { t.Helper(); h.kill(t); h.sees(t, nodeHere, nodeFenced) }
	p.Sides[0].Revive = func(t *testing.T) { t.Helper(); h.sees(t, nodeFenced, nodeHere) }
	return p
}

func put(t *testing.T, path string, at int64, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(data, at)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

// kill ends the first host's daemon as a loss of power does.
func (h *hosts) kill(t *testing.T) {
	t.Helper()
	file := filepath.Join(h.dir, "n1", "etc/hawser/mirror", replicationtest.Name+".json")
	p := &place{t: t, side: &side{file: file}}
	p.killDaemon(unix.SIGKILL)
}
