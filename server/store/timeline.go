package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// Timeline returns what is kept of a cluster from one source, newest first: what happened before until, not before since, at most so
// much. What happened at the very same microsecond comes in the order of its IDs.
func (s *Store) Timeline(ctx context.Context, cluster, source string, since, until time.Time, limit int) ([]api.TimelineEntry, error) {
	db := s.reader(ctx).Limit(limit)
	switch source {
	case api.FromEvent:
		var rows []eventRow
		if err := between(db, since, until).Where("cluster = ?", cluster).Order("at DESC, id DESC").Find(&rows).Error; err != nil {
			return nil, err
		}
		return entries(rows, func(r eventRow) api.TimelineEntry {
			e := r.event()
			return api.TimelineEntry{ID: fmt.Sprintf("event-%012d", e.ID), At: e.At, Severity: e.Severity, Kind: e.Kind, Object: e.Object, Actor: e.Actor, Event: &e}
		}, source), nil
	case api.FromOperation:
		return s.timelineOperations(ctx, db, cluster, since, until)
	case api.FromRevision:
		// What an operation has made is told by it.
		var rows []revisionRow
		if err := between(db, since, until).Omit("before_body", "after_body").Where("cluster = ? AND operation = ''", cluster).Order("at DESC, number DESC").Find(&rows).Error; err != nil {
			return nil, err
		}
		return entries(rows, func(r revisionRow) api.TimelineEntry {
			x := r.revision()
			return api.TimelineEntry{ID: fmt.Sprintf("revision-%08d", x.Number), At: x.At, Severity: bad(x.State == "failed"), Kind: x.Action, Object: x.Object, Actor: x.Author, Revision: &x}
		}, source), nil
	case api.FromAudit:
		// What was let through and starts an operation is told by that.
		var long []string
		for _, r := range api.Routes {
			if r.Long {
				long = append(long, r.Name)
			}
		}
		var rows []auditRow
		begin := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(cluster) + "/%"
		if err := between(db, since, until).Where(`(object = ? OR object LIKE ? ESCAPE '\')`, cluster, begin).Where("NOT (outcome = 'ok' AND action IN ?)", long).
			Order("at DESC, id DESC").Find(&rows).Error; err != nil {
			return nil, err
		}
		return entries(rows, func(r auditRow) api.TimelineEntry {
			x := r.entry()
			return api.TimelineEntry{ID: fmt.Sprintf("audit-%012d", x.ID), At: x.At, Severity: bad(x.Outcome != "ok"), Kind: x.Action, Object: strings.TrimPrefix(strings.TrimPrefix(x.Object, cluster), "/"), Actor: x.Actor, Audit: &x}
		}, source), nil
	}
	return nil, nil
}

func (s *Store) timelineOperations(ctx context.Context, db *gorm.DB, cluster string, since, until time.Time) ([]api.TimelineEntry, error) {
	db = db.Omit("memo").Where("cluster = ?", cluster)
	if !since.IsZero() {
		db = db.Where("started >= ?", micros(since))
	}
	if !until.IsZero() {
		db = db.Where("started < ?", micros(until))
	}
	var rows []operationRow
	if err := db.Order("started DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	return entries(rows, func(r operationRow) api.TimelineEntry {
		x := r.operation(nil)
		return api.TimelineEntry{ID: "operation-" + x.ID, At: x.Started, Severity: bad(x.State == "failed" || x.State == "rolled_back"), Kind: x.Kind, Object: x.Object, Actor: x.Actor, Operation: &x}
	}, api.FromOperation), nil
}

func bad(is bool) ha.Severity {
	if is {
		return ha.Warning
	}
	return ha.Info
}

func entries[R any](rows []R, entry func(R) api.TimelineEntry, source string) []api.TimelineEntry {
	list := make([]api.TimelineEntry, 0, len(rows))
	for _, r := range rows {
		e := entry(r)
		e.Source = source
		list = append(list, e)
	}
	return list
}
