package cli

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

func (a *app) channelCommands() *cobra.Command {
	return a.group("channel",
		verb{key: "channel.list", run: listChannels},
		verb{key: "channel.show", args: []string{"channel"}, run: func(ctx context.Context, k *call) error {
			var c api.Channel
			if err := k.do(ctx, "channel.show", nil, &c); err != nil {
				return err
			}
			return k.printChannel(c)
		}},
		verb{key: "channel.set", args: []string{"channel"}, flags: a.channelFlags, run: setChannel},
		verb{key: "channel.test", args: []string{"channel"}, run: testChannel},
		verb{key: "channel.delete", args: []string{"channel"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.channel.delete", "name", k.args["channel"]); err != nil {
				return err
			}
			return k.do(ctx, "channel.delete", nil, nil)
		}},
	)
}

func (a *app) channelFlags(f *pflag.FlagSet) {
	f.String("kind", "mail", a.t("cli.flag.channel_kind"))
	f.Bool("on", false, a.t("cli.flag.channel_on"))
	f.Bool("off", false, a.t("cli.flag.channel_off"))
	f.String("language", "", a.t("cli.flag.channel_language"))
	f.String("server", "", a.t("cli.flag.mail_server"))
	f.Int("port", 0, a.t("cli.flag.mail_port"))
	f.String("security", "", a.t("cli.flag.mail_security"))
	f.String("sender", "", a.t("cli.flag.mail_sender"))
	f.String("login", "", a.t("cli.flag.mail_login"))
	f.String("password-file", "", a.t("cli.flag.secret_password"))
	f.StringSlice("recipient", nil, a.t("cli.flag.mail_recipient"))
	f.String("ca-file", "", a.t("cli.flag.mail_ca"))
	f.Bool("from-nodes", false, a.t("cli.flag.mail_nodes"))
	f.String("url", "", a.t("cli.flag.hook_url"))
	f.String("url-file", "", a.t("cli.flag.secret_url"))
	f.String("secret-file", "", a.t("cli.flag.secret_secret"))
	f.String("subject", "", a.t("cli.flag.message_subject"))
	f.String("text-file", "", a.t("cli.flag.message_text"))
}

// setChannel changes the channel of that name, or makes it. What is not given stays as it is; a secret always does.
func setChannel(ctx context.Context, k *call) error {
	var c api.Channel
	err := k.do(ctx, "channel.show", nil, &c)
	isNew := fault.CodeOf(err) == fault.NotFound
	if err != nil && !isNew {
		return err
	}
	form := c.ChannelForm
	if isNew {
		form = api.ChannelForm{Kind: k.flag("kind"), Enabled: true, Language: k.words.Language()}
	}
	if err := k.fillChannel(&form); err != nil {
		return err
	}
	if isNew {
		err = k.api.Do(ctx, client.Request{Route: "channel.create", Body: api.NewChannel{Name: k.args["channel"], ChannelForm: form}}, &c)
	} else {
		err = k.do(ctx, "channel.edit", form, &c)
	}
	if err != nil {
		return err
	}
	return k.printChannel(c)
}

// changed returns the value of a flag that was given.
func (k *call) changed(name string) (string, bool) {
	f := k.flags.Lookup(name)
	if f == nil || !f.Changed {
		return "", false
	}
	return f.Value.String(), true
}

// secretFile returns what is in the file that a flag names, without its line end; nil where the flag was not given. A secret has no
// place among the arguments, where every user of the machine can read it.
func (k *call) secretFile(name string) (*string, error) {
	file, given := k.changed(name)
	if !given {
		return nil, nil
	}
	raw, err := k.readFile(file)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(raw), "\r\n")
	return &text, nil
}

