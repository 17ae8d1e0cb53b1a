package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// gatherFor is how long what happens is gathered before the time line is asked for again: an incident is many messages at once.
const gatherFor = time.Second

func (a *app) timelineCommand() *cobra.Command {
	return a.verb(verb{key: "timeline", args: []string{"cluster"}, flags: func(f *pflag.FlagSet) {
		f.Bool("follow", false, a.t("cli.flag.follow"))
		f.StringSlice("source", nil, a.t("cli.flag.timeline_source"))
		f.String("kind", "", a.t("cli.flag.event_kind"))
		f.String("severity", "", a.t("cli.flag.severity"))
		f.String("node", "", a.t("cli.flag.timeline_node"))
		f.String("resource", "", a.t("cli.flag.timeline_resource"))
		f.String("actor", "", a.t("cli.flag.timeline_actor"))
		f.String("text", "", a.t("cli.flag.timeline_text"))
		f.String("since", "", a.t("cli.flag.logs_since"))
		f.String("until", "", a.t("cli.flag.logs_until"))
		f.Int("limit", 50, a.t("cli.flag.limit"))
	}, run: func(ctx context.Context, k *call) error {
		limit, err := k.flags.GetInt("limit")
		if err != nil {
			return err
		}
		query, err := k.timelineQuery()
		if err != nil {
			return err
		}
		if k.isSet("follow") {
			return k.followTimeline(ctx, query, limit)
		}
		list, silent, err := k.timelinePart(ctx, query, limit)
		if err != nil {
			return err
		}
		if len(silent) > 0 {
			k.say("%s", k.t("cli.timeline.silent", "nodes", strings.Join(silent, ", ")))
		}
		return printList(k.app, list,
			column[api.TimelineEntry]{"time", func(e api.TimelineEntry) string { return clock(e.At) }},
			column[api.TimelineEntry]{"severity", func(e api.TimelineEntry) string { return k.t("cli.severity." + string(e.Severity)) }},
			column[api.TimelineEntry]{"source", func(e api.TimelineEntry) string { return k.t("timeline." + e.Source) }},
			column[api.TimelineEntry]{"actor", func(e api.TimelineEntry) string { return e.Actor }},
			column[api.TimelineEntry]{"what", k.entry},
		)
	}})
}

