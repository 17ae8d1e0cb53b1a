package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/cli"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

// TestDownload: a line that breaks again and again, a command that was ended in between, a file that is there, one that is broken.
func TestDownload(t *testing.T) {
	p := signedIn(t)
	p.server.logs = newLogs(20_000)
	p.server.logs.piece = 200_000
	file := filepath.Join(t.TempDir(), "demo.tar.zst")
	part := file + ".b1.part"
	// What an earlier command has left.
	if err := os.WriteFile(part, p.server.logs.file[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	r := p.run("logs", "download", "demo", "b1", "-o", file)
	if r.code != cli.ExitOK || !strings.Contains(r.err, p.server.logs.bundle.SHA256) {
		t.Fatalf("%d %s", r.code, r.err)
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, p.server.logs.file) {
		t.Errorf("%d bytes, not %d: %v", len(got), len(p.server.logs.file), err)
	}
	if n := len(p.server.logs.ranges); n < 3 || p.server.logs.ranges[0] != "bytes=1000-" || slices.Contains(p.server.logs.ranges, "") {
		t.Errorf("asked for %v", p.server.logs.ranges)
	}
	if _, err := os.Stat(part); !os.IsNotExist(err) {
		t.Errorf("the part is left: %v", err)
	}
	asked := len(p.server.requests)
	if r := p.run("logs", "collect", "demo", "-o", file); r.code != cli.ExitConflict || !strings.Contains(r.err, "exists already") || len(p.server.requests) != asked {
		t.Errorf("over a file: %d %s", r.code, r.err)
	}
	if err := os.WriteFile(file+"2.b1.part", []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := p.run("logs", "download", "demo", "b1", "-o", file+"2"); r.code != cli.ExitConflict || !strings.Contains(r.err, "not what the server has") {
		t.Errorf("a part of another file: %d %s", r.code, r.err)
	}
	if r := p.run("logs", "collect", "demo", "--since", "yesterday"); r.code != cli.ExitUsage || !strings.Contains(r.err, "yesterday") {
		t.Errorf("a time that is none: %d %s", r.code, r.err)
	}
}

// TestFollow: what is there, oldest first, then what comes, once; an operation again when it has ended.
func TestFollow(t *testing.T) {
	testkit.NoLeaks(t)
	p := signedIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- p.runWith(ctx, "timeline", "demo", "--follow", "-o", "json") }()
	sees := func(text string) {
		t.Helper()
		testkit.Eventually(t, func() error {
			if !strings.Contains(p.screen.String(), text) {
				return errors.New(text + " has not come")
			}
			return nil
		})
	}
	sees("audit-1")
	happens := func(e api.TimelineEntry, tell string) {
		p.server.mu.Lock()
		p.server.logs.lines = slices.DeleteFunc(p.server.logs.lines, func(o api.TimelineEntry) bool { return o.ID == e.ID })
		p.server.logs.lines = append(p.server.logs.lines, e)
		feed := p.server.listeners[len(p.server.listeners)-1]
		p.server.mu.Unlock()
		feed <- api.Live{Topic: tell, Cluster: "demo"}
	}
	op := api.TimelineEntry{ID: "operation-9", At: day.Add(time.Hour), Source: api.FromOperation, Severity: ha.Info, Kind: "node.standby", Operation: &api.Operation{State: "running"}}
	happens(op, "operation")
	sees(`"state":"running"`)
	op.Operation = &api.Operation{State: "failed"}
	happens(op, "operation")
	sees(`"state":"failed"`)
	cancel()
	r := <-done
	var ids []string
	for line := range strings.Lines(r.out) {
		var e api.TimelineEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		ids = append(ids, e.ID)
	}
	if want := []string{"event-1", "decision-1", "revision-2", "operation-1", "audit-1", "operation-9", "operation-9"}; r.code != cli.ExitInterrupted || !slices.Equal(ids, want) {
		t.Errorf("exit code %d, entries %v, want %v\n%s", r.code, ids, want, r.err)
	}
	p.server.Close()
}
