package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/server/alert"
	"hawser/server/store"
)

// mailTo is a channel that mails to these.
func mailTo(name string, recipients ...string) post.Channel {
	return post.Channel{Name: name, Form: api.ChannelForm{
		Kind: api.ChannelMail, Enabled: true, Language: "en",
		Mail: &api.MailSettings{Server: "mail.example", Port: 25, Security: "none", Sender: "ha@site.example", Recipients: recipients},
	}}
}

// teller tells events of a cluster, each with a key of its own.
type teller struct {
	t *testing.T
	s *store.Store
	n int
}

func (e *teller) tell(kind ha.ChangeKind, severity ha.Severity, object string, pairs ...string) {
	e.t.Helper()
	e.n++
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	_, isNew, err := e.s.AddEvent(e.t.Context(), "", 0, fmt.Sprint("k", e.n), api.Event{
		At: start.Add(time.Duration(e.n) * time.Second), Cluster: "demo", Kind: string(kind), Severity: severity, Object: object, Args: args,
	})
	must(e.t, err)
	if !isNew {
		e.t.Errorf("event %d was not new", e.n)
	}
}

// plain writes which alarms a message is about.
func plain(c post.Content) (post.Composed, error) {
	out := post.Composed{Subject: c.Language}
	for _, i := range c.Items {
		out.Text += fmt.Sprintf("%s %s %s %s %d\n", i.Phase, i.Alarm.Kind, i.Alarm.Object, i.Alarm.State, i.Alarm.Count)
	}
	return out, nil
}

