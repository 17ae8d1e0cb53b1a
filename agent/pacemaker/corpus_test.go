package pacemaker_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/beevik/etree"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
	"hawser/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite golden files")

// corpus returns the CIBs of other people's clusters: HAWSER_CIB_CORPUS, or where they lie beside the repository.
func corpus(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("HAWSER_CIB_CORPUS")
	if dir == "" {
		dir = "../../../shared/data/cib"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: no CIBs in %s; set HAWSER_CIB_CORPUS to a folder of them", dir)
	}
	return files
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCorpusIsRead: every element of resources and constraints is told, as what it is or as a fragment.
func TestCorpusIsRead(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data := read(t, file)
			cib, err := pacemaker.ParseCIB(data)
			if err != nil {
				t.Fatal(err)
			}
			cfg := cib.Config()
			doc := etree.NewDocument()
			if err := doc.ReadFromBytes(data); err != nil {
				t.Fatal(err)
			}
			want := len(doc.FindElements("/cib/configuration/constraints/*")) + len(doc.FindElements("/cib/configuration/resources/*"))
			got := len(cfg.Constraints) + len(cfg.Resources)
			for _, f := range cfg.Other {
				if f.Path == "configuration/constraints" || f.Path == "configuration/resources" {
					got++
				}
			}
			if got != want {
				t.Errorf("%d resources and constraints are told, %d are there", got, want)
			}
			if n := len(doc.FindElements("/cib/configuration/nodes/node")); len(cfg.Nodes) != n {
				t.Errorf("%d nodes are told, %d are there", len(cfg.Nodes), n)
			}
			var known func(list []ha.Resource)
			known = func(list []ha.Resource) {
				for _, r := range list {
					if r.ID == "" || r.Kind == "" || r.Kind == ha.Primitive && r.Agent == "" && r.Template == "" {
						t.Errorf("half a resource: %+v", r)
					}
					known(r.Members)
				}
			}
			known(cfg.Resources)
		})
	}
}

// TestCorpusKeepsTheRest changes one thing in other people's CIBs: everything else must be as it was, byte for byte.
func TestCorpusKeepsTheRest(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			before, err := pacemaker.ParseCIB(read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			add := []ha.Edit{{Op: ha.CreateResource, Resource: &ha.Resource{
				ID: "hawser-test", Kind: ha.Primitive, Agent: "ocf:pacemaker:Dummy", Parameters: map[string]string{"fake": "1 < 2 & \"3\"\n"},
				Operations: []ha.Operation{{Name: "monitor", Interval: "10s", Options: map[string]string{"OCF_CHECK_LEVEL": "10"}}},
			}}}
			after := before.Clone()
			if err := after.Apply(add); err != nil {
				t.Fatal(err)
			}
			if pacemaker.Equal(before, after) {
				t.Fatal("nothing was added")
			}
			// Written and read again it is the same, and without the new resource it is what was there before.
			again, err := pacemaker.ParseCIB(after.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if !pacemaker.Equal(after, again) {
				t.Fatal("writing and reading changes it")
			}
			if err := again.Apply([]ha.Edit{{Op: ha.DeleteResource, ID: "hawser-test"}}); err != nil {
				t.Fatal(err)
			}
			if !pacemaker.Equal(before, again) {
				t.Errorf("something else is different: %s", firstDifference(before.ConfigXML(), again.ConfigXML()))
			}
			if d := ha.DiffConfig(before.Config(), after.Config()); len(d) == 0 || d[0].ID != "hawser-test" {
				t.Errorf("the difference is told as %+v", d)
			}
			// Saving each resource as it is shown must change nothing: *** keeps secrets, references stay references.
			same := before.Clone()
			var save func(list []ha.Resource)
			save = func(list []ha.Resource) {
				for _, r := range list {
					if err := same.Apply([]ha.Edit{{Op: ha.UpdateResource, Resource: &r}}); err != nil {
						t.Errorf("%s: %v", r.ID, err)
					}
					save(r.Members)
				}
			}
			save(before.Config().Resources)
			if !pacemaker.Equal(before, same) {
				t.Errorf("saving what is there changes it: %s", firstDifference(before.ConfigXML(), same.ConfigXML()))
			}
		})
	}
}

// TestCorpusDecidesTheSame lets Pacemaker's scheduler judge: after a change was made and taken back it plans as before.
func TestCorpusDecidesTheSame(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	tried, unreadable := 0, 0
	for i, file := range corpus(t) {
		if testing.Short() && i%10 != 0 {
			continue
		}
		plan := func(name string, data []byte) (string, bool) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "crm_simulate", "--run", "--xml-file", path, "--set-datetime=2024-01-01").Output()
			return string(out), err == nil
		}
		original := read(t, file)
		want, fine := plan("before.xml", original)
		if !fine {
			unreadable++ // newer than the installed Pacemaker
			continue
		}
		tried++
		cib, err := pacemaker.ParseCIB(original)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := plan("after.xml", cib.Bytes()); got != want {
			t.Errorf("%s: the scheduler decides otherwise:\n%s\n%s", filepath.Base(file), want, got)
		}
	}
	if tried == 0 {
		t.Error("the scheduler judged nothing")
	}
	t.Logf("%d judged, %d not readable for the installed Pacemaker", tried, unreadable)
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-80)
	return a[from:min(len(a), i+200)] + "\n    " + b[from:min(len(b), i+200)]
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

// FuzzCIB: whatever is read must be written so that it reads the same, and must not panic.
func FuzzCIB(f *testing.F) {
	for _, pattern := range []string{"testdata/*/cib/*.xml", "../../../shared/data/cib/*.xml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cib, err := pacemaker.ParseCIB(data)
		if err != nil {
			return
		}
		cfg := cib.Config()
		again, err := pacemaker.ParseCIB(cib.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if want, got := encoded(t, cfg), encoded(t, again.Config()); got != want {
			t.Errorf("read again it is another one:\n%s\n%s", want, got)
		}
		var all func(list []ha.Resource)
		all = func(list []ha.Resource) {
			for _, r := range list {
				_ = cib.Clone().Apply([]ha.Edit{{Op: ha.DeleteResource, ID: r.ID}})
				_ = cib.Clone().Apply([]ha.Edit{{Op: ha.UpdateResource, Resource: &r}})
				all(r.Members)
			}
		}
		all(cfg.Resources)
	})
}
