package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hawser/agent/assess"
	"hawser/agent/pacemaker"
	systemrun "hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/words"
)

func assessCommand(began *bool) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "assess FILE…",
		Short: "Say whether Hawser can manage a cluster's configuration (CIB) without losing anything of it",
		Long: "Say whether Hawser can manage a cluster's configuration (CIB) without losing anything of it: what it understands, what it\n" +
			"keeps untouched, and whether anything is different after it has been read, edited and written back. Works on copies;\n" +
			"neither the files nor a running cluster are touched. FILE - reads standard input.\n\n" +
			"Pacemaker's tools, where they are installed, judge as well: the decisions of the scheduler (crm_simulate) must stay the\n" +
			"same, and a change is written and taken back if this Pacemaker can write the file at all.\n\n" +
			"Exit codes: 0 loss-free, 1 something is lost in at least one file, 2 at least one file is not a CIB, or the command line is wrong.",
		Example: "  cibadmin --query | hawser-agent assess -\n  hawser-agent assess --json /var/lib/pacemaker/cib/cib.xml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			*began = true
			return assessAll(c, files, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func assessAll(c *cobra.Command, files []string, asJSON bool) error {
	out, w := c.OutOrStdout(), catalogue()
	a := assess.Assessor{Runner: systemrun.System{}, Now: time.Now()}
	reports, count := []assess.Report{}, map[string]int{}
	for i, name := range files {
		data, err := readBounded(c.InOrStdin(), name)
		if err != nil {
			return fault.New(fault.Invalid, "assess.file_unreadable", "read %s: %w", name, err).With("file", name, "why", err.Error())
		}
		r, err := a.File(c.Context(), name, data)
		if err != nil {
			return fmt.Errorf("assess %s: %w", name, err)
		}
		count[r.Verdict]++
		if r.Writable != nil && *r.Writable {
			count["writable"]++
		}
		if reports = append(reports, r); !asJSON {
			if i > 0 {
				fmt.Fprintln(out)
			}
			tell(out, w, r)
		}
	}
	switch {
	case asJSON:
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(map[string]any{"files": reports}); err != nil {
			return err
		}
	case len(files) > 1:
		fmt.Fprintln(out)
		fmt.Fprintln(out, w.Sentence("assess.summary", map[string]string{
			"count": fmt.Sprint(len(files)), "free": fmt.Sprint(count[assess.LossFree]), "lost": fmt.Sprint(count[assess.Lost]),
			"writable": fmt.Sprint(count["writable"]), "other": fmt.Sprint(count[assess.NotCIB]),
		}))
	}
	if n := count[assess.Lost]; n > 0 {
		return fault.New(fault.Failed, "assess.lost_in", "something is lost in %d files", n).With("count", fmt.Sprint(n))
	}
	if n := count[assess.NotCIB]; n > 0 {
		return fault.New(fault.Invalid, "assess.not_cib_in", "%d files are not CIBs", n).With("count", fmt.Sprint(n))
	}
	return nil
}

// readBounded reads a file, or standard input, up to what a CIB may have; one byte more lets the parser say that it is too much.
func readBounded(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, pacemaker.MaxBytes+1))
}

// tell prints a report for people.
func tell(out io.Writer, w words.Catalogue, r assess.Report) {
	say := func(key string, pairs ...string) string {
		args := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			args[pairs[i]] = pairs[i+1]
		}
		return w.Sentence(key, args)
	}
	fmt.Fprintf(out, "%s: %s\n", r.File, say("assess."+r.Verdict))
	if r.Why != nil {
		fmt.Fprintf(out, "  %s\n", w.Fault(r.Why))
	}
	if inv := r.Inventory; inv != nil {
		fmt.Fprintf(out, "  %s\n", say("assess.schema", "schema", or(inv.Schema, "-"), "features", or(inv.FeatureSet, "-")))
		line := func(key string, list []string) {
			if len(list) > 0 {
				fmt.Fprintf(out, "  %s\n", say(key, "list", strings.Join(list, say("assess.comma"))))
			}
		}
		line("assess.understood", counts(say, "assess.kind.", inv.Understood))
		line("assess.shown", inv.Shown)
		var kept []string
		for _, k := range inv.Kept {
			text := strings.TrimPrefix(k.Path, "configuration/")
			if k.ID != "" {
				text += "/" + k.ID
			}
			if k.Count > 1 {
				text += fmt.Sprintf(" ×%d", k.Count)
			}
			kept = append(kept, text)
		}
		line("assess.kept", kept)
		line("assess.old", counts(say, "assess.old.", inv.Old))
	}
	for _, k := range r.Checks {
		mark := map[string]string{assess.OK: "✓", assess.Skipped: "–", assess.Failed: "✗"}[k.Result]
		text := say("assess." + k.Name)
		switch {
		case k.Result == assess.Skipped: // the reason says it all
			text = w.Sentence(k.Reason, k.Args)
		case k.Reason != "":
			text += say("assess.colon") + w.Sentence(k.Reason, k.Args)
		}
		fmt.Fprintf(out, "  %s %s\n", mark, text)
	}
}

// counts writes how many there are of each kind, the most frequent first.
func counts(say func(string, ...string) string, prefix string, of map[string]int) []string {
	kinds := make([]string, 0, len(of))
	for kind := range of {
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(a, b)
	})
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s %d", say(prefix+kind), of[kind])
	}
	return kinds
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
