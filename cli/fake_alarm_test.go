package cli_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// alarms is what the fake keeps of alarms: secrets are taken and never given back, as the true server does.
type alarms struct {
	list     []api.Alarm
	silences []api.Silence
	channels []api.Channel
	rules    []api.AlertRule
	messages []api.Message
}

func newAlarms() alarms {
	return alarms{
		list: []api.Alarm{{
			ID: 7, Cluster: "demo", Kind: ha.AlarmLink, Object: "n1|n2|1", Severity: ha.Warning, State: api.AlarmOpen, Opened: day, Last: day.Add(time.Minute), Count: 3,
			Event: "link.lost", Args: map[string]string{"node": "n1", "peer": "n2", "link": "1"},
		}},
		rules: []api.AlertRule{{Name: "default", Enabled: true, Severity: "warning", WaitSeconds: 10, EverySeconds: 300}},
		messages: []api.Message{{
			ID: 4, Channel: "ops", Recipient: "ops@example.com", Cluster: "demo", Severity: ha.Warning, State: api.MessageTrying, Created: day, Due: day.Add(time.Minute),
			Attempts: 2, Subject: "[Warning] demo: Heartbeat link down", MessageID: "<x@example.com>", Repeat: true, Alarms: []int64{7},
			Fault: fault.New(fault.Unreachable, "alert.later", "not now").With("answer", "451 greylisted"),
		}},
	}
}

func (s *server) alarm(name string, q *http.Request, raw json.RawMessage) (any, error) {
	a := &s.alarms
	switch name {
	case "alarm.list":
		return page(a.list), nil
	case "alarm.show":
		return api.AlarmDetail{Alarm: a.list[0], Events: s.events, Messages: a.messages}, nil
	case "alarm.ack":
		a.list[0].Ack = &api.Acknowledgement{By: "admin", At: day, Note: body[api.AckAlarm](raw).Note}
		return a.list[0], nil
	case "alarm.resolve":
		a.list[0].State, a.list[0].Resolved, a.list[0].ResolvedBy = api.AlarmResolved, day.Add(time.Hour), "user:admin"
		return a.list[0], nil
	case "silence.list":
		return page(a.silences), nil
	case "silence.create":
		n := body[api.NewSilence](raw)
		one := api.Silence{ID: 1, Cluster: n.Cluster, Kind: n.Kind, Object: n.Object, Since: day, Until: day.Add(2 * time.Hour), Author: "admin", Reason: n.Reason, Active: true}
		a.silences = append(a.silences, one)
		return one, nil
	case "silence.delete":
		a.silences = nil
		return api.OK{OK: true}, nil
	case "message.list":
		return page(a.messages), nil
	case "message.retry", "message.giveup":
		if q.PathValue("message") != strconv.FormatInt(a.messages[0].ID, 10) {
			return nil, fault.New(fault.NotFound, "message.not_found", "none").With("id", q.PathValue("message"))
		}
		if name == "message.giveup" {
			a.messages[0].State, a.messages[0].By = api.MessageGaveUp, "admin"
		}
		return a.messages[0], nil
	case "alertrule.list":
		return page(a.rules), nil
	case "alertrule.create":
		a.rules = append(a.rules, body[api.AlertRule](raw))
		return a.rules[len(a.rules)-1], nil
	case "alertrule.edit":
		e := body[api.EditAlertRule](raw)
		r := &a.rules[len(a.rules)-1]
		r.Enabled, r.Severity, r.Clusters, r.Channels, r.WaitSeconds = e.Enabled, e.Severity, e.Clusters, e.Channels, e.WaitSeconds
		return *r, nil
	case "alertrule.delete":
		a.rules = a.rules[:1]
		return api.OK{OK: true}, nil
	}
	return s.channel(name, q, raw)
}

func (s *server) channel(name string, q *http.Request, raw json.RawMessage) (any, error) {
	a := &s.alarms
	keep := func(f api.ChannelForm) api.ChannelForm {
		if f.Mail != nil && f.Mail.Password != nil {
			f.Mail.PasswordSet, f.Mail.Password = true, nil
		}
		if f.Webhook != nil {
			f.Webhook = &api.WebhookSettings{URL: "https://hook.example/?***", SecretSet: f.Webhook.Secret != nil}
		}
		return f
	}
	at := -1
	for i, c := range a.channels {
		if c.Name == q.PathValue("channel") {
			at = i
		}
	}
	switch {
	case name == "channel.list":
		return page(a.channels), nil
	case name == "channel.create":
		n := body[api.NewChannel](raw)
		a.channels = append(a.channels, api.Channel{Name: n.Name, ChannelForm: keep(n.ChannelForm)})
		return a.channels[len(a.channels)-1], nil
	case at < 0:
		return nil, fault.New(fault.NotFound, "channel.not_found", "none").With("name", q.PathValue("channel"))
	case name == "channel.edit":
		set := a.channels[at].Mail != nil && a.channels[at].Mail.PasswordSet
		a.channels[at].ChannelForm = keep(body[api.ChannelForm](raw))
		if m := a.channels[at].Mail; m != nil {
			m.PasswordSet = m.PasswordSet || set
		}
	case name == "channel.test":
		return api.ChannelTest{OK: true, Answer: "250 queued as 42", TookMS: 12}, nil
	case name == "channel.delete":
		a.channels = append(a.channels[:at:at], a.channels[at+1:]...)
		return api.OK{OK: true}, nil
	}
	return a.channels[at], nil
}
