package pacemaker

import (
	"strings"

	"github.com/beevik/etree"
)

// Forget takes the failures of resources off the record on a node, or with "" on all, as a clean-up does. Of what is left in doubt, because
// the last that is known of a primitive there is a failure, it returns the names: only a probe can tell what becomes of them.
func (c *CIB) Forget(concerns func(primitive string) bool, node string) (doubtful []string) {
	status := c.root.SelectElement("status")
	if status == nil {
		return nil
	}
	for _, s := range status.SelectElements("node_state") {
		if node != "" && !strings.EqualFold(s.SelectAttrValue("uname", ""), node) {
			continue
		}
		for _, r := range s.FindElements("lrm/lrm_resources/lrm_resource") {
			if id := base(r.SelectAttrValue("id", "")); concerns(id) && forget(r) {
				doubtful = append(doubtful, id)
			}
		}
		for _, p := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
			for _, kind := range []string{"fail-count-", "last-failure-"} {
				if rest, is := strings.CutPrefix(p.SelectAttrValue("name", ""), kind); is {
					if id, _, _ := strings.Cut(rest, "#"); concerns(base(id)) {
						p.Parent().RemoveChild(p)
					}
				}
			}
		}
	}
	return doubtful
}

// forget takes the failed operations out of one resource's history on one node, and says whether the last of those that decide where it
// is was one of them.
func forget(resource *etree.Element) (doubtful bool) {
	var last Ran
	for _, op := range resource.SelectElements("lrm_rsc_op") {
		if r := ranOf(op); r.Interval == 0 && r.Call >= last.Call {
			last = r
		}
	}
	for _, op := range resource.SelectElements("lrm_rsc_op") {
		if r := ranOf(op); !r.Good() && r.Done {
			resource.RemoveChild(op)
		} else if r.Operation == "monitor" && r.Code == 7 { // repeated, and what it watches is not there
			resource.RemoveChild(op)
		}
	}
	return last.Done && !last.Good()
}
