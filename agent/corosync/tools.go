package corosync

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// ErrDown says that corosync does not run on this host.
var ErrDown = errors.New("corosync does not run")

// Tools runs corosync's command-line tools.
type Tools struct{ Runner run.Runner }

// Map reads keys below a prefix; the map is "icmap" for the configuration or "stats".
func (t Tools) Map(ctx context.Context, name, prefix string) (map[string]string, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-cmapctl", "-m", name, prefix))
	if err != nil {
		if run.Missing(err) || strings.Contains(run.Words(err), "Failed to initialize the cmap API") {
			return nil, fmt.Errorf("%w: %w", ErrDown, err)
		}
		if len(out.Stdout) == 0 && run.Code(err) == 1 {
			return map[string]string{}, nil // no such key
		}
		return nil, fmt.Errorf("read corosync's map: %w", err)
	}
	return parseMap(out.Stdout), nil
}

var mapLine = regexp.MustCompile(`^([^ ]+) \(([a-z0-9]+)\) = (.*)$`)

// parseMap reads what corosync-cmapctl prints: key (type) = value.
func parseMap(data []byte) map[string]string {
	values := map[string]string{}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if m := mapLine.FindStringSubmatch(s.Text()); m != nil {
			values[m[1]] = m[3]
		}
	}
	return values
}

// Links tells the heartbeat links of this host to each of its peers. It returns corosync's counters as well; given back with the
// next call they tell how many pings have been lost in between.
func (t Tools) Links(ctx context.Context, host string, before map[string]string) ([]ha.LinkState, map[string]string, error) {
	stats, err := t.Map(ctx, "stats", "stats.knet.node")
	if err != nil {
		return nil, nil, err
	}
	nodes, err := t.Map(ctx, "icmap", "nodelist.")
	if err != nil {
		return nil, nil, err
	}
	return LinksFrom(host, stats, before, nodes), stats, nil
}

var linkKey = regexp.MustCompile(`^(stats\.knet\.node([0-9]+)\.link([0-9])\.)(connected|enabled|latency_ave|latency_max|mtu|down_count|tx_ping_packets)$`)

// fewPings are too few to tell a loss by: one is always under way.
const fewPings = 10

// lost is the share of pings without an answer between two counts, in percent.
func lost(stats, before map[string]string, link string) float64 {
	if before == nil {
		return 0 // counts since Corosync began say nothing of now
	}
	count := func(name string) float64 {
		now, err := strconv.ParseUint(stats[link+name], 10, 64)
		was, errWas := strconv.ParseUint(before[link+name], 10, 64)
		if err != nil || errWas != nil || was > now { // corosync was restarted, or the link is new
			return float64(now)
		}
		return float64(now - was)
	}
	sent, answered := count("tx_ping_packets"), count("rx_pong_packets")
	if sent < fewPings || answered >= sent-1 {
		return 0
	}
	return math.Round(1000*(sent-answered)/sent) / 10
}