func (k *call) timelineQuery() (url.Values, error) {
	query := url.Values{}
	for _, name := range []string{"kind", "severity", "node", "resource", "actor", "text"} {
		if value := k.flag(name); value != "" {
			query.Set(name, value)
		}
	}
	if sources := k.list("source"); len(sources) > 0 {
		query.Set("source", strings.Join(sources, ","))
	}
	for _, name := range []string{"since", "until"} {
		at, err := k.moment(name)
		if err != nil {
			return nil, err
		}
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	return query, nil
}

// timelinePart returns the newest entries, and the nodes that did not say what they have decided.
func (k *call) timelinePart(ctx context.Context, query url.Values, limit int) (list []api.TimelineEntry, silent []string, err error) {
	list = []api.TimelineEntry{}
	for {
		query.Set("limit", strconv.Itoa(min(limit-len(list), 500)))
		var part api.Timeline
		if err := k.api.Do(ctx, client.Request{Route: "timeline.list", Path: k.path(), Query: query}, &part); err != nil {
			return nil, nil, err
		}
		list, silent = append(list, part.Items...), part.Silent
		if part.Next == "" || len(list) >= limit {
			query.Del("cursor")
			return list, silent, nil
		}
		query.Set("cursor", part.Next)
	}
}

// entry is a line of the time line in words.
func (k *call) entry(e api.TimelineEntry) string {
	switch {
	case e.Event != nil:
		return k.event(*e.Event)
	case e.Decision != nil:
		return k.decision(*e.Decision)
	case e.Revision != nil:
		text := k.t("timeline.changed_outside", "revision", strconv.Itoa(e.Revision.Number))
		if e.Revision.Origin == "hawser" {
			text = k.revisionAction(*e.Revision)
		}
		var what []string
		for _, d := range e.Revision.Differences {
			if one := strings.TrimSpace(d.ID + " " + d.Field); !slices.Contains(what, one) {
				what = append(what, one)
			}
		}
		return strings.TrimSpace(text + " " + strings.Join(what[:min(len(what), 5)], ", "))
	}
	text := e.Kind
	if key := "route." + e.Kind; k.words.Has(key) {
		text = k.t(key)
	}
	if e.Object != "" {
		text += " " + e.Object
	}
	switch {
	case e.Operation != nil && e.Operation.Fault != nil:
		text += " → " + k.t("cli.state."+e.Operation.State) + ": " + k.words.Fault(e.Operation.Fault)
	case e.Operation != nil:
		text += " → " + k.t("cli.state."+e.Operation.State)
	case e.Audit != nil && e.Audit.Outcome != "ok":
		text += " → " + k.t("timeline.refused")
	}
	return text
}

func (k *call) decision(d ha.Decision) string {
	var what []string
	for _, a := range d.Actions {
		text := strings.TrimSpace(k.t("whatif.action."+a.Kind) + " " + a.Resource)
		switch {
		case a.Resource == "":
			text += " " + a.To + a.From
		case a.From != "" && a.To != "" && a.From != a.To:
			text += " " + a.From + " → " + a.To
		case a.To+a.From != "":
			text += " (" + strings.TrimPrefix(a.To, a.From) + a.From + ")"
		}
		if a.Blocked {
			text += " (" + k.t("whatif.blocked") + ")"
		}
		what = append(what, strings.TrimSpace(text))
	}
	switch {
	case d.Unplayed:
		return k.t("timeline.unplayed", "node", d.Node, "input", d.Input)
	case len(what) == 0:
		return k.t("timeline.undecided", "node", d.Node, "input", d.Input)
	}
	return k.t("timeline.decided", "node", d.Node, "what", strings.Join(what, "; "))
}

// followTimeline prints the newest entries, oldest first, then each that comes, until it is stopped. The stream says that something
// happened; what, the time line says.
func (k *call) followTimeline(ctx context.Context, query url.Values, limit int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	happened := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		first := true
		cancel(k.listen(ctx, &first, func(m api.Live) error {
			if m.Topic == "hello" {
				first = false
			}
			if m.Topic == "hello" || m.Cluster == k.args["cluster"] {
				select {
				case happened <- struct{}{}:
				default:
				}
			}
			return nil
		}))
	}()
	defer func() { cancel(nil); <-ended }()
	seen := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-happened:
		}
		list, _, err := k.timelinePart(ctx, query, limit)
		if err != nil && ctx.Err() == nil {
			return err
		}
		slices.Reverse(list)
		next := map[string]bool{}
		for _, e := range list {
			key := e.ID
			if e.Operation != nil {
				key += e.Operation.State
			}
			if e.Decision != nil && e.Decision.Unplayed {
				continue // it comes once it is known
			}
			if next[key] = true; seen[key] {
				continue
			}
			if err := k.printEntry(e); err != nil {
				return err
			}
		}
		seen, limit = next, max(limit, catchUp)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(gatherFor):
		}
	}
}

// printEntry writes one entry on a line of its own, as JSON where that is asked for.
func (k *call) printEntry(e api.TimelineEntry) error {
	if k.output == "table" {
		_, err := fmt.Fprintf(k.env.Stdout, "%s  %s  %s  %s  %s\n", clock(e.At), k.t("cli.severity."+string(e.Severity)), k.t("timeline."+e.Source), e.Actor, k.entry(e))
		return err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	prefix := ""
	if k.output == "yaml" {
		prefix = "--- "
	}
	_, err = fmt.Fprintf(k.env.Stdout, "%s%s\n", prefix, raw)
	return err
}
