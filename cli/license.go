package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/qr"
)

func (a *app) licenseCommands() *cobra.Command {
	given := func(f *pflag.FlagSet) {
		f.StringP("from", "f", "", a.t("cli.flag.license_from"))
		f.Bool("dry-run", false, a.t("cli.flag.license_dry_run"))
	}
	return a.group("license",
		verb{key: "license.status", run: licenseStatus},
		verb{key: "license.request", flags: func(f *pflag.FlagSet) {
			f.String("customer", "", a.t("cli.flag.license_customer"))
			f.Int("nodes", 0, a.t("cli.flag.license_nodes"))
			f.Int("clusters", 0, a.t("cli.flag.license_clusters"))
			f.Bool("last", false, a.t("cli.flag.license_last"))
			f.String("qr", "", a.t("cli.flag.license_qr"))
		}, run: licenseRequest},
		verb{key: "license.activate", args: []string{"code?"}, flags: given, run: func(ctx context.Context, k *call) error {
			return k.activate(ctx, "")
		}},
		verb{key: "license.ukey", flags: func(f *pflag.FlagSet) {
			f.Bool("pin", false, a.t("cli.flag.license_pin"))
			f.Bool("password-stdin", false, a.t("cli.flag.password_stdin"))
			given(f)
		}, run: licenseUkey},
		verb{key: "license.site", flags: given, run: func(ctx context.Context, k *call) error {
			if k.flag("from") == "" {
				return required("from")
			}
			return k.activate(ctx, "site")
		}},
	)
}

func required(name string) error {
	var f fault.Fields
	f.Add(name, "field.required", "missing")
	return f.Err()
}

func licenseStatus(ctx context.Context, k *call) error {
	var l api.License
	if err := k.do(ctx, "license.status", nil, &l); err != nil {
		return err
	}
	return k.printLicense(l)
}

func (k *call) printLicense(l api.License) error {
	until, left := k.t("cli.license.never"), ""
	if !l.Until.IsZero() {
		until, left = clock(l.Until), strconv.Itoa(l.DaysLeft)
	}
	if l.State == api.LicenseBarred {
		until, left = "", ""
	}
	facts := []string{"state", k.t("cli.license.state." + l.State)}
	limit := api.LicenseUse{}
	if one := l.InForce; one != nil {
		limit = api.LicenseUse{Nodes: one.Nodes, Clusters: one.Clusters}
		facts = append(facts, "license", strconv.FormatUint(uint64(one.Number), 10), "license_kind", k.t("cli.license.kind."+one.Kind),
			"customer", one.Customer, "site", one.Site, "features", strings.Join(one.Features, " "))
	}
	facts = append(facts, "until", until, "days_left", left,
		"nodes", k.used(l.Use.Nodes, limit.Nodes, l.State), "clusters", k.used(l.Use.Clusters, limit.Clusters, l.State), "waiting_requests", count(l.Waiting))
	facts = append(facts, k.ukeyFacts(l.Ukey)...)
	if err := k.printFacts(l, facts...); err != nil || k.output != "table" {
		return err
	}
	if l.Barred != nil {
		k.line("")
		k.line(k.words.Fault(l.Barred))
		k.line(k.t("cli.license.runs_on"))
	}
	if l.Development {
		k.line("")
		k.line(k.t("cli.license.development"))
	}
	if l.ClockBack {
		k.line("")
		k.line(k.t("cli.license.clock_back", "time", clock(l.Reached)))
	}
	if len(l.Kept) == 0 {
		return nil
	}
	k.line("")
	return k.printLicenses(l.Kept)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// used shows what is used of a limit.
func (k *call) used(used, limit int, state string) string {
	switch {
	case state == api.LicenseBarred:
		return strconv.Itoa(used)
	case limit == 0:
		return fmt.Sprintf("%d / %s", used, k.t("cli.license.unlimited"))
	}
	return fmt.Sprintf("%d / %d", used, limit)
}

func (k *call) limit(n int) string {
	if n == 0 {
		return k.t("cli.license.unlimited")
	}
	return strconv.Itoa(n)
}

func (k *call) printLicenses(list []api.LicenseShown) error {
	return printList(k.app, list,
		column[api.LicenseShown]{"license", func(l api.LicenseShown) string { return strconv.FormatUint(uint64(l.Number), 10) }},
		column[api.LicenseShown]{"license_kind", func(l api.LicenseShown) string { return k.t("cli.license.kind." + l.Kind) }},
		column[api.LicenseShown]{"customer", func(l api.LicenseShown) string { return strings.TrimSpace(l.Customer + " " + l.Site) }},
		column[api.LicenseShown]{"nodes", func(l api.LicenseShown) string { return k.limit(l.Nodes) }},
		column[api.LicenseShown]{"clusters", func(l api.LicenseShown) string { return k.limit(l.Clusters) }},
		column[api.LicenseShown]{"from", func(l api.LicenseShown) string { return l.From }},
		column[api.LicenseShown]{"until", func(l api.LicenseShown) string {
			if l.Until == licensing.Never.String() {
				return k.t("cli.license.never")
			}
			return l.Until
		}},
		column[api.LicenseShown]{"not_counting", func(l api.LicenseShown) string { return k.faultOf(l.Fault) }},
	)
}

// licenseRequest makes a request, or shows the last one again, as a QR code and as text.
func licenseRequest(ctx context.Context, k *call) error {
	var r api.LicenseRequest
	if k.isSet("last") {
		list, err := client.All[api.LicenseRequest](ctx, k.api, client.Request{Route: "license.requests"}, 1)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "cli.license.no_request", "no request waits for its code")
		}
		r = list[0]
	} else {
		in := api.NewLicenseRequest{Customer: k.flag("customer")}
		if in.Customer == "" {
			return required("customer")
		}
		var err error
		if in.Nodes, err = k.flags.GetInt("nodes"); err != nil {
			return err
		}
		if in.Clusters, err = k.flags.GetInt("clusters"); err != nil {
			return err
		}
		if err := k.do(ctx, "license.request", in, &r); err != nil {
			return err
		}
	}
	if file := k.flag("qr"); file != "" {
		if err := os.WriteFile(filepath.Clean(file), r.QR, 0o644); err != nil { //nolint:gosec // it holds no secret
			return fault.New(fault.Invalid, "cli.file_unwritable", "%w", err).With("file", file)
		}
	}
	if k.output != "table" {
		return k.printData(r)
	}
	drawn, err := qr.Terminal(r.Text, k.env.Terminal)
	if err != nil {
		return err
	}
	k.line(drawn)
	k.line(lines(r.Text))
	k.line("")
	k.line(k.t("cli.license.what_next"))
	return nil
}

