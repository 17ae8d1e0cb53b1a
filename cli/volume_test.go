package cli_test

import (
	"strings"
	"testing"

	"hawser/cli"
)

// TestVolumeWatch: a resync is followed to its end, and then the volume is shown; on a terminal it is a bar in place.
func TestVolumeWatch(t *testing.T) {
	p := signedIn(t)
	p.server.mu.Lock()
	p.server.syncs = 2
	p.server.mu.Unlock()
	r := p.run("volume", "show", "demo", "data", "--watch")
	if r.code != cli.ExitOK || !strings.Contains(r.err, "SyncTarget 75.0 % 50.0 MiB/s 1m0s left") || !strings.Contains(r.err, "SyncTarget 100.0 %") || !strings.Contains(r.out, "in sync") {
		t.Errorf("%d\n%s\n%s", r.code, r.err, r.out)
	}
	p.terminal = true
	p.server.mu.Lock()
	p.server.syncs = 1
	p.server.mu.Unlock()
	if r = p.run("volume", "show", "demo", "data", "--watch"); !strings.Contains(r.err, "["+strings.Repeat("=", 30)+"] SyncTarget 100.0 %") {
		t.Errorf("no bar:\n%q", r.err)
	}
}

// TestVolumeResolve: at a terminal the evidence of both sides stands before the question, and the wrong name ends it.
func TestVolumeResolve(t *testing.T) {
	p := signedIn(t)
	p.terminal, p.typed = true, "other\n"
	r := p.run("volume", "resolve", "demo", "split", "n1")
	if r.code != cli.ExitUsage || !strings.Contains(r.out, "12.0 MiB") || !strings.Contains(r.out, "/srv") || !strings.Contains(r.err, "n1") {
		t.Errorf("%d\n%s\n%s", r.code, r.err, r.out)
	}
	for _, q := range p.server.requests {
		if strings.HasPrefix(q, "volume.resolve") {
			t.Errorf("sent %s", q)
		}
	}
	p.typed = "split\n"
	if r := p.run("volume", "resolve", "demo", "split", "n1"); r.code != cli.ExitOK {
		t.Errorf("%d %s", r.code, r.err)
	}
}

// TestVolumeArguments: what makes no sense is refused before anything is sent.
func TestVolumeArguments(t *testing.T) {
	p := signedIn(t)
	for _, args := range [][]string{
		{"limit", "demo", "data", "n1", "fast"},
		{"limit", "demo", "data", "n1", "-5"},
		{"create", "demo", "data", "n1=/dev/a", "n2=/dev/b", "--destroy", "n3=ext4"},
		{"create", "demo", "data", "n1=/dev/a", "n2=/dev/b", "--option", "max-buffers=1"},
		{"create", "demo", "data", "n1=/dev/a", "n1=/dev/b"},
	} {
		if r := p.run(append([]string{"volume"}, args...)...); r.code != cli.ExitUsage {
			t.Errorf("%v: %d %s", args, r.code, r.err)
		}
	}
	for _, verb := range []string{"check", "create"} { // the message names what is twice
		if r := p.run("volume", verb, "demo", "data", "n1=/dev/a", "n1=/dev/b"); r.code != cli.ExitUsage || !strings.Contains(r.err, "n1 is named twice") {
			t.Errorf("%s: %d %s", verb, r.code, r.err)
		}
	}
	if len(p.server.requests) > 0 {
		t.Errorf("sent %v", p.server.requests)
	}
}
