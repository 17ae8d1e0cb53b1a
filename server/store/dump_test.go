package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/auth"
	"hawser/server/fleet"
	"hawser/server/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// places are where a database may be.
var places = map[string]func(t *testing.T) store.Options{
	"SQLite": func(t *testing.T) store.Options {
		dir := t.TempDir()
		return store.Options{File: filepath.Join(dir, "db"), KeyFile: filepath.Join(dir, "key")}
	},
	"Postgres": func(t *testing.T) store.Options {
		return store.Options{DSN: newDatabase(t), KeyFile: filepath.Join(t.TempDir(), "key")}
	},
}

func dump(t *testing.T, o store.Options) (text string, schema int64) {
	t.Helper()
	var b bytes.Buffer
	if err := store.Dump(t.Context(), o, &b, func(v int64) error { schema = v; return nil }); err != nil {
		t.Fatal(err)
	}
	return b.String(), schema
}

func load(t *testing.T, o store.Options, schema int64, text string) error {
	t.Helper()
	return store.Load(t.Context(), o, schema, strings.NewReader(text))
}

// TestDump: what is dumped while the server goes on can be read into either database, and is the same there.
func TestDump(t *testing.T) {
	for from, source := range places {
		for to, target := range places {
			t.Run(from+"To"+to, func(t *testing.T) {
				o := source(t)
				s := open(t, o)
				fillStore(t, s)
				text, schema := dump(t, o)
				into := target(t)
				into.KeyFile = o.KeyFile // what is encrypted needs its key
				if err := load(t, into, schema, text); err != nil {
					t.Fatal(err)
				}
				again, _ := dump(t, into)
				checkRestored(t, s, open(t, into))
				if from != to {
					return // truth values are numbers in one of them
				}
				// Everything but what was settled is the same, line by line; databases have their own order of rows.
				for _, line := range strings.Split(text, "\n") {
					if settled := strings.Contains(line, `"op-`) || strings.HasPrefix(line, `["session`); !settled && !strings.Contains(again, line) {
						t.Errorf("not there any more: %.200s", line)
					}
				}
			})
		}
	}
}

func fillStore(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.CreateAccount(ctx, auth.Account{
		User: api.User{Name: "ann", Role: "security", Created: noon, PasswordSet: noon, MustChange: true}, Hash: "h", Past: []string{"g"},
		Factor: auth.Factor{Secret: "JBSWY3DPEHPK3PXP", Step: 5, Recovery: []string{"r"}},
	}))
	must(s.CreateSession(ctx, auth.Session{Hash: "session-1", User: "ann", Created: noon, Seen: noon, Expires: noon.AddDate(100, 0, 0), Bearer: true}, func(auth.Account) error { return nil }))
	must(s.CreateAPIToken(ctx, auth.Token{Hash: "t1", User: "ann", Label: "<&> \u2028 王", Role: "viewer", Clusters: []string{"a"}, Created: noon, Expires: noon}, "session-1"))
	_, err := s.ChangePolicy(ctx, func(p *api.Policy, _ []auth.Account) error { p.Password.History = 3; return nil })
	must(err)
	must(s.PutSecret(ctx, "x", []byte{0, 1, 0xff}))
	must(s.CreateCluster(ctx, fleet.Cluster{Name: "demo", Created: noon}, nil))
	must(s.SetTarget(ctx, "demo", "pg", ha.Target{RTOUnplanned: new(int)}))
	must(s.SaveOperation(ctx, api.Operation{ID: "op-done", Kind: "node.stop", State: "succeeded", Started: noon, Ended: noon, Steps: []api.Step{{Name: "a"}}}, nil))
	must(s.SaveOperation(ctx, api.Operation{ID: "op-going-on", Kind: "node.stop", State: "running", Started: noon}, []byte("memo")))
	for i := range 5 {
		at := noon
		if i == 4 {
			at = noon.AddDate(-1, 0, 0) // the newest number, and the first to be deleted
		}
		_, _, err := s.AddEvent(ctx, "", 0, fmt.Sprint("key", i), api.Event{At: at, Kind: "node.lost", Severity: ha.Warning, Object: fmt.Sprint("n", i)})
		must(err)
	}
	_, err = s.Prune(ctx, noon.AddDate(0, -1, 0), 1000)
	must(err)
}

