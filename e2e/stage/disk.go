package stage

import (
	"context"
	_ "embed" // stall.py
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"hawser/agent/diskhb"
)

// HeartbeatDevice is the small shared disk of the sandbox; a stage with two shared disks has it.
const HeartbeatDevice = "/dev/hawser/lun1"

//go:embed stall.py
var stallProgram []byte

// Stall is what a client of Corosync saw on the node where it was worst.
type Stall struct {
	Gap       time.Duration // longest time without a message; the client sends 20 a second on each node
	Latency   time.Duration // longest time from sending to delivery
	Lost      int           // messages that were sent and not delivered, on all nodes together
	NodesLost int           // most nodes that one node has seen go
}

// Stalls measures for a time, in which strike happens after four seconds.
func (s *Stage) Stalls(ctx context.Context, during time.Duration, strike func(context.Context) error) (Stall, error) {
	type told struct {
		Sent, Delivered, GapMs, LatencyMs, NodesLost int
	}
	var mu sync.Mutex
	var worst Stall
	var errs []error
	var group sync.WaitGroup
	for _, node := range s.opt.Nodes {
		group.Go(func() {
			out, err := s.ExecInput(ctx, stallProgram, node, "chrt", "-r", "10", "python3", "-", strconv.FormatFloat(during.Seconds(), 'f', 1, 64), "20")
			var t told
			if err == nil {
				err = json.Unmarshal(out, &t)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("client on %s: %w", node, err))
				return
			}
			worst.Gap = max(worst.Gap, time.Duration(t.GapMs)*time.Millisecond)
			worst.Latency = max(worst.Latency, time.Duration(t.LatencyMs)*time.Millisecond)
			worst.Lost += t.Sent - t.Delivered
			worst.NodesLost = max(worst.NodesLost, t.NodesLost)
		})
	}
	select {
	case <-ctx.Done():
	case <-time.After(4 * time.Second): // the clients' own time, so that there is a before to compare with
	}
	err := strike(ctx)
	group.Wait()
	return worst, errors.Join(append(errs, err)...)
}

// Ring returns the membership as a node sees it: the ring's ID and how many nodes are in it.
func (s *Stage) Ring(ctx context.Context, node string) (string, int, error) {
	out, err := s.Exec(ctx, node, "corosync-quorumtool", "-s")
	if err != nil && len(out) == 0 {
		return "", 0, err
	}
	id := regexp.MustCompile(`(?m)^Ring ID:\s+(\S+)$`).FindSubmatch(out)
	nodes := regexp.MustCompile(`(?m)^Nodes:\s+(\d+)$`).FindSubmatch(out)
	if id == nil || nodes == nil {
		return "", 0, fmt.Errorf("corosync-quorumtool on %s: %.300s", node, out)
	}
	n, err := strconv.Atoi(string(nodes[1]))
	return string(id[1]), n, err
}

// DiskStatus asks a node's disk heartbeat.
func (s *Stage) DiskStatus(ctx context.Context, node string) (diskhb.Status, error) {
	var st diskhb.Status
	out, err := s.Exec(ctx, node, "/opt/hawser/hawser-diskhb", "status")
	if err == nil {
		err = json.Unmarshal(out, &st)
	}
	return st, err
}

// InstallDisk puts the disk heartbeat's daemon and units on all nodes, as its package does.
func (s *Stage) InstallDisk(ctx context.Context) error {
	for _, node := range s.opt.Nodes {
		if _, err := s.Exec(ctx, node, "ln", "-sf", "/opt/hawser/hawser-diskhb", "/usr/bin/hawser-diskhb"); err != nil {
			return err
		}
		for _, unit := range []string{"hawser-diskhb-setup.service", "hawser-diskhb.service"} {
			text, err := os.ReadFile(filepath.Join(s.opt.Root, "scripts", unit))
			if err != nil {
				return err
			}
			if _, err := s.ExecInput(ctx, text, node, "tee", "/etc/systemd/system/"+unit); err != nil {
				return err
			}
		}
		if _, err := s.Exec(ctx, node, "systemctl", "daemon-reload"); err != nil {
			return err
		}
	}
	return nil
}

// EnableDisk gives a running cluster a heartbeat over the small shared disk, as an administrator does.
func (s *Stage) EnableDisk(ctx context.Context, cluster string) error {
	if err := s.InstallDisk(ctx); err != nil {
		return err
	}
	if _, err := s.CLI(ctx, "diskhb", "enable", cluster, HeartbeatDevice); err != nil {
		return err
	}
	return s.WaitLinks(ctx, 3)
}

// WaitLinks waits until every node is connected to every other one on so many links.
func (s *Stage) WaitLinks(ctx context.Context, links int) error {
	return Until(ctx, time.Minute, "links connected", func(ctx context.Context) (bool, error) {
		for _, node := range s.opt.Nodes {
			out, err := s.Exec(ctx, node, "corosync-cfgtool", "-n")
			if err != nil {
				return false, err
			}
			if got := strings.Count(string(out), "enabled connected"); got != links*(len(s.opt.Nodes)-1) {
				return false, fmt.Errorf("%s: %d links are connected: %s", node, got, out)
			}
		}
		return true, nil
	})
}

// CutNetwork cuts all heartbeat networks between all nodes at one moment; HealNetwork ends that.
func (s *Stage) CutNetwork(ctx context.Context) error {
	_, err := s.Sandbox(ctx, append([]string{"partition"}, s.opt.Nodes...)...)
	return err
}

// HealNetwork plugs everything in again.
func (s *Stage) HealNetwork(ctx context.Context) error {
	_, err := s.Sandbox(ctx, "heal")
	return err
}
