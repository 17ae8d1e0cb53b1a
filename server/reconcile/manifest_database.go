package reconcile

import (
	"context"
	"encoding/json"
	"fmt"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// databasesOf works out what has to be done for the databases of a file; there is nothing of one that is so already. Made are the volumes
// that the file makes beside them.
func (e *Engine) databasesOf(ctx context.Context, actor string, k fleet.Known, d manifest.Document, made []volumePlan) ([]databasePlan, error) {
	var list []databasePlan
	var faults fault.Fields
	code := fault.Invalid
	seen := map[string]bool{}
	for i, want := range d.Databases {
		at := fmt.Sprintf("databases[%d].", i)
		if seen[want.Name] {
			faults.Add(at+"name", "resource.id_taken", "given twice", "id", want.Name)
			continue
		}
		seen[want.Name] = true
		found, p, err := e.examineDatabase(ctx, actor, k, want, made...)
		if err != nil {
			return nil, err
		}
		if found.Refused != nil {
			code = found.Refused.Code
			faults = append(faults, fields(found.Refused, at)...)
			continue
		}
		if found.Changes > 0 {
			list = append(list, p)
		}
		if p.New != nil {
			made = append(made, *p.New)
		}
	}
	return list, withCode(faults.Err(), code)
}

// difference is a database as the plan of a file tells it.
func (p databasePlan) difference() ha.Difference {
	d := ha.Difference{Object: "database", ID: p.Database.Name, Change: "changed", Field: "resources", After: fmt.Sprint(len(p.Edits))}
	if p.Fresh {
		d.Change, d.Field, d.After = "added", "", p.Volume.Device+" "+p.Database.Directory+" "+p.Database.Address
	}
	return d
}

// carriedEdit is the configuration before and after the edits of a file, in memo.Carried: the revision goes on to what comes after them.
const carriedEdit = "edit"

// carryEdit notes what the edits have made of the configuration.
func (j *job) carryEdit(ctx context.Context) error {
	if j.memo.Revision == 0 {
		return nil // it was so already
	}
	_, bodies, err := j.e.o.Store.Revision(ctx, j.op.Cluster, j.memo.Revision)
	if err != nil {
		return err
	}
	data, err := json.Marshal(bodies)
	if err != nil {
		return fmt.Errorf("encode a revision: %w", err)
	}
	j.carry(carriedEdit, data)
	return nil
}

// unmakeEdit takes the edits of a file back, as a revert does: what somebody else has changed since stays, or is told.
func (j *job) unmakeEdit(ctx context.Context, s *spot) error {
	data := j.carried(carriedEdit)
	if data == nil {
		return nil
	}
	var bodies Bodies
	if err := json.Unmarshal(data, &bodies); err != nil {
		return fmt.Errorf("read a revision: %w", err)
	}
	a := j.to(j.memo.Node, wire.Revert, wire.RevertArgs{BeforeXML: bodies.Before, AfterXML: bodies.After})
	a.timeout = editTime
	return j.unmakeBy(ctx, s, a)
}