// lines sets groups in lines that fit onto a terminal.
func lines(text string) string {
	const perLine = 8
	groups := strings.Split(text, "-")
	var out []string
	for len(groups) > 0 {
		n := min(perLine, len(groups))
		out, groups = append(out, strings.Join(groups[:n], "-")), groups[n:]
	}
	return strings.Join(out, "\n")
}

// activate gives the server an activation code, a document, or a picture of a QR code. A typing error is told before anything is sent.
func (k *call) activate(ctx context.Context, kind string) error {
	in := api.ActivateLicense{Kind: kind, Try: k.isSet("dry-run"), Text: k.args["code"]}
	switch file := k.flag("from"); {
	case in.Text != "" && file != "":
		return fault.New(fault.Invalid, "cli.flags_exclusive", "CODE and --from exclude each other").With("a", "CODE", "b", "--from")
	case in.Text != "":
	case file == "" && k.env.Terminal:
		k.say("%s", k.t("cli.license.ask_code"))
		line, err := readLine(k.env.Stdin)
		if err != nil {
			return err
		}
		in.Text = line
	case file == "":
		return required("code")
	default:
		raw, err := k.readFile(file)
		if err != nil {
			return err
		}
		if picture(raw) {
			in.Image = raw
		} else if in.Text = string(raw); !utf8.Valid(raw) {
			return fault.New(fault.Invalid, "licence.not_one", "this is not a licence of Hawser")
		}
	}
	if in.Text != "" && !licensing.IsDocument(in.Text) {
		if _, err := activation.ParseActivation(in.Text); err != nil {
			return err
		}
	}
	var done api.LicenseActivated
	if err := k.do(ctx, "license.activate", in, &done); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(done)
	}
	if err := k.printLicenses([]api.LicenseShown{done.License}); err != nil {
		return err
	}
	switch {
	case !done.Kept:
		k.line(k.t("cli.license.tried"))
	case done.InForce:
		k.line(k.t("cli.license.in_force"))
	default:
		k.line(k.t("cli.license.kept"))
	}
	return nil
}

// picture says whether a file is a picture.
func picture(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte("\x89PNG")) || bytes.HasPrefix(raw, []byte("\xff\xd8\xff"))
}

// licenseUkey tells of the token; --pin gives the server its PIN first, --from then the licence that it proves.
func licenseUkey(ctx context.Context, k *call) error {
	var in api.SetLicenseUkey
	if k.isSet("pin") {
		pin, err := k.password("cli.ask_pin")
		if err != nil {
			return err
		}
		in.PIN = &pin
	}
	var u api.LicenseUkey
	if err := k.do(ctx, "license.ukey", in, &u); err != nil {
		return err
	}
	if k.flag("from") != "" {
		return k.activate(ctx, "ukey")
	}
	return k.printFacts(u, k.ukeyFacts(u)...)
}

func (k *call) ukeyFacts(u api.LicenseUkey) []string {
	if u.Module == "" {
		return nil
	}
	pin := k.t("cli.license.pin.unset")
	switch {
	case u.PINRefused:
		pin = k.t("cli.license.pin.refused")
	case u.PINSet:
		pin = k.t("cli.license.pin.set")
	}
	return []string{
		"ukey_module", u.Module, "ukey_token", strings.TrimSpace(u.Token + " " + u.Serial), "ukey_pin", pin, "ukey_proved", clock(u.Proved),
		"ukey_grace", clock(u.GraceUntil), "fault", k.faultOf(u.Fault),
	}
}
