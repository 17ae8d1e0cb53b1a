package sandbox

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"hawser/e2e/sandbox/host"
	"hawser/e2e/sandbox/lun"
)

// LUN is a shared disk.
type LUN struct {
	s *Sandbox
	n int
}

// LUN returns the first shared disk.
func (s *Sandbox) LUN() LUN { return LUN{s, 0} }

// Disk returns the shared disk lunN.
func (s *Sandbox) Disk(n int) LUN { return LUN{s, n} }

// Device is the disk's name in a node.
func (l LUN) Device() string { return host.LUNDevice(l.n) }

// Set changes how the shared disk behaves towards a node: LUNOK, LUNFail (every request fails; what was not flushed is lost),
// LUNHang (none is answered), LUNSlow (each is delayed) or LUNGone. It stays so when the node is off and on again.
func (l LUN) Set(ctx context.Context, node string, f Fault) error {
	return l.s.do(ctx, host.Command{Verb: "lun", LUN: l.n, Node: node, What: string(f.Mode), Delay: f.Delay}, nil)
}

// Garbage writes random bytes over a range of the disk, as a stranger does who has it mapped by mistake.
func (l LUN) Garbage(ctx context.Context, offset, length int64) error {
	return l.s.do(ctx, host.Command{Verb: "garbage", LUN: l.n, Offset: offset, Length: length}, nil)
}

// Journal returns every change to the disk, with who made it, in order.
func (l LUN) Journal() ([]JournalRecord, error) { return lun.ReadJournal(l.s.layout.Journal(l.n)) }

// Overlaps returns the intervals after a time (the zero time for all) in which the disk had two initiators; none is what a
// cluster owes its data. What exactly that means is said at lun.Overlaps.
func (l LUN) Overlaps(since time.Time) ([]Overlap, error) {
	records, err := l.Journal()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(lun.Overlaps(records), func(o Overlap) bool { return !o.To.After(since) }), nil
}

// Wipe makes the disk as new and its journal empty. It is an error while a node has it mounted.
func (l LUN) Wipe(ctx context.Context) error {
	return l.s.do(ctx, host.Command{Verb: "wipe-disk", LUN: l.n}, nil)
}

// Where PrepareDisk puts the database.
const (
	MountPoint = "/srv/pg"
	DataDir    = MountPoint + "/data"
	fsLabel    = "hws-pg"
)

// PrepareDisk does what an administrator does with a new shared disk before it is protected: a file system, a database
// cluster that listens on the service network, and the folder to mount it on, in every node that is on. A disk
// that has one is left as it is. unsafe turns the database's fsync off, which makes a crash lose rows: for tests of the tests.
func (s *Sandbox) PrepareDisk(ctx context.Context, unsafe bool) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	var on []string
	for _, n := range st.Nodes {
		if n.Power != host.PowerOn || n.Arbiter {
			continue
		}
		on = append(on, n.Name)
		if _, err := s.Exec(ctx, n.Name, "mkdir", "-p", MountPoint); err != nil {
			return err
		}
	}
	if len(on) == 0 {
		return errors.New("no node is on")
	}
	for _, n := range on {
		if _, err := s.Exec(ctx, n, "findmnt", "--noheadings", "--source", Device); err == nil {
			if _, err := s.Exec(ctx, n, "test", "-e", DataDir+"/PG_VERSION"); err != nil {
				return fmt.Errorf("%s has the shared disk mounted, and there is no database on it", n)
			}
			if unsafe {
				return errors.New("the database is in use: fsync is turned off before it is protected")
			}
			return nil
		}
	}
	return s.prepareOn(ctx, on[0], Device, "ext4", unsafe)
}

// PrepareDevice is PrepareDisk for a device of one node, such as that of a replicated volume where it is primary. Kind is ext4 or xfs.
func (s *Sandbox) PrepareDevice(ctx context.Context, node, device, kind string) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	for _, n := range st.Nodes {
		if n.Power == host.PowerOn && !n.Arbiter {
			if _, err := s.Exec(ctx, n.Name, "mkdir", "-p", MountPoint); err != nil {
				return err
			}
		}
	}
	return s.prepareOn(ctx, node, device, kind, false)
}

// makeFS makes a file system of a kind, by the arguments before the device.
var makeFS = map[string][]string{"ext4": {"mkfs.ext4", "-q", "-F", "-L", fsLabel}, "xfs": {"mkfs.xfs", "-q", "-f", "-L", fsLabel}}

func (s *Sandbox) prepareOn(ctx context.Context, n, device, kind string, unsafe bool) error {
	if makeFS[kind] == nil {
		return fmt.Errorf("file system %q: ext4 or xfs", kind)
	}
	if out, err := s.Exec(ctx, n, "blkid", "-p", "-s", "LABEL", "-o", "value", device); err != nil || strings.TrimSpace(out) != fsLabel {
		if _, err := s.Exec(ctx, n, append(slices.Clone(makeFS[kind]), device)...); err != nil {
			return err
		}
	}
	if _, err := s.Exec(ctx, n, "mount", device, MountPoint); err != nil {
		return err
	}
	err := s.prepareDatabase(ctx, n, unsafe)
	_, uerr := s.Exec(ctx, n, "umount", MountPoint)
	return errors.Join(err, uerr)
}

func (s *Sandbox) prepareDatabase(ctx context.Context, node string, unsafe bool) error {
	bin, err := s.Exec(ctx, node, "sh", "-c", "ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1")
	if err != nil {
		return err
	}
	if _, err := s.Exec(ctx, node, "test", "-e", DataDir+"/ready"); err != nil {
		// An interrupted attempt left half a database.
		if _, err := s.Exec(ctx, node, "rm", "-rf", DataDir); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, node, "install", "-d", "-o", "postgres", "-g", "postgres", "-m", "0700", DataDir); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, node, "runuser", "-u", "postgres", "--", path.Join(strings.TrimSpace(bin), "initdb"),
			"--pgdata="+DataDir, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions"); err != nil {
			return err
		}
		hba := "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all " + s.layout.ServiceNet() + " trust\n"
		if _, err := s.ExecInput(ctx, node, strings.NewReader(hba), "tee", DataDir+"/pg_hba.conf"); err != nil {
			return err
		}
		conf := "\n# Hawser's sandbox\nlisten_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\nshared_buffers = 32MB\nmax_connections = 50\n" +
			"max_wal_size = 256MB\nlog_destination = stderr\nlogging_collector = off\n"
		if _, err := s.ExecInput(ctx, node, strings.NewReader(conf), "tee", "-a", DataDir+"/postgresql.conf"); err != nil {
			return err
		}
	}
	fsync := "fsync = on\n"
	if unsafe {
		fsync = "fsync = off\n"
	}
	for _, argv := range [][]string{
		{"sed", "-i", "/^fsync = /d", DataDir + "/postgresql.conf"},
		{"sh", "-c", "printf '" + strings.TrimSpace(fsync) + "\\n' >>" + DataDir + "/postgresql.conf"},
		{"touch", DataDir + "/ready"},
		{"sync"},
	} {
		if _, err := s.Exec(ctx, node, argv...); err != nil {
			return err
		}
	}
	return nil
}
