package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

const (
	// downloadTries is how often a download that brings nothing is tried again, downloadPause the time between.
	downloadTries = 10
	downloadPause = time.Second
)

func (a *app) logsCommands() *cobra.Command {
	// Of these commands the output is a file, not a form.
	file := func(f *pflag.FlagSet) { f.StringP("output", "o", "", a.t("cli.flag.logs_file")) }
	return a.group("logs",
		verb{key: "logs.collect", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
			file(f)
			f.String("since", "", a.t("cli.flag.logs_since"))
			f.String("until", "", a.t("cli.flag.logs_until"))
			f.StringArray("node", nil, a.t("cli.flag.logs_node"))
			f.BoolVar(&a.noWait, "no-wait", false, a.t("cli.flag.no_wait"))
			a.waitFlag(f)
		}, run: collectLogs},
		verb{key: "logs.list", args: []string{"cluster"}, run: listLogs},
		verb{key: "logs.show", args: []string{"cluster", "bundle"}, run: func(ctx context.Context, k *call) error {
			var b api.LogBundle
			if err := k.do(ctx, "logs.show", nil, &b); err != nil {
				return err
			}
			return k.printBundle(b)
		}},
		verb{key: "logs.download", args: []string{"cluster", "bundle"}, flags: file, run: func(ctx context.Context, k *call) error {
			var b api.LogBundle
			if err := k.do(ctx, "logs.show", nil, &b); err != nil {
				return err
			}
			return k.download(ctx, b)
		}},
		verb{key: "logs.delete", args: []string{"cluster", "bundle"}, run: func(ctx context.Context, k *call) error {
			return k.do(ctx, "logs.delete", nil, nil)
		}},
	)
}

// moment reads a time: RFC 3339, or how long ago.
func (k *call) moment(flag string) (time.Time, error) {
	value := k.flag(flag)
	if value == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(value); err == nil {
		return time.Now().UTC().Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		var f fault.Fields
		f.Add(flag, "cli.time_invalid", "is neither a time nor a duration", "value", value)
		return time.Time{}, f.Err()
	}
	return at.UTC(), nil
}

func collectLogs(ctx context.Context, k *call) error {
	var n api.NewLogBundle
	var err error
	if n.Since, err = k.moment("since"); err != nil {
		return err
	}
	if n.Until, err = k.moment("until"); err != nil {
		return err
	}
	n.Nodes = k.list("node")
	if err := k.fileIsNew(k.flag("output")); err != nil { // before anybody has waited
		return err
	}
	var b api.LogBundle
	if err := k.do(ctx, "logs.collect", n, &b); err != nil {
		return err
	}
	k.say("%s", k.t("cli.logs.collecting", "bundle", b.ID))
	if k.noWait {
		return k.printBundle(b)
	}
	if b, err = k.collected(ctx, b); err != nil {
		return err
	}
	return k.download(ctx, b)
}

// collected waits for a bundle, and says how its nodes fare.
func (k *call) collected(ctx context.Context, b api.LogBundle) (api.LogBundle, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	said := map[string]string{}
	gone := time.Time{}
	pause := pollFirst
	for {
		for _, n := range b.Nodes {
			line := k.t("cli.logs.node_state", "node", n.Node, "state", k.t("cli.logs.state."+n.State))
			if n.Fault != nil {
				line = k.t("cli.logs.node_failed", "node", n.Node, "why", k.words.Fault(n.Fault))
			}
			if said[n.Node] != line && n.State != api.LogWaiting {
				said[n.Node] = line
				k.say("%s", line)
			}
		}
		switch b.State {
		case api.LogReady:
			return b, nil
		case api.LogFailed:
			return b, b.Fault
		}
		select {
		case <-ctx.Done():
			return b, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, pollEvery)
		var next api.LogBundle
		err := k.api.Do(ctx, client.Request{Route: "logs.show", Path: map[string]string{"cluster": b.Cluster, "bundle": b.ID}}, &next)
		switch {
		case err == nil:
			b, gone = next, time.Time{}
		case fault.CodeOf(err) != fault.Unreachable:
			return b, err
		case gone.IsZero():
			gone = time.Now()
		case time.Since(gone) > outage:
			return b, err
		}
	}
}

func (k *call) fileIsNew(name string) error {
	if name == "" || name == "-" {
		return nil
	}
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.Conflict, "logs.file_exists", "%s exists already", name).With("file", name)
	}
	return nil
}

