package drbd

import (
	"cmp"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/ha"
)

// Read reads configuration: files one after the other, or one alone. What does not belong to the language is a fault that names the line;
// all else that is wrong is among the findings, and what nobody knows is kept in the volumes' options.
func Read(text string) (Reading, error) {
	list, err := parse(text)
	if err != nil {
		return Reading{}, err
	}
	r := reader{common: options{}, seen: map[string]bool{}, out: Reading{Secrets: map[string]string{}, Volumes: []ha.Volume{}, Findings: []ha.Finding{}}}
	for _, s := range list {
		r.top(s)
	}
	for _, x := range r.resources {
		r.finish(x)
	}
	return r.out, nil
}

// options are by section and name.
type options map[string]map[string]string

func (o options) set(section, name, value string) {
	if o[section] == nil {
		o[section] = map[string]string{}
	}
	o[section][name] = value
}

func (o options) get(section, name string) string { return o[section][name] }

// place is where a volume lies: on a host, or on all where a host says nothing else.
type place struct{ device, disk, meta string }

func (p place) or(o place) place {
	return place{cmp.Or(p.device, o.device), cmp.Or(p.disk, o.disk), cmp.Or(p.meta, o.meta)}
}

type hostSide struct {
	name    string
	id      int
	address string
	port    int
	place   place            // of a volume without a number
	volumes map[string]place // by number
}

type resource struct {
	name    string
	line    int
	options options
	shared  place
	volumes map[string]place
	hosts   []*hostSide
}

type reader struct {
	common    options
	resources []*resource
	seen      map[string]bool
	out       Reading
}

