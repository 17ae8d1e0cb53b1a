package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hawser/e2e/stage"
)

// wellTimeout is how long a cluster may take until all nodes are back after a fault: a node has to boot.
const wellTimeout = 4 * time.Minute

// status is what crm_mon says, as far as it is needed here. All columns are read by it, so that none is watched more closely.
type status struct {
	Nodes []struct {
		Name    string `xml:"name,attr"`
		Online  bool   `xml:"online,attr"`
		Standby bool   `xml:"standby,attr"`
		Pending bool   `xml:"pending,attr"`
		Unclean bool   `xml:"unclean,attr"`
	} `xml:"nodes>node"`
	Groups []struct {
		ID      string `xml:"id,attr"`
		Members []struct {
			ID     string `xml:"id,attr"`
			Role   string `xml:"role,attr"`
			Failed bool   `xml:"failed,attr"`
			Nodes  []struct {
				Name string `xml:"name,attr"`
			} `xml:"node"`
		} `xml:"resource"`
	} `xml:"resources>group"`
	Failures []struct {
		Key string `xml:"op_key,attr"`
	} `xml:"failures>failure"`
}

// look asks the first node that answers.
func look(ctx context.Context, s *stage.Stage) (status, error) {
	var last error
	for _, node := range s.Nodes() {
		out, err := s.Exec(ctx, node, "crm_mon", "--one-shot", "--inactive", "--output-as=xml")
		if err != nil {
			last = err
			continue
		}
		var st status
		err = xml.Unmarshal(out, &st)
		return st, err
	}
	return status{}, last
}

// active is the node on which all of the service runs, "" where there is none.
func (st status) active() string {
	for _, g := range st.Groups {
		if g.ID != stage.Group || len(g.Members) == 0 {
			continue
		}
		where := ""
		for _, m := range g.Members {
			if m.Role != "Started" || m.Failed || len(m.Nodes) != 1 || where != "" && m.Nodes[0].Name != where {
				return ""
			}
			where = m.Nodes[0].Name
		}
		return where
	}
	return ""
}

// well says why the cluster is not ready for the next round, nil where it is.
func (st status) well(nodes int) error {
	if len(st.Nodes) != nodes {
		return fmt.Errorf("%d nodes", len(st.Nodes))
	}
	for _, n := range st.Nodes {
		if !n.Online || n.Standby || n.Pending || n.Unclean {
			return fmt.Errorf("node %+v", n)
		}
	}
	if len(st.Failures) > 0 {
		return fmt.Errorf("failures %+v", st.Failures)
	}
	if st.active() == "" {
		return fmt.Errorf("service %+v", st.Groups)
	}
	return nil
}

// waitWell forgets failures where there are some, and returns the active node when all are back and nothing is under way.
func waitWell(ctx context.Context, s *stage.Stage, p peer) (string, error) {
	active := ""
	var cleaned time.Time
	err := stage.Until(ctx, wellTimeout, "the cluster is well", func(ctx context.Context) (bool, error) {
		st, err := look(ctx, s)
		if err != nil {
			return false, err
		}
		if len(st.Failures) > 0 && st.active() != "" && time.Since(cleaned) > 5*time.Second {
			cleaned = time.Now()
			return false, p.Cleanup(ctx, stage.Group)
		}
		active = st.active()
		if err := st.well(len(s.Nodes())); err != nil {
			return false, err
		}
		_, err = s.Exec(ctx, active, "crm_resource", "--wait", "--timeout=60s")
		return err == nil, err
	})
	return active, err
}

// totem returns what corosync itself runs with, as far as it decides how soon a death is seen.
func totem(ctx context.Context, s *stage.Stage) (map[string]string, error) {
	out, err := s.Exec(ctx, s.Nodes()[0], "corosync-cmapctl")
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " = ")
		name, _, _ := strings.Cut(key, " ")
		if ok && (strings.HasPrefix(name, "runtime.config.totem.") || strings.HasPrefix(name, "totem.interface.")) {
			found[name] = value
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("corosync tells nothing of its totem: %.200s", out)
	}
	return found, nil
}

// sameTotem refuses a tuned peer that is not tuned: a column that differs in its timing would measure that.
func sameTotem(own, peer map[string]string) error {
	keys := maps.Clone(own)
	maps.Copy(keys, peer)
	var different []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if own[k] != peer[k] {
			different = append(different, fmt.Sprintf("%s %q, Hawser %q", k, peer[k], own[k]))
		}
	}
	if len(different) > 0 {
		return fmt.Errorf("the tuned peer's timing is another: %s", strings.Join(different, "; "))
	}
	return nil
}
