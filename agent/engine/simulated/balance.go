package simulated

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"hawser/agent/engine"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// maxTransitions bounds how many transitions a cluster may need to find its balance. Real ones need two or three; more
// than this is a resource that fails wherever it is started, again and again.
const maxTransitions = 60

// maxSilent bounds it while a remote node does not answer: its connection is tried again for ever.
const maxSilent = 4

// balance is a cluster under the lock: its CIB with status, to be changed and brought to rest.
type balance struct {
	w     *World
	setup ha.Setup
	doc   *etree.Document
	world cluster
	dirty bool // the document differs from the file
	// restless says that something beside the document has changed that the scheduler must hear of.
	restless bool
}

// open reads a cluster, which is made where there is none yet.
func (w *World) open(ctx context.Context, s ha.Setup) (*balance, error) {
	if !label(s.Name) {
		return nil, fault.New(fault.Invalid, "cluster.name_invalid", "no name for a cluster: %q", s.Name).With("name", s.Name)
	}
	b := &balance{w: w, setup: s}
	var err error
	if _, b.doc, err = readCIB(ctx, w.cibPath(s.Name)); errors.Is(err, os.ErrNotExist) {
		b.doc, err = b.empty(ctx)
		b.dirty = true
	}
	if err != nil {
		return nil, err
	}
	b.doc.WriteSettings.CanonicalAttrVal = true
	if err := readJSON(w.worldPath(s.Name), &b.world); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return b, nil
}

// A file is written in milliseconds; one that is not whole after writeTime was left by a program that was killed.
const (
	writeTime = 2 * time.Second
	writeLook = 5 * time.Millisecond
)

