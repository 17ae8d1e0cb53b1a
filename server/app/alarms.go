package app

import (
	"context"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/metrics"
	"hawser/server/store"
)

// alarming is the store as the fleet sees it: what an event does to alarms is told to whoever watches and sends them.
type alarming struct {
	*store.Store
	hook    func(when, step string)
	changed func(...api.Alarm)
}

func (a alarming) AddEvent(ctx context.Context, host string, seq uint64, key string, e api.Event) (api.Event, bool, error) {
	if a.hook != nil {
		a.hook("before", "event.keep")
		defer a.hook("after", "event.keep")
	}
	kept, isNew, alarms, err := a.RaiseEvent(ctx, host, seq, key, e)
	if err == nil && len(alarms) > 0 {
		a.changed(alarms...)
	}
	return kept, isNew, err
}

// counted counts alarms and messages for the metrics.
type counted struct{ store *store.Store }

func (c counted) Open(ctx context.Context) (map[ha.Severity]int, error) {
	list, err := c.store.OpenAlarms(ctx)
	count := map[ha.Severity]int{}
	for _, a := range list {
		count[a.Severity]++
	}
	return count, err
}

func (c counted) Messages(ctx context.Context) ([]metrics.Messages, error) {
	list, err := c.store.Backlog(ctx)
	out := make([]metrics.Messages, 0, len(list))
	for _, b := range list {
		out = append(out, metrics.Messages{Channel: b.Channel, State: b.State, Count: b.Count, Failed: b.Failed})
	}
	return out, err
}
