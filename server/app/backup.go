package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/version"
	"hawser/server/audit"
	"hawser/server/backup"
	"hawser/server/config"
	"hawser/server/pki"
	"hawser/server/store"
)

// Archive is a backup to be made or read.
type Archive struct {
	File       string // the backup
	Passphrase string
	Config     string // path of the configuration file
	// Replace puts what is restored in place of a data folder that is there, which is kept beside.
	Replace bool
	// Check restores to nowhere: it says whether the backup could be restored.
	Check bool
	// Work is the work factor of the encryption; as usual where 0.
	Work int
}

// Backup writes a backup while the server goes on. The file is there whole or not at all, and replaces none.
func Backup(ctx context.Context, c config.Config, a Archive) (m backup.Manifest, err error) {
	if err := backup.CheckPassphrase(a.Passphrase); err != nil {
		return m, err
	}
	if _, err := os.Lstat(a.File); err == nil {
		return m, fault.New(fault.Conflict, "backup.file_there", "%s is there already", a.File).With("file", a.File)
	}
	if err := outside(c.DataDir, a.File); err != nil {
		return m, err
	}
	configuration, err := os.ReadFile(a.Config)
	if err != nil {
		return m, fmt.Errorf("read configuration: %w", err)
	}
	out, err := os.CreateTemp(filepath.Dir(a.File), "."+filepath.Base(a.File)+"-*") // mode 0600
	if err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	host, err := os.Hostname()
	if err != nil {
		return m, errors.Join(fmt.Errorf("ask for this host's name: %w", err), out.Close())
	}
	err = offline(ctx, c, func(_ *store.Store, authority *pki.Authority, l *audit.Log) error {
		// First, so that what is restored says when it was kept.
		if err := l.Record(ctx, rootDid("backup.create", filepath.Base(a.File))); err != nil {
			return err
		}
		m = backup.Manifest{
			Version: version.String(), Created: time.Now().UTC().Truncate(time.Second), Host: host, Address: c.AgentAddress, CA: authority.Fingerprint(),
		}
		return backup.Write(out, a.Passphrase, backup.Source{
			Manifest: m, Dir: c.DataDir, Config: configuration, Work: a.Work,
			Dump: func(w io.Writer, schema func(int64) error) error { return store.Dump(ctx, storeOptions(c), w, schema) },
		})
	})
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return m, err
	}
	if err := os.Rename(out.Name(), a.File); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	return m, nil
}

