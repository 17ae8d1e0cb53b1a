package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// databaseStart is how long a database may take until it answers for the first time: its own start has 600 s.
const databaseStart = 12 * time.Minute

// createDatabase makes a database a protected service, in stages: directory, volume, file system, certificates, and last the resources with
// their relations, as one patch. Each is taken back where a later one fails; what is there already is left as it is.
var createDatabase = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		k, err := e.editable(m)
		if err != nil {
			return err
		}
		found, p, err := e.examineDatabase(ctx, m.Request.Actor, k, *m.Request.Database)
		if err != nil {
			return err
		}
		if found.Refused != nil {
			return found.Refused
		}
		if found.Changes == 0 {
			return fault.New(fault.Conflict, "database.so_already", "%s is so already", p.Database.Name).With("service", p.Database.Name)
		}
		m.Request.Database, m.Databases = nil, []databasePlan{p}
		m.Edits = slices.Concat(p.Run, p.Edits)
		return e.rehearse(ctx, m)
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) { return makeDatabase(m.Node, m.Databases[0]), nil },
}

// makeDatabase are the stages of one database. Node is asked for what concerns the cluster as a whole.
func makeDatabase(node string, p databasePlan) []stage {
	d, v := p.Database, p.Volume
	args := map[string]string{"service": d.Name, "volume": v.Name, "driver": string(v.Driver)}
	var stages []stage
	if p.Fresh {
		stages = append(stages, eachSide(p, "service_directory", args,
			func(ctx context.Context, j *job, s *spot, node string) error {
				a := j.to(node, wire.PrepareService, wire.PrepareServiceArgs{Directory: d.Directory})
				a.timeout = filesTime
				var out wire.PrepareServiceOutput
				_, err := j.send(ctx, s, a, &out)
				if err == nil && out.Made {
					j.carry(carriedDirectory(d.Name, node), []byte(d.Directory))
				}
				return err
			},
			func(ctx context.Context, j *job, s *spot, node string) error {
				if j.carried(carriedDirectory(d.Name, node)) == nil {
					return nil // it was there before
				}
				return j.forNode(ctx, s, node, wire.PrepareService, wire.PrepareServiceArgs{Directory: d.Directory, Remove: true})
			}))
	}
	if p.New != nil {
		stages = append(stages, makeVolume(*p.New)...)
	}
	if len(p.Run) > 0 {
		stages = append(stages, stage{{
			name: "edit", node: node,
			do:   func(ctx context.Context, j *job, s *spot) error { return j.revise(ctx, s, node, p.Run, nil) },
			undo: func(ctx context.Context, j *job, s *spot) error { return j.unmake(ctx, s, ha.VolumeClone(v.Name)) },
		}})
	}
	if p.Fresh {
		stages = append(stages, stage{promotedStep(volumePlan{Volume: v})}, stage{{
			name: "service_format", args: map[string]string{"volume": v.Name, "type": d.FileSystem},
			do: func(ctx context.Context, j *job, s *spot) error { return j.formatDatabase(ctx, s, p) },
		}})
	}
	if p.Source != "" {
		stages = append(stages, databaseCertificates(p, args)...)
	}
	if len(p.Edits) > 0 {
		edit := step{name: "service_edit", node: node, args: args, do: func(ctx context.Context, j *job, s *spot) error {
			return j.revise(ctx, s, node, p.Edits, nil)
		}}
		if p.Fresh {
			edit.undo = func(ctx context.Context, j *job, s *spot) error { return j.unmake(ctx, s, d.Name) }
		}
		stages = append(stages, stage{edit})
	}
	var members []string
	for _, r := range d.Group(nil, v.Device).Members {
		members = append(members, r.ID)
	}
	stages = append(stages, stage{{name: "service_started", node: node, args: args, do: func(ctx context.Context, j *job, s *spot) error {
		a := j.to(node, wire.Settle, wire.SettleArgs{Started: members})
		a.timeout = databaseStart
		_, err := j.send(ctx, s, a, nil)
		return err
	}}})
	if p.Source != "" {
		stages = append(stages, eachSide(p, "service_settle", args, func(ctx context.Context, j *job, s *spot, node string) error {
			return j.leftBehind(ctx, node, j.forNode(ctx, s, node, wire.SettleCertificates, wire.SettleCertificatesArgs{Dir: d.CertificatesDir()}))
		}, nil))
	}
	return stages
}

