package alert_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/internal/post/posttest"
	"hawser/internal/testkit"
	"hawser/server/alert"
	"hawser/server/store"
)

// soon is a pace at which tests need not wait.
var soon = alert.Pace{First: 10 * time.Millisecond, Longest: 40 * time.Millisecond, Refused: 20 * time.Millisecond}

// local lets messages be sent to servers of the test.
var local = post.Reach{Loopback: true, HTTP: true}

// picture is what is known of hosts and clusters, as a test says; events go to the store.
type picture struct {
	store *store.Store

	mu     sync.Mutex
	hosts  []api.Host
	states map[string]ha.State
	gone   map[string]bool
	notes  []api.Event
}

func (p *picture) Hosts(context.Context) ([]api.Host, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hosts), nil
}

func (p *picture) Look(cluster string) (ha.State, time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, is := p.states[cluster]
	return s, s.At, is
}

func (p *picture) Managed(cluster string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.gone[cluster]
}

func (p *picture) Note(ctx context.Context, key string, e api.Event) error {
	_, isNew, err := p.store.AddEvent(ctx, "", 0, "server/"+key, e)
	if isNew {
		p.mu.Lock()
		p.notes = append(p.notes, e)
		p.mu.Unlock()
	}
	return err
}

// world is alarms on a true store.
type world struct {
	*alert.Alerts
	t       *testing.T
	store   *store.Store
	picture *picture
	events  int
}

