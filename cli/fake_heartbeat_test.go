package cli_test

import (
	"net/http"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// heartbeat answers the routes of links, timing and quorum; known is false for any other.
func (s *server) heartbeat(c *cluster, r api.Route, q *http.Request) (out any, known bool) {
	if r.Long {
		switch r.Name {
		case "diskhb.enable", "diskhb.disable", "link.add", "link.edit", "link.remove", "timing.set", "quorum.edit", "qdevice.set", "qdevice.remove", "node.sync":
			return s.long(r, c.Name, q.PathValue("link"), nil), true
		}
		return nil, false
	}
	setup := c.setup
	alone := ha.Poll{Setup: setup, Present: []string{"n1", "n2"}}
	switch r.Name {
	case "link.list":
		l := api.Links{Checks: ha.LinkChecks(setup, map[string]ha.Facts{"n1": {}}), Free: setup.FreeLink(), Nodes: []api.ConfNode{{Node: "n2", State: "straggler", Version: 3}}}
		for i, one := range setup.ResolvedLinks() {
			l.Links = append(l.Links, api.LinkShown{Link: one, Ends: []api.LinkEnd{{Node: "n1", Address: setup.Nodes[0].Addresses[i], Interface: "eth0"}}})
			l.Matrix = append(l.Matrix, ha.LinkState{Node: "n1", Peer: "n2", Link: one.Number, Enabled: true, Connected: true, LatencyUS: 180, Loss: 0.5})
		}
		return l, true
	case "diskhb.show":
		return api.DiskHeartbeatShown{Enabled: true, Link: &ha.Link{Number: 7, Kind: ha.DiskLink}, Nodes: []api.DiskHeartbeatNode{
			{Node: "n1", Address: "192.168.250.1", Heartbeat: &ha.DiskHeartbeat{Device: "/dev/mapper/hb", State: ha.DiskWorking, ReadUS: 420, WriteUS: 510, Peers: []ha.DiskPeer{{ID: 2, Alive: true}}}},
			{Node: "n2", Address: "192.168.250.2", Heartbeat: &ha.DiskHeartbeat{State: ha.DiskDown, Peers: []ha.DiskPeer{}}},
		}}, true
	case "diskhb.inspect":
		return api.DiskInspected{Device: "/dev/mapper/hb", Carries: []string{"ext4"}, Nodes: []api.InspectedNode{
			{Node: "n1", Inspection: &ha.DiskInspection{Device: "/dev/mapper/hb", SizeBytes: 64 << 20, Carries: []string{"ext4"}}},
			{Node: "n2", Fault: fault.New(fault.NotFound, "diskhb.no_device", "none").With("node", "n2", "device", "/dev/mapper/hb")},
		}}, true
	case "timing.show":
		t := api.TimingShown{Timing: setup.Timing.Resolved(2), Measured: ha.Measure(nil, 900, 0), Hosts: []api.MeasuredHost{}, Links: ha.LinkTimings(setup)}
		t.Budget = ha.NodeLossOf(t.Timing, 2, nil)
		t.Profiles, t.Advice = ha.Profiles(setup, nil, t.Measured)
		t.Profiles[2].Breaks = []ha.Finding{{Code: ha.FindingBudgetToken, Severity: ha.Warning, Object: "pg", Args: map[string]string{
			"service": "pg", "event": "node", "time": "14", "target": "10", "part": "11",
		}}}
		return t, true
	case "quorum.show":
		return api.QuorumShown{
			Configured: setup.EffectiveQuorum(), Quorate: true, Votes: 2, Expected: 2, Needed: 1, InForce: []string{"two_node"}, Restart: []string{"wait_for_all"},
			Survives: alone.Survives(), Complete: alone.Survives(), Nodes: []api.QuorumNode{{Node: "n1", Votes: 1, Online: true}, {Node: "n2", Votes: 1, Online: true}},
		}, true
	case "qdevice.show":
		return api.QDeviceShown{Device: &api.QDeviceStatus{
			QuorumDevice: ha.QuorumDevice{Host: "arb", Address: "10.0.9.100", Algorithm: ha.FiftyFifty, TieBreaker: ha.TieLowest}, Votes: 1, Connected: true,
			Nodes: []api.QDeviceNode{{Node: "n1", Online: true, Connected: true, Voting: true, Heuristics: "pass", Seen: &ha.ArbiterNode{ID: 1}}, {Node: "n2", Heuristics: "fail"}},
		}}, true
	case "qdevice.plan":
		return api.QDevicePlan{Device: ha.QuorumDevice{Host: "arb", Address: "10.0.9.100", Algorithm: ha.FiftyFifty, TieBreaker: ha.TieLowest}, Before: alone.Survives(), After: alone.Survives(), Complete: alone.Survives(), Cleared: []string{"two_node"}}, true
	case "quorum.plan":
		return api.QuorumPlan{Before: alone.Survives(), After: alone.Survives(), Complete: alone.Survives(), Restart: []string{}}, true
	}
	return nil, false
}
