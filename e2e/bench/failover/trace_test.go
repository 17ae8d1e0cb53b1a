package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

var blowAt = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// said makes lines of "MILLISECONDS NODE WHO TEXT".
func saidLines(t *testing.T, list ...string) []line {
	t.Helper()
	var lines []line
	for _, text := range list {
		f := strings.SplitN(text, " ", 4)
		ms, err := time.ParseDuration(f[0] + "ms")
		if err != nil || len(f) != 4 {
			t.Fatal(text, err)
		}
		lines = append(lines, line{blowAt.Add(ms), f[1], f[2], f[3]})
	}
	return lines
}

// crash is what two nodes say after the third, which ran the database, has lost its power.
var crash = []string{
	"760 n2 corosync [TOTEM ] A processor failed, forming new configuration: token timed out (750ms), waiting 900ms for consensus.",
	"765 n3 corosync [TOTEM ] A processor failed, forming new configuration: token timed out (750ms), waiting 900ms for consensus.",
	"1660 n2 corosync [TOTEM ] A new membership (2.1c) was formed. Members left: 1",
	"1661 n3 corosync [TOTEM ] A new membership (2.1c) was formed. Members left: 1",
	"1670 n2 pacemaker-controld State transition S_NOT_DC -> S_ELECTION | input=I_ELECTION",
	"1700 n2 pacemaker-schedulerd Calculated transition 0 (with warnings), saving inputs in /var/lib/pacemaker/pengine/pe-warn-0.bz2",
	"1701 n2 pacemaker-controld Requesting fencing (reboot) of node n1 | action=1 timeout=60000",
	"1800 n3 pacemaker-controld Peer n1 was terminated (reboot) by n2 on behalf of pacemaker-controld.1@n2: OK | event=1",
	"1790 n2 pacemaker-controld Peer n1 was terminated (reboot) by n2 on behalf of pacemaker-controld.1@n2: OK | event=1",
	"1810 n2 pacemaker-controld Requesting local execution of start operation for pg-fs on n2 | transition_key=1",
	"1860 n2 pacemaker-controld Result of start operation for pg-fs on n2: ok | rc=0",
	"1870 n2 pacemaker-controld Requesting local execution of monitor operation for pg-fs on n2 | transition_key=2",
	"1870 n2 pacemaker-controld Requesting local execution of start operation for pg-db on n2 | transition_key=2",
	"1990 n2 pacemaker-controld Result of monitor operation for pg-fs on n2: ok | rc=0",
	"2170 n2 pacemaker-controld Result of start operation for pg-db on n2: ok | rc=0",
	"9000 n1 corosync [TOTEM ] A new membership (1.20) was formed. Members joined: 1",
}

