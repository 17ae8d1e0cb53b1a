package backup

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"hawser/internal/fault"
)

// Target is where a backup is unpacked to.
type Target struct {
	Dir string // an empty folder
	// Load fills the database with a dump. It must keep nothing where reading fails.
	Load func(m Manifest, dump io.Reader) error
}

// Read unpacks a backup and returns what it says of itself and the configuration in it. When it returns an error the folder holds
// something that is not to be used.
func Read(r io.Reader, passphrase string, t Target) (Manifest, []byte, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return Manifest{}, nil, fault.New(fault.Invalid, "backup.wrong_passphrase", "the passphrase is wrong: %w", err)
	}
	opened, err := age.Decrypt(r, identity)
	if err != nil {
		if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
			return Manifest{}, nil, fault.New(fault.Denied, "backup.wrong_passphrase", "the passphrase is wrong: %w", err)
		}
		return Manifest{}, nil, fault.New(fault.Invalid, "backup.not_one", "this is not a backup: %w", err)
	}
	u := &unpacking{target: t}
	if err := u.all(opened); err != nil {
		if errors.Is(err, errPeeked) {
			return u.manifest, u.config, err
		}
		if l, is := errors.AsType[*loadError](err); is {
			return u.manifest, nil, l.error
		}
		if _, told := errors.AsType[*fault.Error](err); told {
			return u.manifest, nil, err
		}
		return u.manifest, nil, fault.New(fault.Invalid, "backup.damaged", "the backup is damaged or was cut: %w", err)
	}
	return u.manifest, u.config, nil
}

// loadError is what the database has against a dump; the backup is not to blame.
type loadError struct{ error }

type unpacking struct {
	target   Target
	manifest Manifest
	config   []byte
	entries  *tar.Reader
}

func (u *unpacking) all(opened io.Reader) error {
	zipped, err := gzip.NewReader(opened)
	if err != nil {
		return err
	}
	u.entries = tar.NewReader(zipped)
	h, err := u.entries.Next()
	if err != nil {
		return err
	}
	if h.Name != manifestEntry {
		return fault.New(fault.Invalid, "backup.not_one", "this is not a backup: it begins with %q", h.Name)
	}
	if err := u.readManifest(); err != nil {
		return err
	}
	h, err = u.files()
	if err != nil {
		return err
	}
	dump := &pieces{entries: u.entries, left: h.Size, last: h.Name, end: func() error {
		// Only the very end proves that nothing was cut; so whoever reads the database hears of its end after that.
		_, err := io.Copy(io.Discard, zipped)
		if err == nil {
			_, err = io.Copy(io.Discard, opened)
		}
		return err
	}}
	if err := u.target.Load(u.manifest, dump); err != nil {
		if dump.err != nil && !errors.Is(dump.err, io.EOF) {
			return dump.err // whatever the database says of it
		}
		return &loadError{err}
	}
	_, err = io.Copy(io.Discard, dump) // for a Load that has stopped before the end
	return err
}

func (u *unpacking) readManifest() error {
	data, err := io.ReadAll(io.LimitReader(u.entries, largest))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &u.manifest); err != nil {
		return err
	}
	if u.manifest.Format != format {
		return fault.New(fault.Invalid, "backup.newer", "the backup is of version %s, which this program does not know", u.manifest.Version).With("version", u.manifest.Version)
	}
	return nil
}

// files unpacks what comes before the database, and returns the first piece of that.
func (u *unpacking) files() (*tar.Header, error) {
	for {
		h, err := u.entries.Next()
		if err != nil {
			return nil, unexpected(err)
		}
		if strings.HasPrefix(h.Name, databaseEntry) && u.target.Load != nil {
			return h, nil
		}
		if h.Typeflag != tar.TypeReg || h.Size > largest {
			return nil, fmt.Errorf("%s is no file of a backup", h.Name)
		}
		if u.target.Load == nil && h.Name != configEntry { // where it is only looked at nothing is unpacked
			return nil, fmt.Errorf("%s comes before the configuration", h.Name)
		}
		data, err := io.ReadAll(u.entries)
		if err != nil {
			return nil, unexpected(err)
		}
		if h.Name == configEntry {
			u.config = data
			if u.target.Load == nil {
				return nil, errPeeked
			}
			continue
		}
		name, isFile := strings.CutPrefix(h.Name, filesFolder)
		if !isFile || !filepath.IsLocal(name) || path.Clean(name) != name {
			return nil, fmt.Errorf("%s is no file of a backup", h.Name)
		}
		to := filepath.Join(u.target.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return nil, fault.New(fault.Internal, "internal", "unpack: %w", err)
		}
		if err := write(to, h.FileInfo().Mode().Perm()&0o644, data); err != nil {
			return nil, fault.New(fault.Internal, "internal", "unpack: %w", err)
		}
	}
}

// write makes a file that is on disk when it returns.
func write(path string, mode os.FileMode, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// unexpected makes an end where more must come an error.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// pieces is the database as one stream.
type pieces struct {
	entries *tar.Reader
	left    int64
	last    string
	end     func() error
	err     error
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	for p.left == 0 {
		h, err := p.entries.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				if broken := p.end(); broken != nil {
					err = broken
				}
			}
			p.err = err
			return 0, err
		}
		if !strings.HasPrefix(h.Name, databaseEntry) || h.Name <= p.last {
			p.err = fmt.Errorf("%s does not follow %s", h.Name, p.last)
			return 0, p.err
		}
		p.left, p.last = h.Size, h.Name
	}
	n, err := p.entries.Read(b)
	p.left -= int64(n)
	if errors.Is(err, io.EOF) && (p.left == 0 || n > 0) {
		err = nil
	}
	if err != nil {
		p.err = unexpected(err)
	}
	return n, p.err
}

// Peek reads what a backup says of itself, and the configuration in it.
func Peek(r io.Reader, passphrase string) (Manifest, []byte, error) {
	m, config, err := Read(r, passphrase, Target{})
	if errors.Is(err, errPeeked) {
		err = nil
	}
	return m, config, err
}

var errPeeked = errors.New("seen enough")
