package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// States and origins of revisions.
const (
	revisionPending = "pending"
	revisionApplied = "applied"
	revisionFailed  = "failed"
	originHawser    = "hawser"
	originOutside   = "outside"
)

// ownEdit is what commands of ours change in a cluster's configuration. As long as one is at work it cannot be told whether
// a configuration that an agent sends is ours; so it waits for the command's answer, which says from what to what it changed.
type ownEdit struct {
	working int
	waiting []foreign
	made    []span
}

// foreign is a configuration of which it is not known who made it.
type foreign struct{ from, to fleet.Configuration }

// span is a change of ours: every version after the first, up to the second.
type span struct {
	before, after ha.Version
	differences   []ha.Difference
	xml           string // the configuration after it
}

// spansKept is how many changes of ours are remembered, for agents that tell of a configuration late; of the last few what they
// changed too, which is megabytes at worst.
const (
	spansKept  = 32
	bodiesKept = 4
)

func later(a, b ha.Version) bool {
	return a.AdminEpoch > b.AdminEpoch || a.AdminEpoch == b.AdminEpoch && a.Epoch > b.Epoch
}

func (o *ownEdit) has(v ha.Version) bool {
	return slices.ContainsFunc(o.made, func(s span) bool { return later(v, s.before) && !later(v, s.after) })
}

// revised tells everybody of a revision.
func (e *Engine) revised(cluster string, r api.Revision) {
	e.o.Picture.Revised(cluster, r.Number)
	if e.o.Live != nil {
		e.o.Live.Publish(api.Live{Topic: "revision", Cluster: cluster, ID: strconv.Itoa(r.Number)})
	}
}

// whileEditing runs a command of ours that may change a cluster's configuration, and then looks at what came in meanwhile.
func (e *Engine) whileEditing(ctx context.Context, cluster string, do func() (*wire.EditOutput, error)) error {
	e.mu.Lock()
	o := e.edits[cluster]
	if o == nil {
		o = &ownEdit{}
		e.edits[cluster] = o
	}
	o.working++
	e.mu.Unlock()
	out, err := do()
	e.mu.Lock()
	if out != nil {
		for _, m := range out.Made {
			o.made = append(o.made, span{before: m.Before, after: m.After})
		}
		if !out.Before.SameConfig(out.After) {
			o.made = append(o.made, span{out.Before, out.After, out.Differences, out.AfterXML})
		}
		o.made = o.made[max(0, len(o.made)-spansKept):]
		for i := range max(0, len(o.made)-bodiesKept) {
			o.made[i].differences, o.made[i].xml = nil, ""
		}
	}
	o.working--
	var waiting []foreign
	if o.working == 0 {
		waiting, o.waiting = o.waiting, nil
	}
	waiting = slices.DeleteFunc(waiting, func(f foreign) bool { return o.has(f.to.Config.Version) })
	e.mu.Unlock()
	if n := len(waiting); n > 0 && len(ha.DiffConfig(*waiting[0].from.Config, *waiting[n-1].to.Config)) > 0 {
		for _, f := range waiting {
			if outsideErr := e.outside(ctx, cluster, f); outsideErr != nil {
				e.o.Log.Error("revision from outside was not kept", "cluster", cluster, "err", outsideErr)
			}
		}
	}
	return err
}

// Configured is told of every configuration that is newer than the last. It makes a revision "from outside" of what
// no command of ours has made.
func (e *Engine) Configured(ctx context.Context, cluster string, from, to fleet.Configuration, command string) error {
	if from.Config == nil || command != "" && e.ours(ctx, command) {
		return nil
	}
	f := foreign{from, to}
	e.mu.Lock()
	if o := e.edits[cluster]; o != nil {
		if o.has(to.Config.Version) {
			e.mu.Unlock()
			return nil
		}
		if o.working > 0 {
			o.waiting = append(o.waiting, f)
			e.mu.Unlock()
			return nil
		}
	}
	e.mu.Unlock()
	return e.outside(ctx, cluster, f)
}

// pacemakers are properties that Pacemaker's daemons write themselves, and the names under which they write.
var (
	pacemakersProperties = []string{"dc-version", "cluster-infrastructure", "cluster-name", "have-watchdog", "last-lrm-refresh"}
	pacemakersClients    = []string{"crmd", "pacemaker-controld", "attrd", "pacemaker-attrd", "pacemaker-fenced", "stonith-ng", "cib", "pacemaker-based"}
)

