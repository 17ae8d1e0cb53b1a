package cluster_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
)

func quorumShown(t *testing.T, s *stage.Stage) api.QuorumShown {
	t.Helper()
	var q api.QuorumShown
	if err := s.JSON(t.Context(), &q, "quorum", "show", clusterName); err != nil {
		t.Fatal(err)
	}
	return q
}

// votesOf is what corosync itself says on a node: expected votes, total votes and quorum.
func votesOf(ctx context.Context, s *stage.Stage, node string) (string, error) {
	out, err := s.Exec(ctx, node, "corosync-quorumtool", "-s")
	if err != nil {
		return "", err
	}
	var list []string
	for line := range strings.Lines(string(out)) {
		name, value, found := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "Expected votes", "Total votes", "Quorum":
			if found {
				list = append(list, strings.TrimSpace(value))
			}
		}
	}
	return strings.Join(list, " "), nil
}

// TestQuorum changes votes on a running cluster: corosync counts them at once, and what the cluster survives is foreseen.
func TestQuorum(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	waitConnected(t, s, 30*time.Second, 0, 1)
	q := quorumShown(t, s)
	if q.Survives.Nodes != 1 || q.Survives.Of != 3 || !q.Quorate || len(q.Survives.Reasons) != 1 || q.Survives.Reasons[0].Code != "any" {
		t.Fatalf("got %+v", q.Survives)
	}
	var plan api.QuorumPlan
	if err := s.JSON(ctx, &plan, "quorum", "plan", clusterName, "--votes", "n1=3"); err != nil {
		t.Fatal(err)
	}
	if plan.Before.Nodes != 1 || plan.After.Nodes != 0 || plan.After.Reasons[0].Code != "some" {
		t.Errorf("foreseen: %+v", plan)
	}
	for _, c := range []struct {
		name string
		argv []string
		want string // expected votes, total votes, quorum
	}{
		{"votes", []string{"--votes", "n1=3"}, "5 5 3"},
		{"expected votes", []string{"--votes", "n1=1", "--expected", "5"}, "5 3 3"},
		{"as before", []string{"--expected", "0"}, "3 3 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := s.CLI(ctx, append([]string{"quorum", "edit", clusterName}, c.argv...)...); err != nil {
				t.Fatal(err)
			}
			for _, n := range s.Nodes() {
				if err := stage.Until(ctx, 20*time.Second, "votes on "+n, func(ctx context.Context) (bool, error) {
					got, err := votesOf(ctx, s, n)
					if err == nil && got != c.want {
						err = errors.New("votes are " + got + ", want " + c.want)
					}
					return err == nil, err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, c := range []struct {
		name string
		argv []string
		code int
		says string
	}{
		{"no votes at all", []string{"--votes", "n1=0", "--votes", "n2=0", "--votes", "n3=0"}, 2, "votes"},
		{"never quorate", []string{"--expected", "9"}, 2, "expectedVotes"},
		{"too easily quorate", []string{"--expected", "1"}, 2, "expectedVotes"},
		{"two_node with three", []string{"--two-node"}, 2, "twoNode"},
		{"last man without waiting", []string{"--last-man-standing"}, 2, "waitForAll"},
		{"unknown node", []string{"--votes", "n9=1"}, 2, "n9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.CLI(ctx, append([]string{"quorum", "edit", clusterName, "--lang", "en"}, c.argv...)...)
			exit, refused := errors.AsType[*stage.ExitError](err)
			if !refused || exit.Code != c.code || !strings.Contains(exit.Stderr, c.says) {
				t.Errorf("want exit status %d and %q, got %v", c.code, c.says, err)
			}
		})
	}
	if ok, err := connected(ctx, s, 0, 1); !ok {
		t.Error(err)
	}
}
