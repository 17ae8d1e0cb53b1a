// Package post writes messages about alarms and hands them over: mail, WeCom, DingTalk, webhook. Server and agents share it.
package post

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// Channel is a channel with what it keeps secret. In Form the secrets are absent and the webhook's address is as people may see it.
type Channel struct {
	Name    string
	Form    api.ChannelForm
	Secrets Secrets
}

// Secrets are what is kept encrypted of a channel.
type Secrets struct {
	Password string `json:"password,omitempty"`
	URL      string `json:"url,omitempty"` // its query is the key to it
	Secret   string `json:"secret,omitempty"`
}

// String hides them from whoever prints a channel.
func (Secrets) String() string { return "***" }

// LogValue hides them from logs.
func (Secrets) LogValue() slog.Value { return slog.StringValue("***") }

// GoString hides them from %#v.
func (Secrets) GoString() string { return "***" }

// Encode writes the secrets for whoever encrypts them.
func (s Secrets) Encode() ([]byte, error) { return json.Marshal(s) }

// Target is a channel that is told of an alarm, by the first rule that fits.
type Target struct {
	Channel    string
	Recipients []string // one empty one where the channel has none of its own
	Domain     string   // of the message ID
	Language   string
	Wait       time.Duration
	Every      time.Duration
}

// Targets says which channels are told of an alarm, and how. For each channel the first rule that fits decides.
func Targets(rules []api.AlertRule, channels []Channel, a api.Alarm) []Target {
	var list []Target
	for _, c := range channels {
		if !c.Form.Enabled {
			continue
		}
		i := slices.IndexFunc(rules, func(r api.AlertRule) bool { return fits(r, c.Name, a) })
		if i < 0 {
			continue
		}
		r := rules[i]
		t := Target{
			Channel: c.Name, Recipients: []string{""}, Domain: "hawser", Language: r.Language,
			Wait: time.Duration(r.WaitSeconds) * time.Second, Every: time.Duration(r.EverySeconds) * time.Second,
		}
		if t.Language == "" {
			t.Language = c.Form.Language
		}
		if m := c.Form.Mail; m != nil {
			t.Recipients, t.Domain = m.Recipients, DomainOf(m.Sender)
		}
		list = append(list, t)
	}
	return list
}

func fits(r api.AlertRule, channel string, a api.Alarm) bool {
	among := func(list []string, is func(string) bool) bool { return len(list) == 0 || slices.ContainsFunc(list, is) }
	return r.Enabled && a.Severity.AtLeast(ha.Severity(r.Severity)) &&
		among(r.Clusters, func(c string) bool { return c == a.Cluster }) &&
		among(r.Kinds, func(k string) bool { return KindFits(k, a.Kind) }) &&
		among(r.Channels, func(c string) bool { return c == channel })
}

// KindFits says whether a pattern, node.away or node.*, means a kind.
func KindFits(pattern string, kind ha.AlarmKind) bool {
	if prefix, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(string(kind), prefix)
	}
	return pattern == string(kind)
}

// Silent says whether a silence keeps an alarm from being told at that time.
func Silent(silences []api.Silence, a api.Alarm, now time.Time) bool {
	return slices.ContainsFunc(silences, func(s api.Silence) bool {
		return Active(s, now) && (s.Cluster == "" || s.Cluster == a.Cluster) && (s.Kind == "" || KindFits(s.Kind, a.Kind)) && (s.Object == "" || s.Object == a.Object)
	})
}

// Active says whether a silence holds at that time.
func Active(s api.Silence, now time.Time) bool { return !now.Before(s.Since) && now.Before(s.Until) }

// DomainOf is the domain of a sender: message IDs end in it.
func DomainOf(sender string) string {
	if i := strings.LastIndexByte(sender, '@'); i >= 0 {
		return sender[i+1:]
	}
	return "hawser"
}
