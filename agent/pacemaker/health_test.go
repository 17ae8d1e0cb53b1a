package pacemaker_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// TestHealthSet: the policy gets a set of its own behind the tools' one, is changed where it stands, and leaves nothing behind.
func TestHealthSet(t *testing.T) {
	c := open(t, house)
	before := c.ConfigXML()
	apply := func(edits ...ha.Edit) {
		t.Helper()
		if err := c.Apply(edits); err != nil {
			t.Fatal(err)
		}
	}
	p := ha.DefaultHealth()
	p.Move = ha.MoveRed
	p.Node("n2").SetRule(ha.HealthCPU, &ha.HealthRule{Yellow: 50, Red: 60, Lasts: 10, Back: 10})
	p.Except = []string{"d", "g"}
	apply(p.Edits(c.Config())...)
	own := strings.Index(c.ConfigXML(), `<cluster_property_set id="hawser-health"><nvpair id="hawser-health-hawser-health-cpu" name="hawser-health-cpu" value="on yellow=80 red=95 lasts=60s back=120s margin=5"/>`)
	if boot := strings.Index(c.ConfigXML(), `name="node-health-base" value="600000"/>`); own < 0 || boot < 0 || own < boot {
		t.Errorf("where it stands: %s", c.ConfigXML())
	}
	if got, wrong := ha.HealthOf(c.Config()); len(wrong) > 0 || got.RuleFor("n2", ha.HealthCPU).Red != 60 || len(got.Except) != 2 {
		t.Errorf("read as %+v, %v", got, wrong)
	}
	if again := p.Edits(c.Config()); len(again) > 0 {
		t.Errorf("the same again changes %+v", again)
	}
	apply(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"hawser-health-cpu": "off"}})
	if text := c.ConfigXML(); strings.Count(text, `name="hawser-health-cpu"`) != 2 { // the cluster's and the node's
		t.Errorf("changed elsewhere: %s", text)
	}
	apply(ha.NoHealth(c.Config())...)
	if after := c.ConfigXML(); after != before {
		t.Errorf("left behind:\n%s\nbefore:\n%s", after, before)
	}
	// What pcs has written into the tools' set is changed there.
	apply(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"hawser-health-mem": "on"}})
	moved := strings.NewReplacer(`</cluster_property_set><cluster_property_set id="hawser-health">`, "").Replace(c.ConfigXML())
	c, err := pacemaker.ParseConfig(moved)
	if err != nil {
		t.Fatal(err)
	}
	apply(ha.Edit{Op: ha.SetProperties, Values: map[string]string{"hawser-health-mem": "off"}})
	if text := c.ConfigXML(); strings.Contains(text, `id="hawser-health"`) || !strings.Contains(text, `name="hawser-health-mem" value="off"`) {
		t.Errorf("beside the tools': %s", text)
	}
}

func TestHealthValueRefused(t *testing.T) {
	for path, edit := range map[string]ha.Edit{
		"edits[0].values.hawser-health-move": {Op: ha.SetProperties, Values: map[string]string{"hawser-health-move": "everything"}},
		"edits[0].values.hawser-health-disk": {Op: ha.SetProperties, Values: map[string]string{"hawser-health-disk": "on yellow=95 red=90"}},
		"edits[0].values.hawser-health-cpu":  {Op: ha.SetNodeAttributes, Node: "n1", Values: map[string]string{"hawser-health-cpu": "lasts=never"}},
	} {
		err := open(t, house).Apply([]ha.Edit{edit})
		if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Path != path || f.Fields[0].Reason != "health.value_invalid" {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// TestColours: what attrd_updater says, as 2.1.5 says it.
func TestColours(t *testing.T) {
	f := &run.Fake{}
	f.Program("attrd_updater", func(_ context.Context, c run.Command) run.Output {
		switch c.Args[0] {
		case "--name=#health-cpu":
			return run.Output{Stdout: []byte("name=\"#health-cpu\" host=\"n1\" value=\"red\"\n")}
		case "--name=#health-mem":
			return run.Output{Stdout: []byte("name=\"#health-mem\" host=\"n2\" value=\"yellow\"\n")}
		}
		return run.Output{Code: 105, Stderr: []byte("Could not query value of #health-disk: attribute does not exist")}
	})
	got, err := pacemaker.Tools{Runner: f}.Colours(t.Context(), "n1")
	if want := map[ha.HealthKind]ha.Colour{ha.HealthCPU: ha.Red}; err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	down := &run.Fake{}
	down.Program("attrd_updater", func(context.Context, run.Command) run.Output { return run.Output{Code: 102} })
	if _, err := (pacemaker.Tools{Runner: down}).Colours(t.Context(), "n1"); err == nil {
		t.Error("nobody answers, and that is taken for no colour")
	}
	if err := (pacemaker.Tools{Runner: f}).Paint(t.Context(), "n1", ha.HealthDisk, ha.Red); err == nil {
		t.Error("it was not set, and nobody says so")
	}
}
