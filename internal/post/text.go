package post

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
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
	"hawser/internal/words"
)

// Content is what a message is made of.
type Content struct {
	Message  api.Message
	Language string
	Channel  Channel
	Items    []Item      // what it says, in the order in which it came
	Events   []api.Event // what happened on the cluster since, oldest first
	More     int         // events beyond those
}

// Item is an alarm in a message, and why it is in it.
type Item struct {
	Alarm api.Alarm
	Phase string
}

// Phases: why an alarm is told.
const (
	PhaseOpened   = "opened"
	PhaseRepeated = "repeated"
	PhaseResolved = "resolved"
)

// Composed is a message as it is sent. It is made once: an attempt that is repeated sends the very same.
type Composed struct {
	Subject string
	Text    string // of a webhook: what is posted
	HTML    string
}

// shown bounds what is told of what followed.
const shown = 30

// Clock is how times are written in messages: the server's zone is told with each, because nobody knows where it is read.
const Clock = "2006-01-02 15:04:05 -0700"

// Blanks are what a subject or text of one's own may hold.
var Blanks = []string{"subject", "cluster", "severity", "title", "what", "since", "followed", "outages", "link", "count"}

var blank = regexp.MustCompile(`\{\{\s*([A-Za-z]+)\s*\}\}`)

// Compose writes a message in its language.
func Compose(c Content, console string) (Composed, error) {
	w := words.For(c.Language)
	p := newParts(w, c, console)
	out := Composed{Subject: OneLine(p.blanks()["subject"])}
	if t := c.Channel.Form.Subject; t != "" {
		out.Subject = OneLine(fill(t, p.blanks()))
	}
	text := p.text()
	if t := c.Channel.Form.Text; t != "" {
		text = fill(t, p.blanks())
	}
	var err error
	switch c.Channel.Form.Kind {
	case api.ChannelMail:
		out.Text = text
		if c.Channel.Form.Text == "" {
			out.HTML, err = p.html(out.Subject)
		}
	case api.ChannelWeCom:
		out.Text, err = robot("content", cutBytes(out.Subject+"\n\n"+text, weComMost))
	case api.ChannelDingTalk:
		out.Text, err = robot("content", cutBytes(out.Subject+"\n\n"+text, dingTalkMost))
	default:
		out.Text, err = p.plain(c, out.Subject, text)
	}
	return out, err
}

// How many bytes the robots of WeCom and DingTalk take in a text.
const (
	weComMost    = 2048
	dingTalkMost = 18000
)

func robot(field, text string) (string, error) {
	data, err := json.Marshal(map[string]any{"msgtype": "text", "text": map[string]string{field: text}})
	return string(data), err
}

// cutBytes cuts a text between two characters.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const mark = " …"
	end := most - len(mark)
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + mark
}

// hook is what a plain webhook is sent.
type hook struct {
	ID       string      `json:"id"`
	Cluster  string      `json:"cluster"`
	Severity ha.Severity `json:"severity"`
	Subject  string      `json:"subject"`
	Text     string      `json:"text"`
	Link     string      `json:"link"`
	Alarms   []hookAlarm `json:"alarms"`
	Events   []api.Event `json:"events"`
}

type hookAlarm struct {
	ID       int64        `json:"id"`
	Kind     ha.AlarmKind `json:"kind"`
	Object   string       `json:"object"`
	Severity ha.Severity  `json:"severity"`
	State    string       `json:"state"`
	Opened   time.Time    `json:"opened"`
	Resolved time.Time    `json:"resolved,omitzero"`
	Count    int          `json:"count"`
	What     string       `json:"what"`
}

func (p *parts) plain(c Content, subject, text string) (string, error) {
	h := hook{ID: c.Message.MessageID, Cluster: c.Message.Cluster, Severity: c.Message.Severity, Subject: subject, Text: text, Link: p.link, Events: c.Events}
	for _, i := range c.Items {
		a := i.Alarm
		h.Alarms = append(h.Alarms, hookAlarm{a.ID, a.Kind, a.Object, a.Severity, a.State, a.Opened, a.Resolved, a.Count, p.sentence(a.Event, a.Object, a.Args)})
	}
	data, err := json.Marshal(h)
	return string(data), err
}

// parts are a message's sentences, for the text and the HTML of it.
type parts struct {
	w        words.Catalogue
	Cluster  string
	Severity string
	Title    string
	Lines    []line // the alarms
	Followed []line
	More     string
	Outages  []string
	Heads    heads
	link     string
	Link     template.URL
	since    string
	count    int
	over     bool
}

// heads are the titles of a message's parts.
type heads struct{ Cluster, What, Followed, Outages, Link, Sender string }

