package cli_test

import (
	"net/http"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// found is the cluster of another maker that the fake finds.
var found = api.FoundCluster{
	Name: "old", Engine: "pacemaker", Running: true, Quorate: true, Online: 2, Resources: 3, Started: 3,
	Nodes:   []api.FoundNode{{Name: "o1", Enrolled: true, Connected: true}, {Name: "o2"}},
	Verdict: &ha.Verdict{Level: ha.Unprotected, Reasons: []ha.Reason{{Code: ha.ReasonFencingDisabled, Level: ha.Unprotected}}},
}

// adopt answers the routes of clusters that were made by other means.
func (s *server) adopt(r api.Route, q *http.Request) (any, bool) {
	switch r.Name {
	case "config.migrate":
		return api.Migration{
			Cluster: "moved", Setup: ha.Setup{Name: "moved", Nodes: []ha.SetupNode{{Name: "x1", Addresses: []string{"10.2.1.1"}}}},
			YAML: "format: 1\ncluster: moved\nproperties: {no-quorum-policy: stop}\n",
		}, true
	case "cluster.discover":
		return page([]api.FoundCluster{found}), true
	case "cluster.adopt":
		return s.long(r, q.PathValue("cluster"), "", func() {
			s.add(ha.Setup{Name: "old", Nodes: []ha.SetupNode{{Name: "o1"}, {Name: "o2"}}})
			s.clusters["old"].nodes[1].Enrolled = false
		}), true
	}
	return nil, false
}

// manifest answers the routes of a configuration as a file, and of its history.
func (s *server) manifest(c *cluster, r api.Route, raw []byte) (any, bool, error) {
	differences := []ha.Difference{
		{Object: "property", ID: "no-quorum-policy", Before: "stop", After: "freeze", Change: "changed"},
		{Object: "resource", ID: "old", Change: "removed"},
		{Object: "resource", ID: "vip", Field: "parameters.ip", Before: "10.0.0.100", After: "10.0.0.101", Change: "changed"},
	}
	switch r.Name {
	case "config.export":
		return api.Manifest{Cluster: c.Name, Version: c.version, YAML: "format: 1\ncluster: " + c.Name + "\n"}, true, nil
	case "config.compare":
		return api.ManifestComparison{Version: c.version, Differences: []ha.Difference{{Object: "property", ID: "no-quorum-policy", Before: "stop", Change: "removed"}}}, true, nil
	case "config.plan":
		if body[api.ManifestChange](raw).Files["testdata/secret"] != "planted" {
			return nil, true, fault.New(fault.Invalid, "request.invalid", "the secret was not sent")
		}
		return api.ManifestPlan{Version: c.version, Edits: 3, Differences: differences}, true, nil
	case "config.apply":
		if v := body[api.ManifestChange](raw).Version; c.Name != "moved" && (v == nil || *v != c.version) {
			return nil, true, fault.New(fault.Conflict, "config.moved_on", "changed meanwhile")
		}
		return s.long(r, c.Name, "", nil), true, nil
	case "revision.compare":
		return api.Comparison{Cluster: c.Name, Differences: differences}, true, nil
	case "property.list":
		quorum := ha.AgentParameter{Name: "no-quorum-policy", Type: "select", Default: "stop", Options: []string{"stop", "ignore"}, Short: "What to do without quorum"}
		return page([]api.ClusterOption{{AgentParameter: quorum, Scope: "property", Value: "ignore", Set: true, Dangerous: "quorum_ignored"}}), true, nil
	}
	return nil, false, nil
}
