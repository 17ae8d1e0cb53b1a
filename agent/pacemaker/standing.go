package pacemaker

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// Standing is where a primitive stands on a node, as its history in the CIB has it.
type Standing struct {
	Active   bool // it was started there and not stopped since
	Promoted bool
	// Run tells one life of the resource from the next: it is another one after every start, stop, promotion and demotion.
	Run string
	// Call is the number of the operation that began it. They rise as long as the node's executor runs.
	Call int
	// Pending says that an operation has been ordered and has not ended.
	Pending bool
	// Failed says that Pacemaker knows of a failure of this life.
	Failed bool
}

// How operations are recorded that have no result: they are under way, or were ended before their end.
const (
	opPending   = "-1"
	opCancelled = "1"
)

// StandingOf reads where a primitive stands on a node.
func (c *CIB) StandingOf(primitive, node string) Standing {
	var s Standing
	state := c.nodeState(node)
	if state == nil {
		return s
	}
	var ops []*etree.Element
	for _, r := range state.FindElements("lrm/lrm_resources/lrm_resource") {
		if base(r.SelectAttrValue("id", "")) == primitive {
			ops = append(ops, r.SelectElements("lrm_rsc_op")...)
		}
	}
	var last *Ran
	for _, op := range ops {
		r := ranOf(op)
		switch op.SelectAttrValue("op-status", "0") {
		case opPending:
			s.Pending = true
			continue
		case opCancelled:
			continue
		}
		if r.Interval == 0 && lives(r.Operation) && (last == nil || r.Call > last.Call) {
			last = &r
			s.Call = r.Call
			s.Run = fmt.Sprintf("%s %d %s", r.Operation, r.Call, op.SelectAttrValue("transition-key", ""))
		}
	}
	if last == nil {
		return s
	}
	switch last.Operation {
	case "stop", "migrate_to":
		s.Active = last.Code != 0 // what could not be stopped is still there
		s.Failed = s.Active
	case probe:
		s.Active, s.Promoted = last.Code == 0 || last.Code == 8, last.Code == 8
	default:
		s.Active, s.Promoted = last.Code == 0, last.Operation == "promote"
		s.Failed = last.Code != 0
	}
	for _, op := range ops {
		r := ranOf(op)
		if status := op.SelectAttrValue("op-status", "0"); status == opPending || status == opCancelled || r.Call <= last.Call {
			continue
		}
		wanted := r.Wanted
		if r.Operation == asyncmon || wanted < 0 { // reported from outside, of whatever key
			wanted = 0
		}
		if r.Code != wanted && r.Code != 8 && r.Code != degraded && r.Code != degradedPromoted {
			s.Failed = true
		}
	}
	return s
}

// OCF 1.1: it works, and will not for much longer.
const (
	degraded         = 190
	degradedPromoted = 191
)

// lives says whether an operation begins or ends a life of a resource.
func lives(operation string) bool {
	switch operation {
	case "start", "stop", "promote", "demote", "migrate_to", "migrate_from", "reload", "reload-agent", probe:
		return true
	}
	return false
}

// Rests says why a node runs nothing, or is about to: it is no member, in standby, in maintenance, or leaves. Empty where it works.
func (c *CIB) Rests(node string) string {
	s := c.nodeState(node)
	if s == nil || !online(s) || s.SelectAttrValue("crmd", "online") == "offline" || s.SelectAttrValue("join", "member") != "member" {
		return "away"
	}
	attributes := map[string]string{}
	for _, n := range c.configuration().FindElements("nodes/node") {
		if strings.EqualFold(n.SelectAttrValue("uname", ""), node) {
			for name, value := range c.merged(n.SelectElements("instance_attributes")) {
				attributes[name] = value
			}
		}
	}
	for _, pair := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
		attributes[pair.SelectAttrValue("name", "")] = pair.SelectAttrValue("value", "")
	}
	switch {
	case ha.Yes(attributes["standby"]):
		return "standby"
	case ha.Yes(attributes["maintenance"]):
		return "maintenance"
	case leaves(attributes["shutdown"]):
		return "shutdown"
	}
	return ""
}

// leaves reads the attribute with which a controller asks to be let go: the moment at which it did.
func leaves(shutdown string) bool {
	n, err := strconv.ParseInt(shutdown, 10, 64)
	return shutdown != "" && (err != nil || time.Unix(n, 0).Unix() > 0)
}
