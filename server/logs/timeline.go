package logs

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/words"
)

// Kept is what the store has of a cluster, source by source.
type Kept interface {
	// Timeline returns what happened before until and not before since, newest first, at most limit.
	Timeline(ctx context.Context, cluster, source string, since, until time.Time, limit int) ([]api.TimelineEntry, error)
}

// Decider tells what Pacemaker has decided, and which nodes did not say.
type Decider interface {
	Decisions(ctx context.Context, actor, cluster string, since, until time.Time, limit int) ([]ha.Decision, []string, error)
}

// Timeline is what happened to a cluster, merged: events, what people did, what Pacemaker decided.
type Timeline struct {
	Kept    Kept
	Decider Decider
	Picture Picture
}

// sources are all that a time line has, in the order in which what happened at one moment is listed: a person does something, Pacemaker
// decides, then it is seen.
var sources = []string{api.FromEvent, api.FromDecision, api.FromRevision, api.FromOperation, api.FromAudit}

const (
	// batch is how much is read of a source at a time, scanned how much is looked through for one answer.
	batch   = 200
	scanned = 4000
	// mostDecisions bounds what is asked of nodes for one answer.
	mostDecisions = 200
)

// Show returns a part of the time line. Audit says whether the caller may see the audit log.
func (t *Timeline) Show(ctx context.Context, actor, cluster string, q api.TimelineQuery, audit bool) (api.Timeline, error) {
	if _, err := t.Picture.Known(cluster); err != nil {
		return api.Timeline{}, err
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Until.After(q.Since) {
		var f fault.Fields
		f.Add("until", "logs.backwards", "the span ends before it begins")
		return api.Timeline{}, f.Err()
	}
	from, err := readPosition(q.Cursor)
	if err != nil {
		return api.Timeline{}, err
	}
	out := api.Timeline{Items: []api.TimelineEntry{}}
	var streams []*stream
	for _, source := range sources {
		if len(q.Source) > 0 && !slices.Contains(q.Source, source) || source == api.FromAudit && !audit || source == api.FromDecision && q.Actor != "" {
			continue
		}
		streams = append(streams, &stream{t: t, source: source, actor: actor, cluster: cluster, since: q.Since, until: q.Until, from: from, silent: &out.Silent})
	}
	limit := cmp.Or(q.Limit, 100)
	wanted := newFilter(q)
	var last api.TimelineEntry
	for range scanned {
		e, err := newest(ctx, streams)
		if err != nil {
			return api.Timeline{}, err
		}
		if e == nil {
			return out, nil
		}
		last = *e
		if wanted.has(*e) {
			if out.Items = append(out.Items, *e); len(out.Items) == limit {
				break
			}
		}
	}
	if e, err := peek(ctx, streams); err != nil || e == nil {
		return out, err
	}
	out.Next = position{last.At, last.Source, last.ID}.String()
	return out, nil
}

// position is a place on the time line: after an entry.
type position struct {
	at         time.Time
	source, id string
}

func (p position) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.at.UnixMicro(), 10) + " " + p.source + " " + p.id))
}

func readPosition(cursor string) (*position, error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(raw), " ", 3)
	if err == nil && len(parts) == 3 && slices.Contains(sources, parts[1]) {
		if micros, err := strconv.ParseInt(parts[0], 10, 64); err == nil {
			return &position{time.UnixMicro(micros).UTC(), parts[1], parts[2]}, nil
		}
	}
	var f fault.Fields
	f.Add("cursor", "cursor.invalid", "is no cursor of this list")
	return nil, f.Err()
}

// order says which of two entries is newer: below 0 where a is.
func order(a, b api.TimelineEntry) int {
	return cmp.Or(
		cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()),
		cmp.Compare(slices.Index(sources, a.Source), slices.Index(sources, b.Source)),
		cmp.Compare(b.ID, a.ID),
	)
}

// stream is what is left of one source.
type stream struct {
	t                      *Timeline
	source, actor, cluster string
	since, until           time.Time
	from                   *position
	silent                 *[]string

	read []api.TimelineEntry
	done bool
}

// fill reads on where nothing is left. What comes at or after the position has been told before.
func (s *stream) fill(ctx context.Context) error {
	for len(s.read) == 0 && !s.done {
		until := s.until
		if s.from != nil { // what happened in that very microsecond may be left
			if after := s.from.at.Add(time.Microsecond); until.IsZero() || after.Before(until) {
				until = after
			}
		}
		list, err := s.more(ctx, until)
		if err != nil {
			return err
		}
		s.done = len(list) < batch
		if s.from != nil {
			here := api.TimelineEntry{At: s.from.at, Source: s.from.source, ID: s.from.id}
			list = slices.DeleteFunc(list, func(e api.TimelineEntry) bool { return order(e, here) <= 0 })
		}
		if len(list) == 0 { // as many in one microsecond are not there
			s.done = true
		}
		s.read = list
	}
	return nil
}

