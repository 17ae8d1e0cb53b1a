package ha

import (
	"slices"
	"strconv"
	"strings"
)

// runsVolumes says whether an agent runs replicated volumes.
func runsVolumes(agent string) bool {
	return agent == DRBDAgent || agent == "ocf:heartbeat:drbd" || agent == MirrorAgent
}

// runs says whether a primitive runs a volume.
func (r Resource) runs(volume string) bool {
	if r.Agent == MirrorAgent {
		return r.Parameters["config"] == MirrorConfig(volume)
	}
	return runsVolumes(r.Agent) && r.Parameters["drbd_resource"] == volume
}

// MirrorDeviceDir is where the devices of mirrors are, MirrorConfigDir where they are configured, MirrorRunDir where their daemons have a
// folder each.
const (
	MirrorDeviceDir = "/dev/hawser/"
	MirrorConfigDir = "/etc/hawser/mirror"
	MirrorRunDir    = "/run/hawser-mirror"
)

// MirrorConfig is the file that a mirror's daemon and resource agent are told, the same on both nodes.
func MirrorConfig(volume string) string { return MirrorConfigDir + "/" + volume + ".json" }

// MirrorPIDFile names a mirror's daemon on its node.
func MirrorPIDFile(volume string) string { return MirrorRunDir + "/" + volume + "/pid" }

// MirrorOf is the volume of a primitive's configuration, nothing where Hawser has not made it.
func MirrorOf(config string) string {
	name, ok := strings.CutPrefix(config, MirrorConfigDir+"/")
	name, named := strings.CutSuffix(name, ".json")
	if !ok || !named || name == "" || strings.Contains(name, "/") {
		return ""
	}
	return name
}

// DRBDAgent and MirrorAgent are the resource agents by which Pacemaker runs a volume.
const (
	DRBDAgent   = "ocf:linbit:drbd"
	MirrorAgent = "ocf:hawser:mirror"
)

// VolumeRunner returns the primitive by which Pacemaker runs a volume, and the ID of the clone that holds it; nil and nothing where there
// is none.
func VolumeRunner(resources []Resource, volume string) (primitive *Resource, clone string) {
	var look func(list []Resource, holder string)
	look = func(list []Resource, holder string) {
		for i := range list {
			r := &list[i]
			if primitive == nil && r.Kind == Primitive && r.runs(volume) {
				primitive, clone = r, holder
			}
			within := holder
			if r.Kind == Clone {
				within = r.ID
			}
			look(r.Members, within)
		}
	}
	look(resources, "")
	return primitive, clone
}

// VolumeUsers are the IDs of the resources that use a volume: those with its device among their parameters, and those that must run
// beside or after what runs it.
func VolumeUsers(c Config, v Volume) []string {
	runner, clone := VolumeRunner(c.Resources, v.Name)
	own := func(id string) bool { return runner != nil && (id == runner.ID || id == clone && clone != "") }
	var list []string
	add := func(id string) {
		if id != "" && !own(id) && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	var look func(resources []Resource)
	look = func(resources []Resource) {
		for _, r := range resources {
			for _, value := range r.Parameters {
				for _, word := range strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == ',' }) {
					if v.isDevice(word) && !runsVolumes(r.Agent) {
						add(r.ID)
					}
				}
			}
			look(r.Members)
		}
	}
	look(c.Resources)
	for _, x := range c.Constraints {
		switch {
		case x.Kind == Colocation && own(x.With):
			add(x.Resource)
		case x.Kind == Order && own(x.First):
			add(x.Then)
		}
	}
	slices.Sort(list)
	return list
}

// isDevice says whether a path is the volume's device, by any of the names that drbd-utils gives it.
func (v Volume) isDevice(path string) bool {
	if v.Device == "" || path == "" {
		return false
	}
	minor := strings.TrimPrefix(v.Device, "/dev/drbd")
	return path == v.Device || path == "/dev/drbd_"+v.Name || path == "/dev/drbd/by-res/"+v.Name || strings.HasPrefix(path, "/dev/drbd/by-res/"+v.Name+"/") ||
		path == "/dev/drbd/by-disk/"+minor
}

// RunVolume makes the promotable clone by which Pacemaker runs a volume, one side of it Promoted at a time, and what keeps it on the
// nodes that have a replica, whatever nodes come later. Promoted-max is left out: it is 1, and had another name before Pacemaker 2.1.
// Timeouts are at least what the agent advises. Its monitor only asks the kernel, by dozens of programs: one that takes longer than the
// advised 20 s is a sign of a busy node, and no reason for an outage.
func RunVolume(v Volume) []Edit {
	clone := Resource{
		ID: VolumeClone(v.Name), Kind: Clone,
		Meta:    map[string]string{"promotable": "true", "clone-max": strconv.Itoa(len(v.Replicas)), "clone-node-max": "1", "notify": "true", "interleave": "true"},
		Members: []Resource{runner(v)},
	}
	elsewhere := Rule{Score: "-INFINITY", Bool: "and"}
	for _, r := range v.Replicas {
		elsewhere.Expressions = append(elsewhere.Expressions, Expression{Attribute: "#uname", Operation: "ne", Value: r.Node})
	}
	home := Constraint{ID: VolumeHome(v.Name), Kind: Location, Resource: clone.ID, Rule: &elsewhere}
	return []Edit{{Op: CreateResource, ID: clone.ID, Resource: &clone}, {Op: CreateConstraint, ID: home.ID, Constraint: &home}}
}

// runner is the primitive of one side.
func runner(v Volume) Resource {
	if v.Driver == Mirror {
		return Resource{
			ID: v.Name, Kind: Primitive, Agent: MirrorAgent, Parameters: map[string]string{"config": MirrorConfig(v.Name)},
			// A promotion may have to wait until the other node is fenced.
			Operations: []Operation{
				{Name: "start", Interval: "0s", Timeout: "60s"},
				{Name: "promote", Interval: "0s", Timeout: "180s"},
				{Name: "demote", Interval: "0s", Timeout: "60s"},
				{Name: "notify", Interval: "0s", Timeout: "20s"},
				{Name: "stop", Interval: "0s", Timeout: "60s"},
				{Name: "monitor", Interval: "10s", Timeout: "30s", Role: "Promoted"},
				{Name: "monitor", Interval: "20s", Timeout: "30s", Role: "Unpromoted"},
			},
		}
	}
	return Resource{
		ID: v.Name, Kind: Primitive, Agent: DRBDAgent, Parameters: map[string]string{"drbd_resource": v.Name},
		Operations: []Operation{
			{Name: "start", Interval: "0s", Timeout: "240s"},
			{Name: "promote", Interval: "0s", Timeout: "90s"},
			{Name: "demote", Interval: "0s", Timeout: "90s"},
			{Name: "notify", Interval: "0s", Timeout: "90s"},
			{Name: "stop", Interval: "0s", Timeout: "100s"},
			{Name: "monitor", Interval: "10s", Timeout: "60s", Role: "Promoted"},
			{Name: "monitor", Interval: "20s", Timeout: "60s", Role: "Unpromoted"},
		},
	}
}

// VolumeClone is the ID of the clone by which Pacemaker runs a volume that Hawser has made.
func VolumeClone(volume string) string { return volume + "-clone" }

// VolumeHome is the ID of the constraint that keeps it where the volume is.
func VolumeHome(volume string) string { return volume + "-replicas" }
