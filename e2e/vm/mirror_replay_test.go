package vm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/device"
	"hawser/agent/replication/mirror/format"
	"hawser/e2e/stage"
	"hawser/e2e/vm/logwrites"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// clean is what was found out about each file system.
func clean(fstype string) string {
	return "file system mounted and " + strings.Join(fsck(fstype), " ") + " finds nothing, every acknowledged row and record there"
}

func fsck(fstype string) []string {
	if fstype == "xfs" {
		return []string{"xfs_repair", "-n"}
	}
	return []string{"e2fsck", "-fn"}
}

// image is what a disk holds: the mirror's metadata and, in a file, the volume's data.
type image struct {
	meta []byte
	data *os.File
}

// WriteAt implements io.WriterAt, by the disk's offsets.
func (i *image) WriteAt(b []byte, at int64) (int, error) {
	n := 0
	if start := int64(len(i.meta)); at < start {
		n = copy(i.meta[at:], b)
		at = start
	}
	_, err := i.data.WriteAt(b[n:], at-int64(len(i.meta)))
	return len(b), err
}

// replay is one side's disk as it becomes by its log.
type replay struct {
	*crash
	node   string
	side   uint8
	log    *logwrites.Log
	sure   *image
	at     int // of the log, what is in sure
	random *rand.Rand
	dir    string

	points                  []int // where the power is lost
	flushes, chosen, marked int   // flush points behind the first mark, those of them that are points, and marks that are

	checked, partial, turn int
}

func (c *crash) replay(t *testing.T, node string, side uint8) *replay {
	t.Helper()
	file, err := os.Open(c.rig.Machine(node).Store(logLUN))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	s := &replay{crash: c, node: node, side: side, random: rand.New(rand.NewPCG(*crashSeed, uint64(side))), dir: t.TempDir()} //nolint:gosec // no secret
	if s.log, err = logwrites.Read(file); err != nil {
		t.Fatal(err)
	}
	first := s.log.Marked(c.marks[0].name)
	for _, k := range c.marks {
		if s.log.Marked(k.name) < 0 {
			t.Fatalf("%s: %s is not in the log: was it full?", node, k.name)
		}
	}
	for i, e := range s.log.Entries {
		if i > first && e.Sure() && e.Mark == "" {
			s.points = append(s.points, i)
		}
	}
	s.flushes = len(s.points)
	s.random.Shuffle(len(s.points), func(i, j int) { s.points[i], s.points[j] = s.points[j], s.points[i] })
	s.chosen = min(*crashPoints, s.flushes)
	s.points = s.points[:s.chosen]
	for _, k := range c.marks {
		if !k.instant && k.set.Members[side] {
			s.points = append(s.points, s.log.Marked(k.name))
			s.marked++
		}
	}
	slices.Sort(s.points)
	s.open(t, geometry(t, c.rig.Machine(node).Store(loggedLUN)))
	return s
}

// geometry is how a volume lies on a disk, by the file that is the disk.
func geometry(t *testing.T, store string) format.Geometry {
	t.Helper()
	f, err := os.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 2*format.BlockSize)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	super, err := format.ReadSuper(b)
	if err != nil {
		t.Fatal(err)
	}
	return super.Geometry
}