// send has every message of a channel taken, and returns their texts.
func send(t *testing.T, s *store.Store, channel string) []string {
	t.Helper()
	var texts []string
	list, err := s.Waiting(t.Context(), channel, 100)
	must(t, err)
	for _, p := range list {
		parcel, is, err := s.Take(t.Context(), p.ID, plain)
		must(t, err)
		if !is {
			t.Errorf("message %d was not taken", p.ID)
		}
		texts = append(texts, parcel.Text)
		must(t, s.Settle(t.Context(), p.ID, post.Outcome{Taken: true}, time.Time{}, start))
	}
	return texts
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// alarmsOnce: an alarm is opened, counted and resolved; what is told is told once to each recipient, and that it is over to whoever
// was told that it began.
func alarmsOnce(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	e := &teller{t: t, s: s}
	e.tell(ha.NodeLost, ha.Critical, "n1", "node", "n1") // nobody is to be told yet
	must(t, s.AddChannel(ctx, mailTo("ops", "a@x.example", "b@x.example")))
	must(t, s.AddChannel(ctx, mailTo("boss", "c@x.example")))
	must(t, s.ChangeAlertRule(ctx, api.AlertRule{Name: "default", Enabled: true, Severity: "warning", Channels: []string{"ops"}, Language: "zh", EverySeconds: 300}))
	must(t, s.AddAlertRule(ctx, api.AlertRule{Name: "critical", Enabled: true, Severity: "critical"}))
	rules, err := s.AlertRules(ctx)
	if err != nil || len(rules) != 2 || rules[0].Name != "critical" {
		t.Errorf("a new rule is not the first to decide: %+v, err %v", rules, err)
	}
	e.tell(ha.NodeJoined, ha.Info, "n1", "node", "n1")
	equal(t, "over, of which nobody was told", send(t, s, "ops"))

	link := []string{"node", "n2", "peer", "n1", "link", "1"}
	e.tell(ha.LinkLost, ha.Warning, "n2", link...)
	equal(t, "boss is told of what is critical", send(t, s, "boss"))
	first := "opened link.lost n1|n2|1 open 1\n"
	equal(t, "each recipient once", send(t, s, "ops"), first, first)
	e.tell(ha.LinkRestored, ha.Info, "n1", "node", "n1", "peer", "n2", "link", "1")
	over := "resolved link.lost n1|n2|1 resolved 1\n"
	equal(t, "that it is over", send(t, s, "ops"), over, over)
	// Again within a short time: the same alarm, one message for all of it.
	for range 3 {
		e.tell(ha.LinkLost, ha.Warning, "n2", link...)
		e.tell(ha.LinkRestored, ha.Info, "n2", link...)
	}
	again := "repeated link.lost n1|n2|1 resolved 4\n"
	equal(t, "what flaps is one message with a count", send(t, s, "ops"), again, again)
	list, err := s.Alarms(ctx, api.AlarmQuery{Kind: "link.*"})
	must(t, err)
	if len(list.Items) != 1 || list.Items[0].Count != 4 || list.Items[0].State != api.AlarmResolved {
		t.Errorf("alarms %+v", list.Items)
	}
	// The same event told again changes nothing.
	_, isNew, alarms, err := s.RaiseEvent(ctx, "", 0, "k3", api.Event{At: start, Cluster: "demo", Kind: string(ha.LinkLost), Severity: ha.Warning, Object: "n2"})
	if err != nil || isNew || len(alarms) != 0 {
		t.Errorf("new %v, alarms %v, err %v", isNew, alarms, err)
	}
	equal(t, "told again", send(t, s, "ops"))
	detail, err := d.Open(t).Alarm(ctx, list.Items[0].ID)
	must(t, err)
	if len(detail.Messages) != 6 || len(detail.Events) == 0 {
		t.Errorf("%d messages, %d events", len(detail.Messages), len(detail.Events))
	}
	_, err = s.Alarm(ctx, 99999)
	code(t, err, fault.NotFound)
}

// alarmsGathered: what follows while a message waits is in it, and its text does not change once it was tried.
func alarmsGathered(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.AddChannel(ctx, mailTo("ops", "a@x.example")))
	e := &teller{t: t, s: s}
	e.tell(ha.NodeUnclean, ha.Critical, "n1", "node", "n1")
	e.tell(ha.ResourceStopped, ha.Warning, "vip", "resource", "vip", "node", "n1")
	e.tell(ha.NodeFenced, ha.Critical, "n1", "node", "n1", "action", "reboot")
	e.tell(ha.ResourceStarted, ha.Info, "vip", "resource", "vip", "node", "n2")
	list, err := s.Messages(ctx, api.MessageQuery{})
	must(t, err)
	if len(list.Items) != 1 || list.Items[0].Severity != ha.Critical || !slices.Equal(list.Items[0].Alarms, []int64{1, 2, 3}) || list.Items[0].Subject != "" {
		t.Fatalf("messages %+v", list.Items)
	}
	m := list.Items[0]
	if want := ha.MessageID("ops", "a@x.example", "site.example", "k1"); m.MessageID != want {
		t.Errorf("message ID %s, want %s: that of the event that began it", m.MessageID, want)
	}
	first, is, err := s.Take(ctx, m.ID, plain)
	if err != nil || !is || first.Text != "opened node.away n1 open 1\nopened resource.stopped vip resolved 1\nopened node.fenced n1 resolved 1\n" {
		t.Fatalf("%v %v %q", is, err, first.Text)
	}
	must(t, s.Settle(ctx, m.ID, post.Outcome{Fault: fault.New(fault.Unreachable, "alert.later", "x").With("answer", "451")}, start.Add(time.Hour), start))
	e.tell(ha.NodeJoined, ha.Info, "n1", "node", "n1")
	second, is, err := d.Open(t).Take(ctx, m.ID, func(post.Content) (post.Composed, error) {
		t.Error("written twice")
		return post.Composed{}, nil
	})
	if err != nil || !is || second.Text != first.Text || second.Message.MessageID != first.Message.MessageID || second.Message.Attempts != 2 || second.Message.Repeat {
		t.Errorf("the second attempt differs: %+v, %v", second, err)
	}
	// The server ends here. The next one cannot know whether it was taken.
	n, err := d.Open(t).Recover(ctx, start)
	if err != nil || n != 1 {
		t.Errorf("recovered %d, %v", n, err)
	}
	third, _, err := s.Take(ctx, m.ID, plain)
	if err != nil || !third.Message.Repeat || third.Message.MessageID != first.Message.MessageID {
		t.Errorf("got %+v, %v", third.Message, err)
	}
	must(t, s.Settle(ctx, m.ID, post.Outcome{Taken: true}, time.Time{}, start))
	if _, is, err := s.Take(ctx, m.ID, plain); is || err != nil {
		t.Errorf("taken although it was sent: %v", err)
	}
	_, err = s.GiveUp(ctx, m.ID, "ann")
	code(t, err, fault.Conflict)
	equal(t, "that it is over", send(t, s, "ops"), "resolved node.away n1 resolved 1\n")
	backlog, err := s.Backlog(ctx)
	if err != nil || len(backlog) != 1 || backlog[0] != (alert.Backlog{Channel: "ops", State: "sent", Count: 2, Failed: 2}) {
		t.Errorf("backlog %+v, %v", backlog, err)
	}
}

