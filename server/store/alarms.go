package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
)

type alarmRow struct {
	ID         int64 `gorm:"primaryKey"`
	Cluster    string
	Kind       string
	Object     string
	Severity   int
	IsOpen     bool
	Notice     bool
	Opened     int64
	Last       int64
	Resolved   int64
	Count      int
	Event      string
	EventID    int64
	Args       map[string]string `gorm:"serializer:json"`
	ResolvedBy string
	AckBy      string
	AckAt      int64
	AckNote    string
	Silenced   bool
}

func (alarmRow) TableName() string { return "alarms" }

func (r alarmRow) alarm() api.Alarm {
	a := api.Alarm{
		ID: r.ID, Cluster: r.Cluster, Kind: ha.AlarmKind(r.Kind), Object: r.Object, Severity: severities[min(max(r.Severity, 0), len(severities)-1)],
		State: api.AlarmResolved, Notice: r.Notice, Opened: timeOf(r.Opened), Last: timeOf(r.Last), Resolved: timeOf(r.Resolved), Count: r.Count,
		Event: r.Event, Args: r.Args, ResolvedBy: r.ResolvedBy, Silenced: r.Silenced,
	}
	if r.IsOpen {
		a.State = api.AlarmOpen
	}
	if r.AckBy != "" {
		a.Ack = &api.Acknowledgement{By: r.AckBy, At: timeOf(r.AckAt), Note: r.AckNote}
	}
	return a
}

func errNoAlarm(id int64) *fault.Error {
	return fault.New(fault.NotFound, "alarm.not_found", "there is no alarm %d", id).With("id", fmt.Sprint(id))
}

// again is how soon after its end an alarm that opens once more is the same one: what flaps is one alarm that is counted.
const again = 10 * time.Minute

// detailMost bounds the events of an alarm's page, aftermath says how long after its end they are of interest.
const (
	detailMost = 200
	aftermath  = 10 * time.Minute
)

// raise makes alarms of an event and messages of the alarms, in the transaction that keeps the event.
func (s *Store) raise(tx *gorm.DB, e eventRow, by []api.Told) ([]api.Alarm, error) {
	steps := ha.AlarmSteps(ha.Change{Kind: ha.ChangeKind(e.Kind), Object: e.Object, Args: e.Args})
	if len(steps) == 0 {
		return nil, nil
	}
	q := &queue{s: s, tx: tx, now: s.now(), event: e.ID, key: e.Dedupe, told: by}
	var changed []api.Alarm
	for _, step := range steps {
		rows, phase, err := s.step(tx, step, e)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if err := q.tell(&r, phase); err != nil {
				return nil, err
			}
			changed = append(changed, r.alarm())
		}
	}
	return changed, nil
}

// step carries out what an event does to alarms, and returns those that it touched and what is to be told of them.
func (s *Store) step(tx *gorm.DB, step ha.AlarmStep, e eventRow) ([]alarmRow, string, error) {
	if step.Effect == ha.Resolves {
		db := tx.Where("cluster = ? AND kind = ? AND is_open", e.Cluster, string(step.Kind))
		if step.Link == "" {
			db = db.Where("object = ?", step.Object)
		}
		var rows []alarmRow
		if err := db.Order("id").Find(&rows).Error; err != nil {
			return nil, "", err
		}
		ended := rows[:0]
		for _, r := range rows {
			if step.Link != "" && !strings.HasSuffix(r.Object, "|"+step.Link) {
				continue
			}
			if err := end(tx, &r, e.Kind, e.At); err != nil {
				return nil, "", err
			}
			ended = append(ended, r)
		}
		return ended, post.PhaseResolved, nil
	}
	if severities[e.Severity] == ha.Info {
		return nil, "", nil // it was announced, or done on purpose: nobody need be told
	}
	r, err := open(tx, step, e)
	return []alarmRow{r}, post.PhaseOpened, err
}

