// Package bundle writes and reads the archive of a log bundle: a tar that is compressed with Zstandard, with a bound for each
// file and for the whole, and with everything that is secret taken out before it is written to any disk.
package bundle

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"hawser/internal/fault"
	"hawser/internal/redact"
)

const (
	// window bounds the memory of both sides: an agent has 96 MiB in all.
	window = 1 << 20
	// maxDecode is what a reader gives to a frame: whoever needs more has not written it with this package.
	maxDecode = 32 << 20
	// maxName bounds the name of a file.
	maxName = 255
)

// ErrFull is what Writer.Add fails with once the whole has reached its limit.
var ErrFull = errors.New("the bundle is full")

// errCut ends what fills a file that has reached its own limit.
var errCut = errors.New("limit of the file reached")

// File is what was written.
type File struct {
	Path   string
	Bytes  int64
	SHA256 string
	Cut    bool // there was more than the limit
}

// Writer writes an archive. Its methods must not be called at once.
type Writer struct {
	tar   *tar.Writer
	zstd  *zstd.Encoder
	temp  string
	left  int64
	names map[string]bool
}

// NewWriter returns a Writer to w that takes limit bytes before compression. Temp is a folder for one file at a time.
func NewWriter(w io.Writer, temp string, limit int64) (*Writer, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return &Writer{tar: tar.NewWriter(z), zstd: z, temp: temp, left: limit, names: map[string]bool{}}, nil
}

// Add writes one file of at most limit bytes: what fill writes, without what r hides. A fill that stops at an error of its writer
// has done right. Where it fails with one of its own, that is why; what it had written until then is kept, and nothing is no file. A name
// that cannot be or is there already is why, too: one odd file must not cost all others.
func (w *Writer) Add(name string, limit int64, r *redact.Redactor, fill func(io.Writer) error) (file File, why, err error) {
	if w.left <= 0 {
		return File{}, nil, ErrFull
	}
	if err := checkName(name); err != nil {
		return File{}, err, nil
	}
	if w.names[name] {
		return File{}, fmt.Errorf("%s is there twice", name), nil
	}
	f, err := os.CreateTemp(w.temp, "file-")
	if err != nil {
		return File{}, nil, fmt.Errorf("write %s: %w", name, err)
	}
	defer func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }() // it is of no use any more
	sum := sha256.New()
	scarce := w.left < limit
	bound := &bounded{w: io.MultiWriter(f, sum), left: min(limit, w.left)}
	clean := r.Writer(bound)
	why = fill(clean)
	if bound.err == nil { // what is left of the last line
		_ = clean.Close() // an error is the bound's
	}
	switch {
	case bound.full:
		why = nil // whatever it says, it says of the limit
	case bound.err != nil:
		return File{}, nil, fmt.Errorf("write %s: %w", name, bound.err)
	}
	size := bound.written
	if why != nil && size == 0 {
		return File{}, why, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return File{}, nil, fmt.Errorf("write %s: %w", name, err)
	}
	if err := w.tar.WriteHeader(header(name, size)); err != nil {
		return File{}, nil, fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := io.Copy(w.tar, f); err != nil {
		return File{}, nil, fmt.Errorf("write %s: %w", name, err)
	}
	w.names[name] = true
	if w.left -= size; bound.full && scarce {
		w.left = 0 // what is left takes no line any more
	}
	return File{Path: name, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil)), Cut: bound.full}, why, nil
}

// Has says whether a file of that name was written.
func (w *Writer) Has(name string) bool { return w.names[name] }

// Left is how much may still be written.
func (w *Writer) Left() int64 { return w.left }

// Flush ends the compressed part without ending the archive: another may follow, and both together are one archive.
func (w *Writer) Flush() error { return errors.Join(w.tar.Flush(), w.zstd.Close()) }

// Close ends the archive. It does not close what is below.
func (w *Writer) Close() error { return errors.Join(w.tar.Close(), w.zstd.Close()) }

func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: size, ModTime: time.Now().UTC().Truncate(time.Second), Format: tar.FormatPAX}
}

// checkName refuses a name that could leave the folder in which a bundle is unpacked.
func checkName(name string) error {
	if name == "" || len(name) > maxName || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "../") || name == ".." || strings.ContainsAny(name, "\\\x00\n") {
		return fmt.Errorf("%q is no name of a file in a bundle", name)
	}
	return nil
}

// bounded takes so many bytes.
type bounded struct {
	w             io.Writer
	left, written int64
	full          bool
	err           error
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if int64(len(p)) > b.left {
		// Whole lines: the rest of one is of no use, and might be the beginning of what the next line would have hidden.
		b.full = true
		p = p[:bytes.LastIndexByte(p[:b.left], '\n')+1]
		b.err = errCut
	}
	n, err := b.w.Write(p)
	b.written, b.left = b.written+int64(n), b.left-int64(n)
	if err != nil {
		b.err, b.full = err, false
	}
	return n, b.err
}

// Read calls visit with each file of an archive that may come from anywhere: nothing but files with harmless names, and no more
// than limit bytes of them. A visit that does not read to the end is content with what it has.
func Read(ctx context.Context, r io.Reader, limit int64, visit func(name string, size int64, content io.Reader) error) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecode), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return fmt.Errorf("read archive: %w", err)
	}
	defer z.Close()
	archive := tar.NewReader(z)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q in the archive is no file", h.Name)
		}
		if err := checkName(h.Name); err != nil {
			return err
		}
		if limit -= h.Size; h.Size < 0 || limit < 0 {
			return fmt.Errorf("read archive: %w", ErrFull)
		}
		if err := visit(h.Name, h.Size, archive); err != nil {
			return err
		}
	}
}

// CheckSpace refuses where the disk of a folder has less than need bytes free.
func CheckSpace(dir string, need int64) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	free := int64(fs.Bavail) * int64(fs.Bsize) //nolint:unconvert // the types differ between machines
	if free < need {
		return fault.New(fault.Failed, "logs.no_space", "%d MiB are free on the disk of %s, %d are needed", free>>20, dir, need>>20).
			With("folder", dir, "free", size(free), "need", size(need))
	}
	return nil
}

func size(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
