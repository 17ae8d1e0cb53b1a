package cli_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/cli"
	"hawser/internal/api"
	"hawser/internal/testkit"
)

func TestLogin(t *testing.T) {
	s := newServer(t)
	sum := sha256.Sum256(s.Certificate().Raw)
	pin := hex.EncodeToString(sum[:])
	login := func(p *person, args ...string) result {
		p.typed = password + "\n"
		return p.run(append([]string{"login", "--server", s.URL, "--user", "admin"}, args...)...)
	}
	t.Run("ByFingerprint", func(t *testing.T) {
		p := newPerson(t, s)
		if r := login(p, "--ca-sha256", strings.ToUpper(pin)); r.code != cli.ExitOK {
			t.Fatalf("exit code %d: %s", r.code, r.err)
		}
		p.must("cluster", "list")
		info, err := os.Stat(p.config)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file with the token: %v, err %v; want mode 0600", info.Mode(), err)
		}
		raw, err := os.ReadFile(p.config)
		if err != nil || strings.Contains(string(raw), password) || !strings.Contains(string(raw), token) {
			t.Errorf("the file holds %s, err %v; want the token and not the password", raw, err)
		}
	})
	t.Run("WrongFingerprint", func(t *testing.T) {
		p := newPerson(t, s)
		if r := login(p, "--ca-sha256", strings.Repeat("0", 64)); r.code != cli.ExitDenied || !strings.Contains(r.err, "Nothing was sent") {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	})
	t.Run("UntrustedCA", func(t *testing.T) {
		p := newPerson(t, s)
		if r := login(p); r.code != cli.ExitDenied || !strings.Contains(r.err, "not trusted") {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	})
	t.Run("WrongPassword", func(t *testing.T) {
		p := newPerson(t, s)
		p.typed = "guess\n"
		r := p.run("login", "--server", s.URL, "--ca-file", p.caFile(), "--user", "admin")
		if _, err := os.Stat(p.config); r.code != cli.ExitDenied || err == nil {
			t.Errorf("exit code %d, context written: %v", r.code, err == nil)
		}
	})
	t.Run("TwoContexts", func(t *testing.T) {
		p := newPerson(t, s)
		for _, name := range []string{"one", "two"} {
			if r := login(p, "--ca-file", p.caFile(), "--name", name); r.code != cli.ExitOK {
				t.Fatal(r.err)
			}
		}
		p.must("context", "use", "one")
		var list []struct {
			Name    string
			Current bool
		}
		if err := json.Unmarshal([]byte(p.must("context", "list", "-o", "json")), &list); err != nil || len(list) != 2 || !list[0].Current || list[1].Current {
			t.Errorf("contexts %+v, err %v; want one current", list, err)
		}
		if strings.Contains(p.must("context", "list", "-o", "json"), token) {
			t.Error("the token is printed")
		}
	})
	t.Run("TokenFile", func(t *testing.T) {
		p := newPerson(t, s)
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.env = map[string]string{"HAWSER_SERVER": s.URL, "HAWSER_TOKEN_FILE": file, "HAWSER_CA_FILE": p.caFile()}
		p.must("cluster", "list")
	})
	t.Run("TokenNotForOthers", func(t *testing.T) {
		p := newPerson(t, s)
		if r := login(p, "--ca-file", p.caFile()); r.code != cli.ExitOK {
			t.Fatal(r.err)
		}
		other := newServer(t)
		other.signedIn = true
		p.env = map[string]string{"HAWSER_SERVER": other.URL, "HAWSER_CA_FILE": p.caFile()}
		if r := p.run("cluster", "list"); r.code != cli.ExitDenied {
			t.Errorf("the token of one server was shown to another: exit code %d", r.code)
		}
	})
}

// TestContextRemove: a server that is gone is forgotten, and no other.
func TestContextRemove(t *testing.T) {
	s := newServer(t)
	p := newPerson(t, s)
	for _, name := range []string{"one", "two"} {
		p.typed = password + "\n"
		p.must("login", "--server", s.URL, "--ca-file", p.caFile(), "--user", "admin", "--name", name)
	}
	p.must("context", "remove", "two")
	if out := p.must("context", "list"); strings.Contains(out, "two") || !strings.Contains(out, "one") {
		t.Errorf("left: %s", out)
	}
	p.must("cluster", "list") // the one that is left is the current one
	if r := p.run("context", "remove", "two"); r.code != cli.ExitNotFound {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// TestEventWatch: events come as they happen; after a break those in between come too, and none twice.
func TestEventWatch(t *testing.T) {
	testkit.NoLeaks(t)
	p := signedIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan result, 1)
	go func() { done <- p.runWith(ctx, "event", "watch", "demo", "-o", "json") }()
	listener := func(n int) chan api.Live {
		var feed chan api.Live
		testkit.Eventually(t, func() error {
			p.server.mu.Lock()
			defer p.server.mu.Unlock()
			if len(p.server.listeners) < n {
				return errors.New("nobody listens")
			}
			feed = p.server.listeners[n-1]
			return nil
		})
		return feed
	}
	event := func(id int64, cluster string) api.Event {
		return api.Event{ID: id, At: day, Cluster: cluster, Kind: "node.lost", Severity: "critical", Args: map[string]string{"node": "n1"}}
	}
	first := listener(1)
	testkit.Eventually(t, func() error { // history is passed over before anything new happens
		p.server.mu.Lock()
		defer p.server.mu.Unlock()
		if !p.server.called["event.list"] {
			return errors.New("history was not asked for")
		}
		return nil
	})
	two, other, three, four := event(2, "demo"), event(3, "other"), event(4, "demo"), event(5, "demo")
	first <- api.Live{Topic: "event", Event: &two}
	first <- api.Live{Topic: "event", Event: &other}
	p.server.mu.Lock()
	p.server.events = append(p.server.events, two, other, three)
	p.server.mu.Unlock()
	close(first) // the stream breaks
	second := listener(2)
	second <- api.Live{Topic: "event", Event: &three}
	second <- api.Live{Topic: "event", Event: &four}
	testkit.Eventually(t, func() error {
		if !strings.Contains(p.screen.String(), `"id":5`) {
			return errors.New("the last event has not come")
		}
		return nil
	})
	cancel()
	r := <-done
	var ids []int64
	for line := range strings.Lines(r.out) {
		var e api.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		ids = append(ids, e.ID)
	}
	if want := []int64{2, 4, 5}; r.code != cli.ExitInterrupted || !slices.Equal(ids, want) {
		t.Errorf("exit code %d, events %v, want %v\n%s", r.code, ids, want, r.err)
	}
	p.server.Close()
}
