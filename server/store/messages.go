package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/server/alert"
)

type messageRow struct {
	ID         int64 `gorm:"primaryKey"`
	MessageID  string
	Channel    string
	Recipient  string
	Cluster    string
	Language   string
	Severity   int
	State      string
	Created    int64
	Due        int64
	Sent       int64
	Attempts   int
	Frozen     bool // its text is made, and stays as it is
	Repeats    bool
	FirstEvent int64
	EventKey   string
	Subject    string
	Body       string
	HTML       string       `gorm:"column:html"`
	Fault      *fault.Error `gorm:"serializer:json"`
	Refused    bool
	Sender     string
}

func (messageRow) TableName() string { return "messages" }

func (r messageRow) message() api.Message {
	m := api.Message{
		ID: r.ID, Channel: r.Channel, Recipient: r.Recipient, Cluster: r.Cluster, Severity: severities[min(max(r.Severity, 0), len(severities)-1)],
		State: r.State, Created: timeOf(r.Created), Sent: timeOf(r.Sent), Attempts: r.Attempts, Subject: r.Subject, MessageID: r.MessageID,
		Repeat: r.Repeats, Fault: r.Fault, By: r.Sender, Alarms: []int64{},
	}
	if slices.Contains(unsent, r.State) {
		m.Due = timeOf(r.Due)
	}
	return m
}

type messageAlarmRow struct {
	Channel    string `gorm:"primaryKey"`
	Recipient  string `gorm:"primaryKey"`
	Alarm      int64  `gorm:"primaryKey;autoIncrement:false"`
	Phase      string `gorm:"primaryKey"`
	Occurrence int    `gorm:"primaryKey;autoIncrement:false"`
	Message    int64
}

func (messageAlarmRow) TableName() string { return "message_alarms" }

// unsent are the states of a message that was not taken yet.
var unsent = []string{api.MessageQueued, api.MessageSending, api.MessageTrying}

// queue writes messages in the transaction of what causes them.
type queue struct {
	s     *Store
	tx    *gorm.DB
	now   time.Time
	event int64      // that it began with
	key   string     // of what causes it: names the message
	told  []api.Told // whom a node has told already

	loaded   bool
	rules    []api.AlertRule
	channels []post.Channel
	silences []api.Silence
}

func (q *queue) load() (err error) {
	if q.loaded {
		return nil
	}
	q.loaded = true
	if q.rules, err = alertRules(q.tx); err != nil {
		return err
	}
	if q.channels, err = forms(q.tx); err != nil {
		return err
	}
	q.silences, err = silences(q.tx)
	return err
}

// told is the last message to a recipient that an alarm is in.
type told struct {
	Channel   string
	Recipient string
	Language  string
	State     string
	Frozen    bool
	Created   int64
	Phase     string
}

// tell has everybody told of an alarm whom it concerns: what began, by the rules; what is over, whoever was told that it began.
func (q *queue) tell(r *alarmRow, phase string) error {
	if err := q.load(); err != nil {
		return err
	}
	a := r.alarm()
	targets := post.Targets(q.rules, q.channels, a)
	before, err := q.before(r.ID)
	if err != nil {
		return err
	}
	if phase == post.PhaseResolved {
		return q.tellEnd(*r, targets, before)
	}
	if post.Silent(q.silences, a, q.now) {
		r.Silenced = true
		return q.tx.Model(r).Update("silenced", true).Error
	}
	for _, t := range targets {
		for _, recipient := range t.Recipients {
			last, was := before[[2]string{t.Channel, recipient}]
			w := wish{recipient: recipient, target: t, phase: post.PhaseOpened, due: q.now.Add(t.Wait)}
			switch {
			case !was:
			case !last.Frozen && last.State == api.MessageQueued:
				continue // its message is not written yet, and will say how often
			case r.AckBy != "":
				continue
			default:
				w.phase = post.PhaseRepeated
				w.due = later(w.due, timeOf(last.Created).Add(t.Every))
			}
			if err := q.add(*r, w); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *queue) tellEnd(r alarmRow, targets []post.Target, before map[[2]string]told) error {
	order := func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) }
	for _, to := range slices.SortedFunc(maps.Keys(before), order) {
		last := before[to]
		if !last.Frozen && last.State == api.MessageQueued || last.State == api.MessageGaveUp {
			continue // the message will say so itself; or nobody ever got it
		}
		i := slices.IndexFunc(q.channels, func(c post.Channel) bool { return c.Name == to[0] })
		if i < 0 {
			continue
		}
		t := post.Target{Channel: to[0], Language: last.Language}
		if j := slices.IndexFunc(targets, func(t post.Target) bool { return t.Channel == to[0] }); j >= 0 {
			t = targets[j]
		} else if all := post.Targets([]api.AlertRule{{Enabled: true}}, []post.Channel{on(q.channels[i])}, r.alarm()); len(all) == 1 {
			t.Domain = all[0].Domain
		}
		w := wish{recipient: to[1], target: t, phase: post.PhaseResolved, due: q.now.Add(t.Wait)}
		if last.Phase == post.PhaseRepeated || r.Count > 1 {
			w.due = later(w.due, timeOf(last.Created).Add(t.Every))
		}
		if err := q.add(r, w); err != nil {
			return err
		}
	}
	return nil
}

