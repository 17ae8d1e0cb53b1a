package probe

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestClients has clients ask two services of which one goes: the clients of the other notice nothing.
func TestClients(t *testing.T) {
	stays, goes := greeter(t), greeter(t)
	c := newClients([]string{stays.Addr().String(), goes.Addr().String()}, 5*time.Millisecond)
	t.Cleanup(c.end)
	eventually(t, "both answer", func() bool { r := c.reach(); return r[0].Serving && r[1].Serving })
	if err := goes.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an outage of the one that went", func() bool { return c.reach()[1].Outage() > 300*time.Millisecond })
	r := c.reach()
	if r[1].Serving || r[1].LastError == "" {
		t.Errorf("clients of the one that went: %+v", r[1])
	}
	if r[0].Failures != 0 || !r[0].Serving {
		t.Errorf("clients of the other: %+v", r[0])
	}
}

func TestOutage(t *testing.T) {
	for name, c := range map[string]struct {
		seen Reach
		want time.Duration
	}{
		"every answer in time": {Reach{Answers: 9, LongestMS: 250}, 0},
		"one refused":          {Reach{Answers: 9, Failures: 1, LongestMS: 101}, 101 * time.Millisecond},
		"one too late":         {Reach{Answers: 9, LongestMS: 251}, 251 * time.Millisecond},
	} {
		if got := c.seen.Outage(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestReachSinceLast counts a silence that has not ended.
func TestReachSinceLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clients{seen: []reached{{Reach: Reach{Answers: 1, Failures: 1}, last: time.Now(), longest: time.Second}}}
		time.Sleep(3 * time.Second)
		if got := c.reach()[0].Outage(); got != 3*time.Second {
			t.Errorf("outage of %s, want 3s", got)
		}
	})
}

// greeter says a line to whoever connects, until it is closed.
func greeter(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("here\n"))
			_ = conn.Close()
		}
	}()
	return l
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if cond() {
			return
		}
	}
	t.Fatalf("%s: not within 10 s", what)
}
