package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/api"
	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/mirror"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// firstPort is where DRBD's ports begin by custom. Each volume has one of its own.
const firstPort = 7788

// CheckVolume says what would become of a volume: as it would be made, what the nodes say of its disks, what is unsafe about it, and with
// what it would be refused. Nothing is changed.
func (e *Engine) CheckVolume(ctx context.Context, actor, cluster string, in api.NewVolume) (api.VolumeCheck, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.VolumeCheck{}, err
	}
	out, _, err := e.examine(ctx, actor, k, in)
	return out, err
}

// examine asks all nodes of a new volume at once what they have where it is to be, and works out what is left open. Coming are volumes that
// are made together with it, whose numbers are taken. What it is refused with
// is in Refused, field by field; an error is what nobody can help by another request.
func (e *Engine) examine(ctx context.Context, actor string, k fleet.Known, in api.NewVolume, coming ...volumePlan) (api.VolumeCheck, volumePlan, error) {
	x := examiner{k: k, in: in, coming: coming, code: fault.Invalid}
	x.shape()
	out := api.VolumeCheck{Nodes: make([]api.VolumeCheckNode, len(in.Replicas)), Findings: []ha.Finding{}}
	members := make([]fleet.Member, len(in.Replicas))
	for i, r := range in.Replicas {
		out.Nodes[i].Node = r.Node
		if one, err := member(k, r.Node); err == nil {
			members[i] = one
		}
	}
	eachMember(members, func(i int, one fleet.Member) {
		n := &out.Nodes[i]
		switch {
		case one.Node == "":
			return // said by shape
		case !one.Connected:
			n.Fault = fault.Public(errAway(one))
			return
		case !x.known() || in.Replicas[i].Disk != "" && !aDevicePath(in.Replicas[i].Disk):
			return // said below, by what checks the whole; a disk that is not named yet keeps nobody from asking for the rest
		}
		var seen ha.VolumeInspection
		if err := e.read(ctx, actor, one.Host, wire.VolumeInspect, wire.VolumeInspectArgs{Driver: x.driver(), Disk: in.Replicas[i].Disk}, &seen); err != nil {
			n.Fault = fault.Public(named(err, one.Node))
			return
		}
		n.Inspection = &seen
	})
	if err := ctx.Err(); err != nil {
		return out, volumePlan{}, err
	}
	x.nodes = out.Nodes
	p := x.plan()
	out.Volume = p.Volume
	if x.driver() == ha.DRBD {
		out.Findings = append(out.Findings, drbd.Findings(p.Volume, x.judgement())...)
	}
	out.Refused = fault.Public(withCode(x.faults.Err(), x.code))
	return out, p, nil
}

// examiner works out one new volume.
type examiner struct {
	k      fleet.Known
	in     api.NewVolume
	coming []volumePlan
	nodes  []api.VolumeCheckNode
	faults fault.Fields
	code   fault.Code
}

func (x *examiner) driver() ha.VolumeDriver { return cmp.Or(x.in.Driver, ha.DRBD) }

// known says whether there is such a driver.
func (x *examiner) known() bool { return x.driver() == ha.DRBD || x.driver() == ha.Mirror }

func (x *examiner) refuse(path, reason, message string, pairs ...string) {
	x.faults.Add(path, reason, message, pairs...)
}

// taken refuses what would be right at another time, or elsewhere.
func (x *examiner) taken(path, reason, message string, pairs ...string) {
	x.refuse(path, reason, message, pairs...)
	x.code = fault.Conflict
}

