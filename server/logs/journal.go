package logs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// The server's log on disk: so many files of so many bytes. Whatever else keeps its standard error, a bundle needs it too, and
// the server starts no program that could read it there.
const (
	journalFiles = 4
	journalBytes = 8 << 20
)

// Journal keeps what is written to it, line by line, in files of a bounded size. It may be written to by several goroutines.
type Journal struct {
	dir string

	mu   sync.Mutex // guards what follows; writing under it is the point
	file *os.File
	size int64
}

// OpenJournal opens the journal in a folder, which is made where it is missing.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of the server's log: %w", err)
	}
	j := &Journal{dir: dir}
	return j, j.open()
}

func (j *Journal) path(n int) string {
	name := "server.log"
	if n > 0 {
		name += "." + strconv.Itoa(n)
	}
	return filepath.Join(j.dir, name)
}

func (j *Journal) open() error {
	f, err := os.OpenFile(j.path(0), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the server's log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	j.file, j.size = f, info.Size()
	return nil
}

// Write keeps p. It never fails: that the disk is full must not silence the log elsewhere.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.size+int64(len(p)) > journalBytes && j.size > 0 {
		j.turn()
	}
	if j.file != nil {
		n, _ := j.file.Write(p)
		j.size += int64(n)
	}
	return len(p), nil
}

// turn begins a new file. The caller holds mu.
func (j *Journal) turn() {
	if j.file != nil {
		_ = j.file.Close() // it is not written to any more
	}
	j.file, j.size = nil, 0
	for n := journalFiles - 1; n > 0; n-- {
		_ = os.Rename(j.path(n-1), j.path(n)) // one that is not there has nothing to say
	}
	_ = j.open() // tried again with the next line that begins a file
}

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// CopyJournal writes the lines of a span from the journal in a folder, oldest first.
func CopyJournal(w io.Writer, dir string, since, until time.Time) error {
	j := &Journal{dir: dir}
	for n := journalFiles - 1; n >= 0; n-- {
		f, err := os.Open(j.path(n))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = copySpan(w, f, since, until)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func copySpan(w io.Writer, r io.Reader, since, until time.Time) error {
	b := bufio.NewReaderSize(r, 64<<10)
	inside, begins := false, true
	for {
		part, err := b.ReadSlice('\n')
		if begins {
			if at, ok := lineTime(part); ok {
				inside = !at.Before(since) && at.Before(until)
			}
		}
		if inside {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		begins = err == nil
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// lineTime is the time with which slog begins a line, in either form.
func lineTime(line []byte) (time.Time, bool) {
	for _, before := range []string{"time=", `{"time":"`} {
		rest, has := bytes.CutPrefix(line, []byte(before))
		if end := bytes.IndexAny(rest, ` "`); has && end > 0 {
			if at, err := time.Parse(time.RFC3339Nano, string(rest[:end])); err == nil {
				return at, true
			}
		}
	}
	return time.Time{}, false
}