// download writes a bundle to a file. A part of an earlier attempt is gone on with.
func (k *call) download(ctx context.Context, b api.LogBundle) error {
	request := client.Request{Route: "logs.download", Path: map[string]string{"cluster": b.Cluster, "bundle": b.ID}}
	name := k.flag("output")
	if name == "-" {
		_, err := k.api.Download(ctx, request, 0, b.SHA256, k.env.Stdout)
		return err
	}
	if name == "" {
		name = filepath.Base(b.File)
	}
	if b.State != api.LogReady { // the server says why it cannot be had
		_, err := k.api.Download(ctx, request, 0, "", io.Discard)
		return err
	}
	if err := k.fileIsNew(name); err != nil {
		return err
	}
	part := name + "." + b.ID + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", part)
	}
	defer func() { _ = f.Close() }() // it was flushed, or is of no use
	if err := k.fetch(ctx, request, f, b); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", part)
	}
	if err := os.Rename(part, name); err != nil {
		return fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", name)
	}
	k.say("%s", k.t("cli.logs.written", "file", name, "size", bytesOf(uint64(max(b.Bytes, 0))), "sum", b.SHA256, "bundle", b.ID, "until", clock(b.Expires)))
	return nil
}

// fetch brings what is missing of a file, and checks the whole.
func (k *call) fetch(ctx context.Context, request client.Request, f *os.File, b api.LogBundle) error {
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	for tries := 0; have < b.Bytes; {
		n, err := k.api.Download(ctx, request, have, b.SHA256, toFile{f})
		have += n
		if n > 0 {
			tries = 0
		}
		if err == nil {
			continue
		}
		if tries++; fault.CodeOf(err) != fault.Unreachable {
			return err
		}
		if tries == downloadTries {
			return fault.New(fault.Unreachable, "logs.download_broken", "the download broke off: %w", err).With("file", f.Name())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(downloadPause):
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != b.SHA256 {
		_ = os.Remove(f.Name()) // to go on with it is of no use
		return fault.New(fault.Conflict, "logs.file_differs", "what was downloaded is not what the server has")
	}
	return nil
}

// toFile tells a full disk from a broken line.
type toFile struct{ f *os.File }

func (t toFile) Write(p []byte) (int, error) {
	n, err := t.f.Write(p)
	if err != nil {
		return n, client.WriteError(fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", t.f.Name()))
	}
	return n, nil
}

func listLogs(ctx context.Context, k *call) error {
	list, err := client.All[api.LogBundle](ctx, k.api, client.Request{Route: "logs.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.LogBundle]{"bundle", func(b api.LogBundle) string { return b.ID }},
		column[api.LogBundle]{"span", func(b api.LogBundle) string { return clock(b.Since) + " – " + clock(b.Until) }},
		column[api.LogBundle]{"state", func(b api.LogBundle) string { return k.t("cli.logs.state." + b.State) }},
		column[api.LogBundle]{"size", func(b api.LogBundle) string { return bytesOf(uint64(max(b.Bytes, 0))) }},
		column[api.LogBundle]{"actor", func(b api.LogBundle) string { return b.Actor }},
		column[api.LogBundle]{"expires", func(b api.LogBundle) string { return clock(b.Expires) }},
	)
}

func (k *call) printBundle(b api.LogBundle) error {
	why := ""
	if b.Fault != nil {
		why = k.words.Fault(b.Fault)
	}
	if err := k.printFacts(b, "bundle", b.ID, "cluster", b.Cluster, "span", clock(b.Since)+" – "+clock(b.Until), "actor", b.Actor, "state", k.t("cli.logs.state."+b.State),
		"progress", strconv.Itoa(b.Percent)+" %", "size", bytesOf(uint64(max(b.Bytes, 0))), "expires", clock(b.Expires), "reason", why); err != nil || k.output != "table" {
		return err
	}
	for _, n := range b.Nodes {
		line := k.t("cli.logs.node_state", "node", n.Node, "state", k.t("cli.logs.state."+n.State))
		if n.Fault != nil {
			line = k.t("cli.logs.node_failed", "node", n.Node, "why", k.words.Fault(n.Fault))
		}
		if _, err := fmt.Fprintln(k.env.Stdout, "  "+line); err != nil {
			return err
		}
	}
	return nil
}
