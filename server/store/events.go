package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

type eventRow struct {
	ID       int64 `gorm:"primaryKey"`
	At       int64
	Cluster  string
	Kind     string
	Severity int
	Object   string
	Actor    string
	Args     map[string]string `gorm:"serializer:json"`
	Dedupe   string
}

func (eventRow) TableName() string { return "events" }

// severities are in order, so that "this or worse" is a comparison of numbers.
var severities = [...]ha.Severity{ha.Info, ha.Warning, ha.Critical}

func severityNumber(s ha.Severity) int {
	for i, each := range severities {
		if each == s {
			return i
		}
	}
	return 0
}

func (r eventRow) event() api.Event {
	return api.Event{
		ID: r.ID, At: timeOf(r.At), Cluster: r.Cluster, Kind: r.Kind, Severity: severities[min(max(r.Severity, 0), len(severities)-1)],
		Object: r.Object, Actor: r.Actor, Args: r.Args,
	}
}

// AddEvent keeps an event once: not again with a sequence number that the host has told, and not again with the same key.
func (s *Store) AddEvent(ctx context.Context, host string, seq uint64, key string, e api.Event) (api.Event, bool, error) {
	kept, isNew, _, err := s.RaiseEvent(ctx, host, seq, key, e)
	return kept, isNew, err
}

// RaiseEvent is AddEvent, and returns the alarms that the event has changed: they and whatever is to be sent of them are kept with it.
func (s *Store) RaiseEvent(ctx context.Context, host string, seq uint64, key string, e api.Event) (api.Event, bool, []api.Alarm, error) {
	isNew := false
	var alarms []api.Alarm
	row := eventRow{
		At: micros(e.At), Cluster: e.Cluster, Kind: e.Kind, Severity: severityNumber(e.Severity), Object: e.Object, Actor: e.Actor, Args: e.Args, Dedupe: key,
	}
	err := s.tx(ctx, func(tx *gorm.DB) error {
		if host != "" {
			var h hostRow
			if err := tx.Where("id = ?", host).Take(&h).Error; err != nil {
				return found(err, errNoHost(host))
			}
			if int64(seq) <= h.AckSeq {
				return nil
			}
			if err := tx.Model(&hostRow{}).Where("id = ?", host).Update("ack_seq", int64(seq)).Error; err != nil {
				return err
			}
		}
		made := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "dedupe"}}, DoNothing: true}).Create(&row)
		isNew = made.RowsAffected > 0
		if made.Error != nil || !isNew {
			return made.Error
		}
		var err error
		alarms, err = s.raise(tx, row, e.Told)
		return err
	})
	if err != nil {
		return row.event(), false, nil, err
	}
	return row.event(), isNew, alarms, nil
}

// Events returns events, newest first.
func (s *Store) Events(ctx context.Context, q api.EventQuery) (api.Page[api.Event], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.Event]{}, err
	}
	db := between(s.reader(ctx), q.Since, q.Until)
	if q.Cluster != "" {
		db = db.Where("cluster = ?", q.Cluster)
	}
	if kinds, all := strings.CutSuffix(q.Kind, "*"); all {
		db = db.Where("substr(kind, 1, ?) = ?", len(kinds), kinds)
	} else if q.Kind != "" {
		db = db.Where("kind = ?", q.Kind)
	}
	if q.Severity != "" {
		db = db.Where("severity >= ?", severityNumber(ha.Severity(q.Severity)))
	}
	if q.Object != "" {
		db = db.Where("object = ?", q.Object)
	}
	if from > 0 {
		db = db.Where("id < ?", from)
	}
	var rows []eventRow
	if err := db.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.Event]{}, err
	}
	list := make([]api.Event, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.event())
	}
	return page(list, limit, func(e api.Event) int64 { return e.ID }), nil
}

func between(db *gorm.DB, since, until time.Time) *gorm.DB {
	if !since.IsZero() {
		db = db.Where("at >= ?", micros(since))
	}
	if !until.IsZero() {
		db = db.Where("at < ?", micros(until))
	}
	return db
}

