package store

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
)

// FuzzFill: a dump that is not one is refused, whatever stands in it; and what is refused has changed nothing.
func FuzzFill(f *testing.F) {
	o := Options{File: filepath.Join(f.TempDir(), "db")}
	s, err := raw(o)
	defer func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	}()
	if err != nil {
		f.Fatal(err)
	}
	if err := s.migrate(f.Context(), slog.New(slog.DiscardHandler)); err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := Dump(f.Context(), o, &whole, func(int64) error { return nil }); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	for _, text := range []string{
		`{"table":"secrets","columns":["name","value"]}` + "\n" + `["x",{"bytes":"AAE="}]`,
		`{"table":"secrets","columns":["name\" --","value"]}`,
		`{"sequence":"audit","value":9}`, `{"sequence":"users","value":-1}`,
		"[1,2]", "[]", "{}", `{"table":"users"}`, `{"table":"audit","columns":[]}` + "\n[]",
	} {
		f.Add([]byte(text))
	}
	back := errors.New("back")
	f.Fuzz(func(t *testing.T, data []byte) {
		err := s.plainTx(t.Context(), func(tx *sql.Tx) error {
			if err := s.fill(t.Context(), tx, bytes.NewReader(data)); err != nil {
				return err
			}
			if _, err := s.tables(t.Context(), tx); err != nil {
				t.Errorf("the tables are not what they were: %v", err)
			}
			return back
		})
		if err == nil {
			t.Error("it was kept")
		}
	})
}