// on is a channel as if it were switched on: what is over is told where it was told that it began, once that can be.
func on(c post.Channel) post.Channel {
	c.Form.Enabled = true
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// before returns the last message about an alarm to each recipient.
func (q *queue) before(alarm int64) (map[[2]string]told, error) {
	var rows []told
	err := q.tx.Table("message_alarms").
		Select("messages.channel, messages.recipient, messages.language, messages.state, messages.frozen, messages.created, message_alarms.phase").
		Joins("JOIN messages ON messages.id = message_alarms.message").Where("message_alarms.alarm = ?", alarm).Order("messages.id").Scan(&rows).Error
	list := map[[2]string]told{}
	for _, r := range rows {
		list[[2]string{r.Channel, r.Recipient}] = r
	}
	return list, err
}

// wish is a line of a message to be.
type wish struct {
	recipient string
	target    post.Target
	phase     string
	due       time.Time
}

// add puts an alarm into the message that is being gathered for a recipient, or into a new one.
func (q *queue) add(r alarmRow, w wish) error {
	for _, t := range q.told {
		if t.Channel == w.target.Channel && t.Recipient == w.recipient {
			return q.note(r, w, t)
		}
	}
	var rows []messageRow
	err := q.tx.Where("channel = ? AND recipient = ? AND cluster = ? AND state = ? AND NOT frozen", w.target.Channel, w.recipient, r.Cluster, api.MessageQueued).
		Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return err
	}
	var m messageRow
	if len(rows) == 1 {
		m = rows[0]
		m.Severity, m.Due = max(m.Severity, r.Severity), min(m.Due, micros(w.due))
		if err := q.tx.Model(&m).Select("severity", "due").Updates(&m).Error; err != nil {
			return err
		}
	} else {
		m = messageRow{
			MessageID: ha.MessageID(w.target.Channel, w.recipient, w.target.Domain, q.key), Channel: w.target.Channel, Recipient: w.recipient, Cluster: r.Cluster,
			Language: w.target.Language, Severity: r.Severity, State: api.MessageQueued, Created: micros(q.now), Due: micros(w.due), FirstEvent: q.event, EventKey: q.key,
		}
		if err := q.tx.Create(&m).Error; err != nil {
			return err
		}
	}
	item := messageAlarmRow{Channel: m.Channel, Recipient: m.Recipient, Alarm: r.ID, Phase: w.phase, Occurrence: r.Count, Message: m.ID}
	return q.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&item).Error
}

// note keeps that a node has told a recipient of an alarm. Where nobody knows whether that arrived, it is sent again under the same name.
func (q *queue) note(r alarmRow, w wish, t api.Told) error {
	m := messageRow{
		MessageID: t.MessageID, Channel: t.Channel, Recipient: t.Recipient, Cluster: r.Cluster, Language: w.target.Language, Severity: r.Severity,
		State: api.MessageSent, Created: micros(q.now), Sent: micros(t.At), Attempts: 1, Frozen: true, Sender: t.Node, FirstEvent: q.event, EventKey: q.key,
	}
	if t.Unknown {
		m.State, m.Frozen, m.Sent, m.Attempts, m.Repeats, m.Sender, m.Due = api.MessageQueued, false, 0, 0, true, "", micros(w.due)
	}
	if err := q.tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "message_id"}}, DoNothing: true}).Create(&m).Error; err != nil {
		return err
	}
	if err := q.tx.Where("message_id = ?", t.MessageID).Take(&m).Error; err != nil {
		return err
	}
	item := messageAlarmRow{Channel: m.Channel, Recipient: m.Recipient, Alarm: r.ID, Phase: w.phase, Occurrence: r.Count, Message: m.ID}
	return q.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&item).Error
}