type line struct{ At, Text, State string }

func newParts(w words.Catalogue, c Content, console string) *parts {
	t := func(key string, pairs ...string) string {
		args := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			args[pairs[i]] = pairs[i+1]
		}
		return w.Sentence(key, args)
	}
	p := &parts{
		w: w, Cluster: c.Message.Cluster, Severity: t("severity." + string(c.Message.Severity)), over: true,
		Heads: heads{t("mail.head.cluster"), t("mail.head.what"), t("mail.head.followed"), t("mail.head.outages"), t("mail.head.link"), t("mail.sender")},
	}
	if p.Cluster == "" {
		p.Cluster = t("mail.no_cluster")
	}
	var told []int64
	seen := map[int64]bool{}
	for _, i := range c.Items {
		a := i.Alarm
		if seen[a.ID] {
			continue
		}
		seen[a.ID] = true
		told = append(told, a.ID)
		l := line{At: a.Last.Local().Format(Clock), Text: p.sentence(a.Event, a.Object, a.Args)}
		switch {
		case a.Notice:
		case a.State == api.AlarmResolved:
			l.State = t("mail.over", "at", a.Resolved.Local().Format(Clock), "lasted", lasted(w, a.Resolved.Sub(a.Opened)))
		default:
			l.State, p.over = t("mail.open", "since", a.Opened.Local().Format(Clock)), false
		}
		if a.Count > 1 {
			l.State = strings.TrimSpace(l.State + " " + t("mail.count", "count", strconv.Itoa(a.Count)))
		}
		p.Lines = append(p.Lines, l)
		p.count += a.Count
	}
	lead := leading(c.Items)
	p.Title = w.Sentence("alarm."+string(lead.Kind), nil)
	if lead.Object != "" {
		p.Title += ": " + Object(lead.Object)
	}
	if p.over && !lead.Notice {
		p.Severity = t("mail.resolved")
	}
	if n := len(told); n > 1 {
		p.Title += " " + t("mail.and_more", "count", strconv.Itoa(n-1))
	}
	p.since = lead.Opened.Local().Format(Clock)
	more := c.More
	for _, e := range c.Events {
		l := line{At: e.At.Local().Format(Clock), Text: p.sentence(e.Kind, e.Object, e.Args)}
		switch {
		case slices.ContainsFunc(p.Lines, func(a line) bool { return a.Text == l.Text }): // that is what happened, not what followed
		case len(p.Followed) < shown:
			p.Followed = append(p.Followed, l)
		default:
			more++
		}
	}
	if more > 0 {
		p.More = t("mail.more", "count", strconv.Itoa(more))
	}
	for _, o := range Outages(c.Events) {
		key, args := "mail.outage", []string{"resource", o.Resource, "lasted", lasted(w, o.Until.Sub(o.Since))}
		if o.Until.IsZero() {
			key, args = "mail.outage_on", []string{"resource", o.Resource, "since", o.Since.Local().Format(Clock)}
		}
		p.Outages = append(p.Outages, t(key, args...))
	}
	p.link = strings.TrimSuffix(console, "/") + "/alarms"
	if lead.ID != 0 {
		p.link += "/" + strconv.FormatInt(lead.ID, 10)
	} else if lead.Cluster != "" {
		p.link += "?cluster=" + url.QueryEscape(lead.Cluster)
	}
	p.Link = template.URL(p.link) //nolint:gosec // the configuration's address and a number
	return p
}

// leading returns the alarm that a message is about first: the worst of those that are open, or of all.
func leading(items []Item) api.Alarm {
	if len(items) == 0 {
		return api.Alarm{}
	}
	best := slices.MinFunc(items, func(a, b Item) int {
		rank := func(i Item) int {
			r := slices.Index(ha.AlarmKinds, i.Alarm.Kind)
			r -= 100 * slices.Index(ha.Severities, i.Alarm.Severity)
			if i.Alarm.State == api.AlarmOpen {
				r -= 1000
			}
			if i.Alarm.Notice {
				r += 50
			}
			return r
		}
		return rank(a) - rank(b)
	})
	return best.Alarm
}

// Object writes an alarm's object for people: the two ends and the number of a link.
func Object(o string) string {
	p := strings.Split(o, "|")
	switch len(p) {
	case 2:
		return p[0] + " – " + p[1]
	case 3:
		return p[0] + " – " + p[1] + " (" + p[2] + ")"
	}
	return o
}

