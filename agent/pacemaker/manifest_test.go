package pacemaker_test

import (
	"path/filepath"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/manifest"
)

// TestManifestRoundTrip: every known cluster written as a file and read again is what it was.
func TestManifestRoundTrip(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cib, err := pacemaker.ParseCIB(read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			cfg := cib.Config()
			text, err := manifest.From("prod", cfg).Bytes("")
			if err != nil {
				t.Fatal(err)
			}
			d, places, err := manifest.Read(text, nil)
			if err != nil {
				t.Fatalf("%v %+v\n%s", err, fault.Public(err).Fields, text)
			}
			p, err := manifest.Compare(cfg, d, places)
			if err != nil || len(p.Edits) > 0 {
				t.Errorf("edits %+v, err %v", p.Edits, err)
			}
		})
	}
}
