package vm_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/e2e/vm"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

var (
	crashPoints = flag.Int("points", 40, "at how many flush points of each side's log its power is lost, for each file system")
	crashSeed   = flag.Uint64("seed", 1, "of these points, and of what was not flushed there")
)

const (
	loggedLUN  = 0 // each side's own, as is its log
	logLUN     = 1
	loggedName = "logged"
	loggedDisk = "/dev/mapper/" + loggedName
	loggedSize = 352 << 20 // xfs wants 300 MiB
)

// crash is a mirror whose disks are logged below it, and what its users were told.
type crash struct {
	*mirrored
	fstype string
	base   map[string]string // copies of the disks as they were before the log, by node
	writer *writer
	scribe *scribe
	marks  []mark
}

// mark is a moment that both logs know.
type mark struct {
	name    string
	records int         // acknowledged before
	rows    []byte      // the same, a number in each line
	set     core.InSync // of later than that: its members have all of it
	// instant: it is the same moment in both logs, as the Primary did nothing from before the first mark until after the second.
	instant bool
}

// TestMirrorLogWrites has the kernel write down what reaches the disks below a mirror, under PostgreSQL, fio and a program that writes records,
// and looks afterwards at what a loss of power at any moment would have left.
func TestMirrorLogWrites(t *testing.T) {
	need(t)
	testkit.Need(t, "fuse", "postgres")
	r := newResults(t, "The mirror: power lost at every kind of moment", `Two machines, a mirror whose disks lie under the kernel's dm-log-writes; PostgreSQL written to from outside, fio with
verify, and a program that writes records by O_DSYNC, all at once; the link is cut and heals meanwhile. Afterwards, on the host, each side's disk as a loss of power would have left it: what was
flushed, and of the rest nothing, everything, or a part, sector by sector (in turn). A mark says in both logs what was acknowledged before. At an instant the Primary's daemon was stopped
while both logs were marked: the power of both is lost there, and two daemons start on what both disks have then.

两台虚拟机，镜像两侧的磁盘位于内核的 dm-log-writes 之上；同时运行由外部写入的 PostgreSQL、带校验的 fio 和以 O_DSYNC 写记录的程序，期间复制链路被切断后恢复。随后在宿主机上重建断电后每侧磁盘的内容：
已落盘的全部保留，未落盘的依次取“全无”“全有”“逐扇区随机一部分”。标记（mark）在两侧日志中注明此前已确认的内容；“同一时刻”（instant）指标记期间主侧守护进程被暂停：
此时两侧同时断电，并在两侧当时的磁盘上启动两个守护进程。`)
	opt := options("mirror-log", "n1", "n2")
	opt.Disks = []vm.Disk{loggedLUN: {Size: loggedSize, Own: true}, logLUN: {Size: 4 << 30, Own: true}}
	m := newMirrored(t, opt, r)
	for _, fstype := range []string{"ext4", "xfs"} {
		t.Run(fstype, func(t *testing.T) {
			c := &crash{mirrored: m, fstype: fstype, base: map[string]string{}}
			r.begin()
			c.run(t)
			c.judge(t)
		})
	}
}

// run uses the volume until there are enough marks.
func (c *crash) run(t *testing.T) {
	n1 := c.names[0]
	for _, n := range c.names {
		c.lay(t, n)
	}
	// A stop of the Primary's daemon for the time of a mark is no loss of the link.
	c.create(t, map[string]string{"silence": "20000", "slow": "20000"})
	c.act(t, n1, ha.VolumePromote)
	if err := c.drivers[n1].Format(t.Context(), volumeName, c.fstype); err != nil {
		t.Fatal(err)
	}
	c.db.init(t, n1)
	c.db.start(t, n1)
	c.writer = writes(t, t.TempDir(), c.rig.Address(n1, clients))
	c.scribe = c.writesRecords(t, n1)
	fio := c.verifies(t, n1)
	c.becomes(t, n1, "in sync", paired)
	for range 3 {
		c.busy(t)
		c.instant(t)
	}
	c.part(t, n1, true, replicates)
	c.becomes(t, n1, "alone", without)
	c.busy(t)
	c.instant(t)
	c.part(t, n1, false, replicates)
	c.becomes(t, n1, "no more alone", func(s daemon.Status) bool { return !without(s) })
	c.instant(t)
	c.becomes(t, n1, "in sync again", paired)
	c.instant(t)
	c.note(t)
	for range 2 {
		c.busy(t)
		c.instant(t)
	}
	if err := c.scribe.end(); err != nil {
		t.Fatal(err)
	}
	runs, err := fio.end()
	if err != nil || runs == 0 {
		t.Fatalf("fio read something else than it wrote, or nothing, %d runs: %v", runs, err)
	}
	rows := c.writer.none(t)
	c.writer.stop()
	c.db.stop(t, n1)
	c.act(t, n1, ha.VolumeDemote)
	c.remove(t)
	for _, n := range c.names {
		// The log has been written to its end once its target is gone, and is in the store once that is flushed.
		c.in(t, n, "sh", "-ec", "dmsetup remove --retry $1; sync $2", "sh", loggedName, lunDevice(logLUN))
	}
	c.results.add(c.fstype+": the load", fmt.Sprintf("with %d marks, %d of them instants; the link is cut in the midst, and heals", len(c.marks), c.instants()), fmt.Sprintf("%d rows and %d records acknowledged; fio has read back %d times what it wrote", rows, c.scribe.last, runs),
		"everything is read back as it was written")
}

