package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/e2e/bench/table"
)

// line is what a program on a node has said, and when.
type line struct {
	at        time.Time
	node, who string
	text      string
}

// kind is what a span of time is spent on.
type kind string

const (
	finding  kind = "find"   // noticing that something has happened
	deciding kind = "decide" // Pacemaker agrees who decides, and what is to be done
	fencing  kind = "fence"
	stopping kind = "stop"
	starting kind = "start"
	waiting  kind = "client" // of the client
)

// kinds are all of them, in the order of the legend; rank says which one a moment is counted for that has several.
var kinds = []struct {
	kind
	says string
	rank int
}{
	{finding, "noticing", 2}, {deciding, "deciding", 1}, {fencing, "fencing", 3}, {stopping, "stopping", 4}, {starting, "starting", 4}, {waiting, "client without an answer", 0},
}

func (k kind) rank() int {
	for _, one := range kinds {
		if one.kind == k {
			return one.rank
		}
	}
	return 0
}

// span is a piece of the course of an event. Times are since the blow.
type span struct {
	kind
	name     string
	from, to time.Duration
}

// course is how an event went, from the blow to the first answered query.
type course struct {
	event    string
	column   string
	outage   time.Duration // as the client counts it: from its last answer before
	answered time.Duration
	spans    []span // in order
}

// part is how much of the time was spent on something.
type part struct {
	name string
	took time.Duration
}

// The remainders of a course, in which no span says what was done.
const (
	unknowing = "until the cluster knows"
	between   = "Pacemaker between the steps"
	returning = "until the client has its answer"
)

// parts divides the time up to the first answer: each moment counts for one span, and for a remainder where there is none. The largest
// part comes first.
func (c course) parts() []part {
	marks := []time.Duration{0, c.answered}
	known, worked := c.answered, time.Duration(0)
	for _, s := range c.spans {
		if s.kind == waiting {
			continue
		}
		for _, m := range []time.Duration{s.from, s.to} {
			if m > 0 && m < c.answered {
				marks = append(marks, m)
			}
		}
		if s.kind != finding {
			known, worked = min(known, s.from), max(worked, s.to)
		}
	}
	slices.Sort(marks)
	took := map[string]time.Duration{}
	for i := 1; i < len(marks); i++ {
		from, to := marks[i-1], marks[i]
		name, rank := between, 0
		switch {
		case from < known:
			name = unknowing
		case from >= worked:
			name = returning
		}
		for _, s := range c.spans {
			if s.from <= from && s.to >= to && s.kind.rank() > rank {
				name, rank = s.name, s.kind.rank()
			}
		}
		took[name] += to - from
	}
	var list []part
	for name, d := range took {
		if d > 0 {
			list = append(list, part{name, d})
		}
	}
	slices.SortFunc(list, func(a, b part) int { return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(a.name, b.name)) })
	return list
}

// What the programs say, of corosync 3.1 and Pacemaker 2.1.
var (
	tokenLost   = regexp.MustCompile(`A processor failed, forming new configuration`)
	membership  = regexp.MustCompile(`A new membership \(\S+\) was formed\. Members left: `)
	election    = regexp.MustCompile(`State transition S_\w+ -> S_ELECTION`)
	asksPlan    = regexp.MustCompile(`State transition S_\w+ -> S_POLICY_ENGINE`)
	plan        = regexp.MustCompile(`Calculated transition (\d+)`)
	fenceAsked  = regexp.MustCompile(`Requesting fencing \(\w+\) (?:of|targeting) node (\S+)`)
	fenceDone   = regexp.MustCompile(`Peer (\S+) was terminated \(\w+\) by (\S+) `)
	operated    = regexp.MustCompile(`Requesting local execution of (start|stop) operation for (\S+) on (\S+)`)
	result      = regexp.MustCompile(`Result of (start|stop|monitor) operation for (\S+) on (\S+): (.*?)(?: \||$)`)
	noticed     = regexp.MustCompile(`failure noticed by an event and reported.*?resource=(\S+)`)
	noticedJSON = regexp.MustCompile(`failure noticed by an event and reported.*?"resource":"([^"]+)"`)
)

