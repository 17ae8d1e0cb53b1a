package pacemaker

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// ParseStatus reads what crm_mon prints as XML: <pacemaker-result> since 2.0.3, <crm_mon> before and with --as-xml.
// What crm_mon does not know (links, votes) is left empty. Times without a zone are local to the machine that printed them.
func ParseStatus(data []byte, zone *time.Location) (ha.State, error) {
	root, err := statusRoot(data)
	if err != nil {
		return ha.State{}, err
	}
	return stateOf(root, zone)
}

// statusRoot reads what crm_mon prints as XML.
func statusRoot(data []byte) (*etree.Element, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("parse crm_mon: %w", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "pacemaker-result" && root.Tag != "crm_mon" {
		return nil, fmt.Errorf("parse crm_mon: no result")
	}
	return root, nil
}

func stateOf(root *etree.Element, zone *time.Location) (ha.State, error) {
	summary := root.SelectElement("summary")
	if summary == nil {
		return ha.State{}, fmt.Errorf("parse crm_mon: no summary")
	}
	p := status{zone: zone, counts: map[[2]string]int{}}
	st := &p.state
	*st = ha.State{Running: true, Nodes: []ha.NodeState{}, Resources: []ha.ResourceState{}, Links: []ha.LinkState{}}
	if dc := summary.SelectElement("current_dc"); dc != nil && yes(dc, "present") {
		st.DC = dc.SelectAttrValue("name", "")
		st.Quorate = yes(dc, "with_quorum")
		st.Pacemaker, _, _ = strings.Cut(dc.SelectAttrValue("version", ""), "-")
	}
	if o := summary.SelectElement("cluster_options"); o != nil {
		st.Maintenance, st.Fencing = yes(o, "maintenance-mode"), yes(o, "stonith-enabled")
	}
	for _, e := range root.FindElements("nodes/node") {
		p.node(e)
	}
	for _, e := range root.FindElements("node_attributes/node") {
		p.attributes(e)
	}
	for _, e := range root.FindElements("node_history/node") {
		p.history(e)
	}
	if list := root.SelectElement("resources"); list != nil {
		for _, e := range list.ChildElements() {
			if r, known := p.resource(e); known {
				st.Resources = append(st.Resources, r)
			}
		}
	}
	p.remotes()
	for _, e := range root.FindElements("failures/failure") {
		p.failure(e)
	}
	for _, e := range root.FindElements("fence_history/fence_event") {
		p.fencing(e)
	}
	slices.SortStableFunc(st.FenceHistory, func(a, b ha.FenceAction) int { return b.At.Compare(a.At) })
	return *st, nil
}

// status gathers a State.
type status struct {
	state  ha.State
	zone   *time.Location
	counts map[[2]string]int // fail counts by node and resource
}

func yes(e *etree.Element, name string) bool {
	switch strings.ToLower(e.SelectAttrValue(name, "")) {
	case "true", "on", "yes", "y", "1":
		return true
	}
	return false
}

func (p *status) node(e *etree.Element) {
	n := ha.NodeState{
		Name: e.SelectAttrValue("name", ""), ID: e.SelectAttrValue("id", ""), Kind: e.SelectAttrValue("type", "member"),
		Online: yes(e, "online"), Pending: yes(e, "pending"), Unclean: yes(e, "unclean"), Shutdown: yes(e, "shutdown"),
		Standby: yes(e, "standby") || yes(e, "standby_onfail"), Maintenance: yes(e, "maintenance"), DC: yes(e, "is_dc"),
		Health: e.SelectAttrValue("health", ""), Resources: []string{},
	}
	switch carrier := e.SelectAttrValue("id_as_resource", ""); {
	case n.Kind == ha.RemoteNode && carrier != "":
		n.Kind, n.Connection = ha.GuestNode, carrier
	case n.Kind == ha.RemoteNode:
		n.Connection = n.Name
	case n.Kind != ha.PingNode:
		n.Kind = ha.MemberNode
	}
	if f := e.SelectAttrValue("feature_set", ""); f != "" && (n.DC || p.state.FeatureSet == "") && !strings.HasPrefix(f, "<") {
		p.state.FeatureSet = f
	}
	p.state.Nodes = append(p.state.Nodes, n)
}

// remotes completes the nodes that resources make. The connection to a guest is told with the guest: it is in no configuration.
func (p *status) remotes() {
	for i := range p.state.Nodes {
		n := &p.state.Nodes[i]
		if n.Connection == "" {
			continue
		}
		if n.Kind == ha.GuestNode {
			own := func(r ha.ResourceState) bool { return r.ID == n.Name && r.Agent == ha.RemoteAgent }
			p.state.Resources = slices.DeleteFunc(p.state.Resources, own)
			for m := range p.state.Nodes {
				p.state.Nodes[m].Resources = slices.DeleteFunc(p.state.Nodes[m].Resources, func(id string) bool { return id == n.Name })
			}
		}
		for _, r := range ha.Leaves(p.state.Resources) {
			if r.ID == n.Connection && len(r.Nodes) > 0 {
				n.Through = r.Nodes[0]
			}
		}
	}
}

func (p *status) byName(name string) *ha.NodeState {
	for i := range p.state.Nodes {
		if p.state.Nodes[i].Name == name {
			return &p.state.Nodes[i]
		}
	}
	return nil
}

func (p *status) attributes(e *etree.Element) {
	n := p.byName(e.SelectAttrValue("name", ""))
	if n == nil {
		return
	}
	for _, a := range e.SelectElements("attribute") {
		name := a.SelectAttrValue("name", "")
		if n.Attributes == nil {
			n.Attributes = map[string]string{}
		}
		n.Attributes[name] = shown(name, a.SelectAttrValue("value", ""))
	}
}

func (p *status) history(e *etree.Element) {
	node := e.SelectAttrValue("name", "")
	for _, h := range e.SelectElements("resource_history") {
		if text := h.SelectAttrValue("fail-count", ""); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil { // INFINITY
				n = 1_000_000
			}
			p.counts[[2]string{node, base(h.SelectAttrValue("id", ""))}] = n
		}
	}
}

