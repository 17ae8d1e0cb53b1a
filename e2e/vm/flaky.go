package vm

import (
	"context"
	"fmt"
	"strings"
)

// Flaky is a device over one of a machine's disks that can be told to lie: to take writes and flushes and to keep none of them, as a
// disk does that answers before it has written and then loses its power. The kernel's own dm-flakey does it, inside the machine.
type Flaky struct {
	m           *Machine
	name, below string
	sectors     string
}

// Flaky lays such a device over a disk of this machine, honest at first. It goes with the machine's power.
func (m *Machine) Flaky(ctx context.Context, disk string) (*Flaky, error) {
	out, err := m.Exec(ctx, nil, "blockdev", "--getsz", disk)
	if err != nil {
		return nil, err
	}
	f := &Flaky{m: m, name: "flaky-" + disk[strings.LastIndexByte(disk, '/')+1:], below: disk, sectors: strings.TrimSpace(string(out))}
	if _, err := m.Exec(ctx, nil, "modprobe", "dm-flakey"); err != nil {
		return nil, err
	}
	_, err = m.Exec(ctx, nil, "dmsetup", "create", f.name, "--table", f.table(false))
	return f, err
}

// Device is what to use in the disk's place.
func (f *Flaky) Device() string { return "/dev/mapper/" + f.name }

// table is dm-flakey's: seconds of being up, seconds of being down, and what it does while it is down.
func (f *Flaky) table(lie bool) string {
	if lie {
		return fmt.Sprintf("0 %s flakey %s 0 0 86400 1 drop_writes", f.sectors, f.below)
	}
	return fmt.Sprintf("0 %s linear %s 0", f.sectors, f.below)
}

// Lie has the device keep nothing of what is written from now on. What it had accepted before is on the disk.
func (f *Flaky) Lie(ctx context.Context) error {
	if _, err := f.m.Exec(ctx, nil, "dmsetup", "reload", f.name, "--table", f.table(true)); err != nil {
		return err
	}
	// Resuming suspends first, which waits for what is under way.
	_, err := f.m.Exec(ctx, nil, "dmsetup", "resume", "--nolockfs", f.name)
	return err
}

// Remove takes the device away; nothing may use it any more.
func (f *Flaky) Remove(ctx context.Context) error {
	_, err := f.m.Exec(ctx, nil, "dmsetup", "remove", "--retry", f.name)
	return err
}
