package ha

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// Container is what a bundle runs its instances in. Source: Pacemaker Explained 2.1, "Bundles".
type Container struct {
	Technology string            `json:"technology" enum:"podman,docker,rkt" doc:"Hawser makes bundles of podman; others are shown, kept, and edited."`
	Image      string            `json:"image" doc:"The image; every node must have it."`
	Options    map[string]string `json:"options,omitempty" doc:"replicas, replicas-per-host, promoted-max, run-command, network, options (of the container's own tool)."`
	Network    map[string]string `json:"network,omitempty" doc:"ip-range-start, host-netmask, host-interface, control-port, add-host."`
	Ports      []PortMapping     `json:"ports,omitempty"`
	Storage    []StorageMapping  `json:"storage,omitempty"`
}

// PortMapping forwards a port of an instance's address into its container.
type PortMapping struct {
	Port     string `json:"port,omitempty"`
	Internal string `json:"internal,omitempty" doc:"Port inside; the same where absent."`
	Range    string `json:"range,omitempty" doc:"A range of ports instead, for example 8000-8010."`
}

// StorageMapping shows a directory of the host inside the container.
type StorageMapping struct {
	Source     string `json:"source,omitempty" doc:"Directory on the host, the same for all instances."`
	SourceRoot string `json:"sourceRoot,omitempty" doc:"Directory on the host that holds one directory for each instance, instead of source."`
	Target     string `json:"target" doc:"Directory inside."`
	Options    string `json:"options,omitempty" doc:"Mount options, for example rw."`
}

var (
	containerCounts  = []string{"replicas", "replicas-per-host", "promoted-max", "masters"}
	containerOptions = append([]string{"run-command", "network", "options"}, containerCounts...)
	networkOptions   = []string{"ip-range-start", "host-netmask", "host-interface", "control-port", "add-host"}
)

// checkContainer checks what a bundle runs in, and refuses it of anything else.
func checkContainer(f *fault.Fields, at string, r Resource) {
	c := r.Container
	if r.Kind != Bundle {
		if c != nil {
			f.Add(at, "resource.container_unwanted", "only a bundle has a container", "id", r.ID)
		}
		return
	}
	if c == nil {
		required(f, at, "")
		return
	}
	at += "."
	if known := []string{"podman", "docker", "rkt"}; !slices.Contains(known, c.Technology) {
		f.Add(at+"technology", "field.one_of", "unknown", "value", c.Technology, "allowed", strings.Join(known, ", "))
	}
	if !required(f, at+"image", c.Image) && (len(c.Image) > MaxValue || !xmlText(c.Image) || strings.ContainsAny(c.Image, " \t\r\n") || c.Image[0] == '-') {
		f.Add(at+"image", "attribute.value_invalid", "not the name of an image", "name", "image")
	}
	known := func(field string, values map[string]string, allowed []string) {
		checkValues(f, at+field, values)
		for _, name := range sortedKeys(values) {
			if !slices.Contains(allowed, name) {
				f.Add(at+field+"."+name, "field.one_of", "unknown", "value", name, "allowed", strings.Join(allowed, ", "))
			}
		}
	}
	known("options", c.Options, containerOptions)
	known("network", c.Network, networkOptions)
	for _, name := range containerCounts {
		if v, has := c.Options[name]; has && (!aCount.MatchString(v) || strings.Trim(v, "0") == "" && strings.HasPrefix(name, "replicas")) {
			f.Add(at+"options."+name, "field.number", "not a whole number", "value", v)
		}
	}
	if v, has := c.Network["ip-range-start"]; has {
		if _, err := netip.ParseAddr(v); err != nil {
			f.Add(at+"network.ip-range-start", "address.invalid", "not an IP address", "address", v)
		}
	}
	checkPort(f, at+"network.control-port", c.Network["control-port"])
	if len(r.Members) > 0 && c.Network["ip-range-start"] == "" && c.Network["control-port"] == "" {
		f.Add(at+"network.ip-range-start", "bundle.unreachable", "the cluster reaches the resource inside by an address or a control port", "id", r.ID)
	}
	for i, p := range c.Ports {
		here := fmt.Sprintf("%sports[%d].", at, i)
		switch {
		case p.Range != "" && (p.Port != "" || p.Internal != ""):
			f.Add(here+"range", "bundle.port_or_range", "a port or a range, not both")
		case p.Range != "":
			from, to, _ := strings.Cut(p.Range, "-")
			a, err := strconv.ParseUint(from, 10, 16)
			b, err2 := strconv.ParseUint(to, 10, 16)
			if err != nil || err2 != nil || a == 0 || b < a {
				f.Add(here+"range", "field.port", "not a port or range of ports", "value", p.Range)
			}
		case !required(f, here+"port", p.Port):
			checkPort(f, here+"port", p.Port)
			checkPort(f, here+"internal", p.Internal)
		}
	}
	for i, s := range c.Storage {
		here := fmt.Sprintf("%sstorage[%d].", at, i)
		switch {
		case s.Source == "" && s.SourceRoot == "":
			required(f, here+"source", "")
		case s.Source != "" && s.SourceRoot != "":
			f.Add(here+"sourceRoot", "bundle.source_or_root", "one source, not two")
		}
		required(f, here+"target", s.Target)
		for _, path := range [...][2]string{{"source", s.Source}, {"sourceRoot", s.SourceRoot}, {"target", s.Target}} {
			if path[1] != "" && (path[1][0] != '/' || len(path[1]) > MaxValue || !xmlText(path[1]) || strings.Contains(path[1], ":")) {
				f.Add(here+path[0], "field.path", "not an absolute path", "value", path[1])
			}
		}
		if !xmlText(s.Options) || len(s.Options) > MaxValue {
			f.Add(here+"options", "attribute.value_invalid", "holds characters that XML cannot carry", "name", "options")
		}
	}
}

func checkPort(f *fault.Fields, path, value string) {
	if value == "" {
		return
	}
	if n, err := strconv.ParseUint(value, 10, 16); err != nil || n == 0 {
		f.Add(path, "field.port", "not a port or range of ports", "value", value)
	}
}