func newWorld(t *testing.T, change ...func(*alert.Options)) *world {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := &world{t: t, store: s, picture: &picture{store: s}}
	o := alert.Options{Store: s, Picture: w.picture, Console: "https://ha.example:8443", Reach: local, Pace: soon}
	for _, c := range change {
		c(&o)
	}
	w.Alerts = alert.New(o)
	if err := s.ChangeAlertRule(t.Context(), api.AlertRule{Name: "default", Enabled: true, Severity: "warning"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// run runs the workers until the test ends, or stop is called.
func (w *world) run() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// happen tells an event and wakes the workers, as the server does.
func (w *world) happen(kind ha.ChangeKind, severity ha.Severity, object string, pairs ...string) {
	w.t.Helper()
	w.events++
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	_, _, alarms, err := w.store.RaiseEvent(w.t.Context(), "", 0, fmt.Sprint("event", w.events), api.Event{
		At: time.Now().UTC(), Cluster: "demo", Kind: string(kind), Severity: severity, Object: object, Args: args,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Changed(alarms...)
}

func (w *world) lose(node string) {
	w.t.Helper()
	w.happen(ha.NodeLost, ha.Critical, node, "node", node)
}

// messages waits until a check of all messages, oldest first, returns no error.
func (w *world) messages(check func([]api.Message) error) {
	w.t.Helper()
	testkit.Eventually(w.t, func() error {
		p, err := w.Messages(w.t.Context(), api.MessageQuery{})
		if err != nil {
			return err
		}
		slices.Reverse(p.Items)
		return check(p.Items)
	})
}

// sent waits until so many messages were sent, and none waits.
func (w *world) sent(n int) {
	w.t.Helper()
	w.messages(func(list []api.Message) error {
		for _, m := range list {
			if m.State != api.MessageSent {
				return fmt.Errorf("message %d to %s is %s: %+v", m.ID, m.Recipient, m.State, m)
			}
		}
		if len(list) != n {
			return fmt.Errorf("%d messages, want %d", len(list), n)
		}
		return nil
	})
}

// mailForm is a form for mail through a post.
func mailForm(p *posttest.Post, recipients ...string) api.ChannelForm {
	if len(recipients) == 0 {
		recipients = []string{"ops@site.example"}
	}
	return api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "127.0.0.1", Port: p.Port(), Security: "none", Sender: "ha@site.example", Recipients: recipients,
	}}
}

func (w *world) channel(name string, f api.ChannelForm) {
	w.t.Helper()
	if _, err := w.AddChannel(w.t.Context(), api.NewChannel{Name: name, ChannelForm: f}); err != nil {
		w.t.Fatal(err)
	}
}

// TestMail: whatever a mail server does, each event arrives once; twice, under one name, only where nobody can know.
func TestMail(t *testing.T) {
	first := func(b posttest.Behaviour) func(int, string) posttest.Behaviour {
		return func(attempt int, _ string) posttest.Behaviour {
			if attempt <= 2 {
				return b
			}
			return posttest.Accept
		}
	}
	for _, c := range []struct {
		behave posttest.Behaviour
		tries  int
		mails  int
		repeat bool
		reason string // of the fault while it is not taken
	}{
		{posttest.Accept, 1, 1, false, ""},
		{posttest.Slow, 1, 1, false, ""},
		{posttest.Refuse, 3, 1, false, "alert.refused"},
		{posttest.Later, 3, 1, false, "alert.later"},
		{posttest.Full, 3, 1, false, "alert.later"},
		// A mail that is shorter than what a socket takes is sent before anybody notices that the other end is gone.
		{posttest.CutInMail, 3, 1, true, "alert.unknown"},
		{posttest.CutAfter, 3, 2, true, "alert.unknown"},
	} {
		t.Run(string(c.behave), func(t *testing.T) {
			testkit.NoLeaks(t)
			post := posttest.New(t, posttest.Options{})
			if c.tries > 1 {
				post.Behave(func(int, string) posttest.Behaviour { return c.behave })
			} else {
				post.Behave(first(c.behave))
			}
			w := newWorld(t)
			w.channel("ops", mailForm(post))
			stop := w.run()
			defer stop()
			w.lose("n1")
			if c.reason != "" {
				w.messages(func(list []api.Message) error {
					if len(list) != 1 || list[0].Fault == nil || list[0].Fault.Reason != c.reason || list[0].State == api.MessageSent {
						return fmt.Errorf("got %+v", list)
					}
					return nil
				})
				post.Behave(func(int, string) posttest.Behaviour { return posttest.Accept })
			}
			w.sent(1)
			mails := post.Mails()
			if len(mails) != c.mails && (c.mails == 1 || len(mails) < c.mails) || c.tries == 1 && post.Tries("ops@site.example") != 1 {
				t.Fatalf("%d mails after %d attempts", len(mails), post.Tries("ops@site.example"))
			}
			want := ha.MessageID("ops", "ops@site.example", "site.example", "event1")
			for i, m := range mails {
				if m.Header.Get("Message-ID") != want || m.To != "ops@site.example" {
					t.Errorf("mail %d is %s to %s, want %s", i, m.Header.Get("Message-ID"), m.To, want)
				}
				if marked := m.Header.Get("X-Hawser-Possible-Repeat") == "yes"; marked != (i > 0 || c.repeat && c.mails == 1) {
					t.Errorf("mail %d is marked as a repeat: %v", i, marked)
				}
			}
			list, err := w.Messages(t.Context(), api.MessageQuery{})
			if err != nil || list.Items[0].Repeat != c.repeat || list.Items[0].Attempts != post.Tries("ops@site.example") {
				t.Errorf("message %+v after %d attempts, %v", list.Items, post.Tries("ops@site.example"), err)
			}
		})
	}
}

// TestMailIsReadable: what a mail says, on the way through a true server.
func TestMailIsReadable(t *testing.T) {
	post := posttest.New(t, posttest.Options{})
	w := newWorld(t)
	f := mailForm(post)
	f.Language = "zh"
	w.channel("ops", f)
	w.happen(ha.NodeUnclean, ha.Critical, "n2", "node", "n2")
	w.happen(ha.NodeFenced, ha.Critical, "n2", "node", "n2", "action", "reboot", "delegate", "n1")
	w.happen(ha.ResourceMoved, ha.Warning, "vip", "resource", "vip", "from", "n2", "to", "n1")
	w.run()
	w.sent(1)
	m := post.Mails()[0]
	subject, err := decoder.DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "[严重] demo：节点失联: n2 等 2 项其他报警" {
		t.Errorf("subject %q, %v", subject, err)
	}
	text := parts(t, m)
	for _, want := range []string{"节点 n2", "已从 n2", "vip 中断了", "https://ha.example:8443/alarms/1"} {
		if !strings.Contains(text["text/plain"], want) || !strings.Contains(text["text/html"], want) {
			t.Errorf("%q is not in both:\n%s\n%s", want, text["text/plain"], text["text/html"])
		}
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Error("nothing keeps automatic answers away")
	}
}

// TestTLS: nothing is sent to a server that cannot prove who it is, nor without the encryption that was asked for.
func TestTLS(t *testing.T) {
	config, ca := posttest.Certificate(t)
	for _, c := range []struct {
		name     string
		server   posttest.Options
		security string
		ca       string
		login    string
		reason   string // of the fault; taken where empty
	}{
		{"StartTLS", posttest.Options{TLS: config}, "starttls", ca, "", ""},
		{"TLS", posttest.Options{TLS: config, Implicit: true}, "tls", ca, "", ""},
		{"StartTLSBadCertificate", posttest.Options{TLS: config}, "starttls", "", "", "alert.certificate"},
		{"TLSBadCertificate", posttest.Options{TLS: config, Implicit: true}, "tls", "", "", "alert.certificate"},
		{"NoStartTLS", posttest.Options{}, "starttls", "", "", "alert.no_starttls"},
		{"Login", posttest.Options{TLS: config, Password: "right"}, "starttls", ca, "right", ""},
		{"WrongPassword", posttest.Options{TLS: config, Password: "right"}, "starttls", ca, "wrong", "alert.login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			post := posttest.New(t, c.server)
			w := newWorld(t)
			f := mailForm(post)
			f.Mail.Security, f.Mail.CA = c.security, c.ca
			if c.login != "" {
				f.Mail.Login, f.Mail.Password = "ha", &c.login
			}
			w.channel("ops", f)
			test, err := w.TestChannel(t.Context(), "ops", nil)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.reason == "" && (!test.OK || len(post.Mails()) != 1):
				t.Errorf("not taken: %+v", test.Fault)
			case c.reason != "" && (test.OK || test.Fault == nil || test.Fault.Reason != c.reason || len(post.Mails()) != 0):
				t.Errorf("got %+v, want %s", test.Fault, c.reason)
			}
			if test.Fault != nil && c.login != "" && strings.Contains(test.Fault.Error()+test.Answer, c.login) {
				t.Error("the password is in the answer")
			}
		})
	}
}

// TestUnreachable: a server that is down is tried again, and everything arrives once when it is back, in order for each recipient.
func TestUnreachable(t *testing.T) {
	l := testkit.ClosedPort(t)
	w := newWorld(t)
	f := api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "127.0.0.1", Port: l, Security: "none", Sender: "ha@site.example", Recipients: []string{"a@site.example", "b@site.example"},
	}}
	w.channel("ops", f)
	w.run()
	w.lose("n1")
	w.messages(func(list []api.Message) error {
		if len(list) != 2 || list[0].Fault == nil || list[0].Fault.Reason != "alert.unreachable" {
			return fmt.Errorf("got %+v", list)
		}
		return nil
	})
	w.happen(ha.NodeJoined, ha.Info, "n1", "node", "n1")
	post := posttest.New(t, posttest.Options{Listener: listen(t, l)})
	w.messages(func(list []api.Message) error {
		for _, m := range list {
			if m.State != api.MessageSent {
				return fmt.Errorf("%d is %s", m.ID, m.State)
			}
		}
		return nil
	})
	got := map[string][]string{}
	for _, m := range post.Mails() {
		got[m.To] = append(got[m.To], m.Header.Get("Subject"))
	}
	for _, to := range f.Mail.Recipients {
		if n := len(got[to]); n < 1 || n > 2 || n == 2 && !strings.HasPrefix(got[to][1], "[Resolved]") || n == 1 && !strings.Contains(got[to][0], "Resolved") {
			t.Errorf("%s got %v", to, got[to])
		}
	}
}

