package ha

import (
	"fmt"
	"slices"

	"hawser/internal/fault"
)

// Scenario is what is played through on a copy of a cluster: a change of its configuration, failures, or both at once.
type Scenario struct {
	Edits      []Edit          `json:"edits,omitempty" doc:"Changes of the configuration, as one step."`
	Move       []Relocation    `json:"move,omitempty" doc:"Resources that are moved."`
	LoseNodes  []string        `json:"loseNodes,omitempty" doc:"Nodes that vanish at the same moment."`
	StopNodes  []string        `json:"stopNodes,omitempty" doc:"Nodes whose cluster services are stopped: what runs there goes first."`
	Fail       []FailedMonitor `json:"fail,omitempty" doc:"Resources whose monitor fails."`
	Restart    []string        `json:"restart,omitempty" doc:"Resources that are stopped and started again where they are."`
	Cleanup    []CleanedUp     `json:"cleanup,omitempty" doc:"Failures that are forgotten."`
	LoseQuorum bool            `json:"loseQuorum,omitempty" doc:"The cluster loses quorum, whoever is there."`
	Health     []NodeColour    `json:"health,omitempty" doc:"Colours that nodes get."`
}

// NodeColour is a colour that a node has by one kind of its health.
type NodeColour struct {
	Node   string     `json:"node"`
	Kind   HealthKind `json:"kind" enum:"cpu,mem,disk"`
	Colour Colour     `json:"colour" enum:"green,yellow,red"`
}

// Relocation asks for a move of a resource.
type Relocation struct {
	Resource string `json:"resource"`
	Node     string `json:"node,omitempty" doc:"Where to; absent: anywhere else."`
	Promoted bool   `json:"promoted,omitempty" doc:"Only the promoted role of a clone moves, as when a volume is promoted."`
}

// FailedMonitor is a resource whose monitor fails.
type FailedMonitor struct {
	Resource string `json:"resource"`
	Node     string `json:"node,omitempty" doc:"Where; absent: wherever it runs."`
}

// CleanedUp are failures that are forgotten.
type CleanedUp struct {
	Resource string `json:"resource,omitempty" doc:"Absent: of all resources."`
	Node     string `json:"node,omitempty" doc:"Absent: on all nodes."`
}

// maxScenario bounds each list of a scenario: no request of a person is longer.
const maxScenario = 100

// ValidateScenario checks what can be checked without the cluster.
func ValidateScenario(s Scenario) error {
	var f fault.Fields
	lists := map[string]int{
		"edits": len(s.Edits), "move": len(s.Move), "loseNodes": len(s.LoseNodes), "stopNodes": len(s.StopNodes), "fail": len(s.Fail),
		"restart": len(s.Restart), "cleanup": len(s.Cleanup), "health": len(s.Health),
	}
	asked := s.LoseQuorum
	for _, n := range lists {
		asked = asked || n > 0
	}
	if !asked {
		f.Add("edits", "field.required", "missing")
	}
	for name, n := range lists {
		if n > maxScenario {
			f.Add(name, "whatif.too_many", "too many at once", "max", fmt.Sprint(maxScenario))
		}
	}
	for field, nodes := range map[string][]string{"loseNodes": s.LoseNodes, "stopNodes": s.StopNodes} {
		for i, n := range nodes {
			at := fmt.Sprintf("%s[%d]", field, i)
			checkNodeName(&f, at, n)
			if slices.Contains(nodes[:i], n) || field == "stopNodes" && slices.Contains(s.LoseNodes, n) {
				f.Add(at, "whatif.twice", "named twice", "name", n)
			}
		}
	}
	CheckColours(&f, "health", s.Health)
	for i, m := range s.Move {
		checkID(&f, fmt.Sprintf("move[%d].resource", i), m.Resource)
		if m.Node != "" {
			checkNodeName(&f, fmt.Sprintf("move[%d].node", i), m.Node)
		}
	}
	for i, id := range s.Restart {
		checkID(&f, fmt.Sprintf("restart[%d]", i), id)
		if slices.Contains(s.Restart[:i], id) {
			f.Add(fmt.Sprintf("restart[%d]", i), "whatif.twice", "named twice", "name", id)
		}
	}
	for i, c := range s.Cleanup {
		if c.Resource != "" {
			checkID(&f, fmt.Sprintf("cleanup[%d].resource", i), c.Resource)
		}
		if c.Node != "" {
			checkNodeName(&f, fmt.Sprintf("cleanup[%d].node", i), c.Node)
		}
	}
	for i, m := range s.Fail {
		checkID(&f, fmt.Sprintf("fail[%d].resource", i), m.Resource)
		if m.Node != "" {
			checkNodeName(&f, fmt.Sprintf("fail[%d].node", i), m.Node)
		}
	}
	return f.Err()
}

