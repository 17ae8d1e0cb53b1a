package fileset_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/fileset"
)

// TestStopped: a daemon that was stopped in the midst of its question keeps nobody from reading the set.
func TestStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set")
	want := core.InSync{Term: 3, Members: [3]bool{1: true}}
	if err := fileset.Write(path, want); err != nil {
		t.Fatal(err)
	}
	in, question := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- fileset.Helper(path, in, io.Discard) }()
	if _, err := question.Write([]byte("{")); err != nil { // returns once it has been read
		t.Fatal(err)
	}
	read := make(chan core.InSync, 1)
	go func() {
		set, err := fileset.Read(path)
		if err != nil {
			t.Error(err)
		}
		read <- set
	}()
	select {
	case got := <-read:
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Error("the set cannot be read while a question is under way")
	}
	question.Close()
	if err := <-done; err == nil {
		t.Error("half a question was answered")
	}
}
