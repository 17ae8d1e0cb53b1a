package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
)

// TestRemoteKilledAnywhere kills the agent of a host at every point of its becoming a remote node, and of its ceasing to be one, and
// starts it again. Afterwards the host is one or it is none, and the result says which.
func TestRemoteKilledAnywhere(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	d, err := simulated.New(simulated.Options{Dir: t.TempDir(), Node: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	var points []string
	die := ""
	run := func(c wire.Command) (err error, ended bool) { //nolint:revive // whether it was killed says less than what it gave
		e, err := engine.New(engine.Options{Driver: d, StateDir: state, Hook: func(p engine.Point) {
			points = append(points, p.String())
			if p.String() == die {
				die = ""
				runtime.Goexit()
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err = e.Do(context.WithoutCancel(t.Context()), c, nil)
			ended = true
		}()
		<-done
		return err, ended
	}
	count := 0
	command := func(name wire.CommandName, args any) wire.Command {
		data, err := json.Marshal(args)
		if err != nil {
			t.Fatal(err)
		}
		count++
		return wire.Command{ID: fmt.Sprintf("c%d", count), Name: name, Args: data}
	}
	isRemote := func() (whole, none bool) {
		h, err := d.InspectRemote(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		key, err := d.RemoteKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h.Running && h.Port == 3122 && len(key) == 4096, !h.Running && h.Port == ha.RemotePort && key == nil
	}
	join := func() wire.Command {
		return command(wire.JoinRemote, wire.JoinRemoteArgs{Cluster: "sim", Key: bytes.Repeat([]byte{7}, 4096), Port: 3122})
	}
	leave := func() wire.Command { return command(wire.LeaveRemote, wire.NoArgs{}) }
	for _, c := range []struct {
		what      string
		do, begin func() wire.Command
		joins     bool
	}{{"Join", join, leave, true}, {"Leave", leave, join, false}} {
		t.Run(c.what, func(t *testing.T) {
			if err, ended := run(c.begin()); err != nil || !ended {
				t.Fatal(err, ended)
			}
			points = nil
			if err, ended := run(c.do()); err != nil || !ended {
				t.Fatal(err, ended)
			}
			all := append([]string(nil), points...)
			if len(all) < 8 {
				t.Fatalf("only %v", all)
			}
			for _, point := range all {
				if err, ended := run(c.begin()); err != nil || !ended {
					t.Fatal(err, ended)
				}
				die = point
				killed := c.do()
				if err, ended := run(killed); ended {
					t.Fatalf("%s: it was not killed: %v", point, err)
				}
				err, ended := run(killed)
				if !ended {
					t.Fatalf("%s: it was killed twice", point)
				}
				whole, none := isRemote()
				done := err == nil && whole == c.joins && none == !c.joins
				back := fault.Public(err) != nil && fault.Public(err).Reason == "command.interrupted" && whole == !c.joins && none == c.joins
				if !done && !back {
					t.Errorf("%s: %v, whole %t, none %t", point, err, whole, none)
				}
			}
		})
	}
}