// Forecast is what Pacemaker's scheduler would do about a scenario. Nothing in it is made up: the actions and their order are
// the scheduler's, times are those that were measured on this cluster, and what was never measured is said to be unknown.
type Forecast struct {
	Engine      string           `json:"engine" enum:"pacemaker,simulated"`
	Quorate     bool             `json:"quorate" doc:"Whether the cluster has quorum afterwards."`
	Differences []Difference     `json:"differences" doc:"What the scenario changes in the configuration. Secrets are ***."`
	Actions     []ForecastAction `json:"actions" doc:"What becomes of each node and resource, in the scheduler's order."`
	Steps       []ForecastStep   `json:"steps" doc:"Every single operation in the order in which it would begin."`
	Services    []Interruption   `json:"services" doc:"Services that would be interrupted, longest first."`
	// Rest says that the scheduler has nothing left to do afterwards; false where nobody looked further.
	Rest bool `json:"rest" doc:"The cluster comes to rest after these steps; false: more would follow, or nobody looked further."`
	// Doubtful are resources whose place only a probe can tell once their failures are forgotten: nothing is foretold of them.
	Doubtful []string `json:"doubtful,omitempty" doc:"Resources of which only a probe can tell what becomes of them."`
	// Busy says that the cluster has work to do without the scenario, which is then in the forecast, too.
	Busy bool `json:"busy" doc:"The cluster has work to do as it is; that is in the forecast, too."`
	// Detection is how long the cluster takes to notice what the scenario lets fail.
	Detection *Detection `json:"detection,omitempty"`
	// Warnings are added by the server, which knows what was promised.
	Warnings []Finding `json:"warnings,omitempty" doc:"Targets that the changes of the configuration would break, by the failover budgets as they would be."`
}

// Detection is how long a failure stays unnoticed. It is part of the interruption of what fails.
type Detection struct {
	Kind string `json:"kind" enum:"node,monitor" doc:"node: the token must be missed and the rest must agree. monitor: the next monitor must come."`
	// Expected is the mean, Worst the bound.
	ExpectedMS int `json:"expectedMs"`
	WorstMS    int `json:"worstMs"`
}

// ForecastAction is what becomes of a node or a resource.
type ForecastAction struct {
	Transition int    `json:"transition" doc:"0 for the first answer of the scheduler, 1 for what follows once that is done, …"`
	Kind       string `json:"kind" enum:"fence,unfence,start,stop,move,migrate,restart,recover,reload,promote,demote"`
	Resource   string `json:"resource,omitempty"`
	Service    string `json:"service,omitempty" doc:"The top-level resource that it is a part of."`
	From       string `json:"from,omitempty" doc:"Node where it was."`
	To         string `json:"to,omitempty" doc:"Node where it will be."`
	Role       string `json:"role,omitempty" doc:"Role afterwards, where it changes."`
	Reason     string `json:"reason,omitempty" doc:"In the scheduler's own words."`
	Blocked    bool   `json:"blocked,omitempty" doc:"The scheduler wants it but cannot."`
}

// ForecastStep is one operation.
type ForecastStep struct {
	Transition int    `json:"transition"`
	Operation  string `json:"operation" doc:"start, stop, monitor, promote, demote, migrate_to, migrate_from, fence …"`
	Resource   string `json:"resource,omitempty"`
	Node       string `json:"node,omitempty"`
	// Begin counts from the moment at which the scheduler decides.
	BeginMS    int  `json:"beginMs"`
	DurationMS int  `json:"durationMs" doc:"Median of what was measured."`
	Measured   bool `json:"measured" doc:"false: it has never been measured here, and counts as nothing."`
}

// Interruption is how long a service would be away.
type Interruption struct {
	Service string `json:"service" doc:"The top-level resource."`
	// Ends says whether it comes back by itself.
	Ends     bool `json:"ends" doc:"false: it does not come back by itself."`
	OutageMS int  `json:"outageMs" doc:"From the moment at which it stops to work until it works again, with the time until its failure is noticed."`
	DetectMS int  `json:"detectMs,omitempty" doc:"The part of it until the failure is noticed."`
	FenceMS  int  `json:"fenceMs,omitempty" doc:"The part of it that fencing takes."`
	Exact    bool `json:"exact" doc:"Every part of it has been measured; false: it is at least this long."`
	// Missing are what was never measured.
	Missing []string `json:"missing,omitempty" doc:"What was never measured, for example start of db, or fencing of n1."`
}
