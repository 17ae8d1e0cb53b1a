// Package alert makes alarms of events, decides who is told, and keeps telling until the channel has taken it.
//
// What is decided is decided in the transaction that keeps the event (see Routing, which server/store asks), so that an event that is
// kept is told and told once. What is sent is sent by one worker for each channel (see outbox.go).
package alert

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
)

// Store keeps alarms, and everything that belongs to them. Where there is no such object, it returns a NotFound fault.
type Store interface {
	Alarms(ctx context.Context, q api.AlarmQuery) (api.Page[api.Alarm], error)
	Alarm(ctx context.Context, id int64) (api.AlarmDetail, error)
	OpenAlarms(ctx context.Context) ([]api.Alarm, error)
	AckAlarm(ctx context.Context, id int64, ack api.Acknowledgement) (api.Alarm, error)
	// EndAlarm resolves an open alarm and has whoever was told of it told of that; one that is resolved already stays as it is.
	EndAlarm(ctx context.Context, id int64, by string, at time.Time) (api.Alarm, error)
	// EndSilences has told what was kept back by silences that are over.
	EndSilences(ctx context.Context, now time.Time) ([]api.Alarm, error)

	Silences(ctx context.Context) ([]api.Silence, error)
	AddSilence(ctx context.Context, s api.Silence) (api.Silence, error)
	DeleteSilence(ctx context.Context, id int64) error

	Channels(ctx context.Context) ([]post.Channel, error)
	// AddChannel returns a Conflict fault where the name is taken. ChangeChannel hands change the channel as it is and keeps what it
	// becomes; messages to recipients that are no longer in it are given up by that actor.
	AddChannel(ctx context.Context, c post.Channel) error
	ChangeChannel(ctx context.Context, name, actor string, change func(*post.Channel) error) (post.Channel, error)
	DeleteChannel(ctx context.Context, name, actor string) error
	// ChannelState says how many messages wait, when one was taken last, and why the newest one that was tried was not.
	ChannelState(ctx context.Context, name string) (ChannelState, error)

	AlertRules(ctx context.Context) ([]api.AlertRule, error)
	AddAlertRule(ctx context.Context, r api.AlertRule) error
	ChangeAlertRule(ctx context.Context, r api.AlertRule) error
	DeleteAlertRule(ctx context.Context, name string) error

	Messages(ctx context.Context, q api.MessageQuery) (api.Page[api.Message], error)
	// GiveUp ends a message that was not taken; Retry has it tried at once.
	GiveUp(ctx context.Context, id int64, by string) (api.Message, error)
	Retry(ctx context.Context, id int64, now time.Time) (api.Message, error)

	// Recover makes of messages that were being handed over when the last server ended such that may have arrived.
	Recover(ctx context.Context, now time.Time) (int, error)
	// Waiting returns what a channel has not taken, oldest first, at most so many.
	Waiting(ctx context.Context, channel string, limit int) ([]Pending, error)
	// Take begins an attempt: the content that compose makes is kept with the first one and is the same for ever after. It returns
	// false where somebody has given the message up meanwhile.
	Take(ctx context.Context, id int64, compose func(post.Content) (post.Composed, error)) (post.Parcel, bool, error)
	// Settle keeps what became of an attempt.
	Settle(ctx context.Context, id int64, o post.Outcome, next, now time.Time) error
	// PutOff has nothing of a channel tried before that time.
	PutOff(ctx context.Context, channel string, until time.Time) error
	// Backlog counts messages by channel and state.
	Backlog(ctx context.Context) ([]Backlog, error)
}

// Picture is what is known of hosts and clusters.
type Picture interface {
	Hosts(ctx context.Context) ([]api.Host, error)
	// Look returns a cluster's state and when it was observed; false where nobody reports it, or there is no such cluster.
	Look(cluster string) (ha.State, time.Time, bool)
	// Managed says whether there is such a cluster.
	Managed(cluster string) bool
	// Note keeps an event of the server's own, once for each key.
	Note(ctx context.Context, key string, e api.Event) error
}

// Publisher tells browsers what changed. It never waits.
type Publisher interface {
	Publish(m api.Live)
}

