package reconcile

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// databasePlan is what has been worked out for one database. It is kept with the operation.
type databasePlan struct {
	Database ha.Database `json:"database"`
	Volume   ha.Volume   `json:"volume"`
	New      *volumePlan `json:"new,omitempty"`    // the volume, where it is made
	Run      []ha.Edit   `json:"run,omitempty"`    // what runs it then
	Edits    []ha.Edit   `json:"edits,omitempty"`  // the group and its relations
	Fresh    bool        `json:"fresh,omitempty"`  // there is no such group yet
	Source   string      `json:"source,omitempty"` // node that makes certificates; empty where none are made
	Names    []string    `json:"names,omitempty"`  // that they hold
}

// The checks that compare nodes.
const (
	checkSize      = "equal_size"            // sizes
	checkSubnet    = "same_subnet"           // networks
	checkFencing   = "fencing"               //
	checkUnfenced  = "fencing_mirror"        // a mirror without fencing
	checkAuthority = "certificate_authority" // path
	checkFit       = "certificates_fit"      // node, missing
)

// CheckDatabase says what would become of a database: what every node says, how they fit together, and with what it would be refused.
func (e *Engine) CheckDatabase(ctx context.Context, actor, cluster string, d ha.Database) (api.DatabaseCheck, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.DatabaseCheck{}, err
	}
	out, _, err := e.examineDatabase(ctx, actor, k, d)
	return out, err
}

// databaseExaminer works out one database.
type databaseExaminer struct {
	k       fleet.Known
	out     api.DatabaseCheck
	plan    databasePlan
	refused fault.Fields // with what no check has to do
}

// fieldOf says which field of the request a check of one side is about.
func (x *databaseExaminer) fieldOf(code string, side int) string {
	unit := "parameters.unit"
	if x.plan.Database.Agent != ha.KWDBAgent {
		unit = "agent"
	}
	return map[string]string{
		"device_there": fmt.Sprintf("sides[%d].disk", side), "device_name": fmt.Sprintf("sides[%d].disk", side), "device_multipath": fmt.Sprintf("sides[%d].disk", side),
		"data_directory": "directory", "unit_there": unit, "unit_at_boot": unit, "unit_idle": unit, "client_there": "parameters.binary", "agent_there": "agent",
		"address_network": "address", "address_free": "address", "certificates": "certificates",
		"certificates_none": "certificates", "certificates_expired": "certificates", "certificates_client": "certificates",
		checkSize: "sides", checkSubnet: "address", checkAuthority: "caKey", checkFit: "certificates",
	}[code]
}

func (x *databaseExaminer) add(node string, side int, c ha.Check) {
	x.out.Checks = append(x.out.Checks, api.ServiceCheck{Field: x.fieldOf(c.Code, side), Node: node, Check: c})
}

// examineDatabase asks all nodes of a database at once. An error is what nobody can help by another request; what it is refused with is in
// Refused, field by field.
func (e *Engine) examineDatabase(ctx context.Context, actor string, k fleet.Known, d ha.Database, coming ...volumePlan) (api.DatabaseCheck, databasePlan, error) {
	d = d.WithDefaults()
	x := &databaseExaminer{k: k, plan: databasePlan{Database: d}}
	x.out = api.DatabaseCheck{Database: d, Checks: []api.ServiceCheck{}, Nodes: []api.ServiceNode{}, Resources: []ha.Resource{}, Certificates: ha.CertificatesNone}
	cfg, err := known(k)
	if err != nil {
		return x.out, x.plan, err
	}
	f := fields(ha.ValidateDatabase(d), "")
	for i, s := range d.Sides {
		if _, err := member(k, s.Node); s.Node != "" && err != nil {
			f.Add(fmt.Sprintf("sides[%d].node", i), "node.unknown", "there is no such node", "node", s.Node)
		}
	}
	if id := d.Misfit(cfg); id != "" {
		f.Add("name", "resource.id_taken", "is taken", "id", id)
	}
	if len(f) > 0 {
		x.out.Refused = fault.Public(f.Err())
		return x.out, x.plan, nil
	}
	if err := e.databaseVolume(ctx, actor, x, coming); err != nil {
		return x.out, x.plan, err
	}
	volume := x.plan.Volume
	if d.Driver != "" && d.Driver != volume.Driver {
		x.refused.Add("driver", "database.other_driver", "the volume has another driver", "volume", volume.Name, "is", string(volume.Driver), "want", string(d.Driver))
	}
	d.Driver = volume.Driver
	x.plan.Database, x.out.Database = d, d
	x.plan.Fresh = ha.FindResource(cfg.Resources, d.Name) == nil
	x.askHosts(ctx, e, actor)
	x.together()
	findings, err := e.o.Picture.Findings(ctx, k.Setup.Name)
	if err != nil {
		return x.out, x.plan, err
	}
	fencing := ha.Check{Code: checkFencing, Result: "ok"}
	found := func(code string) bool {
		return slices.ContainsFunc(findings, func(f ha.Finding) bool { return f.Code == code })
	}
	switch {
	case found(ha.FindingNoDevice): // it is asked for and there is none: Pacemaker starts nothing
		fencing.Result = "failed"
	case found(ha.FindingFencingOff):
		fencing.Result = "warning"
		if d.Driver == ha.Mirror { // its sides do not part ways: they stop
			fencing.Code = checkUnfenced
		}
	}
	x.add("", 0, fencing)
	if volume.Device != "" {
		x.out.Device, x.out.Resources = volume.Device, []ha.Resource{d.Group(cfg, volume.Device)}
		x.plan.Edits = d.Edits(cfg, x.clone(cfg), volume.Device)
	}
	x.out.Changes = len(x.plan.Edits)
	if x.plan.New != nil {
		x.out.Changes++
	}
	if x.plan.Source != "" {
		x.out.Changes++
	}
	x.refuse()
	return x.out, x.plan, nil
}

