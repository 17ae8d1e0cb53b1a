package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// A dump is everything that is kept, as lines of JSON that both databases write and read: a table with its columns, then its rows;
// in the end how far the numbers have been given, and a last line by which a whole dump is told from one that was cut. Tables stand in the
// order in which they can be filled.
type dumpLine struct {
	Table    string   `json:"table,omitempty"`
	Columns  []string `json:"columns,omitempty"`
	Sequence string   `json:"sequence,omitempty"` // a table whose id the database numbers
	Value    int64    `json:"value,omitempty"`
	End      bool     `json:"end,omitempty"`
}

// bytesValue is a value that is no text.
type bytesValue struct {
	Bytes []byte `json:"bytes"`
}

const (
	versions = "goose_db_version"
	maxRow   = 64 << 20 // of one row: a configuration is far below it
)

// Dump writes everything as it is at one moment, while the server goes on. The database is opened as it is: neither made nor
// brought up to date. schema is called first, with the version of the schema.
func Dump(ctx context.Context, o Options, w io.Writer, schema func(int64) error) (err error) {
	if o.DSN == "" {
		if _, err := os.Stat(o.File); err != nil {
			return fmt.Errorf("open database: %w", err)
		}
	}
	s, err := raw(o)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return err
	}
	db, err := s.read.DB()
	if err != nil {
		return err
	}
	var consistent *sql.TxOptions // SQLite's transactions see one moment in any case
	if s.postgres {
		consistent = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.BeginTx(ctx, consistent)
	if err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	var version int64
	if err := tx.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+versions).Scan(&version); err != nil {
		return fmt.Errorf("read version of the database: %w", err)
	}
	if err := schema(version); err != nil {
		return err
	}
	tables, err := s.tables(ctx, tx)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, t := range tables {
		if err := dumpTable(ctx, tx, t, enc); err != nil {
			return fmt.Errorf("read table %s: %w", t, err)
		}
	}
	numbers, err := s.sequences(ctx, tx, tables)
	if err != nil {
		return err
	}
	for _, l := range append(numbers, dumpLine{End: true}) {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return out.Flush()
}

// query returns the rows of a statement that gives one text in each.
func query(ctx context.Context, tx *sql.Tx, statement string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

// tables returns all tables, each after those that it refers to.
func (s *Store) tables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	list, refers := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
		`SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`
	if s.postgres {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
		refers = `SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid WHERE k.contype = 'f' AND k.conrelid = to_regclass($1)`
	}
	names, err := query(ctx, tx, list)
	if err != nil {
		return nil, fmt.Errorf("read tables: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == versions })
	var ordered []string
	var visit func(name string, within []string) error
	visit = func(name string, within []string) error {
		if slices.Contains(ordered, name) {
			return nil
		}
		if slices.Contains(within, name) {
			return fmt.Errorf("tables refer to each other: %s", strings.Join(append(within, name), ", "))
		}
		before, err := query(ctx, tx, refers, name)
		if err != nil {
			return fmt.Errorf("read what table %s refers to: %w", name, err)
		}
		for _, b := range before {
			if err := visit(b, append(within, name)); err != nil {
				return err
			}
		}
		ordered = append(ordered, name)
		return nil
	}
	for _, n := range names {
		if err := visit(n, nil); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

func dumpTable(ctx context.Context, tx *sql.Tx, table string, enc *json.Encoder) (err error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+table+`"`) //nolint:gosec // the name comes from the database itself
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if err := enc.Encode(dumpLine{Table: table, Columns: columns}); err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			switch v := v.(type) {
			case nil, string, bool, int64:
			case []byte:
				values[i] = bytesValue{v}
			default:
				return fmt.Errorf("column %s is of a type that a dump does not know: %T", columns[i], v)
			}
		}
		if err := enc.Encode(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sequences says how far the database has numbered: a number of something that was deleted is not given again.
func (s *Store) sequences(ctx context.Context, tx *sql.Tx, tables []string) ([]dumpLine, error) {
	var list []dumpLine
	for _, t := range tables {
		statement, arg := "SELECT CAST(seq AS TEXT) FROM sqlite_sequence WHERE name = ?", t
		if s.postgres {
			name, err := query(ctx, tx, "SELECT COALESCE(pg_get_serial_sequence($1, a.attname), '') FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attidentity <> ''", t)
			if err != nil {
				return nil, fmt.Errorf("read numbering of %s: %w", t, err)
			}
			if len(name) == 0 {
				continue
			}
			statement, arg = "SELECT COALESCE(pg_sequence_last_value($1::regclass), 0)::text", name[0]
		}
		value, err := query(ctx, tx, statement, arg)
		if err != nil {
			return nil, fmt.Errorf("read numbering of %s: %w", t, err)
		}
		if len(value) == 0 || value[0] == "0" {
			continue
		}
		n, err := strconv.ParseInt(value[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read numbering of %s: %w", t, err)
		}
		list = append(list, dumpLine{Sequence: t, Value: n})
	}
	return list, nil
}

// Load fills an empty database with a dump of that version of the schema, brings it up to date, and settles what must not go on
// where it was: sessions end, operations that were at work have failed, messages that waited may be repeats. Where it fails the
// database is as empty as it was.
func Load(ctx context.Context, o Options, schema int64, r io.Reader) (err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s, err := raw(o)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return err
	}
	p, err := s.migrations()
	if err != nil {
		return err
	}
	if known := newest(p); schema > known {
		return fault.New(fault.Invalid, "backup.newer", "the backup is of a newer version: its database has schema %d, this program knows %d", schema, known)
	}
	if err := s.empty(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.clear(ctx))
		}
	}()
	if err := s.clear(ctx); err != nil { // of an attempt that was killed
		return err
	}
	if _, err := p.UpTo(ctx, schema); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	if err := s.plainTx(ctx, func(tx *sql.Tx) error { return s.fill(ctx, tx, r) }); err != nil {
		return err
	}
	if err := s.migrate(ctx, o.Log); err != nil {
		return err
	}
	return s.tx(ctx, s.settle)
}

// Clear takes away what Load has filled a database with, tables and all. It is for nothing else.
func Clear(ctx context.Context, o Options) (err error) {
	s, err := raw(o)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return err
	}
	return s.clear(ctx)
}

// raw opens a database as it is. The caller closes it, after an error, too.
func raw(o Options) (*Store, error) {
	s := &Store{postgres: o.DSN != "", now: func() time.Time { return time.Now().UTC() }}
	if s.postgres {
		return s, s.openPostgres(o)
	}
	return s, s.openSQLite(o)
}

// plainTx is tx for statements that gorm does not know.
func (s *Store) plainTx(ctx context.Context, do func(*sql.Tx) error) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		raw, isTx := tx.Statement.ConnPool.(*sql.Tx)
		if !isTx {
			return errors.New("store: not in a transaction")
		}
		return do(raw)
	})
}