// messages adds to rows which alarms they are about.
func (s *Store) messages(db *gorm.DB, rows []messageRow) ([]api.Message, error) {
	list, ids := make([]api.Message, 0, len(rows)), make([]int64, 0, len(rows))
	for _, r := range rows {
		list, ids = append(list, r.message()), append(ids, r.ID)
	}
	var items []messageAlarmRow
	if len(ids) > 0 {
		if err := db.Where("message IN ?", ids).Order("alarm").Find(&items).Error; err != nil {
			return nil, err
		}
	}
	for i := range list {
		for _, item := range items {
			if item.Message == list[i].ID && !slices.Contains(list[i].Alarms, item.Alarm) {
				list[i].Alarms = append(list[i].Alarms, item.Alarm)
			}
		}
	}
	return list, nil
}

// Messages returns messages, newest first.
func (s *Store) Messages(ctx context.Context, q api.MessageQuery) (api.Page[api.Message], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.Message]{}, err
	}
	db := s.reader(ctx)
	if q.Channel != "" {
		db = db.Where("channel = ?", q.Channel)
	}
	if q.State != "" {
		db = db.Where("state = ?", q.State)
	}
	if q.Waiting {
		db = db.Where("state IN ?", unsent)
	}
	if from > 0 {
		db = db.Where("id < ?", from)
	}
	var rows []messageRow
	if err := db.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.Message]{}, err
	}
	list, err := s.messages(s.reader(ctx), rows)
	return page(list, limit, func(m api.Message) int64 { return m.ID }), err
}

// changeMessage changes a message that was not taken yet.
func (s *Store) changeMessage(ctx context.Context, id int64, change map[string]any) (api.Message, error) {
	var out []api.Message
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var row messageRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return found(err, fault.New(fault.NotFound, "message.not_found", "there is no message %d", id).With("id", fmt.Sprint(id)))
		}
		if !slices.Contains(unsent, row.State) {
			return fault.New(fault.Conflict, "message.ended", "message %d is %s", id, row.State).With("id", fmt.Sprint(id), "state", row.State)
		}
		if err := tx.Model(&row).Updates(change).Error; err != nil {
			return err
		}
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		var err error
		out, err = s.messages(tx, []messageRow{row})
		return err
	})
	if err != nil {
		return api.Message{}, err
	}
	return out[0], nil
}

// GiveUp ends a message that the channel does not take.
func (s *Store) GiveUp(ctx context.Context, id int64, by string) (api.Message, error) {
	return s.changeMessage(ctx, id, map[string]any{"state": api.MessageGaveUp, "sender": by})
}

// Retry has a message tried at once.
func (s *Store) Retry(ctx context.Context, id int64, now time.Time) (api.Message, error) {
	return s.changeMessage(ctx, id, map[string]any{"due": micros(now)})
}

// Recover makes of messages that were being handed over when the last server ended such that may have arrived.
func (s *Store) Recover(ctx context.Context, now time.Time) (int, error) {
	n := 0
	err := s.tx(ctx, func(tx *gorm.DB) error {
		done := tx.Model(&messageRow{}).Where("state = ?", api.MessageSending).Updates(map[string]any{"state": api.MessageTrying, "repeats": true, "due": micros(now)})
		n = int(done.RowsAffected)
		return done.Error
	})
	return n, err
}

// Waiting returns what a channel has not taken, oldest first.
func (s *Store) Waiting(ctx context.Context, channel string, limit int) ([]alert.Pending, error) {
	var rows []messageRow
	err := s.reader(ctx).Select("id", "recipient", "state", "refused", "attempts", "due").Where("channel = ? AND state IN ?", channel, unsent).
		Order("id").Limit(limit).Find(&rows).Error
	list := make([]alert.Pending, 0, len(rows))
	for _, r := range rows {
		list = append(list, alert.Pending{ID: r.ID, Recipient: r.Recipient, State: r.State, Refused: r.Refused, Attempts: r.Attempts, Due: timeOf(r.Due)})
	}
	return list, err
}

