package main

import (
	"bytes"
	"testing"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/fileset"
	"hawser/internal/testkit"
)

// blanks are two sides on which nothing ever was, connected, in a set that has nobody.
func blanks(t *testing.T) (r *rig, a, b *side) {
	t.Helper()
	r = newRig(t, small)
	must(t, fileset.Write(r.set, core.InSync{}))
	for _, s := range r.sides[1:] {
		s.order(t, "create-metadata")
	}
	for _, s := range r.sides[1:] {
		s.start(t)
	}
	for _, s := range r.sides[1:] {
		s.becomes(t, "connected", connected)
	}
	return r, r.sides[1], r.sides[2]
}

// idle is how two sides stand that have the same, and none is Primary.
func idle(s daemon.Status) bool {
	return s.Connection == "Connected" && s.Disk == "UpToDate" && s.Role == "Secondary" && s.Mode == "Met" && !s.Copying
}

// TestFirstSync: the side that is named is copied to the other, without anybody being Primary for those outside.
func TestFirstSync(t *testing.T) {
	r, a, b := blanks(t)
	b.patch(t, int64(small-len(b.data(t)))+100<<10, []byte("what counts"))
	a.refused(t, "a mixture of old and new", "promote")
	b.order(t, "first-sync")
	if s, err := b.status(); err != nil || s.Role != "Secondary" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, s := range r.sides[1:] {
		s.becomes(t, "in sync, with no Primary", idle)
	}
	if got := r.members(t); got != bothMembers.Members {
		t.Errorf("members %v", got)
	}
	b.order(t, "first-sync")
	for _, s := range r.sides[1:] {
		s.kill(t)
	}
	r.alike(t)
	if !bytes.Contains(a.data(t), []byte("what counts")) {
		t.Error("the source was overwritten")
	}
}

// TestSkipSync: two blank sides are in sync at once, and nothing else is.
func TestSkipSync(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, a, b := blanks(t)
	b.order(t, "disconnect")
	a.becomes(t, "alone", func(s daemon.Status) bool { return !connected(s) })
	a.refused(t, "cannot be declared the same", "first-sync", "--skip")
	b.order(t, "connect")
	a.becomes(t, "connected", connected)
	a.order(t, "first-sync", "--skip")
	for _, s := range r.sides[1:] {
		s.becomes(t, "in sync, with no Primary", idle)
	}
	a.order(t, "promote")
	a.inSync(t)
	b.refused(t, "There are data", "first-sync", "--skip")
}

// TestInvalidate: data that are given up come again, all of them; without a source they are kept.
func TestInvalidate(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	a, b := r.sides[1], r.sides[2]
	_, err := block(t, device).WriteAt(aligned(t, 128<<10, 'v'), 0)
	must(t, err)
	a.refused(t, "demote it first", "invalidate")
	b.patch(t, int64(small-len(b.data(t)))+2<<20, []byte("w"))
	b.order(t, "invalidate")
	a.becomes(t, "syncing or in sync", func(s daemon.Status) bool { return s.Mode == "Syncing" || s.PeerInSet })
	a.inSync(t)
	b.order(t, "disconnect")
	b.becomes(t, "alone", func(s daemon.Status) bool { return !connected(s) })
	b.refused(t, "not given up", "invalidate")
}

// TestOverride: after the loss of the better side a person names what is left, and it is used; what comes back is refused until it is given up.
func TestOverride(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r, device := raised(t)
	a, b := r.sides[1], r.sides[2]
	b.kill(t)
	f := block(t, device)
	_, err := f.WriteAt(aligned(t, 64<<10, 'l'), 0)
	must(t, err)
	must(t, f.Close())
	a.kill(t)
	a.order(t, "release")
	b.start(t)
	b.refused(t, "outdated", "promote")
	b.refused(t, "does not name", "promote", "--despite", "inconsistent")
	b.refused(t, "no state that can be overridden", "promote", "--despite", "everything")
	f = block(t, b.order(t, "promote", "--despite", "outdated"))
	_, err = f.WriteAt(aligned(t, 64<<10, 'o'), 1<<20)
	must(t, err)
	must(t, f.Close())
	a.start(t)
	a.becomes(t, "refused", func(s daemon.Status) bool {
		return s.Problem != nil && (s.Problem.Reason == "mirror.unrelated" || s.Problem.Reason == "mirror.by_peer")
	})
	a.refused(t, "outdated", "promote")
	a.becomes(t, "refused again", func(s daemon.Status) bool { return s.Problem != nil })
	a.order(t, "invalidate")
	b.inSync(t)
	b.order(t, "demote")
	for _, s := range r.sides[1:] {
		s.kill(t)
	}
	r.alike(t)
}
