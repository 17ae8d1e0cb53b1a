package sim_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hawser/cli"
	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// commandLine signs in at the command line as admin, and returns what runs a command that has to succeed and gives what it printed.
func commandLine(t *testing.T, s *sim.Sim, dir string) func(args ...string) string {
	t.Helper()
	password, err := os.ReadFile(sim.PasswordFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HAWSER_CONFIG": filepath.Join(t.TempDir(), "home", "config.yaml"), "LANG": "en"}
	run := func(typed string, args ...string) string {
		t.Helper()
		var out, told bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Args: args, Stdin: strings.NewReader(typed), Stdout: &out, Stderr: &told, Getenv: func(name string) string { return env[name] },
		})
		if code != cli.ExitOK {
			t.Fatalf("hawser %s: exit code %d\n%s%s", strings.Join(args, " "), code, &out, &told)
		}
		return out.String()
	}
	run(string(password), "login", "--server", s.URL(), "--ca-file", ca, "--user", "admin", "--password-stdin")
	return func(args ...string) string { t.Helper(); return run("", args...) }
}

// TestMirror: a mirror is made at the command line, loses a side and gets it back without ever splitting, is exported, deleted, and made again
// from its file, with the clone that runs it.
func TestMirror(t *testing.T) {
	dir := t.TempDir()
	s := startIn(t, dir, "n1", "n2")
	unfenced(t, s)
	if err := s.Node("n1").World().SetCopyRate(t.Context(), 16<<30); err != nil {
		t.Fatal(err)
	}
	hawser := commandLine(t, s, dir)
	place := func(verb string, more ...string) []string {
		return append([]string{"volume", verb, "demo", "data", "n1=" + localDisk, "n2=" + localDisk, "--driver", "mirror", "--address", "n1=" + second(t, s, "n1"), "--address", "n2=" + second(t, s, "n2")}, more...)
	}
	if out := hawser(place("check")...); strings.Count(out, "hawser-mirror ") != 2 || !strings.Contains(out, "It can be made.") {
		t.Errorf("the check says\n%s", out)
	}
	hawser(place("create")...)
	whole := func(v api.VolumeShown) bool { return v.Verdict == ha.VolumeOK && len(primary(v)) == 1 }
	v := volumeIs(t, s, "data", "in sync with one Primary", whole)
	if v.Volume.Driver != ha.Mirror || v.Volume.Device != "/dev/hawser/data" || v.Resource != "data-clone" || v.States[0].Driver != ha.Mirror {
		t.Errorf("made as %+v, run by %q", v.Volume, v.Resource)
	}
	if out := hawser("volume", "list", "demo"); !strings.Contains(out, "mirror") || !strings.Contains(out, "/dev/hawser/data") {
		t.Errorf("listed as\n%s", out)
	}
	if out := hawser("resource", "show", "demo", "data"); !strings.Contains(out, ha.MirrorAgent) {
		t.Errorf("run by\n%s", out)
	}

	first := primary(v)[0]
	other := map[string]string{"n1": "n2", "n2": "n1"}[first]
	if err := s.Node(first).CutLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "degraded, its other side put out of the set", func(v api.VolumeShown) bool {
		return v.Verdict == ha.VolumeDegraded && slices.ContainsFunc(v.States, func(st ha.VolumeState) bool { return st.Node == other && st.Disk == "Outdated" })
	})
	if err := s.Node(first).World().WriteVolume(t.Context(), first, "data", 0, []byte("written alone")); err != nil {
		t.Fatal(err)
	}
	if f := fault.Public(actOn(s, t.Context(), "data", ha.VolumePromote, other)); f == nil || f.Reason != "volume.not_complete" {
		t.Errorf("the outdated side is promoted, or refused with %v", f)
	}
	if err := s.Node(first).RestoreLink(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "in sync again", whole)
	if err := actOn(s, t.Context(), "data", ha.VolumePromote, other); err != nil {
		t.Fatal(err)
	}
	volumeIs(t, s, "data", "Primary on the other side", func(v api.VolumeShown) bool { return slices.Equal(primary(v), []string{other}) })
	if got, err := s.Node(other).World().ReadVolume(t.Context(), other, "data", 0, len("written alone")); err != nil || string(got) != "written alone" {
		t.Errorf("%s has %q, %v", other, got, err)
	}

	text := hawser("export", "demo")
	if !strings.Contains(text, "driver: mirror") {
		t.Fatalf("exported\n%s", text)
	}
	file := filepath.Join(t.TempDir(), "demo.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	asks := func() (p api.ManifestPlan, err error) {
		return p, s.API.Do(t.Context(), client.Request{Route: "config.plan", Path: inDemo, Body: api.ManifestChange{YAML: text}}, &p)
	}
	if p, err := asks(); err != nil || p.Edits != 0 {
		t.Errorf("a file as it was exported asks for %+v, %v", p.Differences, err)
	}
	hawser("volume", "delete", "demo", "data", "--wipe", "--confirm", "data")
	if out := hawser("volume", "list", "demo"); strings.Contains(out, "data") {
		t.Errorf("left is\n%s", out)
	}
	// Who takes the metadata off a disk keeps what is on it: to lose that, it has to be named.
	_, err := asks()
	if f := fault.Public(err); f == nil || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool {
		return x.Path == "volumes[0].replicas[1].destroy" && x.Reason == "volume.disk_occupied"
	}) {
		t.Errorf("disks with data are taken, or refused with %v", err)
	}
	text = regexp.MustCompile(`(?m)^( *)disk: .*$`).ReplaceAllString(text, "$0\n${1}destroy: [data]")
	if p, err := asks(); err != nil || !slices.ContainsFunc(p.Differences, func(d ha.Difference) bool { return d.Object == "volume" && d.ID == "data" && d.Change == "added" }) {
		t.Errorf("what was deleted is not asked for: %+v, %v", p.Differences, err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	hawser("apply", "-f", file, "--yes")
	v = volumeIs(t, s, "data", "made from its file", whole)
	if v.Volume.Driver != ha.Mirror || v.Resource != "data-clone" {
		t.Errorf("made as %+v, run by %q", v.Volume, v.Resource)
	}
}

// second is a node's address in the second network, which carries the replication.
func second(t *testing.T, s *sim.Sim, node string) string {
	t.Helper()
	var c api.ClusterDetail
	if err := s.API.Do(t.Context(), client.Request{Route: "cluster.show", Path: inDemo}, &c); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Setup.Nodes {
		if n.Name == node {
			return n.Addresses[1]
		}
	}
	t.Fatalf("no node %s", node)
	return ""
}