// open takes the disk as it was before the log.
func (s *replay) open(t *testing.T, g format.Geometry) {
	t.Helper()
	base, err := os.Open(s.base[s.node])
	if err != nil {
		t.Fatal(err)
	}
	defer base.Close()
	s.sure = &image{meta: make([]byte, g.DataOffset())}
	if _, err := base.ReadAt(s.sure.meta, 0); err != nil {
		t.Fatal(err)
	}
	if s.sure.data, err = os.Create(filepath.Join(s.dir, "sure")); err == nil {
		err = errors.Join(s.sure.data.Truncate(g.Size), sparse(s.sure.data, 0, base, g.DataOffset(), g.Size))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s *replay) close() { _ = s.sure.data.Close() }

// last is the newest mark up to an entry at which this side was in the set: all of it must be there.
func (s *replay) last(point int) mark {
	var last mark
	for _, k := range s.marks {
		if k.set.Members[s.side] && s.log.Marked(k.name) <= point {
			last = k
		}
	}
	return last
}

// advance goes on to before an entry, and loses the power at the points on the way.
func (s *replay) advance(t *testing.T, end int) {
	t.Helper()
	for len(s.points) > 0 {
		next := slices.IndexFunc(s.points, func(p int) bool { return p >= s.at })
		if next < 0 || s.points[next] >= end {
			break
		}
		p := s.points[next]
		s.apply(t, p+1)
		s.powerOff(t, p)
	}
	s.apply(t, end)
}

func (s *replay) apply(t *testing.T, end int) {
	t.Helper()
	if err := s.log.Apply(s.sure, s.at, end); err != nil {
		t.Fatal(err)
	}
	s.at = end
}

// loses makes the image of a loss of power behind an entry: of what is not sure nothing is there, everything, or a part, in turn.
func (s *replay) loses(t *testing.T, point int) (i *image, how string) {
	t.Helper()
	data, err := os.Create(filepath.Join(s.dir, "image"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.sure.data.Stat()
	if err == nil {
		err = errors.Join(data.Truncate(info.Size()), sparse(data, 0, s.sure.data, 0, info.Size()))
	}
	i = &image{meta: bytes.Clone(s.sure.meta), data: data}
	end := s.log.Unsure(point)
	switch s.turn++; s.turn % 3 {
	case 0:
		how = "nothing"
	case 1:
		how = "everything"
		err = errors.Join(err, s.log.Apply(i, point+1, end))
	default:
		how = "a part"
		err = errors.Join(err, s.log.Tear(i, point+1, end, s.random))
	}
	if err != nil {
		t.Fatal(err)
	}
	return i, fmt.Sprintf("%s at entry %d of %d, with %s of %d requests behind it", s.node, point, len(s.log.Entries), how, end-point-1)
}

// powerOff is a loss of this side's power at a flush point.
func (s *replay) powerOff(t *testing.T, point int) {
	t.Helper()
	i, how := s.loses(t, point)
	defer i.data.Close()
	m, err := format.Decode(i.meta)
	if err != nil || m.LogLost {
		t.Fatalf("%s: the metadata are lost: %v, log lost %v", how, err, m.LogLost)
	}
	if m.Super.State == format.Inconsistent {
		s.partial++
		return
	}
	s.checked++
	s.holds(t, how, i.data.Name(), s.last(point))
}

// holds mounts a file system, whose journal the kernel replays, and demands that it is clean and has everything that was acknowledged.
func (c *crash) holds(t *testing.T, how, what string, k mark) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // PostgreSQL, which is not root, has to get there
		t.Fatal(err)
	}
	args := []string{"mount", "-t", c.fstype, what, dir}
	if !strings.HasPrefix(what, "/dev/") {
		args = slices.Insert(args, 1, "-o", "loop")
	}
	host(t, args...)
	err := c.content(dir, k)
	host(t, "umount", dir)
	if err != nil {
		t.Fatalf("%s, since %s: %v", how, k.name, err)
	}
	check := append(fsck(c.fstype), what)
	if out, err := exec.Command(check[0], check[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %s: %v\n%s", how, check, err, out)
	}
}

// content finds out whether all records and rows of a mark are there.
func (c *crash) content(dir string, k mark) error {
	out, err := exec.Command(filepath.Join(root(), "build", "bin", "records"), "verify", filepath.Join(dir, recordsFile)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("records: %w: %s", err, out)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || n < k.records {
		return fmt.Errorf("%d records of %d: %w", n, k.records, errors.Join(err, errLost))
	}
	have, err := rows(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	lost := 0
	for row := range strings.Lines(string(k.rows)) {
		if !have[row] {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d rows, %d that were acknowledged are missing: %w", len(have), lost, errLost)
	}
	return nil
}

var errLost = errors.New("what was acknowledged is lost")

// rows has PostgreSQL recover from a crash, without a server, and returns the rows that it has then.
func rows(data string) (map[string]bool, error) {
	// Its user has another number here than in the machine, and PostgreSQL wants one that has a name.
	if out, err := exec.Command("chown", "-R", "postgres:postgres", data).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("chown: %w: %s", err, out)
	}
	list := filepath.Join(data, "rows")
	cmd := exec.Command("runuser", "-u", "postgres", "--", pgBin+"postgres", "--single", "-D", data, "postgres")
	cmd.Stdin = strings.NewReader("COPY (SELECT n FROM hawser_probe) TO '" + list + "'\n")
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("postgres: %w: %s", err, out)
	}
	b, err := os.ReadFile(list)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	have := map[string]bool{}
	for row := range strings.Lines(string(b)) {
		have[row] = true
	}
	return have, nil
}

// sparse copies a piece of a file without its holes.
func sparse(to *os.File, at int64, from *os.File, start, length int64) error {
	fd := int(from.Fd())
	buffer := make([]byte, 1<<20)
	for pos := start; pos < start+length; {
		begin, err := unix.Seek(fd, pos, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) || err == nil && begin >= start+length {
			return nil
		}
		if err != nil {
			return err
		}
		end, err := unix.Seek(fd, begin, unix.SEEK_HOLE)
		if err != nil {
			return err
		}
		end = min(end, start+length)
		for pos = begin; pos < end; {
			n, err := from.ReadAt(buffer[:min(int64(len(buffer)), end-pos)], pos)
			if err != nil {
				return err
			}
			if _, err := to.WriteAt(buffer[:n], at+pos-start); err != nil {
				return err
			}
			pos += int64(n)
		}
	}
	return nil
}

// host runs a program on this side.
func host(t *testing.T, argv ...string) string {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(argv, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// local is a side of the mirror that runs on this host, on an image.
type local struct {
	daemon.Config
	file string
	cmd  *exec.Cmd
	log  *os.File
}

// together is a loss of both sides' power at a mark: two daemons start on what the disks have, the crashed Primary is promoted and its peer
// gets what it lacks.
func (c *crash) together(t *testing.T, sides [2]*replay, k mark) {
	t.Helper()
	dir, err := os.MkdirTemp(sides[0].dir, "together")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	a := newArbiter(t, "127.0.0.1", k.set)
	var locals [2]*local
	how := k.name
	for i, s := range sides {
		img, lost := s.loses(t, s.log.Marked(k.name))
		how += "; " + lost
		locals[i] = s.moved(t, dir, img, a.address, locals[0])
		img.data.Close()
	}
	defer func() {
		for _, l := range locals {
			l.end(t)
		}
	}()
	for _, l := range locals {
		l.start(t)
	}
	first := locals[0]
	for _, l := range locals {
		l.becomes(t, how, func(s daemon.Status) bool { return s.Connection == ha.PeerConnected })
	}
	device := first.order(t, how, "promote")
	c.holds(t, how, device, k)
	first.becomes(t, how, paired)
	first.order(t, how, "demote")
	for _, l := range locals {
		l.end(t)
	}
	if out, err := exec.Command("cmp", "--ignore-initial="+fmt.Sprint(len(sides[0].sure.meta)), locals[0].Device, locals[1].Device).CombinedOutput(); err != nil {
		t.Fatalf("%s: the copies differ: %v: %s", how, err, out)
	}
}

// moved puts an image on a disk of this host. The metadata name the disk that they are on, and no copy would be taken.
func (s *replay) moved(t *testing.T, dir string, i *image, arbiter string, other *local) *local {
	t.Helper()
	super, err := format.ReadSuper(i.meta)
	if err != nil {
		t.Fatal(err)
	}
	l := &local{file: filepath.Join(dir, s.node+".json")}
	l.Config = daemon.Config{
		Name: s.node, Volume: super.Volume.String(), Side: s.side, Device: filepath.Join(dir, s.node), KeyFile: filepath.Join(dir, "key"), RunDir: filepath.Join(dir, "run"),
		Helper: []string{filepath.Join(root(), "build", "bin", "in-sync-set"), arbiter}, Timing: daemon.Timing{Silence: 60_000, Slow: 60_000}, Resync: daemon.Bounds{Min: 1 << 30},
	}
	if other != nil {
		l.Address = other.Address
	} else {
		l.Address = fmt.Sprintf("127.0.0.1:%d", testkit.ClosedPort(t))
	}
	f, err := os.Create(l.Device)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(super.Geometry.DeviceSize()), sparse(f, int64(len(i.meta)), i.data, 0, super.Geometry.Size), f.Close()); err != nil {
		t.Fatal(err)
	}
	d, err := device.Open(l.Device)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for copied := range 2 { // each by itself: a damaged one stays so
		at := format.SuperOffset(copied)
		if super, err := format.DecodeSuper(i.meta[at : at+format.BlockSize]); err == nil {
			super.Device = d.ID()
			copy(i.meta[at:], super.Encode())
		}
	}
	if err := errors.Join(d.WriteAt(i.meta, 0), d.Sync(), os.WriteFile(l.KeyFile, []byte(strings.Repeat("k", 40)), 0o600), l.save()); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *local) save() error {
	b, err := json.Marshal(l.Config)
	if err != nil {
		return err
	}
	return os.WriteFile(l.file, b, 0o600)
}

func (l *local) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(root(), "build", "bin", "hawser-mirror"), append([]string{"--config", l.file}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (l *local) start(t *testing.T) {
	t.Helper()
	var err error
	if l.log, err = os.Create(l.file + ".log"); err != nil {
		t.Fatal(err)
	}
	l.cmd = l.command("run")
	l.cmd.Stderr = l.log
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// end ends the daemon, and shows what it has said where something failed.
func (l *local) end(t *testing.T) {
	t.Helper()
	if l.cmd == nil {
		return
	}
	_ = l.cmd.Process.Kill() // it may have ended
	_ = l.cmd.Wait()         // says that it was killed
	l.cmd = nil
	if err := errors.Join(l.log.Close(), daemon.Release(context.WithoutCancel(t.Context()), l.Config)); err != nil {
		t.Error(err)
	}
	if said, err := os.ReadFile(l.log.Name()); t.Failed() {
		t.Logf("%s: %v %s", l.Name, err, said)
	}
}

func (l *local) order(t *testing.T, how string, args ...string) string {
	t.Helper()
	out, err := l.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %s: %v: %s", how, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (l *local) becomes(t *testing.T, how string, so func(daemon.Status) bool) {
	t.Helper()
	if err := stage.Until(t.Context(), soon, how+": "+l.Name, func(ctx context.Context) (bool, error) {
		s, err := daemon.Tell(ctx, l.Config, daemon.GiveStatus, nil)
		return err == nil && so(s), errors.Join(err, fmt.Errorf("%+v %s", s, fmt.Sprint(s.Problem)))
	}); err != nil {
		t.Fatal(err)
	}
}
