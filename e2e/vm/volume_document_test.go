package vm_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hawser/internal/drbd"
	"hawser/internal/ha"
)

// document: what KWDB's document has an administrator write is what the real parser takes for the module that is loaded; the product
// reads it alike, says what is unsafe in it, and what it writes itself for the same volume means the same to the real parser.
func (p *plain) document(t *testing.T) {
	p.results.begin()
	ctx, n1 := t.Context(), p.names[0]
	text, err := os.ReadFile(filepath.Join("testdata", "kwdb.conf"))
	if err != nil {
		t.Fatal(err)
	}
	p.in(t, n1, "modprobe", "drbd")
	if err := p.rig.Machine(n1).Put(ctx, "/root/kwdb.conf", "600", text); err != nil {
		t.Fatal(err)
	}
	theirs := p.in(t, n1, "drbdadm", "-c", "/root/kwdb.conf", "dump", "drbd3")
	read, err := drbd.Read(string(text))
	if err != nil || len(read.Volumes) != 1 || len(read.Findings) != 0 {
		t.Fatalf("the product reads %+v, %v", read, err)
	}
	v := read.Volumes[0]
	v.Options, v.Inherited = overlaid(v.Inherited, v.Options), nil
	delete(v.Options["net"], "shared-secret")
	ours, err := drbd.Write(v, read.Secrets[v.Name], drbd.V84)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.rig.Machine(n1).Put(ctx, "/root/ours.conf", "600", ours); err != nil {
		t.Fatal(err)
	}
	// What drbdadm would tell the kernel: every option in the modern spelling.
	told := func(file string) []string {
		t.Helper()
		lines := strings.Split(p.in(t, n1, "drbdadm", "-c", file, "-d", "adjust", "drbd3"), "\n")
		for i, line := range lines {
			words := strings.Fields(line)
			slices.Sort(words)
			lines[i] = strings.Join(words, " ")
		}
		slices.Sort(lines)
		return lines
	}
	if a, b := told("/root/kwdb.conf"), told("/root/ours.conf"); !slices.Equal(a, b) || len(a) < 3 {
		t.Errorf("of the document drbdadm makes\n%s\nand of what the product writes\n%s\nThe document itself:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"), theirs)
	}
	fences := false
	var codes []string
	for _, f := range drbd.Findings(read.Volumes[0], drbd.Context{Fencing: &fences, Kernel: "8.4.11"}) {
		codes = append(codes, f.Code)
	}
	for _, want := range []string{ha.FindingDRBDNoFencing, ha.FindingDRBDNoFlush, ha.FindingDRBDDiscards, ha.FindingDRBDWeakHash} {
		if !slices.Contains(codes, want) {
			t.Errorf("nothing is said of %s: %v", want, codes)
		}
	}
	p.results.add("Configuration of KWDB's document", "read by drbdadm for 8.4 and by the product, written again by the product", "the same for the kernel; findings: "+strings.Join(codes, ", "), "accepted, with its findings")
}

// overlaid are options with others over them.
func overlaid(below, above map[string]map[string]string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, options := range []map[string]map[string]string{below, above} {
		for section, values := range options {
			if all[section] == nil {
				all[section] = map[string]string{}
			}
			maps.Copy(all[section], values)
		}
	}
	return all
}
