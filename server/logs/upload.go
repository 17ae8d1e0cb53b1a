package logs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// upload is a part that is expected of a host.
type upload struct {
	name, host, file string
	bundle           string
	index            int

	writing sync.Mutex // held while it is written: one sender at a time
}

// expect lets a host send its part, under a name that nobody can guess.
func (l *Logs) expect(id string, i int, host string) *upload {
	u := &upload{name: rand.Text(), host: host, file: l.partFile(id, i), bundle: id, index: i}
	l.mu.Lock()
	l.uploads[u.name] = u
	l.mu.Unlock()
	return u
}

func (l *Logs) unexpect(u *upload) {
	l.mu.Lock()
	delete(l.uploads, u.name)
	l.mu.Unlock()
	u.writing.Lock() // whoever still writes comes to an end: the file is read next
	defer u.writing.Unlock()
}

func (l *Logs) expected(host, name string) (*upload, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if u := l.uploads[name]; u != nil && u.host == host {
		return u, nil
	}
	return nil, fault.New(fault.NotFound, "upload.unknown", "nothing is expected under this name")
}

// Have says how much of a part has arrived.
func (l *Logs) Have(host, name string) (int64, error) {
	u, err := l.expected(host, name)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(u.file)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at upload: %w", err)
	}
	return info.Size(), nil
}

// Receive takes what comes after the first from bytes of a part.
func (l *Logs) Receive(ctx context.Context, host, name string, from int64, r io.Reader) error {
	u, err := l.expected(host, name)
	if err != nil {
		return err
	}
	if !u.writing.TryLock() {
		return fault.New(fault.Unreachable, "upload.busy", "the part is being sent already")
	}
	defer u.writing.Unlock()
	if _, err := l.expected(host, name); err != nil { // it may have been given up meanwhile
		return err
	}
	f, err := os.OpenFile(u.file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	if end != from {
		return fault.New(fault.Unreachable, "upload.elsewhere", "the server has %d bytes", end) // it asks again and goes on from there
	}
	limit := l.o.NodeBytes + partSlack
	buffer := make([]byte, 64<<10)
	for {
		n, err := r.Read(buffer)
		if end+int64(n) > limit {
			return fault.New(fault.TooLarge, "upload.too_large", "the part is larger than %d bytes", limit)
		}
		if _, writeErr := f.Write(buffer[:n]); writeErr != nil {
			return fmt.Errorf("write upload: %w", writeErr)
		}
		end += int64(n)
		l.change(u.bundle, func(b *api.LogBundle) { b.Nodes[u.index].Bytes = end })
		switch {
		case errors.Is(err, io.EOF):
			return f.Sync()
		case err != nil:
			return fault.New(fault.Unreachable, "upload.broken", "the upload broke off: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// sum is the SHA-256 and the size of what has arrived.
func (u *upload) sum() (string, int64, error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	f, err := os.Open(u.file)
	if err != nil {
		return "", 0, fault.New(fault.Failed, "logs.part_broken", "the part has not arrived: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}
