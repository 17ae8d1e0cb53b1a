package insight_test

import (
	"os"
	"path/filepath"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// TestFindingsOfCorpus looks at what is said about clusters that others have built, where there are samples of them: whatever is
// called critical must be so by the file itself.
func TestFindingsOfCorpus(t *testing.T) {
	dir := os.Getenv("HAWSER_CIB_CORPUS")
	if dir == "" {
		t.Skip("HAWSER_CIB_CORPUS names no folder of CIBs")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	count := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cib, err := pacemaker.ParseCIB(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		cfg := cib.Config()
		for _, f := range ha.Findings(&cfg, nil, ha.Background{}) {
			count[f.Code]++
			t.Logf("%s: %s %s %v", filepath.Base(file), f.Code, f.Object, f.Args)
			if f.Code == ha.FindingFencingOff && ha.Yes(cfg.Properties["stonith-enabled"]) || f.Code == ha.FindingQuorumIgnored && cfg.Properties["no-quorum-policy"] != "ignore" && cfg.Properties["no_quorum_policy"] != "ignore" {
				t.Errorf("%s: %s is not so", file, f.Code)
			}
		}
	}
	t.Logf("%d files: %v", len(files), count)
}
