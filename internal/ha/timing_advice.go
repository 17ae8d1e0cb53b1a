package ha

// NodeLoss is how long it takes, at worst, from the death of a node until what ran there runs again, in milliseconds, over all nodes and
// services of a cluster. Budget says it of one service.
type NodeLoss struct {
	TokenMS      int `json:"tokenMs" doc:"Until the token counts as lost: with what is added for each node beyond two."`
	ConsensusMS  int `json:"consensusMs" doc:"Until the rest have agreed on a membership."`
	DetectionMS  int `json:"detectionMs" doc:"Token and consensus: the cluster goes on without the node."`
	FencingMS    int `json:"fencingMs" doc:"At most, until the node is fenced; 0 without fencing."`
	StartMS      int `json:"startMs" doc:"At most, until the service with the longest start time-outs is up; 0 without services."`
	LastOutageMS int `json:"lastOutageMs,omitempty" doc:"How long the last failover really took, as the cluster reports it."`
}

// Measured is what was measured of a cluster's network and machines.
type Measured struct {
	LatencyUS int     `json:"latencyUs" doc:"Average latency of the slowest pair over its best link, in microseconds."`
	WorstUS   int     `json:"worstUs" doc:"Longest latency of that kind."`
	Loss      float64 `json:"lossPercent" doc:"Pings lost lately on the worst link, in percent."`
	JitterUS  int     `json:"jitterUs" doc:"By how much a program was woken too late at worst, on the worst node."`
	MissedUS  int     `json:"missedUs" doc:"Longest pause that Corosync itself has noted on any node."`
	NeedsMS   int     `json:"needsMs" doc:"Token that bears what was measured four times over."`
}

// Profile is a set of timings as it would be for this cluster.
type Profile struct {
	Name      string   `json:"name" enum:"fast,balanced,tolerant"`
	TokenMS   int      `json:"tokenMs"`
	Budget    NodeLoss `json:"budget"`
	Safe      bool     `json:"safe" doc:"Its token bears what was measured."`
	InForce   bool     `json:"inForce"`
	Consensus int      `json:"consensusMs"`
	// Breaks are added by the server, which knows what was promised.
	Breaks []Finding `json:"breaks,omitempty" doc:"Targets of services that it would break, by their failover budgets."`
}

// LinkTiming is the times of a link.
type LinkTiming struct {
	Link         int `json:"link"`
	PingInterval int `json:"pingInterval"`
	PingTimeout  int `json:"pingTimeout"`
	PongCount    int `json:"pongCount"`
	// Recovery is until messages take the next link after this one was cut.
	Recovery int `json:"recoveryMs" doc:"Until a cut link is given up and the next one is taken."`
}

// margin is how many times over a token must bear the stalls that were measured: one measurement meets no machine at its worst.
const margin = 4

// Measure brings together what links and hosts tell. Of each pair the best link counts, because it carries everything.
func Measure(links []LinkState, jitterUS, missedUS int) Measured {
	m := Measured{JitterUS: jitterUS, MissedUS: missedUS}
	best := map[string]LinkState{}
	for _, l := range links {
		m.Loss = max(m.Loss, l.Loss)
		if !l.Connected || l.LatencyUS == 0 {
			continue
		}
		if b, has := best[l.pair()]; !has || l.LatencyUS < b.LatencyUS {
			best[l.pair()] = l
		}
	}
	for _, l := range best {
		m.LatencyUS = max(m.LatencyUS, l.LatencyUS)
		m.WorstUS = max(m.WorstUS, l.WorstUS)
	}
	stall := max(m.WorstUS, m.LatencyUS) + max(m.JitterUS, m.MissedUS)
	m.NeedsMS = (margin*stall + 999) / 1000
	return m
}

// Profiles says what each named profile would mean for a cluster, fastest first, and which is the fastest that is safe: custom where
// none is.
func Profiles(s Setup, cfg *Config, m Measured) (list []Profile, advice string) {
	advice = ProfileCustom
	n := len(s.Nodes)
	now := s.Timing.Resolved(n)
	for _, name := range []string{ProfileFast, ProfileBalanced, ProfileTolerant} {
		t := Timing{Profile: name}.Resolved(n)
		p := Profile{
			Name: name, TokenMS: t.inForce(n), Consensus: t.Consensus, Budget: NodeLossOf(t, n, cfg),
			Safe: t.Token >= m.NeedsMS, InForce: t.Token == now.Token && t.Consensus == now.Consensus && *t.TokenCoefficient == *now.TokenCoefficient,
		}
		if p.Safe && advice == ProfileCustom {
			advice = name
		}
		list = append(list, p)
	}
	return list, advice
}

// NodeLossOf computes how long the loss of a node takes at worst.
func NodeLossOf(t Timing, nodes int, cfg *Config) NodeLoss {
	r := t.Resolved(nodes)
	l := NodeLoss{TokenMS: r.inForce(nodes), ConsensusMS: r.Consensus}
	l.DetectionMS = l.TokenMS + l.ConsensusMS
	if cfg == nil {
		return l
	}
	b := newBudgeter(BudgetBasis{Config: cfg})
	for _, node := range b.nodes {
		l.FencingMS = max(l.FencingMS, total(b.fencing(node, nil).worst))
	}
	for _, s := range Services(*cfg, nil) {
		l.StartMS = max(l.StartMS, b.starting(s).worst.MS)
	}
	return l
}

// LinkTimings are the times of a set-up's links. A cut link is given up at the first look of knet that finds its time-out over.
func LinkTimings(s Setup) []LinkTiming {
	list := []LinkTiming{}
	for _, l := range s.ResolvedLinks() {
		list = append(list, LinkTiming{
			Link: l.Number, PingInterval: l.PingInterval, PingTimeout: l.PingTimeout, PongCount: l.PongCount, Recovery: l.PingTimeout + knetLook,
		})
	}
	return list
}