// instance is the number that Pacemaker adds to the ID of an instance of a clone.
var instance = regexp.MustCompile(`:[0-9]+$`)

func base(id string) string { return instance.ReplaceAllString(id, "") }

func (p *status) resource(e *etree.Element) (ha.ResourceState, bool) {
	r := ha.ResourceState{ID: base(e.SelectAttrValue("id", "")), Nodes: []string{}}
	switch e.Tag {
	case "resource":
		return p.primitive(e), true
	case "group":
		r.Kind = ha.Group
	case "clone":
		r.Kind = ha.Clone
	case "bundle":
		r.Kind = ha.Bundle
	default:
		return r, false
	}
	var inner func(e *etree.Element)
	inner = func(e *etree.Element) {
		for _, child := range e.ChildElements() {
			if child.Tag == "replica" {
				inner(child)
			} else if m, known := p.resource(child); known {
				r.Members = append(r.Members, m)
			}
		}
	}
	inner(e)
	if r.Kind == ha.Clone {
		r.Members = activeOnly(r.Members)
	}
	combine(&r)
	if a := e.SelectAttr("managed"); a != nil { // since 2.1
		r.Managed = yes(e, "managed")
	}
	r.Disabled = r.Disabled || yes(e, "disabled")
	r.Failed = r.Failed || yes(e, "failed")
	r.TargetRole = role(e.SelectAttrValue("target_role", ""))
	return r, true
}

// activeOnly leaves the instances of a clone that run or have failed, or one where none does: how many could run besides
// is no state.
func activeOnly(list []ha.ResourceState) []ha.ResourceState {
	kept := slices.DeleteFunc(slices.Clone(list), func(r ha.ResourceState) bool { return len(r.Nodes) == 0 && !r.Failed && !r.Blocked })
	if len(kept) == 0 && len(list) > 0 {
		kept = list[:1]
	}
	return kept
}

// combine gives a group, clone or bundle the state that its members have together.
func combine(r *ha.ResourceState) {
	r.Managed, r.Disabled = true, len(r.Members) > 0
	roles := map[string]int{}
	for _, m := range r.Members {
		r.Failed, r.Blocked, r.Managed = r.Failed || m.Failed, r.Blocked || m.Blocked, r.Managed && m.Managed
		r.Disabled, r.Orphaned = r.Disabled && m.Disabled, r.Orphaned || m.Orphaned
		if !m.Disabled {
			roles[m.Role]++
		}
		for _, n := range m.Nodes {
			if !slices.Contains(r.Nodes, n) {
				r.Nodes = append(r.Nodes, n)
			}
		}
	}
	r.Role = "Stopped"
	switch {
	case len(roles) == 1:
		for only := range roles {
			r.Role = only
		}
	case len(roles) == 0:
	case r.Kind != ha.Group && roles["Promoted"] > 0: // the other instances are unpromoted, as it should be
		r.Role = "Promoted"
	default:
		r.Role = "Mixed"
		for _, passing := range []string{"Migrating", "Stopping", "Demoting", "Starting", "Promoting"} {
			if roles[passing] > 0 {
				r.Role = passing
				break
			}
		}
	}
}

