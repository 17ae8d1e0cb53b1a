package alert

import (
	"context"
	"crypto/x509"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
)

// Bounds of what one sets up.
const (
	maxRecipients = 50
	maxList       = 100
	longestQuiet  = 366 * 24 * time.Hour
)

var (
	objectName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
)

// checkChannel says what is wrong with a channel, all at once. Its secrets are in c.Secrets by now.
func (a *Alerts) checkChannel(c post.Channel) error {
	var f fault.Fields
	checkName(&f, c.Name)
	if !slices.Contains([]string{api.ChannelMail, api.ChannelWebhook, api.ChannelWeCom, api.ChannelDingTalk}, c.Form.Kind) {
		f.Add("kind", "field.one_of", "unknown kind", "value", c.Form.Kind, "allowed", "mail, webhook, wecom, dingtalk")
	}
	if c.Form.Language != "zh" && c.Form.Language != "en" {
		f.Add("language", "field.one_of", "unknown language", "value", c.Form.Language, "allowed", "zh, en")
	}
	switch {
	case c.Form.Kind == api.ChannelMail && c.Form.Mail == nil:
		f.Add("mail", "field.required", "missing")
	case c.Form.Kind == api.ChannelMail:
		checkMail(&f, *c.Form.Mail, c.Secrets)
		if c.Form.Webhook != nil {
			f.Add("webhook", "alert.not_of_kind", "not of this kind of channel")
		}
	case c.Form.Webhook == nil:
		f.Add("webhook", "field.required", "missing")
	default:
		a.o.Reach.CheckURL(&f, c.Secrets.URL)
		if c.Form.Mail != nil {
			f.Add("mail", "alert.not_of_kind", "not of this kind of channel")
		}
	}
	if strings.ContainsFunc(c.Form.Subject, unicode.IsControl) {
		f.Add("subject", "alert.one_line", "a subject is one line")
	}
	post.CheckTemplate(&f, "subject", c.Form.Subject)
	post.CheckTemplate(&f, "text", c.Form.Text)
	return f.Err()
}

func checkName(f *fault.Fields, name string) {
	if !objectName.MatchString(name) {
		f.Add("name", "alert.name_invalid", "small letters, digits, hyphens and underscores, at most 32", "name", name)
	}
}

func checkMail(f *fault.Fields, m api.MailSettings, s post.Secrets) {
	switch {
	case m.Server == "":
		f.Add("mail.server", "field.required", "missing")
	case net.ParseIP(m.Server) == nil && !hostName.MatchString(m.Server):
		f.Add("mail.server", "alert.server_invalid", "neither a name nor an address", "server", m.Server)
	}
	if m.Port < 1 || m.Port > 65535 {
		f.Add("mail.port", "alert.port_invalid", "a port is between 1 and 65535", "port", strconv.Itoa(m.Port))
	}
	if !slices.Contains([]string{"starttls", "tls", "none"}, m.Security) {
		f.Add("mail.security", "field.one_of", "unknown", "value", m.Security, "allowed", "starttls, tls, none")
	}
	checkAddress(f, "mail.sender", m.Sender)
	if strings.ContainsFunc(m.Login, unicode.IsControl) {
		f.Add("mail.login", "alert.one_line", "a name is one line")
	}
	if m.Login != "" && s.Password == "" {
		f.Add("mail.password", "field.required", "missing")
	}
	if m.Login != "" && m.Security == "none" {
		f.Add("mail.security", "alert.login_in_clear", "a password is not sent without encryption")
	}
	switch {
	case len(m.Recipients) == 0:
		f.Add("mail.recipients", "field.required", "missing")
	case len(m.Recipients) > maxRecipients:
		f.Add("mail.recipients", "alert.too_many", "too many", "max", strconv.Itoa(maxRecipients))
	}
	for i, r := range m.Recipients {
		path := "mail.recipients[" + strconv.Itoa(i) + "]"
		checkAddress(f, path, r)
		if slices.ContainsFunc(m.Recipients[:i], func(other string) bool { return strings.EqualFold(other, r) }) {
			f.Add(path, "alert.recipient_twice", "given twice", "address", r)
		}
	}
	if m.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(m.CA)) {
		f.Add("mail.ca", "alert.ca_invalid", "no certificate in PEM")
	}
}

