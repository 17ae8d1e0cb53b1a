package watch

import (
	"context"
	"sync"
	"time"

	"hawser/internal/ha"
)

// volumes follows the disks of replicated volumes. Their state comes with the observation, which the events of their driver bring about.
type volumes struct {
	mu    sync.Mutex // guards what follows
	disks map[string]string
	signs []Sign
	wake  chan struct{}
}

// NewVolumes returns the source of disks that replicated volumes lose.
func NewVolumes() Source { return &volumes{wake: make(chan struct{}, 1)} }

func (*volumes) Name() string { return "volumes" }

func (v *volumes) Follow(targets []Target) {
	v.mu.Lock()
	defer v.mu.Unlock()
	disks := map[string]string{}
	for _, t := range targets {
		if t.Volume == "" || t.Disk == "" {
			continue
		}
		disks[t.Resource] = t.Disk
		if was, known := v.disks[t.Resource]; known && was != t.Disk && lost(t.Disk) {
			v.signs = append(v.signs, Sign{Resource: t.Resource, Kind: ha.WatchDisk, What: t.Volume, At: time.Now()})
		}
	}
	v.disks = disks
	if len(v.signs) > 0 {
		select {
		case v.wake <- struct{}{}:
		default:
		}
	}
}

// Watched lists none: a volume without a disk works, over its peer's.
func (*volumes) Watched() (ha.ChangeKind, []string) { return ha.WatchDisk, nil }

func (v *volumes) Run(ctx context.Context, sign func(Sign)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-v.wake:
		}
		v.mu.Lock()
		signs := v.signs
		v.signs = nil
		v.mu.Unlock()
		for _, s := range signs {
			sign(s)
		}
	}
}

// lost says whether a side has no disk that it uses.
func lost(disk string) bool {
	return disk == ha.DiskDiskless || disk == ha.DiskFailed || disk == "Detaching"
}

// worse says whether a disk is to stand for its resource instead of another of its disks.
func worse(disk, than string) bool { return than == "" || lost(disk) && !lost(than) }
