package host

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// FenceMode is how the fence device behaves: ok, fail, hang, slow (with a delay), or lie, which answers
// that it has done what it was asked for and does nothing.
type FenceMode struct {
	Mode  string        `json:"mode"`
	Delay time.Duration `json:"delay,omitempty"`
}

// FenceRequest is what the fence agent asks.
type FenceRequest struct {
	Action string `json:"action"`
	Plug   string `json:"plug"`
}

// FenceAnswer is what it is told. Power is "on" or "off" for a status.
type FenceAnswer struct {
	Power string            `json:"power,omitempty"`
	Plugs map[string]string `json:"plugs,omitempty"`
}

// FenceRecord is one action that changed something, or claimed to.
type FenceRecord struct {
	Time   time.Time     `json:"time"`
	Action string        `json:"action"`
	Plug   string        `json:"plug"`
	Took   time.Duration `json:"took"`
	Mode   string        `json:"mode"`
	Err    string        `json:"err,omitempty"`
}

type fenceDevice struct {
	mu      sync.Mutex           // guards what follows
	modes   map[string]FenceMode // by node; "" for those without their own
	records []FenceRecord
	lies    map[string]bool // nodes that it says are off and are not
}

func (d *fenceDevice) Modes() map[string]FenceMode {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]FenceMode{}
	for k, v := range d.modes {
		out[k] = v
	}
	return out
}

func (d *fenceDevice) Records() []FenceRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]FenceRecord(nil), d.records...)
}

func (d *fenceDevice) mode(node string) FenceMode {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m, ok := d.modes[node]; ok {
		return m
	}
	return d.modes[""]
}

const keptFenceRecords = 200

func (d *fenceDevice) note(r FenceRecord) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.records = append(d.records, r)
	if len(d.records) > keptFenceRecords {
		d.records = d.records[1:]
	}
}

// SetFence changes the fence device for one node, or for all where node is "".
func (h *Host) SetFence(node string, m FenceMode) error {
	switch m.Mode {
	case "ok", "fail", "hang", "slow", "lie":
	default:
		return fmt.Errorf("unknown mode %q: ok, fail, hang, slow or lie", m.Mode)
	}
	if node != "" {
		if _, err := h.node(node); err != nil {
			return err
		}
	}
	h.fence.mu.Lock()
	defer h.fence.mu.Unlock()
	if node == "" {
		h.fence.modes = map[string]FenceMode{}
	}
	h.fence.modes[node] = m
	h.fence.lies = map[string]bool{}
	return nil
}

// Fence does what a management board does for a fence agent.
func (h *Host) Fence(ctx context.Context, req FenceRequest) (ans FenceAnswer, err error) {
	action := strings.ToLower(req.Action)
	m := h.fence.mode(req.Plug)
	switch action {
	case "on", "off", "reboot":
		begin := time.Now()
		defer func() {
			r := FenceRecord{Time: begin, Action: action, Plug: req.Plug, Took: time.Since(begin), Mode: m.Mode}
			if err != nil {
				r.Err = err.Error()
			}
			h.fence.note(r)
			h.log.Info("fence", "action", action, "node", req.Plug, "mode", m.Mode, "took", r.Took.Round(time.Millisecond), "err", r.Err)
		}()
	}
	switch m.Mode {
	case "fail":
		return ans, fmt.Errorf("the device refuses")
	case "hang":
		<-ctx.Done()
		return ans, ctx.Err()
	case "slow":
		t := time.NewTimer(m.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ans, ctx.Err()
		}
	}
	if action == "list" || action == "monitor" {
		ans.Plugs = map[string]string{}
		for _, n := range h.nodes {
			ans.Plugs[n.name] = h.plugPower(n)
		}
		return ans, nil
	}
	n, err := h.node(req.Plug)
	if err != nil {
		return ans, err
	}
	if m.Mode == "lie" && action != "status" {
		h.fence.mu.Lock()
		h.fence.lies[n.name] = action == "off"
		h.fence.mu.Unlock()
		return ans, nil
	}
	switch action {
	case "status":
		ans.Power = h.plugPower(n)
		return ans, nil
	case "off":
		// Once begun it is brought to its end: an agent that is killed on its time-out must not leave half a node.
		return ans, h.powerOff(context.WithoutCancel(ctx), n)
	case "on":
		return ans, h.powerOn(context.WithoutCancel(ctx), n)
	case "reboot":
		if err := h.powerOff(context.WithoutCancel(ctx), n); err != nil {
			return ans, err
		}
		// Fenced is who is off. How long the boot takes, and whether it succeeds, is no part of the answer.
		h.starts.Go(func() { _ = h.powerOn(context.WithoutCancel(ctx), n) })
		return ans, nil
	}
	return ans, fmt.Errorf("unknown action %q", req.Action)
}

func (h *Host) plugPower(n *node) string {
	h.fence.mu.Lock()
	lie := h.fence.lies[n.name]
	h.fence.mu.Unlock()
	n.state.Lock()
	defer n.state.Unlock()
	if lie || n.power == PowerOff {
		return "off"
	}
	return "on"
}
