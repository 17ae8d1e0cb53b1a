package device_test

import (
	"testing"

	"hawser/agent/replication/mirror/fuse"
)

// loopOn makes a block device of a file, as a front end does.
func loopOn(t *testing.T, path string) string {
	t.Helper()
	loop, err := fuse.Attach(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fuse.Detach(loop); err != nil {
			t.Error(err)
		}
	})
	if got, err := fuse.Attached(path); err != nil || got != loop {
		t.Errorf("%s stands on %s, found %q, %v", loop, path, got, err)
	}
	return loop
}
