package cluster_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// TestRefusals gives the product bad input. Each must be refused with the exit status of its kind and a word that names what is
// wrong, and the configuration must be what it was.
func TestRefusals(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	a := func(node string, link int) string { return s.Address(node, link) }
	before := version(t, s)
	for _, c := range []struct {
		name string
		argv []string
		code int
		says string
	}{
		{"cluster name that corosync refuses", []string{"cluster", "create", "no spaces please", "--node", "n1=" + a("n1", 0)}, 2, "name"},
		{"node in another cluster", []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0)}, 4, clusterName},
		{"unknown host", []string{"cluster", "create", "second", "--node", "n9=10.99.1.99"}, 2, "nodes[0]"},
		// The host is in a cluster already, too: that decides the status, and both are told.
		{"address of no interface", []string{"cluster", "create", "second", "--node", "n1=10.99.99.99"}, 4, "addresses[0]"},
		{"eight links", []string{"cluster", "create", "second", "--node", "n1=10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8"}, 2, "addresses"},
		{"same address twice", []string{"cluster", "create", "second", "--node", "n1=" + a("n1", 0) + "," + a("n1", 0)}, 2, "addresses"},
		{"unknown agent", []string{"resource", "create", clusterName, "x", "ocf:heartbeat:NoSuchAgent"}, 2, "agent"},
		{"missing parameter", []string{"resource", "create", clusterName, "x", "ocf:heartbeat:IPaddr2"}, 2, "ip"},
		{"ID that is taken", []string{"resource", "create", clusterName, stage.Group, "ocf:heartbeat:Dummy"}, 4, stage.Group},
		{"ID that XML refuses", []string{"resource", "create", clusterName, "1st:resource", "ocf:heartbeat:Dummy"}, 2, "id"},
		{"unknown resource", []string{"resource", "stop", clusterName, "nobody"}, 3, "nobody"},
		{"unknown node", []string{"node", "standby", clusterName, "n9"}, 3, "n9"},
		{"unknown cluster", []string{"cluster", "show", "nowhere"}, 3, "nowhere"},
		{"destroy without the name", []string{"cluster", "destroy", clusterName, "--confirm", "wrong"}, 2, "confirm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.CLI(ctx, append(c.argv, "--lang", "en")...)
			exit, ok := errors.AsType[*stage.ExitError](err)
			if !ok {
				t.Fatalf("not refused: %v", err)
			}
			if exit.Code != c.code {
				t.Errorf("exit status %d, want %d: %s", exit.Code, c.code, exit.Stderr)
			}
			if !strings.Contains(exit.Stderr, c.says) {
				t.Errorf("does not name %q: %s", c.says, exit.Stderr)
			}
		})
	}
	if after := version(t, s); !after.SameConfig(before) {
		t.Errorf("the configuration went from %+v to %+v", before, after)
	}
}

// version is the CIB's version as Pacemaker itself tells it.
func version(t *testing.T, s *stage.Stage) ha.Version {
	t.Helper()
	var c stage.ClusterShown
	if err := s.JSON(t.Context(), &c, "cluster", "show", clusterName); err != nil {
		t.Fatal(err)
	}
	if c.Config == nil {
		t.Fatal("no configuration yet")
	}
	return c.Config.Version
}

// TestServerAway cuts the agents off from the server while a node dies: the cluster must deal with it alone, and the server must
// hear of it afterwards.
func TestServerAway(t *testing.T) {
	s := protected(t)
	ctx := t.Context()
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	struck := time.Now()
	if err := s.KillServer(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "poweroff", active); err != nil {
		t.Fatal(err)
	}
	survivor := s.Nodes()[0]
	if survivor == active {
		survivor = s.Nodes()[1]
	}
	if err := stage.Until(ctx, time.Minute, "service taken over without a server", func(ctx context.Context) (bool, error) {
		out, err := s.Exec(ctx, survivor, "crm_resource", "--quiet", "--locate", "--resource", stage.Group+"-ip")
		where := strings.TrimSpace(string(out))
		return err == nil && where != "" && where != active, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.StartServer(ctx); err != nil {
		t.Fatal(err)
	}
	if err := powerOn(ctx, s, active); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
		t.Fatal(err)
	}
	var events []api.Event
	if err := stage.Until(ctx, 30*time.Second, "the node's end in the time line", func(ctx context.Context) (bool, error) {
		if err := s.JSON(ctx, &events, "event", "list", "--cluster", clusterName); err != nil {
			return false, err
		}
		told := map[string]int{}
		for _, e := range events {
			if e.At.After(struck) {
				told[e.Kind+" "+e.Args["node"]]++
			}
		}
		return told["node.lost "+active] == 1 && told["node.fenced "+active] == 1, nil
	}); err != nil {
		t.Fatalf("%v\n%+v", err, events)
	}
	if err := s.NeverTwo(ctx); err != nil {
		t.Error(err)
	}
}
