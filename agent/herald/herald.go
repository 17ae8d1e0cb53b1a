// Package herald tells people while the server is away: by mail, from a copy of the settings that the server has left, of what this
// node has told the server and the server has not confirmed.
//
// Of each event there is one teller: the node that decides (Pacemaker has elected it), or one of the two ends of a link. That node alone
// has the event in its spool, and it alone mails it, provided that its part of the cluster has quorum. What was mailed is told
// with the event, so that the server does not tell it again; and it has the name that the server would have given it.
package herald

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/internal/wire"
)

// The files in Options.Dir, both of mode 0600: the settings hold a password, the letters what happened.
const (
	settingsFile = "alarms.json"
	lettersFile  = "letters.json"
)

const (
	lookEvery = 2 * time.Second
	// The pause after an attempt that failed doubles from the first to the longest.
	firstPause   = 15 * time.Second
	longestPause = 10 * time.Minute
	// confirmWait is what a server gets that has been sent an event and has not confirmed it yet: then nothing of it is begun here.
	confirmWait = 10 * time.Second
	// lettersMost bounds what is kept of what was mailed; the oldest goes first.
	lettersMost = 500
)

// Options are what a Herald needs. Dir, Node, Waiting, Speaks and Write are required.
type Options struct {
	Dir  string
	Node string
	// Waiting returns the events that the server has not confirmed, oldest first.
	Waiting func() []wire.Event
	// Handed says of such an event, by its key, whether it was sent to a server, which may have it although it has not confirmed it;
	// never where nil.
	Handed func(key string) bool
	// Speaks says whether this node belongs to a part of its cluster that has quorum.
	Speaks func() bool
	// Write writes a file so that it is there whole, or as it was.
	Write func(path string, data []byte, mode os.FileMode) error
	// Pause is the first pause after an attempt that failed; firstPause where zero.
	Pause time.Duration
	// Hook is called before and after each step of a mail: tests end the process there.
	Hook func(when, step string)
	Now  func() time.Time
	Log  *slog.Logger
}

// Herald tells people.
type Herald struct {
	o Options

	mu       sync.Mutex // guards what follows; file I/O under it is the point: what is sent was noted before
	settings *post.Settings
	letters  []letter
	// first is when this process saw first that the server has not confirmed an event: an agent that starts with what it had left gives
	// the server its time once more.
	first map[string]time.Time
	// handed is when this process saw first that an event was sent to a server.
	handed map[string]time.Time
}

// letter is a mail to one recipient.
type letter struct {
	Keys      []string      `json:"keys"` // of the events in it
	News      []string      `json:"news"` // of those among them that began or ended an alarm: the letter is about these
	Channel   string        `json:"channel"`
	Recipient string        `json:"recipient"`
	Cluster   string        `json:"cluster"`
	Severity  ha.Severity   `json:"severity"`
	MessageID string        `json:"messageId"`
	Created   time.Time     `json:"created"`
	Text      post.Composed `json:"text"`
	State     string        `json:"state"` // as api.Message has it
	Unknown   bool          `json:"unknown,omitempty"`
	Attempts  int           `json:"attempts"`
	Due       time.Time     `json:"due"`
	Sent      time.Time     `json:"sent,omitzero"`
}

// New reads what an earlier process left.
func New(o Options) (*Herald, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pause == 0 {
		o.Pause = firstPause
	}
	if o.Hook == nil {
		o.Hook = func(string, string) {}
	}
	if o.Handed == nil {
		o.Handed = func(string) bool { return false }
	}
	h := &Herald{o: o, first: map[string]time.Time{}, handed: map[string]time.Time{}}
	for file, v := range map[string]any{settingsFile: &h.settings, lettersFile: &h.letters} {
		if err := h.read(file, v); err != nil {
			return nil, err
		}
	}
	for i := range h.letters {
		if h.letters[i].State == api.MessageSending { // the process ended while it was handed over
			h.letters[i].State, h.letters[i].Unknown = api.MessageTrying, true
		}
	}
	return h, nil
}

func (h *Herald) path(file string) string { return filepath.Join(h.o.Dir, file) }

