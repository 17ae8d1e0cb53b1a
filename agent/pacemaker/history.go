package pacemaker

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Ran is an operation that a node has carried out, as the CIB remembers it: only the last of each kind.
type Ran struct {
	Resource  string // without the number of an instance
	Instance  string // as the node knows it
	Agent     string
	Node      string
	Operation string // start, stop, monitor …; probe for a monitor that is not repeated
	Interval  int    // milliseconds
	Code      int    // OCF's exit code
	Wanted    int    // the exit code that the scheduler had expected; -1 where it is not told
	Done      bool   // it has come to an end: neither pending nor cancelled
	Call      int
	At        time.Time     // when its result last changed
	Took      time.Duration // of execution alone; 0 where it is not told
}

// Good says that the operation has done what it should.
func (r Ran) Good() bool {
	if !r.Done {
		return false
	}
	if r.Operation == "monitor" || r.Operation == "probe" {
		return r.Code == 0 || r.Code == 7 || r.Code == 8
	}
	return r.Code == 0
}

// probe is how a monitor that is not repeated is called here.
const probe = "probe"

// History returns what the nodes have carried out, in the CIB's order.
func (c *CIB) History() []Ran {
	var list []Ran
	status := c.root.SelectElement("status")
	if status == nil {
		return nil
	}
	for _, node := range status.SelectElements("node_state") {
		for _, resource := range node.FindElements("lrm/lrm_resources/lrm_resource") {
			for _, op := range resource.SelectElements("lrm_rsc_op") {
				r := ranOf(op)
				r.Instance, r.Agent = resource.SelectAttrValue("id", ""), agentOf(resource)
				r.Resource, r.Node = base(r.Instance), node.SelectAttrValue("uname", node.SelectAttrValue("id", ""))
				list = append(list, r)
			}
		}
	}
	return list
}

func ranOf(op *etree.Element) Ran {
	number := func(name string, orElse int) int {
		n, err := strconv.Atoi(op.SelectAttrValue(name, ""))
		if err != nil {
			return orElse
		}
		return n
	}
	r := Ran{
		Operation: op.SelectAttrValue("operation", ""), Interval: number("interval", 0), Code: number("rc-code", -1), Wanted: -1,
		Call: number("call-id", 0), Took: time.Duration(number("exec-time", 0)) * time.Millisecond,
		Done: op.SelectAttrValue("op-status", "0") == "0" || op.SelectAttrValue("op-status", "") == "4",
	}
	if r.Operation == "monitor" && r.Interval == 0 {
		r.Operation = probe
	}
	if at := number("last-rc-change", 0); at > 0 {
		r.At = time.Unix(int64(at), 0).UTC()
	}
	// action:transition:expected exit code:UUID
	if key := strings.Split(op.SelectAttrValue("transition-key", ""), ":"); len(key) == 4 {
		if n, err := strconv.Atoi(key[2]); err == nil {
			r.Wanted = n
		}
	}
	return r
}

// ActiveOn returns the nodes, in the order of the CIB, on which a primitive runs as far as the nodes have reported: what has been
// started and not stopped since.
func (c *CIB) ActiveOn(primitive string) []string {
	var list []string
	for node, op := range c.lastOf(primitive) {
		ran := op.Code == 0 || op.Operation == probe && op.Code == 8
		if (op.Operation == "stop" || op.Operation == "migrate_to") != ran {
			list = append(list, node)
		}
	}
	return list
}

// LastActed is when a primitive was last started, stopped, promoted or demoted on a node; the zero time where nothing is known.
func (c *CIB) LastActed(primitive, node string) time.Time {
	for name, op := range c.lastOf(primitive) {
		if name == node {
			return op.At
		}
	}
	return time.Time{}
}

// lastOf yields, node by node, the last operation on a primitive that is not a repeated one and has come to an end.
func (c *CIB) lastOf(primitive string) iter.Seq2[string, Ran] {
	return func(yield func(string, Ran) bool) {
		history := c.History()
		for len(history) > 0 {
			node := history[0].Node
			n := slices.IndexFunc(history, func(r Ran) bool { return r.Node != node })
			if n < 0 {
				n = len(history)
			}
			var last *Ran
			for i, r := range history[:n] {
				if r.Resource == primitive && r.Interval == 0 && r.Done && (last == nil || r.Call > last.Call) {
					last = &history[i]
				}
			}
			history = history[n:]
			if last != nil && !yield(node, *last) {
				return
			}
		}
	}
}

// LoseNode makes a member vanish, as its peers see it at that moment. It says whether there is one of that name that is there.
func (c *CIB) LoseNode(name string) bool {
	s := c.nodeState(name)
	if s == nil || s.SelectAttrValue("remote_node", "") == "true" || !online(s) {
		return false
	}
	for attribute, value := range map[string]string{"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "member"} {
		if a := s.SelectAttr(attribute); a != nil && attribute == "in_ccm" && isMoment(a.Value) {
			value = "0" // since feature set 3.18 a moment stands where true stood
		}
		s.CreateAttr(attribute, value)
	}
	return true
}

