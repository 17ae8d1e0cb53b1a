// Package vm brings up virtual machines with a kernel of their own, under QEMU's software emulation, for what the sandbox's nodes
// cannot have because they share the host's kernel: watchdogs, resets, block drivers. It is the same for tests as the sandbox:
// machines that run the product, networks that can be cut, shared disks that fail and say who wrote to them.
//
// Everything lives in namespaces of its own (see Alone): when the process that entered them ends, however it ends, the kernel takes
// machines, networks and mounts away. Nothing is reached from there but the machines.
package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Times within which a step must be done. Emulation is slow, and slower still when the machine does something else.
const (
	bootTimeout = 20 * time.Minute // 14 s where both cores are idle
	stepTimeout = time.Minute
)

// Options say what there is to be.
type Options struct {
	Image    string   // folder that scripts/vm-image has made; required
	Dir      string   // for overlays, disks, sockets, consoles; emptied first; required
	Programs string   // folder whose programs the machines find below /opt/hawser; required
	Names    []string // of the machines
	Networks int      // the first is for management; 3
	Disks    []Disk   // /dev/hawser/lunN
	Instance int      // second number of all addresses, 10.INSTANCE.NETWORK.11 and so on
	Memory   int      // MiB of each machine; 640
	Log      io.Writer
}

// Disk is a disk that all machines share, or of which each has its own.
type Disk struct {
	Size int64
	Own  bool
}

// Rig is a set of virtual machines.
type Rig struct {
	opt      Options
	machines map[string]*Machine
	booted   time.Duration
}

// New returns a Rig; nothing is started yet.
func New(opt Options) (*Rig, error) {
	if opt.Image == "" || opt.Dir == "" || opt.Programs == "" || len(opt.Names) == 0 {
		return nil, errors.New("vm.New: Image, Dir, Programs and Names are required")
	}
	if opt.Networks == 0 {
		opt.Networks = 3
	}
	if opt.Memory == 0 {
		opt.Memory = 640
	}
	if opt.Log == nil {
		opt.Log = io.Discard
	}
	r := &Rig{opt: opt, machines: map[string]*Machine{}}
	for i, name := range opt.Names {
		r.machines[name] = &Machine{rig: r, name: name, number: 11 + i, dir: filepath.Join(opt.Dir, name)}
	}
	return r, nil
}

func (r *Rig) say(format string, args ...any) { fmt.Fprintf(r.opt.Log, format+"\n", args...) }

// Machine returns a machine by its name; a wrong name is a mistake in a test.
func (r *Rig) Machine(name string) *Machine {
	m := r.machines[name]
	if m == nil {
		panic("no virtual machine " + name)
	}
	return m
}

// Address is a machine's in a network.
func (r *Rig) Address(name string, network int) string {
	return r.address(network, r.Machine(name).number)
}

func (r *Rig) address(network, last int) string {
	return fmt.Sprintf("10.%d.%d.%d", r.opt.Instance, network, last)
}

// Up makes networks and disks, and starts all machines at once. It returns when each answers.
func (r *Rig) Up(ctx context.Context) error {
	if err := os.RemoveAll(r.opt.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(r.opt.Dir, 0o700); err != nil {
		return err
	}
	if err := r.networks(ctx); err != nil {
		return err
	}
	if err := r.programs(ctx); err != nil {
		return err
	}
	begin := time.Now()
	err := r.each(func(m *Machine) error {
		if err := m.prepare(ctx); err != nil {
			return err
		}
		return m.Start(ctx)
	})
	r.booted = time.Since(begin)
	return err
}

// Booted is how long the machines took to boot, all at once.
func (r *Rig) Booted() time.Duration { return r.booted }

// Down ends all machines as a loss of power does, and removes the networks.
func (r *Rig) Down(ctx context.Context) error {
	err := r.each(func(m *Machine) error { return m.Kill(ctx) })
	for n := range r.opt.Networks {
		// A tap outlives its machine.
		ends := []string{bridge(n)}
		for _, m := range r.machines {
			ends = append(ends, m.tap(n))
		}
		for _, end := range ends {
			if _, missing := net.InterfaceByName(end); missing != nil {
				continue // Up did not come so far
			}
			_, lost := command(ctx, nil, "ip", "link", "delete", end)
			err = errors.Join(err, lost)
		}
	}
	return err
}

func (r *Rig) each(do func(*Machine) error) error {
	var mu sync.Mutex
	var all []error
	var group sync.WaitGroup
	for _, name := range r.opt.Names {
		group.Go(func() {
			if err := do(r.machines[name]); err != nil {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	group.Wait()
	return errors.Join(all...)
}

func bridge(network int) string { return fmt.Sprintf("vm%d", network) }

// networks makes a bridge for each network, with an address at which the machines find this side.
func (r *Rig) networks(ctx context.Context) error {
	for n := range r.opt.Networks {
		for _, argv := range [][]string{
			{"link", "add", bridge(n), "type", "bridge", "stp_state", "0", "mcast_snooping", "0"},
			{"address", "add", r.address(n, 1) + "/24", "dev", bridge(n)},
			{"link", "set", bridge(n), "up"},
		} {
			if _, err := command(ctx, nil, "ip", argv...); err != nil {
				return err
			}
		}
	}
	return nil
}

// programs packs the product's programs into a disk that all machines read: a copy by SSH would take the emulated processors
// longer than their boot.
func (r *Rig) programs(ctx context.Context) error {
	image := r.programsImage()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(image, 512<<20); err != nil {
		return err
	}
	_, err := command(ctx, nil, "mkfs.ext4", "-q", "-F", "-O", "^has_journal,^metadata_csum", "-d", r.opt.Programs, image)
	return err
}

func (r *Rig) programsImage() string { return filepath.Join(r.opt.Dir, "programs.img") }

// Exec runs a program in a machine with something on its standard input, and returns what it printed.
func (r *Rig) Exec(ctx context.Context, node string, stdin []byte, args ...string) ([]byte, error) {
	return r.Machine(node).Exec(ctx, stdin, args...)
}

// command runs a program on this side.
func command(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// until asks again until done says yes, and returns its last error where the time runs out.
func until(ctx context.Context, timeout time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s: not within %s", what, timeout), err)
		case <-tick.C:
		}
	}
}