// LinksFrom reads links out of corosync's statistics, now and before, and its node list.
func LinksFrom(host string, stats, before, nodes map[string]string) []ha.LinkState {
	names, local := map[string]string{}, ""
	addresses := map[string]string{} // of this host, by link
	for key, value := range nodes {
		if pos, found := strings.CutSuffix(key, ".nodeid"); found {
			name := nodes[pos+".name"]
			if name == "" {
				name = nodes[pos+".ring0_addr"]
			}
			names[value] = name
			if name == host || pos == "nodelist.node."+nodes["nodelist.local_node_pos"] {
				local = value
				for link := range maxLinkNumber + 1 {
					addresses[strconv.Itoa(link)] = nodes[fmt.Sprintf("%s.ring%d_addr", pos, link)]
				}
			}
		}
	}
	type key struct{ node, link string }
	found := map[key]*ha.LinkState{}
	for name, value := range stats {
		m := linkKey.FindStringSubmatch(name)
		if m == nil || m[2] == local || names[m[2]] == "" {
			continue // its own loopback, or a node that has just been taken out
		}
		k := key{m[2], m[3]}
		l := found[k]
		if l == nil {
			number, _ := strconv.Atoi(m[3])
			l = &ha.LinkState{Node: host, Peer: names[m[2]], Link: number, Address: addresses[m[3]]}
			found[k] = l
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil || n == 1<<32-1 { // what knet says before it has measured
			n = 0
		}
		switch m[4] {
		case "connected":
			l.Connected = n == 1
		case "enabled":
			l.Enabled = n == 1
		case "latency_ave":
			l.LatencyUS = int(n)
		case "latency_max":
			l.WorstUS = int(n)
		case "mtu":
			l.MTU = int(n)
		case "down_count":
			l.Cuts = max(0, int(n)-1) // it begins as given up
		case "tx_ping_packets":
			l.Loss = lost(stats, before, m[1])
		}
	}
	links := make([]ha.LinkState, 0, len(found))
	for _, l := range found {
		links = append(links, *l)
	}
	slices.SortFunc(links, func(a, b ha.LinkState) int {
		return strings.Compare(fmt.Sprintf("%s %d", a.Peer, a.Link), fmt.Sprintf("%s %d", b.Peer, b.Link))
	})
	return links
}

// Votes is what votequorum counts.
type Votes struct {
	Present, Expected, Needed int
	Quorate                   bool
	// Flags are the options in force, as votequorum(5) calls them.
	Flags []string
	// Device is how many of the votes present are the quorum device's.
	Device int
}

// Votes asks votequorum.
func (t Tools) Votes(ctx context.Context) (Votes, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-quorumtool", "-s"))
	// Status 0 where quorate, 2 where not: both are answers. Source: corosync-quorumtool(8).
	if err != nil && !bytes.Contains(out.Stdout, []byte("Votequorum information")) {
		if run.Missing(err) || strings.Contains(run.Words(err), "Cannot initialize") {
			return Votes{}, fmt.Errorf("%w: %w", ErrDown, err)
		}
		return Votes{}, fmt.Errorf("ask for votes: %w", err)
	}
	return parseVotes(out.Stdout)
}

func parseVotes(data []byte) (Votes, error) {
	var v Votes
	var seen int
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		key, value, found := strings.Cut(s.Text(), ":")
		if !found {
			// "         0          1            Qdevice": the device has the node ID 0.
			if f := strings.Fields(s.Text()); len(f) == 3 && f[0] == "0" && f[2] == "Qdevice" {
				v.Device, _ = strconv.Atoi(f[1])
			}
			continue
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), " ") // "2 Activity blocked"
		n, err := strconv.Atoi(value)
		switch strings.TrimSpace(key) {
		case "Expected votes":
			v.Expected = n
		case "Total votes":
			v.Present = n
		case "Quorum":
			v.Needed = n
		case "Quorate":
			v.Quorate, err = value == "Yes", nil
		case "Flags":
			v.Flags = flagsOf(strings.TrimSpace(s.Text()[strings.Index(s.Text(), ":")+1:]))
			continue
		default:
			continue
		}
		if err != nil {
			return v, fmt.Errorf("corosync-quorumtool: %q", s.Text())
		}
		seen++
	}
	if seen < 4 {
		return v, fmt.Errorf("corosync-quorumtool: only %d of 4 lines are there", seen)
	}
	return v, nil
}

// flagsOf translates corosync-quorumtool's words into votequorum's.
func flagsOf(text string) []string {
	named := map[string]string{
		"WaitForAll": "wait_for_all", "LastManStanding": "last_man_standing", "AutoTieBreaker": "auto_tie_breaker", "2Node": "two_node", "Qdevice": "qdevice",
	}
	var flags []string
	for _, word := range strings.Fields(text) {
		if name, known := named[word]; known {
			flags = append(flags, name)
		}
	}
	return flags
}

// Reload makes all daemons of the cluster read their files again, and checks that this one took its own: corosync answers
// "done" before it has looked, and only logs what it does not like.
func (t Tools) Reload(ctx context.Context, want *Conf) error {
	if _, err := t.Runner.Run(ctx, run.Cmd("corosync-cfgtool", "-R")); err != nil {
		return fmt.Errorf("reload corosync: %w", err)
	}
	return t.Loaded(ctx, want)
}

