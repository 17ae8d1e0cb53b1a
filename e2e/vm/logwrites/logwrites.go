// Package logwrites reads what the kernel's dm-log-writes has written down below a file system, a database or a mirror, and makes of it what a
// disk would hold after a loss of power at any moment.
//
// The target logs a plain write no earlier than the flush that makes it durable, and behind it that flush. A write with FUA it logs when it has
// ended, a mark when it is set. So what is logged up to a flush, a FUA write or a mark is just what is sure at that moment; what is logged
// between that and the next flush may be on the disk, or not.
package logwrites

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// The format is that of drivers/md/dm-log-writes.c in Linux 6.1: a sector for the superblock, then for each entry a sector with its header and
// the data. A mark's text stands behind its header.
const (
	magic   = 0x6a736677736872
	version = 1

	flagFlush   = 1
	flagFUA     = 2
	flagDiscard = 4
	flagMark    = 8

	superSize, headerSize = 28, 32
	smallest, largest     = 512, 4096 // sectors
)

// ErrFormat is a log that the kernel does not write.
var ErrFormat = errors.New("not a log of dm-log-writes")

// Entry is one request. A flush, and a mark, have no data.
type Entry struct {
	Offset, Length      int64
	Flush, FUA, Discard bool
	Mark                string
	data                int64 // where in the log
}

// Sure says that everything up to this entry is on the disk.
func (e Entry) Sure() bool { return e.Flush || e.FUA || e.Mark != "" }

// Log is a log, oldest entry first.
type Log struct {
	Entries []Entry
	Sector  int64 // of the disk: it is written whole or not at all
	file    io.ReaderAt
}

// Read reads a log's headers; the data are read when they are asked for.
func Read(file io.ReaderAt) (*Log, error) {
	super := make([]byte, superSize)
	if _, err := file.ReadAt(super, 0); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	l := &Log{Sector: int64(le.Uint32(super[24:])), file: file}
	if le.Uint64(super) != magic || le.Uint64(super[8:]) != version || l.Sector < smallest || l.Sector > largest {
		return nil, fmt.Errorf("%w: superblock % x", ErrFormat, super)
	}
	at := l.Sector
	for n := range le.Uint64(super[16:]) {
		e, err := l.entry(at)
		if err != nil {
			return nil, fmt.Errorf("entry %d at %d: %w", n, at, err)
		}
		l.Entries = append(l.Entries, e)
		at += l.Sector
		if !e.Discard {
			at += e.Length
		}
	}
	return l, nil
}

func (l *Log) entry(at int64) (Entry, error) {
	b := make([]byte, l.Sector)
	if _, err := l.file.ReadAt(b, at); err != nil {
		return Entry{}, err
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	sector, sectors, flags, text := u(0), u(8), u(16), u(24)
	const most = 1 << 50                                                                                         // bytes: no disk has more, and no sum overflows
	if sector > most/uint64(l.Sector) || sectors > most/uint64(l.Sector) || text > uint64(l.Sector-headerSize) { //nolint:gosec // positive
		return Entry{}, fmt.Errorf("%w: % x", ErrFormat, b[:headerSize])
	}
	e := Entry{
		Offset: int64(sector) * l.Sector, Length: int64(sectors) * l.Sector, data: at + l.Sector, //nolint:gosec // bounded
		Flush: flags&flagFlush != 0, FUA: flags&flagFUA != 0, Discard: flags&flagDiscard != 0,
	}
	if flags&flagMark != 0 {
		e.Mark = string(bytes.TrimRight(b[headerSize:headerSize+text], "\x00"))
	}
	// Device-mapper takes a flush with data apart. Its data would not be sure, its flush would be.
	if (e.Mark != "" || e.Flush && !e.FUA) && e.Length > 0 {
		return Entry{}, fmt.Errorf("%w: a flush or mark with data: % x", ErrFormat, b[:headerSize])
	}
	return e, nil
}

// Marked returns the place of a mark, -1 where it is not there.
func (l *Log) Marked(text string) int {
	for i, e := range l.Entries {
		if e.Mark == text {
			return i
		}
	}
	return -1
}

// Unsure returns the end of what may be on the disk, or not, once the entry at i is: where the next flush is logged.
func (l *Log) Unsure(i int) int {
	for i++; i < len(l.Entries); i++ {
		if l.Entries[i].Flush {
			return i
		}
	}
	return i
}

// Apply writes entries to an image of the disk, from one to before another.
func (l *Log) Apply(image io.WriterAt, from, end int) error {
	for _, e := range l.Entries[from:end] {
		data, err := l.load(e)
		if err != nil {
			return err
		}
		if _, err := image.WriteAt(data, e.Offset); err != nil {
			return err
		}
	}
	return nil
}

// Tear writes some of the entries to an image, as a disk may that loses its power in their midst: each is there, or not, or in part, sector by
// sector.
func (l *Log) Tear(image io.WriterAt, from, end int, random *rand.Rand) error {
	for _, e := range l.Entries[from:end] {
		kind := random.IntN(4)
		if kind == 0 {
			continue
		}
		data, err := l.load(e)
		if err != nil {
			return err
		}
		for at := int64(0); at < int64(len(data)); at += l.Sector {
			if kind == 1 && random.IntN(2) == 0 {
				continue
			}
			if _, err := image.WriteAt(data[at:at+l.Sector], e.Offset+at); err != nil {
				return err
			}
		}
	}
	return nil
}

// load reads the data of an entry. A discard has none: zeroes stand for what is not defined then.
func (l *Log) load(e Entry) ([]byte, error) {
	data := make([]byte, e.Length)
	if e.Discard || e.Length == 0 {
		return data, nil
	}
	_, err := l.file.ReadAt(data, e.data)
	return data, err
}
