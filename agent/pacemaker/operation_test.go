package pacemaker_test

import (
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// checked is a file system whose monitor has a parameter and a secret of its own, and an option where older tools wrote it.
const checked = `<configuration><crm_config/><nodes/><resources><primitive id="fs" class="ocf" provider="x" type="y"><operations>
<op id="fs-m" name="monitor" interval="10s"><instance_attributes id="fs-m-ia"><nvpair id="fs-m-l" name="OCF_CHECK_LEVEL" value="10"/><nvpair id="fs-m-p" name="password" value="hunter2"/><nvpair id="fs-m-t" name="timeout" value="40s"/></instance_attributes></op>
</operations></primitive></resources><constraints/></configuration>`

// TestOperationParameters: they are read, shown without secrets, changed, and come back on the way back.
func TestOperationParameters(t *testing.T) {
	before := open(t, checked)
	op := before.Config().Resources[0].Operations[0]
	if op.Parameters["OCF_CHECK_LEVEL"] != "10" || op.Parameters["password"] != pacemaker.Hidden || op.Timeout != "40s" || len(op.Parameters) != 2 || op.Options != nil {
		t.Fatalf("read as %+v", op)
	}
	after := open(t, checked)
	want := after.Config().Resources[0]
	want.Operations[0].Parameters["OCF_CHECK_LEVEL"] = "20" // the secret stays as it is
	if err := after.Apply([]ha.Edit{{Op: ha.UpdateResource, ID: "fs", Resource: &want}}); err != nil {
		t.Fatal(err)
	}
	xml := after.ConfigXML()
	for _, has := range []string{`id="fs-m-l" name="OCF_CHECK_LEVEL" value="20"`, `name="password" value="hunter2"`, `name="timeout" value="40s"`} {
		if !strings.Contains(xml, has) {
			t.Errorf("no %s in %s", has, xml)
		}
	}
	diff := pacemaker.Differences(before, after)
	if len(diff) != 1 || diff[0].Field != "operations.monitor 10s: OCF_CHECK_LEVEL" || diff[0].Before != "10" || diff[0].After != "20" {
		t.Errorf("differences %+v", diff)
	}
	for _, d := range pacemaker.Differences(open(t, `<configuration><crm_config/><nodes/><resources/><constraints/></configuration>`), before) {
		if strings.Contains(d.After+d.Before, "hunter2") {
			t.Errorf("the secret is shown: %+v", d)
		}
	}
	if err := after.Revert(before.ConfigXML(), xml); err != nil {
		t.Fatal(err)
	}
	if got := after.Config().Resources[0].Operations[0].Parameters["OCF_CHECK_LEVEL"]; got != "10" {
		t.Errorf("reverted to level %s", got)
	}
	// None left: the set goes with the last of them.
	bare := open(t, checked)
	want.Operations = []ha.Operation{{Name: "monitor", Interval: "10s", Timeout: "40s"}}
	if err := bare.Apply([]ha.Edit{{Op: ha.UpdateResource, ID: "fs", Resource: &want}}); err != nil {
		t.Fatal(err)
	}
	if xml := bare.ConfigXML(); strings.Contains(xml, "OCF_CHECK_LEVEL") || strings.Contains(xml, "hunter2") {
		t.Errorf("left: %s", xml)
	}
}