func (p *status) primitive(e *etree.Element) ha.ResourceState {
	r := ha.ResourceState{
		ID: base(e.SelectAttrValue("id", "")), Kind: ha.Primitive, Agent: strings.Replace(e.SelectAttrValue("resource_agent", ""), "::", ":", 1), // 2.0 doubles the colon
		Role: role(e.SelectAttrValue("role", "Unknown")), TargetRole: role(e.SelectAttrValue("target_role", "")), Nodes: []string{},
		Managed: yes(e, "managed"), Failed: yes(e, "failed"), Blocked: yes(e, "blocked"), Orphaned: yes(e, "orphaned"),
	}
	if r.TargetRole == "Stopped" {
		r.Disabled = true
	}
	switch pending := e.SelectAttrValue("pending", ""); pending {
	case "Starting", "Stopping", "Promoting", "Demoting", "Migrating":
		r.Role = pending
		p.state.Busy = true
	case "":
	default: // Monitoring
		p.state.Busy = true
	}
	for _, on := range e.SelectElements("node") {
		name := on.SelectAttrValue("name", "")
		if slices.Contains(r.Nodes, name) {
			continue
		}
		r.Nodes = append(r.Nodes, name)
		if n := p.byName(name); n != nil && !slices.Contains(n.Resources, r.ID) {
			n.Resources = append(n.Resources, r.ID)
		}
	}
	return r
}

// role gives the roles of promotable clones their names of today.
func role(text string) string {
	switch strings.ToLower(text) {
	case "master", "promoted":
		return "Promoted"
	case "slave", "unpromoted":
		return "Unpromoted"
	case "started":
		return "Started"
	case "stopped":
		return "Stopped"
	case "starting", "stopping", "migrating":
		return strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
	case "":
		return ""
	}
	return "Unknown"
}

// operationKey is RESOURCE_OPERATION_MILLISECONDS. Operation names have underscores only in migrate_to and migrate_from.
var operationKey = regexp.MustCompile(`^(.+)_(migrate_to|migrate_from|[a-z-]+)_([0-9]+)$`)

func (p *status) failure(e *etree.Element) {
	f := ha.Failure{
		Node: e.SelectAttrValue("node", ""), Operation: e.SelectAttrValue("task", ""), Exit: e.SelectAttrValue("exitstatus", ""),
		// The words of an agent are escaped twice [2.1.5].
		Reason: html.UnescapeString(e.SelectAttrValue("exitreason", "")), At: p.time(e.SelectAttrValue("last-rc-change", "")),
	}
	f.ExitCode, _ = strconv.Atoi(e.SelectAttrValue("exitcode", "0"))
	f.Call, _ = strconv.Atoi(e.SelectAttrValue("call", "0"))
	if key := operationKey.FindStringSubmatch(e.SelectAttrValue("op_key", "")); key != nil {
		f.Resource = base(key[1])
		if f.Operation == "" {
			f.Operation = key[2]
		}
		if ms, _ := strconv.Atoi(key[3]); ms > 0 {
			f.Interval = (time.Duration(ms) * time.Millisecond).String()
		}
	} else {
		f.Resource = base(e.SelectAttrValue("id", ""))
	}
	f.Count = p.counts[[2]string{f.Node, f.Resource}]
	p.state.Failures = append(p.state.Failures, f)
}

func (p *status) fencing(e *etree.Element) {
	f := ha.FenceAction{
		Node: e.SelectAttrValue("target", ""), Action: e.SelectAttrValue("action", ""), Origin: e.SelectAttrValue("origin", ""),
		Delegate: e.SelectAttrValue("delegate", ""), Client: e.SelectAttrValue("client", ""), At: p.time(e.SelectAttrValue("completed", "")),
	}
	switch e.SelectAttrValue("status", "") {
	case "success":
		f.Status = ha.FenceSuccess
	case "failed":
		f.Status = ha.FenceFailure
	default:
		f.Status = ha.FencePending
		p.state.Busy = true
	}
	p.state.FenceHistory = append(p.state.FenceHistory, f)
}

// layouts are the ways in which versions of Pacemaker write times.
var layouts = []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05.999999Z07:00", time.RFC3339, "2006-01-02 15:04:05 -07:00", time.ANSIC}

func (p *status) time(text string) time.Time {
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, p.zone); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
