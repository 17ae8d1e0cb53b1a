package reconcile

import (
	"context"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// mending makes the changes that a finding names. What is found is looked at again at this moment: the finding that somebody saw
// may be gone, or need another change by now.
var mending = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		if _, err := e.editable(m); err != nil {
			return err
		}
		r := m.Request
		list, err := e.Findings(ctx, r.Actor, r.Cluster)
		if err != nil {
			return err
		}
		f, found := ha.FindFinding(list, r.Finding, r.Object)
		switch {
		case !found:
			return fault.New(fault.NotFound, "check.not_found", "no finding %s about %s", r.Finding, r.Object).With("code", r.Finding, "object", shownObject(r.Object))
		case len(f.Fix) == 0:
			return fault.New(fault.Conflict, "check.no_fix", "finding %s about %s cannot be mended by itself", r.Finding, r.Object).
				With("code", r.Finding, "object", shownObject(r.Object))
		}
		m.Edits = f.Fix
		return e.rehearse(ctx, m)
	},
	plan: editing(nil).plan,
}

// shownObject stands for the cluster as a whole where a finding is about no object of it.
func shownObject(object string) string {
	if object == "" {
		return "–"
	}
	return object
}