// ShutDown marks a member as one that has asked to leave, as its controller does when it is stopped. It says whether there is one of
// that name that is there.
func (c *CIB) ShutDown(name string, at time.Time) bool {
	s := c.nodeState(name)
	if s == nil || s.SelectAttrValue("remote_node", "") == "true" || !online(s) {
		return false
	}
	id := s.SelectAttrValue("id", "")
	child := func(parent *etree.Element, tag, id string) *etree.Element {
		e := parent.SelectElement(tag)
		if e == nil {
			e = parent.CreateElement(tag)
			e.CreateAttr("id", id)
		}
		return e
	}
	set := child(child(s, "transient_attributes", id), "instance_attributes", "status-"+id)
	pair := set.CreateElement("nvpair")
	pair.CreateAttr("id", "status-"+id+"-shutdown")
	pair.CreateAttr("name", "shutdown")
	pair.CreateAttr("value", strconv.FormatInt(at.Unix(), 10))
	return true
}

func (c *CIB) nodeState(name string) *etree.Element {
	status := c.root.SelectElement("status")
	if status == nil {
		return nil
	}
	for _, s := range status.SelectElements("node_state") {
		if strings.EqualFold(s.SelectAttrValue("uname", ""), name) {
			return s
		}
	}
	return nil
}

func isMoment(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// online says whether the peers of a node see it.
func online(s *etree.Element) bool {
	in := s.SelectAttrValue("in_ccm", "")
	return in == "true" || in == "1" || isMoment(in) && in != "0"
}

// Online are the members that are there, as the status has them.
func (c *CIB) Online() []string {
	var list []string
	if status := c.root.SelectElement("status"); status != nil {
		for _, s := range status.SelectElements("node_state") {
			if online(s) && s.SelectAttrValue("crmd", "online") != "offline" && s.SelectAttrValue("remote_node", "") != "true" {
				list = append(list, s.SelectAttrValue("uname", ""))
			}
		}
	}
	return list
}

// SetQuorum says whether the cluster has quorum.
func (c *CIB) SetQuorum(has bool) {
	value := "0"
	if has {
		value = "1"
	}
	c.root.CreateAttr("have-quorum", value)
}

// Quorate says whether the CIB says that the cluster has quorum.
func (c *CIB) Quorate() bool {
	return slices.Contains([]string{"1", "true", "yes", "on", "y"}, strings.ToLower(c.root.SelectAttrValue("have-quorum", "")))
}

// Return makes a member that is away one that is there, with nothing running on it. It says whether it was away.
func (c *CIB) Return(name string) bool {
	s := c.nodeState(name)
	if s == nil || s.SelectAttrValue("remote_node", "") == "true" {
		return false
	}
	away := !online(s) || s.SelectAttrValue("crmd", "online") == "offline" || s.SelectAttrValue("join", "member") != "member"
	for attribute, value := range map[string]string{"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"} {
		s.CreateAttr(attribute, value)
	}
	return away
}

// ForgetFailures removes what is remembered of the failures of a primitive on a node, as a clean-up does. It says whether there was
// anything.
func (c *CIB) ForgetFailures(resource, node string) bool {
	s := c.nodeState(node)
	if s == nil {
		return false
	}
	any := false
	for _, pair := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
		name, _, _ := strings.Cut(pair.SelectAttrValue("name", ""), "#")
		if base(name) == "fail-count-"+resource || base(name) == "last-failure-"+resource {
			pair.Parent().RemoveChild(pair)
			any = true
		}
	}
	for _, r := range s.FindElements("lrm/lrm_resources/lrm_resource") {
		if base(r.SelectAttrValue("id", "")) != resource {
			continue
		}
		for _, op := range r.SelectElements("lrm_rsc_op") {
			ran := ranOf(op)
			if strings.Contains(op.SelectAttrValue("id", ""), "_last_failure_") || !ran.Good() || ran.Interval > 0 && ran.Wanted >= 0 && ran.Code != ran.Wanted {
				r.RemoveChild(op)
				any = true
			}
		}
		if len(r.SelectElements("lrm_rsc_op")) == 0 {
			// Nothing is known any more. A probe would find that nothing runs, which is what the scheduler is to decide on.
			r.Parent().RemoveChild(r)
		}
	}
	return any
}

// RemoveAttributes removes attributes of a node, permanent and transient ones, for which match says so. It returns their values.
func (c *CIB) RemoveAttributes(node string, match func(name string) bool) []string {
	var values []string
	places := c.configuration().FindElements("nodes/node")
	holders := []*etree.Element{}
	for _, n := range places {
		if strings.EqualFold(n.SelectAttrValue("uname", ""), node) {
			holders = append(holders, n.SelectElements("instance_attributes")...)
		}
	}
	if s := c.nodeState(node); s != nil {
		holders = append(holders, s.FindElements("transient_attributes/instance_attributes")...)
	}
	for _, set := range holders {
		for _, pair := range set.SelectElements("nvpair") {
			if match(pair.SelectAttrValue("name", "")) {
				values = append(values, pair.SelectAttrValue("value", ""))
				set.RemoveChild(pair)
			}
		}
	}
	return values
}
