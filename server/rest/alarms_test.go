package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hawser/internal/api"
)

// alertService answers the routes of alarms; what it is given it keeps.
type alertService struct{ *services }

func (s alertService) List(context.Context, api.AlarmQuery) (api.Page[api.Alarm], error) {
	return api.Page[api.Alarm]{Items: []api.Alarm{}}, s.err()
}

func (s alertService) Show(context.Context, int64) (api.AlarmDetail, error) {
	return api.AlarmDetail{Events: []api.Event{}, Messages: []api.Message{}}, s.err()
}

func (s alertService) Ack(context.Context, int64, string, string) (api.Alarm, error) {
	return api.Alarm{}, s.err()
}

func (s alertService) Resolve(context.Context, int64, string) (api.Alarm, error) {
	return api.Alarm{}, s.err()
}

func (s alertService) Silences(context.Context) ([]api.Silence, error) { return nil, s.err() }

func (s alertService) Silence(context.Context, string, api.NewSilence) (api.Silence, error) {
	return api.Silence{}, s.err()
}
func (s alertService) Unsilence(context.Context, int64) error              { return s.err() }
func (s alertService) Channels(context.Context) ([]api.Channel, error)     { return nil, s.err() }
func (s alertService) Rules(context.Context) ([]api.AlertRule, error)      { return nil, s.err() }
func (s alertService) DeleteRule(context.Context, string) error            { return s.err() }
func (s alertService) DeleteChannel(context.Context, string, string) error { return s.err() }

func (s alertService) Channel(context.Context, string) (api.Channel, error) {
	return api.Channel{}, s.err()
}

func (s alertService) AddChannel(context.Context, api.NewChannel) (api.Channel, error) {
	return api.Channel{}, s.err()
}

func (s alertService) EditChannel(context.Context, string, string, api.ChannelForm) (api.Channel, error) {
	return api.Channel{}, s.err()
}

func (s alertService) TestChannel(_ context.Context, name string, f *api.ChannelForm) (api.ChannelTest, error) {
	if f != nil {
		name += " with a form"
	}
	return api.ChannelTest{OK: true, Answer: name}, s.err()
}

func (s alertService) AddRule(_ context.Context, r api.AlertRule) (api.AlertRule, error) {
	return r, s.err()
}

func (s alertService) EditRule(context.Context, string, api.EditAlertRule) (api.AlertRule, error) {
	return api.AlertRule{}, s.err()
}

func (s alertService) Messages(context.Context, api.MessageQuery) (api.Page[api.Message], error) {
	return api.Page[api.Message]{Items: []api.Message{}}, s.err()
}

func (s alertService) GiveUp(context.Context, int64, string) (api.Message, error) {
	return api.Message{Alarms: []int64{}}, s.err()
}

func (s alertService) Retry(context.Context, int64) (api.Message, error) {
	return api.Message{Alarms: []int64{}}, s.err()
}

// channelForm is a right form.
var channelForm = api.ChannelForm{
	Kind: api.ChannelMail, Enabled: true, Language: "en",
	Mail: &api.MailSettings{Server: "smtp.example.com", Port: 25, Security: "starttls", Sender: "ha@example.com", Recipients: []string{"ops@example.com"}},
}

// TestChannelTest: a channel is tested as it is kept, or as a form says that is not saved yet.
func TestChannelTest(t *testing.T) {
	_, server := newServer(t)
	r, _ := api.RouteNamed("channel.test")
	if w := serve(server, request(t, r, "admin")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"answer":"1"`) && !strings.Contains(w.Body.String(), `"ok":true`) {
		t.Errorf("without a body: %d %s", w.Code, w.Body)
	}
	bodies["channel.test"] = channelForm
	defer delete(bodies, "channel.test")
	if w := serve(server, request(t, r, "admin")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "with a form") {
		t.Errorf("with a form: %d %s", w.Code, w.Body)
	}
	bodies["channel.test"] = map[string]any{"kind": "pigeon", "enabled": true, "language": "en"}
	if w := serve(server, request(t, r, "admin")); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown kind: %d %s", w.Code, w.Body)
	}
}
