package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

// cibHas says whether the CIB, as a node has it, contains a text.
func cibHas(t *testing.T, s *stage.Stage, text string) bool {
	t.Helper()
	out, err := s.Exec(t.Context(), s.Nodes()[0], "cibadmin", "--query", "--scope", "configuration")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(out), text)
}

// TestRelations does with real nodes what is done daily with resources and their relations: start and stop by a tag, a promotable
// clone, a member out of a group, a ban, a move for a time.
func TestRelations(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	do := func(argv ...string) {
		t.Helper()
		if _, err := s.CLI(ctx, argv...); err != nil {
			t.Fatalf("hawser %s: %v", strings.Join(argv, " "), err)
		}
	}
	on := func(id string) []string {
		t.Helper()
		r, err := s.Resource(ctx, clusterName, id)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(r.Nodes)
		return r.Nodes
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		for _, id := range []string{"rel", "rel-b", "solo", "st-clone"} {
			_, _ = s.CLI(ctx, "resource", "delete", clusterName, id, "--yes")
		}
	})
	const dummy = "ocf:pacemaker:Dummy"
	file := "resource:\n  id: rel\n  kind: group\n  meta: {resource-stickiness: \"1\"}\n  members:\n  - {id: rel-a, kind: primitive, agent: '" + dummy + "'}\n  - {id: rel-b, kind: primitive, agent: '" + dummy + "'}\n"
	if _, err := s.CLIInput(ctx, []byte(file), "resource", "create", clusterName, "--file", "-"); err != nil {
		t.Fatal(err)
	}
	do("resource", "create", clusterName, "solo", dummy)
	do("resource", "create", clusterName, "st", "ocf:pacemaker:Stateful", "--promotable")
	r, err := s.Resource(ctx, clusterName, "st-clone")
	if err != nil || len(r.Nodes) != len(s.Nodes()) || r.Role != "Promoted" {
		t.Errorf("the promotable clone is %s on %v, err %v", r.Role, r.Nodes, err)
	}

	do("tag", "create", clusterName, "office", "--resource", "rel,solo")
	do("tag", "stop", clusterName, "office")
	if a, b := on("rel-a"), on("solo"); len(a)+len(b) != 0 {
		t.Errorf("stopped by their tag they run on %v and %v", a, b)
	}
	var op api.Operation
	if err := s.JSON(ctx, &op, "tag", "start", clusterName, "office"); err != nil {
		t.Fatal(err)
	}
	results := 0
	for _, step := range op.Steps {
		if step.Name == "result" && step.State == "done" {
			results++
		}
	}
	if results != 2 || len(on("rel-b")) != 1 || len(on("solo")) != 1 {
		t.Errorf("%d results, rel-b on %v, solo on %v", results, on("rel-b"), on("solo"))
	}

	home := on("rel-a")[0]
	do("constraint", "create", clusterName, "location", "--id", "rel-home", "--resource", "rel", "--node", home, "--score", "1")
	do("constraint", "create", clusterName, "order", "--id", "rel-order", "--first", "solo", "--then", "rel")
	do("resource", "place", clusterName, "rel-b")
	if !cibHas(t, s, `id="rel-home"`) || !cibHas(t, s, `id="rel-order"`) {
		t.Error("a constraint of the group has gone with its member")
	}
	if len(on("rel-b")) != 1 || len(on("rel-a")) != 1 {
		t.Errorf("rel-a on %v, rel-b on %v", on("rel-a"), on("rel-b"))
	}
	if _, err := s.CLI(ctx, "constraint", "create", clusterName, "order", "--first", "rel", "--then", "solo"); err == nil {
		t.Error("a circle of orders is taken")
	} else if exit, ok := errors.AsType[*stage.ExitError](err); !ok || !strings.Contains(exit.Stderr, "solo → rel-a → solo") && !strings.Contains(exit.Stderr, "rel-a → solo → rel-a") {
		t.Errorf("a circle of orders: %v", err)
	}

	do("resource", "ban", clusterName, "rel", home, "--yes")
	if got := on("rel-a"); len(got) != 1 || got[0] == home || !cibHas(t, s, `id="hawser-ban-rel-on-`+home+`"`) {
		t.Errorf("banned from %s it is on %v", home, got)
	}
	do("resource", "clear", clusterName, "rel")
	if cibHas(t, s, "hawser-ban-rel") {
		t.Error("the ban is still there")
	}

	target := s.Nodes()[slices.IndexFunc(s.Nodes(), func(n string) bool { return !slices.Contains(on("rel-a"), n) })]
	do("resource", "move", clusterName, "rel", target, "--lifetime", "15s")
	if got := on("rel-a"); len(got) != 1 || got[0] != target || !cibHas(t, s, `id="hawser-move-rel"`) {
		t.Errorf("moved to %s for a time it is on %v", target, got)
	}
	if err := stage.Until(ctx, time.Minute, "the expired constraint is removed", func(context.Context) (bool, error) {
		if cibHas(t, s, "hawser-move-rel") {
			return false, fmt.Errorf("it is still there")
		}
		return true, nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.WaitIdle(ctx, clusterName); err != nil { // the server's own change, which has removed it
		t.Fatal(err)
	}

	do("node", "utilization", clusterName, home, "memory=1024")
	do("node", "attribute", clusterName, home, "rack=a1")
	do("attributes", "create", clusterName, "meta", "--resource", "solo", "--rule", "rack eq a1 and date-spec hours=0-23", "priority=5")
	if !cibHas(t, s, `name="memory" value="1024"`) || !cibHas(t, s, `name="rack" value="a1"`) || !cibHas(t, s, `hours="0-23"`) {
		t.Error("attributes, utilization or a rule have not come to the nodes")
	}
	do("node", "utilization", clusterName, home, "--unset", "memory")
	do("node", "attribute", clusterName, home, "--unset", "rack")
	do("tag", "delete", clusterName, "office", "--yes")
}
