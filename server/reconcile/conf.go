package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// linksTime is how long links may take to be as they should after a reload: a new one is pinged, answered twice, and its MTU is found.
const linksTime = 30 * time.Second

// rounds checks a request for another corosync.conf and returns the set-ups that the cluster goes through, each by one reload.
// Before is what the nodes have now.
type rounds func(ctx context.Context, e *Engine, m *memo, k fleet.Known, before ha.Setup) ([]ha.Setup, error)

// reconfiguring is an operation that changes corosync.conf of a running cluster: in every round all nodes' files first, then one
// reload, then every node must still see every other. Where one is lost on the way, the files before are put back. A node that
// is off is left out and gets the files when it is back.
//
// Each round has a version of its own, and so has each way back, so that the files that hold in the end always have the highest:
// whatever a node has that was cut off in the middle is older, Corosync does not let it join with that (config_version), and the
// straggler is found by it.
func reconfiguring(change rounds) kind {
	return kind{
		check: func(ctx context.Context, e *Engine, m *memo) error {
			return e.checkRounds(ctx, m, change)
		},
		plan: func(_ *Engine, m *memo) ([]stage, error) { return reconfigureStages(m), nil },
		give: giveRounds,
	}
}

func (e *Engine) checkRounds(ctx context.Context, m *memo, change rounds) error {
	k, before, err := e.reconfigurable(ctx, m)
	if err != nil {
		return err
	}
	list, err := change(ctx, e, m, k, before)
	if err != nil {
		return err
	}
	if last := list[len(list)-1]; last.Digest() == before.Digest() {
		return fault.New(fault.Conflict, "cluster.conf_same", "it is so already")
	}
	m.setRounds(before, list)
	for _, s := range m.Rounds[1:] {
		if err := ha.ValidateSetup(s); err != nil {
			return err
		}
	}
	return nil
}

// setRounds numbers the set-ups.
func (m *memo) setRounds(before ha.Setup, list []ha.Setup) {
	m.Rounds = append([]ha.Setup{before}, list...)
	for i := range list {
		m.Rounds[i+1].Version = before.Version + uint64(i) + 1
	}
	m.Before, m.After = &m.Rounds[0], &m.Rounds[len(list)]
}

// back is the set-up of a round as it is on the way back: the same, under a version that is higher than all that were tried.
func (m *memo) back(round int) ha.Setup {
	s := m.Rounds[round]
	n := len(m.Rounds) - 1
	s.Version = m.Rounds[0].Version + uint64(2*n-round)
	return s
}

// reconfigurable resolves who takes part, and returns the set-up that the nodes have now. It is read from a node, because somebody
// may have changed it past Hawser.
func (e *Engine) reconfigurable(ctx context.Context, m *memo) (fleet.Known, ha.Setup, error) {
	k, err := e.o.Picture.Known(m.Request.Cluster)
	if err != nil {
		return k, ha.Setup{}, err
	}
	if err := m.choose(k, ""); err != nil {
		return k, ha.Setup{}, err
	}
	if k.State == nil || !k.State.Quorate {
		return k, ha.Setup{}, fault.New(fault.Conflict, "cluster.not_quorate", "cluster %s is not quorate", m.Request.Cluster).With("cluster", m.Request.Cluster)
	}
	for _, one := range k.Members {
		online := nodeOnline(k.State, one.Node)
		switch {
		case !one.Connected && online:
			return k, ha.Setup{}, errAway(one) // its file would stay as it is while Corosync reads it again
		case one.Connected:
			m.Present = append(m.Present, one.Node)
			if online {
				m.Members = append(m.Members, one.Node)
			}
		}
	}
	for _, s := range e.o.Picture.Stragglers() {
		if s.Cluster != m.Request.Cluster || !slices.Contains(m.Members, s.Node) {
			continue
		}
		if is, err := e.isBehind(ctx, m.Request.Actor, s); err != nil {
			return k, ha.Setup{}, err
		} else if is {
			return k, ha.Setup{}, fault.New(fault.Conflict, "node.straggler", "node %s has an older corosync.conf; it must be brought to the same first", s.Node).With("node", s.Node)
		}
	}
	var out wire.ConfOutput
	if err := e.read(ctx, m.Request.Actor, m.Host, wire.ReadConf, wire.NoArgs{}, &out); err != nil {
		return k, ha.Setup{}, named(err, m.Node)
	}
	before, err := merged(out.Setup, k.Setup)
	if err != nil {
		return k, ha.Setup{}, err
	}
	m.Sound = soundLinks(k.State, m.Members, before)
	return k, before, nil
}