func (k *call) fillChannel(form *api.ChannelForm) error {
	if k.isSet("on") && k.isSet("off") {
		return fault.New(fault.Invalid, "cli.flags_exclusive", "--on and --off exclude each other").With("a", "--on", "b", "--off")
	}
	form.Enabled = (form.Enabled || k.isSet("on")) && !k.isSet("off")
	for name, to := range map[string]*string{"language": &form.Language, "subject": &form.Subject} {
		if v, given := k.changed(name); given {
			*to = v
		}
	}
	if text, err := k.secretFile("text-file"); err != nil {
		return err
	} else if text != nil {
		form.Text = *text
	}
	if form.Kind == api.ChannelMail {
		if form.Mail == nil {
			form.Mail = &api.MailSettings{Port: 587, Security: "starttls"}
		}
		return k.fillMail(form.Mail)
	}
	if form.Webhook == nil {
		form.Webhook = &api.WebhookSettings{}
	}
	form.Webhook.URL = k.flag("url")
	address, err := k.secretFile("url-file")
	if err != nil {
		return err
	}
	if address != nil {
		form.Webhook.URL = *address
	}
	form.Webhook.Secret, err = k.secretFile("secret-file")
	return err
}

func (k *call) fillMail(m *api.MailSettings) error {
	for name, to := range map[string]*string{"server": &m.Server, "security": &m.Security, "sender": &m.Sender, "login": &m.Login} {
		if v, given := k.changed(name); given {
			*to = v
		}
	}
	if port := k.given("port"); port != nil {
		m.Port = *port
	}
	if list := k.list("recipient"); len(list) > 0 {
		m.Recipients = list
	}
	if on := k.switched("from-nodes"); on != nil {
		m.FromNodes = *on
	}
	ca, err := k.secretFile("ca-file")
	if err != nil {
		return err
	}
	if ca != nil {
		m.CA = *ca
	}
	m.Password, err = k.secretFile("password-file")
	return err
}

func listChannels(ctx context.Context, k *call) error {
	list, err := client.All[api.Channel](ctx, k.api, client.Request{Route: "channel.list"}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Channel]{"name", func(c api.Channel) string { return c.Name }},
		column[api.Channel]{"kind", func(c api.Channel) string { return k.t("cli.channel.kind." + c.Kind) }},
		column[api.Channel]{"enabled", func(c api.Channel) string { return k.yesNo(c.Enabled) }},
		column[api.Channel]{"server_port", whereTo},
		column[api.Channel]{"waiting", func(c api.Channel) string { return strconv.Itoa(c.Waiting) }},
		column[api.Channel]{"last_sent", func(c api.Channel) string { return clock(c.LastSent) }},
		column[api.Channel]{"fault", func(c api.Channel) string { return k.faultOf(c.Fault) }},
	)
}

func whereTo(c api.Channel) string {
	if c.Mail != nil {
		return net.JoinHostPort(c.Mail.Server, strconv.Itoa(c.Mail.Port))
	}
	if c.Webhook != nil {
		return c.Webhook.URL
	}
	return ""
}

func (k *call) printChannel(c api.Channel) error {
	facts := []string{
		"name", c.Name, "kind", k.t("cli.channel.kind." + c.Kind), "enabled", k.yesNo(c.Enabled), "server_port", whereTo(c),
	}
	set := func(is bool) string {
		if is {
			return k.t("cli.set")
		}
		return ""
	}
	if m := c.Mail; m != nil {
		facts = append(facts, "security", m.Security, "sender", m.Sender, "login", m.Login, "password", set(m.PasswordSet), "recipients", strings.Join(m.Recipients, k.t("cli.comma")))
	}
	if w := c.Webhook; w != nil {
		facts = append(facts, "password", set(w.SecretSet))
	}
	return k.printFacts(c, append(facts, "waiting", strconv.Itoa(c.Waiting), "last_sent", clock(c.LastSent), "fault", k.faultOf(c.Fault))...)
}

// testChannel fails where the other side did not take the message: scripts can tell by the exit code.
func testChannel(ctx context.Context, k *call) error {
	var t api.ChannelTest
	if err := k.do(ctx, "channel.test", nil, &t); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(t)
	}
	if !t.OK {
		return t.Fault
	}
	k.line(k.t("cli.channel.tested", "ms", strconv.Itoa(t.TookMS), "answer", t.Answer))
	return nil
}

