package cli

import (
	"context"
	"fmt"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// migrateCluster makes the cluster of a file on other machines: the cluster first, then its configuration, as one revision. At the end
// what came to be is compared with what was asked for.
func migrateCluster(ctx context.Context, k *call) error {
	if k.flag("file") == "" || k.flag("map") == "" {
		return fault.New(fault.Invalid, "cli.migrate_needs", "name the file with -f and the mapping with --map")
	}
	text, err := k.readFile(k.flag("file"))
	if err != nil {
		return err
	}
	mapping, err := k.readFile(k.flag("map"))
	if err != nil {
		return err
	}
	change, old, err := k.manifest(text)
	if err != nil {
		return err
	}
	var m api.Migration
	in := api.MigrationRequest{YAML: change.YAML, Files: change.Files, Mapping: string(mapping)}
	if in.Files, err = k.referred(mapping, in.Files); err != nil {
		return err
	}
	if err := k.do(ctx, "config.migrate", in, &m); err != nil {
		return err
	}
	if k.isSet("dry-run") {
		if k.output != "table" {
			return k.printData(m)
		}
		_, err := fmt.Fprint(k.env.Stdout, m.YAML)
		return err
	}
	if err := k.start(ctx, "cluster.create", m.Setup); err != nil {
		return err
	}
	k.args = map[string]string{"cluster": m.Cluster}
	if err := k.start(ctx, "config.apply", api.ManifestChange{YAML: m.YAML}); err != nil {
		return err
	}
	return k.compareMigrated(ctx, old, m)
}

// compareMigrated says what the new cluster has that was not asked for, or has not that was.
func (k *call) compareMigrated(ctx context.Context, old string, m api.Migration) error {
	var c api.ManifestComparison
	if err := k.do(ctx, "config.compare", api.ManifestFile{YAML: m.YAML}, &c); err != nil {
		return err
	}
	if len(c.Differences) == 0 {
		k.say("%s", k.t("cli.migrate.same", "old", old, "new", m.Cluster))
		return nil
	}
	k.say("%s", k.t("cli.migrate.differs", "old", old, "new", m.Cluster))
	return k.printDifferences(c.Differences)
}
