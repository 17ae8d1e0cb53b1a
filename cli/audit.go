package cli

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/chain"
	"hawser/internal/fault"
)

func (a *app) auditCommands() *cobra.Command {
	return a.group("audit",
		verb{key: "audit.list", flags: func(f *pflag.FlagSet) {
			f.Int("limit", 50, a.t("cli.flag.limit"))
		}, run: listAudit},
		verb{key: "audit.verify", local: true, flags: func(f *pflag.FlagSet) {
			f.String("in", "", a.t("cli.flag.audit_in"))
			f.String("older", "", a.t("cli.flag.audit_older"))
			f.String("ca-file", "", a.t("cli.flag.audit_ca"))
		}, run: verifyAudit},
		verb{key: "audit.export", flags: func(f *pflag.FlagSet) {
			f.String("format", string(api.AuditJSONL), a.t("cli.flag.audit_format"))
			f.Int64("from", 0, a.t("cli.flag.audit_from"))
			f.String("to", "", a.t("cli.flag.audit_to"))
		}, run: exportAudit},
	)
}

func listAudit(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	list, err := client.All[api.AuditEntry](ctx, k.api, client.Request{Route: "audit.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.AuditEntry]{"id", func(e api.AuditEntry) string { return strconv.FormatInt(e.ID, 10) }},
		column[api.AuditEntry]{"time", func(e api.AuditEntry) string { return clock(e.At) }},
		column[api.AuditEntry]{"actor", func(e api.AuditEntry) string { return e.Actor }},
		column[api.AuditEntry]{"address", func(e api.AuditEntry) string { return e.Address }},
		column[api.AuditEntry]{"action", func(e api.AuditEntry) string { return k.t("route." + e.Action) }},
		column[api.AuditEntry]{"object", func(e api.AuditEntry) string { return e.Object }},
		column[api.AuditEntry]{"outcome", func(e api.AuditEntry) string { return e.Outcome }},
	)
}

// verifyAudit checks a file without any server, or asks the server to check its log. An earlier export says more in both cases:
// the log must still hold the end of that.
func verifyAudit(ctx context.Context, k *call) error {
	var older []api.AuditHead
	if path := k.flag("older"); path != "" {
		ca, err := k.auditCA()
		if err != nil {
			return err
		}
		if err := k.opened(path, func(r io.Reader) error {
			head, err := chain.HeadOf(r, ca)
			older = append(older, head)
			return err
		}); err != nil {
			return err
		}
	}
	if path := k.flag("in"); path != "" {
		ca, err := k.auditCA()
		if err != nil {
			return err
		}
		var c chain.Contents
		var broken *api.AuditBreak
		if err := k.opened(path, func(r io.Reader) error {
			var err error
			c, broken, err = chain.Check(r, ca, older...)
			return err
		}); err != nil {
			return err
		}
		return k.printCheck(api.AuditCheck{OK: broken == nil, Head: c.Head, Since: c.First, Broken: broken}, "first")
	}
	var err error
	if k.api, err = k.client(); err != nil {
		return err
	}
	query := url.Values{}
	if len(older) > 0 {
		query.Set("entry", strconv.FormatInt(older[0].Entries, 10))
		query.Set("hash", older[0].Hash)
	}
	var check api.AuditCheck
	if err := k.api.Do(ctx, client.Request{Route: "audit.verify", Query: query}, &check); err != nil {
		return err
	}
	return k.printCheck(check, "since")
}

// opened reads a file of the audit log.
func (k *call) opened(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, "cli.file_unreadable", "%w", err).With("file", path)
	}
	err = read(f)
	if errors.Is(err, chain.ErrFormat) {
		err = fault.New(fault.Invalid, "cli.file_invalid", "%s: %w", path, err).With("file", path, "message", err.Error())
	}
	return errors.Join(err, f.Close())
}

// auditCA is the CA that signs the end of the log: that of --ca-file, else that of the context.
func (k *call) auditCA() (*x509.Certificate, error) {
	var data []byte
	if path := k.flag("ca-file"); path != "" {
		var err error
		if data, err = k.readFile(path); err != nil {
			return nil, err
		}
	} else {
		c, err := k.connection()
		if err != nil {
			return nil, err
		}
		data = []byte(c.CA)
	}
	block, _ := pem.Decode(bytes.TrimSpace(data))
	if block == nil {
		return nil, fault.New(fault.Invalid, "cli.ca_invalid", "no certificate in the CA file")
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cli.ca_invalid", "the CA's certificate cannot be read: %w", err)
	}
	return ca, nil
}

// printCheck says what was found; a log that does not hold is a failure.
func (k *call) printCheck(c api.AuditCheck, since string) error {
	pairs := []string{"entries", strconv.FormatInt(c.Head.Entries, 10), "hash", c.Head.Hash, "time", clock(c.Head.At)}
	if c.Since > 0 {
		pairs = append(pairs, "audit_"+since, strconv.FormatInt(c.Since, 10))
	}
	if c.OK {
		pairs = append(pairs, "verdict", k.t("cli.audit.holds"))
	}
	if err := k.printFacts(c, pairs...); err != nil {
		return err
	}
	if c.OK {
		return nil
	}
	entry := strconv.FormatInt(c.Broken.Entry, 10)
	return fault.New(fault.Failed, "audit.broken."+c.Broken.Reason, "the audit log does not hold: entry %s: %s", entry, c.Broken.Reason).With("entry", entry)
}

// exportAudit writes the log to a file, or to the output.
func exportAudit(ctx context.Context, k *call) error {
	query := url.Values{"format": {k.flag("format")}}
	if from := k.flag("from"); from != "0" {
		query.Set("from", from)
	}
	write := func(w io.Writer) error {
		_, err := k.api.Download(ctx, client.Request{Route: "audit.export", Query: query}, 0, "", w)
		return err
	}
	to := k.flag("to")
	if to == "" {
		return write(k.env.Stdout)
	}
	if err := writeNew(to, write); err != nil {
		return err
	}
	k.say("%s", k.t("cli.audit.exported", "file", to))
	return nil
}
