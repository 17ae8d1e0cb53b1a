package pacemaker

import (
	"bufio"
	"bytes"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"hawser/agent/run"
)

// plugsTime bounds the question to a device: people wait for the answer, and a board that needs longer is asked by its monitor.
const plugsTime = 15 * time.Second

// fenceAgent is the program of a fence agent; others (external/…) are no programs that could be asked.
var fenceAgent = regexp.MustCompile(`^stonith:(fence_[A-Za-z0-9_-]+)$`)

// Plugs asks a fence agent which machines its device knows. It is nil where the agent cannot list them or the device does not answer.
// Parameters go to standard input, as Pacemaker gives them: passwords never stand in argv.
func (t Tools) Plugs(ctx context.Context, agent string, parameters map[string]string) []string {
	name := fenceAgent.FindStringSubmatch(agent)
	if name == nil {
		return nil
	}
	var in bytes.Buffer
	in.WriteString("action=list\n")
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		if value := parameters[key]; !strings.HasPrefix(key, "pcmk_") && key != "action" && !strings.ContainsAny(key+value, "\r\n") {
			in.WriteString(key + "=" + value + "\n")
		}
	}
	out, err := t.Runner.Run(ctx, run.Cmd(name[1]).Input(in.Bytes()).Within(plugsTime))
	if err != nil {
		return nil
	}
	return parsePlugs(out.Stdout)
}

// parsePlugs reads "PLUG,ALIAS" lines. Agents that cannot list answer "N/A". Source: fencing.py, fence_action.
func parsePlugs(data []byte) []string {
	var list []string
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		plug, _, _ := strings.Cut(strings.TrimSpace(s.Text()), ",")
		if plug = strings.TrimSpace(plug); plug != "" && plug != "N/A" && !slices.Contains(list, plug) {
			list = append(list, plug)
		}
	}
	return list
}
