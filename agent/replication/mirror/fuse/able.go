package fuse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// What a host may lack.
var (
	ErrNoFUSE = errors.New("the kernel offers no FUSE")
	ErrNoLoop = errors.New("the kernel offers no loop devices")
)

// Able says whether a host can have a volume's block device; dev is its folder of devices. Opening them has the kernel load the modules where
// it has them.
func Able(dev string) error {
	for _, need := range []struct {
		file string
		err  error
	}{{"fuse", ErrNoFUSE}, {"loop-control", ErrNoLoop}} {
		f, err := os.OpenFile(filepath.Join(dev, need.file), os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("%w: %w", need.err, err)
		}
		_ = f.Close() // nothing was asked of it
	}
	return nil
}