// merged is the set-up of a node's file with what only the server knows of it.
func merged(file, known ha.Setup) (ha.Setup, error) {
	names := func(s ha.Setup) []string {
		list := nodeNames(s)
		slices.Sort(list)
		return list
	}
	if !slices.Equal(names(file), names(known)) {
		return file, fault.New(fault.Conflict, "cluster.nodes_differ", "corosync.conf has other nodes than this server knows: somebody has added or removed some").
			With("cluster", known.Name)
	}
	file.Autostart, file.Properties = known.Autostart, known.Properties
	file.Version = max(file.Version, known.Version)
	if file.Quorum != nil && file.Quorum.Device != nil && known.Quorum != nil && known.Quorum.Device != nil &&
		known.Quorum.Device.Address == file.Quorum.Device.Address {
		file.Quorum.Device.Host = known.Quorum.Device.Host
	}
	return file, nil
}

// soundLinks are the links that connect all members: those that are cut before a change need not work after it.
func soundLinks(st *ha.State, members []string, s ha.Setup) []int {
	list := []int{}
	for _, l := range s.LinkList() {
		if !slices.ContainsFunc(st.Links, func(seen ha.LinkState) bool {
			return seen.Link == l.Number && !seen.Connected && slices.Contains(members, seen.Node) && slices.Contains(members, seen.Peer)
		}) {
			list = append(list, l.Number)
		}
	}
	return list
}

// reconfigureStages lays out the rounds, and the record of where they lead.
func reconfigureStages(m *memo) []stage { return append(roundStages(m), recordStage()) }

func recordStage() stage {
	return stage{{name: "record", do: func(ctx context.Context, j *job, _ *spot) error { return j.record(ctx) }}}
}

func roundStages(m *memo) []stage {
	var stages []stage
	for round := 1; round < len(m.Rounds); round++ {
		stages = append(stages, stage{rereadBack()})
		var files stage
		for _, node := range m.Present {
			files = append(files, step{
				name: "update", node: node,
				do: func(ctx context.Context, j *job, s *spot) error {
					return j.reconfigure(ctx, s, node, m.Rounds[round])
				},
				undo: func(ctx context.Context, j *job, s *spot) error {
					err := j.reconfigure(ctx, s, node, m.back(round-1))
					if err != nil && j.lost(node) {
						j.e.o.Log.Warn("node keeps files that are taken back elsewhere; it gets the others when it is back", "cluster", j.op.Cluster, "node", node)
						return nil
					}
					return err
				},
			})
		}
		var seen stage
		for _, node := range m.Members {
			seen = append(seen, linksStep(node, m.expect(round, node)))
		}
		stages = append(stages, files, stage{{name: "reread", node: m.Node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.reread(ctx, s)
		}}}, seen)
	}
	return stages
}

// expect is what a node must see after a round: all members, on the links that were sound before and on new ones.
func (m *memo) expect(round int, node string) wire.LinksArgs {
	to := m.Rounds[round]
	args := wire.LinksArgs{Version: to.Version, Links: []int{}}
	for _, peer := range m.Members {
		if peer != node {
			args.Peers = append(args.Peers, peer)
		}
	}
	for _, l := range to.LinkList() {
		_, had := m.Rounds[round-1].FindLink(l.Number)
		if !had || slices.Contains(m.Sound, l.Number) {
			args.Links = append(args.Links, l.Number)
		}
	}
	for _, l := range m.Rounds[round-1].LinkList() {
		if _, has := to.FindLink(l.Number); !has {
			args.Gone = append(args.Gone, l.Number)
		}
	}
	return args
}

// reconfigure gives a node other files; a node that is lost meanwhile is not waited for.
func (j *job) reconfigure(ctx context.Context, s *spot, node string, setup ha.Setup) error {
	j.change(func() { j.memo.Touched = true })
	return j.whileThere(ctx, node, func(ctx context.Context) error { return j.configure(ctx, s, node, setup, true, 0) })
}

func linksStep(node string, args wire.LinksArgs) step {
	return step{name: "links", node: node, do: func(ctx context.Context, j *job, s *spot) error {
		return j.whileThere(ctx, "", func(ctx context.Context) error {
			a := j.to(node, wire.AwaitLinks, args)
			a.timeout = linksTime
			_, err := j.send(ctx, s, a, nil)
			return err
		})
	}}
}

// lossLook is how often the picture is looked at while something is waited for, lossSure for how long a node must be seen as lost: what
// agents tell comes in pieces.
const (
	lossLook = 200 * time.Millisecond
	lossSure = 600 * time.Millisecond
)

