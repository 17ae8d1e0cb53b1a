package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/engine"
	"hawser/agent/engine/simulated"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/testkit"
	"hawser/internal/wire"
)

// bench is a simulated cluster with one group on n1, whose engine on n1 can be killed and started again.
type bench struct {
	t       *testing.T
	drivers map[string]*simulated.Driver
	setup   ha.Setup
	dir     string // of the world
	state   string // of n1's engine
	die     string // the point at which it is killed
	points  []string
	count   int
	ctx     context.Context // of the commands; nil for one that does not end
	endAt   string          // the point at which end is called
	end     func()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	testkit.Need(t, "pacemaker-tools")
	b := &bench{t: t, drivers: map[string]*simulated.Driver{}, setup: ha.Setup{Name: "sim", Autostart: true}, state: t.TempDir()}
	b.dir = t.TempDir()
	for i := range 3 {
		name := fmt.Sprintf("n%d", i+1)
		d, err := simulated.New(simulated.Options{Dir: b.dir, Node: name})
		if err != nil {
			t.Fatal(err)
		}
		b.drivers[name] = d
		b.setup.Nodes = append(b.setup.Nodes, ha.SetupNode{Name: name, Addresses: []string{fmt.Sprintf("10.71.0.%d", i+2)}})
	}
	b.setup.Nodes = corosync.Number(b.setup.Nodes)
	conf, err := corosync.New(b.setup)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range b.drivers {
		if err := d.WriteFiles(t.Context(), engine.Files{Conf: conf.Bytes(), Authkey: key, Autostart: true}); err != nil {
			t.Fatal(err)
		}
		if err := d.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.do(wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{
		{Op: ha.SetProperties, Values: map[string]string{"stonith-enabled": "false"}},
		{Op: ha.SetResourceDefault, Values: map[string]string{"resource-stickiness": "100"}},
		{Op: ha.CreateResource, Resource: &ha.Resource{ID: "svc", Kind: ha.Group, Members: []ha.Resource{*window("").Edits[0].Resource}}},
	}}); err != nil {
		t.Fatal(err)
	}
	return b
}

var key = []byte(strings.Repeat("k", 256))