// read reads a file; one that is not there, or that nobody can read, leaves v as it is: the server leaves the settings again, and a
// node must not stay without an agent for the sake of its mail.
func (h *Herald) read(file string, v any) error {
	data, err := os.ReadFile(h.path(file))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("read %s: %w", file, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		h.o.Log.Error("file about alarms is unreadable", "file", h.path(file), "err", err)
	}
	return nil
}

// Keep takes over what the server says; where nobody is to be told, nothing is kept.
func (h *Herald) Keep(raw json.RawMessage) error {
	var s post.Settings
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("read settings of alarms: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(s.Channels) == 0 {
		h.settings = nil
		if err := os.Remove(h.path(settingsFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("forget settings of alarms: %w", err)
		}
		return nil
	}
	if err := h.o.Write(h.path(settingsFile), raw, 0o600); err != nil {
		return fmt.Errorf("keep settings of alarms: %w", err)
	}
	h.settings = &s
	return nil
}

// Mailed says who was told of an event by this node.
func (h *Herald) Mailed(key string) []wire.Mailed {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []wire.Mailed
	for _, l := range h.letters {
		if slices.Contains(l.News, key) && (l.State == api.MessageSent || l.State == api.MessageSending || l.Unknown) {
			list = append(list, wire.Mailed{
				Channel: l.Channel, Recipient: l.Recipient, MessageID: l.MessageID, Node: h.o.Node, At: l.Sent, Unknown: l.State != api.MessageSent,
			})
		}
	}
	return list
}

// Run looks until ctx ends.
func (h *Herald) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := h.Look(ctx); err != nil && ctx.Err() == nil {
			h.o.Log.Warn("nobody was told of alarms", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look writes letters about what the server has not confirmed for too long, and sends what is due.
func (h *Herald) Look(ctx context.Context) error {
	waiting := slices.DeleteFunc(h.o.Waiting(), func(e wire.Event) bool { return e.Inquorate })
	h.mu.Lock()
	settings := h.settings
	speaks := settings != nil && h.o.Speaks()
	h.note(waiting)
	changed := h.forget(waiting)
	var err error
	if speaks {
		var more bool
		more, err = h.write(*settings, waiting)
		changed = changed || more
	}
	if changed {
		err = errors.Join(err, h.step("mail.write", h.save))
	}
	h.mu.Unlock()
	if err != nil || !speaks {
		return err
	}
	for ctx.Err() == nil {
		sent, err := h.send(ctx, *settings)
		if err != nil || !sent {
			return err
		}
	}
	return nil
}

// note notes what is waiting, and since when. The caller holds mu.
func (h *Herald) note(waiting []wire.Event) {
	now, first, handed := h.o.Now(), make(map[string]time.Time, len(waiting)), map[string]time.Time{}
	since := func(known map[string]time.Time, key string) time.Time {
		if at, is := known[key]; is {
			return at
		}
		return now
	}
	for _, e := range waiting {
		first[e.Key] = since(h.first, e.Key)
		if h.o.Handed(e.Key) {
			handed[e.Key] = since(h.handed, e.Key)
		}
	}
	h.first, h.handed = first, handed
}

// withServer says whether a server may have an event that a letter is about, and whether it may still be about to confirm it. The caller holds mu.
func (h *Herald) withServer(l letter, now time.Time) (may, soon bool) {
	for _, key := range l.News {
		if !h.o.Handed(key) {
			continue
		}
		since, known := h.handed[key]
		may, soon = true, soon || !known || now.Sub(since) < confirmWait
	}
	return may, soon
}

// forget drops the letters that nobody has taken and of whose news the server knows by now: it tells people itself. Of what was sent the
// last are kept. The caller holds mu.
func (h *Herald) forget(waiting []wire.Event) bool {
	before := len(h.letters)
	h.letters = slices.DeleteFunc(h.letters, func(l letter) bool {
		return l.State != api.MessageSent && !slices.ContainsFunc(waiting, func(e wire.Event) bool { return slices.Contains(l.News, e.Key) })
	})
	if n := len(h.letters) - lettersMost; n > 0 {
		h.letters = h.letters[n:]
	}
	return len(h.letters) != before
}

// step does one step of a mail.
func (h *Herald) step(name string, do func() error) error {
	h.o.Hook("before", name)
	err := do()
	h.o.Hook("after", name)
	return err
}

func (h *Herald) save() error {
	data, err := json.Marshal(h.letters)
	if err != nil {
		return fmt.Errorf("encode letters: %w", err)
	}
	return h.o.Write(h.path(lettersFile), data, 0o600)
}

// told says whether a letter to a recipient tells of an event. The caller holds mu.
func (h *Herald) told(channel, recipient, key string) bool {
	return slices.ContainsFunc(h.letters, func(l letter) bool {
		return l.Channel == channel && l.Recipient == recipient && slices.Contains(l.Keys, key)
	})
}

// write writes a letter to each recipient of what is due. The caller holds mu.
func (h *Herald) write(s post.Settings, waiting []wire.Event) (bool, error) {
	wrote := false
	for _, c := range s.Channels {
		if c.Form.Mail == nil {
			continue
		}
		for _, recipient := range c.Form.Mail.Recipients {
			for _, cluster := range clusters(waiting) {
				l, is, err := h.letter(s, c, recipient, cluster, waiting)
				if err != nil {
					return wrote, err
				}
				if is {
					h.letters = append(h.letters, l)
					wrote = true
				}
			}
		}
	}
	return wrote, nil
}

func clusters(waiting []wire.Event) []string {
	var list []string
	for _, e := range waiting {
		if !slices.Contains(list, e.Cluster) {
			list = append(list, e.Cluster)
		}
	}
	return list
}

// condition is an alarm as this node knows it.
type condition struct {
	api.Alarm
	news  bool // it began, came again or ended since somebody was told
	began bool // somebody is told that it began, or is to be told now
}

// letter writes what a recipient was not told yet; false where nothing of it is due, or nothing concerns an alarm.
func (h *Herald) letter(s post.Settings, c post.Channel, recipient, cluster string, waiting []wire.Event) (letter, bool, error) {
	now := h.o.Now()
	ripe := now.Add(-time.Duration(s.AfterSeconds) * time.Second)
	var conditions []*condition
	l := letter{Channel: c.Name, Recipient: recipient, Cluster: cluster, State: api.MessageQueued, Created: now.UTC(), Due: now.UTC()}
	var events []api.Event
	due := false
	for _, e := range waiting {
		if e.Cluster != cluster {
			continue
		}
		isNew := !h.told(c.Name, recipient, e.Key)
		touched := apply(&conditions, e, isNew, func(a api.Alarm) bool {
			return len(post.Targets(s.Rules, []post.Channel{c}, a)) > 0 && !post.Silent(s.Silences, a, now)
		})
		if !isNew {
			continue
		}
		l.Keys = append(l.Keys, e.Key)
		events = append(events, api.Event{At: e.At, Cluster: e.Cluster, Kind: string(e.Change.Kind), Severity: e.Change.Severity, Object: e.Change.Object, Args: e.Change.Args})
		if touched {
			due = due || !h.first[e.Key].After(ripe)
			l.News = append(l.News, e.Key)
		}
	}
	if !due {
		return l, false, nil
	}
	content := post.Content{Language: c.Form.Language, Channel: c, Events: events}
	if t := post.Targets(s.Rules, []post.Channel{c}, worst(conditions)); len(t) > 0 {
		content.Language = t[0].Language
	}
	for _, each := range conditions {
		if !each.news {
			continue
		}
		phase := post.PhaseOpened
		if each.State == api.AlarmResolved && !each.Notice {
			phase = post.PhaseResolved
		}
		content.Items = append(content.Items, post.Item{Alarm: each.Alarm, Phase: phase})
	}
	l.Severity = worst(conditions).Severity
	l.MessageID = ha.MessageID(c.Name, recipient, post.DomainOf(c.Form.Mail.Sender), cluster+"/"+l.News[0])
	content.Message = api.Message{Channel: c.Name, Recipient: recipient, Cluster: cluster, Severity: l.Severity, Created: l.Created, MessageID: l.MessageID}
	var err error
	l.Text, err = post.Compose(content, s.Console)
	return l, err == nil, err
}

// worst returns the worst of what is news.
func worst(list []*condition) api.Alarm {
	var w api.Alarm
	for _, c := range list {
		if c.news && (w.Severity == "" || c.Severity.AtLeast(w.Severity)) {
			w = c.Alarm
		}
	}
	return w
}

// apply does to the conditions what an event does to alarms, as far as wanted says that somebody is to be told, and says whether there
// is something to tell by it.
func apply(list *[]*condition, e wire.Event, isNew bool, wanted func(api.Alarm) bool) bool {
	touched := false
	for _, step := range ha.AlarmSteps(e.Change) {
		i := slices.IndexFunc(*list, func(c *condition) bool { return c.Kind == step.Kind && c.Object == step.Object })
		if step.Effect == ha.Resolves {
			if i < 0 || (*list)[i].State == api.AlarmResolved {
				continue // nobody was told that it began, by this node: the server tells that it is over
			}
			c := (*list)[i]
			c.State, c.Resolved, c.ResolvedBy = api.AlarmResolved, e.At, string(e.Change.Kind)
			if isNew && c.began {
				c.news, touched = true, true
			}
			continue
		}
		if e.Change.Severity == ha.Info {
			continue
		}
		if i < 0 {
			*list = append(*list, &condition{Alarm: api.Alarm{Cluster: e.Cluster, Kind: step.Kind, Object: step.Object, Opened: e.At, Notice: step.Effect == ha.Notes}})
			i = len(*list) - 1
		}
		c := (*list)[i]
		c.State, c.Last, c.Event, c.Args = api.AlarmOpen, e.At, string(e.Change.Kind), e.Change.Args
		c.Count++
		if c.Severity == "" || e.Change.Severity.AtLeast(c.Severity) {
			c.Severity = e.Change.Severity
		}
		if c.Notice {
			c.State, c.Resolved = api.AlarmResolved, e.At
		}
		if !wanted(c.Alarm) {
			continue
		}
		c.began = true
		if isNew {
			c.news, touched = true, true
		}
	}
	return touched
}

// send sends the letter that is due first, and says whether there may be another one.
func (h *Herald) send(ctx context.Context, s post.Settings) (bool, error) {
	h.mu.Lock()
	now := h.o.Now()
	i := slices.IndexFunc(h.letters, func(l letter) bool {
		_, soon := h.withServer(l, now)
		return l.State != api.MessageSent && !l.Due.After(now) && !soon && slices.ContainsFunc(s.Channels, func(c post.Channel) bool { return c.Name == l.Channel })
	})
	if i < 0 {
		h.mu.Unlock()
		return false, nil
	}
	l := h.letters[i]
	// A server that has an event and was not heard of since may have told people before it fell silent.
	may, _ := h.withServer(l, now)
	channel := s.Channels[slices.IndexFunc(s.Channels, func(c post.Channel) bool { return c.Name == l.Channel })]
	h.letters[i].State = api.MessageSending
	h.letters[i].Attempts++
	attempts := h.letters[i].Attempts
	err := h.step("mail.take", h.save)
	h.mu.Unlock()
	if err != nil {
		return false, err
	}
	h.o.Hook("before", "mail.send")
	o := s.Reach.Send(ctx, post.Parcel{Composed: l.Text, Channel: channel, Message: api.Message{
		Channel: l.Channel, Recipient: l.Recipient, Cluster: l.Cluster, Severity: l.Severity, Created: l.Created, MessageID: l.MessageID, Repeat: l.Unknown || may,
	}})
	h.o.Hook("after", "mail.send")
	if o.Fault != nil {
		h.o.Log.Warn("mail about an alarm was not taken", "channel", l.Channel, "attempt", attempts, "err", o.Fault)
	} else {
		h.o.Log.Info("the server is away: people were told of an alarm by mail", "channel", l.Channel)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.letters {
		if h.letters[i].MessageID != l.MessageID {
			continue
		}
		h.letters[i].Unknown = h.letters[i].Unknown || o.Unknown
		if o.Taken {
			h.letters[i].State, h.letters[i].Sent = api.MessageSent, h.o.Now().UTC()
			continue
		}
		pause := h.o.Pause
		for range attempts - 1 {
			pause = min(2*pause, longestPause)
		}
		h.letters[i].State, h.letters[i].Due = api.MessageTrying, h.o.Now().Add(pause).UTC()
	}
	return true, h.step("mail.settle", h.save)
}