func (r *reader) note(code string, s ha.Severity, object string, line int, pairs ...string) {
	f := ha.Finding{Code: code, Severity: s, Object: object, Args: map[string]string{"line": strconv.Itoa(line)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Args[pairs[i]] = pairs[i+1]
	}
	r.out.Findings = append(r.out.Findings, f)
}

func (r *reader) unknown(object string, s statement, where string) {
	r.note(ha.FindingDRBDUnknown, ha.Warning, object, s.line, "name", s.words[0], "section", where)
}

func (r *reader) top(s statement) {
	switch {
	case s.is("skip") && s.opens:
	case s.is("include"):
		r.note(ha.FindingDRBDInclude, ha.Info, "", s.line, "file", s.rest())
	case s.is("global") && s.opens:
		r.global(s)
	case s.is("common") && s.opens:
		for _, x := range s.block {
			if !r.section(r.common, "", x) {
				r.unknown("", x, "common")
			}
		}
	case s.is("resource") && s.opens && len(s.words) == 2:
		r.resource(s)
	default:
		r.unknown("", s, "")
	}
}

// globals are what drbdadm takes in global{}: they concern drbdadm itself.
var globals = []string{
	"usage-count", "minor-count", "dialog-refresh", "disable-ip-verification", "udev-always-use-vnr", "cmd-timeout-short", "cmd-timeout-medium", "cmd-timeout-long",
}

func (r *reader) global(s statement) {
	for _, x := range s.block {
		if !slices.Contains(globals, x.words[0]) {
			r.unknown("", x, "global")
		}
	}
}

// section takes a section of options, or protocol, which may stand outside of one.
func (r *reader) section(o options, object string, s statement) bool {
	if s.is("protocol") && !s.opens {
		r.option(o, object, Net, s)
		return true
	}
	if !s.opens || len(s.words) != 1 {
		return false
	}
	switch name := s.words[0]; name {
	case Disk, Net, Resource, Handlers, Startup, "syncer":
		for _, x := range s.block {
			if x.opens {
				r.unknown(object, x, name)
				continue
			}
			r.option(o, object, name, x)
		}
		return true
	}
	return false
}

// moved are the options of syncer{}, by which drbdadm of 8.4 still finds them, and others that have gone elsewhere.
var moved = map[string][2]string{
	"syncer/rate": {Disk, "resync-rate"}, "syncer/after": {Disk, "resync-after"}, "syncer/al-extents": {Disk, "al-extents"},
	"syncer/c-plan-ahead": {Disk, "c-plan-ahead"}, "syncer/c-delay-target": {Disk, "c-delay-target"}, "syncer/c-fill-target": {Disk, "c-fill-target"},
	"syncer/c-max-rate": {Disk, "c-max-rate"}, "syncer/c-min-rate": {Disk, "c-min-rate"},
	"syncer/verify-alg": {Net, "verify-alg"}, "syncer/csums-alg": {Net, "csums-alg"}, "syncer/use-rle": {Net, "use-rle"},
	"syncer/cpu-mask": {Resource, "cpu-mask"}, "syncer/on-no-data-accessible": {Resource, "on-no-data-accessible"},
	"disk/rate": {Disk, "resync-rate"}, "disk/after": {Disk, "resync-after"}, "disk/fencing": {Net, "fencing"},
	"handlers/outdate-peer": {Handlers, "fence-peer"},
}

func (r *reader) option(o options, object, section string, s statement) {
	name, value := s.words[0], s.rest()
	switch to, old := moved[section+"/"+name]; {
	case old:
		section, name = to[0], to[1]
	case strings.HasPrefix(name, "no-") && Find(section, name) == nil && Find(section, name[3:]) != nil && value == "":
		name, value = name[3:], "no"
	}
	x := Find(section, name)
	if value == "" && (x == nil || x.Kind == Switch) && len(s.words) == 1 { // 8.3 and 8.4 take the name alone for yes
		value = "yes"
	}
	o.set(section, name, value)
	if x == nil {
		r.note(ha.FindingDRBDUnknown, ha.Warning, object, s.line, "name", name, "section", section)
		return
	}
	if reason := x.Takes(value, V9); reason != "" && !(x.Kind == Choice && x.Takes(value, V84) == "") {
		r.note(ha.FindingDRBDValue, ha.Warning, object, s.line, "name", name, "section", section, "value", shown(name, value))
	}
}

// shown is a value as others may see it.
func shown(name, value string) string {
	if name == secretName {
		return Hidden
	}
	return value
}

func (r *reader) resource(s statement) {
	x := &resource{name: s.words[1], line: s.line, options: options{}, volumes: map[string]place{}}
	if !resourceName.MatchString(x.name) {
		r.note(ha.FindingDRBDValue, ha.Warning, "", s.line, "name", "resource", "section", "", "value", x.name)
		return
	}
	if r.seen[x.name] {
		r.note(ha.FindingDRBDTwice, ha.Critical, x.name, s.line, "name", x.name)
		return
	}
	r.seen[x.name] = true
	for _, y := range s.block {
		switch {
		case r.section(x.options, x.name, y), y.is("skip") && y.opens:
		case y.is("on") && y.opens && len(y.words) > 1:
			for _, name := range y.words[1:] {
				r.host(x, name, y)
			}
		case y.is("floating") && len(y.words) > 1:
			h := r.host(x, "", y)
			h.address, h.port, _ = address(y.words[1:])
		case y.is("volume") && y.opens && len(y.words) == 2:
			x.volumes[y.words[1]] = r.volume(x, y)
		case y.is("connection") && y.opens:
			r.connection(x, y)
		case y.is("connection-mesh") && y.opens:
			for _, z := range y.block {
				if !z.is("hosts") && !r.section(x.options, x.name, z) {
					r.unknown(x.name, z, "connection-mesh")
				}
			}
		default:
			if !x.shared.take(y) {
				r.unknown(x.name, y, "resource")
			}
		}
	}
	r.resources = append(r.resources, x)
}

// take takes device, disk and meta-disk.
func (p *place) take(s statement) bool {
	if s.opens || len(s.words) < 2 {
		return false
	}
	switch s.words[0] {
	case "device":
		p.device = s.words[1]
		if i := slices.Index(s.words, "minor"); i > 0 && i+1 < len(s.words) {
			p.device = "/dev/drbd" + s.words[i+1]
		}
	case "disk":
		p.disk = s.words[1]
	case "meta-disk", "flexible-meta-disk":
		p.meta = s.rest()
	default:
		return false
	}
	return true
}

func (r *reader) volume(x *resource, s statement) place {
	var p place
	for _, y := range s.block {
		if !p.take(y) && !r.section(x.options, x.name, y) {
			r.unknown(x.name, y, "volume")
		}
	}
	return p
}

func (r *reader) host(x *resource, name string, s statement) *hostSide {
	h := &hostSide{name: name, id: -1, volumes: map[string]place{}}
	if name != "" && slices.ContainsFunc(x.hosts, func(o *hostSide) bool { return o.name == name }) {
		r.note(ha.FindingDRBDTwice, ha.Critical, x.name, s.line, "name", name)
	}
	for _, y := range s.block {
		switch {
		case h.place.take(y):
		case y.is("address") && len(y.words) > 1:
			ok := false
			if h.address, h.port, ok = address(y.words[1:]); !ok {
				r.note(ha.FindingDRBDValue, ha.Warning, x.name, y.line, "name", "address", "section", "on", "value", y.rest())
			}
		case y.is("node-id") && len(y.words) == 2:
			if n, err := strconv.Atoi(y.words[1]); err == nil && n >= 0 && n < 32 {
				h.id = n
			} else {
				r.note(ha.FindingDRBDValue, ha.Warning, x.name, y.line, "name", "node-id", "section", "on", "value", y.rest())
			}
		case y.is("volume") && y.opens && len(y.words) == 2:
			h.volumes[y.words[1]] = r.volume(x, y)
		case r.section(x.options, x.name, y):
		default:
			r.unknown(x.name, y, "on")
		}
	}
	x.hosts = append(x.hosts, h)
	return h
}

// connection is DRBD 9's: its hosts may have addresses of their own for it, in paths or at once.
func (r *reader) connection(x *resource, s statement) {
	for _, y := range s.block {
		switch {
		case y.is("host") && len(y.words) > 1:
			i := slices.IndexFunc(x.hosts, func(h *hostSide) bool { return h.name == y.words[1] })
			if j := slices.Index(y.words, "address"); i >= 0 && j > 0 && j+1 < len(y.words) {
				if a, port, ok := address(y.words[j+1:]); ok && x.hosts[i].address == "" {
					x.hosts[i].address, x.hosts[i].port = a, port
				}
			}
		case y.is("path") && y.opens:
			r.connection(x, y)
		case y.is("volume") && y.opens:
			for _, z := range y.block {
				if !r.section(x.options, x.name, z) {
					r.unknown(x.name, z, "connection")
				}
			}
		case r.section(x.options, x.name, y):
		default:
			r.unknown(x.name, y, "connection")
		}
	}
}

// address reads ipv4 10.0.0.1:7788, [fd00::1]:7788 and the like.
func address(words []string) (string, int, bool) {
	text := strings.Join(words, "")
	for _, family := range []string{"ipv4", "ipv6", "ssocks", "sdp", "sci"} {
		text = strings.TrimPrefix(text, family)
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0, false
	}
	port, err := strconv.Atoi(text[i+1:])
	host := strings.TrimSuffix(strings.TrimPrefix(text[:i], "["), "]")
	_, bad := netip.ParseAddr(host)
	return host, port, err == nil && port > 0 && port < 1<<16 && bad == nil
}

var resourceName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)