// open opens an alarm, or counts one that is open or was a short while ago.
func open(tx *gorm.DB, step ha.AlarmStep, e eventRow) (alarmRow, error) {
	notice := step.Effect == ha.Notes
	var rows []alarmRow
	err := tx.Where("cluster = ? AND kind = ? AND object = ?", e.Cluster, string(step.Kind), step.Object).Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return alarmRow{}, err
	}
	if len(rows) == 1 {
		r := rows[0]
		since := e.At - max(r.Last, r.Resolved)
		if r.IsOpen || since < again.Microseconds() {
			if !r.IsOpen && !notice {
				r.Opened, r.EventID, r.Resolved, r.ResolvedBy = e.At, e.ID, 0, ""
				r.AckBy, r.AckAt, r.AckNote = "", 0, ""
			}
			r.IsOpen = !notice
			r.Count++
			if worse := e.Severity > r.Severity; worse {
				r.Severity = e.Severity
				r.AckBy, r.AckAt, r.AckNote = "", 0, "" // that it got worse is another thing than was taken on
			}
			r.Last, r.Event, r.Args = max(r.Last, e.At), e.Kind, e.Args
			if notice {
				r.Resolved = r.Last
			}
			return r, tx.Save(&r).Error
		}
	}
	r := alarmRow{
		Cluster: e.Cluster, Kind: string(step.Kind), Object: step.Object, Severity: e.Severity, IsOpen: !notice, Notice: notice,
		Opened: e.At, Last: e.At, Count: 1, Event: e.Kind, EventID: e.ID, Args: e.Args,
	}
	if notice {
		r.Resolved = e.At
	}
	return r, tx.Create(&r).Error
}

func end(tx *gorm.DB, r *alarmRow, by string, at int64) error {
	r.IsOpen, r.Resolved, r.ResolvedBy, r.Silenced = false, max(at, r.Opened), by, false
	return tx.Save(r).Error
}

// Alarms returns alarms, newest first.
func (s *Store) Alarms(ctx context.Context, q api.AlarmQuery) (api.Page[api.Alarm], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.Alarm]{}, err
	}
	db := s.reader(ctx)
	for column, value := range map[string]string{"cluster": q.Cluster, "object": q.Object} {
		if value != "" {
			db = db.Where(column+" = ?", value)
		}
	}
	if kinds, all := strings.CutSuffix(q.Kind, "*"); all {
		db = db.Where("substr(kind, 1, ?) = ?", len(kinds), kinds)
	} else if q.Kind != "" {
		db = db.Where("kind = ?", q.Kind)
	}
	if q.Severity != "" {
		db = db.Where("severity >= ?", severityNumber(ha.Severity(q.Severity)))
	}
	switch q.State {
	case api.AlarmOpen:
		db = db.Where("is_open")
	case api.AlarmResolved:
		db = db.Where("NOT is_open")
	}
	if q.Unacked {
		db = db.Where("ack_by = ''")
	}
	if from > 0 {
		db = db.Where("id < ?", from)
	}
	var rows []alarmRow
	if err := db.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.Alarm]{}, err
	}
	return page(alarmsOf(rows), limit, func(a api.Alarm) int64 { return a.ID }), nil
}

func alarmsOf(rows []alarmRow) []api.Alarm {
	list := make([]api.Alarm, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.alarm())
	}
	return list
}

// OpenAlarms returns all open alarms, oldest first.
func (s *Store) OpenAlarms(ctx context.Context) ([]api.Alarm, error) {
	var rows []alarmRow
	err := s.reader(ctx).Where("is_open").Order("id").Find(&rows).Error
	return alarmsOf(rows), err
}

// Alarm returns an alarm with what happened around it and what was sent.
func (s *Store) Alarm(ctx context.Context, id int64) (api.AlarmDetail, error) {
	db := s.reader(ctx)
	var row alarmRow
	if err := db.Where("id = ?", id).Take(&row).Error; err != nil {
		return api.AlarmDetail{}, found(err, errNoAlarm(id))
	}
	d := api.AlarmDetail{Alarm: row.alarm(), Events: []api.Event{}, Messages: []api.Message{}}
	around := db.Where("cluster = ? AND id >= ?", row.Cluster, row.EventID)
	if !row.IsOpen {
		around = around.Where("at <= ?", row.Resolved+aftermath.Microseconds())
	}
	var events []eventRow
	if err := around.Order("id").Limit(detailMost).Find(&events).Error; err != nil {
		return d, err
	}
	for _, e := range events {
		d.Events = append(d.Events, e.event())
	}
	var rows []messageRow
	err := db.Where("id IN (SELECT message FROM message_alarms WHERE alarm = ?)", id).Order("id").Limit(detailMost).Find(&rows).Error
	if err != nil {
		return d, err
	}
	d.Messages, err = s.messages(db, rows)
	return d, err
}

