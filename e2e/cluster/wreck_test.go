package cluster_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hawser/e2e/sandbox"
	"hawser/e2e/stage"
)

// The tests of this file are tests of the tests. What they leave behind is fit for nobody; they stand in the last file so that no
// other test has to wait for a new stage.

// TestRiggedDatabase turns the database's fsync off. A crash must now lose acknowledged rows, and the check of rows must say so:
// if it did not, it would prove nothing where it is content.
func TestRiggedDatabase(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	box, err := sandbox.New(sandbox.Options{Instance: instance()})
	if err != nil {
		t.Fatal(err)
	}
	renew := func(ctx context.Context, fsync string) error {
		if err := s.StopProbe(ctx); err != nil {
			return err
		}
		if _, err := s.CLI(ctx, "resource", "stop", clusterName, stage.Group); err != nil {
			return err
		}
		if err := box.Probe().Forget(); err != nil {
			return err
		}
		// A database that has lost what it believed to be on disk is not one to go on with.
		if _, err := s.Exec(ctx, s.Nodes()[0], "wipefs", "--all", "--force", sandbox.Device); err != nil {
			return err
		}
		if _, err := s.Sandbox(ctx, "prepare-disk", "--fsync", fsync); err != nil {
			return err
		}
		if _, err := s.CLI(ctx, "resource", "start", clusterName, stage.Group); err != nil {
			return err
		}
		if err := s.StartProbe(ctx); err != nil {
			return err
		}
		return s.WaitWell(ctx, clusterName, stage.Group)
	}
	t.Cleanup(func() {
		if err := renew(context.WithoutCancel(ctx), "on"); err != nil {
			t.Errorf("back to a safe database: %v", err)
		}
	})
	if err := renew(ctx, "off"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		active, err := s.Active(ctx, clusterName, stage.Group)
		if err != nil || active == "" {
			t.Fatal(active, err)
		}
		// Rows must have been acknowledged that are nowhere but in memory.
		start, err := s.Client(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := stage.Until(ctx, 30*time.Second, "fifty rows", func(ctx context.Context) (bool, error) {
			now, err := s.Client(ctx)
			return now.Acknowledged > start.Acknowledged+50, err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sandbox(ctx, "poweroff", active); err != nil {
			t.Fatal(err)
		}
		// Without fsync the database may be too damaged to start at all; that is a loss, too.
		served := stage.Until(ctx, time.Minute, "client served", func(ctx context.Context) (bool, error) {
			now, err := s.Client(ctx)
			return err == nil && now.Serving && now.CurrentOutageMS == 0 && now.LastAck.After(start.LastAck), err
		})
		if served != nil {
			t.Logf("the database did not come back: %v", served)
			return
		}
		lost, err := s.Verify(ctx)
		if err != nil {
			t.Logf("the database cannot be read: %v", err)
			return
		}
		if lost > 0 {
			t.Logf("%d acknowledged rows were lost, and found missing", lost)
			return
		}
		if err := powerOn(ctx, s, active); err != nil {
			t.Fatal(err)
		}
		if err := s.WaitWell(ctx, clusterName, stage.Group); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no row was lost in three crashes without fsync: the check of rows, or the disk that drops what was not flushed, proves nothing")
}

// TestRiggedFencing has the fence device say that a node is off that is not. The service then runs twice, and the search of the
// disk's log for two writers must find it.
func TestRiggedFencing(t *testing.T) {
	wider(t)
	s := protected(t)
	ctx := t.Context()
	if err := s.NeverTwo(ctx); err != nil {
		t.Fatalf("before: %v", err)
	}
	t.Cleanup(func() { leave(t) })
	active, err := s.Active(ctx, clusterName, stage.Group)
	if err != nil || active == "" {
		t.Fatal(active, err)
	}
	// Without this the node that is cut off would stop the service by itself, for want of quorum: one more line of defence.
	if _, err := s.CLI(ctx, "cluster", "properties", clusterName, "no-quorum-policy=ignore"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sandbox(ctx, "fence-device", "lie"); err != nil {
		t.Fatal(err)
	}
	for link := range 2 {
		if _, err := s.Sandbox(ctx, "cut-link", active, fmt.Sprint(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := stage.Until(ctx, time.Minute, "two writers found", func(ctx context.Context) (bool, error) {
		// The node that was said to be off goes on working on its file system.
		if _, err := s.Exec(ctx, active, "sh", "-c", "date >/srv/pg/still-here && sync /srv/pg/still-here"); err != nil {
			return false, err
		}
		return s.NeverTwo(ctx) != nil, nil
	}); err != nil {
		explain(t, s)
		t.Fatal(err)
	}
}