// lay lays the kernel's target over a machine's disk, with nothing on it: zeroes are written, as a discard may leave what there was.
func (c *crash) lay(t *testing.T, node string) {
	t.Helper()
	c.in(t, node, "sh", "-ec", `modprobe dm-log-writes; blkdiscard -f -z $2; sync $2
		dmsetup create $1 --uuid $1-$(hostname) --table "0 $(blockdev --getsz $2) log-writes $2 $3"`, "sh", loggedName, lunDevice(loggedLUN), lunDevice(logLUN))
	c.disks[node] = loggedDisk
	c.base[node] = filepath.Join(t.TempDir(), node)
	host(t, "cp", "--sparse=always", c.rig.Machine(node).Store(loggedLUN), c.base[node])
}

// busy waits until all users have got on, and notes what they were told.
func (c *crash) busy(t *testing.T) {
	t.Helper()
	for range 2 {
		for range 3 {
			if err := c.scribe.more(3); err != nil {
				t.Fatal(err)
			}
		}
		c.writer.acknowledged(t, 2)
		c.note(t)
	}
}

// told is a mark, not yet in any log, with what was acknowledged until now.
func (c *crash) told(t *testing.T) mark {
	t.Helper()
	k := mark{name: fmt.Sprintf("mark-%d", len(c.marks)+1), records: c.scribe.last}
	var err error
	if k.rows, err = os.ReadFile(c.writer.acks); err != nil {
		t.Fatal(err)
	}
	k.set = c.arbiter.set(t)
	return k
}

// note marks both logs while everything goes on.
func (c *crash) note(t *testing.T) {
	t.Helper()
	k := c.told(t)
	for _, n := range c.names {
		c.in(t, n, "dmsetup", "message", loggedName, "0", "mark", k.name)
	}
	c.keep(t, k)
}

func (c *crash) keep(t *testing.T, k mark) {
	t.Helper()
	c.marks = append(c.marks, k)
	t.Logf("%s: %d rows and %d records, set %v, instant %v", k.name, bytes.Count(k.rows, []byte("\n")), k.records, k.set.Members, k.instant)
}

// freeze has the Primary's daemon stand still: each of its threads is stopped when this ends.
const freeze = `pid=$(pidof hawser-mirror); kill -STOP $pid
	until [ "$(cat /proc/$pid/task/*/stat | grep -vc ') T ')" = 0 ]; do :; done; `

// markIt marks the log, and then has the disk flushed: what was not flushed at the mark is logged between the two.
const markIt = `dmsetup message $1 0 mark $2; sync /dev/mapper/$1`

// instant marks both logs while nothing goes from one side to the other.
func (c *crash) instant(t *testing.T) {
	t.Helper()
	n1, n2 := c.names[0], c.names[1]
	k := c.told(t)
	k.instant = true
	c.in(t, n1, "sh", "-ec", freeze+markIt, "sh", loggedName, k.name)
	c.in(t, n2, "sh", "-ec", markIt, "sh", loggedName, k.name)
	k.set = c.arbiter.set(t)
	c.in(t, n1, "sh", "-ec", "kill -CONT $(pidof hawser-mirror)")
	c.keep(t, k)
}

// judge goes through both logs, from instant to instant.
func (c *crash) judge(t *testing.T) {
	c.results.begin()
	var sides [2]*replay
	for i, n := range c.names {
		sides[i] = c.replay(t, n, uint8(i+1)) //nolint:gosec // 1 or 2
		defer sides[i].close()
	}
	begin := time.Now()
	for _, k := range c.marks {
		if !k.instant {
			continue
		}
		for _, s := range sides {
			s.advance(t, s.log.Marked(k.name)+1)
		}
		c.together(t, sides, k)
	}
	for _, s := range sides {
		s.advance(t, len(s.log.Entries))
		c.results.add(fmt.Sprintf("%s: %s loses its power", c.fstype, s.node), fmt.Sprintf("at %d of %d flush points and %d marks, of %d requests logged (seed %d)", s.chosen, s.flushes, s.marked, len(s.log.Entries), *crashSeed),
			fmt.Sprintf("%d images whose metadata are whole: in %d %s; %d in the midst of a resync, as their metadata say", s.checked+s.partial, s.checked, clean(c.fstype), s.partial), "each image clean, everything acknowledged there")
	}
	last := c.marks[len(c.marks)-1]
	c.results.add(c.fstype+": both lose their power", fmt.Sprintf("at each of %d instants; the crashed Primary is promoted, its peer gets what it lacks", c.instants()),
		fmt.Sprintf("each time %s, and both copies alike; %d rows and %d records at last; %.0f s for all images", clean(c.fstype), bytes.Count(last.rows, []byte("\n")), last.records, time.Since(begin).Seconds()),
		"everything acknowledged there, file system clean, both copies alike")
}

// instants is how many of the marks are that.
func (c *crash) instants() int {
	n := 0
	for _, k := range c.marks {
		if k.instant {
			n++
		}
	}
	return n
}
