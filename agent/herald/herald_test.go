package herald_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/agent/engine"
	"hawser/agent/herald"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/internal/post/posttest"
	"hawser/internal/wire"
)

// node is a node whose server is away.
type node struct {
	*herald.Herald
	t   *testing.T
	dir string

	mu      sync.Mutex
	now     time.Time
	waiting []wire.Event
	quorate bool
	handed  bool                    // a server was sent everything
	first   bool                    // a server was sent the first event
	hook    func(when, step string) // of the process that runs now
}

func newNode(t *testing.T) *node {
	n := &node{t: t, dir: t.TempDir(), now: time.Now(), quorate: true}
	n.restart()
	return n
}

// restart is a new process with what the last one left.
func (n *node) restart() {
	n.t.Helper()
	h, err := herald.New(herald.Options{
		Dir: n.dir, Node: "n1", Pause: time.Second, Write: engine.WriteFile,
		Waiting: func() []wire.Event { n.mu.Lock(); defer n.mu.Unlock(); return append([]wire.Event(nil), n.waiting...) },
		Speaks:  func() bool { n.mu.Lock(); defer n.mu.Unlock(); return n.quorate },
		Now:     func() time.Time { n.mu.Lock(); defer n.mu.Unlock(); return n.now },
		Handed:  func(key string) bool { n.mu.Lock(); defer n.mu.Unlock(); return n.handed || n.first && key == "k1" },
		Hook:    n.hook,
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.Herald = h
}

// pass lets time go by; a node looks all the time.
func (n *node) pass(d time.Duration) {
	n.t.Helper()
	n.look()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

func (n *node) happen(kind ha.ChangeKind, severity ha.Severity, object string, pairs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	n.waiting = append(n.waiting, wire.Event{
		Seq: uint64(len(n.waiting) + 1), At: n.now, Cluster: "demo", Key: fmt.Sprint("k", len(n.waiting)+1),
		Change: ha.Change{Kind: kind, Severity: severity, Object: object, Args: args},
	})
}

func (n *node) look() {
	n.t.Helper()
	if err := n.Look(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

// keep leaves settings for a post, as the server does.
func (n *node) keep(p *posttest.Post, recipients ...string) {
	n.t.Helper()
	s := post.Settings{
		AfterSeconds: 300, Console: "https://ha.example", Reach: post.Reach{Loopback: true},
		Rules: []api.AlertRule{{Name: "default", Enabled: true, Severity: "warning"}},
		Channels: []post.Channel{{Name: "ops", Secrets: post.Secrets{Password: "hunter2"}, Form: api.ChannelForm{
			Kind: api.ChannelMail, Enabled: true, Language: "en",
			Mail: &api.MailSettings{Server: "127.0.0.1", Port: p.Port(), Security: "none", Sender: "ha@site.example", Recipients: recipients},
		}}},
	}
	raw, err := json.Marshal(s)
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.Keep(raw); err != nil {
		n.t.Fatal(err)
	}
}

const ops = "ops@site.example"

// TestServerAway: what the server does not confirm for five minutes is mailed once, under the name that the server would have given it;
// what follows is in it, and that it is over follows.
func TestServerAway(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.keep(p, ops)
	n.happen(ha.DCChanged, ha.Info, "n1", "from", "n3", "to", "n1")
	n.happen(ha.NodeUnclean, ha.Critical, "n3", "node", "n3")
	n.look()
	n.pass(4 * time.Minute)
	n.happen(ha.ResourceMoved, ha.Warning, "vip", "resource", "vip", "from", "n3", "to", "n1")
	n.look()
	if got := p.Mails(); len(got) != 0 {
		t.Fatalf("%d mails before its time", len(got))
	}
	n.pass(time.Minute)
	n.look()
	n.look()
	n.restart()
	n.look()
	mails := p.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	want := ha.MessageID("ops", ops, "site.example", "demo/k2")
	if got := mails[0].Header.Get("Message-ID"); got != want {
		t.Errorf("message %s, want %s", got, want)
	}
	if !strings.Contains(mails[0].Raw, "vip has moved from n3 to n1") {
		t.Errorf("what followed is not in it:\n%s", mails[0].Raw)
	}
	for key, told := range map[string]int{"k1": 0, "k2": 1, "k3": 1, "k9": 0} {
		list := n.Mailed(key)
		if len(list) != told || told > 0 && (list[0].MessageID != want || list[0].Recipient != ops || list[0].Node != "n1" || list[0].Unknown) {
			t.Errorf("%s: %+v", key, list)
		}
	}
	n.happen(ha.NodeJoined, ha.Info, "n3", "node", "n3")
	n.pass(6 * time.Minute)
	n.look()
	mails = p.Mails()
	if len(mails) != 2 || !strings.Contains(mails[1].Header.Get("Subject"), "Resolved") {
		t.Fatalf("%d mails, the last is %v", len(mails), mails[len(mails)-1].Header)
	}
}

// TestNotToTell: without quorum, without settings, for what the server has confirmed, and of what is hearsay nobody is told.
func TestNotToTell(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
	n.pass(time.Hour)
	n.look()
	n.keep(p, ops)
	n.mu.Lock()
	n.quorate = false
	n.mu.Unlock()
	n.look()
	n.mu.Lock()
	n.quorate, n.waiting[0].Inquorate = true, true
	n.mu.Unlock()
	n.look()
	n.mu.Lock()
	n.waiting = nil
	n.mu.Unlock()
	n.look()
	n.happen(ha.NodeJoined, ha.Info, "n3", "node", "n3")
	n.happen(ha.ResourceStarted, ha.Info, "vip", "resource", "vip", "node", "n1")
	n.pass(time.Hour)
	n.look()
	if got := p.Mails(); len(got) != 0 {
		t.Errorf("%d mails", len(got))
	}
}

// TestTriedAgain: a mail server that is busy is tried again; when the server has taken over, the node stops.
func TestTriedAgain(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	p.Behave(func(int, string) posttest.Behaviour { return posttest.Later })
	n := newNode(t)
	n.keep(p, ops, "boss@site.example")
	n.happen(ha.QuorumLost, ha.Critical, "", "votes", "1", "needed", "2")
	n.pass(5 * time.Minute)
	n.look()
	n.look()
	if tries := p.Tries(ops); tries != 1 {
		t.Errorf("%d attempts at once", tries)
	}
	if list := n.Mailed("k1"); len(list) != 0 {
		t.Errorf("told as mailed: %+v", list)
	}
	p.Behave(func(_ int, to string) posttest.Behaviour {
		if to == ops {
			return posttest.CutAfter
		}
		return posttest.Accept
	})
	n.pass(time.Minute)
	n.look()
	list := n.Mailed("k1")
	if len(list) != 2 || !list[0].Unknown || list[1].Unknown {
		t.Fatalf("got %+v", list)
	}
	tries := p.Tries(ops)
	n.mu.Lock()
	n.waiting = nil // the server has it, and sends what may not have arrived
	n.mu.Unlock()
	n.pass(time.Hour)
	n.look()
	if p.Tries(ops) != tries {
		t.Error("both tell")
	}
}

// TestHanded: an event that a server was sent, and did not confirm, is mailed a little later and as a possible repeat. The server learns of
// it should it ask again.
func TestHanded(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.keep(p, ops)
	n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
	n.pass(5 * time.Minute)
	n.mu.Lock()
	n.handed = true
	n.mu.Unlock()
	n.pass(9 * time.Second)
	n.look()
	if got := p.Mails(); len(got) != 0 {
		t.Fatalf("%d mails although the server may be about to confirm it", len(got))
	}
	n.pass(time.Second)
	n.look()
	mails := p.Mails()
	if len(mails) != 1 || mails[0].Header.Get("X-Hawser-Possible-Repeat") != "yes" {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	if list := n.Mailed("k1"); len(list) != 1 || list[0].Unknown {
		t.Errorf("the server is told %+v", list)
	}
}

// TestHandedBefore: an end that the server was sent, of an alarm that it told itself, is in a letter about something else. That is neither put
// off nor marked for its sake, and the server still tells the end itself.
func TestHandedBefore(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.keep(p, ops)
	n.happen(ha.LinkRestored, ha.Info, "n2/1", "node", "n2", "link", "1")
	n.first = true
	n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
	n.pass(5 * time.Minute)
	n.look()
	mails := p.Mails()
	if len(mails) != 1 || mails[0].Header.Get("X-Hawser-Possible-Repeat") != "" || !strings.Contains(mails[0].Raw, "n2") {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	if list := n.Mailed("k1"); len(list) != 0 {
		t.Errorf("the server is told of the end: %+v", list)
	}
	if list := n.Mailed("k2"); len(list) != 1 {
		t.Errorf("the server is told of the loss: %+v", list)
	}
}

// TestMark: whatever a mail server does, the mail arrives once; only where SMTP cannot tell whether it was taken it may arrive twice, and
// is marked and has one name. What was refused or put off was certainly not taken, and is not marked.
func TestMark(t *testing.T) {
	for _, c := range []struct {
		behave posttest.Behaviour
		mails  int
		marked bool // the last one
	}{
		{posttest.Accept, 1, false},
		{posttest.Slow, 1, false},
		{posttest.Refuse, 1, false},
		{posttest.Later, 1, false},
		{posttest.Full, 1, false},
		{posttest.CutInMail, 1, true}, // so short a mail is sent before anybody notices that the other end is gone
		{posttest.CutAfter, 2, true},
	} {
		t.Run(string(c.behave), func(t *testing.T) {
			p := posttest.New(t, posttest.Options{})
			p.Behave(func(attempt int, _ string) posttest.Behaviour {
				if attempt == 1 {
					return c.behave
				}
				return posttest.Accept
			})
			n := newNode(t)
			n.keep(p, ops)
			n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
			n.pass(5 * time.Minute)
			n.look()
			n.pass(time.Hour)
			n.look()
			mails := p.Mails()
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d", len(mails), c.mails)
			}
			want := ha.MessageID("ops", ops, "site.example", "demo/k1")
			for i, m := range mails {
				marked := m.Header.Get("X-Hawser-Possible-Repeat") == "yes"
				if m.Header.Get("Message-ID") != want || marked != (c.marked && i == len(mails)-1) {
					t.Errorf("mail %d is %s, marked as a repeat: %v", i, m.Header.Get("Message-ID"), marked)
				}
			}
			if list := n.Mailed("k1"); len(list) != 1 || list[0].Unknown {
				t.Errorf("the server is told %+v", list)
			}
		})
	}
}

// TestEnds: an agent that ends between any two steps of a mail mails when it is back; twice, and marked, only what it may have sent.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		point  string
		mails  int
		marked bool // the last one: nobody knows whether there was one before
	}{
		{"before:mail.write", 1, false},
		{"after:mail.write", 1, false},
		{"before:mail.take", 1, false},
		{"after:mail.take", 1, true},
		{"before:mail.send", 1, true},
		{"after:mail.send", 2, true},
		{"before:mail.settle", 2, true},
		{"after:mail.settle", 1, false},
	} {
		t.Run(c.point, func(t *testing.T) {
			p := posttest.New(t, posttest.Options{})
			n := newNode(t)
			n.keep(p, ops)
			n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
			reached := make(chan struct{})
			n.hook = func(when, step string) {
				if when+":"+step == c.point {
					close(reached)
					select {} // the process has ended here: nothing of it goes on
				}
			}
			n.restart()
			n.pass(5 * time.Minute)
			dead := n.Herald
			go func() { _ = dead.Look(context.WithoutCancel(t.Context())) }()
			select {
			case <-reached:
			case <-time.After(20 * time.Second):
				t.Fatal("the point was never passed")
			}
			n.hook = nil
			n.restart()
			n.look()
			n.pass(5 * time.Minute) // what was not written yet waits once more
			n.look()
			mails := p.Mails()
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d", len(mails), c.mails)
			}
			want := ha.MessageID("ops", ops, "site.example", "demo/k1")
			for i, m := range mails {
				marked := m.Header.Get("X-Hawser-Possible-Repeat") == "yes"
				if m.Header.Get("Message-ID") != want || marked != (c.marked && i == len(mails)-1) {
					t.Errorf("mail %d is %s, marked as a repeat: %v", i, m.Header.Get("Message-ID"), marked)
				}
			}
			if list := n.Mailed("k1"); len(list) != 1 || list[0].Unknown || list[0].MessageID != want {
				t.Errorf("the server is told %+v", list)
			}
		})
	}
}

// TestStartsWithWhatItHadLeft: an agent that starts with old events gives the server its time before it mails them.
func TestStartsWithWhatItHadLeft(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.keep(p, ops)
	n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
	n.mu.Lock()
	n.now = n.now.Add(time.Hour) // the machine was off
	n.mu.Unlock()
	n.restart()
	n.look()
	if got := p.Mails(); len(got) != 0 {
		t.Errorf("%d mails at once", len(got))
	}
	n.pass(5 * time.Minute)
	n.look()
	if got := p.Mails(); len(got) != 1 {
		t.Errorf("%d mails after its time", len(got))
	}
}

// TestSettingsAreKept: in a file that only root reads, over a restart, and no longer than they are wanted.
func TestSettingsAreKept(t *testing.T) {
	p := posttest.New(t, posttest.Options{})
	n := newNode(t)
	n.keep(p, ops)
	path := filepath.Join(n.dir, "alarms.json")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	n.restart()
	n.happen(ha.NodeLost, ha.Critical, "n3", "node", "n3")
	n.pass(5 * time.Minute)
	n.look()
	if got := p.Mails(); len(got) != 1 {
		t.Errorf("%d mails after a restart", len(got))
	}
	if info, err := os.Stat(filepath.Join(n.dir, "letters.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := n.Keep(json.RawMessage(`{"channels":[]}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the password is still there: %v", err)
	}
	if err := n.Keep(json.RawMessage(`nonsense`)); err == nil {
		t.Error("nonsense is kept")
	}
	for _, file := range []string{"alarms.json", "letters.json"} {
		if err := os.WriteFile(filepath.Join(n.dir, file), []byte("{torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.restart() // an agent starts all the same
}
