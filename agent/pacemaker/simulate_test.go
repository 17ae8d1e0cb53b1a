package pacemaker_test

import (
	"os"
	"path/filepath"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

// TestBlockedActions: what waits for something that cannot be done is no action that is pending, or nobody who waits for an idle cluster
// would ever hear why it does not run.
func TestBlockedActions(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	const (
		head = `<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>` +
			`<cluster_property_set id="p"><nvpair id="p-1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>` +
			`<nodes><node id="1" uname="n1"/></nodes><resources>` +
			`<primitive id="first" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="then" class="ocf" provider="pacemaker" type="Dummy"/>` +
			`</resources><constraints><rsc_order id="o" first="first" then="then"/>`
		tail = `</constraints></configuration><status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member">` +
			`<lrm id="1"><lrm_resources>` +
			`<lrm_resource id="first" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="first_last_0" operation_key="first_monitor_0" operation="monitor" ` +
			`transition-key="1:1:7:b5a16b2c-8d1f-4c39-9f43-4c3c1b7cdb0e" transition-magic="0:7;1:1:7:b5a16b2c-8d1f-4c39-9f43-4c3c1b7cdb0e" call-id="1" rc-code="7" op-status="0" interval="0"/></lrm_resource>` +
			`<lrm_resource id="then" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="then_last_0" operation_key="then_monitor_0" operation="monitor" ` +
			`transition-key="2:1:7:b5a16b2c-8d1f-4c39-9f43-4c3c1b7cdb0e" transition-magic="0:7;2:1:7:b5a16b2c-8d1f-4c39-9f43-4c3c1b7cdb0e" call-id="2" rc-code="7" op-status="0" interval="0"/></lrm_resource>` +
			`</lrm_resources></lrm></node_state></status></cib>`
	)
	for name, c := range map[string]struct {
		more string
		want int
	}{
		"both may start":                     {"", 2},
		"the first may run nowhere":          {`<rsc_location id="l" rsc="first" node="n1" score="-INFINITY"/>`, 0},
		"the second alone is kept from n1":   {`<rsc_location id="l" rsc="then" node="n1" score="-INFINITY"/>`, 1},
		"neither is allowed to run anywhere": {`<rsc_location id="l" rsc="first" node="n1" score="-INFINITY"/><rsc_location id="m" rsc="then" node="n1" score="-INFINITY"/>`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cib.xml")
			if err := os.WriteFile(file, []byte(head+c.more+tail), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := pacemaker.Tools{Runner: run.System{}, File: file}.PendingActions(t.Context())
			if err != nil || got != c.want {
				t.Errorf("%d actions are pending, want %d; %v", got, c.want, err)
			}
		})
	}
}