// silencesEnd: what a silence keeps back is told when it ends, if it is still open; and what was acknowledged is not told again.
func silencesEnd(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.AddChannel(ctx, mailTo("ops", "a@x.example")))
	must(t, s.ChangeAlertRule(ctx, api.AlertRule{Name: "default", Enabled: true, Severity: "warning"}))
	quiet, err := s.AddSilence(ctx, api.Silence{Cluster: "demo", Kind: "node.*", Since: start.Add(-time.Hour), Until: time.Now().Add(time.Hour), Author: "ann", Reason: "x"})
	must(t, err)
	e := &teller{t: t, s: s}
	e.tell(ha.NodeLost, ha.Critical, "n1", "node", "n1")
	e.tell(ha.NodeLost, ha.Critical, "n2", "node", "n2")
	e.tell(ha.NodeJoined, ha.Info, "n2", "node", "n2")
	e.tell(ha.QuorumLost, ha.Critical, "")
	equal(t, "what is not silenced", send(t, s, "ops"), "opened quorum.lost  open 1\n")
	if told, err := s.EndSilences(ctx, time.Now()); err != nil || len(told) != 0 {
		t.Errorf("told %v, %v", told, err)
	}
	list, err := s.Silences(ctx)
	if err != nil || len(list) != 1 || list[0].Author != "ann" || !list[0].Since.Equal(start.Add(-time.Hour)) {
		t.Errorf("silences %+v, %v", list, err)
	}
	must(t, s.DeleteSilence(ctx, quiet.ID))
	code(t, s.DeleteSilence(ctx, quiet.ID), fault.NotFound)
	told, err := s.EndSilences(ctx, time.Now())
	if err != nil || len(told) != 1 || told[0].Object != "n1" {
		t.Errorf("told %+v, %v", told, err)
	}
	equal(t, "what is still open", send(t, s, "ops"), "opened node.away n1 open 1\n")
	ack, err := s.AckAlarm(ctx, told[0].ID, api.Acknowledgement{By: "li", At: start, Note: "on it"})
	if err != nil || ack.Ack == nil || ack.Ack.By != "li" || ack.Ack.Note != "on it" {
		t.Errorf("got %+v, %v", ack, err)
	}
	e.tell(ha.NodeUnclean, ha.Critical, "n1", "node", "n1")
	equal(t, "what was acknowledged", send(t, s, "ops"))
	ended, err := s.EndAlarm(ctx, told[0].ID, "user:li", start.Add(time.Hour))
	if err != nil || ended.State != api.AlarmResolved || ended.ResolvedBy != "user:li" {
		t.Errorf("got %+v, %v", ended, err)
	}
	equal(t, "ended by hand", send(t, s, "ops"), "resolved node.away n1 resolved 2\n")
	if open, err := s.OpenAlarms(ctx); err != nil || len(open) != 1 || open[0].Kind != ha.AlarmQuorum {
		t.Errorf("open %+v, %v", open, err)
	}
}

