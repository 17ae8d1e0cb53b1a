package api

import "hawser/internal/ha"

// FenceLevels makes the levels of one target exactly these; no levels removes them. Exactly one of node, pattern and attribute
// says for whom they are.
type FenceLevels struct {
	Node      string      `json:"node,omitempty" doc:"The node that they are for."`
	Pattern   string      `json:"pattern,omitempty" doc:"Regular expression (POSIX extended) of the names of the nodes that they are for."`
	Attribute string      `json:"attribute,omitempty" doc:"Node attribute that the nodes have that they are for."`
	Value     string      `json:"value,omitempty" doc:"The attribute's value."`
	Levels    [][]string  `json:"levels" doc:"The devices of level 1, of level 2, …; all devices of a level must succeed, and the next level is tried only where one fails."`
	Version   *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// FenceTest fences a node for real, in order to know that it can be done.
type FenceTest struct {
	Node    string `json:"node" doc:"The node that is fenced: it is restarted without warning."`
	Device  string `json:"device,omitempty" doc:"Only with this device; absent: as the cluster would do it."`
	Confirm string `json:"confirm" doc:"The node's name, typed again."`
	Force   bool   `json:"force,omitempty" doc:"Although quorum or a service is lost by it."`
}

// FixFinding names a finding of check.list that is to be mended.
type FixFinding struct {
	Code   string `json:"code" doc:"Code of the finding."`
	Object string `json:"object,omitempty" doc:"What it is about, as check.list has it."`
}

// EvidenceReport is what the verdict of a cluster stands on.
type EvidenceReport struct {
	Verdict  ha.Verdict    `json:"verdict"`
	Evidence []ha.Evidence `json:"evidence" doc:"Worst first. evidence.<code> in the catalogue is the sentence, evidence.<code>.do what to do."`
}

// SBDPlan is what SBD would be with these settings; nothing has changed.
type SBDPlan struct {
	Times   ha.SBDTimes       `json:"times" doc:"What follows from what was chosen."`
	Restart bool              `json:"restart" doc:"It does not run so yet: it takes effect when the whole cluster was stopped and started."`
	Nodes   map[string]string `json:"nodes" doc:"The watchdog's device by node."`
	Disks   []ha.SBDDisk      `json:"disks" doc:"The chosen devices as the first node sees them."`
}