// Prune deletes events and ended operations from before a time, and the oldest events beyond a number.
func (s *Store) Prune(ctx context.Context, before time.Time, most int) (events int64, err error) {
	err = s.tx(ctx, func(tx *gorm.DB) error {
		old := tx.Where("at < ?", micros(before)).Delete(&eventRow{})
		if old.Error != nil {
			return old.Error
		}
		many := tx.Where("id <= (SELECT MAX(id) FROM events) - ?", most).Delete(&eventRow{})
		if many.Error != nil {
			return many.Error
		}
		events = old.RowsAffected + many.RowsAffected
		for _, gone := range []*gorm.DB{
			tx.Where("until < ?", micros(before)).Delete(&silenceRow{}),
			tx.Where("created < ? AND state IN ?", micros(before), []string{api.MessageSent, api.MessageGaveUp}).Delete(&messageRow{}),
			tx.Where("ended > 0 AND ended < ?", micros(before)).Delete(&exposureRow{}),
			tx.Where("NOT is_open AND resolved < ? AND id NOT IN (SELECT alarm FROM message_alarms)", micros(before)).Delete(&alarmRow{}),
		} {
			if gone.Error != nil {
				return gone.Error
			}
		}
		return tx.Where("ended > 0 AND ended < ?", micros(before)).Delete(&operationRow{}).Error
	})
	return events, err
}

type auditRow struct {
	ID      int64 `gorm:"primaryKey;autoIncrement:false"`
	At      int64
	Actor   string
	Address string
	Action  string
	Object  string
	Outcome string
	Hash    string
}

func (auditRow) TableName() string { return "audit" }

func (r auditRow) entry() api.AuditEntry {
	return api.AuditEntry{ID: r.ID, At: timeOf(r.At), Actor: r.Actor, Address: r.Address, Action: r.Action, Object: r.Object, Outcome: r.Outcome, Hash: r.Hash}
}

// AppendAudit keeps the entry that make makes of the newest one.
func (s *Store) AppendAudit(ctx context.Context, make func(last api.AuditEntry) (api.AuditEntry, error)) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var rows []auditRow
		if err := tx.Order("id DESC").Limit(1).Find(&rows).Error; err != nil {
			return err
		}
		var last api.AuditEntry
		if len(rows) > 0 {
			last = rows[0].entry()
		}
		e, err := make(last)
		if err != nil {
			return err
		}
		return tx.Create(&auditRow{
			ID: e.ID, At: micros(e.At), Actor: e.Actor, Address: e.Address, Action: e.Action, Object: e.Object, Outcome: e.Outcome, Hash: e.Hash,
		}).Error
	})
}

// AuditEntry returns one audit entry.
func (s *Store) AuditEntry(ctx context.Context, id int64) (api.AuditEntry, error) {
	var r auditRow
	if err := s.reader(ctx).Where("id = ?", id).Take(&r).Error; err != nil {
		return api.AuditEntry{}, found(err, fault.New(fault.NotFound, "audit.not_found", "there is no audit entry %d", id).With("id", strconv.FormatInt(id, 10)))
	}
	return r.entry(), nil
}

// WalkAudit visits every audit entry after the one with that number, oldest first.
func (s *Store) WalkAudit(ctx context.Context, after int64, visit func(api.AuditEntry) error) error {
	const batch = 1000
	for {
		var rows []auditRow
		if err := s.reader(ctx).Where("id > ?", after).Order("id").Limit(batch).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			if err := visit(r.entry()); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < batch {
			return nil
		}
	}
}

// Audit returns audit entries, newest first.
func (s *Store) Audit(ctx context.Context, q api.AuditQuery) (api.Page[api.AuditEntry], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.AuditEntry]{}, err
	}
	db := between(s.reader(ctx), q.Since, q.Until)
	if q.Actor != "" {
		db = db.Where("actor = ?", q.Actor)
	}
	if q.Action != "" {
		db = db.Where("action = ?", q.Action)
	}
	if from > 0 {
		db = db.Where("id < ?", from)
	}
	var rows []auditRow
	if err := db.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.AuditEntry]{}, err
	}
	list := make([]api.AuditEntry, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.entry())
	}
	return page(list, limit, func(e api.AuditEntry) int64 { return e.ID }), nil
}