// channelsKept: secrets are kept encrypted; who leaves a channel is not written to any more; a message can be given up.
func channelsKept(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	c := mailTo("ops", "a@x.example", "b@x.example")
	c.Secrets.Password = "hunter2"
	must(t, s.AddChannel(ctx, c))
	code(t, s.AddChannel(ctx, c), fault.Conflict)
	kept, err := d.Open(t).Channels(ctx)
	if err != nil || len(kept) != 1 || kept[0].Secrets.Password != "hunter2" || kept[0].Form.Mail.Sender != "ha@site.example" {
		t.Fatalf("channels %+v, %v", kept, err)
	}
	must(t, s.ChangeAlertRule(ctx, api.AlertRule{Name: "default", Enabled: true, Severity: "warning"}))
	e := &teller{t: t, s: s}
	e.tell(ha.QuorumLost, ha.Critical, "")
	state, err := s.ChannelState(ctx, "ops")
	if err != nil || state.Waiting != 2 || !state.LastSent.IsZero() {
		t.Errorf("state %+v, %v", state, err)
	}
	_, err = s.ChangeChannel(ctx, "ops", "ann", func(c *post.Channel) error {
		c.Form.Mail.Recipients = []string{"a@x.example"}
		return nil
	})
	must(t, err)
	gone, err := s.Messages(ctx, api.MessageQuery{State: api.MessageGaveUp})
	if err != nil || len(gone.Items) != 1 || gone.Items[0].Recipient != "b@x.example" || gone.Items[0].By != "ann" {
		t.Errorf("given up %+v, %v", gone.Items, err)
	}
	waiting, err := s.Messages(ctx, api.MessageQuery{Waiting: true, Channel: "ops"})
	must(t, err)
	m, err := s.GiveUp(ctx, waiting.Items[0].ID, "li")
	if err != nil || m.State != api.MessageGaveUp || m.By != "li" {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, is, err := s.Take(ctx, m.ID, plain); is || err != nil {
		t.Errorf("taken although it was given up: %v", err)
	}
	// Nobody got that it began: nobody is told that it is over.
	e.tell(ha.QuorumGained, ha.Info, "")
	equal(t, "over, of which nobody was told", send(t, s, "ops"))
	// A secret that nobody can read any more keeps no event from being kept.
	d.Exec(t, "UPDATE channels SET secrets = 'broken'")
	e.tell(ha.QuorumLost, ha.Critical, "")
	must(t, s.DeleteChannel(ctx, "ops", "ann"))
	code(t, s.DeleteChannel(ctx, "ops", "ann"), fault.NotFound)
	_, err = s.ChangeChannel(ctx, "ops", "ann", func(*post.Channel) error { return nil })
	code(t, err, fault.NotFound)
	code(t, s.ChangeAlertRule(ctx, api.AlertRule{Name: "none"}), fault.NotFound)
	code(t, s.AddAlertRule(ctx, api.AlertRule{Name: "default"}), fault.Conflict)
	must(t, s.DeleteAlertRule(ctx, "default"))
	code(t, s.DeleteAlertRule(ctx, "default"), fault.NotFound)
}

// alarmsTogether: two servers' worth of events at once make one open alarm and one message.
func alarmsTogether(t *testing.T, d Database) {
	s, other, ctx := d.Open(t), d.Open(t), t.Context()
	must(t, s.AddChannel(ctx, mailTo("ops", "a@x.example")))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := s
			if i%2 == 0 {
				s = other
			}
			_, _, err := s.AddEvent(context.WithoutCancel(ctx), "", 0, fmt.Sprint("k", i), api.Event{At: start, Cluster: "demo", Kind: string(ha.QuorumLost), Severity: ha.Critical})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	open, err := s.OpenAlarms(ctx)
	if err != nil || len(open) != 1 || open[0].Count != 8 {
		t.Errorf("open %+v, %v", open, err)
	}
	list, err := s.Messages(ctx, api.MessageQuery{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("messages %+v, %v", list.Items, err)
	}
}

// toldByNode: what a node has mailed while the server was away is not sent again; what may not have arrived is, under the same name; and
// whoever did not get it from the node gets it from the server.
func toldByNode(t *testing.T, d Database) {
	s, ctx := d.Open(t), t.Context()
	must(t, s.AddChannel(ctx, mailTo("ops", "a@x.example", "b@x.example", "c@x.example")))
	must(t, s.ChangeAlertRule(ctx, api.AlertRule{Name: "default", Enabled: true, Severity: "warning"}))
	told := func(recipient string, unknown bool) api.Told {
		return api.Told{Channel: "ops", Recipient: recipient, MessageID: "<" + recipient + ">", Node: "n1", At: start, Unknown: unknown}
	}
	for i, kind := range []ha.ChangeKind{ha.NodeUnclean, ha.NodeFenced} { // two events in one mail of the node
		_, _, err := s.AddEvent(ctx, "", 0, fmt.Sprint("k", i+1), api.Event{
			At: start, Cluster: "demo", Kind: string(kind), Severity: ha.Critical, Object: "n3", Args: map[string]string{"node": "n3"},
			Told: []api.Told{told("a@x.example", false), told("b@x.example", true)},
		})
		must(t, err)
	}
	list, err := d.Open(t).Messages(ctx, api.MessageQuery{})
	must(t, err)
	got := map[string]api.Message{}
	for _, m := range list.Items {
		got[m.Recipient] = m
	}
	a, b, c := got["a@x.example"], got["b@x.example"], got["c@x.example"]
	if len(list.Items) != 3 || a.State != api.MessageSent || a.By != "n1" || a.MessageID != "<a@x.example>" || !a.Sent.Equal(start) || len(a.Alarms) != 2 {
		t.Errorf("mailed by the node: %+v", a)
	}
	if b.State != api.MessageQueued || b.MessageID != "<b@x.example>" || !b.Repeat || len(b.Alarms) != 2 {
		t.Errorf("perhaps mailed: %+v", b)
	}
	if c.State != api.MessageQueued || c.MessageID != ha.MessageID("ops", "c@x.example", "site.example", "k1") || c.Repeat {
		t.Errorf("not mailed: %+v", c)
	}
	both := "opened node.away n3 open 1\nopened node.fenced n3 resolved 1\n"
	equal(t, "what the server sends", send(t, s, "ops"), both, both)
	_, _, err = s.AddEvent(ctx, "", 0, "k3", api.Event{At: start.Add(time.Minute), Cluster: "demo", Kind: string(ha.NodeJoined), Object: "n3"})
	must(t, err)
	over := "resolved node.away n3 resolved 1\n"
	equal(t, "that it is over", send(t, s, "ops"), over, over, over)
}
