package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/engine"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// observer derives events from what differs between two observations.
//
// Every node sees the cluster, so most of what happens would be told by all. The designated controller tells it; only of a
// heartbeat link one of its two ends tells, because the controller cannot see links between others. As long as nobody is
// elected nobody tells, and nobody moves on: whoever is elected then tells what happened since.
// What was compared last is on disk, so that what happens while the agent is down is told when it is back.
type observer struct {
	path string
	tell func(...wire.Event) error
	hook func(when, step string) // before and after what was observed is noted
	log  *slog.Logger
	base base // touched by one goroutine at a time: engine.Watch calls one after the other
}

// base is the observation that the next is compared with.
type base struct {
	Cluster string `json:"cluster"`
	// Epoch counts how often events were told. It is part of their keys: after a crash between telling and noting the same
	// events are derived again, with the same keys, and are told once.
	Epoch uint64   `json:"epoch"`
	State ha.State `json:"state"`
}

func newObserver(dir string, tell func(...wire.Event) error, hook func(when, step string), log *slog.Logger) (*observer, error) {
	o := &observer{path: filepath.Join(dir, "observed.json"), tell: tell, hook: hook, log: log}
	data, err := os.ReadFile(o.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return o, nil
	case err != nil:
		return nil, fmt.Errorf("read what was observed last: %w", err)
	}
	if err := json.Unmarshal(data, &o.base); err != nil {
		// Nothing to compare with is like a first start: what happened in between stays untold, all else goes on.
		log.Error("what was observed last is unreadable", "file", o.path, "err", err)
		o.base = base{}
	}
	return o, nil
}

// observe tells what is news in s; all says that this node stands in for one that decides and cannot tell. Where it fails nothing
// has moved on, and the next observation tells it.
func (o *observer) observe(cluster string, s ha.State, all bool) error {
	if o.base.Cluster != cluster || o.base.State.At.IsZero() {
		// A host that joins a cluster, leaves one, or is new: there is nothing to compare with.
		return o.move(base{Cluster: cluster, Epoch: o.base.Epoch + 1, State: s}, true)
	}
	if s.Running && !decided(s) {
		return nil
	}
	changes := ha.Diff(o.base.State, s)
	var events []wire.Event
	for _, c := range changes {
		if all || mine(c, o.base.State, s) {
			events = append(events, wire.Event{At: s.At, Cluster: cluster, Change: c, Key: o.key(cluster, c, s), Inquorate: inquorate(c, o.base.State, s)})
		}
	}
	if len(events) > 0 {
		if err := o.tell(events...); err != nil {
			return err
		}
	}
	next := base{Cluster: cluster, Epoch: o.base.Epoch, State: s}
	if len(events) > 0 {
		next.Epoch++
	}
	return o.move(next, len(changes) > 0)
}

// decided says whether somebody is elected. A controller that has died is named until another one is.
func decided(s ha.State) bool {
	return slices.ContainsFunc(s.Nodes, func(n ha.NodeState) bool { return n.Name == s.DC && n.Online && !n.Unclean })
}

// mine says whether this node is the one that tells a change.
func mine(c ha.Change, old, new ha.State) bool {
	switch c.Kind {
	case ha.DiskHeartStalled, ha.DiskHeartWorks, ha.HealthRed, ha.HealthYellow, ha.HealthGreen, ha.HealthBlind, ha.HealthSeen:
		return new.Reporter == c.Args["node"] // its own path to the disk, and how it is itself
	case ha.VolumeDisconnected, ha.VolumeConnected, ha.VolumeSplitBrain, ha.VolumeSplitOver, ha.VolumeSyncBegun, ha.VolumeSyncDone, ha.VolumeDiskLost, ha.VolumeDiskBack,
		ha.VolumeVerified, ha.VolumeDiffers:
		return new.Reporter == c.Args["node"] // each side tells its own
	case ha.LinkLost, ha.LinkRestored, ha.DiskAlone, ha.DiskAloneOver:
		// Both ends see it and both are alive, or it would not be a matter of links.
		return new.Reporter == min(c.Args["node"], c.Args["peer"])
	case ha.ClusterStopped:
		// The stack of this node ended. That is the cluster's end only where no other node was left to go on.
		return old.DC == old.Reporter && !slices.ContainsFunc(old.Nodes, func(n ha.NodeState) bool { return n.Online && n.Name != old.Reporter })
	}
	return new.DC == new.Reporter
}

// inquorate says that this node's part of the cluster had no quorum when it saw the change. A stack that has ended has none at
// all: then it is what it was before.
func inquorate(c ha.Change, old, new ha.State) bool {
	if c.Kind == ha.ClusterStopped {
		return !old.Quorate
	}
	return !new.Quorate
}

// key tells repeated tellings of one thing from different things. A failed operation and a fencing have a time of their own, which
// every node knows; whatever else happens is told apart by this host's count.
func (o *observer) key(cluster string, c ha.Change, s ha.State) string {
	moment := s.Reporter + "#" + strconv.FormatUint(o.base.Epoch, 10)
	switch c.Kind {
	case ha.ResourceFailed:
		for _, f := range s.Failures {
			if f.Resource == c.Object && f.Node == c.Args["node"] && f.Operation == c.Args["operation"] && !f.At.IsZero() {
				moment = f.At.UTC().Format("20060102T150405.000") + "#" + strconv.Itoa(f.Call) // Pacemaker's times are whole seconds
			}
		}
	case ha.NodeFenced, ha.FenceFailed:
		for _, f := range slices.Backward(s.FenceHistory) { // newest last, so that it stays
			if f.Node == c.Object && f.Action == c.Args["action"] && !f.At.IsZero() {
				moment = f.At.UTC().Format("20060102T150405.000")
			}
		}
	}
	var args strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.Args)) {
		fmt.Fprintf(&args, "%s=%s;", name, c.Args[name])
	}
	return keyOf(c.Kind, cluster, c.Object, args.String(), moment)
}

// keyOf makes a key of what tells one thing of a kind from another.
func keyOf(kind ha.ChangeKind, cluster string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{cluster, string(kind)}, parts...), "\x00")))
	return string(kind) + "/" + hex.EncodeToString(sum[:12])
}

// move makes next the observation to compare with. It is written only where something changed: the last one on disk then
// differs from it in nothing that is told.
func (o *observer) move(next base, write bool) error {
	if write {
		data, err := json.Marshal(next)
		if err != nil {
			return fmt.Errorf("encode observation: %w", err)
		}
		o.hook("before", "observed.keep")
		if err := engine.WriteFile(o.path, data, 0o600); err != nil {
			return fmt.Errorf("note observation: %w", err)
		}
		o.hook("after", "observed.keep")
	}
	o.base = next
	return nil
}