// Loaded says whether the running corosync has the nodes and addresses of a file.
func (t Tools) Loaded(ctx context.Context, want *Conf) error {
	nodes, err := t.Map(ctx, "icmap", "nodelist.")
	if err != nil {
		return err
	}
	s, err := want.Setup()
	if err != nil {
		return err
	}
	if s.Version > 0 {
		totem, err := t.Map(ctx, "icmap", "totem.config_version")
		if err != nil {
			return err
		}
		if got, want := totem["totem.config_version"], strconv.FormatUint(s.Version, 10); got != want {
			return fmt.Errorf("corosync has version %q of its configuration, the file has %s", got, want)
		}
	}
	loaded := map[string][]string{}
	for key, name := range nodes {
		if pos, found := strings.CutSuffix(key, ".name"); found {
			addresses := []string{nodes[pos+".nodeid"]}
			for link := range maxLinkNumber + 1 {
				if a := nodes[fmt.Sprintf("%s.ring%d_addr", pos, link)]; a != "" {
					addresses = append(addresses, a)
				}
			}
			loaded[name] = addresses
		}
	}
	for _, n := range s.Nodes {
		if got, want := loaded[n.Name], append([]string{strconv.Itoa(n.ID)}, n.Addresses...); !slices.Equal(got, want) {
			return fmt.Errorf("corosync has not taken node %s: it has %v, the file has %v", n.Name, got, want)
		}
	}
	if len(loaded) != len(s.Nodes) {
		return fmt.Errorf("corosync has %d nodes, the file has %d", len(loaded), len(s.Nodes))
	}
	return nil
}

// InForce is the version in force of the configuration (config_version); 0 where the file has none.
func (t Tools) InForce(ctx context.Context) (uint64, error) {
	values, err := t.Map(ctx, "icmap", "totem.config_version")
	if err != nil {
		return 0, err
	}
	text := values["totem.config_version"]
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("corosync: totem.config_version is %q", text)
	}
	return n, nil
}

// Missed is the longest time for which corosync was not given the processor, of those that it has kept: it notes when it was paused for
// longer than 0.8 of the token. Source: cmap_keys(7), stats.schedmiss, in milliseconds.
func (t Tools) Missed(ctx context.Context) (time.Duration, error) {
	values, err := t.Map(ctx, "stats", "stats.schedmiss")
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for key, value := range values {
		if ms, err := strconv.ParseFloat(value, 64); err == nil && strings.HasSuffix(key, ".delay") {
			worst = max(worst, ms)
		}
	}
	return time.Duration(worst * float64(time.Millisecond)), nil
}

// Check has corosync itself judge a configuration before it is put in place.
func (t Tools) Check(ctx context.Context, conf, authkey []byte) error {
	dir, err := os.MkdirTemp("", "corosync-")
	if err != nil {
		return fmt.Errorf("check corosync.conf: %w", err)
	}
	defer os.RemoveAll(dir)
	c, err := Parse(conf)
	if err != nil {
		return err
	}
	key := filepath.Join(dir, "authkey")
	c.root.ensure("totem").set("keyfile", key) // for this check only
	file := filepath.Join(dir, "corosync.conf")
	if err := errors.Join(os.WriteFile(file, c.Bytes(), 0o600), os.WriteFile(key, authkey, 0o400)); err != nil {
		return fmt.Errorf("check corosync.conf: %w", err)
	}
	if _, err := t.Runner.Run(ctx, run.Cmd("corosync", "-t", "-c", file).With("COROSYNC_MAIN_CONFIG_FILE="+file)); err != nil {
		return err
	}
	return nil
}

// Version returns corosync's version.
func (t Tools) Version(ctx context.Context) (string, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync", "-v"))
	if err != nil {
		return "", err
	}
	if m := regexp.MustCompile(`version '([0-9][^']*)'`).FindSubmatch(out.Stdout); m != nil {
		return string(m[1]), nil
	}
	return "", fmt.Errorf("corosync: no version in %q", out.Stdout)
}
