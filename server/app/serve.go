package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/version"
	"hawser/server/audit"
	"hawser/server/auth"
	"hawser/server/config"
	"hawser/server/logs"
	"hawser/server/pki"
	"hawser/server/store"
)

// gcPercent trades a little processor time for memory: the server is idle nearly always, and shares its host.
const gcPercent = 50

// Serve runs the server until ctx ends.
func Serve(ctx context.Context, c config.Config, log io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	kept, err := logs.OpenJournal(logDir(c.DataDir))
	if err != nil {
		return err
	}
	defer kept.Close()
	l := logger(c.Log, io.MultiWriter(log, kept))
	a, err := New(ctx, c, Options{Log: l, Hook: hook()})
	if err != nil {
		return err
	}
	l.Info("server started", "version", version.String(), "addresses", strings.Join(a.Addresses(), " "), "data", c.DataDir)
	err = a.Run(ctx)
	l.Info("server ended", "err", err)
	return err
}

func logger(c config.Log, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[c.Level]}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func openAudit(c config.Config, s *store.Store, authority *pki.Authority, log *slog.Logger) (*audit.Log, error) {
	return audit.New(audit.Options{
		Store: s, Key: authority.Signer(), CA: authority.Certificate(), File: filepath.Join(c.DataDir, "audit.head"), Log: log,
	})
}

// offline lets a command beside the server work on database and audit log, as the user that the server runs as. The database is
// taken as it is: the server may be an older one.
func offline(ctx context.Context, c config.Config, work func(*store.Store, *pki.Authority, *audit.Log) error) (err error) {
	back, err := asOwner(c.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, back()) }()
	o := storeOptions(c)
	o.AsIs = true
	s, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	authority, err := pki.Open(pki.Options{Dir: filepath.Join(c.DataDir, "pki"), Names: c.Names})
	if err != nil {
		return err
	}
	l, err := openAudit(c, s, authority, nil)
	if err != nil {
		return err
	}
	return work(s, authority, l)
}

func storeOptions(c config.Config) store.Options {
	return store.Options{DSN: c.Database.DSN, File: filepath.Join(c.DataDir, "hawser.db"), KeyFile: filepath.Join(c.DataDir, "secret.key")}
}

// CheckAudit checks the chain of the audit log and says how long it is.
func CheckAudit(ctx context.Context, c config.Config, out io.Writer) error {
	return offline(ctx, c, func(_ *store.Store, _ *pki.Authority, l *audit.Log) error {
		check, err := l.Verify(ctx)
		if err != nil {
			return err
		}
		if b := check.Broken; b != nil {
			entry := strconv.FormatInt(b.Entry, 10)
			return fault.New(fault.Failed, "audit.broken."+b.Reason, "the audit log does not hold: entry %s: %s", entry, b.Reason).With("entry", entry)
		}
		_, err = fmt.Fprintf(out, "%d entries, newest hash %s\n", check.Head.Entries, check.Head.Hash)
		return err
	})
}

// rootDid is an entry of the audit log about what was done on the server's host, without signing in.
func rootDid(action, object string) api.AuditEntry {
	return api.AuditEntry{Actor: "root", Address: "local", Action: action, Object: object, Outcome: "ok"}
}

// Recover lets a user in again who has lost password or second factor, and writes a password for one login.
func Recover(ctx context.Context, c config.Config, name string, out io.Writer) error {
	return offline(ctx, c, func(s *store.Store, _ *pki.Authority, l *audit.Log) error {
		password, err := auth.New(auth.Options{Store: s}).Recover(ctx, name)
		if err != nil {
			return err
		}
		if err := l.Record(ctx, rootDid("user.recover", name)); err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, password)
		return err
	})
}
