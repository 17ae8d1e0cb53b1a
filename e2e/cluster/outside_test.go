package cluster_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

// TestOutsideChange has an administrator change the cluster behind the console's back, with pcs and with crm. It must be there
// within two seconds, as a revision from outside with its difference.
func TestOutsideChange(t *testing.T) {
	s := protected(t)
	for _, c := range []struct {
		tool string
		argv []string
		undo []string
	}{
		{"pcs", []string{"pcs", "property", "set", "cluster-recheck-interval=7min"}, []string{"pcs", "property", "set", "cluster-recheck-interval="}},
		{"crm", []string{"crm", "configure", "property", "pe-warn-series-max=1234"}, []string{"crm_attribute", "--name", "pe-warn-series-max", "--delete"}},
	} {
		t.Run(c.tool, func(t *testing.T) {
			before := newest(t, s)
			node := s.Nodes()[len(s.Nodes())-1]
			if _, err := s.Exec(t.Context(), node, c.argv...); err != nil {
				t.Fatal(err)
			}
			changed := time.Now()
			t.Cleanup(func() { _, _ = s.Exec(context.WithoutCancel(t.Context()), node, c.undo...) })
			var seen api.Revision
			if err := stage.Until(t.Context(), 10*time.Second, "a revision from outside", func(context.Context) (bool, error) {
				seen = newest(t, s)
				return seen.Number > before.Number, nil
			}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(changed); took > 2*time.Second {
				t.Errorf("seen after %s, want 2 s at most", took)
			}
			if seen.Origin != "outside" || seen.State != "applied" {
				t.Errorf("origin %s, state %s", seen.Origin, seen.State)
			}
			if len(seen.Differences) == 0 {
				t.Errorf("no difference in %+v", seen)
			}
		})
	}
}

func newest(t *testing.T, s *stage.Stage) api.Revision {
	t.Helper()
	var list []api.Revision
	if err := s.JSON(t.Context(), &list, "revision", "list", clusterName); err != nil {
		t.Fatal(err)
	}
	var newest api.Revision
	for _, r := range list {
		if r.Number > newest.Number {
			newest = r
		}
	}
	return newest
}

// TestRevert takes one change back and leaves a later one as it is.
func TestRevert(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	property := func(name string) string {
		var c stage.ClusterShown
		if err := s.JSON(ctx, &c, "cluster", "show", clusterName); err != nil {
			t.Fatal(err)
		}
		if c.Config == nil {
			t.Fatal("no configuration")
		}
		return c.Config.Properties[name]
	}
	set := func(name, value string) int {
		if _, err := s.CLI(ctx, "cluster", "properties", clusterName, name+"="+value); err != nil {
			t.Fatal(err)
		}
		r := newest(t, s)
		if r.Origin != "hawser" || r.Author != "admin" {
			t.Errorf("our own change is told as %s's, from %s", r.Author, r.Origin)
		}
		return r.Number
	}
	first := set("stop-all-resources", "false")
	set("pe-error-series-max", "77")
	if _, err := s.CLI(ctx, "revision", "revert", clusterName, fmt.Sprint(first)); err != nil {
		t.Fatal(err)
	}
	if err := stage.Until(ctx, 10*time.Second, "reverted", func(context.Context) (bool, error) {
		return property("stop-all-resources") == "", nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := property("pe-error-series-max"); got != "77" {
		t.Errorf("the later change became %q", got)
	}
}