// spansOf reads the course out of what was said between the blow and the first answer.
func spansOf(lines []line, begun time.Time, answered time.Duration) []span {
	var spans []span
	open := map[string]int{} // spans whose end has not come
	begin := func(key string, k kind, name string, at time.Duration) {
		if _, is := open[key]; is {
			return
		}
		open[key] = len(spans)
		spans = append(spans, span{k, name, at, answered})
	}
	end := func(key string, at time.Duration) bool {
		i, is := open[key]
		if is {
			spans[i].to = at
			delete(open, key)
		}
		return is
	}
	once := map[string]bool{} // signs that several nodes give, or that come again after a node has booted
	first := func(sign string) bool {
		before := once[sign]
		once[sign] = true
		return !before
	}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		at := l.at.Sub(begun)
		if at < 0 || at > answered {
			continue
		}
		switch found := func(e *regexp.Regexp) []string { return e.FindStringSubmatch(l.text) }; {
		case found(tokenLost) != nil:
			if first("token") {
				spans = append(spans, span{finding, "corosync: token missed", 0, at})
				begin("consensus", finding, "corosync: consensus on who is left", at)
			}
		case found(membership) != nil:
			end("consensus", at)
		case found(election) != nil:
			if first("election") {
				begin("plan", deciding, "election of a coordinator, scheduler", at)
			}
		case found(asksPlan) != nil:
			begin("plan", deciding, "coordinator, scheduler", at)
		case found(plan) != nil:
			end("plan", at)
		case found(fenceAsked) != nil:
			begin("fence", fencing, "fencing "+found(fenceAsked)[1], at)
		case found(fenceDone) != nil:
			end("fence", at)
		case found(operated) != nil:
			m := found(operated)
			begin(strings.Join(m[1:4], " "), map[string]kind{"start": starting, "stop": stopping}[m[1]], fmt.Sprintf("%s %s on %s", m[1], m[2], m[3]), at)
		case found(result) != nil:
			m := found(result)
			if !end(strings.Join(m[1:4], " "), at) && m[1] == "monitor" && m[4] != "ok" && first("failed "+m[2]) {
				spans = append(spans, span{finding, fmt.Sprintf("monitor of %s: %s", m[2], m[4]), 0, at})
			}
		case found(noticed) != nil || found(noticedJSON) != nil:
			m := found(noticed)
			if m == nil {
				m = found(noticedJSON)
			}
			if first("noticed " + m[1]) {
				spans = append(spans, span{finding, fmt.Sprintf("hawser: event, monitor and report of %s", m[1]), 0, at})
			}
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return spans
}

// trace notes the course of an event that has just happened, and writes it down.
func (b *bench) trace(ctx context.Context, p peer, k *blow) error {
	seen, err := b.s.Client(ctx)
	if err != nil {
		return err
	}
	outage := time.Duration(seen.LongestOutageMS) * time.Millisecond
	end := seen.LongestAt.Add(outage)
	c := course{event: k.name, column: p.Name(), outage: outage, answered: end.Sub(k.begun)}
	var lines []line
	for _, node := range b.s.Nodes() {
		said, err := b.journal(ctx, node, k.begun)
		if err != nil {
			if node == k.active { // it has lost its power, and perhaps not booted yet: what it said then is gone
				continue
			}
			return err
		}
		lines = append(lines, said...)
	}
	c.spans = append(spansOf(lines, k.begun, c.answered), span{waiting, "client without an answer", max(0, seen.LongestAt.Sub(k.begun)), c.answered})
	if err := b.keepLines(k.name, lines, k.begun, c.answered); err != nil {
		return err
	}
	b.courses = append(b.courses, c)
	if err := os.MkdirAll(b.o.trace, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.o.trace, c.picture()), []byte(c.svg()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.o.trace, "failover-trace"+c.suffix()+".md"), []byte(courses(b.courses, b.o)), 0o644)
}

// said are the programs of a cluster's node.
var said = []string{"corosync", "pacemakerd", "pacemaker-controld", "pacemaker-schedulerd", "pacemaker-fenced", "pacemaker-execd", "pacemaker-attrd", "pacemaker-based", "hawser-agent"}

