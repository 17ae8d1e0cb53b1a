package pacemaker

import (
	"strings"
	"testing"
)

// TestSwapPromotion: only scores that agents have set change places, and only where both nodes have one.
func TestSwapPromotion(t *testing.T) {
	node := func(name, scores string) string {
		return `<node_state id="` + name + `" uname="` + name + `"><transient_attributes id="` + name + `"><instance_attributes id="status-` + name + `">` + scores +
			`</instance_attributes></transient_attributes></node_state>`
	}
	cib, err := ParseCIB([]byte(`<cib crm_feature_set="3.16.2" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status>` +
		node("n1", `<nvpair id="1" name="master-data" value="10000"/><nvpair id="2" name="master-data-old" value="7"/><nvpair id="3" name="promotion-score-pg" value="5"/>`) +
		node("n2", `<nvpair id="4" name="master-data:0" value="1000"/><nvpair id="5" name="master-data-old" value="8"/>`) + `</status></cib>`))
	if err != nil {
		t.Fatal(err)
	}
	cib.SwapPromotion([]string{"data", "pg"}, "n1", "n2")
	out := string(cib.Bytes())
	for _, want := range []string{
		`name="master-data" value="1000"`, `name="master-data:0" value="10000"`,
		`name="master-data-old" value="7"`, `name="master-data-old" value="8"`, `name="promotion-score-pg" value="5"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}