// whileThere does something, and gives it up when a node is lost: the one named, or any that was a member when the operation began.
func (j *job) whileThere(ctx context.Context, node string, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watched := []string{node}
	if node == "" {
		watched = j.memo.Members
	}
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(lossLook)
		defer tick.Stop()
		since := map[string]time.Time{}
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			for _, n := range watched {
				if !slices.Contains(j.memo.Members, n) || !j.lost(n) {
					delete(since, n)
					continue
				}
				if since[n].IsZero() {
					since[n] = time.Now()
				}
				if time.Since(since[n]) >= lossSure {
					cancel(fault.New(fault.Failed, "node.lost_meanwhile", "the cluster lost node %s while it was being changed", n).With("node", n))
					return
				}
			}
		}
	}()
	err := do(ctx)
	close(done)
	<-ended
	if cause := context.Cause(ctx); err != nil && fault.CodeOf(cause) == fault.Failed {
		return cause
	}
	return err
}

// lost says whether the cluster does without a node.
func (j *job) lost(node string) bool {
	k, err := j.e.o.Picture.Known(j.op.Cluster)
	return err == nil && k.State != nil && k.State.Running && len(k.State.Nodes) > 0 && !nodeOnline(k.State, node)
}

// reread has corosync read its files again, on all nodes by one command. Any member may be asked: the first one may be lost by now.
func (j *job) reread(ctx context.Context, s *spot) error {
	nodes := append([]string{j.memo.Node}, slices.DeleteFunc(slices.Clone(j.memo.Members), func(n string) bool { return n == j.memo.Node })...)
	var err error
	for i, node := range nodes {
		if j.lost(node) {
			continue
		}
		err = j.whileThere(ctx, node, func(ctx context.Context) error {
			a := j.to(node, wire.Reload, wire.NoArgs{})
			a.timeout, a.nth = filesTime, i
			_, err := j.send(ctx, s, a, nil)
			return err
		})
		if err == nil || ctx.Err() != nil || !j.lost(node) {
			return err
		}
	}
	return err
}

// rereadBack does nothing on the way forward; on the way back it comes after the files before are there again.
func rereadBack() step {
	return step{name: "prepare", undo: func(ctx context.Context, j *job, s *spot) error { return j.reread(ctx, s) }}
}

// record keeps the set-up that holds from now on, and tells what was done.
func (j *job) record(ctx context.Context) error {
	if err := j.e.o.Picture.SetMembers(ctx, j.op.Cluster, *j.memo.After, j.memo.hostList()); err != nil {
		return err
	}
	return j.e.o.Picture.Note(ctx, j.op.Cluster+"/conf/"+j.op.ID, api.Event{
		At: j.e.now(), Cluster: j.op.Cluster, Kind: string(confEvents[j.op.Kind]), Severity: ha.Info, Object: j.op.Object, Actor: j.op.Actor,
		Args: map[string]string{"link": strconv.Itoa(j.memo.Request.Link), "actor": j.op.Actor, "version": strconv.FormatUint(j.memo.After.Version, 10), "host": j.arbiter()},
	})
}

func (j *job) arbiter() string {
	for _, s := range []*ha.Setup{j.memo.After, j.memo.Before} {
		if s != nil && s.Quorum != nil && s.Quorum.Device != nil {
			return s.Quorum.Device.Host
		}
	}
	return ""
}

// confEvents is what the time line calls each change of corosync.conf.
var confEvents = map[string]ha.ChangeKind{
	"diskhb.enable": ha.DiskEnabled, "diskhb.disable": ha.DiskDisabled,
	"link.add": ha.LinkAdded, "link.edit": ha.LinkChanged, "link.remove": ha.LinkRemoved, "timing.set": ha.TimingChanged,
	"quorum.edit": ha.QuorumChanged, "qdevice.set": ha.QDeviceSet, "qdevice.remove": ha.QDeviceRemoved,
}

// giveRounds keeps the set-up before, under the version that its files have after they were put back. Where none was touched, nothing is
// another: a higher version would make stragglers of all nodes.
func giveRounds(ctx context.Context, e *Engine, m *memo) error {
	if len(m.Rounds) == 0 || !m.Touched {
		return nil
	}
	return e.o.Picture.SetMembers(ctx, m.Request.Cluster, m.back(0), m.hostList())
}

// field puts a mistake at a field of the request.
func field(path, reason, message string, pairs ...string) error {
	var f fault.Fields
	f.Add(path, reason, message, pairs...)
	return f.Err()
}

func errNoLink(cluster string, number int) error {
	return fault.New(fault.NotFound, "link.not_found", "cluster %s has no link %d", cluster, number).With("cluster", cluster, "link", fmt.Sprint(number))
}
