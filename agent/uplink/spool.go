package uplink

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Bounds of the spool. Ten thousand events are weeks of a cluster that flaps once in a minute. When it is full the oldest
// event of the mildest severity goes: what a person must see outlives what is nice to know.
const (
	maxSpooled   = 10_000
	compactAfter = 512  // records that no longer matter
	keysKept     = 2048 // of events that were acknowledged, against telling a thing twice
)

func spoolPath(dir string) string { return filepath.Join(dir, "events.spool") }

// spool keeps events until the server has them. The file is a list of lines, each a checksum and a record; a line that a
// power cut has torn is the last one, and is cut off. Numbers are never given twice, even when the spool was empty.
type spool struct {
	path string
	hook func(when, step string) // before and after each step of an event on its way

	mu      sync.Mutex // guards what follows; file I/O under it is the point: order on disk is the order of numbers
	file    *os.File
	next    uint64       // number of the next event
	events  []wire.Event // not acknowledged, in order
	keys    map[string]struct{}
	order   []string // of keys, oldest first
	records int      // lines in the file
	dropped uint64
	handed  uint64 // newest number that was sent to a server: it may have the event, whether it confirms it or not
}

// record is a line of the file; exactly one field is set where nothing else is said.
type record struct {
	Event *wire.Event `json:"event,omitempty"`
	Acked uint64      `json:"acked,omitempty"` // all up to this one
	Next  uint64      `json:"next,omitempty"`  // the next number, at the head of a compacted file
	Gone  uint64      `json:"gone,omitempty"`  // this one was dropped
	// Handed: all up to this one may be with a server. It stands with Next at the head of a compacted file, too.
	Handed uint64 `json:"handed,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func openSpool(path string, hook func(when, step string)) (*spool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s := &spool{path: path, hook: hook, file: f, next: 1, keys: map[string]struct{}{}}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read spool: %w", err), f.Close())
	}
	return s, syncFolder(filepath.Dir(path))
}

func (s *spool) load() error {
	r, good := bufio.NewReaderSize(s.file, 64<<10), int64(0)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		rec, ok := decodeRecord(line)
		if !ok {
			// Torn or rotten. What comes after may be whole: go on, so that one bad block does not hide a month.
			good += int64(len(line))
			continue
		}
		s.apply(rec)
		good += int64(len(line))
	}
	if err := s.file.Truncate(good); err != nil {
		return err
	}
	_, err := s.file.Seek(good, io.SeekStart)
	return err
}

func (s *spool) apply(r record) {
	s.records++
	s.handed = max(s.handed, r.Handed)
	switch {
	case r.Event != nil:
		s.events = append(s.events, *r.Event)
		s.next = max(s.next, r.Event.Seq+1)
		s.remember(r.Event.Key)
	case r.Acked != 0:
		s.events = slices.DeleteFunc(s.events, func(e wire.Event) bool { return e.Seq <= r.Acked })
		s.next = max(s.next, r.Acked+1)
	case r.Gone != 0:
		s.events = slices.DeleteFunc(s.events, func(e wire.Event) bool { return e.Seq == r.Gone })
	case r.Next != 0:
		s.next = max(s.next, r.Next)
	}
}

func (s *spool) remember(key string) {
	if _, known := s.keys[key]; known || key == "" {
		return
	}
	s.keys[key] = struct{}{}
	s.order = append(s.order, key)
	if len(s.order) > keysKept+maxSpooled {
		delete(s.keys, s.order[0])
		s.order = s.order[1:]
	}
}

// add numbers the events and has them on disk when it returns. One that has been told already, by its key, is left out.
func (s *spool) add(events ...wire.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	var fresh []wire.Event
	seq, own := s.next, map[string]bool{}
	for _, e := range events {
		if _, told := s.keys[e.Key]; told || own[e.Key] {
			continue
		}
		own[e.Key] = e.Key != ""
		e.Seq = seq
		seq++
		fresh = append(fresh, e)
		if err := encodeRecord(&b, record{Event: &e}); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	s.hook("before", "event.keep")
	if err := s.write(b.Bytes(), true); err != nil {
		return fmt.Errorf("spool events: %w", err)
	}
	s.hook("after", "event.keep")
	for _, e := range fresh {
		s.apply(record{Event: &e})
	}
	return s.bound()
}

// write appends to the file. Where it fails half way, the next line would be glued to the torn one: so it is cut back.
func (s *spool) write(data []byte, flush bool) error {
	at, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(data); err != nil {
		_, seekErr := s.file.Seek(at, io.SeekStart)
		return errors.Join(err, s.file.Truncate(at), seekErr)
	}
	if flush {
		return s.file.Sync()
	}
	return nil
}

// bound drops what is too much.
func (s *spool) bound() error {
	for len(s.events) > maxSpooled {
		victim := 0
		for _, severity := range []ha.Severity{ha.Info, ha.Warning} {
			if i := slices.IndexFunc(s.events, func(e wire.Event) bool { return e.Change.Severity == severity }); i >= 0 {
				victim = i
				break
			}
		}
		var b bytes.Buffer
		gone := record{Gone: s.events[victim].Seq}
		if err := encodeRecord(&b, gone); err != nil {
			return err
		}
		if err := s.write(b.Bytes(), false); err != nil {
			return fmt.Errorf("bound spool: %w", err)
		}
		s.apply(gone)
		s.dropped++
	}
	return s.compact()
}

// ack forgets the events up to seq. It is not flushed: an acknowledgement that is lost makes the server hear of them again.
func (s *spool) ack(seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == 0 || s.events[0].Seq > seq {
		return nil
	}
	r := record{Acked: min(seq, s.next-1)}
	var b bytes.Buffer
	if err := encodeRecord(&b, r); err != nil {
		return err
	}
	s.hook("before", "event.ack")
	if err := s.write(b.Bytes(), false); err != nil {
		return fmt.Errorf("acknowledge in spool: %w", err)
	}
	s.hook("after", "event.ack")
	s.apply(r)
	return s.compact()
}

// hand notes that the event with that number is about to be sent. It is not flushed: after a power cut nobody mails before the server
// had its time once more.
func (s *spool) hand(seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq <= s.handed {
		return nil
	}
	r := record{Handed: seq}
	var b bytes.Buffer
	if err := encodeRecord(&b, r); err != nil {
		return err
	}
	if err := s.write(b.Bytes(), false); err != nil {
		return fmt.Errorf("note in spool what is sent: %w", err)
	}
	s.apply(r)
	return s.compact()
}

// wasHanded says whether an event that waits may be with a server already.
func (s *spool) wasHanded(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.events, func(e wire.Event) bool { return e.Key == key && e.Seq <= s.handed })
}

// meet prepares for a server that has events up to seq. It is ahead of this spool only where the spool is older than what
// was told (a machine restored from a snapshot): then new events must get numbers that the server has not seen.
func (s *spool) meet(seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq < s.next {
		return nil
	}
	s.next = seq + 1
	for i := range s.events {
		s.events[i].Seq = s.next
		s.next++
	}
	return s.rewrite()
}

func (s *spool) compact() error {
	if s.records-len(s.events) < compactAfter+len(s.events) {
		return nil
	}
	return s.rewrite()
}

func (s *spool) rewrite() error {
	var b bytes.Buffer
	if err := encodeRecord(&b, record{Next: s.next, Handed: s.handed}); err != nil {
		return err
	}
	for i := range s.events {
		if err := encodeRecord(&b, record{Event: &s.events[i]}); err != nil {
			return err
		}
	}
	if err := writeFile(s.path, b.Bytes()); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return errors.Join(err, f.Close())
	}
	_ = s.file.Close() // the old file, whose name is gone
	s.file, s.records = f, len(s.events)+1
	return nil
}

// after returns the oldest event with a number above seq.
func (s *spool) after(seq uint64) (wire.Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := slices.BinarySearchFunc(s.events, seq, func(e wire.Event, seq uint64) int {
		switch {
		case e.Seq < seq:
			return -1
		case e.Seq > seq:
			return 1
		}
		return 0
	})
	if found {
		i++
	}
	if i >= len(s.events) {
		return wire.Event{}, false
	}
	return s.events[i], true
}

// last returns the newest number that was given, waiting how many events the server does not have, lost how many were dropped.
func (s *spool) last() (seq uint64, waiting int, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next - 1, len(s.events), s.dropped
}

// all returns what the server does not have.
func (s *spool) all() []wire.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.file.Sync(), s.file.Close())
}

func encodeRecord(b *bytes.Buffer, r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	fmt.Fprintf(b, "%08x %s\n", crc32.Checksum(data, castagnoli), data)
	return nil
}

func decodeRecord(line []byte) (record, bool) {
	sum, data, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	if !ok || string(sum) != fmt.Sprintf("%08x", crc32.Checksum(data, castagnoli)) {
		return record{}, false
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, false
	}
	return r, true
}