// Options are what alarms need. Store is required.
type Options struct {
	Store   Store
	Picture Picture
	Live    Publisher
	// Console is where people reach the console; links in messages begin with it.
	Console string
	// Certificates are the ends of the server's own certificates, by name.
	Certificates func() map[string]time.Time
	// Licence says what is to be told of licences; nothing where nil.
	Licence func() Licence
	// Agents, where set, carries the settings to the nodes, so that they tell people themselves when the server has not confirmed an
	// event for After.
	Agents Agents
	After  time.Duration
	// Reach says whom a message may be sent to.
	Reach post.Reach
	// Pace says how soon a message that was not taken is tried again.
	Pace Pace
	// Hook is called before and after each step of sending; tests end the process there.
	Hook func(when, step string)
	Now  func() time.Time
	Log  *slog.Logger
}

// Pace is how soon a message that was not taken is tried again: twice as long each time, from the first to the longest.
type Pace struct {
	First, Longest time.Duration
	// Refused is the first pause after the other side has refused the message for good: somebody has to do something about it.
	Refused time.Duration
}

// Alerts is the service. Its methods may be called at once.
type Alerts struct {
	o Options

	mu   sync.Mutex // guards what follows; no I/O under it
	wake chan struct{}
	seen map[int64]time.Time // open alarms whose end the state shows, and since when
	left map[string][32]byte // what hosts were left of the settings, by their IDs

	started time.Time

	// Of the sweep alone: what it has told of the licence and of the clock.
	licenceTold string
	clockTold   bool
}

// New returns Alerts.
func New(o Options) *Alerts {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hook == nil {
		o.Hook = func(string, string) {}
	}
	if o.Certificates == nil {
		o.Certificates = func() map[string]time.Time { return nil }
	}
	if o.After == 0 {
		o.After = 5 * time.Minute
	}
	if o.Pace == (Pace{}) {
		o.Pace = Pace{First: 15 * time.Second, Longest: 30 * time.Minute, Refused: 5 * time.Minute}
	}
	return &Alerts{o: o, wake: make(chan struct{}), seen: map[int64]time.Time{}, left: map[string][32]byte{}, started: o.Now()}
}

// Changed tells browsers of alarms that have changed, and the workers that there may be something to send.
func (a *Alerts) Changed(list ...api.Alarm) {
	for _, one := range list {
		a.publish(api.Live{Topic: "alarm", Cluster: one.Cluster, ID: number(one.ID)})
	}
	a.stir()
}

func (a *Alerts) publish(m api.Live) {
	if a.o.Live != nil {
		a.o.Live.Publish(m)
	}
}

// stir wakes everybody who waits.
func (a *Alerts) stir() {
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.wake)
	a.wake = make(chan struct{})
}

// woken is closed when there is news.
func (a *Alerts) woken() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wake
}

// List returns alarms, newest first.
func (a *Alerts) List(ctx context.Context, q api.AlarmQuery) (api.Page[api.Alarm], error) {
	return a.o.Store.Alarms(ctx, q)
}

// Show returns one alarm with what happened around it and what was sent.
func (a *Alerts) Show(ctx context.Context, id int64) (api.AlarmDetail, error) {
	return a.o.Store.Alarm(ctx, id)
}

// Ack takes an alarm on: as long as it is open it is not told again.
func (a *Alerts) Ack(ctx context.Context, id int64, actor, note string) (api.Alarm, error) {
	changed, err := a.o.Store.AckAlarm(ctx, id, api.Acknowledgement{By: actor, At: a.o.Now().UTC(), Note: note})
	if err == nil {
		a.Changed(changed)
	}
	return changed, err
}

// Resolve ends an alarm by hand.
func (a *Alerts) Resolve(ctx context.Context, id int64, actor string) (api.Alarm, error) {
	changed, err := a.o.Store.EndAlarm(ctx, id, "user:"+actor, a.o.Now().UTC())
	if err == nil {
		a.Changed(changed)
	}
	return changed, err
}

// Silences returns the silences that there are, the ended ones of the last month among them.
func (a *Alerts) Silences(ctx context.Context) ([]api.Silence, error) {
	list, err := a.o.Store.Silences(ctx)
	now := a.o.Now()
	for i, s := range list {
		list[i].Active = post.Active(s, now)
	}
	return list, err
}