// TestOrder: nobody reads that it is over before what it was; others do not wait for that.
func TestOrder(t *testing.T) {
	mailbox := posttest.New(t, posttest.Options{})
	const slow, quick = "a@site.example", "b@site.example"
	mailbox.Behave(func(attempt int, to string) posttest.Behaviour {
		if to == slow && attempt == 1 {
			return posttest.Later
		}
		return posttest.Accept
	})
	w := newWorld(t, func(o *alert.Options) { o.Pace = alert.Pace{First: time.Hour, Longest: time.Hour, Refused: time.Hour} })
	w.channel("ops", mailForm(mailbox, slow, quick))
	w.run()
	w.lose("n1")
	w.messages(func(list []api.Message) error {
		if len(list) != 2 || list[0].State != api.MessageTrying || list[1].State != api.MessageSent {
			return fmt.Errorf("got %+v", list)
		}
		return nil
	})
	w.happen(ha.NodeJoined, ha.Info, "n1", "node", "n1")
	var first int64
	w.messages(func(list []api.Message) error { // the last of them is sent: the one before was passed over
		if len(list) != 4 || list[3].Recipient != quick || list[3].State != api.MessageSent {
			return fmt.Errorf("got %+v", list)
		}
		first = list[0].ID
		return nil
	})
	if _, err := w.Retry(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.sent(4)
	var got []string
	for _, m := range mailbox.Mails() {
		if m.To == slow {
			got = append(got, m.Header.Get("Subject"))
		}
	}
	if len(got) != 2 || strings.HasPrefix(got[0], "[Resolved]") || !strings.HasPrefix(got[1], "[Resolved]") {
		t.Errorf("got %q", got)
	}
}

// TestOneRefused: a recipient who is refused holds up nobody else, and nothing that comes later.
func TestOneRefused(t *testing.T) {
	post := posttest.New(t, posttest.Options{})
	post.Behave(func(_ int, to string) posttest.Behaviour {
		if strings.HasPrefix(to, "gone") {
			return posttest.Refuse
		}
		return posttest.Accept
	})
	w := newWorld(t, func(o *alert.Options) { o.Pace.Refused = time.Hour; o.Pace.Longest = time.Hour })
	w.channel("ops", mailForm(post, "gone@site.example", "ops@site.example"))
	w.run()
	w.lose("n1")
	w.messages(func(list []api.Message) error {
		if len(list) != 2 || list[1].State != api.MessageSent || list[0].State != api.MessageTrying {
			return fmt.Errorf("got %+v", list)
		}
		return nil
	})
	w.happen(ha.QuorumLost, ha.Critical, "", "votes", "1", "needed", "2")
	w.messages(func(list []api.Message) error {
		if len(list) != 4 || list[2].Fault == nil || list[3].State != api.MessageSent {
			return fmt.Errorf("got %+v", list)
		}
		return nil
	})
	shown, err := w.Channel(t.Context(), "ops")
	if err != nil || shown.Waiting != 2 || shown.Fault == nil || shown.Fault.Reason != "alert.refused" || shown.LastSent.IsZero() {
		t.Errorf("channel %+v, %v", shown, err)
	}
	list, err := w.Messages(t.Context(), api.MessageQuery{Waiting: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list.Items {
		if _, err := w.GiveUp(t.Context(), m.ID, "ann"); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Retry(t.Context(), list.Items[0].ID); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a message that was given up is tried: %v", err)
	}
}

// TestEnds: a server that ends between any two steps of sending sends again when it is back; twice only what it may have sent.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		point string
		mails int
	}{
		{"before:alert.take", 1},
		{"after:alert.take", 1},
		{"before:alert.send", 1},
		{"after:alert.send", 2},
		{"before:alert.settle", 2},
		{"after:alert.settle", 1},
	} {
		t.Run(c.point, func(t *testing.T) {
			post := posttest.New(t, posttest.Options{})
			var once sync.Once
			reached := make(chan struct{})
			w := newWorld(t, func(o *alert.Options) {
				o.Hook = func(when, step string) {
					if when+":"+step != c.point {
						return
					}
					dead := false
					once.Do(func() { close(reached); dead = true })
					if dead {
						select {} // the process has ended here: nothing of it goes on
					}
				}
			})
			w.channel("ops", mailForm(post))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { _ = w.Run(ctx) }()
			w.lose("n1")
			select {
			case <-reached:
			case <-time.After(20 * time.Second):
				t.Fatal("the point was never passed")
			}
			cancel()
			next := &world{t: t, store: w.store, picture: w.picture}
			next.Alerts = alert.New(alert.Options{Store: w.store, Picture: w.picture, Console: "https://ha.example", Reach: local, Pace: soon})
			next.run()
			next.sent(1)
			mails := post.Mails()
			if len(mails) != c.mails {
				t.Fatalf("%d mails, want %d", len(mails), c.mails)
			}
			for _, m := range mails {
				if m.Header.Get("Message-ID") != mails[0].Header.Get("Message-ID") {
					t.Error("the repeat has another name")
				}
			}
			list, err := next.Messages(t.Context(), api.MessageQuery{})
			if err != nil || len(mails) == 2 && !list.Items[0].Repeat {
				t.Errorf("not marked as a possible repeat: %+v, %v", list.Items, err)
			}
		})
	}
}

// TestSwitchedOff: what was written for a channel that is off waits, and is sent once it is on.
func TestSwitchedOff(t *testing.T) {
	post := posttest.New(t, posttest.Options{})
	w := newWorld(t)
	f := mailForm(post)
	w.channel("ops", f)
	w.lose("n1")
	f.Enabled = false
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.lose("n2") // nobody is told of what happens while it is off
	f.Enabled = true
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); err != nil {
		t.Fatal(err)
	}
	w.sent(1)
	if n := len(post.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}