// changeAlarm changes an alarm in a transaction.
func (s *Store) changeAlarm(ctx context.Context, id int64, change func(*gorm.DB, *alarmRow) error) (api.Alarm, error) {
	var row alarmRow
	err := s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&row).Error; err != nil {
			return found(err, errNoAlarm(id))
		}
		return change(tx, &row)
	})
	return row.alarm(), err
}

// AckAlarm notes who has taken an alarm on.
func (s *Store) AckAlarm(ctx context.Context, id int64, ack api.Acknowledgement) (api.Alarm, error) {
	return s.changeAlarm(ctx, id, func(tx *gorm.DB, r *alarmRow) error {
		r.AckBy, r.AckAt, r.AckNote = ack.By, micros(ack.At), ack.Note
		return tx.Save(r).Error
	})
}

// EndAlarm resolves an alarm, and has whoever was told of it told of that.
func (s *Store) EndAlarm(ctx context.Context, id int64, by string, at time.Time) (api.Alarm, error) {
	return s.changeAlarm(ctx, id, func(tx *gorm.DB, r *alarmRow) error {
		if !r.IsOpen {
			return nil
		}
		if err := end(tx, r, by, micros(at)); err != nil {
			return err
		}
		q := &queue{s: s, tx: tx, now: s.now(), event: r.EventID, key: fmt.Sprintf("server/end/%d/%d/%d", r.ID, r.Count, micros(at))}
		return q.tell(r, post.PhaseResolved)
	})
}

// EndSilences has told what was kept back by silences that are over, and returns that.
func (s *Store) EndSilences(ctx context.Context, now time.Time) ([]api.Alarm, error) {
	var quiet int64
	if err := s.reader(ctx).Model(&alarmRow{}).Where("is_open AND silenced").Count(&quiet).Error; err != nil || quiet == 0 {
		return nil, err
	}
	var changed []api.Alarm
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var rows []alarmRow
		if err := tx.Where("is_open AND silenced").Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			q := &queue{s: s, tx: tx, now: now, event: r.EventID, key: fmt.Sprintf("server/unsilenced/%d/%d/%d", r.ID, r.Count, micros(now))}
			if err := q.load(); err != nil {
				return err
			}
			if post.Silent(q.silences, r.alarm(), now) {
				continue
			}
			r.Silenced = false
			if err := tx.Save(&r).Error; err != nil {
				return err
			}
			if err := q.tell(&r, post.PhaseOpened); err != nil {
				return err
			}
			changed = append(changed, r.alarm())
		}
		return nil
	})
	return changed, err
}

type silenceRow struct {
	ID      int64 `gorm:"primaryKey"`
	Cluster string
	Kind    string
	Object  string
	Since   int64
	Until   int64
	Author  string
	Reason  string
}

func (silenceRow) TableName() string { return "silences" }

func (r silenceRow) silence() api.Silence {
	return api.Silence{ID: r.ID, Cluster: r.Cluster, Kind: r.Kind, Object: r.Object, Since: timeOf(r.Since), Until: timeOf(r.Until), Author: r.Author, Reason: r.Reason}
}

// Silences returns all silences that are kept, newest first.
func (s *Store) Silences(ctx context.Context) ([]api.Silence, error) { return silences(s.reader(ctx)) }

func silences(db *gorm.DB) ([]api.Silence, error) {
	var rows []silenceRow
	if err := db.Order("id DESC").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]api.Silence, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.silence())
	}
	return list, nil
}

// AddSilence keeps a silence.
func (s *Store) AddSilence(ctx context.Context, n api.Silence) (api.Silence, error) {
	row := silenceRow{Cluster: n.Cluster, Kind: n.Kind, Object: n.Object, Since: micros(n.Since), Until: micros(n.Until), Author: n.Author, Reason: n.Reason}
	err := s.tx(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error })
	return row.silence(), err
}

// DeleteSilence deletes a silence.
func (s *Store) DeleteSilence(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return affected(tx.Where("id = ?", id).Delete(&silenceRow{}), fault.New(fault.NotFound, "silence.not_found", "there is no silence %d", id).With("id", fmt.Sprint(id)))
	})
}