func TestSpans(t *testing.T) {
	got := ""
	for _, s := range spansOf(saidLines(t, crash...), blowAt, 2200*time.Millisecond) {
		got += fmt.Sprintf("%s %d-%d %s\n", s.kind, s.from.Milliseconds(), s.to.Milliseconds(), s.name)
	}
	const want = `find 0-760 corosync: token missed
find 760-1660 corosync: consensus on who is left
decide 1670-1700 election of a coordinator, scheduler
fence 1701-1790 fencing n1
start 1810-1860 start pg-fs on n2
start 1870-2170 start pg-db on n2
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestSpansOfKill: who has noticed it is told, by an event or by a monitor; a monitor that has found nothing is no sign.
func TestSpansOfKill(t *testing.T) {
	for name, c := range map[string]struct{ said, want string }{
		"event":      {`90 n1 hawser-agent time=2026-11-30T12:00:00.090Z level=INFO msg="failure noticed by an event and reported" resource=pg-db sign=process`, "find 0-90 hawser: event, monitor and report of pg-db"},
		"event, too": {`90 n1 hawser-agent {"msg":"failure noticed by an event and reported","resource":"pg-db","sign":"process"}`, "find 0-90 hawser: event, monitor and report of pg-db"},
		"monitor":    {"1300 n1 pacemaker-controld Result of monitor operation for pg-db on n1: not running | rc=7", "find 0-1300 monitor of pg-db: not running"},
		"well":       {"1300 n1 pacemaker-controld Result of monitor operation for pg-db on n1: ok | rc=0", ""},
		"before":     {"-5 n1 pacemaker-controld Result of monitor operation for pg-db on n1: not running | rc=7", ""},
	} {
		got := ""
		for _, s := range spansOf(saidLines(t, c.said), blowAt, 2*time.Second) {
			got += fmt.Sprintf("%s %d-%d %s", s.kind, s.from.Milliseconds(), s.to.Milliseconds(), s.name)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestParts: each moment is counted once, so that the parts are the whole.
func TestParts(t *testing.T) {
	c := course{answered: 2200 * time.Millisecond, spans: append(spansOf(saidLines(t, crash...), blowAt, 2200*time.Millisecond), span{waiting, "client", 0, 2200 * time.Millisecond})}
	sum, by := time.Duration(0), map[string]int64{}
	for _, p := range c.parts() {
		sum += p.took
		by[p.name] = p.took.Milliseconds()
	}
	if sum != c.answered {
		t.Errorf("the parts are %s of %s", sum, c.answered)
	}
	for name, want := range map[string]int64{
		"corosync: token missed": 760, "corosync: consensus on who is left": 900, unknowing: 10, "election of a coordinator, scheduler": 30, "fencing n1": 89,
		"start pg-fs on n2": 50, "start pg-db on n2": 300, between: 31, returning: 30,
	} {
		if by[name] != want {
			t.Errorf("%s: %d ms, want %d", name, by[name], want)
		}
	}
}

func TestReadJournal(t *testing.T) {
	lines, err := readJournal("n1", []byte(`{"SYSLOG_IDENTIFIER":"corosync","MESSAGE":"sent before","__REALTIME_TIMESTAMP":"2000000","_SOURCE_REALTIME_TIMESTAMP":"1500000"}
{"SYSLOG_IDENTIFIER":"hawser-agent","MESSAGE":"received","__REALTIME_TIMESTAMP":"2000000"}
{"SYSLOG_IDENTIFIER":"corosync","MESSAGE":[255,254],"__REALTIME_TIMESTAMP":"2000000"}
`))
	if err != nil || len(lines) != 2 || lines[0].at.UnixMilli() != 1500 || lines[1].at.UnixMilli() != 2000 || lines[1].who != "hawser-agent" {
		t.Errorf("%+v, %v", lines, err)
	}
	if _, err := readJournal("n1", []byte("no journal\n")); err == nil {
		t.Error("what is no journal is read as one")
	}
}

// TestPicture: it is XML, has a bar for each span, within its bounds, and colours for light and dark.
func TestPicture(t *testing.T) {
	c := course{event: "node crash", column: `a "peer" & more`, answered: 2200 * time.Millisecond, spans: spansOf(saidLines(t, crash...), blowAt, 2200*time.Millisecond)}
	svg := c.svg()
	d := xml.NewDecoder(strings.NewReader(svg))
	bars := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		e, is := token.(xml.StartElement)
		if !is || e.Name.Local != "rect" {
			continue
		}
		at := map[string]string{}
		for _, a := range e.Attr {
			at[a.Name.Local] = a.Value
		}
		if at["x"] == "" || at["width"] == "14" {
			continue // the paper, or a piece of the legend
		}
		bars++
		var x, width float64
		if _, err := fmt.Sscan(at["x"]+" "+at["width"], &x, &width); err != nil || x < labelWide || x+width > wide {
			t.Errorf("bar %+v, %v", at, err)
		}
	}
	if bars != len(c.spans) {
		t.Errorf("%d bars for %d spans", bars, len(c.spans))
	}
	if !strings.Contains(svg, "prefers-color-scheme: dark") {
		t.Error("no colours for dark")
	}
}
