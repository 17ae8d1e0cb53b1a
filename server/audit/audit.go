// Package audit keeps who did what, each entry chained to the one before by its hash, so that a change to an old entry shows.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"hawser/internal/api"
)

// Store keeps the entries in order.
type Store interface {
	// AppendAudit calls make with the newest entry (zero where there is none) and keeps what it returns; nothing comes between.
	AppendAudit(ctx context.Context, make func(last api.AuditEntry) (api.AuditEntry, error)) error
	// WalkAudit calls visit with every entry, oldest first.
	WalkAudit(ctx context.Context, visit func(api.AuditEntry) error) error
}

// Log is the audit log.
type Log struct {
	store Store
	now   func() time.Time
}

// New returns a Log; now is time.Now where nil.
func New(store Store, now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{store: store, now: now}
}

// Record keeps an entry; ID, At and Hash are filled in.
func (l *Log) Record(ctx context.Context, e api.AuditEntry) error {
	return l.store.AppendAudit(ctx, func(last api.AuditEntry) (api.AuditEntry, error) {
		e.ID = last.ID + 1
		e.At = l.now().UTC().Truncate(time.Microsecond) // what both databases keep
		var err error
		e.Hash, err = hash(last.Hash, e)
		return e, err
	})
}

// Broken says where a chain does not hold.
type Broken struct {
	ID  int64
	Why string
}

func (b *Broken) Error() string { return fmt.Sprintf("audit entry %d: %s", b.ID, b.Why) }

// Verify walks the chain and returns how many entries it has, and a *Broken error at the first that does not fit.
// An end that was cut off cannot be seen from inside: compare the newest hash with one noted elsewhere.
func (l *Log) Verify(ctx context.Context) (entries int64, newest string, err error) {
	err = l.store.WalkAudit(ctx, func(e api.AuditEntry) error {
		if e.ID != entries+1 {
			return &Broken{e.ID, fmt.Sprintf("entry %d should stand here", entries+1)}
		}
		want, err := hash(newest, e)
		if err != nil {
			return err
		}
		if e.Hash != want {
			return &Broken{e.ID, "its hash does not fit its content and the entry before"}
		}
		entries, newest = e.ID, e.Hash
		return nil
	})
	return entries, newest, err
}

// hash covers everything of e but its hash, and the hash before.
func hash(before string, e api.AuditEntry) (string, error) {
	e.Hash = before
	e.At = e.At.UTC()
	data, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("encode audit entry: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
