// Package backup packs what a management server is into one encrypted file, and unpacks it.
//
// The file is age (https://age-encryption.org) with a passphrase, around a gzipped tar: a manifest, the files of the data folder,
// the configuration, and the database as pieces of a dump. age tells a wrong passphrase, a changed byte and a missing end; so
// whatever is read to its end is what was written. The program age can open it, too.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"filippo.io/age"

	"hawser/internal/fault"
)

// Manifest says what is in a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the program that has written it
	Schema  int64     `json:"schema"`  // of the database
	Created time.Time `json:"created"`
	Host    string    `json:"host"`
	Address string    `json:"address"` // where agents dial: the new server must be there
	CA      string    `json:"ca"`      // SHA-256 of the CA's certificate
}

const (
	format = 1
	// shortest is how long a passphrase is at least: whoever has the file may guess as long as they like.
	shortest = 12
	// piece is how much of the database is one entry: tar wants to know sizes beforehand, and the database is written as it is read.
	piece = 4 << 20

	manifestEntry = "manifest.json"
	configEntry   = "server.yaml"
	filesFolder   = "files/"
	databaseEntry = "database/"
	// largest bounds one file: keys, certificates and licences are far below it.
	largest = 64 << 20
)

// left is what of the data folder is not backed up: the database is dumped, the lock is of one process, and what was logged or
// collected is not what the server is.
var left = []string{"hawser.db", "hawser.db-wal", "hawser.db-shm", "hawser.db-journal", "lock", "bundles", "log"}

// CheckPassphrase says whether a passphrase may protect a new backup.
func CheckPassphrase(passphrase string) error {
	if utf8.RuneCountInString(passphrase) < shortest {
		return fault.New(fault.Invalid, "backup.passphrase_short", "a passphrase of at least %d characters is needed", shortest).With("min", fmt.Sprint(shortest))
	}
	return nil
}

// Source is what is backed up.
type Source struct {
	Manifest Manifest // Format and Schema are filled in
	Dir      string   // data folder
	Config   []byte   // configuration file
	// Dump writes the database, and says the version of its schema before.
	Dump func(w io.Writer, schema func(int64) error) error
	// Work is age's work factor; its own where 0. Tests want less.
	Work int
}

// Write writes a backup. The files are read before the database, so that nothing in them is ahead of it.
func Write(w io.Writer, passphrase string, s Source) error {
	if err := CheckPassphrase(passphrase); err != nil {
		return err
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return fmt.Errorf("prepare encryption: %w", err)
	}
	if s.Work > 0 {
		recipient.SetWorkFactor(s.Work)
	}
	sealed, err := age.Encrypt(w, recipient)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	zipped := gzip.NewWriter(sealed)
	a := &archive{tar: tar.NewWriter(zipped), at: s.Manifest.Created}
	files, err := readFiles(s.Dir)
	if err != nil {
		return err
	}
	pieces := &cutter{put: func(n int, data []byte) error { return a.put(fmt.Sprintf("%s%06d", databaseEntry, n), data) }}
	err = s.Dump(pieces, func(schema int64) error {
		// The manifest comes first, so that what is too new is refused before anything of it is read.
		s.Manifest.Format, s.Manifest.Schema = format, schema
		head, err := json.MarshalIndent(s.Manifest, "", "  ")
		if err != nil {
			return err
		}
		if err := errors.Join(a.put(manifestEntry, head), a.put(configEntry, s.Config)); err != nil {
			return err
		}
		for _, f := range files {
			if err := a.write(filesFolder+f.name, f.mode, f.data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return errors.Join(pieces.flush(), a.tar.Close(), zipped.Close(), sealed.Close())
}

type archive struct {
	tar *tar.Writer
	at  time.Time
}

func (a *archive) put(name string, data []byte) error { return a.write(name, 0o600, data) }

func (a *archive) write(name string, mode fs.FileMode, data []byte) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: int64(mode), Size: int64(len(data)), ModTime: a.at, Typeflag: tar.TypeReg}); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := a.tar.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

type file struct {
	name string
	mode fs.FileMode
	data []byte
}

// readFiles reads the data folder. They are few and small: keys, certificates, the end of the audit log, licences.
func readFiles(dir string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if slices.Contains(left, name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		// What is being written has another name until it is whole.
		if !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".new-") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > largest {
			return fmt.Errorf("%s is too large for a file of the data folder", path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files = append(files, file{filepath.ToSlash(name), info.Mode().Perm(), data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read data folder: %w", err)
	}
	return files, nil
}

// cutter cuts a stream into pieces.
type cutter struct {
	put  func(n int, data []byte) error
	n    int
	held []byte
}

func (c *cutter) Write(p []byte) (int, error) {
	c.held = append(c.held, p...)
	if len(c.held) >= piece {
		return len(p), c.flush()
	}
	return len(p), nil
}

func (c *cutter) flush() error {
	if len(c.held) == 0 {
		return nil
	}
	c.n++
	err := c.put(c.n, c.held)
	c.held = c.held[:0]
	return err
}