// Silence begins a silence.
func (a *Alerts) Silence(ctx context.Context, actor string, n api.NewSilence) (api.Silence, error) {
	now := a.o.Now().UTC()
	if err := checkSilence(n, now); err != nil {
		return api.Silence{}, err
	}
	s := api.Silence{Cluster: n.Cluster, Kind: n.Kind, Object: n.Object, Since: n.Since.UTC(), Until: n.Until.UTC(), Author: actor, Reason: n.Reason}
	if n.Since.IsZero() {
		s.Since = now
	}
	s, err := a.o.Store.AddSilence(ctx, s)
	s.Active = post.Active(s, now)
	if err == nil {
		a.publish(api.Live{Topic: "silence", ID: number(s.ID)})
	}
	return s, err
}

// Unsilence ends a silence; what is open and was kept back is told.
func (a *Alerts) Unsilence(ctx context.Context, id int64) error {
	if err := a.o.Store.DeleteSilence(ctx, id); err != nil {
		return err
	}
	a.publish(api.Live{Topic: "silence", ID: number(id)})
	told, err := a.o.Store.EndSilences(ctx, a.o.Now().UTC())
	a.Changed(told...)
	return err
}

// Rules returns the rules in their order.
func (a *Alerts) Rules(ctx context.Context) ([]api.AlertRule, error) {
	return a.o.Store.AlertRules(ctx)
}

// AddRule makes a rule; it stands behind those that there are.
func (a *Alerts) AddRule(ctx context.Context, r api.AlertRule) (api.AlertRule, error) {
	if err := a.checkRule(ctx, r); err != nil {
		return r, err
	}
	err := a.o.Store.AddAlertRule(ctx, r)
	a.publish(api.Live{Topic: "alertrule", ID: r.Name})
	return r, err
}

// EditRule changes a rule.
func (a *Alerts) EditRule(ctx context.Context, name string, e api.EditAlertRule) (api.AlertRule, error) {
	r := api.AlertRule{
		Name: name, Enabled: e.Enabled, Severity: e.Severity, Clusters: e.Clusters, Kinds: e.Kinds, Channels: e.Channels,
		Language: e.Language, WaitSeconds: e.WaitSeconds, EverySeconds: e.EverySeconds,
	}
	if err := a.checkRule(ctx, r); err != nil {
		return r, err
	}
	err := a.o.Store.ChangeAlertRule(ctx, r)
	a.publish(api.Live{Topic: "alertrule", ID: name})
	return r, err
}

// DeleteRule deletes a rule.
func (a *Alerts) DeleteRule(ctx context.Context, name string) error {
	err := a.o.Store.DeleteAlertRule(ctx, name)
	a.publish(api.Live{Topic: "alertrule", ID: name})
	return err
}

// Messages returns messages, newest first.
func (a *Alerts) Messages(ctx context.Context, q api.MessageQuery) (api.Page[api.Message], error) {
	return a.o.Store.Messages(ctx, q)
}

// GiveUp ends a message that the channel does not take.
func (a *Alerts) GiveUp(ctx context.Context, id int64, actor string) (api.Message, error) {
	m, err := a.o.Store.GiveUp(ctx, id, actor)
	if err == nil {
		a.publish(api.Live{Topic: "message", ID: number(id)})
		a.stir()
	}
	return m, err
}

// Retry tries a message at once.
func (a *Alerts) Retry(ctx context.Context, id int64) (api.Message, error) {
	m, err := a.o.Store.Retry(ctx, id, a.o.Now().UTC())
	if err == nil {
		a.publish(api.Live{Topic: "message", ID: number(id)})
		a.stir()
	}
	return m, err
}

// ChannelState is how a channel fares.
type ChannelState struct {
	Waiting  int
	LastSent time.Time
	Fault    *fault.Error
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// Backlog is how many messages of a channel wait, and how many attempts have failed.
type Backlog struct {
	Channel string
	State   string
	Count   int
	Failed  int
}

// Backlog counts messages by channel and state.
func (a *Alerts) Backlog(ctx context.Context) ([]Backlog, error) { return a.o.Store.Backlog(ctx) }
