package pacemaker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// How much is kept: enough for a median that one odd time does not move, and no more than a cluster of 32 nodes and 500
// resources can bring about.
const (
	timesKept = 15
	keysKept  = 20_000
)

// Fencing is the operation under which Times keeps how long the fencing of a node took.
const Fencing = ha.FenceOperation

// Times keeps how long operations took, because the CIB remembers only the last of each kind. Its methods may be called at once;
// the zero value keeps nothing on disk.
type Times struct {
	path string

	mu      sync.Mutex // guards what is below
	kept    kept
	pending map[string]time.Time // fencing that was seen to go on, by node
}

// kept is what stands on disk.
type kept struct {
	Samples map[string][]int  `json:"samples"` // milliseconds, newest last
	Seen    map[string]string `json:"seen"`    // the newest operation that was counted
}

// OpenTimes reads what was kept in a file; one that is missing or unreadable is an empty one.
func OpenTimes(path string) *Times {
	t := &Times{path: path}
	if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &t.kept) != nil {
		t.kept = kept{}
	}
	return t
}

func timesKey(resource, operation, node string) string {
	return resource + "|" + operation + "|" + node
}

// Note counts operations that were not counted before.
func (t *Times) Note(list []Ran) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	news := false
	for _, r := range list {
		if !r.Good() || r.Took <= 0 || r.Operation == "monitor" {
			continue // repeated monitors tell nothing about a move
		}
		key := timesKey(r.Resource, r.Operation, r.Node)
		if mark := strconv.Itoa(r.Call) + "@" + strconv.FormatInt(r.At.Unix(), 10); t.kept.Seen[key] != mark {
			t.add(key, mark, r.Took)
			news = true
		}
	}
	return t.write(news)
}

// NoteFencing follows the fencing of nodes: the cluster tells when one has ended, not when it began.
func (t *Times) NoteFencing(history []ha.FenceAction, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	news := false
	for _, f := range slices.Backward(history) {
		began, going := t.pending[f.Node]
		switch {
		case f.Action == "on":
		case f.Status == ha.FencePending && !going:
			if t.pending == nil {
				t.pending = map[string]time.Time{}
			}
			t.pending[f.Node] = now
		case f.Status == ha.FenceSuccess && going && !f.At.Before(began.Truncate(time.Second)):
			t.add(timesKey("", Fencing, f.Node), f.At.Format(time.RFC3339), max(now.Sub(began), time.Millisecond))
			delete(t.pending, f.Node)
			news = true
		case f.Status == ha.FenceFailure:
			delete(t.pending, f.Node)
		}
	}
	return t.write(news)
}

// add notes one time. The caller holds mu.
func (t *Times) add(key, mark string, took time.Duration) {
	if t.kept.Samples == nil {
		t.kept = kept{Samples: map[string][]int{}, Seen: map[string]string{}}
	}
	if _, has := t.kept.Samples[key]; !has && len(t.kept.Samples) >= keysKept {
		return
	}
	list := append(t.kept.Samples[key], int(took.Milliseconds()))
	if len(list) > timesKept {
		list = list[len(list)-timesKept:]
	}
	t.kept.Samples[key], t.kept.Seen[key] = list, mark
}

// write brings the file up to date. The caller holds mu: two writers would mix.
func (t *Times) write(news bool) error {
	if !news || t.path == "" {
		return nil
	}
	data, err := json.Marshal(t.kept)
	if err != nil {
		return fmt.Errorf("encode measured times: %w", err)
	}
	beside := t.path + ".new"
	if err := errors.Join(os.MkdirAll(filepath.Dir(t.path), 0o700), os.WriteFile(beside, data, 0o600)); err != nil {
		return fmt.Errorf("keep measured times: %w", err)
	}
	return os.Rename(beside, t.path)
}

// Median returns how long an operation of a resource usually takes on a node, else on any node. Resource is empty for fencing.
func (t *Times) Median(resource, operation, node string) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.kept.Samples[timesKey(resource, operation, node)]
	if len(list) == 0 {
		for key, samples := range t.kept.Samples {
			if strings.HasPrefix(key, resource+"|"+operation+"|") {
				list = append(list, samples...)
			}
		}
	}
	return median(list)
}

// All returns what was kept, one for each operation of a resource on a node.
func (t *Times) All() []ha.OperationTime {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []ha.OperationTime
	for key, samples := range t.kept.Samples {
		parts := strings.Split(key, "|")
		usual, has := median(samples)
		if len(parts) != 3 || !has {
			continue
		}
		list = append(list, ha.OperationTime{
			Resource: parts[0], Operation: parts[1], Node: parts[2], MedianMS: int(usual.Milliseconds()), Count: len(samples), At: markedAt(t.kept.Seen[key]),
		})
	}
	return list
}

// markedAt reads from the mark of an operation when it ended.
func markedAt(mark string) time.Time {
	if _, second, is := strings.Cut(mark, "@"); is {
		if n, err := strconv.ParseInt(second, 10, 64); err == nil {
			return time.Unix(n, 0).UTC()
		}
	}
	at, _ := time.Parse(time.RFC3339, mark)
	return at.UTC()
}

func median(list []int) (time.Duration, bool) {
	if len(list) == 0 {
		return 0, false
	}
	list = slices.Sorted(slices.Values(list))
	return time.Duration(list[len(list)/2]) * time.Millisecond, true
}

// parseRan reads the operations that crm_mon tells of.
func parseRan(root *etree.Element, zone *time.Location) []Ran {
	p := status{zone: zone}
	var list []Ran
	for _, node := range root.FindElements("node_history/node") {
		for _, resource := range node.SelectElements("resource_history") {
			for _, e := range resource.SelectElements("operation_history") {
				r := Ran{
					Instance: resource.SelectAttrValue("id", ""), Node: node.SelectAttrValue("name", ""), Operation: e.SelectAttrValue("task", ""),
					Wanted: -1, Done: true, At: p.time(e.SelectAttrValue("last-rc-change", "")),
				}
				r.Resource = base(r.Instance)
				r.Call, _ = strconv.Atoi(e.SelectAttrValue("call", ""))
				r.Code, _ = strconv.Atoi(e.SelectAttrValue("rc", ""))
				interval, _ := time.ParseDuration(e.SelectAttrValue("interval", "0ms"))
				r.Interval = int(interval.Milliseconds())
				if r.Operation == "monitor" && r.Interval == 0 {
					r.Operation = probe
				}
				r.Took, _ = time.ParseDuration(e.SelectAttrValue("exec-time", "0ms"))
				list = append(list, r)
			}
		}
	}
	return list
}
