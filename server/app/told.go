package app

import (
	"context"
	"errors"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
	"hawser/server/hub"
	"hawser/server/reconcile"
	"hawser/server/store"
)

// told hands what agents tell on to the fleet. It knows both, so that they need not know each other.
type told struct{ fleet *fleet.Fleet }

// refused gives the fleet's refusals the faults that agents are told.
func refused(err error, host string) error {
	switch {
	case errors.Is(err, fleet.ErrTokenUnknown):
		return hub.ErrTokenUnknown()
	case errors.Is(err, fleet.ErrTokenUsed):
		return hub.ErrTokenUsed()
	case errors.Is(err, fleet.ErrTokenExpired):
		return hub.ErrTokenExpired()
	case errors.Is(err, fleet.ErrNameTaken):
		return hub.ErrNameTaken(host)
	case errors.Is(err, fleet.ErrHostUnknown):
		return hub.ErrHostUnknown(host)
	case errors.Is(err, fleet.ErrRevoked):
		return hub.ErrRevoked(host)
	}
	return err
}

func (t told) Enrol(ctx context.Context, e hub.Enrolment) (string, error) {
	id, err := t.fleet.Enrol(ctx, e.Token, e.Key, e.Facts)
	return id, refused(err, e.Facts.Hostname)
}

func (t told) Issued(ctx context.Context, host string, c hub.Certificate) error {
	return refused(t.fleet.Issued(ctx, host, c.Serial, c.Expires), host)
}

func (t told) Connected(ctx context.Context, host string, hello wire.Hello) (uint64, error) {
	seq, err := t.fleet.Connected(ctx, host, hello)
	return seq, refused(err, host)
}

func (t told) Disconnected(host string) { t.fleet.Disconnected(host) }

func (t told) Report(ctx context.Context, host string, r wire.Report) error {
	return refused(t.fleet.Report(ctx, host, r), host)
}

func (t told) Config(ctx context.Context, host string, c wire.Config) error {
	return refused(t.fleet.Config(ctx, host, c), host)
}

func (t told) Event(ctx context.Context, host string, e wire.Event) error {
	err := t.fleet.Event(ctx, host, e)
	if errors.Is(err, fleet.ErrHeld) {
		return hub.ErrLater
	}
	return refused(err, host)
}

func (t told) Facts(ctx context.Context, host string, f ha.Facts) error {
	return refused(t.fleet.Facts(ctx, host, f), host)
}

// history reads what is kept, and of operations that are at work what they are doing this moment.
type history struct {
	*store.Store
	engine *reconcile.Engine
}

func (h history) Revision(ctx context.Context, cluster string, number int) (api.Revision, error) {
	r, _, err := h.Store.Revision(ctx, cluster, number)
	return r, err
}

func (h history) Operation(ctx context.Context, id string) (api.Operation, error) {
	if op, running := h.engine.Operation(id); running {
		return op, nil
	}
	return h.Store.Operation(ctx, id)
}

func (h history) Operations(ctx context.Context, q api.OperationQuery) (api.Page[api.Operation], error) {
	p, err := h.Store.Operations(ctx, q)
	for i, op := range p.Items {
		if now, running := h.engine.Operation(op.ID); running {
			p.Items[i] = now
		}
	}
	return p, err
}
