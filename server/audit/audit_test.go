package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/chain"
	"hawser/internal/fault"
	"hawser/server/audit"
	"hawser/server/pki"
	"hawser/server/store"
)

func options(t *testing.T) audit.Options {
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
	ca, err := pki.Open(pki.Options{Dir: filepath.Join(dir, "pki"), Names: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	return audit.Options{Store: st, Key: ca.Signer(), CA: ca.Certificate(), File: filepath.Join(dir, "audit.head")}
}

func open(t *testing.T, o audit.Options) *audit.Log {
	t.Helper()
	log, err := audit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func entry(n int) api.AuditEntry {
	return api.AuditEntry{Actor: "ann", Address: "10.0.0.1", Action: "node.standby", Object: fmt.Sprintf("demo/n%d", n), Outcome: "ok"}
}

func record(t *testing.T, log *audit.Log, entries int) {
	t.Helper()
	for n := range entries {
		if err := log.Record(t.Context(), entry(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// broken returns what Verify says of a log.
func broken(t *testing.T, log *audit.Log, older ...api.AuditHead) api.AuditBreak {
	t.Helper()
	check, err := log.Verify(t.Context(), older...)
	if err != nil {
		t.Fatal(err)
	}
	if check.OK != (check.Broken == nil) {
		t.Errorf("check %+v", check)
	}
	if check.Broken == nil {
		return api.AuditBreak{}
	}
	return *check.Broken
}

// TestChain: what many write at once is one chain, and it holds.
func TestChain(t *testing.T) {
	o := options(t)
	log := open(t, o)
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
	check, err := log.Verify(t.Context())
	if err != nil || !check.OK || check.Head.Entries != writers*each || check.Head.Hash == "" || check.Since != 1 || !chain.Signed(check.Head, o.CA) {
		t.Errorf("check %+v, err %v", check, err)
	}
}

// doctored shows the chain with a row changed, as somebody with the database in hands could have.
type doctored struct {
	audit.Store
	change func(*api.AuditEntry) bool // false: the row is gone
}

func (d doctored) WalkAudit(ctx context.Context, after int64, visit func(api.AuditEntry) error) error {
	return d.Store.WalkAudit(ctx, after, func(e api.AuditEntry) error {
		if !d.change(&e) {
			return nil
		}
		return visit(e)
	})
}

func TestBroken(t *testing.T) {
	o := options(t)
	log := open(t, o)
	record(t, log, 5)
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
		want   api.AuditBreak
	}{
		"Actor":   {third(func(e *api.AuditEntry) { e.Actor = "bob" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Address": {third(func(e *api.AuditEntry) { e.Address = "10.0.0.9" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Action":  {third(func(e *api.AuditEntry) { e.Action = "node.fence" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Object":  {third(func(e *api.AuditEntry) { e.Object = "" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Outcome": {third(func(e *api.AuditEntry) { e.Outcome = "denied" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Time":    {third(func(e *api.AuditEntry) { e.At = e.At.Add(time.Second) }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Hash":    {third(func(e *api.AuditEntry) { e.Hash = "00" }), api.AuditBreak{Entry: 3, Reason: chain.Changed}},
		"Deleted": {func(e *api.AuditEntry) bool { return e.ID != 3 }, api.AuditBreak{Entry: 3, Reason: chain.Missing}},
		"Cut":     {func(e *api.AuditEntry) bool { return e.ID < 4 }, api.AuditBreak{Entry: 4, Reason: chain.Cut}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := o
			changed.Store = doctored{o.Store, c.change}
			if got := broken(t, open(t, changed)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	if got := broken(t, log); got != (api.AuditBreak{}) {
		t.Errorf("untouched: %+v", got)
	}
}

// TestEndOutside: the end beside the database tells a log that was cut, and one that was written anew, and is not overwritten
// then.
func TestEndOutside(t *testing.T) {
	o := options(t)
	record(t, open(t, o), 5)
	kept, err := os.ReadFile(o.File)
	if err != nil {
		t.Fatal(err)
	}
	empty := options(t) // another database, the same key and file
	empty.Key, empty.CA, empty.File = o.Key, o.CA, o.File
	log := open(t, empty)
	record(t, log, 8) // longer than the first
	if got := broken(t, log); got != (api.AuditBreak{Entry: 5, Reason: chain.Other}) {
		t.Errorf("written anew: %+v", got)
	}
	if now, err := os.ReadFile(o.File); err != nil || !bytes.Equal(now, kept) {
		t.Errorf("the evidence was overwritten: %s, err %v", now, err)
	}
	t.Run("Behind", func(t *testing.T) {
		// The server ended between entry and file: the log goes on.
		log := open(t, o)
		record(t, log, 1)
		if err := os.WriteFile(o.File, kept, 0o600); err != nil {
			t.Fatal(err)
		}
		log = open(t, o)
		record(t, log, 1)
		if got := broken(t, log); got != (api.AuditBreak{}) {
			t.Errorf("got %+v", got)
		}
		if now, err := os.ReadFile(o.File); err != nil || !bytes.Contains(now, []byte(`"entries":7`)) {
			t.Errorf("the file is %s, err %v", now, err)
		}
	})
	t.Run("Missing", func(t *testing.T) {
		if err := os.Remove(o.File); err != nil {
			t.Fatal(err)
		}
		log := open(t, o)
		record(t, log, 1)
		if check, err := log.Verify(t.Context()); err != nil || !check.OK || check.Since != 8 {
			t.Errorf("check %+v, err %v", check, err)
		}
	})
	t.Run("Forged", func(t *testing.T) {
		data, err := os.ReadFile(o.File)
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(data), `"entries":8`, `"entries":7`, 1)
		forged = strings.Replace(forged, `"since":8`, `"since":7`, 1)
		seventh, err := o.Store.AuditEntry(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		eighth, err := o.Store.AuditEntry(t.Context(), 8)
		if err != nil {
			t.Fatal(err)
		}
		forged = strings.Replace(forged, eighth.Hash, seventh.Hash, 1)
		if err := os.WriteFile(o.File, []byte(forged), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := broken(t, open(t, o)); got.Reason != chain.Signature {
			t.Errorf("got %+v", got)
		}
		if err := os.WriteFile(o.File, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		log := open(t, o)
		record(t, log, 1) // goes on being written
		if got := broken(t, log); got.Reason != chain.Signature {
			t.Errorf("unreadable: %+v", got)
		}
	})
}

// TestEarlierEnd: an end that somebody noted must still be in the log.
func TestEarlierEnd(t *testing.T) {
	log := open(t, options(t))
	record(t, log, 3)
	check, err := log.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	record(t, log, 3)
	if got := broken(t, log, check.Head); got != (api.AuditBreak{}) {
		t.Errorf("its own: %+v", got)
	}
	if got := broken(t, log, api.AuditHead{Entries: 3, Hash: "00"}); got != (api.AuditBreak{Entry: 3, Reason: chain.Other}) {
		t.Errorf("another's: %+v", got)
	}
	if got := broken(t, log, api.AuditHead{Entries: 9, Hash: check.Head.Hash}); got != (api.AuditBreak{Entry: 7, Reason: chain.Cut}) {
		t.Errorf("a later one: %+v", got)
	}
}

// TestExport: both forms prove the chain without a server, whatever somebody has put into the log.
func TestExport(t *testing.T) {
	o := options(t)
	log := open(t, o)
	record(t, log, 2)
	for _, actor := range []string{"=HYPERLINK(1)", "'=x", "a,\"b\"\nc", "\xff\x00", "王", strings.Repeat("x", 5000), "-1", "<&>\u2028"} {
		if err := log.Record(t.Context(), api.AuditEntry{Actor: actor, Action: "session.create", Outcome: "anonymous"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []api.AuditFormat{api.AuditJSONL, api.AuditCSV} {
		for _, from := range []int64{0, 1, 4, 10} {
			var file bytes.Buffer
			if err := log.Export(t.Context(), &file, api.AuditExportQuery{Format: format, From: from}); err != nil {
				t.Fatal(err)
			}
			c, broken, err := chain.Check(bytes.NewReader(file.Bytes()), o.CA)
			if err != nil || broken != nil || c.First != max(from, 1) || c.Head.Entries != 10 {
				t.Errorf("%s from %d: %+v, %+v, err %v\n%s", format, from, c, broken, err, file.String())
			}
			if strings.Contains(file.String(), ",=HYPER") {
				t.Error("a spreadsheet would take a name for a formula")
			}
		}
	}
	err := log.Export(t.Context(), &bytes.Buffer{}, api.AuditExportQuery{From: 99})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("from beyond the end: %v", err)
	}
	full := errors.New("disk full")
	if err := log.Export(t.Context(), failing{full}, api.AuditExportQuery{}); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