// readCIB reads a CIB from a file. Pacemaker's tools, called by others with CIB_file, empty the file before they write it: what is not
// whole yet is read again.
func readCIB(ctx context.Context, path string) ([]byte, *etree.Document, error) {
	for until := time.Now().Add(writeTime); ; {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		doc := etree.NewDocument()
		if err = doc.ReadFromBytes(data); err == nil && doc.Root() == nil {
			err = errors.New("the file is empty")
		}
		if err == nil {
			return data, doc, nil
		}
		if time.Now().After(until) {
			return nil, nil, fmt.Errorf("read simulated CIB: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(writeLook):
		}
	}
}

// empty makes the CIB of a new cluster, as Pacemaker itself would.
func (b *balance) empty(ctx context.Context) (*etree.Document, error) {
	out, err := b.w.runner.Run(ctx, run.Cmd("cibadmin", "--empty"))
	if err != nil {
		return nil, missing(err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(out.Stdout); err != nil {
		return nil, fmt.Errorf("read empty CIB: %w", err)
	}
	root := doc.Root()
	root.CreateAttr("epoch", "1")
	root.CreateAttr("num_updates", "0")
	root.CreateAttr("admin_epoch", "0")
	set := root.FindElement("configuration/crm_config").CreateElement("cluster_property_set")
	set.CreateAttr("id", "cib-bootstrap-options")
	for _, p := range [][2]string{{"have-watchdog", "false"}, {"dc-version", "simulated"}, {"cluster-infrastructure", "corosync"}, {"cluster-name", b.setup.Name}} {
		pair := set.CreateElement("nvpair")
		pair.CreateAttr("id", "cib-bootstrap-options-"+p[0])
		pair.CreateAttr("name", p[0])
		pair.CreateAttr("value", p[1])
	}
	return doc, nil
}

func (b *balance) root() *etree.Element { return b.doc.Root() }

func (b *balance) version() ha.Version {
	number := func(name string) int { n, _ := strconv.Atoi(b.root().SelectAttrValue(name, "0")); return n }
	return ha.Version{AdminEpoch: number("admin_epoch"), Epoch: number("epoch"), NumUpdates: number("num_updates")}
}

// bump raises the version for a change of the status or of the configuration.
func (b *balance) bump(config bool) {
	v := b.version()
	if config {
		b.root().CreateAttr("epoch", strconv.Itoa(v.Epoch+1))
		b.root().CreateAttr("num_updates", "0")
		b.root().CreateAttr("cib-last-written", time.Now().UTC().Format(time.ANSIC))
	} else {
		b.root().CreateAttr("num_updates", strconv.Itoa(v.NumUpdates+1))
	}
	b.dirty = true
}

// id returns the ID of a node, as text.
func (b *balance) id(name string) string {
	for _, n := range b.setup.Nodes {
		if n.Name == name {
			return strconv.Itoa(n.ID)
		}
	}
	return ""
}

// state returns the entry of a node in the status, or nil.
func (b *balance) state(name string) *etree.Element {
	for _, s := range b.root().FindElements("status/node_state") {
		if s.SelectAttrValue("uname", "") == name {
			return s
		}
	}
	return nil
}

// set brings attributes of a node's entry to values and says nothing of what is so already.
func (b *balance) set(name string, pairs ...string) {
	s := b.state(name)
	if s == nil {
		status := b.root().SelectElement("status")
		if status == nil {
			status = b.root().CreateElement("status")
		}
		s = status.CreateElement("node_state")
		s.CreateAttr("id", b.id(name))
		s.CreateAttr("uname", name)
		b.dirty = true
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if s.SelectAttrValue(pairs[i], "") != pairs[i+1] {
			s.CreateAttr(pairs[i], pairs[i+1])
			b.bump(false)
		}
	}
}

// wipe forgets what ran on a node, as a boot does.
func (b *balance) wipe(name string) {
	if s := b.state(name); s != nil {
		for _, tag := range []string{"lrm", "transient_attributes"} {
			if e := s.SelectElement(tag); e != nil {
				s.RemoveChild(e)
				b.bump(false)
			}
		}
	}
}

// crash lets a node vanish: it was expected to stay.
func (b *balance) crash(name string) {
	b.set(name, "in_ccm", "false", "crmd", "offline", "join", "down", "expected", "member")
}

// boot makes a node a member, with nothing running on it.
func (b *balance) boot(name string) {
	b.wipe(name)
	b.member(name)
}

func (b *balance) member(name string) {
	nodes := b.root().FindElement("configuration/nodes")
	known := slices.ContainsFunc(nodes.SelectElements("node"), func(n *etree.Element) bool { return n.SelectAttrValue("uname", "") == name })
	if !known {
		n := nodes.CreateElement("node")
		n.CreateAttr("id", b.id(name))
		n.CreateAttr("uname", name)
		b.bump(true)
	}
	b.set(name, "in_ccm", "true", "crmd", "online", "join", "member", "expected", "member", "crm-debug-origin", "simulated")
	if s := b.state(name); s.SelectElement("lrm") == nil {
		lrm := s.CreateElement("lrm")
		lrm.CreateAttr("id", b.id(name))
		lrm.CreateElement("lrm_resources")
		b.bump(false)
	}
}

// transient sets a transient attribute of a node; an empty value removes it.
func (b *balance) transient(name, attribute, value string) {
	s := b.state(name)
	if s == nil {
		return
	}
	id := s.SelectAttrValue("id", "")
	holder := s.SelectElement("transient_attributes")
	if holder == nil {
		holder = s.CreateElement("transient_attributes")
		holder.CreateAttr("id", id)
	}
	set := holder.SelectElement("instance_attributes")
	if set == nil {
		set = holder.CreateElement("instance_attributes")
		set.CreateAttr("id", "status-"+id)
	}
	for _, p := range set.SelectElements("nvpair") {
		if p.SelectAttrValue("name", "") == attribute {
			set.RemoveChild(p)
		}
	}
	if value != "" {
		p := set.CreateElement("nvpair")
		p.CreateAttr("id", "status-"+id+"-"+strings.NewReplacer("#", ".", ":", ".").Replace(attribute))
		p.CreateAttr("name", attribute)
		p.CreateAttr("value", value)
	}
	b.bump(false)
}

// leave takes a node out in an orderly way: its resources move first.
func (b *balance) leave(ctx context.Context, name string) error {
	if s := b.state(name); s == nil || s.SelectAttrValue("crmd", "") != "online" {
		return nil
	}
	b.transient(name, "shutdown", strconv.FormatInt(time.Now().Unix(), 10))
	if err := b.transitions(ctx); err != nil {
		return err
	}
	b.wipe(name)
	b.set(name, "in_ccm", "false", "crmd", "offline", "join", "down", "expected", "down")
	return nil
}

// quorum brings DC and quorum to who is there.
func (b *balance) quorum() (present int) {
	dc, there := "", 0
	var online []string
	for _, n := range b.setup.Nodes {
		if s := b.state(n.Name); s != nil && s.SelectAttrValue("crmd", "") == "online" {
			present++
			online = append(online, n.Name)
			there += n.VoteCount()
			if dc == "" || b.root().SelectAttrValue("dc-uuid", "") == strconv.Itoa(n.ID) {
				dc = strconv.Itoa(n.ID)
			}
		}
	}
	quorate := "0"
	if there+b.deviceVotes(online) >= b.setup.VotesNeeded() {
		quorate = "1"
	}
	for name, value := range map[string]string{"dc-uuid": dc, "have-quorum": quorate} {
		if b.root().SelectAttrValue(name, "") != value {
			b.root().CreateAttr(name, value)
			b.bump(false)
		}
	}
	return present
}

// settle lets the scheduler work until it has nothing left to do, and writes what became of it.
func (b *balance) settle(ctx context.Context) error {
	b.quorum()
	if !b.dirty && !b.restless && b.version() == b.world.Settled {
		return nil
	}
	if err := b.transitions(ctx); err != nil {
		return err
	}
	b.world.Settled = b.version()
	if err := os.MkdirAll(filepath.Dir(b.w.cibPath(b.setup.Name)), 0o700); err != nil {
		return err
	}
	if err := writeJSON(b.w.worldPath(b.setup.Name), b.world); err != nil || !b.dirty {
		return err
	}
	data, err := b.doc.WriteToBytes()
	if err != nil {
		return err
	}
	return engine.WriteFile(b.w.cibPath(b.setup.Name), data, 0o600)
}

// transitions carries out what the scheduler orders, one transition after the other.
func (b *balance) transitions(ctx context.Context) error {
	silent, err := b.silent()
	if err != nil {
		return err
	}
	most := maxTransitions
	if len(silent) > 0 {
		most = maxSilent
	}
	for range most {
		if b.quorum() == 0 {
			return nil // nobody is there to decide
		}
		actions, err := b.simulate(ctx)
		if err != nil {
			return err
		}
		if actions == 0 {
			return nil
		}
	}
	return nil // it would go on for ever, as it would in truth; this is how far it has come
}

// simulate runs one transition on a copy and takes its status over. It returns how much was done.
func (b *balance) simulate(ctx context.Context, extra ...string) (int, error) {
	dir, err := os.MkdirTemp(b.w.dir, "run-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml")
	data, err := b.doc.WriteToBytes()
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return 0, err
	}
	args := []string{"--simulate", "--xml-file=" + in, "--save-output=" + out, "--output-as=xml"}
	for _, spec := range b.world.FailStart {
		args = append(args, "--op-fail="+spec)
	}
	silent, err := b.silent()
	if err != nil {
		return 0, err
	}
	for _, name := range silent {
		for _, n := range b.setup.Nodes {
			args = append(args, fmt.Sprintf("--op-fail=%s_start_0@%s=1", name, n.Name))
		}
	}
	printed, err := b.w.runner.Run(ctx, run.Cmd("crm_simulate", append(args, extra...)...))
	// A transition that an operation's failure has stopped is a status that is not 0, and an output that is good.
	if _, statErr := os.Stat(out); err != nil && (statErr != nil || run.Code(err) < 0) {
		return 0, missing(fmt.Errorf("simulate: %w", err))
	}
	result := etree.NewDocument()
	if err := result.ReadFromBytes(printed.Stdout); err != nil {
		return 0, fmt.Errorf("read crm_simulate: %w", err)
	}
	// A shutdown is ordered until the node is gone, which is done when nothing else is left to do: see leave.
	done := len(result.FindElements("//transition/*")) - len(result.FindElements("//transition/cluster_action[@task='do_shutdown']"))
	after := etree.NewDocument()
	if err := after.ReadFromFile(out); err != nil {
		return 0, fmt.Errorf("read simulated status: %w", err)
	}
	status := after.Root().SelectElement("status")
	if status == nil {
		return 0, errors.New("read simulated status: there is none")
	}
	b.fenced(status)
	// The history of a resource that is no longer configured is deleted by the executor, which a simulation does not have.
	for _, a := range result.FindElements("//transition/rsc_action[@op='delete']") {
		id, node := a.SelectAttrValue("resource", ""), a.SelectAttrValue("node", "")
		for _, r := range status.FindElements("node_state[@uname='" + node + "']/lrm/lrm_resources/lrm_resource[@id='" + id + "']") {
			r.Parent().RemoveChild(r)
		}
	}
	if old := b.root().SelectElement("status"); old != nil {
		b.root().RemoveChild(old)
	}
	b.root().AddChild(status)
	if done > 0 {
		b.bump(false)
	}
	return done, nil
}

// fenced notes which nodes the transition has fenced: they were expected to be there, and are not any more.
func (b *balance) fenced(status *etree.Element) {
	dc := b.root().SelectAttrValue("dc-uuid", "")
	origin, connections := "", b.connections()
	for _, n := range b.setup.Nodes {
		if strconv.Itoa(n.ID) == dc {
			origin = n.Name
		}
	}
	for _, s := range status.SelectElements("node_state") {
		name := s.SelectAttrValue("uname", "")
		before := b.state(name)
		gone := s.SelectAttrValue("expected", "") == "down"
		switch {
		case before == nil || !gone:
			continue
		case slices.Contains(connections, name): // nothing is expected of a remote node before
			gone = before.SelectAttrValue("expected", "") != "down"
		default:
			gone = before.SelectAttrValue("expected", "") == "member" && before.SelectAttrValue("crmd", "") != "online"
		}
		if !gone {
			continue
		}
		b.remember(ha.FenceAction{Node: name, Action: "reboot", Status: ha.FenceSuccess, Origin: origin, Delegate: origin, Client: "pacemaker-controld", At: time.Now().UTC().Truncate(time.Microsecond)})
	}
}

// remember notes a fencing, newest first.
func (b *balance) remember(f ha.FenceAction) {
	b.world.History = slices.Insert(b.world.History, 0, f)
	if len(b.world.History) > 50 {
		b.world.History = b.world.History[:50]
	}
}

// fail injects the failure of a resource's monitor on a node.
func (b *balance) fail(ctx context.Context, resource, node string) error {
	if b.root().FindElement("configuration/resources//*[@id='"+resource+"']") == nil {
		return fault.New(fault.NotFound, "resource.unknown", "no resource %q", resource).With("resource", resource)
	}
	every := "10000"
	for _, op := range b.root().FindElements("configuration/resources//primitive[@id='" + resource + "']/operations/op[@name='monitor']") {
		if d, err := time.ParseDuration(op.SelectAttrValue("interval", "10s")); err == nil && d > 0 {
			every = strconv.FormatInt(d.Milliseconds(), 10)
		}
	}
	_, err := b.simulate(ctx, fmt.Sprintf("--op-inject=%s_monitor_%s@%s=7", resource, every, node))
	return err
}

// clean forgets failures, so that the resources are tried again.
func (b *balance) clean(resource, node string) {
	for _, s := range b.root().FindElements("status/node_state") {
		if node != "" && s.SelectAttrValue("uname", "") != node {
			continue
		}
		for _, r := range s.FindElements("lrm/lrm_resources/lrm_resource") {
			id := r.SelectAttrValue("id", "")
			if resource != "" && !b.concerns(resource, id) {
				continue
			}
			for _, op := range r.SelectElements("lrm_rsc_op") {
				if failed(op) {
					r.RemoveChild(op)
					b.bump(false)
				}
			}
			if len(r.SelectElements("lrm_rsc_op")) == 0 {
				r.Parent().RemoveChild(r) // nothing is known any more: it is probed
			}
		}
		for _, p := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
			name := p.SelectAttrValue("name", "")
			rest, isCount := strings.CutPrefix(name, "fail-count-")
			if !isCount {
				rest, isCount = strings.CutPrefix(name, "last-failure-")
			}
			id, _, _ := strings.Cut(rest, "#")
			if isCount && (resource == "" || b.concerns(resource, id)) {
				p.Parent().RemoveChild(p)
				b.bump(false)
			}
		}
	}
}

// probe forgets what is known of a resource and has it looked for, which finds it where it is.
func (b *balance) probe(ctx context.Context, resource, node string) error {
	data, err := b.doc.WriteToBytes()
	if err != nil {
		return err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return err
	}
	var found []string
	for _, s := range b.root().FindElements("status/node_state") {
		name := s.SelectAttrValue("uname", "")
		if node != "" && name != node {
			continue
		}
		for _, r := range s.FindElements("lrm/lrm_resources/lrm_resource") {
			id := r.SelectAttrValue("id", "")
			if resource != "" && !b.concerns(resource, id) {
				continue
			}
			if primitive, _, _ := strings.Cut(id, ":"); slices.Contains(cib.ActiveOn(primitive), name) {
				found = append(found, "--op-fail="+id+"_monitor_0@"+name+"=0")
			}
			r.Parent().RemoveChild(r)
			b.bump(false)
		}
	}
	_, err = b.simulate(ctx, found...)
	return err
}

// concerns says whether a resource is, or holds, the one whose history has that ID.
func (b *balance) concerns(resource, id string) bool {
	id, _, _ = strings.Cut(id, ":")
	if resource == id {
		return true
	}
	holder := b.root().FindElement("configuration/resources//*[@id='" + resource + "']")
	return holder != nil && holder.FindElement(".//primitive[@id='"+id+"']") != nil
}

// probed notes a probe that found nothing for each primitive of which a machine knows nothing.
func (b *balance) probed() {
	call := 0
	for _, known := range b.root().FindElements("status/node_state/lrm/lrm_resources") {
		there := map[string]bool{}
		for _, r := range known.SelectElements("lrm_resource") {
			there[r.SelectAttrValue("id", "")] = true
		}
		for _, p := range b.root().FindElements("configuration/resources//primitive") {
			id := p.SelectAttrValue("id", "")
			if there[id] || !slices.Contains([]string{"resources", "group"}, p.Parent().Tag) {
				continue // instances of a clone have names of their own
			}
			r := known.CreateElement("lrm_resource")
			for _, name := range []string{"id", "class", "provider", "type"} {
				if v := p.SelectAttrValue(name, ""); v != "" {
					r.CreateAttr(name, v)
				}
			}
			call++
			op, key := r.CreateElement("lrm_rsc_op"), fmt.Sprintf("%d:1:7:00000000-0000-4000-8000-000000000000", call)
			for _, a := range [][2]string{
				{"id", id + "_last_0"},
				{"operation_key", id + "_monitor_0"},
				{"operation", "monitor"},
				{"transition-key", key},
				{"transition-magic", "0:7;" + key},
				{"call-id", strconv.Itoa(call)},
				{"rc-code", "7"},
				{"op-status", "0"},
				{"interval", "0"},
			} {
				op.CreateAttr(a[0], a[1])
			}
		}
	}
	b.bump(false)
}

// failed says whether an operation in the history has failed: a probe or monitor that says 7 only says that nothing runs.
func failed(op *etree.Element) bool {
	if strings.Contains(op.SelectAttrValue("id", ""), "_last_failure_") {
		return true
	}
	code := op.SelectAttrValue("rc-code", "0")
	interval := op.SelectAttrValue("interval", "0")
	switch op.SelectAttrValue("operation", "") {
	case "monitor":
		return code != "0" && code != "8" && (code != "7" || interval != "0")
	default:
		return code != "0"
	}
}