// finish makes volumes of a resource.
func (r *reader) finish(x *resource) {
	numbers := slices.Collect(maps.Keys(x.volumes))
	for _, h := range x.hosts {
		numbers = append(numbers, slices.Collect(maps.Keys(h.volumes))...)
	}
	slices.SortFunc(numbers, func(a, b string) int {
		m, _ := strconv.Atoi(a)
		n, _ := strconv.Atoi(b)
		return cmp.Or(cmp.Compare(m, n), strings.Compare(a, b))
	})
	numbers = slices.Compact(numbers)
	if len(numbers) == 0 {
		numbers = []string{""}
	}
	inherited := options{}
	for section, list := range r.common {
		for name, value := range list {
			if _, own := x.options[section][name]; !own {
				inherited.set(section, name, value)
			}
		}
	}
	if secret := cmp.Or(x.options.get(Net, secretName), inherited.get(Net, secretName)); secret != "" {
		r.out.Secrets[x.name] = secret
	}
	protocol := cmp.Or(x.options.get(Net, "protocol"), inherited.get(Net, "protocol"), "C")
	for _, n := range numbers {
		v := ha.Volume{Name: x.name, Driver: ha.DRBD, Protocol: protocol, Options: told(x.options), Inherited: told(inherited), Replicas: []ha.Replica{}}
		if len(numbers) > 1 {
			v.Name = x.name + "/" + n
		}
		for i, h := range x.hosts {
			p := h.volumes[n].or(h.place).or(x.volumes[n]).or(x.shared)
			v.Device = cmp.Or(v.Device, p.device)
			id := h.id
			if id < 0 {
				id = i
			}
			meta := p.meta
			if meta == "internal" {
				meta = ""
			}
			v.Replicas = append(v.Replicas, ha.Replica{Node: cmp.Or(h.name, h.address), ID: id, Disk: p.disk, Address: h.address, Port: h.port, Meta: meta})
		}
		if len(v.Replicas) < 2 {
			r.note(ha.FindingDRBDAlone, ha.Warning, v.Name, x.line)
		}
		r.out.Volumes = append(r.out.Volumes, v)
	}
}

// told is options as they are told: without the secret, and without the protocol, which has a place of its own.
func told(o options) map[string]map[string]string {
	out := map[string]map[string]string{}
	for section, list := range o {
		for name, value := range list {
			if section == Net && name == "protocol" {
				continue
			}
			if out[section] == nil {
				out[section] = map[string]string{}
			}
			out[section][name] = shown(name, value)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
