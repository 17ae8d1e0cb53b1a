package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"hawser/internal/fault"
	"hawser/server/backup"
)

const passphrase = "correct horse battery staple"

// source is a data folder with a database of some megabytes.
func source(t *testing.T) (backup.Source, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"secret.key": "the key", "pki/ca.key": "the CA", "ca.crt": "public", "hawser.db": "not this", "hawser.db-wal": "nor this", "lock": "", "bundles/x.tar.zst": "large", "log/server.log": "long", ".new-123": "half",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "ca.crt"), 0o644); err != nil {
		t.Fatal(err)
	}
	database := strings.Repeat("a line of the database\n", 400_000) // some pieces
	return backup.Source{
		Manifest: backup.Manifest{Version: "1", Created: time.Now(), CA: "ab"}, Dir: dir, Config: []byte("dataDir: /x\n"), Work: 10,
		Dump: func(w io.Writer, schema func(int64) error) error {
			if err := schema(7); err != nil {
				return err
			}
			_, err := io.WriteString(w, database)
			return err
		},
	}, database
}

func written(t *testing.T, s backup.Source) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Write(&b, passphrase, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read unpacks and says whether the database was heard of to its end.
func read(t *testing.T, data []byte, pass string) (m backup.Manifest, config []byte, dir, database string, whole bool, err error) {
	t.Helper()
	dir = t.TempDir()
	m, config, err = backup.Read(bytes.NewReader(data), pass, backup.Target{Dir: dir, Load: func(_ backup.Manifest, dump io.Reader) error {
		text, err := io.ReadAll(dump)
		database, whole = string(text), err == nil
		return err
	}})
	return m, config, dir, database, whole, err
}

func TestRoundTrip(t *testing.T) {
	s, want := source(t)
	data := written(t, s)
	for _, secret := range []string{"the key", "the CA", "a line of the database", passphrase} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the file holds %q as it is", secret)
		}
	}
	m, config, dir, database, _, err := read(t, data, passphrase)
	if err != nil || m.Schema != 7 || m.CA != "ab" || string(config) != "dataDir: /x\n" || database != want {
		t.Fatalf("manifest %+v, config %q, %d bytes of database, err %v", m, config, len(database), err)
	}
	found := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		info, infoErr := d.Info()
		found[name] = string(text) + " " + info.Mode().String()
		return errors.Join(err, infoErr)
	}); err != nil {
		t.Fatal(err)
	}
	expected := map[string]string{"secret.key": "the key -rw-------", "pki/ca.key": "the CA -rw-------", "ca.crt": "public -rw-r--r--"}
	if len(found) != len(expected) {
		t.Errorf("unpacked %v", found)
	}
	for name, text := range expected {
		if found[name] != text {
			t.Errorf("%s is %q, want %q", name, found[name], text)
		}
	}
	if m, config, err := backup.Peek(bytes.NewReader(data), passphrase); err != nil || m.CA != "ab" || string(config) != "dataDir: /x\n" {
		t.Errorf("peek: %+v, %q, err %v", m, config, err)
	}
}

// TestRefused: whatever is not exactly what was written is refused, and the database never hears that it was whole.
func TestRefused(t *testing.T) {
	s, _ := source(t)
	data := written(t, s)
	if err := backup.Write(io.Discard, "short", s); fault.Public(err).Reason != "backup.passphrase_short" {
		t.Errorf("a short passphrase: %v", err)
	}
	flipped := func(at int) []byte {
		c := bytes.Clone(data)
		c[at] ^= 1
		return c
	}
	for name, c := range map[string]struct {
		data   []byte
		pass   string
		reason string
	}{
		"WrongPassphrase": {data, "another passphrase", "backup.wrong_passphrase"},
		"NoPassphrase":    {data, "", "backup.wrong_passphrase"},
		"Empty":           {nil, passphrase, "backup.not_one"},
		"Else":            {[]byte("hello\n"), passphrase, "backup.not_one"},
		"CutInHeader":     {data[:100], passphrase, "backup.not_one"},
		"CutAtBegin":      {data[:300], passphrase, "backup.damaged"},
		"CutInMiddle":     {data[:len(data)/2], passphrase, "backup.damaged"},
		"CutByOne":        {data[:len(data)-1], passphrase, "backup.damaged"},
		"Longer":          {append(bytes.Clone(data), 'x'), passphrase, "backup.damaged"},
		"FlippedMiddle":   {flipped(len(data) / 2), passphrase, "backup.damaged"},
		"FlippedEnd":      {flipped(len(data) - 1), passphrase, "backup.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, _, _, whole, err := read(t, c.data, c.pass)
			if f := fault.Public(err); f == nil || f.Reason != c.reason {
				t.Errorf("got %v, want %s", err, c.reason)
			}
			if whole {
				t.Error("the database took it for whole")
			}
		})
	}
	no := errors.New("disk full")
	if _, _, err := backup.Read(bytes.NewReader(data), passphrase, backup.Target{Dir: t.TempDir(), Load: func(backup.Manifest, io.Reader) error { return no }}); !errors.Is(err, no) {
		t.Errorf("the database's own failure: %v", err)
	}
}

