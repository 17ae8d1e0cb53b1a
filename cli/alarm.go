package cli

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

func (a *app) alarmCommands() *cobra.Command {
	return a.group("alarm",
		verb{key: "alarm.list", args: []string{"cluster?"}, flags: func(f *pflag.FlagSet) {
			f.Bool("open", false, a.t("cli.flag.alarm_open"))
			f.Bool("unacked", false, a.t("cli.flag.alarm_unacked"))
			f.String("kind", "", a.t("cli.flag.alarm_kind"))
			f.String("severity", "", a.t("cli.flag.severity"))
			f.Int("limit", 50, a.t("cli.flag.limit"))
		}, run: listAlarms},
		verb{key: "alarm.show", args: []string{"alarm"}, run: showAlarm},
		verb{key: "alarm.ack", args: []string{"alarm"}, flags: func(f *pflag.FlagSet) { f.String("note", "", a.t("cli.flag.note")) }, run: func(ctx context.Context, k *call) error {
			var alarm api.Alarm
			if err := k.do(ctx, "alarm.ack", api.AckAlarm{Note: k.flag("note")}, &alarm); err != nil {
				return err
			}
			return k.printAlarm(alarm)
		}},
		verb{key: "alarm.resolve", args: []string{"alarm"}, run: func(ctx context.Context, k *call) error {
			var alarm api.Alarm
			if err := k.do(ctx, "alarm.resolve", nil, &alarm); err != nil {
				return err
			}
			return k.printAlarm(alarm)
		}},
		verb{key: "alarm.silence", args: []string{"cluster?"}, flags: func(f *pflag.FlagSet) {
			f.String("kind", "", a.t("cli.flag.alarm_kind"))
			f.String("object", "", a.t("cli.flag.alarm_object"))
			f.Duration("for", 0, a.t("cli.flag.silence_for"))
			f.String("reason", "", a.t("cli.flag.silence_reason"))
		}, run: silence},
		verb{key: "alarm.unsilence", args: []string{"silence"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "silence.delete", nil, nil)
		}},
		verb{key: "alarm.silences", run: func(ctx context.Context, k *call) error {
			list, err := client.All[api.Silence](ctx, k.api, client.Request{Route: "silence.list"}, 0)
			if err != nil {
				return err
			}
			return k.printSilences(list)
		}},
	)
}