func (a *app) alertRuleCommands() *cobra.Command {
	return a.group("alert-rule",
		verb{key: "alertrule.list", run: listAlertRules},
		verb{key: "alertrule.set", args: []string{"rule"}, flags: func(f *pflag.FlagSet) {
			f.String("severity", "", a.t("cli.flag.rule_severity"))
			f.StringSlice("only-cluster", nil, a.t("cli.flag.rule_cluster"))
			f.StringSlice("kind", nil, a.t("cli.flag.rule_kind"))
			f.StringSlice("channel", nil, a.t("cli.flag.rule_channel"))
			f.String("language", "", a.t("cli.flag.channel_language"))
			f.Duration("wait", 0, a.t("cli.flag.rule_wait"))
			f.Duration("every", 0, a.t("cli.flag.rule_every"))
			f.Bool("on", false, a.t("cli.flag.channel_on"))
			f.Bool("off", false, a.t("cli.flag.channel_off"))
		}, run: setAlertRule},
		verb{key: "alertrule.delete", args: []string{"rule"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.alertrule.delete", "name", k.args["rule"]); err != nil {
				return err
			}
			return k.do(ctx, "alertrule.delete", nil, nil)
		}},
	)
}

func listAlertRules(ctx context.Context, k *call) error {
	list, err := client.All[api.AlertRule](ctx, k.api, client.Request{Route: "alertrule.list"}, 0)
	if err != nil {
		return err
	}
	return k.printAlertRules(list)
}

func (k *call) printAlertRules(list []api.AlertRule) error {
	join := func(list []string) string { return strings.Join(list, k.t("cli.comma")) }
	return printList(k.app, list,
		column[api.AlertRule]{"name", func(r api.AlertRule) string { return r.Name }},
		column[api.AlertRule]{"enabled", func(r api.AlertRule) string { return k.yesNo(r.Enabled) }},
		column[api.AlertRule]{"severity", func(r api.AlertRule) string { return k.t("cli.severity." + r.Severity) }},
		column[api.AlertRule]{"clusters", func(r api.AlertRule) string { return join(r.Clusters) }},
		column[api.AlertRule]{"kinds", func(r api.AlertRule) string { return join(r.Kinds) }},
		column[api.AlertRule]{"channels", func(r api.AlertRule) string { return join(r.Channels) }},
		column[api.AlertRule]{"wait", func(r api.AlertRule) string { return (time.Duration(r.WaitSeconds) * time.Second).String() }},
		column[api.AlertRule]{"every", func(r api.AlertRule) string { return (time.Duration(r.EverySeconds) * time.Second).String() }},
	)
}

func setAlertRule(ctx context.Context, k *call) error {
	list, err := client.All[api.AlertRule](ctx, k.api, client.Request{Route: "alertrule.list"}, 0)
	if err != nil {
		return err
	}
	r, isNew := api.AlertRule{Name: k.args["rule"], Enabled: true, Severity: "warning", WaitSeconds: 10, EverySeconds: 300}, true
	for _, one := range list {
		if one.Name == r.Name {
			r, isNew = one, false
		}
	}
	if v, given := k.changed("severity"); given {
		r.Severity = v
	}
	if v, given := k.changed("language"); given {
		r.Language = v
	}
	for name, to := range map[string]*[]string{"only-cluster": &r.Clusters, "kind": &r.Kinds, "channel": &r.Channels} {
		if _, given := k.changed(name); given {
			*to = k.list(name)
		}
	}
	for name, to := range map[string]*int{"wait": &r.WaitSeconds, "every": &r.EverySeconds} {
		if _, given := k.changed(name); given {
			d, err := k.flags.GetDuration(name)
			if err != nil {
				return err
			}
			*to = int(d.Round(time.Second) / time.Second)
		}
	}
	r.Enabled = (r.Enabled || k.isSet("on")) && !k.isSet("off")
	var out api.AlertRule
	if isNew {
		err = k.api.Do(ctx, client.Request{Route: "alertrule.create", Body: r}, &out)
	} else {
		err = k.do(ctx, "alertrule.edit", api.EditAlertRule{
			Enabled: r.Enabled, Severity: r.Severity, Clusters: r.Clusters, Kinds: r.Kinds, Channels: r.Channels, Language: r.Language,
			WaitSeconds: r.WaitSeconds, EverySeconds: r.EverySeconds,
		}, &out)
	}
	if err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(out)
	}
	return k.printAlertRules([]api.AlertRule{out})
}
