package reconcile

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

// startOnly are the options that Corosync reads only when it starts [corosync 3.1.7: after a reload corosync-quorumtool shows the old
// flags]. Votes and expected votes come into force by a reload.
var startOnly = []string{"wait_for_all", "last_man_standing", "auto_tie_breaker"}

// editQuorum changes votes and options of votequorum.
func editQuorum(_ context.Context, _ *Engine, m *memo, k fleet.Known, before ha.Setup) ([]ha.Setup, error) {
	after, err := changedQuorum(before, *m.Request.Quorum)
	if err != nil {
		return nil, err
	}
	if p := poll(k, after); !p.Quorate(p.Present) {
		s := p.Survives()
		return nil, fault.New(fault.Conflict, "quorum.lost_by_change", "with this change %d votes would be there and %d needed: the cluster would stop now", s.Votes, s.Needed).
			With("votes", strconv.Itoa(s.Votes), "needed", strconv.Itoa(s.Needed))
	}
	return []ha.Setup{after}, nil
}

// changedQuorum applies a change and refuses what votequorum would not take.
func changedQuorum(before ha.Setup, c api.QuorumChange) (ha.Setup, error) {
	after := before
	after.Nodes = slices.Clone(before.Nodes)
	q := before.EffectiveQuorum()
	var f fault.Fields
	known := nodeNames(before)
	for node := range c.Votes {
		if !slices.Contains(known, node) {
			f.Add("votes."+node, "node.unknown", "there is no such node", "node", node)
		}
	}
	for i, n := range after.Nodes {
		if votes, has := c.Votes[n.Name]; has {
			after.Nodes[i].Votes = &votes
			if votes == 1 {
				after.Nodes[i].Votes = nil
			}
		}
	}
	if c.ExpectedVotes != nil {
		q.ExpectedVotes = *c.ExpectedVotes
	}
	for _, flag := range []struct{ from, to *bool }{
		{c.LastManStanding, &q.LastManStanding}, {c.AutoTieBreaker, &q.AutoTieBreaker}, {c.TwoNode, &q.TwoNode}, {c.WaitForAll, &q.WaitForAll},
	} {
		if flag.from != nil {
			*flag.to = *flag.from
		}
	}
	if q.TwoNode && c.WaitForAll == nil {
		q.WaitForAll = true // implied
	}
	if c.LastManStandingWindow != nil {
		q.LastManStandingWindow = *c.LastManStandingWindow
	}
	if c.AutoTieBreakerNode != nil {
		q.AutoTieBreakerNode = *c.AutoTieBreakerNode
	}
	after.Quorum = &q
	if len(f) == 0 {
		if err := ha.ValidateSetup(after); err != nil {
			return after, requestFields(err, after)
		}
	}
	return after, f.Err()
}

// requestFields moves what is wrong with a set-up to where a change of quorum has it.
func requestFields(err error, s ha.Setup) error {
	p := fault.Public(err)
	for i, at := range p.Fields {
		for n, node := range s.Nodes {
			if at.Path == "nodes["+strconv.Itoa(n)+"].votes" {
				p.Fields[i].Path = "votes." + node.Name
			}
		}
		if rest, found := strings.CutPrefix(at.Path, "quorum."); found {
			p.Fields[i].Path = rest
		}
	}
	return p
}

// poll is who is there now, under a set-up.
func poll(k fleet.Known, s ha.Setup) ha.Poll {
	p := ha.Poll{Setup: s}
	for _, n := range s.Nodes {
		if nodeOnline(k.State, n.Name) {
			p.Present = append(p.Present, n.Name)
		}
	}
	if k.State != nil && k.State.Device != nil {
		p.Arbiter = k.State.Device.Connected
	}
	return p
}

// complete is everybody there, under a set-up.
func complete(s ha.Setup) ha.Poll {
	return ha.Poll{Setup: s, Present: nodeNames(s), Arbiter: s.EffectiveQuorum().Device != nil}
}

// PlanQuorum says what a change of quorum would mean. Nothing changes.
func (e *Engine) PlanQuorum(_ context.Context, cluster string, c api.QuorumChange) (api.QuorumPlan, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.QuorumPlan{}, err
	}
	after, err := changedQuorum(k.Setup, c)
	if err != nil {
		return api.QuorumPlan{}, err
	}
	now := poll(k, k.Setup)
	if k.State != nil {
		now.Expected = k.State.ExpectedVotes
	}
	return api.QuorumPlan{
		Before: now.Survives(), After: poll(k, after).Survives(), Complete: complete(after).Survives(), Restart: restartFor(k.State, after.EffectiveQuorum()),
	}, nil
}

// restartFor are the options whose state in force is another one than configured, and that need a restart.
func restartFor(st *ha.State, q ha.Quorum) []string {
	list := []string{}
	if st == nil || !st.Running {
		return list
	}
	for i, want := range []bool{q.WaitForAll, q.LastManStanding, q.AutoTieBreaker} {
		if slices.Contains(st.QuorumFlags, startOnly[i]) != want {
			list = append(list, startOnly[i])
		}
	}
	return list
}

// Quorum shows who may go on, and what the cluster survives.
func (e *Engine) Quorum(_ context.Context, cluster string) (api.QuorumShown, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.QuorumShown{}, err
	}
	q := k.Setup.EffectiveQuorum()
	out := api.QuorumShown{Configured: q, Nodes: []api.QuorumNode{}, InForce: []string{}, Restart: restartFor(k.State, q), Complete: complete(k.Setup).Survives()}
	for _, n := range k.Setup.Nodes {
		out.Nodes = append(out.Nodes, api.QuorumNode{Node: n.Name, Votes: n.VoteCount(), Online: nodeOnline(k.State, n.Name)})
	}
	now := poll(k, k.Setup)
	if st := k.State; st != nil {
		out.Votes, out.Expected, out.Needed, out.Quorate = st.Votes, st.ExpectedVotes, st.QuorumVotes, st.Quorate && st.Running
		out.InForce = append(out.InForce, st.QuorumFlags...)
		now.Expected = st.ExpectedVotes
	}
	out.Survives = now.Survives()
	out.Device = e.deviceStatus(k)
	return out, nil
}
