package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/post/posttest"
)

const (
	alarmInstance = 245
	alarmCluster  = "watch"
	// gathered is how long a message waits for what follows: two cores need it for a failure from its first sign to its end.
	gathered = 20 * time.Second
)

// watched is a cluster of three nodes whose failures are mailed to a server of this test.
type watched struct {
	*sick
	mailbox *posttest.Post
}

func watch(t *testing.T) *watched {
	w := &watched{sick: &sick{ownStage(t, "alarm", stage.Options{
		Instance: envOr("HAWSER_ALARM_INSTANCE", alarmInstance), Nodes: []string{"n1", "n2", "n3"},
		Server: fmt.Sprintf("alarms: {allowLocal: true, nodesAfter: %s}\n", gathered),
	}), t}}
	ctx := t.Context()
	t.Cleanup(func() {
		if t.Failed() {
			explain(t, w.Stage)
			if w.mailbox != nil {
				t.Logf("mails:\n%s", w.text(0))
			}
		}
	})
	if err := w.Up(ctx); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(w.Host(), "0")) // where the server reaches it, and the nodes
	if err != nil {
		t.Fatal(err)
	}
	w.mailbox = posttest.New(t, posttest.Options{Listener: l})
	if err := w.CreateCluster(ctx, alarmCluster, "balanced"); err != nil {
		t.Fatal(err)
	}
	w.cli("resource", "create", alarmCluster, "web", "ocf:pacemaker:Dummy")
	if err := w.WaitWell(ctx, alarmCluster, "web"); err != nil {
		t.Fatal(err)
	}
	// A node that was fenced is back when the test says so: started again at once, its loss and its return would be told in one mail.
	w.cli("cluster", "properties", alarmCluster, "stonith-action=off")
	w.cli("alert-rule", "set", "default", "--on", "--severity", "warning", "--wait", gathered.String(), "--every", "0s")
	w.cli("channel", "set", "ops", "--on", "--language", "en", "--server", w.Host(), "--port", strconv.Itoa(w.mailbox.Port()), "--security", "none",
		"--sender", "ha@site.example", "--recipient", "ops@site.example", "--from-nodes")
	w.cli("channel", "test", "ops")
	for _, n := range w.Nodes() {
		w.wait("what "+n+" needs in order to mail itself", time.Minute, func(ctx context.Context) (bool, error) {
			_, err := w.Exec(ctx, n, "test", "-s", "/var/lib/hawser-agent/alarms.json")
			return err == nil, err
		})
	}
	return w
}

// text is what was mailed from the mail of that number on.
func (w *watched) text(from int) string {
	var all strings.Builder
	for _, m := range w.mailbox.Mails()[from:] {
		fmt.Fprintf(&all, "%s\n%s\n", m.Header.Get("Subject"), strings.ReplaceAll(m.Raw, "=\r\n", ""))
	}
	return all.String()
}

// mailed waits until there are so many mails, and returns what the last says.
func (w *watched) mailed(what string, n int) string {
	w.t.Helper()
	w.wait(what, 90*time.Second, func(context.Context) (bool, error) {
		got := len(w.mailbox.Mails())
		return got >= n, fmt.Errorf("%d mails, waiting for %d", got, n)
	})
	if got := len(w.mailbox.Mails()); got != n {
		w.t.Fatalf("%d mails, want %d", got, n)
	}
	return w.text(n - 1)
}

// strike cuts the power of the node that runs web, and returns its name. It asks the cluster: the server may be away.
func (w *watched) strike() string {
	w.t.Helper()
	node, err := w.where(w.t.Context(), "web")
	if err != nil || node == "" {
		w.t.Fatalf("web runs on %q, %v", node, err)
	}
	if _, err := w.Sandbox(w.t.Context(), "poweroff", node); err != nil {
		w.t.Fatal(err)
	}
	return node
}

// says checks that a mail tells the whole story of a node that was lost.
func (w *watched) says(mail, node string) {
	w.t.Helper()
	_, port, _ := strings.Cut(w.Options().Listen, ":")
	for _, want := range []string{
		"node " + node,                           // who was lost
		"Node " + node + " was fenced",           // what the cluster did about it
		"web has moved from " + node,             // and about its service
		"web was away for",                       // for how long
		"https://" + w.Host() + ":" + port + "/", // where to look
	} {
		if !strings.Contains(strings.ToLower(mail), strings.ToLower(want)) {
			w.t.Errorf("it does not say %q:\n%s", want, mail)
		}
	}
}

// TestAlarm cuts the power of the node that runs a service: one mail says what was lost, what the cluster did, how long the service was
// away and where to look, and another that the node is back. Then the server is killed and it happens again: a node mails it, and the
// server that is back does not mail it once more.
func TestAlarm(t *testing.T) {
	wider(t)
	w := watch(t)
	ctx := t.Context()
	lost := w.strike() // the first mail was the test of the channel
	w.says(w.mailed("a mail of the failure", 2), lost)
	if _, err := w.Sandbox(ctx, "poweron", lost); err != nil {
		t.Fatal(err)
	}
	if back := w.mailed("a mail that the node is back", 3); !strings.Contains(back, "[Resolved]") || !strings.Contains(back, lost) {
		t.Errorf("it does not say that %s is back:\n%s", lost, back)
	}

	if err := w.KillServer(ctx); err != nil {
		t.Fatal(err)
	}
	struck := time.Now()
	node := w.strike()
	w.says(w.mailed("a mail by a node", 4), node)
	if err := w.StartServer(ctx); err != nil {
		t.Fatal(err)
	}
	rest := slices.DeleteFunc(slices.Clone(w.Nodes()), func(n string) bool { return n == node })
	if err := w.WaitConnected(ctx, rest...); err != nil {
		t.Fatal(err)
	}
	id := w.mailbox.Mails()[3].Header.Get("Message-ID")
	w.wait("the server to know what was mailed", time.Minute, func(ctx context.Context) (bool, error) {
		events, err := w.Events(ctx, alarmCluster, struck)
		if err != nil || !slices.ContainsFunc(events, func(e api.Event) bool { return e.Kind == "resource.moved" }) {
			return false, errors.Join(err, errors.New("it does not know of the move"))
		}
		var list []api.Message
		if err := w.JSON(ctx, &list, "message", "list"); err != nil {
			return false, err
		}
		known := false
		for _, m := range list {
			if m.State != api.MessageSent {
				return false, fmt.Errorf("message %d is %s", m.ID, m.State)
			}
			known = known || m.MessageID == id && slices.Contains(rest, m.By)
		}
		return known, fmt.Errorf("messages %+v", list)
	})
	mails := map[string]int{}
	for _, m := range w.mailbox.Mails() {
		mails[m.Header.Get("Message-ID")]++
	}
	for id, n := range mails {
		if n != 1 {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
	if len(mails) != 4 {
		t.Errorf("%d mails, want 4:\n%s", len(mails), w.text(3))
	}
}
