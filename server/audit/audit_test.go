package audit_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/server/audit"
	"hawser/server/store"
)

func open(t *testing.T) *store.Store {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func entry(n int) api.AuditEntry {
	return api.AuditEntry{Actor: "ann", Address: "10.0.0.1", Action: "node.standby", Object: fmt.Sprintf("demo/n%d", n), Outcome: "ok"}
}

// TestChain: what many write at once is one chain, and it holds.
func TestChain(t *testing.T) {
	log := audit.New(open(t), nil)
	const writers, each = 8, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for n := range each {
				if err := log.Record(t.Context(), entry(n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, newest, err := log.Verify(t.Context()); n != writers*each || newest == "" || err != nil {
		t.Errorf("%d entries, newest %q, err %v", n, newest, err)
	}
}

// doctored shows the chain with a row changed, as somebody with the database in hands could have.
type doctored struct {
	audit.Store
	change func(*api.AuditEntry) bool // false: the row is gone
}

func (d doctored) WalkAudit(ctx context.Context, visit func(api.AuditEntry) error) error {
	return d.Store.WalkAudit(ctx, func(e api.AuditEntry) error {
		if !d.change(&e) {
			return nil
		}
		return visit(e)
	})
}

func TestBroken(t *testing.T) {
	st := open(t)
	log := audit.New(st, nil)
	for n := range 5 {
		if err := log.Record(t.Context(), entry(n)); err != nil {
			t.Fatal(err)
		}
	}
	third := func(change func(*api.AuditEntry)) func(*api.AuditEntry) bool {
		return func(e *api.AuditEntry) bool {
			if e.ID == 3 {
				change(e)
			}
			return true
		}
	}
	for name, c := range map[string]struct {
		change func(*api.AuditEntry) bool
		at     int64
	}{
		"Actor":   {third(func(e *api.AuditEntry) { e.Actor = "bob" }), 3},
		"Address": {third(func(e *api.AuditEntry) { e.Address = "10.0.0.9" }), 3},
		"Action":  {third(func(e *api.AuditEntry) { e.Action = "node.fence" }), 3},
		"Object":  {third(func(e *api.AuditEntry) { e.Object = "" }), 3},
		"Outcome": {third(func(e *api.AuditEntry) { e.Outcome = "denied" }), 3},
		"Time":    {third(func(e *api.AuditEntry) { e.At = e.At.Add(time.Second) }), 3},
		"Hash":    {third(func(e *api.AuditEntry) { e.Hash = "00" }), 3},
		"Deleted": {func(e *api.AuditEntry) bool { return e.ID != 3 }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := audit.New(doctored{st, c.change}, nil).Verify(t.Context())
			broken, is := errors.AsType[*audit.Broken](err)
			if !is || broken.ID != c.at {
				t.Errorf("got %v, want the break at entry %d", err, c.at)
			}
		})
	}
	if _, _, err := log.Verify(t.Context()); err != nil {
		t.Errorf("untouched: %v", err)
	}
}
