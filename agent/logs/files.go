package logs

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"hawser/internal/fault"
	"hawser/internal/redact"
)

// open opens a regular file: no link, which others might have put there for root to follow, and no pipe, which might never end.
func open(path string) (*os.File, os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// readFile reads at most limit bytes of a file.
func readFile(path string, limit int64) ([]byte, error) {
	f, _, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// read reads a file of the host.
func (c *Collector) read(name string, limit int64) ([]byte, error) {
	if c.o.Machine.Root == "" {
		return nil, os.ErrNotExist
	}
	return readFile(filepath.Join(c.o.Machine.Root, name), limit)
}

// log takes the lines of a log that belong to the span. A file that was not written to since then has none.
func (j *job) log(name string) error {
	f, info, err := open(filepath.Join(j.c.o.Machine.Root, name))
	if err != nil {
		j.miss(name, j.public(err))
		return nil
	}
	defer f.Close()
	if info.ModTime().Before(j.q.Since) {
		return nil
	}
	r, as, err := unpacked(f, name)
	if err != nil {
		j.miss(name, j.public(err))
		return nil
	}
	cut := false
	if r == io.Reader(f) && info.Size() > maxTail {
		if _, err := f.Seek(-maxTail, io.SeekEnd); err != nil {
			j.miss(name, j.public(err))
			return nil
		}
		cut = true
	}
	to := strings.TrimPrefix(as, "/var/")
	if j.w.Has(to) { // a rotation that was interrupted has left both
		to = strings.TrimPrefix(name, "/var/") + ".txt"
	}
	within := &within{since: j.q.Since, until: j.q.Until, now: j.c.o.Now(), partial: cut, inside: true}
	return j.add(name, to, cut, func(w io.Writer) error { return within.copy(w, r) })
}

// unpacked reads what rotation has compressed, and returns the name without its ending.
func unpacked(f io.Reader, name string) (io.Reader, string, error) {
	switch ext := filepath.Ext(name); ext {
	case ".gz":
		r, err := gzip.NewReader(f)
		return r, strings.TrimSuffix(name, ext), err
	case ".bz2":
		return bzip2.NewReader(f), strings.TrimSuffix(name, ext), nil
	case ".zst":
		r, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(32<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, name, err
		}
		return r.IOReadCloser(), strings.TrimSuffix(name, ext), nil
	case ".xz", ".lz4":
		return nil, name, fault.New(fault.Failed, "logs.compressed", "the file is compressed in a way that is not read").With("kind", ext)
	}
	return f, name, nil
}

// within passes on the lines of a span. A line without a time belongs to the one before it.
type within struct {
	since, until, now time.Time
	partial           bool // the first line is the end of one
	inside            bool
}

const logLine = 64 << 10

func (s *within) copy(w io.Writer, r io.Reader) error {
	b := bufio.NewReaderSize(r, logLine)
	begins := !s.partial
	for {
		part, err := b.ReadSlice('\n')
		if begins && len(part) > 0 {
			if at, ok := lineTime(part, s.now); ok {
				s.inside = !at.Before(s.since) && at.Before(s.until)
				if at.After(s.until.Add(time.Hour)) { // lines may be a little out of order
					return nil
				}
			}
		}
		if s.inside && (begins || !s.partial) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			begins = false
		case err != nil:
			return fmt.Errorf("read log: %w", err)
		default:
			begins, s.partial = true, false
		}
	}
}

// The forms of time with which lines begin. Without a zone it is the host's; without a year, the last that has been.
var stamps = []string{"Jan _2 15:04:05.000000", "Jan _2 15:04:05.000", "Jan _2 15:04:05", "Jan 02 15:04:05"}

func lineTime(line []byte, now time.Time) (time.Time, bool) {
	head := bytes.TrimLeft(line[:min(len(line), 64)], "[")
	if i := bytes.IndexAny(head, " \t"); i >= 19 && len(head) > 10 && head[4] == '-' && head[10] == 'T' {
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05.999999Z0700"} {
			if at, err := time.Parse(form, string(bytes.TrimRight(head[:i], "]"))); err == nil {
				return at, true
			}
		}
	}
	for _, form := range stamps {
		if len(head) < len(form) {
			continue
		}
		at, err := time.ParseInLocation(form, string(head[:len(form)]), time.Local)
		if err != nil {
			continue
		}
		at = at.AddDate(now.Year(), 0, 0)
		if at.After(now.Add(24 * time.Hour)) {
			at = at.AddDate(-1, 0, 0)
		}
		return at, true
	}
	return time.Time{}, false
}

// secrets learns what must not be in the bundle: what is in key files, and what stands as a password in any configuration
// of the span.
func (j *job) secrets(ctx context.Context) *redact.Secrets {
	s := &redact.Secrets{}
	learn := func(data []byte) {
		if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			s.LearnJSON(data)
			return
		}
		s.Learn(lines(data))
	}
	for _, pattern := range keyFiles {
		for _, name := range j.c.glob(pattern) {
			if data, err := j.c.read(name, 64<<10); err == nil {
				s.Add(data)
			}
		}
	}
	for _, pattern := range secretConfigs {
		for _, name := range j.c.glob(pattern) {
			if data, err := j.c.read(name, maxConfig*4); err == nil {
				learn(data)
			}
		}
	}
	for _, pattern := range agentSecrets {
		found, _ := filepath.Glob(filepath.Join(j.c.o.StateDir, pattern)) // patterns of ours
		for _, name := range found {
			if data, err := readFile(name, maxConfig); err == nil {
				learn(data)
			}
		}
	}
	if data, err := j.c.o.Cluster.CIB(ctx); err == nil {
		learn(data)
	}
	for _, in := range j.inputs {
		if data, err := j.c.o.Cluster.Input(ctx, in.Name); err == nil {
			learn(data)
		}
	}
	return s
}