func listAlarms(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	for name, value := range map[string]string{"cluster": k.args["cluster"], "kind": k.flag("kind"), "severity": k.flag("severity")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if k.isSet("open") {
		query.Set("state", api.AlarmOpen)
	}
	if k.isSet("unacked") {
		query.Set("unacked", "true")
	}
	list, err := client.All[api.Alarm](ctx, k.api, client.Request{Route: "alarm.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Alarm]{"id", func(a api.Alarm) string { return strconv.FormatInt(a.ID, 10) }},
		column[api.Alarm]{"severity", func(a api.Alarm) string { return k.t("cli.severity." + string(a.Severity)) }},
		column[api.Alarm]{"state", k.alarmState},
		column[api.Alarm]{"opened", func(a api.Alarm) string { return clock(a.Opened) }},
		column[api.Alarm]{"count", func(a api.Alarm) string { return strconv.Itoa(a.Count) }},
		column[api.Alarm]{"cluster", func(a api.Alarm) string { return a.Cluster }},
		column[api.Alarm]{"what", k.alarmTitle},
		column[api.Alarm]{"ack", func(a api.Alarm) string { return k.acked(a) }},
	)
}

func (k *call) alarmState(a api.Alarm) string {
	state := a.State
	switch {
	case a.Notice:
		state = "notice"
	case a.Silenced:
		state = "silenced"
	}
	return k.t("cli.alarm.state." + state)
}

func (k *call) alarmTitle(a api.Alarm) string {
	title := k.t("alarm." + string(a.Kind))
	if a.Object != "" {
		title += k.t("cli.colon") + strings.ReplaceAll(a.Object, "|", " ")
	}
	return title
}

func (k *call) acked(a api.Alarm) string {
	if a.Ack == nil {
		return ""
	}
	return strings.TrimSpace(a.Ack.By + " " + a.Ack.Note)
}

func (k *call) printAlarm(a api.Alarm) error { return k.printFacts(a, k.alarmFacts(a)...) }

func (k *call) alarmFacts(a api.Alarm) []string {
	return []string{
		"what", k.alarmTitle(a), "severity", k.t("cli.severity." + string(a.Severity)), "state", k.alarmState(a), "cluster", a.Cluster,
		"opened", clock(a.Opened), "until", clock(a.Resolved), "count", strconv.Itoa(a.Count),
		"event", k.event(api.Event{Kind: a.Event, Object: a.Object, Args: a.Args}), "ack", k.acked(a),
	}
}

func showAlarm(ctx context.Context, k *call) error {
	var d api.AlarmDetail
	if err := k.do(ctx, "alarm.show", nil, &d); err != nil {
		return err
	}
	if err := k.printFacts(d, k.alarmFacts(d.Alarm)...); err != nil || k.output != "table" {
		return err
	}
	k.line("")
	if err := printList(k.app, d.Events,
		column[api.Event]{"time", func(e api.Event) string { return clock(e.At) }},
		column[api.Event]{"what", k.event},
	); err != nil {
		return err
	}
	k.line("")
	return k.printMessages(d.Messages)
}

func silence(ctx context.Context, k *call) error {
	long, err := k.flags.GetDuration("for")
	if err != nil {
		return err
	}
	var f fault.Fields
	if long <= 0 {
		f.Add("for", "field.required", "missing")
	}
	if k.flag("reason") == "" {
		f.Add("reason", "field.required", "missing")
	}
	if err := f.Err(); err != nil {
		return err
	}
	var s api.Silence
	n := api.NewSilence{
		Cluster: k.args["cluster"], Kind: k.flag("kind"), Object: k.flag("object"), Until: time.Now().Add(long).UTC().Truncate(time.Second), Reason: k.flag("reason"),
	}
	if err := k.api.Do(ctx, client.Request{Route: "silence.create", Body: n}, &s); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(s)
	}
	return k.printSilences([]api.Silence{s})
}

func (k *call) printSilences(list []api.Silence) error {
	return printList(k.app, list,
		column[api.Silence]{"id", func(s api.Silence) string { return strconv.FormatInt(s.ID, 10) }},
		column[api.Silence]{"active", func(s api.Silence) string { return k.yesNo(s.Active) }},
		column[api.Silence]{"cluster", func(s api.Silence) string { return s.Cluster }},
		column[api.Silence]{"kinds", func(s api.Silence) string { return s.Kind }},
		column[api.Silence]{"object", func(s api.Silence) string { return s.Object }},
		column[api.Silence]{"until", func(s api.Silence) string { return clock(s.Until) }},
		column[api.Silence]{"author", func(s api.Silence) string { return s.Author }},
		column[api.Silence]{"reason", func(s api.Silence) string { return s.Reason }},
	)
}

func (a *app) messageCommands() *cobra.Command {
	return a.group("message",
		verb{key: "message.list", flags: func(f *pflag.FlagSet) {
			f.String("channel", "", a.t("cli.flag.message_channel"))
			f.Bool("waiting", false, a.t("cli.flag.message_waiting"))
			f.Int("limit", 50, a.t("cli.flag.limit"))
		}, run: listMessages},
		verb{key: "message.retry", args: []string{"message"}, run: changeMessage("message.retry", harmless)},
		verb{key: "message.giveup", args: []string{"message"}, run: changeMessage("message.giveup", final)},
	)
}

func changeMessage(route string, w weight) func(context.Context, *call) error {
	return func(ctx context.Context, k *call) error {
		if err := k.confirm(w, "cli.ask."+route, "name", k.args["message"]); err != nil {
			return err
		}
		var m api.Message
		if err := k.do(ctx, route, nil, &m); err != nil {
			return err
		}
		if k.output != "table" {
			return k.printData(m)
		}
		return k.printMessages([]api.Message{m})
	}
}

func listMessages(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if c := k.flag("channel"); c != "" {
		query.Set("channel", c)
	}
	if k.isSet("waiting") {
		query.Set("waiting", "true")
	}
	list, err := client.All[api.Message](ctx, k.api, client.Request{Route: "message.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return k.printMessages(list)
}

func (k *call) printMessages(list []api.Message) error {
	return printList(k.app, list,
		column[api.Message]{"id", func(m api.Message) string { return strconv.FormatInt(m.ID, 10) }},
		column[api.Message]{"channel", func(m api.Message) string { return m.Channel }},
		column[api.Message]{"recipient", func(m api.Message) string { return m.Recipient }},
		column[api.Message]{"state", func(m api.Message) string {
			state := k.t("cli.message.state."+m.State, "n", strconv.Itoa(m.Attempts))
			if m.Repeat {
				state += " " + k.t("cli.message.repeat")
			}
			return state
		}},
		column[api.Message]{"time", func(m api.Message) string {
			if m.Sent.IsZero() {
				return clock(m.Created)
			}
			return clock(m.Sent)
		}},
		column[api.Message]{"subject", func(m api.Message) string { return m.Subject }},
		column[api.Message]{"fault", func(m api.Message) string { return k.faultOf(m.Fault) }},
	)
}

func (k *call) faultOf(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return k.words.Fault(f)
}
