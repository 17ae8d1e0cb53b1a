package reconcile

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// sinceMost bounds how much of what others have changed a refusal tells.
const sinceMost = 20

// explained tells whoever comes too late whose change came first, and what it was: the revisions since the configuration that they had
// seen. Own is their operation, which has changed nothing.
func (e *Engine) explained(ctx context.Context, cluster string, seen *ha.Version, own string, err error) error {
	p := fault.Public(err)
	if p == nil || seen == nil || p.Reason != "config.stale" && p.Reason != "config.moved_on" {
		return err
	}
	list, readErr := e.since(ctx, cluster, *seen, own)
	if readErr != nil {
		e.o.Log.Warn("revisions not read", "cluster", cluster, "err", readErr)
		return err
	}
	if len(list) == 0 {
		return err
	}
	var authors []string
	told := *p
	told.Fields = slices.Clone(p.Fields)
	for _, r := range list {
		if !slices.Contains(authors, r.Author) {
			authors = append(authors, r.Author)
		}
		for _, d := range r.Differences {
			if len(told.Fields) == sinceMost {
				break
			}
			told.Fields = append(told.Fields, sinceField(r, d))
		}
	}
	first := list[0]
	told.Reason, told.Message = "config.changed_since", "the configuration has been changed since it was seen"
	args := map[string]string{
		"author": first.Author, "authors": strings.Join(authors, ", "), "revision": strconv.Itoa(first.Number), "count": strconv.Itoa(len(list)),
		"object": first.Object, "action": first.Action,
	}
	for k, v := range p.Args {
		args[k] = v
	}
	told.Args = args
	return &told
}

// sinceField is one difference that somebody else has made.
func sinceField(r api.Revision, d ha.Difference) fault.Field {
	what := strings.TrimSpace(d.Object + " " + d.ID)
	if d.Field != "" {
		what += " " + d.Field
	}
	return fault.Field{
		Path: "revisions[" + strconv.Itoa(r.Number) + "]", Reason: "config.since_" + d.Change, Message: "revision " + strconv.Itoa(r.Number) + " by " + r.Author + ": " + what,
		Args: map[string]string{"revision": strconv.Itoa(r.Number), "author": r.Author, "what": what, "before": d.Before, "after": d.After},
	}
}

// since returns the revisions that were applied after a configuration, oldest first.
func (e *Engine) since(ctx context.Context, cluster string, seen ha.Version, own string) ([]api.Revision, error) {
	latest, err := e.o.Store.LatestRevision(ctx, cluster)
	if err != nil {
		return nil, err
	}
	var list []api.Revision
	for n := latest.Number; n > 0 && n > latest.Number-spansKept; n-- {
		r, _, err := e.o.Store.Revision(ctx, cluster, n)
		if fault.CodeOf(err) == fault.NotFound || err == nil && (r.State != revisionApplied || r.Operation == own && own != "") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !later(r.Version, seen) {
			break
		}
		list = append(list, r)
	}
	slices.Reverse(list)
	return list, nil
}