// journal is what the cluster's programs have said on a node since a time.
func (b *bench) journal(ctx context.Context, node string, since time.Time) ([]line, error) {
	argv := []string{"journalctl", "--output=json", "--no-pager", "--quiet", "--since=@" + strconv.FormatInt(since.Unix(), 10)}
	for _, who := range said {
		argv = append(argv, "SYSLOG_IDENTIFIER="+who)
	}
	out, err := b.s.Exec(ctx, node, argv...)
	if err != nil {
		return nil, err
	}
	return readJournal(node, out)
}

// readJournal reads the journal's JSON. The time of a message is when its sender gave it to the kernel: a busy journal takes it later.
func readJournal(node string, data []byte) ([]line, error) {
	var lines []line
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var m struct {
			Who      string          `json:"SYSLOG_IDENTIFIER"`
			Text     json.RawMessage `json:"MESSAGE"`
			Received string          `json:"__REALTIME_TIMESTAMP"`
			Sent     string          `json:"_SOURCE_REALTIME_TIMESTAMP"`
		}
		if err := json.Unmarshal(in.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("journal of %s: %w: %.200s", node, err, in.Bytes())
		}
		var text string
		if json.Unmarshal(m.Text, &text) != nil {
			continue // not text
		}
		micros, err := strconv.ParseInt(cmp.Or(m.Sent, m.Received), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("journal of %s: time: %w", node, err)
		}
		lines = append(lines, line{time.UnixMicro(micros), node, m.Who, text})
	}
	return lines, in.Err()
}

// keepLines writes what was said beside the results, for whoever asks further.
func (b *bench) keepLines(name string, lines []line, begun time.Time, answered time.Duration) error {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	var text strings.Builder
	for _, l := range lines {
		if at := l.at.Sub(begun); at >= 0 && at < answered+time.Second {
			fmt.Fprintf(&text, "%8.3f %s %-20s %s\n", at.Seconds(), l.node, l.who, l.text)
		}
	}
	dir := filepath.Dir(b.o.out)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "trace-"+slug(name)+".log"), []byte(text.String()), 0o644)
}

func slug(text string) string { return strings.ReplaceAll(text, " ", "-") }

// suffix tells the files of a peer from Hawser's own.
func (c course) suffix() string {
	if c.column == ownColumn {
		return ""
	}
	return "-" + slug(c.column)
}

func (c course) picture() string { return "trace-" + slug(c.event) + c.suffix() + ".svg" }

// courses is the traces as people read them.
func courses(list []course, o options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Where the time goes in a failover\n\nWritten by `make bench-failover TRACE=1`, commit %s, %s: one round of %s (profile %s", o.commit, time.Now().UTC().Format(time.DateOnly), list[0].column, o.profile)
	if list[0].column == ownColumn {
		fmt.Fprintf(&b, ", detection by events %s", map[bool]string{true: "switched on", false: "off"}[o.watch])
	}
	fmt.Fprintf(&b, "), on %d processors with a load average of %s", runtime.NumCPU(), table.Load())
	b.WriteString(", from what corosync, Pacemaker and the agents of the nodes said, each message at the time at which it was sent, and from the client. Times are in milliseconds since the blow; all nodes share one clock.\n")
	for _, c := range list {
		fmt.Fprintf(&b, "\n## %s\n\n![%s: what happened when](%s)\n\nAnswered again after %d ms; the client was without an answer for %d ms.\n\n| part | ms | share |\n| --- | --- | --- |\n",
			c.event, c.event, c.picture(), c.answered.Milliseconds(), c.outage.Milliseconds())
		for _, p := range c.parts() {
			fmt.Fprintf(&b, "| %s | %d | %.0f %% |\n", p.name, p.took.Milliseconds(), 100*p.took.Seconds()/c.answered.Seconds())
		}
		b.WriteString("\n| what | from | to | took |\n| --- | --- | --- | --- |\n")
		for _, s := range c.spans {
			fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", s.name, s.from.Milliseconds(), s.to.Milliseconds(), (s.to - s.from).Milliseconds())
		}
	}
	return b.String()
}
