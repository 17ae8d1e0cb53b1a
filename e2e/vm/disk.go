package vm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hawser/e2e/sandbox/lun"
)

// A disk is the sandbox's: a store behind one server for each machine, which can be told to fail, keeps what was not flushed
// apart, and writes down every change with who made it. QEMU sees an ordinary file without a page cache in between.
//
// A shared disk has a cache that is common to all machines, and outlives them, as an array's does. A machine's own has a cache of
// its own, which is lost with the machine's power.

// Store is the file behind a disk, for all machines or for each one: what is in it would be there after a loss of power.
func (m *Machine) Store(disk int) string {
	if m.rig.opt.Disks[disk].Own {
		return m.file(fmt.Sprintf("lun%d.store", disk))
	}
	return filepath.Join(m.rig.opt.Dir, fmt.Sprintf("lun%d.store", disk))
}

func (r *Rig) journal(disk int) string {
	return filepath.Join(r.opt.Dir, fmt.Sprintf("lun%d.journal", disk))
}

// stores makes the files behind this machine's disks where they are not there yet.
func (m *Machine) stores() error {
	for i, d := range m.rig.opt.Disks {
		f, err := os.OpenFile(m.Store(i), os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Truncate(d.Size), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Overlaps returns the intervals in which two machines wrote to a disk; lun.Overlaps says what exactly that means.
func (r *Rig) Overlaps(disk int) ([]lun.Overlap, error) {
	records, err := lun.ReadJournal(r.journal(disk))
	if err != nil {
		return nil, err
	}
	return lun.Overlaps(records), nil
}

// Writers returns who has changed a disk since a time, in order and each once in a row.
func (r *Rig) Writers(disk int, since time.Time) ([]string, error) {
	records, err := lun.ReadJournal(r.journal(disk))
	if err != nil {
		return nil, err
	}
	var list []string
	for _, x := range records {
		if (x.Op == lun.Write || x.Op == lun.Mount) && !x.Time.Before(since) && (len(list) == 0 || list[len(list)-1] != x.Node) {
			list = append(list, x.Node)
		}
	}
	return list, nil
}

// path is a machine's way to one shared disk, from power on to power off.
type path struct {
	server *lun.Server
	end    context.CancelFunc
	done   chan error
	mount  string
}

func (m *Machine) attach(ctx context.Context, disk int) (*path, error) {
	mount := filepath.Join(m.dir, fmt.Sprintf("lun%d", disk))
	if err := os.MkdirAll(mount, 0o700); err != nil {
		return nil, err
	}
	server, err := lun.NewServer(lun.Config{
		Node: m.name, Store: m.Store(disk), Size: m.rig.opt.Disks[disk].Size, Mount: mount, Journal: m.rig.journal(disk),
		WriteThrough: !m.rig.opt.Disks[disk].Own,
		Socket:       filepath.Join(m.dir, fmt.Sprintf("lun%d.sock", disk)), Log: slog.New(slog.NewTextHandler(m.rig.opt.Log, nil)),
	})
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx)) // it lives as long as the machine, not as the call
	p := &path{server: server, end: end, done: make(chan error, 1), mount: mount}
	go func() { p.done <- server.Run(life) }()
	err = until(ctx, stepTimeout, "mount of "+mount, func() (bool, error) {
		select {
		case err := <-p.done:
			p.done <- err
			return true, err
		default:
		}
		_, err := os.Stat(p.file())
		return err == nil, err
	})
	if err == nil {
		_, err = os.Stat(p.file())
	}
	if err != nil {
		p.detach()
		return nil, err
	}
	return p, nil
}

func (p *path) file() string { return filepath.Join(p.mount, lun.FileName) }

// detach drops what was not flushed, as a loss of power does.
func (p *path) detach() {
	p.end()
	<-p.done //nolint:errcheck // it says only that it was ended
}

// Dropped is how many bytes of a disk this machine's last loss of power has taken.
func (m *Machine) Dropped(disk int) (int64, error) {
	records, err := lun.ReadJournal(m.rig.journal(disk))
	if err != nil {
		return 0, err
	}
	var lost int64
	for _, x := range records {
		if x.Node == m.name && x.Op == lun.Off {
			lost = x.Length
		}
	}
	return lost, nil
}

// Disk changes how a disk behaves towards this machine, until it is off.
func (m *Machine) Disk(disk int, mode lun.Mode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if disk >= len(m.paths) {
		return fmt.Errorf("%s is off, or has no disk %d", m.name, disk)
	}
	return m.paths[disk].server.Set(lun.Fault{Mode: mode})
}

// detachAll ends all paths at once: each waits for its own requests only.
func detachAll(paths []*path) {
	var group sync.WaitGroup
	for _, p := range paths {
		group.Go(p.detach)
	}
	group.Wait()
}