// engine starts n1's engine. A point at which it is to die ends the goroutine that carries the command out: no line of the
// command's own runs after it, as after a SIGKILL.
func (b *bench) engine() *engine.Engine {
	e, err := engine.New(engine.Options{Driver: b.drivers["n1"], StateDir: b.state, Hook: func(p engine.Point) {
		b.points = append(b.points, p.String())
		if p.String() == b.endAt {
			b.end()
		}
		if p.String() == b.die {
			b.die = ""
			runtime.Goexit()
		}
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

type result struct {
	out json.RawMessage
	err error
}

// run gives a command to a new engine; ok is false where it was killed.
func (b *bench) run(c wire.Command) (r result, ok bool) {
	done := make(chan result, 1)
	ended := make(chan struct{})
	e := b.engine()
	ctx := b.ctx
	if ctx == nil {
		ctx = context.WithoutCancel(b.t.Context())
	}
	go func() {
		defer close(ended)
		out, err := e.Do(ctx, c, nil)
		done <- result{out, err}
	}()
	<-ended
	select {
	case r := <-done:
		return r, true
	default:
		return result{}, false
	}
}

func (b *bench) command(name wire.CommandName, args any) wire.Command {
	data, err := json.Marshal(args)
	if err != nil {
		b.t.Fatal(err)
	}
	b.count++
	return wire.Command{ID: fmt.Sprintf("c%d", b.count), Name: name, Args: data, Deadline: time.Now().Add(2 * time.Minute)}
}

func (b *bench) do(name wire.CommandName, args any) (json.RawMessage, error) {
	r, _ := b.run(b.command(name, args))
	return r.out, r.err
}

// picture is everything that must be as before or as after: files, configuration, and what runs where.
func (b *bench) picture() string {
	b.t.Helper()
	f, err := b.drivers["n1"].Files(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	text := fmt.Sprintf("files %s %d %v\n", f.Conf, len(f.Authkey), f.Autostart)
	for _, name := range []string{"n1", "n2"} {
		st, err := b.drivers[name].State(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		text += fmt.Sprintf("%s runs %v\n", name, st.Running)
		for _, r := range ha.Leaves(st.Resources) {
			if name == "n2" {
				text += fmt.Sprintf("%s %s on %v\n", r.ID, r.Role, r.Nodes)
			}
		}
	}
	out, err := b.onN2().Do(b.t.Context(), wire.Command{ID: "x", Name: wire.Observe}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	var o wire.ObserveOutput
	if err := json.Unmarshal(out, &o); err != nil {
		b.t.Fatal(err)
	}
	if o.Config != nil {
		text += o.Config.XML
	}
	return text
}

func (b *bench) onN2() *engine.Engine {
	e, err := engine.New(engine.Options{Driver: b.drivers["n2"], StateDir: b.t.TempDir()})
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// window changes a parameter of a resource that goes on running.
func window(fake string) wire.EditArgs {
	one := ha.Resource{ID: "one", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Operations: []ha.Operation{{Name: "monitor", Interval: "10s"}}}
	if fake != "" {
		one.Parameters = map[string]string{"fake": fake}
	}
	return wire.EditArgs{Edits: []ha.Edit{{Op: ha.UpdateResource, ID: "one", Resource: &one}}, KeepRunning: "one"}
}

// TestKilledAnywhere kills the agent at every point of every command that changes something, and starts it again. Afterwards
// everything is as before or as after, and the result says which.
func TestKilledAnywhere(t *testing.T) {
	vip := ha.Resource{ID: "two", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Operations: []ha.Operation{{Name: "monitor", Interval: "10s"}}}
	for _, c := range []struct {
		what string
		name wire.CommandName
		args func(b *bench) any
		// undo brings the cluster back to where the command began.
		undo func(b *bench) error
		home string // where the group is; n1 where empty
	}{
		{
			"Create", wire.EditConfig,
			func(*bench) any {
				return wire.EditArgs{Wait: true, Edits: []ha.Edit{{Op: ha.CreateResource, Resource: &vip, Group: "svc"}}}
			},
			func(b *bench) error {
				_, err := b.do(wire.EditConfig, wire.EditArgs{Edits: []ha.Edit{{Op: ha.DeleteResource, ID: "two"}}})
				return err
			},
			"",
		},
		{
			"Window", wire.EditConfig,
			func(*bench) any { return window("new") },
			func(b *bench) error {
				_, err := b.do(wire.EditConfig, window(""))
				return err
			},
			"",
		},
		{
			"Move", wire.Move,
			func(*bench) any { return wire.MoveArgs{Resource: "svc", Node: "n3"} },
			func(b *bench) error {
				_, err := b.do(wire.Move, wire.MoveArgs{Resource: "svc", Node: "n1"})
				return err
			},
			"",
		},
		{"Restart", wire.Restart, func(*bench) any { return wire.RestartArgs{Resource: "svc"} }, nil, "n3"},
		{
			"Configure", wire.Configure,
			func(b *bench) any {
				s := b.setup
				s.Timing.Profile = ha.ProfileTolerant
				return wire.ConfigureArgs{Setup: s, Authkey: key, Update: true}
			},
			func(b *bench) error {
				_, err := b.do(wire.Configure, wire.ConfigureArgs{Setup: b.setup, Authkey: key, Update: true})
				return err
			},
			"",
		},
		{
			"Stop", wire.StopHost,
			func(*bench) any { return wire.StopArgs{Cluster: "sim"} },
			func(b *bench) error {
				if _, err := b.do(wire.StartHost, wire.StartArgs{Cluster: "sim"}); err != nil {
					return err
				}
				_, err := b.do(wire.Move, wire.MoveArgs{Resource: "svc", Node: "n1"})
				return err
			},
			"",
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			b := newBench(t)
			home := c.home
			if home == "" {
				home = "n1"
			}
			if _, err := b.do(wire.Move, wire.MoveArgs{Resource: "svc", Node: home}); err != nil {
				t.Fatal(err)
			}
			before := b.picture()
			b.points = nil
			if _, err := b.do(c.name, c.args(b)); err != nil {
				t.Fatal(err)
			}
			points, after := slices.Clone(b.points), b.picture()
			if (c.undo == nil) != (before == after) {
				t.Fatalf("before and after must differ exactly where there is something to undo:\n%s\n%s", before, after)
			}
			if len(points) < 4 {
				t.Fatalf("only %v", points)
			}
			changed := true
			for i, point := range points {
				if testing.Short() && i%3 != 0 {
					continue
				}
				if changed && c.undo != nil {
					if err := c.undo(b); err != nil {
						t.Fatal(err)
					}
					if now := b.picture(); now != before {
						t.Fatalf("the test cannot undo:\n%s\n%s", before, now)
					}
				}
				b.die = point
				command := b.command(c.name, c.args(b))
				if r, ok := b.run(command); ok {
					t.Fatalf("%s: it was not killed: %v", point, r.err)
				}
				r, ok := b.run(command)
				if !ok {
					t.Fatalf("%s: it was killed twice", point)
				}
				now := b.picture()
				switch {
				case r.err == nil && now == after:
					changed = true
				case fault.Public(r.err) != nil && fault.Public(r.err).Reason == "command.interrupted" && now == before:
					changed = false
				default:
					t.Fatalf("%s: the result is %v, but now it is\n%s\nbefore\n%s\nafter\n%s", point, r.err, now, before, after)
				}
			}
		})
	}
}
