package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hawser/e2e/stage"
)

// event is something that is done to the active node, and the sign that the cluster has dealt with it.
type event struct {
	name   string
	aim    aim
	moves  bool // the service must be elsewhere afterwards
	traced bool // it is one of those whose course is drawn
	// prepare is done before the cluster is well and the blow falls; nil for nothing.
	prepare func(ctx context.Context, p peer) error
	strike  func(ctx context.Context, s *stage.Stage, p peer, active string) error
	heal    func(ctx context.Context, s *stage.Stage, p peer, struck string) error
	// measure strikes and returns the outage; nil: that of the database's client.
	measure func(ctx context.Context, k *blow) (time.Duration, error)
}

// aim is what Hawser is held to, at the 95th percentile.
type aim struct {
	most    time.Duration
	ofTuned float64 // most of the tuned peer's; 0: it is not held against it
}

func (a aim) String() string {
	text := fmt.Sprintf("≤ %g s", a.most.Seconds())
	if a.most == 0 {
		text = "0 s"
	}
	if a.ofTuned > 0 {
		text += fmt.Sprintf(" and ≤ %g × tuned", a.ofTuned)
	}
	return text
}

// blow is an event that happens to a cluster.
type blow struct {
	event
	s      *stage.Stage
	p      peer
	active string
	// begun and done are when the blow began, and when whoever strikes came back from it.
	begun, done time.Time
}

func (k *blow) hit(ctx context.Context) error {
	k.begun = time.Now()
	err := k.strike(ctx, k.s, k.p, k.active)
	k.done = time.Now()
	return err
}

// ofDatabase is the outage of the database's client.
func ofDatabase(ctx context.Context, k *blow) (time.Duration, error) {
	return k.s.Outage(ctx, outageTimeout, k.hit, func(ctx context.Context) (bool, error) {
		st, err := look(ctx, k.s)
		if err != nil {
			return false, err
		}
		now := st.active()
		return now != "" && (now != k.active || !k.moves), fmt.Errorf("service on %q: %+v", now, st.Groups)
	})
}

const (
	database  = stage.Group + "-db"
	threshold = "migration-threshold"
)

func nothing(context.Context, *stage.Stage, peer, string) error { return nil }

// box is a verb of the sandbox on the active node.
func box(verb string, more ...string) func(context.Context, *stage.Stage, peer, string) error {
	return func(ctx context.Context, s *stage.Stage, _ peer, node string) error {
		_, err := s.Sandbox(ctx, append([]string{verb, node}, more...)...)
		return err
	}
}

var events = []event{
	{
		name: "planned move", aim: aim{1300 * time.Millisecond, 0.7}, moves: true, traced: true,
		strike: func(ctx context.Context, _ *stage.Stage, p peer, active string) error { return p.Standby(ctx, active) },
		heal: func(ctx context.Context, _ *stage.Stage, p peer, struck string) error {
			return p.Unstandby(ctx, struck)
		},
	},
	{
		name: "node crash", aim: aim{2500 * time.Millisecond, 0.7}, moves: true, traced: true,
		strike: box("poweroff"), heal: box("poweron"),
	},
	{
		name: "application crash", aim: aim{time.Second, 0.3}, traced: true,
		strike: box("kill", "postgres"), heal: nothing,
	},
	{
		// With a threshold of one the first crash is the one that is too many: what is measured is the move, not the crashes before it.
		name: "crash beyond the threshold", aim: aim{most: 2500 * time.Millisecond}, moves: true,
		prepare: func(ctx context.Context, p peer) error { return p.Meta(ctx, database, threshold, "1") },
		strike:  box("kill", "postgres"),
		heal: func(ctx context.Context, _ *stage.Stage, p peer, _ string) error {
			return p.Meta(ctx, database, threshold, "")
		},
	},
	{
		name: "virtual IP's link lost", aim: aim{most: 1500 * time.Millisecond}, moves: true,
		strike: box("cut-client"), heal: box("restore-client"),
	},
	{
		// The group goes on as it is: whose instance is lost is not asked here, and whose is not must not notice.
		name:    "clone instance lost, clients of the others",
		prepare: func(ctx context.Context, p peer) error { return p.Clone(ctx, stage.Greeter().Resource) },
		strike: func(ctx context.Context, s *stage.Stage, _ peer, active string) error {
			return s.KillGreeter(ctx, active)
		},
		measure: func(ctx context.Context, k *blow) (time.Duration, error) {
			return k.s.GreeterOutage(ctx, outageTimeout, k.active, k.hit)
		},
		heal: func(ctx context.Context, _ *stage.Stage, p peer, _ string) error {
			greeter := stage.Greeter().Resource
			return errors.Join(p.Cleanup(ctx, greeter.Members[0].ID), p.Delete(ctx, greeter))
		},
	},
}
