package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"hawser/internal/version"
	"hawser/server/audit"
	"hawser/server/config"
	"hawser/server/store"
)

// gcPercent trades a little processor time for memory: the server is idle nearly always, and shares its host.
const gcPercent = 50

// Serve runs the server until ctx ends.
func Serve(ctx context.Context, c config.Config, log io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	l := logger(c.Log, log)
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

// CheckAudit checks the chain of the audit log and says how long it is.
func CheckAudit(ctx context.Context, c config.Config, out io.Writer) error {
	s, err := store.Open(ctx, store.Options{DSN: c.Database.DSN, File: filepath.Join(c.DataDir, "hawser.db"), KeyFile: filepath.Join(c.DataDir, "secret.key")})
	if err != nil {
		return err
	}
	defer s.Close()
	n, newest, err := audit.New(s, nil).Verify(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d entries, newest hash %s\n", n, newest)
	return err
}