// checkAddress takes a bare address only: no name, no list, and nothing that could begin a header.
func checkAddress(f *fault.Fields, path, address string) {
	if address == "" {
		f.Add(path, "field.required", "missing")
		return
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || len(address) > 320 ||
		strings.ContainsFunc(address, func(r rune) bool {
			return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>,;"`, r)
		}) {
		f.Add(path, "alert.address_invalid", "not a mail address", "address", post.OneLine(address))
		return
	}
	if _, domain, _ := strings.Cut(address, "@"); !hostName.MatchString(domain) && !strings.HasPrefix(domain, "[") {
		f.Add(path, "alert.address_invalid", "not a mail address", "address", address)
	}
}

// shownURL is a webhook's address as people may see it: who knows the rest may write to it.
func shownURL(kind, raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	if kind == api.ChannelWebhook {
		if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
			return u.Scheme + "://" + u.Host + u.Path
		}
		return u.Scheme + "://" + u.Host + "/***"
	}
	shown := u.Scheme + "://" + u.Host + u.Path
	if u.RawQuery != "" {
		shown += "?***"
	}
	return shown
}

// checkRule says what is wrong with a rule.
func (a *Alerts) checkRule(ctx context.Context, r api.AlertRule) error {
	var f fault.Fields
	checkName(&f, r.Name)
	if r.Severity != string(ha.Warning) && r.Severity != string(ha.Critical) {
		f.Add("severity", "field.one_of", "unknown severity", "value", r.Severity, "allowed", "warning, critical")
	}
	if r.Language != "" && r.Language != "zh" && r.Language != "en" {
		f.Add("language", "field.one_of", "unknown language", "value", r.Language, "allowed", "zh, en")
	}
	for path, list := range map[string][]string{"clusters": r.Clusters, "kinds": r.Kinds, "channels": r.Channels} {
		if len(list) > maxList {
			f.Add(path, "alert.too_many", "too many", "max", strconv.Itoa(maxList))
		}
	}
	for i, k := range r.Kinds {
		checkKind(&f, "kinds["+strconv.Itoa(i)+"]", k)
	}
	if len(r.Channels) > 0 {
		channels, err := a.o.Store.Channels(ctx)
		if err != nil {
			return err
		}
		for i, name := range r.Channels {
			if !slices.ContainsFunc(channels, func(c post.Channel) bool { return c.Name == name }) {
				f.Add("channels["+strconv.Itoa(i)+"]", "channel.not_found", "no such channel", "name", name)
			}
		}
	}
	return f.Err()
}

// checkKind takes a kind of alarm, or the beginning of some.
func checkKind(f *fault.Fields, path, pattern string) {
	if !slices.ContainsFunc(ha.AlarmKinds, func(k ha.AlarmKind) bool { return post.KindFits(pattern, k) }) {
		var all []string
		for _, k := range ha.AlarmKinds {
			all = append(all, string(k))
		}
		f.Add(path, "field.one_of", "unknown kind of alarm", "value", pattern, "allowed", strings.Join(all, ", "))
	}
}

func checkSilence(n api.NewSilence, now time.Time) error {
	var f fault.Fields
	if n.Kind != "" {
		checkKind(&f, "kind", n.Kind)
	}
	switch {
	case n.Until.IsZero():
		f.Add("until", "field.required", "missing")
	case !n.Until.After(now) || !n.Since.IsZero() && !n.Until.After(n.Since):
		f.Add("until", "alert.silence_past", "ends before it begins")
	case n.Until.Sub(now) > longestQuiet:
		f.Add("until", "alert.silence_long", "longer than a year")
	}
	if strings.TrimSpace(n.Reason) == "" {
		f.Add("reason", "field.required", "missing")
	}
	return f.Err()
}
