package lun

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Op is what a record of the journal says.
type Op string

// The kinds of record. Mount and Unmount are writes, too: of an ext4 superblock, which says whether its file system is in use.
const (
	Attach  Op = "attach"  // the node's path to the disk exists
	Write   Op = "write"   // accepted, not yet durable
	Zero    Op = "zero"    // discard or write of zeroes, accepted
	Mount   Op = "mount"   // a superblock was written that says: in use, the journal must be replayed
	Unmount Op = "unmount" // a superblock was written that says: cleanly unmounted
	Flush   Op = "flush"   // what was accepted before is durable; Length is how much reached the store with it
	Destage Op = "destage" // the cache was full: Length bytes reached the store before anybody asked
	Fail    Op = "fail"    // every request of this node fails from here on; what it had not flushed is dropped
	Off     Op = "off"     // the node has no power; what it had not flushed is dropped
	Mark    Op = "mark"    // a note of a test
)

// Record is one line of the journal.
type Record struct {
	Node      string
	Op        Op
	Monotonic time.Duration // CLOCK_MONOTONIC, the same in all LUN processes of a machine
	Time      time.Time
	Offset    int64
	Length    int64
}

func (r Record) String() string {
	return fmt.Sprintf("%s %s %d %d %d %d", r.Node, r.Op, r.Monotonic, r.Time.UnixNano(), r.Offset, r.Length)
}

// ParseRecord reads what String wrote.
func ParseRecord(line string) (Record, error) {
	f := strings.Fields(line)
	if len(f) != 6 {
		return Record{}, fmt.Errorf("parse journal line %q: want 6 fields, got %d", line, len(f))
	}
	var n [4]int64
	for i := range n {
		v, err := strconv.ParseInt(f[2+i], 10, 64)
		if err != nil {
			return Record{}, fmt.Errorf("parse journal line %q: %w", line, err)
		}
		n[i] = v
	}
	return Record{
		Node: f[0], Op: Op(f[1]), Monotonic: time.Duration(n[0]), Time: time.Unix(0, n[1]).UTC(), Offset: n[2], Length: n[3],
	}, nil
}

// Journal appends records to the one file that all LUN processes share. Each record is one write with O_APPEND,
// so the order of lines is the order of events for all nodes together.
type Journal struct {
	path string

	mu   sync.Mutex // guards file
	file *os.File
}

// OpenJournal opens or creates the journal at path.
func OpenJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Journal{path: path, file: f}, nil
}

// Append writes a record; the times are filled in.
func (j *Journal) Append(r Record) error {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return err
	}
	r.Monotonic, r.Time = time.Duration(ts.Nano()), time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := j.file.WriteString(r.String() + "\n")
	return err
}

// Reopen goes on in a new file after the old one was renamed.
func (j *Journal) Reopen() error {
	f, err := os.OpenFile(j.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	j.mu.Lock()
	old := j.file
	j.file = f
	j.mu.Unlock()
	return old.Close()
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// Rotated is the name of a journal's older part.
func Rotated(path string) string { return path + ".1" }

// ReadJournal reads the journal and its older part, in order. A last line without its end is left out: it is being written.
func ReadJournal(path string) ([]Record, error) {
	var all []Record
	for _, p := range []string{Rotated(path), path} {
		f, err := os.Open(p)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		records, err := parseJournal(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		all = append(all, records...)
	}
	return all, nil
}

func parseJournal(r io.Reader) ([]Record, error) {
	var records []Record
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		rec, err := ParseRecord(line)
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
}

// Overlap is an interval in which two nodes wrote: Writer wrote while Holder had not let go of the disk.
type Overlap struct {
	Holder, Writer string
	Since          time.Time // the holder's last write before the interval
	From, To       time.Time // the writer's first and last write while the holder held the disk
	Writes         int
}

func (o Overlap) String() string {
	return fmt.Sprintf("%s wrote %d times between %s and %s while %s, which wrote last at %s, had not let go",
		o.Writer, o.Writes, o.From.Format(clock), o.To.Format(clock), o.Holder, o.Since.Format(clock))
}

const clock = "15:04:05.000000"

// Overlaps returns the intervals in which the disk had two initiators. None means: never two writers.
//
// A node takes hold of the disk with any change: a write, a discard, or a flush or destage that moved bytes to the store
// (old data that arrives late hurts as much as a new write). It lets go
//   - by a clean unmount: a superblock that says so was written and then flushed, with no other write between;
//   - by losing power, or its path to the disk: the LUN drops what was not flushed and refuses everything from then on.
//
// A change by one node while another one holds the disk is an overlap. This is stricter than "A, B, A again": a node that
// is alive with the disk mounted is a danger even before its next write. A clean move is A, unmount, flush, B; a crash is
// A, off, B; A, B, unmount of A is an overlap, and so is A, off, attach, A's late flush after B.
func Overlaps(records []Record) []Overlap {
	type state struct {
		holds    bool
		clean    bool // the last change was a superblock that says unmounted; a flush makes it a release
		lastTime time.Time
	}
	nodes := map[string]*state{}
	var names []string
	open := map[[2]string]*Overlap{}
	var found []*Overlap
	closeOf := func(node string) {
		for pair := range open {
			if pair[0] == node || pair[1] == node {
				delete(open, pair)
			}
		}
	}
	for _, r := range records {
		if r.Node == "" || r.Op == Mark {
			continue
		}
		s := nodes[r.Node]
		if s == nil {
			s = &state{}
			nodes[r.Node] = s
			names = append(names, r.Node)
			sort.Strings(names)
		}
		change := r.Op == Write || r.Op == Zero || r.Op == Mount || r.Op == Unmount ||
			(r.Op == Flush || r.Op == Destage) && r.Length > 0
		if change {
			for _, other := range names {
				o := nodes[other]
				if other == r.Node || !o.holds {
					continue
				}
				pair := [2]string{other, r.Node}
				hit := open[pair]
				if hit == nil {
					hit = &Overlap{Holder: other, Writer: r.Node, Since: o.lastTime, From: r.Time}
					open[pair] = hit
					found = append(found, hit)
				}
				hit.To = r.Time
				hit.Writes++
			}
			s.lastTime = r.Time
		}
		switch r.Op {
		case Write, Zero, Mount:
			s.holds, s.clean = true, false
		case Unmount:
			s.holds, s.clean = true, true
		case Destage:
			s.holds = true
		case Flush:
			if s.clean {
				s.holds, s.clean = false, false
				closeOf(r.Node)
			} else if r.Length > 0 {
				s.holds = true
			}
		case Off, Fail, Attach:
			s.holds, s.clean = false, false
			closeOf(r.Node)
		}
	}
	out := make([]Overlap, 0, len(found))
	for _, o := range found {
		out = append(out, *o)
	}
	return out
}
