package reconcile

import (
	"fmt"

	"hawser/internal/ha"
	"hawser/server/fleet"
)

// editDefaults sets and removes what holds for every resource and for every operation.
func editDefaults(m *memo, _ fleet.Known) ([]ha.Edit, error) {
	r := m.Request
	f := fields(ha.ValidateDefaults(r.Set, r.OpSet), "")
	var edits []ha.Edit
	for _, part := range []struct {
		path  string
		op    ha.EditOp
		set   map[string]string
		unset []string
	}{
		{"resource", ha.SetResourceDefault, r.Set, r.Unset},
		{"operation", ha.SetOpDefault, r.OpSet, r.OpUnset},
	} {
		for i, name := range part.unset {
			if _, both := part.set[name]; both {
				f.Add(fmt.Sprintf("%s.unset[%d]", part.path, i), "properties.both", "is set and removed at once", "name", name)
			}
		}
		if len(part.set)+len(part.unset) > 0 {
			edits = append(edits, ha.Edit{Op: part.op, Values: part.set, Unset: part.unset})
		}
	}
	if len(edits) == 0 {
		f.Add("resource", "field.required", "missing")
	}
	return edits, f.Err()
}