func (p *parts) sentence(kind, object string, args map[string]string) string {
	text := kind + " " + object
	if key := "event." + kind; p.w.Has(key) {
		text = p.w.Sentence(key, args)
	}
	if by := args[api.ArgSeenBy]; by != "" {
		return p.w.Sentence("event.seen_by", map[string]string{"what": text, "by": by})
	}
	return text
}

// lasted writes a duration for people, to the precision that matters.
func lasted(w words.Catalogue, d time.Duration) string {
	t := func(key, n string) string { return w.Sentence(key, map[string]string{"n": n}) }
	switch {
	case d < 0:
		return t("mail.seconds", "0")
	case d < time.Minute:
		return t("mail.seconds", strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64))
	case d < time.Hour:
		return t("mail.minutes", fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60))
	}
	return t("mail.hours", fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60))
}

func (p *parts) blanks() map[string]string {
	var what, followed []string
	for _, l := range p.Lines {
		what = append(what, strings.TrimSpace(l.At+"  "+l.Text+" "+l.State))
	}
	for _, l := range p.Followed {
		followed = append(followed, l.At+"  "+l.Text)
	}
	if p.More != "" {
		followed = append(followed, p.More)
	}
	args := map[string]string{
		"cluster": p.Cluster, "severity": p.Severity, "title": p.Title, "what": strings.Join(what, "\n"), "since": p.since,
		"followed": strings.Join(followed, "\n"), "outages": strings.Join(p.Outages, "\n"), "link": p.link, "count": strconv.Itoa(p.count),
	}
	args["subject"] = p.w.Sentence("mail.subject", args)
	return args
}

func (p *parts) text() string {
	b := p.blanks()
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n\n%s\n%s\n", p.Heads.Cluster, p.Cluster, p.Heads.What, indent(b["what"]))
	if b["followed"] != "" {
		fmt.Fprintf(&out, "\n%s\n%s\n", p.Heads.Followed, indent(b["followed"]))
	}
	if b["outages"] != "" {
		fmt.Fprintf(&out, "\n%s\n%s\n", p.Heads.Outages, indent(b["outages"]))
	}
	fmt.Fprintf(&out, "\n%s: %s\n\n%s\n", p.Heads.Link, p.link, p.Heads.Sender)
	return out.String()
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

// page is the message as HTML: no script, no style sheet, no picture; html/template escapes whatever is filled in.
var page = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{.Subject}}</title></head><body>
<p><b>{{.P.Severity}}</b> {{.P.Title}}<br>{{.P.Heads.Cluster}}: {{.P.Cluster}}</p>
<p><b>{{.P.Heads.What}}</b></p>
<table>{{range .P.Lines}}<tr><td valign="top">{{.At}}</td><td>{{.Text}}{{if .State}} <i>{{.State}}</i>{{end}}</td></tr>{{end}}</table>
{{if .P.Followed}}<p><b>{{.P.Heads.Followed}}</b></p>
<table>{{range .P.Followed}}<tr><td valign="top">{{.At}}</td><td>{{.Text}}</td></tr>{{end}}</table>{{if .P.More}}<p>{{.P.More}}</p>{{end}}{{end}}
{{if .P.Outages}}<p><b>{{.P.Heads.Outages}}</b></p><ul>{{range .P.Outages}}<li>{{.}}</li>{{end}}</ul>{{end}}
<p>{{.P.Heads.Link}}: <a href="{{.P.Link}}">{{.P.Link}}</a></p>
<p>{{.P.Heads.Sender}}</p>
</body></html>
`))

func (p *parts) html(subject string) (string, error) {
	var b bytes.Buffer
	if err := page.Execute(&b, map[string]any{"Subject": subject, "P": p}); err != nil {
		return "", fmt.Errorf("write mail: %w", err)
	}
	return b.String(), nil
}

// fill fills the blanks of a text of one's own.
func fill(text string, blanks map[string]string) string {
	return blank.ReplaceAllStringFunc(text, func(b string) string { return blanks[blank.FindStringSubmatch(b)[1]] })
}

// CheckTemplate notes why a text of one's own cannot be filled: a blank that there is not, or braces that are none.
func CheckTemplate(f *fault.Fields, path, text string) {
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(Blanks, m[1]) {
			f.Add(path, "alert.template_blank", "there is no such blank", "name", m[1], "allowed", strings.Join(Blanks, ", "))
			return
		}
	}
	if rest := blank.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		f.Add(path, "alert.template_braces", "braces that do not close or hold no name", "allowed", strings.Join(Blanks, ", "))
	}
}

// OneLine makes a subject of a text: no line ends, which would begin a header of their own, and not endless.
func OneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
	if r := []rune(s); len(r) > 180 {
		s = string(r[:179]) + "…"
	}
	return strings.TrimSpace(s)
}