// Take begins an attempt.
func (s *Store) Take(ctx context.Context, id int64, compose func(post.Content) (post.Composed, error)) (post.Parcel, bool, error) {
	var p post.Parcel
	is := false
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var row messageRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		var channel channelRow
		if err := tx.Where("name = ?", row.Channel).Limit(1).Find(&channel).Error; err != nil {
			return err
		}
		if !slices.Contains(unsent, row.State) || channel.Name == "" {
			return nil
		}
		c, err := s.channel(channel)
		if err != nil {
			return err
		}
		if !row.Frozen {
			content, err := s.content(tx, row, c)
			if err != nil {
				return err
			}
			composed, err := compose(content)
			if err != nil {
				return err
			}
			row.Frozen, row.Subject, row.Body, row.HTML = true, composed.Subject, composed.Text, composed.HTML
		}
		row.Repeats = row.Repeats || row.State == api.MessageSending // what became of the attempt before was not kept
		row.State = api.MessageSending
		row.Attempts++
		is = true
		p = post.Parcel{Message: row.message(), Channel: c, Composed: post.Composed{Subject: row.Subject, Text: row.Body, HTML: row.HTML}}
		return tx.Save(&row).Error
	})
	return p, is, err
}

// content gathers what a message is made of.
func (s *Store) content(tx *gorm.DB, m messageRow, c post.Channel) (post.Content, error) {
	out := post.Content{Message: m.message(), Language: m.Language, Channel: c}
	var items []messageAlarmRow
	if err := tx.Where("message = ?", m.ID).Order("alarm, occurrence, phase").Find(&items).Error; err != nil {
		return out, err
	}
	first := m.FirstEvent
	for _, i := range items {
		var r alarmRow
		if err := tx.Where("id = ?", i.Alarm).Take(&r).Error; err != nil {
			return out, err
		}
		out.Items = append(out.Items, post.Item{Alarm: r.alarm(), Phase: i.Phase})
		first = min(first, r.EventID)
	}
	var events []eventRow
	if err := tx.Where("cluster = ? AND id >= ?", m.Cluster, first).Order("id").Limit(detailMost).Find(&events).Error; err != nil {
		return out, err
	}
	for _, e := range events {
		out.Events = append(out.Events, e.event())
	}
	if len(events) == detailMost {
		var all int64
		if err := tx.Model(&eventRow{}).Where("cluster = ? AND id >= ?", m.Cluster, first).Count(&all).Error; err != nil {
			return out, err
		}
		out.More = int(all) - len(events)
	}
	return out, nil
}

// Settle keeps what became of an attempt.
func (s *Store) Settle(ctx context.Context, id int64, o post.Outcome, next, now time.Time) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var row messageRow
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return err
		}
		row.Fault, row.Refused, row.Repeats = o.Fault, o.Refused, row.Repeats || o.Unknown
		switch {
		case o.Taken:
			row.State, row.Sent, row.Sender = api.MessageSent, micros(now), ""
		case row.State == api.MessageSending:
			row.State, row.Due = api.MessageTrying, micros(next)
		}
		return tx.Save(&row).Error
	})
}

// PutOff has nothing of a channel tried before that time.
func (s *Store) PutOff(ctx context.Context, channel string, until time.Time) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&messageRow{}).Where("channel = ? AND state IN ? AND due < ?", channel, unsent, micros(until)).Update("due", micros(until)).Error
	})
}

// ChannelState says how a channel fares.
func (s *Store) ChannelState(ctx context.Context, name string) (alert.ChannelState, error) {
	var state alert.ChannelState
	db := s.reader(ctx)
	var waiting, sent int64
	if err := db.Model(&messageRow{}).Where("channel = ? AND state IN ?", name, unsent).Count(&waiting).Error; err != nil {
		return state, err
	}
	if err := db.Model(&messageRow{}).Where("channel = ?", name).Select("COALESCE(MAX(sent), 0)").Scan(&sent).Error; err != nil {
		return state, err
	}
	var failed []messageRow
	if err := db.Where("channel = ? AND state IN ? AND attempts > 0", name, unsent).Order("id DESC").Limit(1).Find(&failed).Error; err != nil {
		return state, err
	}
	state.Waiting, state.LastSent = int(waiting), timeOf(sent)
	if len(failed) == 1 {
		state.Fault = failed[0].Fault
	}
	return state, nil
}

// Backlog counts messages by channel and state.
func (s *Store) Backlog(ctx context.Context) ([]alert.Backlog, error) {
	var rows []alert.Backlog
	err := s.reader(ctx).Model(&messageRow{}).Select("channel, state, COUNT(*) AS count, SUM(CASE WHEN state = ? THEN attempts - 1 ELSE attempts END) AS failed", api.MessageSent).
		Group("channel, state").Order("channel, state").Scan(&rows).Error
	return rows, err
}
