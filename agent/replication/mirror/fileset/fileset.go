// Package fileset is an in-sync set in a file, with a helper that changes it: for tests and benchmarks, where both sides are members of the
// same quorate partition for ever.
package fileset

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
)

// errGone is a change that is given up with the daemon that has asked for it.
var errGone = errors.New("who has asked is gone")

// Helper is the program that a daemon asks: it compares and sets under a lock.
func Helper(path string, in io.Reader, out io.Writer) error {
	parent := os.Getppid()
	var q daemon.Question
	if err := json.NewDecoder(in).Decode(&q); err != nil { // before the lock: who asks may have been stopped
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	var set core.InSync
	if err := json.NewDecoder(f).Decode(&set); err != nil {
		return err
	}
	change := core.Change{Kind: core.ChangeOf(q.Change), Node: q.Side, Term: q.Term, Keep: q.Keep}
	set, err = set.Change(change)
	if err != nil {
		return json.NewEncoder(out).Encode(daemon.Answer{Outcome: "denied", Reason: daemon.Reason(err)})
	}
	if change.Dies() && os.Getppid() != parent {
		return errGone
	}
	if err := Write(path, set); err != nil {
		return err
	}
	a := daemon.Answer{Outcome: "done", Term: set.Term, Seen: set.Seen}
	for n := uint8(1); n <= 2; n++ {
		if set.Members[n] {
			a.Members = append(a.Members, n)
		}
	}
	return json.NewEncoder(out).Encode(a)
}

// Read reads the set.
func Read(path string) (core.InSync, error) {
	f, err := os.Open(path)
	if err != nil {
		return core.InSync{}, err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
		return core.InSync{}, err
	}
	var set core.InSync
	return set, json.NewDecoder(f).Decode(&set)
}

// Write writes the set, in place: the file is what is locked.
func Write(path string, set core.InSync) error {
	b, err := json.Marshal(set)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
