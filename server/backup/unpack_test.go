package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// inner is what is encrypted in a backup, before it is compressed.
func inner(f *testing.F, names ...string) []byte {
	f.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		text := "line\n"
		if name == manifestEntry {
			text = `{"format":1}`
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o600}); err != nil {
			f.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// FuzzUnpack: whoever knows the passphrase may have written anything; it stays in the folder.
func FuzzUnpack(f *testing.F) {
	f.Add(inner(f, manifestEntry, configEntry, filesFolder+"pki/ca.key", databaseEntry+"0", databaseEntry+"1"))
	f.Add(inner(f, manifestEntry, filesFolder+"../x"))
	f.Add(inner(f, configEntry))
	f.Fuzz(func(t *testing.T, data []byte) {
		outside := t.TempDir()
		dir := filepath.Join(outside, "data")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, packed := range [][]byte{data, zipped(t, data)} {
			u := &unpacking{target: Target{Dir: dir, Load: func(_ Manifest, dump io.Reader) error {
				_, err := io.Copy(io.Discard, dump)
				return err
			}}}
			err := u.all(bytes.NewReader(packed))
			if l, is := errors.AsType[*loadError](err); is {
				t.Errorf("the database is to blame for %v", l.error)
			}
			looked := &unpacking{} // which unpacks nothing
			if err := looked.all(bytes.NewReader(packed)); errors.Is(err, errPeeked) != (looked.config != nil) {
				t.Errorf("looked at: %v, configuration %q", err, looked.config)
			}
		}
		entries, err := os.ReadDir(outside)
		if err != nil || len(entries) != 1 {
			t.Errorf("it has left %v, %v", entries, err)
		}
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !d.Type().IsRegular() {
				t.Errorf("%s is no file", path)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
