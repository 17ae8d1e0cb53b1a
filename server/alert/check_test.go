package alert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/post"
	"hawser/server/alert"
)

// refusedField says whether a fault names a field for that reason.
func refusedField(err error, path, reason string) bool {
	f := fault.Public(err)
	return f != nil && f.Code == fault.Invalid && slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return f.Path == path && f.Reason == reason })
}

// TestChannelRefused: whatever is wrong with a channel is named by its field, and nothing of it is kept.
func TestChannelRefused(t *testing.T) {
	w := newWorld(t, func(o *alert.Options) { o.Reach = post.Reach{} })
	mail := func(change func(*api.MailSettings)) api.ChannelForm {
		m := &api.MailSettings{Server: "smtp.example.com", Port: 587, Security: "starttls", Sender: "ha@example.com", Recipients: []string{"ops@example.com"}}
		change(m)
		return api.ChannelForm{Kind: api.ChannelMail, Enabled: true, Language: "en", Mail: m}
	}
	password := "p"
	good := mail(func(*api.MailSettings) {})
	with := func(change func(*api.ChannelForm)) api.ChannelForm {
		f := good
		change(&f)
		return f
	}
	for _, c := range []struct {
		name         string
		form         api.ChannelForm
		path, reason string
	}{
		{"Port0", mail(func(m *api.MailSettings) { m.Port = 0 }), "mail.port", "alert.port_invalid"},
		{"Port65536", mail(func(m *api.MailSettings) { m.Port = 65536 }), "mail.port", "alert.port_invalid"},
		{"NoServer", mail(func(m *api.MailSettings) { m.Server = "" }), "mail.server", "field.required"},
		{"ServerWithPath", mail(func(m *api.MailSettings) { m.Server = "smtp.example.com/x" }), "mail.server", "alert.server_invalid"},
		{"Security", mail(func(m *api.MailSettings) { m.Security = "ssl" }), "mail.security", "field.one_of"},
		{"NoSender", mail(func(m *api.MailSettings) { m.Sender = "" }), "mail.sender", "field.required"},
		{"SenderWithName", mail(func(m *api.MailSettings) { m.Sender = "HA <ha@example.com>" }), "mail.sender", "alert.address_invalid"},
		{"HeaderInSender", mail(func(m *api.MailSettings) { m.Sender = "ha@example.com\r\nBcc: all@example.com" }), "mail.sender", "alert.address_invalid"},
		{"HeaderInRecipient", mail(func(m *api.MailSettings) { m.Recipients = []string{"ops@example.com\nSubject: x"} }), "mail.recipients[0]", "alert.address_invalid"},
		{"TwoInOne", mail(func(m *api.MailSettings) { m.Recipients = []string{"a@example.com, b@example.com"} }), "mail.recipients[0]", "alert.address_invalid"},
		{"NoDomain", mail(func(m *api.MailSettings) { m.Recipients = []string{"ops"} }), "mail.recipients[0]", "alert.address_invalid"},
		{"Twice", mail(func(m *api.MailSettings) { m.Recipients = []string{"a@example.com", "A@example.com"} }), "mail.recipients[1]", "alert.recipient_twice"},
		{"Nobody", mail(func(m *api.MailSettings) { m.Recipients = nil }), "mail.recipients", "field.required"},
		{"LoginWithoutPassword", mail(func(m *api.MailSettings) { m.Login = "ha" }), "mail.password", "field.required"},
		{"LoginInClear", mail(func(m *api.MailSettings) { m.Login, m.Password, m.Security = "ha", &password, "none" }), "mail.security", "alert.login_in_clear"},
		{"CA", mail(func(m *api.MailSettings) { m.CA = "no certificate" }), "mail.ca", "alert.ca_invalid"},
		{"Kind", with(func(f *api.ChannelForm) { f.Kind = "pigeon" }), "kind", "field.one_of"},
		{"Language", with(func(f *api.ChannelForm) { f.Language = "fr" }), "language", "field.one_of"},
		{"Blank", with(func(f *api.ChannelForm) { f.Subject = "{{cluster}} {{weather}}" }), "subject", "alert.template_blank"},
		{"Braces", with(func(f *api.ChannelForm) { f.Text = "{{cluster" }), "text", "alert.template_braces"},
		{"Code", with(func(f *api.ChannelForm) { f.Text = `{{printf "%s" .Secrets}}` }), "text", "alert.template_braces"},
		{"TwoLines", with(func(f *api.ChannelForm) { f.Subject = "a\nBcc: b" }), "subject", "alert.one_line"},
		{"NoWebhook", api.ChannelForm{Kind: api.ChannelWeCom, Language: "zh"}, "webhook", "field.required"},
		{"NoURL", hookForm(api.ChannelWeCom, "", ""), "webhook.url", "field.required"},
		{"HTTP", hookForm(api.ChannelWebhook, "http://hooks.example.com/", ""), "webhook.url", "alert.url_scheme"},
		{"File", hookForm(api.ChannelWebhook, "file:///etc/shadow", ""), "webhook.url", "alert.url_invalid"},
		{"FTP", hookForm(api.ChannelWebhook, "ftp://hooks.example.com/x", ""), "webhook.url", "alert.url_scheme"},
		{"User", hookForm(api.ChannelWebhook, "https://a:b@hooks.example.com/", ""), "webhook.url", "alert.url_user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := w.AddChannel(t.Context(), api.NewChannel{Name: "ops", ChannelForm: c.form}); !refusedField(err, c.path, c.reason) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, name := range []string{"", "Ops", "a b", "-x", strings.Repeat("x", 33), "ä"} {
		if _, err := w.AddChannel(t.Context(), api.NewChannel{Name: name, ChannelForm: good}); !refusedField(err, "name", "alert.name_invalid") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if list, err := w.Channels(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("kept %v, %v", list, err)
	}
	if _, err := w.AddChannel(t.Context(), api.NewChannel{Name: "ops", ChannelForm: good}); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

// TestSecretsStayInside: what is secret is written and never read, is kept when it is not given, and does not follow to another server.
func TestSecretsStayInside(t *testing.T) {
	w := newWorld(t)
	password := "hunter2"
	f := api.ChannelForm{Kind: api.ChannelMail, Language: "en", Mail: &api.MailSettings{
		Server: "smtp.example.com", Port: 587, Security: "starttls", Sender: "ha@example.com", Recipients: []string{"ops@example.com"}, Login: "ha", Password: &password,
	}}
	made, err := w.AddChannel(t.Context(), api.NewChannel{Name: "ops", ChannelForm: f})
	if err != nil || !made.Mail.PasswordSet {
		t.Fatalf("got %+v, %v", made, err)
	}
	list, err := w.Channels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(list)
	if err != nil || strings.Contains(string(data), password) {
		t.Errorf("the password is in %s, %v", data, err)
	}
	kept, err := w.store.Channels(t.Context())
	if err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", kept, kept, kept), password) {
		t.Errorf("the password is printed: %+v, %v", kept, err)
	}
	f.Mail.Password, f.Mail.Port = nil, 465
	if c, err := w.EditChannel(t.Context(), "ops", "ann", f); err != nil || !c.Mail.PasswordSet || c.Mail.Port != 465 {
		t.Errorf("a password that is not given: %+v, %v", c, err)
	}
	f.Mail.Server = "smtp.attacker.example"
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); !refusedField(err, "mail.password", "field.required") {
		t.Errorf("the password follows to another server: %v", err)
	}
	f.Kind, f.Mail, f.Webhook = api.ChannelWebhook, nil, &api.WebhookSettings{URL: "https://x.example"}
	if _, err := w.EditChannel(t.Context(), "ops", "ann", f); !refusedField(err, "kind", "alert.kind_fixed") {
		t.Errorf("another kind: %v", err)
	}
}

func TestRuleRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		rule         api.AlertRule
		path, reason string
	}{
		{api.AlertRule{Name: "X", Severity: "warning"}, "name", "alert.name_invalid"},
		{api.AlertRule{Name: "x", Severity: "bad"}, "severity", "field.one_of"},
		{api.AlertRule{Name: "x", Severity: "warning", Kinds: []string{"node.*", "weather.*"}}, "kinds[1]", "field.one_of"},
		{api.AlertRule{Name: "x", Severity: "warning", Channels: []string{"none"}}, "channels[0]", "channel.not_found"},
		{api.AlertRule{Name: "x", Severity: "warning", Language: "fr"}, "language", "field.one_of"},
	} {
		if _, err := w.AddRule(t.Context(), c.rule); !refusedField(err, c.path, c.reason) {
			t.Errorf("%+v: %v", c.rule, err)
		}
	}
	if _, err := w.AddRule(t.Context(), api.AlertRule{Name: "x", Severity: "warning", Kinds: []string{"node.*"}}); err != nil {
		t.Error(err)
	}
}

func TestSilenceRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		n            api.NewSilence
		path, reason string
	}{
		{api.NewSilence{Reason: "x"}, "until", "field.required"},
		{api.NewSilence{Reason: "x", Until: time.Now().Add(-time.Minute)}, "until", "alert.silence_past"},
		{api.NewSilence{Reason: "x", Until: time.Now().Add(time.Hour), Since: time.Now().Add(2 * time.Hour)}, "until", "alert.silence_past"},
		{api.NewSilence{Reason: "x", Until: time.Now().AddDate(2, 0, 0)}, "until", "alert.silence_long"},
		{api.NewSilence{Reason: " ", Until: time.Now().Add(time.Hour)}, "reason", "field.required"},
		{api.NewSilence{Reason: "x", Until: time.Now().Add(time.Hour), Kind: "weather"}, "kind", "field.one_of"},
	} {
		if _, err := w.Silence(t.Context(), "ann", c.n); !refusedField(err, c.path, c.reason) {
			t.Errorf("%+v: %v", c.n, err)
		}
	}
	s, err := w.Silence(t.Context(), "ann", api.NewSilence{Reason: "x", Until: time.Now().Add(time.Hour), Kind: "node.*"})
	if err != nil || !s.Active || s.Author != "ann" {
		t.Errorf("got %+v, %v", s, err)
	}
}