// shape looks at the request by itself, and by what is configured.
func (x *examiner) shape() {
	in := x.in
	if !x.known() {
		x.refuse("driver", "field.one_of", "no such driver", "value", string(in.Driver), "allowed", "drbd, mirror")
	}
	if in.Sync != "" && in.Sync != ha.SyncFull && in.Sync != ha.SyncSkip {
		x.refuse("sync", "field.one_of", "not full or skip", "value", string(in.Sync), "allowed", "full, skip")
	}
	if in.From != "" && !slices.ContainsFunc(in.Replicas, func(r api.NewReplica) bool { return r.Node == in.From }) {
		x.refuse("from", "volume.no_replica", "has no replica of it", "node", in.From, "volume", in.Name)
	}
	for i, r := range in.Replicas {
		if _, err := member(x.k, r.Node); err != nil {
			x.refuse(fmt.Sprintf("replicas[%d].node", i), "node.unknown", "there is no such node", "node", r.Node)
		}
	}
	if x.k.Config.Config.Stuck() {
		x.taken("cluster", "volume.no_fence_device", "must fence, and has no fence device: it starts nothing")
	}
	for _, id := range []string{in.Name, ha.VolumeClone(in.Name)} {
		if in.Name != "" && idTaken(x.k.Config.Config, id) {
			x.taken("name", "resource.id_taken", "is taken", "id", id)
		}
	}
}

// plan fills in what is left open and looks at the whole, as the nodes would have it.
func (x *examiner) plan() volumePlan {
	in := x.in
	v := ha.Volume{Name: in.Name, Driver: x.driver(), Protocol: in.Protocol}
	if v.Protocol == "" {
		v.Protocol = "C"
	}
	port := x.port()
	if v.Driver == ha.Mirror {
		v.Device = ha.MirrorDeviceDir + in.Name
		if in.Minor != nil {
			x.refuse("minor", "volume.no_minor", "a mirror's device has a name")
		}
	} else {
		v.Device = "/dev/drbd" + strconv.Itoa(x.minor())
	}
	p := volumePlan{Sync: in.Sync, From: in.From, Destroy: map[string][]string{}}
	if p.Sync == "" {
		p.Sync = ha.SyncFull
	}
	for i, r := range in.Replicas {
		if p.From == "" {
			p.From = r.Node
		}
		address := r.Address
		if address == "" {
			if links := x.k.Setup.LinkList(); len(links) > 0 {
				address = x.k.Setup.Address(r.Node, links[0].Number)
			}
		}
		v.Replicas = append(v.Replicas, ha.Replica{Node: r.Node, ID: i, Disk: r.Disk, Address: address, Port: port})
		p.Destroy[r.Node] = r.Destroy
	}
	v.Options = x.options()
	x.check(v)
	x.disks(p.Sync)
	x.addresses(v)
	p.Volume = v
	return p
}

// kernel is the version of the driver, the oldest where nodes have several: what that takes, all take.
func (x *examiner) kernel() string {
	var versions []string
	for _, n := range x.nodes {
		if n.Inspection != nil && n.Inspection.Driver != "" {
			versions = append(versions, n.Inspection.Driver)
		}
	}
	if len(versions) == 0 {
		return ""
	}
	return slices.Min(versions)
}

func (x *examiner) judgement() drbd.Context {
	c := judgement(x.k)
	c.Kernel = x.kernel()
	return c
}

// everywhere says whether a number is free on all nodes.
func (x *examiner) everywhere(n int, taken func(ha.VolumeInspection) []int) (node string, free bool) {
	for _, one := range x.nodes {
		if one.Inspection != nil && slices.Contains(taken(*one.Inspection), n) {
			return one.Node, false
		}
	}
	for _, p := range x.coming {
		if v := p.Volume; slices.Contains(taken(ha.VolumeInspection{Ports: []int{v.Replicas[0].Port}, Minors: []int{drbd.Minor(v.Device)}}), n) {
			return v.Replicas[0].Node, false
		}
	}
	return "", true
}

func portsOf(i ha.VolumeInspection) []int  { return i.Ports }
func minorsOf(i ha.VolumeInspection) []int { return i.Minors }

func (x *examiner) port() int {
	if n := x.in.Port; n != 0 {
		if node, free := x.everywhere(n, portsOf); !free {
			x.taken("port", "volume.port_used", "is taken on "+node, "port", strconv.Itoa(n), "node", node)
		}
		return n
	}
	for n := firstPort; n < 1<<16; n++ {
		if _, free := x.everywhere(n, portsOf); free {
			return n
		}
	}
	return firstPort
}