// outside records a change that somebody made past Hawser.
func (e *Engine) outside(ctx context.Context, cluster string, f foreign) error {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return err
	}
	own, err := e.between(ctx, cluster, f)
	if err != nil {
		return err
	}
	changed, before := ha.DiffConfig(*f.from.Config, *f.to.Config), f.from.XML
	for _, s := range own {
		changed, before = without(changed, s.differences), s.xml
	}
	differences := slices.DeleteFunc(changed, func(d ha.Difference) bool {
		if d.Object == "node" {
			// A node of ours that joins writes its own entry.
			joined := d.Change == "added" && slices.Contains(nodeNames(k.Setup), d.ID) &&
				!slices.ContainsFunc(f.from.Config.Nodes, func(n ha.NodeConfig) bool { return n.Name == d.ID })
			return joined || slices.Contains(pacemakersClients, f.to.Config.Client)
		}
		return d.Object == "property" && slices.Contains(pacemakersProperties, d.ID)
	})
	if len(differences) == 0 {
		return nil
	}
	latest, err := e.o.Store.LatestRevision(ctx, cluster)
	if err != nil {
		return err
	}
	if latest.Number > 0 && latest.State == revisionApplied && latest.Version.SameConfig(f.to.Config.Version) {
		return nil // known already: the server ended between keeping the revision and keeping the configuration
	}
	r, err := e.o.Store.AddRevision(ctx, cluster, api.Revision{
		At: e.now(), Author: authorOf(*f.to.Config), Origin: originOutside, Action: originOutside, Object: objectOf(differences),
		State: revisionApplied, Version: f.to.Config.Version, Differences: differences,
	}, Bodies{Before: before, After: f.to.XML})
	if err != nil {
		return err
	}
	e.revised(cluster, r)
	return e.o.Picture.Note(ctx, fmt.Sprintf("%s/outside/%d", cluster, r.Number), api.Event{
		At: r.At, Cluster: cluster, Kind: string(ha.ConfigOutside), Severity: ha.Warning, Object: r.Object, Actor: r.Author,
		Args: map[string]string{"author": r.Author, "revision": strconv.Itoa(r.Number), "count": strconv.Itoa(len(differences))},
	})
}

