package insight_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"hawser/agent/insight"
	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// stored is a scheduler's store.
type stored []struct {
	written time.Time
	cib     []byte
}

func (s stored) Inputs(context.Context) ([]pacemaker.Input, error) {
	var list []pacemaker.Input
	for i, in := range slices.Backward(s) {
		list = append(list, pacemaker.Input{Name: string(rune('a' + i)), Written: in.written})
	}
	return list, nil
}

func (s stored) Input(_ context.Context, name string) ([]byte, error) {
	i := int(name[0] - 'a')
	if s[i].cib == nil {
		return nil, fault.New(fault.NotFound, "insight.no_input", "no stored input %s", name)
	}
	return s[i].cib, nil
}

// played is a cluster whose scheduler's decisions are carried out by crm_simulate, which notes operations at the time of the clock.
type played struct {
	t     *testing.T
	s     pacemaker.Tools
	cib   *pacemaker.CIB
	store stored
}

func playedFrom(t *testing.T, file string) *played {
	return &played{t: t, s: scheduler(t), cib: read(t, file)}
}

// decide changes the CIB, and has the scheduler decide and the cluster do it.
func (p *played) decide(change func(*pacemaker.CIB) error) {
	p.t.Helper()
	if change != nil {
		if err := change(p.cib); err != nil {
			p.t.Fatal(err)
		}
	}
	now := time.Now()
	d, err := p.s.Schedule(p.t.Context(), p.cib.Bytes(), pacemaker.Look{At: now, Carry: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.store = append(p.store, struct {
		written time.Time
		cib     []byte
	}{now, p.cib.Bytes()})
	if p.cib, err = pacemaker.ParseCIB(d.After); err != nil {
		p.t.Fatal(err)
	}
}

func (p *played) edit(edits ...ha.Edit) {
	p.t.Helper()
	p.decide(func(c *pacemaker.CIB) error { return c.Apply(edits) })
}

func standby(node, value string) ha.Edit {
	if value == "" {
		return ha.Edit{Op: ha.SetNodeAttributes, Node: node, Unset: []string{"standby"}}
	}
	return ha.Edit{Op: ha.SetNodeAttributes, Node: node, Values: map[string]string{"standby": value}}
}

func TestMoved(t *testing.T) {
	start := "why/21-preference.xml" // app is on n1 because of prefer-n1 with a score of 50
	for _, c := range []struct {
		name string
		file string
		of   string
		play func(*played)
		want string // "action from>to cause", or empty
	}{
		{"nothing is stored", start, "app", func(*played) {}, ""},
		{"standby", start, "app", func(p *played) { p.edit(standby("n1", "on")) }, "move n1>n3 standby n1"},
		{
			"what happened since to others changes nothing", "why/25-preference-above-sticky.xml", "app", func(p *played) {
				p.edit(standby("n1", "on"))
				p.edit(standby("n2", "on"))
				p.edit(standby("n2", ""))
			}, "move n1>n3 standby n1",
		},
		{
			"back by its preference", "why/25-preference-above-sticky.xml", "app", func(p *played) {
				p.edit(standby("n1", "on"))
				p.edit(standby("n1", ""))
			}, "move n3>n1 location prefer-n1",
		},
		{
			"a lost node", start, "app", func(p *played) {
				p.decide(func(c *pacemaker.CIB) error { c.LoseNode("n1"); return nil })
			}, "move n1>n3 offline n1",
		},
		{
			"somebody moved it", start, "app", func(p *played) {
				made := ha.Constraint{ID: ha.MoveID("app"), Kind: ha.Location, Resource: "app", Node: "n3", Score: "INFINITY"}
				p.edit(ha.Edit{Op: ha.CreateConstraint, ID: made.ID, Constraint: &made})
			}, "move n1>n3 asked hawser-move-app",
		},
		{
			"stopped on purpose", start, "app", func(p *played) {
				p.edit(ha.Edit{Op: ha.SetMeta, ID: "app", Values: map[string]string{"target-role": "Stopped"}})
			}, "stop n1> disabled app",
		},
		{
			"started again", start, "app", func(p *played) {
				p.edit(ha.Edit{Op: ha.SetMeta, ID: "app", Values: map[string]string{"target-role": "Stopped"}})
				p.edit(ha.Edit{Op: ha.SetMeta, ID: "app", Unset: []string{"target-role"}})
			}, "start >n1 disabled app",
		},
		{
			"no quorum", start, "app", func(p *played) {
				p.decide(func(c *pacemaker.CIB) error { c.SetQuorum(false); return nil })
			}, "stop n1> no_quorum ",
		},
		{
			"a group, by its first member", "three.xml", "g", func(p *played) { p.edit(standby("n1", "on")) }, "move n1>n3 standby n1",
		},
		{
			"the store has lost it", start, "app", func(p *played) {
				p.edit(standby("n1", "on"))
				p.edit(standby("n2", "on"))
				p.store[0].cib = nil
			}, "",
		},
		{
			"another node decided, long after", start, "app", func(p *played) {
				p.edit(standby("n1", "on"))
				p.store[0].written = p.store[0].written.Add(-time.Hour)
			}, "",
		},
		{
			"another node decided otherwise", start, "app", func(p *played) {
				p.edit(standby("n1", "on"))
				p.store[0].cib = read(p.t, start).Bytes()
			}, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := playedFrom(t, c.file)
			c.play(p)
			m, err := insight.Moved(t.Context(), p.s, p.store, p.cib, c.of)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if m != nil {
				object := ""
				for _, name := range []string{"constraint", "node", "resource"} {
					if object == "" {
						object = m.Causes[0].Args[name]
					}
				}
				got = m.Action + " " + m.From + ">" + m.To + " " + m.Causes[0].Code + " " + object
			}
			if got != c.want {
				t.Errorf("got %q %+v, want %q", got, m, c.want)
			}
		})
	}
}