// clearWait bounds how long emptying a database may take: whoever gave up waiting for the rest must not leave it half filled.
const clearWait = 30 * time.Second

// clear drops all tables.
func (s *Store) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearWait)
	defer cancel()
	return s.plainTx(ctx, func(tx *sql.Tx) error {
		tables, err := s.tables(ctx, tx)
		if err != nil {
			return err
		}
		slices.Reverse(tables) // what refers to others goes before them
		for _, t := range append(tables, versions) {
			if _, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS "`+t+`"`); err != nil { //nolint:gosec // the name comes from the database itself
				return fmt.Errorf("empty database: %w", err)
			}
		}
		return nil
	})
}

func errNotEmpty() *fault.Error {
	return fault.New(fault.Conflict, "backup.database_not_empty", "the database is not empty")
}

func newest(p *goose.Provider) int64 {
	var n int64
	for _, m := range p.ListSources() {
		n = max(n, m.Version)
	}
	return n
}

// empty refuses a database in which there is something: what a server has kept, or tables of somebody else. Tables in which nobody is
// are what an attempt to restore has left that was killed.
func (s *Store) empty(ctx context.Context) error {
	return s.plainTx(ctx, func(tx *sql.Tx) error {
		tables, err := s.tables(ctx, tx)
		if err != nil || len(tables) == 0 {
			return err
		}
		for _, own := range []string{"users", "audit", "revisions"} {
			if !slices.Contains(tables, own) {
				return errNotEmpty()
			}
		}
		var users int64
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM users").Scan(&users); err != nil {
			return err
		}
		if users > 0 {
			return errNotEmpty()
		}
		return nil
	})
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// fill reads a dump into the tables, in place of what the migrations have put there.
func (s *Store) fill(ctx context.Context, tx *sql.Tx, r io.Reader) error {
	tables, err := s.tables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(tables) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM "`+t+`"`); err != nil { //nolint:gosec // the name comes from the database itself
			return fmt.Errorf("empty table %s: %w", t, err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxRow)
	f := filler{s: s, tx: tx, tables: tables}
	for n := 1; lines.Scan(); n++ {
		if err := f.line(ctx, lines.Bytes()); err != nil {
			return errors.Join(fmt.Errorf("line %d of the database's dump: %w", n, err), f.close())
		}
	}
	if err := errors.Join(lines.Err(), f.close()); err != nil {
		return err
	}
	if !f.ended {
		return errors.New("the database's dump is cut")
	}
	return nil
}

// filler reads a dump line by line.
type filler struct {
	s       *Store
	tx      *sql.Tx
	tables  []string
	insert  *sql.Stmt
	columns []string
	truths  []string // columns of truth values: SQLite has numbers there
	ended   bool     // the last line was there
}

func (f *filler) close() error {
	if f.insert == nil {
		return nil
	}
	err := f.insert.Close()
	f.insert = nil
	return err
}

func (f *filler) line(ctx context.Context, data []byte) error {
	if f.ended {
		return errors.New("there is more after its end")
	}
	if len(data) > 0 && data[0] == '[' {
		return f.row(ctx, data)
	}
	var l dumpLine
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	if l.End {
		f.ended = true
		return nil
	}
	if name := l.Table + l.Sequence; !slices.Contains(f.tables, name) {
		return fmt.Errorf("there is no table %q", name)
	}
	if l.Sequence != "" {
		return f.number(ctx, l)
	}
	return f.table(ctx, l)
}

func (f *filler) table(ctx context.Context, l dumpLine) error {
	if err := f.close(); err != nil {
		return err
	}
	blanks := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		if !plainName.MatchString(c) {
			return fmt.Errorf("table %s has no column %q", l.Table, c)
		}
		blanks[i] = "?"
		if f.s.postgres {
			blanks[i] = "$" + strconv.Itoa(i+1)
		}
	}
	own := ""
	if f.s.postgres {
		own = " OVERRIDING SYSTEM VALUE" // identities as they were
	}
	var err error
	f.insert, err = f.tx.PrepareContext(ctx, fmt.Sprintf(`INSERT INTO "%s" ("%s")%s VALUES (%s)`, l.Table, strings.Join(l.Columns, `", "`), own, strings.Join(blanks, ", "))) //nolint:gosec // names are checked above
	f.columns = l.Columns
	if err == nil && f.s.postgres {
		f.truths, err = query(ctx, f.tx, "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND atttypid = 'bool'::regtype", l.Table)
	}
	return err
}

func (f *filler) row(ctx context.Context, data []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if f.insert == nil || len(raw) != len(f.columns) {
		return errors.New("a row without its table")
	}
	values := make([]any, len(raw))
	for i, r := range raw {
		var err error
		switch r[0] {
		case '{':
			var b bytesValue
			err = json.Unmarshal(r, &b)
			values[i] = b.Bytes
		case 'n':
		case 't', 'f':
			values[i] = r[0] == 't'
		case '"':
			var text string
			err = json.Unmarshal(r, &text)
			values[i] = text
		default:
			var n int64
			n, err = strconv.ParseInt(string(r), 10, 64)
			values[i] = n
			if slices.Contains(f.truths, f.columns[i]) {
				values[i] = n != 0
			}
		}
		if err != nil {
			return err
		}
	}
	_, err := f.insert.ExecContext(ctx, values...)
	return err
}

func (f *filler) number(ctx context.Context, l dumpLine) error {
	if f.s.postgres {
		_, err := f.tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", l.Sequence, l.Value)
		return err
	}
	if _, err := f.tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", l.Sequence); err != nil {
		return err
	}
	_, err := f.tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", l.Sequence, l.Value)
	return err
}

// settle ends what must not go on in another time. An operation that is begun anew by a server of last week could stop what is
// needed today.
func (s *Store) settle(tx *gorm.DB) error {
	lost := fault.New(fault.Failed, "operation.restored", "the server was restored from a backup that was made while this was going on")
	body, err := json.Marshal(lost)
	if err != nil {
		return err
	}
	for _, change := range []*gorm.DB{
		tx.Exec("DELETE FROM sessions"),
		tx.Exec("UPDATE operations SET state = 'failed', fault = ?, ended = ?, memo = NULL WHERE ended = 0", string(body), micros(s.now())),
		tx.Exec("UPDATE revisions SET state = 'failed', fault = ? WHERE state = 'pending'", string(body)),
		tx.Exec("UPDATE messages SET repeats = ? WHERE state IN (?, ?, ?)", true, api.MessageQueued, api.MessageTrying, api.MessageSending),
	} {
		if change.Error != nil {
			return fmt.Errorf("settle what was going on: %w", change.Error)
		}
	}
	return nil
}
