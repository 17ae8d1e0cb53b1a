package api

import "hawser/internal/ha"

// SetHealth makes smart migration exactly this.
type SetHealth struct {
	ha.HealthPolicy
	Version *ha.Version `json:"version,omitempty" doc:"What the author has seen; if it has moved on, the answer is 409."`
}

// HealthShown is smart migration as it is.
type HealthShown struct {
	Policy   ha.HealthPolicy    `json:"policy"`
	Scores   ha.HealthScores    `json:"scores" doc:"What Pacemaker weighs colours with; all 0 where it is off."`
	Nodes    []HealthNode       `json:"nodes"`
	Agents   []ha.HealthAgent   `json:"agents" doc:"Resources of the cluster that colour nodes by themselves; Hawser leaves to them what they measure."`
	Held     []string           `json:"held" doc:"Services whose stickiness is above what red costs: they stay on a red node. With prefer: services that follow nevertheless."`
	Mistakes []ha.HealthMistake `json:"mistakes" doc:"Values in the configuration that cannot be read; what they are about is off."`
	Services []string           `json:"services" doc:"Resources that may be excepted."`
	Version  *ha.Version        `json:"version,omitempty" doc:"Send it back with a change."`
}

// HealthNode is how one node is.
type HealthNode struct {
	Node   string         `json:"node"`
	Online bool           `json:"online"`
	Colour ha.Colour      `json:"colour" enum:"green,yellow,red" doc:"The worst of all kinds, as the cluster knows them."`
	Rules  HealthRules    `json:"rules" doc:"The rules that hold on it, its own or the cluster's."`
	Own    []string       `json:"own" doc:"Kinds for which it has rules of its own."`
	Health *ha.NodeHealth `json:"health,omitempty" doc:"What it measures; absent where its agent has not told."`
}

// HealthRules are the rules of all kinds.
type HealthRules struct {
	CPU    ha.HealthRule `json:"cpu"`
	Memory ha.HealthRule `json:"mem"`
	Disk   ha.HealthRule `json:"disk"`
}

// HealthQuestion asks what would move.
type HealthQuestion struct {
	Policy  *ha.HealthPolicy `json:"policy,omitempty" doc:"A policy that is thought of; absent: the one that is."`
	Colours []ha.NodeColour  `json:"colours,omitempty" doc:"Colours that are thought of; what is not named is as it is measured now."`
}

// HealthPlan says what would move.
type HealthPlan struct {
	Policy   ha.HealthPolicy `json:"policy"`
	Scores   ha.HealthScores `json:"scores"`
	Colours  []ha.NodeColour `json:"colours" doc:"What the nodes would be, as soon as the values have lasted."`
	Unknown  []string        `json:"unknown" doc:"Nodes that are online and have not told what they measure: they count as they are coloured now."`
	Held     []string        `json:"held"`
	Forecast ha.Forecast     `json:"forecast"`
}