// eachSide is a stage with a step for each node of a database.
func eachSide(p databasePlan, name string, args map[string]string, do, undo func(context.Context, *job, *spot, string) error) stage {
	var all stage
	for _, node := range p.Database.Nodes() {
		one := step{name: name, node: node, args: args, do: func(ctx context.Context, j *job, s *spot) error { return do(ctx, j, s, node) }}
		if undo != nil {
			one.undo = func(ctx context.Context, j *job, s *spot) error { return undo(ctx, j, s, node) }
		}
		all = append(all, one)
	}
	return all
}

// carriedDirectory is there in memo.Carried where the directory of the service of that name was made on a node.
func carriedDirectory(service, node string) string { return "directory/" + service + "/" + node }

// carriedCertificates is what the source has made for the service of that name, in memo.Carried.
func carriedCertificates(service string) string { return "certificates/" + service }

// databaseCertificates have one node make the certificates, and put them into place on all. The authority's key stays where it is.
func databaseCertificates(p databasePlan, args map[string]string) []stage {
	d := p.Database
	return []stage{
		{{name: "service_certificates", node: p.Source, args: args, do: func(ctx context.Context, j *job, s *spot) error {
			a := j.to(p.Source, wire.MakeCertificates, wire.MakeCertificatesArgs{Binary: d.Binary(), Dir: d.CertificatesDir(), CAKey: d.CAKey, Names: p.Names})
			a.timeout = checkTime
			var out wire.CertificatesOutput
			if _, err := j.send(ctx, s, a, &out); err != nil {
				return err
			}
			data, err := json.Marshal(out.Files)
			if err != nil {
				return fmt.Errorf("encode certificates: %w", err)
			}
			j.carry(carriedCertificates(d.Name), data)
			return nil
		}}},
		eachSide(p, "service_install", args,
			func(ctx context.Context, j *job, s *spot, node string) error {
				var files map[string][]byte
				if err := json.Unmarshal(j.carried(carriedCertificates(d.Name)), &files); err != nil {
					return fmt.Errorf("read certificates: %w", err)
				}
				return j.forNode(ctx, s, node, wire.InstallCertificates, wire.InstallCertificatesArgs{Dir: d.CertificatesDir(), Files: files})
			},
			func(ctx context.Context, j *job, s *spot, node string) error {
				return j.forNode(ctx, s, node, wire.SettleCertificates, wire.SettleCertificatesArgs{Dir: d.CertificatesDir(), Restore: true})
			}),
	}
}

// formatDatabase makes the file system where the volume is Primary. A volume that was there before may have one already: it is kept.
func (j *job) formatDatabase(ctx context.Context, s *spot, p databasePlan) error {
	states, err := j.look(ctx, s, p.Volume)
	if err != nil {
		return err
	}
	on := primaries(states)
	if len(on) != 1 {
		return fault.New(fault.Failed, "volume.not_promoted", "%d sides of %s are Primary", len(on), p.Volume.Name).With("volume", p.Volume.Name, "count", fmt.Sprint(len(on)))
	}
	a := j.to(on[0], wire.VolumeFormat, wire.VolumeFormatArgs{Name: p.Volume.Name, Type: p.Database.FileSystem})
	a.timeout, a.nth = volumeTime, len(states)
	_, err = j.send(ctx, s, a, nil)
	if told := fault.Public(err); told != nil && p.New == nil && told.Args["carries"] == p.Database.FileSystem {
		return errSkip
	}
	return err
}