// clone is the ID of what runs the volume, or will.
func (x *databaseExaminer) clone(cfg *ha.Config) string {
	if _, clone := ha.VolumeRunner(cfg.Resources, x.plan.Database.Volume); clone != "" {
		return clone
	}
	return ha.VolumeClone(x.plan.Database.Volume)
}

// databaseVolume finds the volume, or works out the one that is to be made.
func (e *Engine) databaseVolume(ctx context.Context, actor string, x *databaseExaminer, coming []volumePlan) error {
	d := x.plan.Database
	for _, p := range coming {
		if p.Volume.Name == d.Volume {
			x.plan.Volume = p.Volume
			return nil
		}
	}
	if t := e.askVolumes(ctx, actor, x.k)[d.Volume]; t != nil {
		shown, err := e.volume(ctx, actor, x.k, d.Volume)
		if err != nil {
			return err
		}
		x.plan.Volume = shown.Volume
		if runner, _ := ha.VolumeRunner(resourcesOf(x.k), d.Volume); runner == nil {
			x.plan.Run = ha.RunVolume(shown.Volume)
		}
		return nil
	}
	in := api.NewVolume{Name: d.Volume, Driver: d.Driver, Protocol: d.Protocol, Sync: d.Sync}
	for _, s := range d.Sides {
		in.Replicas = append(in.Replicas, api.NewReplica{Node: s.Node, Disk: s.Disk, Address: s.Address, Destroy: s.Destroy})
	}
	found, p, err := e.examine(ctx, actor, x.k, in, coming...)
	if err != nil {
		return err
	}
	p.Secret = newVolumeSecret()
	x.out.Volume, x.plan.Volume, x.plan.New, x.plan.Run = &found, p.Volume, &p, ha.RunVolume(p.Volume)
	return nil
}

// askHosts asks every node what it has.
func (x *databaseExaminer) askHosts(ctx context.Context, e *Engine, actor string) {
	d := x.plan.Database
	address, _ := netip.ParsePrefix(d.Address)
	if d.Certificates != ha.CertificatesNone {
		x.plan.Names = certifiedNames(d, x.k, address)
	}
	x.out.Nodes = make([]api.ServiceNode, len(d.Sides))
	members := make([]fleet.Member, len(d.Sides))
	for i, s := range d.Sides {
		members[i], _ = member(x.k, s.Node)
	}
	eachMember(members, func(i int, one fleet.Member) {
		n := &x.out.Nodes[i]
		n.Node = one.Node
		if !one.Connected {
			n.Fault = fault.Public(errAway(one))
			return
		}
		a := wire.InspectServiceArgs{
			Directory: d.Directory, Address: d.Address, Interface: d.Interface, Held: !x.plan.Fresh, Unit: d.Unit(), Agent: d.Agent, Binary: d.Binary(),
		}
		if x.plan.New != nil { // the disk of a volume that is there is the volume's affair
			a.Disk = d.Sides[i].Disk
		}
		if d.Certificates != ha.CertificatesNone {
			a.CertsDir, a.CAKey, a.Names, a.User = d.CertificatesDir(), d.CAKey, x.plan.Names, d.Parameters["user"]
		}
		var seen ha.ServiceInspection
		if err := e.read(ctx, actor, one.Host, wire.InspectService, a, &seen); err != nil {
			n.Fault = fault.Public(named(err, one.Node))
			return
		}
		n.Inspection = &seen
	})
	for i, n := range x.out.Nodes {
		if n.Inspection != nil {
			for _, c := range n.Inspection.Checks {
				x.add(n.Node, i, c)
			}
		}
	}
}

