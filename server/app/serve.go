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
	"syscall"

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
	a, err := New(ctx, c, Options{Log: l, Hook: killHook()})
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

// killHook ends the process at the point that HAWSER_TEST_KILL names, for example before:configure or after:undo.configure:
// as a crash would, without a chance to tidy up. Nil where nobody asks for it.
func killHook() func(when, step string) {
	point := os.Getenv("HAWSER_TEST_KILL")
	if point == "" {
		return nil
	}
	return func(when, step string) {
		if when+":"+step == point {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
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