// outside refuses a backup in the data folder: it would be part of the next one, and die with what it is to replace.
func outside(dir, file string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	to, err := filepath.Abs(filepath.Dir(file))
	if err == nil {
		to, err = filepath.EvalSymlinks(to)
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if name, err := filepath.Rel(dir, to); err == nil && filepath.IsLocal(name) {
		return fault.New(fault.Invalid, "backup.file_inside", "%s is in the data folder", file).With("file", file)
	}
	return nil
}

// Restore makes a management server out of a backup: in a folder beside, which takes its place only when everything has been read,
// decrypted and looked at.
func Restore(ctx context.Context, a Archive, log *slog.Logger) (_ backup.Manifest, err error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	none := backup.Manifest{}
	in, err := os.Open(a.File)
	if err != nil {
		return none, fmt.Errorf("read backup: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	c, given, err := restoredConfig(in, &a)
	if err != nil {
		return none, err
	}
	if !a.Check {
		if err := mayReplace(c.DataDir, a.Replace); err != nil {
			return none, err
		}
	}
	staging, err := stage(c.DataDir, a.Check)
	if err != nil {
		return none, err
	}
	defer func() {
		if err != nil || a.Check {
			err = errors.Join(err, os.RemoveAll(staging))
		}
	}()
	m, loaded, err := unpack(ctx, in, a, c, staging, log)
	if err == nil && !a.Check {
		err = replace(staging, c.DataDir)
	}
	if err != nil && loaded {
		return m, errors.Join(err, unload(ctx, c, staging))
	}
	if err != nil || a.Check {
		return m, err
	}
	if given == nil {
		return m, nil
	}
	return m, writeConfig(a.Config, given, c.DataDir)
}

// restoredConfig returns the configuration of this host, or where it has none the one in the backup, with its text.
func restoredConfig(in io.ReadSeeker, a *Archive) (config.Config, []byte, error) {
	data, err := os.ReadFile(a.Config)
	var given []byte
	if errors.Is(err, os.ErrNotExist) {
		_, given, err = backup.Peek(in, a.Passphrase)
		data = given
	}
	if err != nil {
		return config.Config{}, nil, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return config.Config{}, nil, fmt.Errorf("read backup: %w", err)
	}
	c, err := config.Parse(data)
	if err != nil {
		return c, nil, fmt.Errorf("%s:\n%w", a.Config, err)
	}
	return c, given, nil
}

// mayReplace refuses a data folder that somebody may still need.
func mayReplace(dir string, anyway bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	if !anyway {
		return fault.New(fault.Conflict, "backup.dir_not_empty", "%s is not empty", dir).With("dir", dir)
	}
	back, err := asOwner(dir)
	if err != nil {
		return err
	}
	held, err := lock(dir)
	if err == nil {
		err = held.Close()
	}
	return errors.Join(err, back())
}

// stage makes an empty folder beside the data folder, of the same owner.
func stage(dir string, check bool) (string, error) {
	parent := filepath.Dir(dir)
	if check {
		parent = os.TempDir()
	} else if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // for example /var/lib
		return "", fmt.Errorf("make data folder: %w", err)
	}
	staging, err := os.MkdirTemp(parent, ".hawser-restore-*") // mode 0700
	if err != nil {
		return "", fmt.Errorf("make data folder: %w", err)
	}
	uid, gid, err := ownerOf(dir)
	if err != nil { // there is none yet: the package's user, where there is a package
		u, unknown := user.Lookup("hawser")
		if unknown != nil || os.Geteuid() != 0 {
			return staging, nil
		}
		uid, err = strconv.Atoi(u.Uid)
		if err == nil {
			gid, err = strconv.Atoi(u.Gid)
		}
	}
	if err == nil && os.Geteuid() == 0 {
		err = os.Chown(staging, uid, gid)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("make data folder: %w", err), os.RemoveAll(staging))
	}
	return staging, nil
}

// unload takes out of a database elsewhere what a restore has put there that has failed later.
func unload(ctx context.Context, c config.Config, staging string) error {
	if c.Database.DSN == "" { // it goes with the staging folder
		return nil
	}
	back, err := asOwner(staging)
	if err != nil {
		return err
	}
	return errors.Join(store.Clear(ctx, storeOptions(c)), back())
}

// unpack reads a backup into the staging folder and looks whether a server could start on it; loaded says whether the database was
// filled.
func unpack(ctx context.Context, in io.Reader, a Archive, c config.Config, staging string, log *slog.Logger) (m backup.Manifest, loaded bool, err error) {
	back, err := asOwner(staging)
	if err != nil {
		return m, false, err
	}
	defer func() { err = errors.Join(err, back()) }()
	c.DataDir = staging
	if a.Check {
		c.Database.DSN = "" // whichever it was in
	}
	o := storeOptions(c)
	o.Log = log
	m, _, err = backup.Read(in, a.Passphrase, backup.Target{
		Dir: staging, Load: func(m backup.Manifest, dump io.Reader) error {
			err := store.Load(ctx, o, m.Schema, dump)
			loaded = err == nil && !a.Check
			return err
		},
	})
	if err != nil {
		return m, loaded, err
	}
	return m, loaded, offline(ctx, c, func(s *store.Store, authority *pki.Authority, l *audit.Log) error {
		if authority.Fingerprint() != m.CA {
			return fault.New(fault.Invalid, "backup.damaged", "the CA in the backup is not the one it names")
		}
		if _, err := s.Accounts(ctx); err != nil { // what is encrypted there opens with the key of the backup
			return err
		}
		check, err := l.Verify(ctx)
		if err != nil {
			return err
		}
		if b := check.Broken; b != nil {
			log.Warn("the audit log in the backup does not hold", "entry", b.Entry, "reason", b.Reason)
		}
		return l.Record(ctx, rootDid("backup.restore", m.Created.Format(time.RFC3339)))
	})
}

// replace puts the staging folder in the place of the data folder; what was there is kept beside.
func replace(staging, dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		aside := dir + ".before-" + time.Now().UTC().Format("20060102T150405Z")
		if err := os.Rename(dir, aside); err != nil {
			return fmt.Errorf("put the old data folder aside: %w", err)
		}
		if err := os.Rename(staging, dir); err != nil {
			return errors.Join(fmt.Errorf("put the restored folder in place: %w", err), os.Rename(aside, dir))
		}
		return syncDir(filepath.Dir(dir))
	}
	if err := os.Rename(staging, dir); err != nil { // takes the place of an empty one
		return fmt.Errorf("put the restored folder in place: %w", err)
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeConfig puts the configuration of the backup where there was none, readable for the server's user.
func writeConfig(path string, data []byte, dir string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // /etc/hawser holds the agent's configuration, too
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := os.WriteFile(path, data, 0o640); err != nil { //nolint:gosec // its group is that of the server's user
		return fmt.Errorf("write configuration: %w", err)
	}
	if os.Geteuid() != 0 {
		return nil
	}
	_, gid, err := ownerOf(dir)
	if err != nil {
		return err
	}
	if err := os.Chown(path, 0, gid); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// ReadPassphrase returns the first line of what a person or a file gives.
func ReadPassphrase(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, 4<<10))
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}
