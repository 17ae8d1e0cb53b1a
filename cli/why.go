package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"hawser/internal/ha"
)

func (a *app) whyCommand() *cobra.Command {
	return a.verb(verb{key: "why", args: []string{"cluster", "resource"}, run: explain})
}

func explain(ctx context.Context, k *call) error {
	var e ha.Explanation
	if err := k.do(ctx, "why.show", nil, &e); err != nil {
		return err
	}
	if k.output != "table" {
		return k.printData(e)
	}
	if len(e.Nodes) == 0 {
		k.line(k.t("why.stopped", "resource", e.Resource))
	} else {
		k.line(k.t("why.active", "resource", e.Resource, "nodes", strings.Join(e.Nodes, ", ")))
	}
	for _, c := range e.Causes {
		k.line(k.cause(c))
	}
	if m := e.Moved; m != nil {
		k.line("")
		k.line(k.t("why.moved."+m.Action, "time", clock(m.At), "resource", e.Resource, "from", m.From, "to", m.To))
		for _, c := range m.Causes {
			k.line(k.cause(c))
		}
	}
	if len(e.Elsewhere) == 0 {
		return nil
	}
	k.line("")
	return printList(k.app, e.Elsewhere,
		column[ha.NotThere]{"not_on", func(n ha.NotThere) string { return n.Node }},
		column[ha.NotThere]{"score", func(n ha.NotThere) string { return n.Score }},
		column[ha.NotThere]{"reason", func(n ha.NotThere) string {
			var list []string
			for _, c := range n.Causes {
				list = append(list, k.cause(c))
			}
			return strings.Join(list, " ")
		}},
	)
}

// cause is the sentence of a cause. What a constraint leaves open, a rule or a set says.
func (k *call) cause(c ha.Cause) string {
	args := map[string]string{}
	for name, value := range c.Args {
		if value == "" {
			value = "–"
		}
		args[name] = value
	}
	return k.words.Sentence("why."+c.Code, args)
}
