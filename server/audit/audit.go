// Package audit keeps who did what, each entry chained to the one before by its hash, so that a change to an old entry shows.
// The end is kept outside of the database too, so that cutting it off shows as well.
package audit

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"hawser/internal/api"
	"hawser/internal/chain"
	"hawser/internal/fault"
)

// Store keeps the entries in order.
type Store interface {
	// AppendAudit calls make with the newest entry (zero where there is none) and keeps what it returns; nothing comes between.
	AppendAudit(ctx context.Context, make func(last api.AuditEntry) (api.AuditEntry, error)) error
	// AuditEntry returns a NotFound fault where there is no entry of that number.
	AuditEntry(ctx context.Context, id int64) (api.AuditEntry, error)
	// WalkAudit calls visit with every entry after the one of that number, oldest first.
	WalkAudit(ctx context.Context, after int64, visit func(api.AuditEntry) error) error
}

// Options are what a Log needs.
type Options struct {
	Store Store
	// Key and CA sign the end of the log, and check that.
	Key crypto.Signer
	CA  *x509.Certificate
	// File keeps the signed end, outside of the database.
	File string
	Now  func() time.Time // time.Now where nil
	Log  *slog.Logger     // silent where nil
}

// Log is the audit log.
type Log struct {
	o Options
	// turn is taken by who appends, so that the end in the file follows the order of entries.
	turn chan struct{}
	end  anchor
	// held says that the end in the file does not fit the database: it is evidence then, and stays as it is.
	held bool
}

// New returns a Log. A file that is missing is made with the next entry.
func New(o Options) (*Log, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Log{o: o, turn: make(chan struct{}, 1)}
	var err error
	if l.end, err = readAnchor(o.File); errors.Is(err, errAnchor) {
		// What people do goes on, and goes on being written down.
		l.held, err = true, nil
		o.Log.Error("the end of the audit log is not known", "file", o.File)
	}
	return l, err
}

// longest bounds what a stranger can write into the log with one request.
const longest = 256

// clean keeps out of the log what does not come back from both databases and from a file as it was.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest-1]) + "…"
	}
	return s
}

// Record keeps an entry; ID, At and Hash are filled in.
func (l *Log) Record(ctx context.Context, e api.AuditEntry) error {
	for _, s := range []*string{&e.Actor, &e.Address, &e.Action, &e.Object, &e.Outcome} {
		*s = clean(*s)
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var before api.AuditEntry
	err := l.o.Store.AppendAudit(ctx, func(last api.AuditEntry) (api.AuditEntry, error) {
		before = last
		e.ID = last.ID + 1
		e.At = l.o.Now().UTC().Truncate(time.Microsecond) // what both databases keep
		var err error
		e.Hash, err = chain.Hash(last.Hash, e)
		return e, err
	})
	if err != nil {
		return err
	}
	return l.keepEnd(ctx, before, e)
}

// keepEnd writes the new end to the file, unless the old one is no longer in the log.
func (l *Log) keepEnd(ctx context.Context, before, e api.AuditEntry) error {
	if l.held {
		return nil
	}
	if l.end.Since == 0 {
		l.end.Since = e.ID
	} else if before.ID != l.end.Head.Entries || before.Hash != l.end.Head.Hash {
		// A server that ended between entry and file leaves the file behind; anything else is a log that somebody has changed.
		holds, err := l.holds(ctx)
		if err != nil {
			return err
		}
		if !holds {
			l.held = true
			l.o.Log.Error("the audit log is not the one whose end was kept: it was cut or written anew", "end", l.end.Head.Entries, "file", l.o.File)
			return nil
		}
	}
	head, err := chain.Sign(e.ID, e.Hash, e.At, l.o.Key)
	if err != nil {
		return err
	}
	l.end.Head = head
	return l.end.write(l.o.File)
}

// holds says whether the end in the file is this server's, and in the log.
func (l *Log) holds(ctx context.Context) (bool, error) {
	e, err := l.o.Store.AuditEntry(ctx, l.end.Head.Entries)
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil && e.Hash == l.end.Head.Hash && chain.Signed(l.end.Head, l.o.CA), err
}

// errBroken ends a walk.
var errBroken = errors.New("broken")

// Verify walks the log from its beginning and says whether it holds, and older ends with it. The end is signed as it was found.
func (l *Log) Verify(ctx context.Context, older ...api.AuditHead) (api.AuditCheck, error) {
	end, err := readAnchor(l.o.File) // before the walk: the log may grow meanwhile
	unreadable := errors.Is(err, errAnchor)
	if err != nil && !unreadable {
		return api.AuditCheck{}, err
	}
	if unreadable {
		end.Since = 0
	}
	check := api.AuditCheck{Since: end.Since}
	if end.Since > 0 {
		older = append(older, end.Head)
	}
	walk := chain.NewWalk(0, "", older...)
	err = l.o.Store.WalkAudit(ctx, 0, func(e api.AuditEntry) (err error) {
		check.Broken, err = walk.Step(e)
		if check.Broken != nil {
			return errBroken
		}
		return err
	})
	if err != nil && !errors.Is(err, errBroken) {
		return check, err
	}
	if check.Broken == nil {
		check.Broken = walk.Ended()
	}
	if check.Broken == nil && (unreadable || end.Since > 0 && !chain.Signed(end.Head, l.o.CA)) {
		check.Broken = &api.AuditBreak{Entry: end.Head.Entries, Reason: chain.Signature}
	}
	check.OK = check.Broken == nil
	entries, hash := walk.End()
	check.Head, err = chain.Sign(entries, hash, l.o.Now(), l.o.Key)
	return check, err
}

// Export writes the log from one entry to its end, with what proves it. What does not hold is written too: whoever checks the
// file finds it.
func (l *Log) Export(ctx context.Context, w io.Writer, q api.AuditExportQuery) error {
	last := api.AuditEntry{ID: max(q.From-1, 0)}
	if last.ID > 0 {
		var err error
		if last, err = l.o.Store.AuditEntry(ctx, last.ID); err != nil {
			return err
		}
	}
	out, err := chain.NewWriter(w, q.Format, last.ID, last.Hash)
	if err != nil {
		return err
	}
	if err := l.o.Store.WalkAudit(ctx, last.ID, func(e api.AuditEntry) error {
		last = e
		return out.Entry(e)
	}); err != nil {
		return err
	}
	head, err := chain.Sign(last.ID, last.Hash, l.o.Now(), l.o.Key)
	if err != nil {
		return err
	}
	return out.Close(head)
}