func (s *stream) more(ctx context.Context, until time.Time) ([]api.TimelineEntry, error) {
	if s.source != api.FromDecision {
		return s.t.Kept.Timeline(ctx, s.cluster, s.source, s.since, until, batch)
	}
	decisions, silent, err := s.t.Decider.Decisions(ctx, s.actor, s.cluster, s.since, until, mostDecisions)
	if err != nil {
		return nil, err
	}
	*s.silent = silent
	var list []api.TimelineEntry
	for _, d := range decisions {
		list = append(list, api.TimelineEntry{ID: "decision-" + d.Node + "-" + strconv.FormatInt(d.At.UnixMicro(), 10) + "-" + d.Input, At: d.At, Source: s.source, Severity: d.Severity(), Kind: "decision", Object: d.Node, Decision: &d})
	}
	slices.SortFunc(list, order)
	return list, nil
}

// take takes the next entry off.
func (s *stream) take() api.TimelineEntry {
	e := s.read[0]
	s.read = s.read[1:]
	s.from = &position{e.At, e.Source, e.ID}
	return e
}

// peek returns the newest entry that is left, nil where there is none.
func peek(ctx context.Context, streams []*stream) (*stream, error) {
	var first *stream
	for _, s := range streams {
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
		if len(s.read) > 0 && (first == nil || order(s.read[0], first.read[0]) < 0) {
			first = s
		}
	}
	return first, nil
}

func newest(ctx context.Context, streams []*stream) (*api.TimelineEntry, error) {
	s, err := peek(ctx, streams)
	if s == nil || err != nil {
		return nil, err
	}
	e := s.take()
	return &e, nil
}

// filter says which entries are wanted.
type filter struct {
	api.TimelineQuery
	prefix     string
	anyOf      bool
	text       string
	catalogues []words.Catalogue
}

func newFilter(q api.TimelineQuery) filter {
	f := filter{TimelineQuery: q, text: strings.ToLower(strings.TrimSpace(q.Text))}
	f.prefix, f.anyOf = strings.CutSuffix(q.Kind, "*")
	for _, language := range words.Languages {
		f.catalogues = append(f.catalogues, words.For(language))
	}
	return f
}

func (f filter) has(e api.TimelineEntry) bool {
	switch {
	case f.Kind != "" && (f.anyOf && !strings.HasPrefix(e.Kind, f.prefix) || !f.anyOf && e.Kind != f.Kind),
		f.Severity != "" && !e.Severity.AtLeast(ha.Severity(f.Severity)),
		f.Actor != "" && e.Actor != f.Actor,
		f.Node != "" && !concerns(e, f.Node),
		f.Resource != "" && !concerns(e, f.Resource):
		return false
	}
	return f.text == "" || f.says(e)
}

// concerns says whether an entry is about a node or resource of that name.
func concerns(e api.TimelineEntry, name string) bool {
	if slices.Contains(strings.FieldsFunc(e.Object, func(r rune) bool { return r == '/' || r == '|' }), name) {
		return true
	}
	switch {
	case e.Decision != nil:
		return e.Decision.Concerns(name)
	case e.Event != nil:
		for _, value := range e.Event.Args {
			if value == name {
				return true
			}
		}
	case e.Revision != nil:
		return slices.ContainsFunc(e.Revision.Differences, func(d ha.Difference) bool { return d.ID == name })
	}
	return false
}

// says looks for the text in what a person reads, in either language, and in all names.
func (f filter) says(e api.TimelineEntry) bool {
	parts := []string{e.Kind, e.Object, e.Actor}
	for _, c := range f.catalogues {
		switch {
		case e.Event != nil:
			parts = append(parts, c.Sentence("event."+e.Kind, e.Event.Args))
		case e.Decision != nil:
			for _, a := range e.Decision.Actions {
				parts = append(parts, c.Sentence("whatif.action."+a.Kind, nil)+" "+a.Resource, a.From, a.To, a.Reason)
			}
			parts = append(parts, e.Decision.Input)
		default:
			parts = append(parts, c.Sentence("route."+e.Kind, nil))
		}
	}
	if e.Event != nil {
		for _, value := range e.Event.Args {
			parts = append(parts, value)
		}
	}
	if e.Operation != nil && e.Operation.Fault != nil {
		for _, c := range f.catalogues {
			parts = append(parts, c.Fault(e.Operation.Fault))
		}
	}
	if e.Revision != nil {
		for _, d := range e.Revision.Differences {
			parts = append(parts, d.ID, d.Field, d.Before, d.After)
		}
	}
	return strings.Contains(strings.ToLower(strings.Join(parts, "\n")), f.text)
}