func (x *examiner) minor() int {
	if x.in.Minor != nil {
		if node, free := x.everywhere(*x.in.Minor, minorsOf); !free {
			x.taken("minor", "volume.minor_taken", "is taken on "+node, "minor", strconv.Itoa(*x.in.Minor), "node", node)
		}
		return *x.in.Minor
	}
	for n := 0; n < drbd.MaxMinor; n++ {
		if _, free := x.everywhere(n, minorsOf); free {
			return n
		}
	}
	return 0
}

// options are Hawser's own, and over them those of the request.
func (x *examiner) options() map[string]map[string]string {
	fences := x.k.Config.Config != nil && x.k.Config.Config.Fences()
	all := volumeOptions(drbd.DialectOf(x.kernel()), fences)
	if x.driver() == ha.Mirror {
		all = map[string]map[string]string{mirror.Net: {mirror.SecretName: mirror.Hidden}}
	}
	for section, values := range x.in.Options {
		for name, value := range values {
			if aSecret(section, name) && value == "" { // a new volume always has one
				x.refuse("options.net.shared-secret", "volume.option_elsewhere", "has a place of its own", "option", name)
				continue
			}
			if all[section] == nil {
				all[section] = map[string]string{}
			}
			if value == "" {
				delete(all[section], name)
			} else {
				all[section][name] = value
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, values map[string]string) bool { return len(values) == 0 })
	return all
}

// aSecret says whether an option is a volume's secret, which nobody gives or takes away as an option.
func aSecret(section, name string) bool { return section == drbd.Net && name == "shared-secret" }

// volumeOptions are those that Hawser gives a volume: nothing is lost without a person having decided it, and a peer that is lost is not
// promoted with old data. Where the cluster fences, writes wait until it has. A resync beside a client that writes without a pause gets
// 250 KiB/s by DRBD's default, half a year for two disks of 4 TiB: whoever has lost a side wants it back sooner.
func volumeOptions(d drbd.Dialect, fences bool) map[string]map[string]string {
	policy := "resource-only"
	if fences {
		policy = "resource-and-stonith"
	}
	handlers := map[string]string{"fence-peer": "/usr/lib/drbd/crm-fence-peer.9.sh", "unfence-peer": "/usr/lib/drbd/crm-unfence-peer.9.sh"}
	if d == drbd.V84 {
		handlers = map[string]string{"fence-peer": "/usr/lib/drbd/crm-fence-peer.sh", "after-resync-target": "/usr/lib/drbd/crm-unfence-peer.sh"}
	}
	return map[string]map[string]string{
		drbd.Net:      {"cram-hmac-alg": "sha256", "shared-secret": drbd.Hidden, "verify-alg": "crc32c", "fencing": policy},
		drbd.Disk:     {"on-io-error": "detach", "c-min-rate": "10M"},
		drbd.Handlers: handlers,
	}
}

var replicaAt = regexp.MustCompile(`^replicas\.(\d+)`)

// check has the language's own check look at the whole. Where it names what the request has under another name, that is named.
func (x *examiner) check(v ha.Volume) {
	for _, f := range fields(checkVolume(v, x.kernel()), "") {
		f.Path = replicaAt.ReplaceAllString(f.Path, "replicas[$1]")
		switch {
		case f.Path == "device" && v.Driver == ha.Mirror:
			continue // it is made of the name, of which the same is said
		case f.Path == "device":
			f.Path = "minor"
		case strings.HasSuffix(f.Path, ".port"):
			f.Path = "port"
		case strings.HasSuffix(f.Path, ".id"):
			continue // the request has none
		}
		if !slices.ContainsFunc(x.faults, func(o fault.Field) bool { return o.Path == f.Path }) {
			x.faults = append(x.faults, f)
		}
	}
}

// checkVolume has the driver's own check look at a volume; kernel is the version of DRBD.
func checkVolume(v ha.Volume, kernel string) error {
	if v.Driver == ha.Mirror {
		return mirror.Check(v)
	}
	return drbd.Check(v, drbd.DialectOf(kernel))
}

// disks looks at what the nodes say of themselves.
func (x *examiner) disks(sync ha.FirstSync) {
	size, sized := uint64(0), ""
	for i, n := range x.nodes {
		at := fmt.Sprintf("replicas[%d].", i)
		if f := n.Fault; f != nil {
			if strings.HasPrefix(f.Reason, "volume.") && f.Code == fault.Invalid {
				x.refuse(at+"disk", f.Reason, f.Message, flatten(f.Args)...) // there is no such disk
			} else {
				x.taken(at+"node", f.Reason, f.Message, flatten(f.Args)...)
			}
			continue
		}
		if n.Inspection == nil {
			continue
		}
		seen := *n.Inspection
		disk := []string{"node", n.Node, "disk", x.in.Replicas[i].Disk}
		carries, destroy := seen.Disk.Carries, slices.Sorted(slices.Values(x.in.Replicas[i].Destroy))
		if seen.Driver == "" && x.driver() == ha.DRBD {
			x.taken(at+"node", "volume.module_missing", "the kernel has no DRBD", "node", n.Node)
		}
		if seen.Tools == "" && x.driver() == ha.DRBD {
			x.taken(at+"node", "volume.no_tools", "drbd-utils is not installed", "node", n.Node)
		}
		if slices.Contains(seen.Names, x.in.Name) {
			x.taken("name", "volume.name_taken", "a volume has this name", "volume", x.in.Name, "node", n.Node)
		}
		switch {
		case seen.Disk.InUse:
			x.taken(at+"disk", "volume.disk_in_use", "is in use", disk...)
		case len(carries) > 0 && !slices.Equal(destroy, carries):
			x.taken(at+"destroy", "volume.disk_occupied", "carries something", append(disk, "carries", strings.Join(carries, ", "))...)
		case len(carries) == 0 && len(destroy) > 0:
			x.taken(at+"destroy", "volume.nothing_there", "is blank", disk...)
		case len(carries) > 0 && sync == ha.SyncSkip:
			x.refuse("sync", "volume.skip_blank", "only for blank disks", disk...)
		}
		switch {
		case sized == "":
			size, sized = seen.Disk.SizeBytes, n.Node
		case seen.Disk.SizeBytes != size:
			x.taken(at+"disk", "volume.sizes_differ", "is of another size",
				"node", n.Node, "size", strconv.FormatUint(seen.Disk.SizeBytes, 10), "other", sized, "otherSize", strconv.FormatUint(size, 10))
		}
		for _, c := range seen.Checks {
			switch {
			case c.Result != "failed", c.Code == "drbd_module", c.Code == "drbd_tools": // the last two are said already
			case c.Code == "drbd_agent":
				x.taken(at+"node", "volume.no_agent", "Pacemaker has no resource agent for DRBD", "node", n.Node, "agent", ha.DRBDAgent)
			default:
				x.taken(at+"node", "check."+c.Code+"."+c.Result, c.Code, append(flatten(c.Args), "node", n.Node)...)
			}
		}
	}
}

func flatten(args map[string]string) []string {
	var pairs []string
	for name, value := range args {
		pairs = append(pairs, name, value)
	}
	return pairs
}

// addresses looks whether each side has its address, and whether both are in one network: a router between them is one more thing that fails.
func (x *examiner) addresses(v ha.Volume) {
	var first netip.Prefix
	for i, r := range v.Replicas {
		one, err := member(x.k, r.Node)
		a, invalid := netip.ParseAddr(r.Address)
		if err != nil || invalid != nil || len(one.Facts.Interfaces) == 0 {
			continue
		}
		at := fmt.Sprintf("replicas[%d].address", i)
		network, found := networkOf(one.Facts, a.Unmap())
		switch {
		case !found:
			x.refuse(at, "address.not_on_host", "is on no interface of the host", "address", r.Address, "name", r.Node)
		case !first.IsValid():
			first = network
		case network != first:
			x.refuse(at, "volume.other_network", "is in another network", "address", r.Address, "network", network.String(), "other", first.String())
		}
	}
}
