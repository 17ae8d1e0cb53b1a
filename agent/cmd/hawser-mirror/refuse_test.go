package main

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/format"
	"hawser/internal/testkit"
)

// small is a device for what needs no file system.
const small = 4 << 20

// patch changes bytes of a side's device.
func (s *side) patch(t *testing.T, offset int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(s.Device, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(b, offset)
	must(t, err)
	must(t, f.Close())
}

func (s *side) contents(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(s.Device)
	must(t, err)
	return string(b)
}

// TestCreateRefuses: a device that carries something is left as it is, unless just that is named.
func TestCreateRefuses(t *testing.T) {
	s := newRig(t, small).sides[1]
	s.refused(t, "is it the right device?", "create-metadata", "--destroy", "ext4")
	s.refused(t, "Data all is none of", "create-metadata", "--data", "all")
	tool(t, "mkfs.ext4", "-q", "-F", s.Device)
	before := s.contents(t)
	s.refused(t, "carries ext4", "create-metadata")
	s.refused(t, "carries ext4", "create-metadata", "--destroy", "xfs")
	if s.contents(t) != before {
		t.Fatal("a refusal has changed the device")
	}
	s.order(t, "create-metadata", "--destroy", "ext4")
	s.refused(t, "carries mirror", "create-metadata")
	s.order(t, "create-metadata", "--destroy", "mirror", "--data", "equal")

	must(t, os.WriteFile(s.Device, []byte(strings.Repeat("x", small)), 0o600))
	s.refused(t, "carries data", "create-metadata")
	must(t, os.WriteFile(s.Device, nil, 0o600))
	s.refused(t, "too small", "create-metadata")
	s.Device += "-none"
	s.save(t)
	s.refused(t, "Neither a block device nor a regular file", "create-metadata")
}

// TestConfigRefuses: all mistakes at once, no unknown key.
func TestConfigRefuses(t *testing.T) {
	s := newRig(t, small).sides[1]
	bad := s.Config
	bad.Name, bad.Volume, bad.Side, bad.Device, bad.Size, bad.Address, bad.Helper, bad.Timing.Ping = "../x", "12", 3, "disk", 100, "host:1", nil, -1
	err := bad.Validate()
	for _, path := range []string{"name", "volume", "side", "device", "size", "address", "helper", "timing.ping"} {
		if err == nil || !strings.Contains(err.Error(), "; "+path+": ") {
			t.Errorf("%s is not refused: %v", path, err)
		}
	}
	must(t, os.WriteFile(s.file, []byte(`{"name":"v","sizes":1}`), 0o600))
	s.refused(t, "unknown field", "status")
	must(t, os.WriteFile(s.file, []byte(`{`), 0o600))
	s.refused(t, "cannot be used", "status")
}

// TestRunRefuses: a daemon does not serve what is not its own, and writes nothing there.
func TestRunRefuses(t *testing.T) {
	s := newRig(t, small).sides[1]
	s.refused(t, "does not run", "status")
	s.ends(t, "no mirror on this device")
	s.order(t, "create-metadata", "--data", "source")
	good, config := s.contents(t), s.Config

	for _, c := range []struct {
		name, sentence string
		spoil          func()
	}{
		{"key of others", "0600", func() { must(t, os.Chmod(s.KeyFile, 0o644)) }},
		{"short key", "shorter than 32", func() { must(t, os.WriteFile(s.KeyFile, []byte("secret"), 0o600)) }},
		{"other volume", "another volume or another side", func() { s.Volume = strings.Repeat("7", 32) }},
		{"other side", "another volume or another side", func() { s.Config.Side, s.Address = 2, "127.0.0.1:1" }},
		{"other size", "another size than configured", func() { s.Size = 1 << 20 }},
		{"shrunk", "too small", func() { must(t, os.Truncate(s.Device, small/2)) }},
		{"copied", "this is a copy", func() {
			must(t, os.Rename(s.Device, s.Device+"-old"))
			must(t, os.WriteFile(s.Device, []byte(good), 0o600))
		}},
		{"newer version", "of a version", func() { s.patch(t, 8, binary.LittleEndian.AppendUint16(nil, 2)) }},
		{"both superblocks damaged", "damaged", func() {
			s.patch(t, 100, []byte{0xff})
			s.patch(t, format.BlockSize+100, []byte{0xff})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spoil()
			before := s.contents(t)
			s.save(t)
			s.ends(t, c.sentence)
			if s.contents(t) != before {
				t.Error("a refusal has changed the device")
			}
			s.Config = config
			s.save(t)
			must(t, os.WriteFile(s.KeyFile, []byte(strings.Repeat("k", 40)), 0o600))
			must(t, os.Chmod(s.KeyFile, 0o600))
			if _, err := os.Stat(s.Device + "-old"); err == nil {
				must(t, os.Rename(s.Device+"-old", s.Device))
			}
			must(t, os.Truncate(s.Device, small))
			s.patch(t, 0, []byte(good))
		})
	}

	s.start(t)
	s.ends(t, "Another daemon serves")
	s.Name = "v7"
	s.save(t)
	s.ends(t, "another mirror has it")
	s.Config = config
	s.save(t)
}

// TestPeerRefused: a peer that is none is not worked with, on both sides, and the reason is told; nothing is copied.
func TestPeerRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		reason []string // one of them: only one side knows it first hand
		spoil  func(t *testing.T, s *side)
	}{
		{"wrong key", []string{"mirror.wrong_key"}, func(t *testing.T, s *side) {
			must(t, os.WriteFile(s.KeyFile, []byte(strings.Repeat("q", 40)), 0o600))
			s.order(t, "create-metadata")
		}},
		{"other volume", []string{"mirror.other_volume", "mirror.by_peer"}, func(t *testing.T, s *side) {
			s.Volume = strings.Repeat("7", 32)
			s.save(t)
			s.order(t, "create-metadata")
		}},
		{"other size", []string{"mirror.peer_size", "mirror.by_peer"}, func(t *testing.T, s *side) {
			must(t, os.Truncate(s.Device, 2*small))
			s.order(t, "create-metadata")
		}},
		{"unrelated data", []string{"mirror.unrelated", "mirror.by_peer"}, func(t *testing.T, s *side) {
			s.order(t, "create-metadata", "--data", "source")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, small)
			c.spoil(t, r.sides[2])
			r.sides[1].order(t, "create-metadata", "--data", "source")
			for _, s := range r.sides[1:] {
				s.start(t)
			}
			for _, s := range r.sides[1:] {
				s.becomes(t, c.name, func(st daemon.Status) bool {
					if connected(st) {
						t.Fatalf("they work together: %+v", st)
					}
					return st.Problem != nil && strings.Contains(strings.Join(c.reason, ","), st.Problem.Reason)
				})
			}
		})
	}
}

// TestPromotion: who has nothing, or less than the peer, is not promoted.
func TestPromotion(t *testing.T) {
	whole(t)
	testkit.Need(t, "root", "fuse")
	r := newRig(t, small)
	a, b := r.sides[1], r.sides[2]
	a.order(t, "create-metadata", "--data", "source")
	b.order(t, "create-metadata")
	b.start(t)
	b.refused(t, "a mixture of old and new", "promote")
	b.becomes(t, "without a peer", func(st daemon.Status) bool { return st.Problem == nil && st.Connection == "Connecting" })
	a.start(t)
	b.becomes(t, "connected", connected)
	a.order(t, "promote")
	a.inSync(t)
	b.refused(t, "peer is Primary", "promote")
	b.kill(t)
	a.becomes(t, "alone", func(st daemon.Status) bool { return st.Mode == "Alone" })
	b.start(t)
	a.inSync(t)
	a.order(t, "disconnect")
	a.becomes(t, "alone", func(st daemon.Status) bool { return st.Mode == "Alone" && st.Connection == "StandAlone" })
	b.refused(t, "outdated", "promote") // by the set: it was put out
	a.order(t, "connect")
	a.inSync(t)
	a.order(t, "demote")
	b.order(t, "promote")
	b.inSync(t)
}
