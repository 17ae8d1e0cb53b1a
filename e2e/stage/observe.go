package stage

import (
	"context"
	"fmt"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// Node returns what the CLI shows of a node.
func (s *Stage) Node(ctx context.Context, cluster, name string) (api.Node, error) {
	var n api.Node
	err := s.JSON(ctx, &n, "node", "show", cluster, name)
	return n, err
}

// ClusterShown is a cluster as "hawser cluster show -o json" prints it: the interface's detail, with the verdict as a word.
type ClusterShown struct {
	api.ClusterDetail
	Verdict ha.Level    `json:"verdict"`
	Reasons []ha.Reason `json:"reasons"`
}

// State returns the observed state of a cluster.
func (s *Stage) State(ctx context.Context, cluster string) (ha.State, error) {
	var c ClusterShown
	if err := s.JSON(ctx, &c, "cluster", "show", cluster); err != nil {
		return ha.State{}, err
	}
	if c.State == nil {
		return ha.State{}, fmt.Errorf("cluster %s: no node has reported yet", cluster)
	}
	return *c.State, nil
}

// WaitWell waits until every node of the cluster is online and active, all links are connected, nothing has failed, and the
// service runs: the state in which a fault may be tried.
func (s *Stage) WaitWell(ctx context.Context, cluster string, services ...string) error {
	return Until(ctx, s.patient(3*time.Minute), "cluster "+cluster+" is well", func(ctx context.Context) (bool, error) {
		st, err := s.State(ctx, cluster)
		if err != nil {
			return false, err
		}
		if !st.Quorate || st.Busy || len(st.Nodes) != len(s.opt.Nodes) {
			return false, fmt.Errorf("quorate %t, busy %t, %d nodes", st.Quorate, st.Busy, len(st.Nodes))
		}
		for _, n := range st.Nodes {
			if !n.Online || n.Standby || n.Pending || n.Unclean {
				return false, fmt.Errorf("node %s: %+v", n.Name, n)
			}
		}
		for _, l := range st.Links {
			if !l.Connected {
				return false, fmt.Errorf("link %d from %s to %s is down", l.Link, l.Node, l.Peer)
			}
		}
		for _, id := range services {
			if r := Find(st.Resources, id); r == nil || r.Role != "Started" || r.Failed {
				return false, fmt.Errorf("resource %s: %+v", id, r)
			}
		}
		return true, nil
	})
}

// Find returns the resource with that ID from a tree of resources, nil where it is not.
func Find(list []ha.ResourceState, id string) *ha.ResourceState {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
		if r := Find(list[i].Members, id); r != nil {
			return r
		}
	}
	return nil
}

// Active returns the node on which a resource runs, "" where it runs on none or on several.
func (s *Stage) Active(ctx context.Context, cluster, resource string) (string, error) {
	st, err := s.State(ctx, cluster)
	if err != nil {
		return "", err
	}
	r := Find(st.Resources, resource)
	if r == nil {
		return "", fmt.Errorf("no resource %s", resource)
	}
	if len(r.Nodes) != 1 {
		return "", nil
	}
	return r.Nodes[0], nil
}
