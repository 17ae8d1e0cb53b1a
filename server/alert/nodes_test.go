package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/post"
	"hawser/internal/wire"
	"hawser/server/alert"
)

// agents keeps what hosts were left.
type agents struct {
	mu   sync.Mutex
	got  map[string][]post.Settings
	fail error
}

func (a *agents) Do(_ context.Context, host string, c wire.Command, _ func(wire.Progress)) (wire.Result, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var args wire.AlarmArgs
	var s post.Settings
	if c.Name != wire.AlarmSettings || json.Unmarshal(c.Args, &args) != nil || json.Unmarshal(args.Settings, &s) != nil {
		return wire.Result{}, errors.New("not a command that it knows")
	}
	a.got[host] = append(a.got[host], s)
	return wire.Result{}, a.fail
}

// TestNodesAreLeftSettings: only of channels that are to be told from the nodes, once for each change, and taken away when that ends.
func TestNodesAreLeftSettings(t *testing.T) {
	hosts := &agents{got: map[string][]post.Settings{}}
	w, c := timed(t, func(o *alert.Options) { o.Agents = hosts })
	password := "hunter2"
	f := api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: &api.MailSettings{
		Server: "smtp.example.com", Port: 587, Security: "starttls", Sender: "ha@site.example", Recipients: []string{"ops@site.example"}, Login: "ha", Password: &password,
	}}
	w.channel("ops", f)
	w.channel("hook", hookForm(api.ChannelWebhook, "https://hooks.example/", ""))
	w.picture.hosts = []api.Host{{ID: "h1", Name: "n1", Connected: true, Expires: c.Now().AddDate(1, 0, 0)}, {ID: "h2", Name: "n2", Seen: c.Now(), Expires: c.Now().AddDate(1, 0, 0)}}
	w.sweep()
	if got := hosts.got["h1"]; len(got) != 1 || len(got[0].Channels) != 0 {
		t.Fatalf("although no channel wants it: %+v", got)
	}
	f.Mail.FromNodes, f.Mail.Password = true, nil
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	w.sweep()
	got := hosts.got["h1"]
	if len(got) != 2 || len(got[1].Channels) != 1 || got[1].Channels[0].Secrets.Password != password || len(got[1].Rules) != 1 || got[1].AfterSeconds != 300 {
		t.Fatalf("left %+v", got)
	}
	if len(hosts.got["h2"]) != 0 {
		t.Error("a host that is away was asked")
	}
	hosts.fail = fault.New(fault.Unreachable, "agent.away", "away")
	f.Enabled = false
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	hosts.fail = nil
	w.sweep()
	w.sweep()
	if got := hosts.got["h1"]; len(got) != 4 || len(got[3].Channels) != 0 {
		t.Errorf("not taken away, or not tried again: %d times, %+v", len(got), got[len(got)-1])
	}
}
