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
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// reconnectEvery is the pause between attempts to open a broken live stream again.
const reconnectEvery = time.Second

// catchUp is how many events are fetched after a break: more than happen in any break that a person waits through.
const catchUp = 200

func (a *app) eventCommands() *cobra.Command {
	flags := func(f *pflag.FlagSet) {
		f.String("kind", "", a.t("cli.flag.event_kind"))
		f.String("severity", "", a.t("cli.flag.severity"))
	}
	return a.group("event",
		verb{key: "event.list", args: []string{"cluster?"}, flags: func(f *pflag.FlagSet) {
			flags(f)
			f.Int("limit", 50, a.t("cli.flag.limit"))
			f.Duration("since", 0, a.t("cli.flag.since"))
		}, run: listEvents},
		verb{key: "event.watch", args: []string{"cluster?"}, flags: flags, run: watchEvents},
	)
}

// eventQuery is what the flags ask for.
func (k *call) eventQuery(limit int) url.Values {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	for name, value := range map[string]string{"cluster": k.args["cluster"], "kind": k.flag("kind"), "severity": k.flag("severity")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func listEvents(ctx context.Context, k *call) error {
	limit, err := k.flags.GetInt("limit")
	if err != nil {
		return err
	}
	query := k.eventQuery(limit)
	since, err := k.flags.GetDuration("since")
	if err != nil {
		return err
	}
	if since > 0 {
		query.Set("since", time.Now().UTC().Add(-since).Format(time.RFC3339))
	}
	list, err := client.All[api.Event](ctx, k.api, client.Request{Route: "event.list", Query: query}, limit)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.Event]{"time", func(e api.Event) string { return clock(e.At) }},
		column[api.Event]{"severity", func(e api.Event) string { return k.t("cli.severity." + string(e.Severity)) }},
		column[api.Event]{"cluster", func(e api.Event) string { return e.Cluster }},
		column[api.Event]{"what", k.event},
	)
}

func (k *call) event(e api.Event) string {
	text := e.Kind + " " + e.Object
	if key := "event." + e.Kind; k.words.Has(key) {
		text = k.words.Sentence(key, e.Args)
	}
	if by := e.Args[api.ArgSeenBy]; by != "" {
		return k.t("event.seen_by", "what", text, "by", by)
	}
	return text
}

// watchEvents prints events as they happen, until it is stopped. A broken stream is opened again, and what happened in between
// is fetched, so that no event is missing and none is told twice.
func watchEvents(ctx context.Context, k *call) error {
	if s := k.flag("severity"); s != "" && !slices.Contains(ha.Severities, ha.Severity(s)) {
		var f fault.Fields
		f.Add("severity", "field.one_of", "unknown severity", "value", s, "allowed", "info, warning, critical")
		return f.Err()
	}
	var last int64
	tell := func(e api.Event) error {
		if e.ID <= last {
			return nil
		}
		last = e.ID
		if !k.wanted(e) {
			return nil
		}
		return k.printEvent(e)
	}
	first := true
	return k.listen(ctx, &first, func(m api.Live) error {
		switch {
		case m.Topic == "hello":
			return k.catchUp(ctx, &last, &first, tell)
		case m.Event != nil:
			return tell(*m.Event)
		}
		return nil
	})
}

// listen hands on what the live stream says until it is stopped. A broken stream is opened again, unless it is the first.
func (k *call) listen(ctx context.Context, first *bool, handle func(api.Live) error) error {
	for {
		err := k.api.Live(ctx, handle)
		switch {
		case ctx.Err() != nil:
			return context.Canceled
		case fault.CodeOf(err) != fault.Unreachable, *first:
			return err
		}
		k.say("%s", k.t("cli.event.reconnecting"))
		select {
		case <-ctx.Done():
			return context.Canceled
		case <-time.After(reconnectEvery):
		}
	}
}

// wanted says whether the flags ask for an event, just as the server filters a list.
func (k *call) wanted(e api.Event) bool {
	if c := k.args["cluster"]; c != "" && e.Cluster != c {
		return false
	}
	if kind := k.flag("kind"); kind != "" {
		if prefix, all := strings.CutSuffix(kind, "*"); all && !strings.HasPrefix(e.Kind, prefix) || !all && e.Kind != kind {
			return false
		}
	}
	return e.Severity.AtLeast(ha.Severity(k.flag("severity")))
}

// catchUp fetches the newest events after the stream was opened. The first time they are history: only where it ends matters.
func (k *call) catchUp(ctx context.Context, last *int64, first *bool, tell func(api.Event) error) error {
	list, err := client.All[api.Event](ctx, k.api, client.Request{Route: "event.list", Query: url.Values{"limit": {strconv.Itoa(catchUp)}}}, catchUp)
	if err != nil {
		return err
	}
	if *first {
		*first = false
		for _, e := range list {
			*last = max(*last, e.ID)
		}
		return nil
	}
	slices.SortFunc(list, func(a, b api.Event) int { return int(a.ID - b.ID) })
	for _, e := range list {
		if err := tell(e); err != nil {
			return err
		}
	}
	return nil
}

// printEvent writes one event on a line of its own, as JSON where that is asked for.
func (k *call) printEvent(e api.Event) error {
	if k.output == "table" {
		_, err := fmt.Fprintf(k.env.Stdout, "%s  %s  %s  %s\n", clock(e.At), k.t("cli.severity."+string(e.Severity)), e.Cluster, k.event(e))
		return err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	prefix := ""
	if k.output == "yaml" {
		prefix = "--- "
	}
	_, err = fmt.Fprintf(k.env.Stdout, "%s%s\n", prefix, raw)
	return err
}
