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

// EvidenceReport is what the verdict of a cluster stands on.
type EvidenceReport struct {
	Verdict  ha.Verdict    `json:"verdict"`
	Evidence []ha.Evidence `json:"evidence" doc:"Worst first. evidence.<code> in the catalogue is the sentence, evidence.<code>.do what to do."`
}
