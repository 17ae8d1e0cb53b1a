package simulated

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestReadCIB: a file that somebody's cibadmin has emptied and not yet written is no CIB, and is waited for.
func TestReadCIB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cib.xml")
	for _, begun := range []string{"", "<cib epoch=\"7\"><configuration>"} {
		if err := os.WriteFile(path, []byte(begun), 0o600); err != nil {
			t.Fatal(err)
		}
		written := make(chan error, 1)
		time.AfterFunc(20*time.Millisecond, func() { written <- os.WriteFile(path, []byte(`<cib epoch="8"/>`), 0o600) })
		data, doc, err := readCIB(t.Context(), path)
		if err != nil || string(data) != `<cib epoch="8"/>` || doc.Root().SelectAttrValue("epoch", "") != "8" {
			t.Errorf("begun with %q: %q, err %v", begun, data, err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := readCIB(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("never written: %v", err)
	}
}
