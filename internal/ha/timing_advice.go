package ha

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Budget is how long it takes, at worst, from the death of a node until its services run again, in milliseconds. What is configured
// decides; a service that starts faster than its time-out allows is back sooner.
type Budget struct {
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
	Name      string `json:"name" enum:"fast,balanced,tolerant"`
	TokenMS   int    `json:"tokenMs"`
	Budget    Budget `json:"budget"`
	Safe      bool   `json:"safe" doc:"Its token bears what was measured."`
	InForce   bool   `json:"inForce"`
	Consensus int    `json:"consensusMs"`
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
			Name: name, TokenMS: t.inForce(n), Consensus: t.Consensus, Budget: BudgetOf(t, n, cfg),
			Safe: t.Token >= m.NeedsMS, InForce: t.Token == now.Token && t.Consensus == now.Consensus && *t.TokenCoefficient == *now.TokenCoefficient,
		}
		if p.Safe && advice == ProfileCustom {
			advice = name
		}
		list = append(list, p)
	}
	return list, advice
}

// BudgetOf computes how long the loss of a node takes at worst.
func BudgetOf(t Timing, nodes int, cfg *Config) Budget {
	r := t.Resolved(nodes)
	b := Budget{TokenMS: r.inForce(nodes), ConsensusMS: r.Consensus}
	b.DetectionMS = b.TokenMS + b.ConsensusMS
	if cfg == nil {
		return b
	}
	if v := cfg.Properties["stonith-enabled"]; v != "false" && v != "no" && v != "0" && v != "off" {
		b.FencingMS = fencingTime(cfg)
	}
	for _, r := range cfg.Resources {
		b.StartMS = max(b.StartMS, startTime(cfg, r))
	}
	return b
}

// Pacemaker's own defaults. Source: Pacemaker Explained 2.1.
const (
	stockFencing = 60 * time.Second
	stockStart   = 20 * time.Second
)

// fencingTime is how long the slowest fence device may take, with its delay.
func fencingTime(cfg *Config) int {
	general := orElse(ReadDuration(cfg.Properties["stonith-timeout"]), stockFencing)
	worst := time.Duration(0)
	for _, d := range fenceDevices(cfg.Resources, false) {
		own := orElse(ReadDuration(d.Parameters["pcmk_reboot_timeout"]), general)
		delay := max(ReadDuration(d.Parameters["pcmk_delay_base"]), ReadDuration(d.Parameters["pcmk_delay_max"]))
		worst = max(worst, own+delay)
	}
	return int(worst / time.Millisecond)
}

// startTime is how long a resource may take to start: members of a group start one after the other.
func startTime(cfg *Config, r Resource) int {
	if strings.HasPrefix(r.Agent, "stonith:") || r.Kind == Template {
		return 0
	}
	if r.Kind == Primitive {
		limit := orElse(ReadDuration(cfg.OperationDefaults["timeout"]), stockStart)
		for _, o := range r.Operations {
			if o.Name == "start" {
				limit = orElse(ReadDuration(o.Timeout), limit)
			}
		}
		return int(limit / time.Millisecond)
	}
	sum := 0
	for _, m := range r.Members {
		if t := startTime(cfg, m); r.Kind == Group {
			sum += t
		} else {
			sum = max(sum, t)
		}
	}
	return sum
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

var spelled = regexp.MustCompile(`^([0-9]{1,9})\s*([a-z]*)$`)

// ReadDuration reads a time as Pacemaker writes them: 20s, 500ms, 2min, or seconds without a unit; 0 where it is none.
func ReadDuration(text string) time.Duration {
	m := spelled.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	units := map[string]time.Duration{
		"": time.Second, "s": time.Second, "sec": time.Second, "ms": time.Millisecond, "msec": time.Millisecond, "us": time.Microsecond, "usec": time.Microsecond,
		"m": time.Minute, "min": time.Minute, "h": time.Hour, "hr": time.Hour,
	}
	return time.Duration(n) * units[m[2]]
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
