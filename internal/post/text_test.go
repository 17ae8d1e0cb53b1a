package post_test

import (
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
)

var day = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func at(seconds int, kind ha.ChangeKind, severity ha.Severity, object string, pairs ...string) api.Event {
	e := api.Event{At: day.Add(time.Duration(seconds) * time.Second), Cluster: "demo", Kind: string(kind), Severity: severity, Object: object, Args: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Args[pairs[i]] = pairs[i+1]
	}
	return e
}

// TestOutages: a service is away from the first sign of trouble with it or with its node until it runs again.
func TestOutages(t *testing.T) {
	events := []api.Event{
		at(0, ha.NodeUnclean, ha.Critical, "n2", "node", "n2"),
		at(1, ha.ResourceFailed, ha.Critical, "db", "resource", "db", "node", "n1"),
		at(5, ha.NodeFenced, ha.Critical, "n2", "node", "n2", "action", "reboot"),
		at(6, ha.ResourceMoved, ha.Warning, "vip", "resource", "vip", "from", "n2", "to", "n1"),
		at(7, ha.ResourceStopped, ha.Warning, "web", "resource", "web", "node", "n2"),
		at(8, ha.ResourceStopped, ha.Info, "old", "resource", "old", "node", "n1"), // on purpose
		at(9, ha.ResourceStarted, ha.Info, "web", "resource", "web", "node", "n1"),
		at(10, ha.ResourceMoved, ha.Warning, "idle", "resource", "idle", "from", "n1", "to", "n3"), // on purpose
		at(60, ha.NodeJoined, ha.Info, "n2", "node", "n2"),
		at(70, ha.ResourceMoved, ha.Warning, "vip", "resource", "vip", "from", "n1", "to", "n2"), // back, on purpose
	}
	want := map[string][2]int{"vip": {0, 6}, "web": {0, 9}, "db": {1, -1}}
	got := post.Outages(events)
	if len(got) != len(want) {
		t.Errorf("got %+v", got)
	}
	for _, o := range got {
		w, is := want[o.Resource]
		if !is || !o.Since.Equal(day.Add(time.Duration(w[0])*time.Second)) || w[1] < 0 != o.Until.IsZero() || w[1] >= 0 && !o.Until.Equal(day.Add(time.Duration(w[1])*time.Second)) {
			t.Errorf("%s away from %v to %v", o.Resource, o.Since, o.Until)
		}
	}
}

func content(language string) post.Content {
	a := api.Alarm{
		ID: 3, Cluster: "demo", Kind: ha.AlarmLink, Object: "n1|n2|1", Severity: ha.Warning, State: api.AlarmOpen, Opened: day, Last: day.Add(time.Minute), Count: 4,
		Event: string(ha.LinkLost), Args: map[string]string{"node": "n1", "peer": "n2", "link": "1"},
	}
	return post.Content{
		Message:  api.Message{Cluster: "demo", Severity: ha.Warning, MessageID: "<x@y>"},
		Language: language, Items: []post.Item{{Alarm: a, Phase: post.PhaseRepeated}},
		Channel: post.Channel{Form: api.ChannelForm{Kind: api.ChannelMail, Language: language}},
		Events:  []api.Event{at(0, ha.LinkLost, ha.Warning, "n1", "node", "n1", "peer", "n2", "link", "1"), at(30, ha.DCChanged, ha.Info, "n1", "from", "n2", "to", "n1")},
	}
}

// TestCompose: both languages say what, how often, what followed, and where to look.
func TestCompose(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"[Warning] demo: Heartbeat link down: n1 – n2 (1)", "Heartbeat link 1 between n1 and n2 is down.", "seen 4 times", "The designated controller is now n1", "https://ha/alarms/3"},
		"zh": {"[警告] demo：心跳链路中断: n1 – n2 (1)", "共 4 次", "https://ha/alarms/3"},
	} {
		got, err := post.Compose(content(language), "https://ha/")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(got.Subject+"\n"+got.Text, w) {
				t.Errorf("%s: no %q in\n%s\n%s", language, w, got.Subject, got.Text)
			}
		}
		if n := strings.Count(got.Text, "n1 and n2 is down"); language == "en" && n != 1 {
			t.Errorf("what happened is told %d times:\n%s", n, got.Text)
		}
		if strings.Contains(got.Text+got.HTML, "mail.") || strings.Contains(got.Text, "?") {
			t.Errorf("a sentence is missing:\n%s", got.Text)
		}
	}
}

// TestComposeHostile: names that somebody has chosen with care begin no header and no element.
func TestComposeHostile(t *testing.T) {
	c := content("en")
	c.Items[0].Alarm.Object = "a\r\nBcc: all@example.com"
	c.Items[0].Alarm.Event = string(ha.ResourceFailed)
	c.Items[0].Alarm.Args = map[string]string{"resource": "<script>alert(1)</script>", "node": "n1", "operation": "monitor", "exit": "x\r\n.\r\nMAIL FROM"}
	got, err := post.Compose(c, "https://ha")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(got.Subject, "\r\n") || strings.Contains(got.HTML, "<script>") {
		t.Errorf("subject %q\n%s", got.Subject, got.HTML)
	}
}

// TestOwnTexts: a subject and a text of one's own have their blanks filled.
func TestOwnTexts(t *testing.T) {
	c := content("en")
	c.Channel.Form.Subject, c.Channel.Form.Text = "HA {{ cluster }}/{{severity}}", "{{title}}\n{{what}}\n{{link}}"
	got, err := post.Compose(c, "https://ha")
	if err != nil || got.Subject != "HA demo/Warning" || !strings.HasPrefix(got.Text, "Heartbeat link down: n1 – n2 (1)\n") || !strings.HasSuffix(got.Text, "\nhttps://ha/alarms/3") || got.HTML != "" {
		t.Errorf("got %q, %q, %v", got.Subject, got.Text, err)
	}
}

// TestRobotTextIsCut: WeCom takes 2048 bytes; a character is not cut in two.
func TestRobotTextIsCut(t *testing.T) {
	c := content("zh")
	c.Channel.Form.Kind = api.ChannelWeCom
	for i := range 60 {
		c.Events = append(c.Events, at(i, ha.ResourceMoved, ha.Warning, "r", "resource", "资源", "from", "n1", "to", "n2"))
	}
	got, err := post.Compose(c, "https://ha")
	if err != nil || len(got.Text) > 2200 || strings.Contains(got.Text, `\ufffd`) || !strings.Contains(got.Text, " …") {
		t.Errorf("%d bytes, %v: %s", len(got.Text), err, got.Text)
	}
}
