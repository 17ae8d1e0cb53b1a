package sim_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/post/posttest"
	"hawser/server/config"
)

// TestAlarms: a node that is lost is mailed with what the cluster did, and that it is back; where the server is away a node mails, and
// the server does not mail it again.
func TestAlarms(t *testing.T) {
	need(t)
	mailbox := posttest.New(t, posttest.Options{})
	dir := t.TempDir()
	s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t), Alarms: config.Alarms{AllowLocal: true, NodesAfter: 3 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	do := func(r client.Request, out any) {
		t.Helper()
		if err := s.API.Do(t.Context(), r, out); err != nil {
			t.Fatal(err)
		}
	}
	do(client.Request{Route: "alertrule.edit", Path: map[string]string{"rule": "default"}, Body: api.EditAlertRule{Enabled: true, Severity: "warning", WaitSeconds: 3}}, nil)
	do(client.Request{Route: "channel.create", Body: api.NewChannel{Name: "ops", ChannelForm: api.ChannelForm{
		Kind: api.ChannelMail, Enabled: true, Language: "en",
		Mail: &api.MailSettings{Server: "127.0.0.1", Port: mailbox.Port(), Security: "none", Sender: "ha@site.example", Recipients: []string{"ops@site.example"}, FromNodes: true},
	}}}, nil)
	raws := func() string {
		var all strings.Builder
		for _, m := range mailbox.Mails() {
			all.WriteString(m.Raw)
		}
		return strings.ReplaceAll(all.String(), "=\r\n", "")
	}

	t.Cleanup(func() {
		if t.Failed() {
			var alarms api.Page[api.Alarm]
			var messages api.Page[api.Message]
			err := errors.Join(s.API.Do(context.WithoutCancel(t.Context()), client.Request{Route: "alarm.list"}, &alarms), s.API.Do(context.WithoutCancel(t.Context()), client.Request{Route: "message.list"}, &messages))
			t.Logf("alarms %+v\nmessages %+v\n%v\nmails:\n%s", alarms.Items, messages.Items, err, raws())
		}
	})
	where := onNode(t, s, "vip", "n1", "n2", "n3")
	if err := s.Node(where).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a mail of the failover", func() bool {
		all := raws()
		moved := strings.Contains(all, "vip has moved from "+where) || strings.Contains(all, "vip has started on") && strings.Contains(all, where)
		return moved && strings.Contains(all, "vip was away for")
	})
	if all := raws(); !strings.Contains(all, s.URL()[:8]) {
		t.Errorf("it does not say where to look:\n%s", all)
	}
	if err := s.Node(where).PowerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its agent to be back", func() bool { return connected(t, s) == 3 })
	if _, err := s.Do(t.Context(), client.Request{Route: "node.start", Path: map[string]string{"cluster": "demo", "node": where}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a mail that the node is back", func() bool { return strings.Contains(raws(), "[Resolved]") })

	for _, name := range []string{"n1", "n2", "n3"} {
		eventually(t, "settings on "+name, func() bool {
			_, err := os.Stat(filepath.Join(dir, "nodes", name, "alarms.json"))
			return err == nil
		})
	}
	serverAway(t, s, dir, mailbox)
}

// serverAway cuts all agents off, and pulls the plug of one node.
func serverAway(t *testing.T, s *sim.Sim, dir string, mailbox *posttest.Post) {
	t.Helper()
	noneWaits := func(ctx context.Context) error {
		var list api.Page[api.Message]
		if err := s.API.Do(ctx, client.Request{Route: "message.list"}, &list); err != nil {
			return err
		}
		for _, m := range list.Items {
			if m.State != api.MessageSent {
				return fmt.Errorf("message %d is %s", m.ID, m.State)
			}
		}
		return nil
	}
	if err := s.WaitFor(t.Context(), "all to be sent", noneWaits); err != nil {
		t.Fatal(err)
	}
	before := len(mailbox.Mails())
	where := onNode(t, s, "vip", "n1", "n2", "n3")
	nodes := []string{"n1", "n2", "n3"}
	for _, n := range nodes {
		s.Node(n).Partition(true)
	}
	if err := s.Node(where).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a mail by a node", func() bool { return len(mailbox.Mails()) > before })
	for _, n := range nodes {
		if n != where {
			allNoted(t, dir, n)
		}
	}
	for _, n := range nodes {
		if n != where {
			s.Node(n).Partition(false)
		}
	}
	var byNode []api.Message
	err := s.WaitFor(t.Context(), "the server to know", func(ctx context.Context) error {
		if err := noneWaits(ctx); err != nil {
			return err
		}
		var list api.Page[api.Message]
		if err := s.API.Do(ctx, client.Request{Route: "message.list"}, &list); err != nil {
			return err
		}
		byNode = slices.DeleteFunc(list.Items, func(m api.Message) bool { return m.By == "" })
		if len(byNode) == 0 {
			return errors.New("no message was sent by a node")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Once, but for what a node was just sending when the server came back: that may be a repeat, and says so.
	count := map[string]int{}
	for _, m := range mailbox.Mails() {
		if m.Header.Get("X-Hawser-Possible-Repeat") != "yes" {
			count[m.Header.Get("Message-ID")]++
		}
	}
	for id, n := range count {
		if n != 1 {
			t.Errorf("%s arrived %d times", id, n)
		}
	}
	for _, m := range byNode {
		if m.By == where || len(m.Alarms) == 0 {
			t.Errorf("message %+v", m)
		}
	}
}
