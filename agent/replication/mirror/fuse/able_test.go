package fuse_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hawser/agent/replication/mirror/fuse"
)

// TestAble: a host without FUSE, and one without loop devices, are told apart.
func TestAble(t *testing.T) {
	dev := t.TempDir()
	for _, step := range []struct {
		want error
		file string
	}{{fuse.ErrNoFUSE, "fuse"}, {fuse.ErrNoLoop, "loop-control"}, {nil, ""}} {
		if err := fuse.Able(dev); !errors.Is(err, step.want) {
			t.Errorf("got %v, want %v", err, step.want)
		}
		if step.file == "" {
			break
		}
		if err := os.WriteFile(filepath.Join(dev, step.file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
