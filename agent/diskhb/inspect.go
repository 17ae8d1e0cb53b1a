package diskhb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/run"
)

// Kinds of contents that no magic number has.
const (
	kindOwn  = "hawser" // a disk heartbeat
	kindData = "data"   // not zeroes, and nothing that anybody knows
)

// Inspection is what a device is, before anything is written to it.
type Inspection struct {
	Path    string
	Size    int64
	InUse   bool // mounted, or part of a volume, on this host
	Carries []Signature
	Super   *Super // of the disk heartbeat that it carries
}

// Kinds are the names of what it carries, as an override must give them.
func (i Inspection) Kinds() []string {
	var kinds []string
	for _, s := range i.Carries {
		kinds = append(kinds, s.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// Inspect looks at a device and changes nothing. It asks wipefs as well, which knows more; what the two name differently at one place is
// called what wipefs calls it.
func Inspect(ctx context.Context, r run.Runner, path string) (Inspection, error) {
	i := Inspection{Path: path}
	if err := CheckPath(path); err != nil {
		return i, err
	}
	d, err := OpenDisk(path, ReadOnly)
	if err != nil {
		return i, err
	}
	defer d.Close()
	i.Size = d.Size()
	if i.InUse, err = claimed(path); err != nil {
		return i, err
	}
	own, err := Signatures(d)
	if err != nil {
		return i, err
	}
	told, err := Known(ctx, r, path)
	if err != nil {
		return i, err
	}
	i.Carries = told
	for _, s := range own {
		if !slices.ContainsFunc(told, func(t Signature) bool { return t.Offset/512 == s.Offset/512 }) {
			i.Carries = append(i.Carries, s)
		}
	}
	if s, err := ReadSuper(d); err == nil {
		i.Super = &s
	} else if !errors.Is(err, ErrNoSuper) && !errors.Is(err, ErrBadSuper) {
		return i, err
	}
	if len(i.Carries) == 0 {
		blank, err := Blank(d, Super{Nodes: MaxNodes, Slots: RingSlots})
		if err != nil {
			return i, err
		}
		if !blank {
			i.Carries = []Signature{{Kind: kindData}}
		}
	}
	return i, nil
}

func claimed(path string) (bool, error) {
	d, err := OpenDisk(path, Exclusive)
	if errors.Is(err, ErrInUse) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, d.Close()
}

// Known lists what libblkid finds. A host without it, or with one that knows no JSON, is left to our own list.
func Known(ctx context.Context, r run.Runner, path string) ([]Signature, error) {
	out, err := r.Run(ctx, run.Cmd("wipefs", "--no-act", "--json", path))
	if run.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask what %s carries: %w", path, err)
	}
	return parseWipefs(out.Stdout)
}

func parseWipefs(data []byte) ([]Signature, error) {
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, nil
	}
	var told struct {
		Signatures []struct {
			Type   string `json:"type"`
			Offset string `json:"offset"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(data, &told); err != nil {
		return nil, fmt.Errorf("wipefs: %w", err)
	}
	var list []Signature
	for _, s := range told.Signatures {
		off, err := strconv.ParseInt(s.Offset, 0, 64)
		if err != nil || s.Type == "" {
			return nil, fmt.Errorf("wipefs: %q at %q", s.Type, s.Offset)
		}
		list = append(list, Signature{Kind: s.Type, Offset: off})
	}
	return list, nil
}

// OccupiedError says what a device carries that nobody has agreed to destroy.
type OccupiedError struct {
	Path  string
	Kinds []string
}

func (e *OccupiedError) Error() string {
	return fmt.Sprintf("%s carries %s", e.Path, strings.Join(e.Kinds, ", "))
}

// Allowed says whether the device may be formatted: nothing is on it, or just what destroy names, or this very formatting.
func (i Inspection) Allowed(s Super, destroy []string) error {
	if need := s.Size(); i.Size < need {
		return fmt.Errorf("%s: %w: %d bytes, %d are needed", i.Path, ErrTooSmall, i.Size, need)
	}
	if i.InUse {
		return fmt.Errorf("%s: %w", i.Path, ErrInUse)
	}
	kinds := i.Kinds()
	if i.Super != nil && i.Super.UUID == s.UUID && slices.Equal(kinds, []string{kindOwn}) {
		return nil
	}
	named := slices.Clone(destroy)
	slices.Sort(named)
	if !slices.Equal(kinds, slices.Compact(named)) {
		return &OccupiedError{Path: i.Path, Kinds: kinds}
	}
	return nil
}

// Clear takes what a device carries off it, so that nothing is found there any more; it must be claimed by the caller's host alone. Data that
// nobody knows are overwritten as far as Inspect looks for them.
func Clear(path string, carries []Signature) error {
	d, err := OpenDisk(path, Exclusive)
	if err != nil {
		return err
	}
	defer d.Close()
	const chunk = 256
	zero := alignedBlocks(chunk)
	wipe := func(from, to int64) error {
		for off := from; off < min(to, d.Size()&^(BlockSize-1)); {
			n := min(int64(len(zero)), min(to, d.Size()&^(BlockSize-1))-off)
			if err := d.WriteAt(zero[:n], off); err != nil {
				return err
			}
			off += n
		}
		return nil
	}
	for _, c := range carries {
		from, to := c.Offset&^(BlockSize-1), c.Offset&^(BlockSize-1)+BlockSize
		if c.Kind == kindData {
			from, to = 0, Super{Nodes: MaxNodes, Slots: RingSlots}.Size()
		}
		if err := wipe(from, to); err != nil {
			return fmt.Errorf("destroy %s: %w", c, err)
		}
	}
	return d.Sync()
}

// Prepare formats a device, provided that it may be formatted. It is looked at again right before, and claimed for the time:
// whatever this host begins to use it for meanwhile is refused by the kernel.
func Prepare(ctx context.Context, r run.Runner, path string, s Super, destroy []string) error {
	i, err := Inspect(ctx, r, path)
	if err != nil {
		return err
	}
	if err := i.Allowed(s, destroy); err != nil {
		return err
	}
	d, err := OpenDisk(path, Exclusive)
	if err != nil {
		return err
	}
	defer d.Close()
	if i.Super != nil && i.Super.UUID == s.UUID {
		return nil // done before
	}
	// What lies beyond the layout (a second partition table, a RAID's mark at the end) would be found again.
	zero := alignedBlocks(1)
	for _, c := range i.Carries {
		at := c.Offset &^ (BlockSize - 1)
		if c.Kind == kindData || at < s.Size() || at+BlockSize > d.Size() {
			continue
		}
		if err := d.WriteAt(zero, at); err != nil {
			return fmt.Errorf("destroy %s: %w", c, err)
		}
	}
	return Format(d, s)
}