func checkRestored(t *testing.T, before, after *store.Store) {
	t.Helper()
	ctx := t.Context()
	same(t, before, after, func(s *store.Store) (any, error) { return s.Accounts(ctx) })
	same(t, before, after, func(s *store.Store) (any, error) { return s.APITokens(ctx, "") })
	same(t, before, after, func(s *store.Store) (any, error) { return s.Policy(ctx) })
	same(t, before, after, func(s *store.Store) (any, error) { return s.Secret(ctx, "x") })
	same(t, before, after, func(s *store.Store) (any, error) { return s.Targets(ctx, "demo") })
	same(t, before, after, func(s *store.Store) (any, error) { return s.Events(ctx, api.EventQuery{}) })
	same(t, before, after, func(s *store.Store) (any, error) { return s.AlertRules(ctx) })
	same(t, before, after, func(s *store.Store) (any, error) { return s.Operation(ctx, "op-done") })
	if list, err := after.Sessions(ctx, ""); err != nil || len(list) != 0 {
		t.Errorf("sessions go on: %v, err %v", list, err)
	}
	if ops, _, err := after.Unfinished(ctx); err != nil || len(ops) != 0 {
		t.Errorf("operations go on: %v, err %v", ops, err)
	}
	if op, err := after.Operation(ctx, "op-going-on"); err != nil || op.State != "failed" || op.Fault == nil || op.Fault.Reason != "operation.restored" || op.Ended.IsZero() {
		t.Errorf("operation %+v, err %v", op, err)
	}
	// The next number is the next one, although the newest event is gone.
	var ids [2]int64
	for i, s := range []*store.Store{before, after} {
		e, fresh, err := s.AddEvent(ctx, "", 0, "next", api.Event{At: noon, Kind: "node.lost", Severity: ha.Warning, Object: "next"})
		if err != nil || !fresh {
			t.Fatal(e, fresh, err)
		}
		ids[i] = e.ID
	}
	if ids[0] != ids[1] || ids[0] != 6 {
		t.Errorf("the next event has number %d, and %d", ids[0], ids[1])
	}
}

func same(t *testing.T, before, after *store.Store, read func(*store.Store) (any, error)) {
	t.Helper()
	want, err := read(before)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(after); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v, err %v", got, want, err)
	}
}

// blank fails where there is any table left.
func blank(t *testing.T, o store.Options) {
	t.Helper()
	if err := store.Dump(t.Context(), o, &bytes.Buffer{}, func(int64) error { return nil }); err == nil || !strings.Contains(err.Error(), "goose_db_version") {
		t.Errorf("the database is not blank: %v", err)
	}
}

// TestLoadRefuses: what cannot be whole leaves nothing that looks like it.
func TestLoadRefuses(t *testing.T) {
	o := places["SQLite"](t)
	s := open(t, o)
	fillStore(t, s)
	text, schema := dump(t, o)
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			if err := load(t, place(t), schema+1000, text); fault.Public(err).Reason != "backup.newer" {
				t.Errorf("a newer one: %v", err)
			}
			into := place(t)
			into.KeyFile = o.KeyFile
			for what, broken := range map[string]string{
				"cut in a line": text[:strings.LastIndex(text, "\n[")+2],
				"cut at a line": text[:strings.LastIndex(text, "\n[")+1],
				"goes on":       text + `{"table":"users","columns":[]}` + "\n",
				"other table":   strings.Replace(text, `"table":"users"`, `"table":"people"`, 1),
				"other column":  strings.Replace(text, `"must_change"`, `"must\" change"`, 1),
				"short row":     strings.Replace(text, `["x",`, `[`, 1),
				"no dump":       "hello\n",
			} {
				if broken == text {
					t.Fatalf("%s: the test changes nothing", what)
				}
				if err := load(t, into, schema, broken); err == nil {
					t.Errorf("%s: loaded", what)
				}
				blank(t, into)
			}
			// Nothing of those was kept, so it can be filled, once.
			if err := load(t, into, schema, text); err != nil {
				t.Fatal(err)
			}
			if err := load(t, into, schema, text); fault.Public(err).Reason != "backup.database_not_empty" {
				t.Errorf("twice: %v", err)
			}
			open(t, into)
			// What comes after it may fail, too.
			if err := store.Clear(t.Context(), into); err != nil {
				t.Fatal(err)
			}
			blank(t, into)
			run := execute("sqlite", "file:"+into.File)
			if into.DSN != "" {
				run = execute("pgx", into.DSN)
			}
			run(t, "CREATE TABLE of_somebody_else (users INT)")
			if err := load(t, into, schema, text); fault.Public(err).Reason != "backup.database_not_empty" {
				t.Errorf("into a database of somebody else: %v", err)
			}
			run(t, "DROP TABLE of_somebody_else")
			if err := load(t, into, schema, text); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := store.Dump(t.Context(), store.Options{File: filepath.Join(t.TempDir(), "none")}, &bytes.Buffer{}, func(int64) error { return nil }); err == nil {
		t.Error("dumped a database that is not there")
	}
	no := errors.New("no")
	if err := store.Dump(t.Context(), o, &bytes.Buffer{}, func(int64) error { return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
}