// between returns the changes of ours that lie between two configurations, in order: an agent that told of ours and of
// somebody else's at once has told of both as one.
func (e *Engine) between(ctx context.Context, cluster string, f foreign) ([]span, error) {
	inside := func(v ha.Version) bool { return later(v, f.from.Config.Version) && !later(v, f.to.Config.Version) }
	var list []span
	latest, err := e.o.Store.LatestRevision(ctx, cluster)
	if err != nil {
		return nil, err
	}
	for n := latest.Number; n > 0 && n > latest.Number-spansKept; n-- {
		r, bodies, err := e.o.Store.Revision(ctx, cluster, n)
		if fault.CodeOf(err) == fault.NotFound || err == nil && r.State != revisionApplied {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !inside(r.Version) {
			break
		}
		list = append(list, span{after: r.Version, differences: r.Differences, xml: bodies.After})
	}
	e.mu.Lock()
	if o := e.edits[cluster]; o != nil {
		for _, s := range o.made { // its revision may not have been kept yet
			known := slices.ContainsFunc(list, func(l span) bool { return l.after.SameConfig(s.after) })
			if s.xml != "" && inside(s.after) && !known {
				list = append(list, s)
			}
		}
	}
	e.mu.Unlock()
	slices.SortFunc(list, func(a, b span) int {
		if later(a.after, b.after) {
			return 1
		}
		return -1
	})
	return list, nil
}

// without takes the differences that a change of ours made out of those between before it and some time after it. What was
// changed again, or back, since then stays, as different from what we had made of it.
func without(all, ours []ha.Difference) []ha.Difference {
	for _, d := range ours {
		i := slices.IndexFunc(all, func(x ha.Difference) bool { return x.Object == d.Object && x.ID == d.ID && x.Field == d.Field })
		switch {
		case i < 0: // changed back
			all = append(all, ha.Difference{Object: d.Object, ID: d.ID, Field: d.Field, Before: d.After, After: d.Before, Change: reversed[d.Change]})
		case all[i].After == d.After && (all[i].Change == "removed") == (d.Change == "removed"):
			all = slices.Delete(all, i, i+1)
		default:
			all[i].Before = d.After
			if all[i].Change == "added" {
				all[i].Change = "changed"
			}
		}
	}
	return all
}

var reversed = map[string]string{"added": "removed", "removed": "added", "changed": "changed"}

// authorOf says who made a change from outside, as far as the CIB knows.
func authorOf(c ha.Config) string {
	who := c.User
	if who == "" {
		who = "?"
	}
	if c.Origin != "" {
		who += "@" + c.Origin
	}
	if c.Client != "" {
		who += " (" + c.Client + ")"
	}
	return who
}

// objectOf names what a change is about, where it is about one thing.
func objectOf(list []ha.Difference) string {
	var ids []string
	for _, d := range list {
		if !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	if len(ids) > 3 {
		ids = append(ids[:3], "…")
	}
	return strings.Join(ids, ", ")
}

// edit changes the configuration without a revision of its own: as a part of something larger.
func (j *job) edit(ctx context.Context, s *spot, node string, edits []ha.Edit, expect *ha.Version) (*wire.EditOutput, error) {
	a := j.to(node, wire.EditConfig, wire.EditArgs{Edits: edits, Expect: expect, Wait: true})
	a.timeout = editTime
	return j.patch(ctx, s, a)
}

// patch sends a command that changes the configuration and tells what it changed, even where it went on to fail.
func (j *job) patch(ctx context.Context, s *spot, a ask) (out *wire.EditOutput, err error) {
	err = j.e.whileEditing(ctx, j.op.Cluster, func() (*wire.EditOutput, error) {
		var got wire.EditOutput
		told, err := j.send(ctx, s, a, &got)
		if told {
			out = &got
		}
		return out, err
	})
	if out != nil && out.State != nil {
		if seenErr := j.e.o.Picture.Observed(ctx, a.host, j.op.Cluster, *out.State, nil, ""); seenErr != nil && err == nil {
			err = seenErr
		}
	}
	return out, err
}

// revise changes the configuration as a revision: pending, then applied or failed.
func (j *job) revise(ctx context.Context, s *spot, node string, edits []ha.Edit, expect *ha.Version) error {
	a := j.to(node, wire.EditConfig, wire.EditArgs{Edits: edits, Expect: expect, KeepRunning: j.memo.keepRunning(), Wait: true})
	a.timeout = editTime
	return j.reviseBy(ctx, s, a, 0)
}

func (j *job) reviseBy(ctx context.Context, s *spot, a ask, reverts int) error {
	r, err := j.openRevision(ctx, reverts)
	if err != nil {
		return err
	}
	out, err := j.patch(ctx, s, a)
	if ctx.Err() != nil {
		return ctx.Err() // it stays pending, and is settled when the operation goes on
	}
	err = j.e.explained(ctx, j.op.Cluster, j.memo.Request.Version, j.op.ID, err)
	var bodies Bodies
	switch {
	case out != nil && r.State == revisionApplied && (len(out.Differences) == 0 || out.After == r.Version):
		return err // an earlier step of this operation has written it, and this one has nothing to add
	case out != nil && len(out.Differences) == 0:
		// It was so already: nothing has changed, so there is nothing to take back.
		j.change(func() { j.op.Revision, j.memo.Revision = 0, 0 })
		if dropErr := j.e.o.Store.DeleteRevision(ctx, j.op.Cluster, r.Number); dropErr != nil && err == nil {
			err = dropErr
		}
		return err
	case out != nil:
		bodies = Bodies{Before: out.BeforeXML, After: out.AfterXML}
		if r.State == revisionApplied { // by an earlier step: both are one revision, and are taken back as one
			_, earlier, err := j.e.o.Store.Revision(ctx, j.op.Cluster, r.Number)
			if err != nil {
				return err
			}
			bodies.Before, out.Differences = earlier.Before, append(slices.Clone(r.Differences), out.Differences...)
		}
		r.State, r.Version, r.Differences = revisionApplied, out.After, out.Differences
		if r.Object == "" {
			r.Object = objectOf(out.Differences)
		}
		if j.op.Kind == "node.remove" {
			bodies.Before = "" // it cannot be taken back: an entry alone is no node
		}
		r.Revertible = bodies.Before != ""
	default:
		r.State, r.Fault = revisionFailed, fault.Public(err)
		if err == nil {
			r.Fault = fault.New(fault.Internal, "internal", "the agent did not say what it changed")
			err = r.Fault
		}
	}
	if saveErr := j.e.o.Store.ChangeRevision(ctx, j.op.Cluster, r, bodies); saveErr != nil {
		if err == nil {
			err = saveErr
		}
		return err
	}
	j.e.revised(j.op.Cluster, r)
	return err
}

// openRevision makes the operation's revision, or finds the one that it made before the server was restarted.
func (j *job) openRevision(ctx context.Context, reverts int) (api.Revision, error) {
	latest, err := j.e.o.Store.LatestRevision(ctx, j.op.Cluster)
	if err != nil {
		return api.Revision{}, err
	}
	r := latest
	if latest.Number == 0 || latest.Operation != j.op.ID {
		r, err = j.e.o.Store.AddRevision(ctx, j.op.Cluster, api.Revision{
			At: j.e.now(), Author: j.op.Actor, Origin: originHawser, Action: j.op.Kind, Object: j.op.Object, State: revisionPending,
			Operation: j.op.ID, Differences: []ha.Difference{}, Reverts: reverts,
		}, Bodies{})
		if err != nil {
			return api.Revision{}, err
		}
	}
	j.change(func() { j.op.Revision, j.memo.Revision = r.Number, r.Number })
	j.e.revised(j.op.Cluster, r)
	return r, nil
}

// revert takes one revision back, whatever came after it, provided that nothing it touched has changed since.
var revert = kind{
	check: func(ctx context.Context, e *Engine, m *memo) error {
		if _, err := e.editable(m); err != nil {
			return err
		}
		r, bodies, err := e.o.Store.Revision(ctx, m.Request.Cluster, m.Request.Revision)
		if err != nil {
			return err
		}
		if r.State != revisionApplied || bodies.Before == "" || bodies.After == "" {
			return fault.New(fault.Conflict, "revision.not_revertible", "revision %d cannot be taken back", r.Number).
				With("revision", strconv.Itoa(r.Number), "state", r.State)
		}
		m.Request.Object = strconv.Itoa(r.Number)
		return nil
	},
	plan: func(_ *Engine, m *memo) ([]stage, error) {
		return []stage{{{name: "revert", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
			_, bodies, err := j.e.o.Store.Revision(ctx, j.op.Cluster, m.Request.Revision)
			if err != nil {
				return err
			}
			a := j.to(m.Node, wire.Revert, wire.RevertArgs{BeforeXML: bodies.Before, AfterXML: bodies.After})
			a.timeout = editTime
			return j.reviseBy(ctx, s, a, m.Request.Revision)
		}}}}, nil
	},
}

// Agents lists the resource agents that a cluster's nodes have.
func (e *Engine) Agents(ctx context.Context, actor, cluster string) ([]api.AgentName, error) {
	m := memo{Request: Request{Cluster: cluster}}
	if _, err := e.editable(&m); err != nil {
		return nil, err
	}
	var out wire.AgentsOutput
	if err := e.read(ctx, actor, m.Host, wire.Agents, wire.NoArgs{}, &out); err != nil {
		return nil, err
	}
	list := make([]api.AgentName, 0, len(out.Agents))
	for _, a := range out.Agents {
		list = append(list, api.AgentName{Agent: a})
	}
	return list, nil
}

// Metadata returns what an agent says of itself.
func (e *Engine) Metadata(ctx context.Context, actor, cluster, agent, language string) (ha.AgentMetadata, error) {
	m := memo{Request: Request{Cluster: cluster}}
	if _, err := e.editable(&m); err != nil {
		return ha.AgentMetadata{}, err
	}
	var out ha.AgentMetadata
	err := e.read(ctx, actor, m.Host, wire.Metadata, wire.MetadataArgs{Agent: agent, Language: language}, &out)
	return out, err
}
