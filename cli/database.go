package cli

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// databaseVerbs are those of a database as a service: what it would find, and making it.
func (a *app) databaseVerbs() []verb {
	args := []string{"cluster", "name", "sides="}
	return []verb{
		{key: "service.check", args: args, flags: a.databaseFlags, run: checkDatabase},
		{key: "service.database", args: args, long: true, flags: a.databaseFlags, run: func(ctx context.Context, k *call) error {
			d, err := k.database()
			if err != nil {
				return err
			}
			return k.start(ctx, "service.database", d)
		}},
	}
}

func (a *app) databaseFlags(f *pflag.FlagSet) {
	f.String("directory", "", a.t("cli.flag.db.directory"))
	f.String("address", "", a.t("cli.flag.db.address"))
	f.String("agent", "", a.t("cli.flag.db.agent"))
	f.StringArray("param", nil, a.t("cli.flag.db.param"))
	f.String("interface", "", a.t("cli.flag.db.interface"))
	f.String("certificates", "", a.t("cli.flag.db.certificates"))
	f.String("ca-key", "", a.t("cli.flag.db.cakey"))
	f.String("volume", "", a.t("cli.flag.db.volume"))
	f.String("driver", "", a.t("cli.flag.volume_driver"))
	f.String("filesystem", "", a.t("cli.flag.db.filesystem"))
	f.String("protocol", "", a.t("cli.flag.db.protocol"))
	f.StringArray("destroy", nil, a.t("cli.flag.db.destroy"))
	f.Bool("skip-sync", false, a.t("cli.flag.skip_sync"))
	f.Int("threshold", 0, a.t("cli.flag.db.threshold"))
	f.String("forget", "", a.t("cli.flag.db.forget"))
}

// database is what arguments and flags ask for: each NODE=DISK is a side, in the order in which they are given.
func (k *call) database() (ha.Database, error) {
	threshold, err := k.flags.GetInt("threshold")
	if err != nil {
		return ha.Database{}, err
	}
	d := ha.Database{
		Name: k.args["name"], Volume: k.flag("volume"), Driver: ha.VolumeDriver(k.flag("driver")), Protocol: k.flag("protocol"), FileSystem: k.flag("filesystem"), Directory: k.flag("directory"),
		Agent: k.flag("agent"), Address: k.flag("address"), Interface: k.flag("interface"), Certificates: k.flag("certificates"), CAKey: k.flag("ca-key"),
		Threshold: threshold, Forget: k.flag("forget"),
	}
	if k.isSet("skip-sync") {
		d.Sync = ha.SyncSkip
	}
	if d.Parameters, err = k.pairs(k.list("param")); err != nil {
		return d, err
	}
	destroy := map[string][]string{}
	for _, one := range k.list("destroy") {
		node, what, ok := strings.Cut(one, "=")
		if !ok || node == "" || what == "" {
			return d, fault.New(fault.Invalid, "cli.pair_invalid", "%q is not NODE=WHAT", one).With("value", one)
		}
		destroy[node] = append(destroy[node], strings.Split(what, ",")...)
	}
	for _, one := range k.values {
		node, disk, ok := strings.Cut(one, "=")
		if !ok || node == "" {
			return d, fault.New(fault.Invalid, "cli.pair_invalid", "%q is not NODE=DISK", one).With("value", one)
		}
		d.Sides = append(d.Sides, ha.DatabaseSide{Node: node, Disk: disk, Destroy: destroy[node]})
	}
	return d, ha.ValidateDatabase(d.WithDefaults()) // told before anything is sent
}

func checkDatabase(ctx context.Context, k *call) error {
	d, err := k.database()
	if err != nil {
		return err
	}
	var c api.DatabaseCheck
	if err := k.do(ctx, "service.check", d, &c); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(c)
	}
	for _, n := range c.Nodes {
		if n.Fault != nil {
			k.line(n.Node + ": " + k.words.Fault(n.Fault))
		}
	}
	failed := 0
	if err := printList(k.app, c.Checks,
		column[api.ServiceCheck]{"node", func(c api.ServiceCheck) string { return c.Node }},
		column[api.ServiceCheck]{"check", func(c api.ServiceCheck) string { return k.words.Sentence("check."+c.Code, c.Args) }},
		column[api.ServiceCheck]{"result", func(c api.ServiceCheck) string { return c.Result }},
		column[api.ServiceCheck]{"what", func(c api.ServiceCheck) string {
			text := k.words.Sentence("check."+c.Code+"."+c.Result, c.Args)
			if key := "check." + c.Code + ".fix"; c.Result != "ok" && k.words.Has(key) {
				text += " → " + k.words.Sentence(key, c.Args)
			}
			return text
		}},
	); err != nil {
		return err
	}
	if c.Refused != nil {
		failed = len(c.Refused.Fields)
	}
	if failed > 0 {
		k.line(k.t("cli.db.refused", "count", strconv.Itoa(failed)))
		return c.Refused
	}
	k.line(k.t("cli.db.volume."+string(cmp.Or(c.Database.Driver, ha.DRBD)), "volume", c.Database.Volume, "device", c.Device))
	k.line(k.t("cli.db.ready", "count", strconv.Itoa(c.Changes)))
	return nil
}
