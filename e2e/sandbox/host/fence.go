package host

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// FenceMode is how a fence device behaves: ok, fail, hang, slow (with a delay), lie, which answers that it has done what it
// was asked for and does nothing, or board, which is a management board that lives on its node's own power: it does not answer
// when that has failed.
type FenceMode struct {
	Mode  string        `json:"mode"`
	Delay time.Duration `json:"delay,omitempty"`
}

// FirstDevice is the fence device that is meant where none is named. Each has its own way to the power of every node: a cluster
// may have a second one for the case that the first does not do.
const FirstDevice = "1"

// Devices are the names of all fence devices.
var Devices = []string{FirstDevice, "2", "3"}

// FenceRequest is what the fence agent asks.
type FenceRequest struct {
	Action string `json:"action"`
	Plug   string `json:"plug"`
	Device string `json:"device,omitempty"`
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
	Device string        `json:"device"`
	Took   time.Duration `json:"took"` // 0 for a device that hangs: it is noted when it is asked
	Mode   string        `json:"mode"`
	Err    string        `json:"err,omitempty"`
}

type fenceDevices struct {
	mu      sync.Mutex                      // guards what follows
	modes   map[string]map[string]FenceMode // by device and node; "" for nodes without their own
	records []FenceRecord
	lies    map[string]map[string]bool // by device, nodes that it says are off and are not
}

func newFenceDevices() *fenceDevices {
	d := &fenceDevices{modes: map[string]map[string]FenceMode{}, lies: map[string]map[string]bool{}}
	for _, name := range Devices {
		d.modes[name] = map[string]FenceMode{"": {Mode: "ok"}}
		d.lies[name] = map[string]bool{}
	}
	return d
}

func (d *fenceDevices) allModes() map[string]map[string]FenceMode {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]map[string]FenceMode{}
	for name, modes := range d.modes {
		out[name] = maps.Clone(modes)
	}
	return out
}

func (d *fenceDevices) Records() []FenceRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]FenceRecord(nil), d.records...)
}

func (d *fenceDevices) mode(device, node string) FenceMode {
	d.mu.Lock()
	defer d.mu.Unlock()
	if m, ok := d.modes[device][node]; ok {
		return m
	}
	return d.modes[device][""]
}

const keptFenceRecords = 200

func (d *fenceDevices) note(r FenceRecord) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.records = append(d.records, r)
	if len(d.records) > keptFenceRecords {
		d.records = d.records[1:]
	}
}

func deviceName(name string) (string, error) {
	if name == "" {
		return FirstDevice, nil
	}
	if !slices.Contains(Devices, name) {
		return "", fmt.Errorf("no fence device %q: %s", name, strings.Join(Devices, ", "))
	}
	return name, nil
}

// SetFence changes a fence device for one node, or for all where node is "".
func (h *Host) SetFence(device, node string, m FenceMode) error {
	switch m.Mode {
	case "ok", "fail", "hang", "slow", "lie", "board":
	default:
		return fmt.Errorf("unknown mode %q: ok, fail, hang, slow, lie or board", m.Mode)
	}
	device, err := deviceName(device)
	if err != nil {
		return err
	}
	if node != "" {
		if _, err := h.node(node); err != nil {
			return err
		}
	}
	h.fences.mu.Lock()
	defer h.fences.mu.Unlock()
	if node == "" {
		h.fences.modes[device] = map[string]FenceMode{}
	}
	h.fences.modes[device][node] = m
	h.fences.lies[device] = map[string]bool{}
	return nil
}

// Fence does what a management board does for a fence agent.
func (h *Host) Fence(ctx context.Context, req FenceRequest) (ans FenceAnswer, err error) {
	action := strings.ToLower(req.Action)
	device, err := deviceName(req.Device)
	if err != nil {
		return ans, err
	}
	m := h.fences.mode(device, req.Plug)
	record := FenceRecord{Time: time.Now(), Action: action, Plug: req.Plug, Device: device, Mode: m.Mode}
	switch action {
	case "on", "off", "reboot":
		if m.Mode == "hang" {
			h.fences.note(record)
			h.log.Info("fence", "device", device, "action", action, "node", req.Plug, "mode", m.Mode)
			break
		}
		defer func() {
			r := record
			r.Took = time.Since(r.Time)
			if err != nil {
				r.Err = err.Error()
			}
			h.fences.note(r)
			h.log.Info("fence", "device", device, "action", action, "node", req.Plug, "mode", m.Mode, "took", r.Took.Round(time.Millisecond), "err", r.Err)
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
		for _, n := range h.members() {
			ans.Plugs[n.name] = h.plugPower(device, n)
		}
		return ans, nil
	}
	n, err := h.node(req.Plug)
	if err != nil {
		return ans, err
	}
	if n.arbiter {
		return ans, fmt.Errorf("%s is no node of a cluster", n.name)
	}
	if m.Mode == "board" && n.mainsFailed() {
		return ans, fmt.Errorf("the board of %s does not answer: it has no power", n.name)
	}
	if m.Mode == "lie" && action != "status" {
		h.fences.mu.Lock()
		h.fences.lies[device][n.name] = action == "off"
		h.fences.mu.Unlock()
		return ans, nil
	}
	switch action {
	case "status":
		ans.Power = h.plugPower(device, n)
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
		h.starts.Go(func() { h.restart(context.WithoutCancel(ctx), n) })
		return ans, nil
	}
	return ans, fmt.Errorf("unknown action %q", req.Action)
}

func (h *Host) plugPower(device string, n *node) string {
	h.fences.mu.Lock()
	lie := h.fences.lies[device][n.name]
	h.fences.mu.Unlock()
	n.state.Lock()
	defer n.state.Unlock()
	if lie || n.power == PowerOff {
		return "off"
	}
	return "on"
}
