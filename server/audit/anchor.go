package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hawser/internal/api"
)

// anchor is the end of the log as it is kept outside of the database: whoever can write there alone cannot cut the log.
type anchor struct {
	Head api.AuditHead `json:"head"`
	// Since is the first entry that an end was kept of: 1, unless the file was lost or the log is older than the file.
	Since int64 `json:"since"`
}

// errAnchor says that somebody has written into the file, or that a disk has lost it.
var errAnchor = errors.New("it does not hold the end of an audit log; look why, then move it away")

func readAnchor(path string) (anchor, error) {
	var a anchor
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("read end of the audit log: %w", err)
	}
	if err := json.Unmarshal(data, &a); err != nil || a.Since < 1 || a.Head.Entries < a.Since {
		return a, fmt.Errorf("%s: %w", path, errAnchor)
	}
	return a, nil
}

// write replaces the file. It is flushed before the old one goes, so that a power failure leaves one of the two.
func (a anchor) write(path string) (err error) {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep end of the audit log: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep end of the audit log: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
