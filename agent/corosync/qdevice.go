package corosync

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// Device says how this node's corosync-qdevice gets on with the arbiter. ErrDown where it does not run.
func (t Tools) Device(ctx context.Context) (ha.DeviceState, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-qdevice-tool", "-s", "-v"))
	if err != nil {
		if run.Missing(err) || strings.Contains(run.Words(err), "Can't connect to QDevice socket") {
			return ha.DeviceState{}, fmt.Errorf("%w: %w", ErrDown, err)
		}
		return ha.DeviceState{}, fmt.Errorf("ask corosync-qdevice: %w", err)
	}
	return parseDevice(out.Stdout), nil
}

// parseDevice reads "State: Connected" and the lines beside it. The address comes with its port.
func parseDevice(data []byte) ha.DeviceState {
	var st ha.DeviceState
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		key, value, found := strings.Cut(s.Text(), ":")
		value = strings.TrimSpace(value)
		if !found || strings.HasPrefix(key, " ") {
			continue
		}
		switch key {
		case "State":
			st.State, st.Connected = value, value == "Connected"
		case "Algorithm":
			st.Algorithm = algorithmOf(value)
		case "QNetd host":
			st.Address = hostOf(value)
		case "Poll timer running": // "Yes (cast vote)": it tells votequorum that it has the vote
			st.Voting = strings.Contains(value, "(cast vote)")
		case "Heuristics result":
			st.Heuristics = heuristicsOf(value)
		}
	}
	return st
}

// algorithmOf gives the daemons' words for an algorithm its name in corosync.conf.
func algorithmOf(words string) string {
	switch words = strings.ToLower(words); {
	case strings.HasPrefix(words, "fifty"), strings.HasPrefix(words, "ffsplit"):
		return ha.FiftyFifty
	case strings.HasPrefix(words, "lms"), strings.HasPrefix(words, "last man"):
		return ha.LastMan
	}
	return words
}

// hostOf takes the port off an address; IPv6 stands in brackets or, from some versions, does not.
func hostOf(text string) string {
	if host, _, err := net.SplitHostPort(text); err == nil {
		return strings.TrimPrefix(host, "::ffff:")
	}
	if at := strings.LastIndex(text, ":"); at > 0 {
		return strings.TrimPrefix(strings.Trim(text[:at], "[]"), "::ffff:")
	}
	return text
}

// Clients lists who is connected to this host's corosync-qnetd. ErrDown where it does not run.
func (t Tools) Clients(ctx context.Context) ([]ha.ArbiterCluster, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("corosync-qnetd-tool", "-l", "-v"))
	if err != nil {
		if run.Missing(err) || strings.Contains(run.Words(err), "Can't connect to QNetd socket") {
			return nil, fmt.Errorf("%w: %w", ErrDown, err)
		}
		return nil, fmt.Errorf("ask corosync-qnetd: %w", err)
	}
	return parseClients(out.Stdout)
}

// parseClients reads what corosync-qnetd-tool -l prints: clusters, in them nodes, each with its settings below it, by depth.
func parseClients(data []byte) ([]ha.ArbiterCluster, error) {
	list := []ha.ArbiterCluster{}
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		key, value, found := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !found {
			continue
		}
		if name, is := strings.CutPrefix(key, "Cluster "); is {
			list = append(list, ha.ArbiterCluster{Name: strings.Trim(name, `"`), Nodes: []ha.ArbiterNode{}})
			continue
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("corosync-qnetd-tool: %q before any cluster", line)
		}
		c := &list[len(list)-1]
		if number, is := strings.CutPrefix(key, "Node ID "); is {
			id, err := strconv.Atoi(number)
			if err != nil {
				return nil, fmt.Errorf("corosync-qnetd-tool: %q", line)
			}
			c.Nodes = append(c.Nodes, ha.ArbiterNode{ID: id})
			continue
		}
		if len(c.Nodes) == 0 {
			switch key {
			case "Algorithm":
				c.Algorithm = value
			case "Tie-breaker":
				c.TieBreaker = value
			}
			continue
		}
		n := &c.Nodes[len(c.Nodes)-1]
		switch key {
		case "Client address":
			n.Address = hostOf(value)
		case "TLS active":
			n.Secured = strings.Contains(value, "client certificate verified")
		case "Vote":
			n.Vote = voteOf(value)
		case "Heuristics":
			n.Heuristics = heuristicsOf(value)
		}
	}
	slices.SortFunc(list, func(a, b ha.ArbiterCluster) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// voteOf reads "ACK (ACK)" or "No change (ACK)": what counts is the last answer that said something, in parentheses.
func voteOf(text string) string {
	last := text
	if _, inner, found := strings.Cut(text, "("); found {
		last = strings.TrimSuffix(inner, ")")
	}
	switch strings.TrimSpace(last) {
	case "ACK":
		return "ack"
	case "NACK":
		return "nack"
	}
	return "none"
}

// heuristicsOf reads "Pass (membership: Pass, regular: Undefined)".
func heuristicsOf(text string) string {
	word, _, _ := strings.Cut(text, " ")
	switch word {
	case "Pass":
		return "pass"
	case "Fail", "Failed":
		return "fail"
	}
	return "none"
}