// TestCutAtEveryChunk: a file that ends where a piece of the encryption ends is not taken for whole.
func TestCutAtEveryChunk(t *testing.T) {
	s, _ := source(t)
	s.Dump = func(w io.Writer, schema func(int64) error) error {
		if err := schema(7); err != nil {
			return err
		}
		// Does not compress, so that there are several chunks.
		for i := range 3000 {
			if _, err := io.WriteString(w, strings.Repeat(string(rune('a'+i*7%26)), i%97)+"\n"); err != nil {
				return err
			}
		}
		return nil
	}
	data := written(t, s)
	for at := len(data) - 1; at > 0; at -= max(1, len(data)/150) {
		if _, _, _, _, whole, err := read(t, data[:at], passphrase); err == nil || whole {
			t.Fatalf("cut to %d of %d bytes: whole %v, err %v", at, len(data), whole, err)
		}
	}
}

// TestForeignArchive: a file of somebody who knows the passphrase can neither leave the folder nor be of another version.
func TestForeignArchive(t *testing.T) {
	type entry struct{ name, text string }
	pack := func(entries ...entry) []byte {
		t.Helper()
		recipient, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			t.Fatal(err)
		}
		recipient.SetWorkFactor(10)
		var b bytes.Buffer
		sealed, err := age.Encrypt(&b, recipient)
		if err != nil {
			t.Fatal(err)
		}
		zipped := gzip.NewWriter(sealed)
		archive := tar.NewWriter(zipped)
		for _, e := range entries {
			if err := archive.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.text)), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(archive, e.text); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(archive.Close(), zipped.Close(), sealed.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := entry{"manifest.json", `{"format":1}`}
	for name, c := range map[string]struct {
		data   []byte
		reason string
	}{
		"Newer":      {pack(entry{"manifest.json", `{"format":2,"version":"9.9"}`}), "backup.newer"},
		"Else":       {pack(entry{"readme", "hello"}), "backup.not_one"},
		"Outside":    {pack(good, entry{"files/../../etc/passwd", "x"}, entry{"database/000001", ""}), "backup.damaged"},
		"Absolute":   {pack(good, entry{"files//etc/passwd", "x"}, entry{"database/000001", ""}), "backup.damaged"},
		"Other":      {pack(good, entry{"else", "x"}, entry{"database/000001", ""}), "backup.damaged"},
		"NoDatabase": {pack(good, entry{"files/secret.key", "x"}), "backup.damaged"},
		"Disorder":   {pack(good, entry{"database/000002", "x"}, entry{"database/000001", "y"}), "backup.damaged"},
		"FileAfter":  {pack(good, entry{"database/000001", "x"}, entry{"files/secret.key", "y"}), "backup.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, dir, _, _, err := read(t, c.data, passphrase)
			if f := fault.Public(err); f == nil || f.Reason != c.reason {
				t.Errorf("got %v, want %s", err, c.reason)
			}
			if _, _, err := backup.Peek(bytes.NewReader(c.data), passphrase); fault.Public(err).Reason != c.reason {
				t.Errorf("looked at: got %v, want %s", err, c.reason)
			}
			if _, err := os.Stat("secret.key"); err == nil {
				t.Error("looking at it has unpacked it")
			}
			if _, err := os.Stat(filepath.Join(dir, "..", "..", "etc", "passwd")); err == nil {
				t.Error("it has left the folder")
			}
		})
	}
}