// certifiedNames are the names and addresses by which clients may reach the database: the name of each of its nodes, its heartbeat
// addresses and those in the network of the virtual IP address, that one, and those that the node itself uses.
func certifiedNames(d ha.Database, k fleet.Known, virtual netip.Prefix) []string {
	var list []string
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	moves := virtualAddresses(resourcesOf(k))
	for _, n := range k.Setup.Nodes {
		if !slices.Contains(d.Nodes(), n.Name) {
			continue
		}
		add(n.Name)
		for _, a := range n.Addresses {
			add(a)
		}
		one, err := member(k, n.Name)
		if err != nil {
			continue
		}
		for _, a := range one.Facts.AddressesIn(virtual.Masked()) {
			if !moves[a] && a != virtual.Addr() {
				add(a.String())
			}
		}
	}
	add(virtual.Addr().String())
	for _, own := range []string{"localhost", "127.0.0.1", "0.0.0.0"} {
		add(own)
	}
	return list
}

// virtualAddresses are those that the cluster moves from node to node: which node has one now says nothing of that node.
func virtualAddresses(list []ha.Resource) map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	for _, r := range list {
		if a, err := netip.ParseAddr(r.Parameters["ip"]); err == nil {
			all[a.Unmap()] = true
		}
		if a, err := netip.ParseAddr(r.Parameters["ipv6addr"]); err == nil {
			all[a] = true
		}
		for a := range virtualAddresses(r.Members) {
			all[a] = true
		}
	}
	return all
}

// together compares the nodes.
func (x *databaseExaminer) together() {
	var seen []ha.ServiceInspection
	for _, n := range x.out.Nodes {
		if n.Inspection == nil {
			return
		}
		seen = append(seen, *n.Inspection)
	}
	a, b := seen[0], seen[1]
	if x.plan.New != nil && a.Size > 0 && b.Size > 0 {
		c := ha.Check{Code: checkSize, Result: "ok", Args: map[string]string{"sizes": strconv.FormatInt(a.Size, 10) + ", " + strconv.FormatInt(b.Size, 10)}}
		if a.Size != b.Size {
			c.Result = "warning" // the smaller one counts
		}
		x.add("", 0, c)
	}
	if a.Network != "" && b.Network != "" { // of a node that is not in the address's network its own check tells
		c := ha.Check{Code: checkSubnet, Result: "ok", Args: map[string]string{"networks": a.Network + ", " + b.Network}}
		if a.Network != b.Network {
			c.Result = "failed"
		}
		x.add("", 0, c)
	}
	x.certificates(a.Certificates, b.Certificates)
}

// certificates decides what becomes of them.
func (x *databaseExaminer) certificates(a, b *ha.CertificatesState) {
	d := x.plan.Database
	if d.Certificates == ha.CertificatesNone || a == nil || b == nil {
		return
	}
	if a.Fit() && b.Fit() && a.Authority == b.Authority {
		x.out.Certificates = ha.CertificatesKeep
		x.add("", 0, ha.Check{Code: checkFit, Result: "ok"})
		return
	}
	if d.Certificates == ha.CertificatesKeep {
		x.out.Certificates = ha.CertificatesKeep
		x.add("", 0, ha.Check{Code: checkFit, Result: "failed"})
		return
	}
	x.out.Certificates = ha.CertificatesMake
	for i, s := range []*ha.CertificatesState{a, b} {
		if s.CAKey && x.plan.Source == "" {
			x.plan.Source = d.Sides[i].Node
		}
	}
	c := ha.Check{Code: checkAuthority, Result: "ok", Args: map[string]string{"path": d.CAKey, "node": x.plan.Source}}
	if x.plan.Source == "" {
		c.Result = "failed"
	}
	x.out.Source = x.plan.Source
	x.add("", 0, c)
}

// refuse says with what the database is refused.
func (x *databaseExaminer) refuse() {
	f := x.refused
	code := fault.Invalid
	for i, n := range x.out.Nodes {
		if n.Fault != nil {
			code = fault.Conflict
			f = append(f, fault.Field{Path: fmt.Sprintf("sides[%d].node", i), Reason: n.Fault.Reason, Message: n.Fault.Message, Args: n.Fault.Args})
		}
	}
	for _, c := range x.out.Checks {
		if c.Result == "failed" {
			code = fault.Conflict
			message := "check " + c.Code + " has failed"
			if c.Node != "" {
				message += " on " + c.Node
			}
			f = append(f, fault.Field{Path: or(c.Field, c.Node), Reason: "check." + c.Code + ".failed", Message: message, Args: withNode(c.Args, c.Node)})
		}
	}
	if x.out.Volume != nil && x.out.Volume.Refused != nil {
		r := x.out.Volume.Refused
		code = r.Code
		for _, one := range r.Fields {
			one.Path = databasePath(one.Path)
			f = append(f, one)
		}
	}
	x.out.OK = len(f) == 0
	x.out.Refused = fault.Public(withCode(f.Err(), code))
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func withNode(args map[string]string, node string) map[string]string {
	out := map[string]string{"node": node}
	for name, value := range args {
		out[name] = value
	}
	return out
}

// databasePath says where a database has what a volume calls so.
func databasePath(path string) string {
	if rest, is := strings.CutPrefix(path, "replicas"); is {
		return "sides" + rest
	}
	if path == "name" {
		return "volume"
	}
	return path
}
