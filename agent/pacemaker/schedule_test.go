package pacemaker

import "testing"

func TestScoresOf(t *testing.T) {
	printed := `<pacemaker-result>
  <allocations>
    <node_weight function="pcmk__group_assign" node="r1" score="0" id="g1"/>
    <node_weight function="pcmk__primitive_assign" node="n1" score="1" id="r1"/>
    <node_weight function="pcmk__primitive_assign" node="n1" score="2" id="r10"/>
    <node_weight function="pcmk__primitive_assign" node="n1" score="3" id="r1:0"/>
    <promotion_score id="r1:0" score="5" node="n1"/>
    <promotion_score id="r2:0" score="6" node="n1"/>
    <utilization id="r2" node="n1"/>
  </allocations>
</pacemaker-result>
`
	want := `<pacemaker-result>
  <allocations>
    <node_weight function="pcmk__primitive_assign" node="n1" score="1" id="r1"/>
    <node_weight function="pcmk__primitive_assign" node="n1" score="3" id="r1:0"/>
    <promotion_score id="r1:0" score="5" node="n1"/>
    <utilization id="r2" node="n1"/>
  </allocations>
</pacemaker-result>
`
	if got := string(scoresOf("r1", []byte(printed))); got != want {
		t.Errorf("got %s", got)
	}
}
