package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"hawser/internal/bundle"
	"hawser/internal/redact"
)

// packed is a tar with these headers, compressed.
func packed(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, strings.NewReader(strings.Repeat("x", int(h.Size))), h.Size); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadRefuses: what an agent sends may come from anybody who has taken the node over.
func TestReadRefuses(t *testing.T) {
	file := func(name string, size int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600}
	}
	good := packed(t, file("a", 10), file("b/c", 10))
	for name, c := range map[string]struct {
		data []byte
		ok   bool
	}{
		"Good":     {good, true},
		"Cut":      {good[:len(good)-4], false},
		"Nothing":  {[]byte("no archive"), false},
		"Above":    {packed(t, file("../x", 1)), false},
		"Root":     {packed(t, file("/etc/passwd", 1)), false},
		"Unclean":  {packed(t, file("a/../../x", 1)), false},
		"Link":     {packed(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "/etc/passwd"}), false},
		"Folder":   {packed(t, tar.Header{Typeflag: tar.TypeDir, Name: "a/"}), false},
		"TooLarge": {packed(t, file("a", 60), file("b", 60)), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := bundle.Read(t.Context(), bytes.NewReader(c.data), 100, func(string, int64, io.Reader) error { return nil }); (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	var whole bytes.Buffer
	w, err := bundle.NewWriter(&whole, f.TempDir(), 1000)
	if err != nil {
		f.Fatal(err)
	}
	if _, why, err := w.Add("journal/n1.log", 100, (&redact.Secrets{}).Redactor(), func(w io.Writer) error { _, err := io.WriteString(w, "one\n"); return err }); why != nil || err != nil {
		f.Fatal(why, err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add(packed(f, tar.Header{Typeflag: tar.TypeReg, Name: "../x", Size: 3}))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd})
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, data []byte) {
		check := func(data []byte) {
			total := int64(0)
			_ = bundle.Read(t.Context(), bytes.NewReader(data), limit, func(name string, size int64, content io.Reader) error {
				n, err := io.Copy(io.Discard, content)
				if total += n; total > limit || n > size {
					t.Errorf("%d bytes of %q, which has %d; %d in all", n, name, size, total)
				}
				if !filepath.IsLocal(name) {
					t.Errorf("%q leaves the folder", name)
				}
				return err
			})
		}
		check(data)
		var b bytes.Buffer // and as the tar, which the compression would hide from the fuzzer
		z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstd.MinWindowSize))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		check(b.Bytes())
	})
}
