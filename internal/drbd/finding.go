package drbd

import (
	"cmp"
	"regexp"
	"slices"

	"hawser/internal/ha"
)

// Context is what a judgement needs to know besides the configuration. What is not known is not held against it.
type Context struct {
	Kernel  string // version of the module
	Fencing *bool  // the cluster fences
}

// Findings looks for what is known to end badly in a volume, worst first. Its object is the volume.
func Findings(v ha.Volume, c Context) []ha.Finding {
	f := finder{v: v, c: c, list: []ha.Finding{}}
	if v.Unread != nil {
		f.add(ha.FindingDRBDUnread, ha.Warning, "file", v.File, "why", v.Unread.Message)
		return f.list
	}
	f.fencing()
	f.splitBrain()
	f.secret()
	f.losses()
	f.rest()
	slices.SortStableFunc(f.list, func(a, b ha.Finding) int {
		return cmp.Or(-cmp.Compare(slices.Index(ha.Severities, a.Severity), slices.Index(ha.Severities, b.Severity)), cmp.Compare(slices.Index(ha.FindingCodes, a.Code), slices.Index(ha.FindingCodes, b.Code)))
	})
	return f.list
}

type finder struct {
	v    ha.Volume
	c    Context
	list []ha.Finding
}

// get is an option as it is in force, empty where it is at its default.
func (f *finder) get(section, name string) string {
	return cmp.Or(f.v.Options[section][name], f.v.Inherited[section][name])
}

func (f *finder) add(code string, s ha.Severity, pairs ...string) {
	x := ha.Finding{Code: code, Severity: s, Object: f.v.Name, Args: map[string]string{"volume": f.v.Name}}
	for i := 0; i+1 < len(pairs); i += 2 {
		x.Args[pairs[i]] = pairs[i+1]
	}
	f.list = append(f.list, x)
}

// fences says whether this volume tells the cluster to fence a peer that it has lost.
func (f *finder) fences() bool {
	return slices.Contains([]string{"resource-only", "resource-and-stonith"}, f.get(Net, "fencing")) && f.get(Handlers, "fence-peer") != ""
}

func (f *finder) fencing() {
	policy, handler := f.get(Net, "fencing"), f.get(Handlers, "fence-peer")
	switch {
	case policy == "" || policy == "dont-care":
		f.add(ha.FindingDRBDNoFencing, ha.Critical)
	case handler == "":
		f.add(ha.FindingDRBDNoHandler, ha.Critical, "policy", policy)
	case f.get(Handlers, "unfence-peer") == "" && f.get(Handlers, "after-resync-target") == "":
		f.add(ha.FindingDRBDNeverUnfenced, ha.Warning)
	}
	if policy == "resource-only" && f.c.Fencing != nil && *f.c.Fencing {
		f.add(ha.FindingDRBDWeakFencing, ha.Warning)
	}
}

// splitBrain: data that are thrown away without a person having looked.
func (f *finder) splitBrain() {
	severity := ha.Warning
	if !f.fences() {
		severity = ha.Critical // then it will happen
	}
	for _, p := range []struct {
		name string
		ok   []string
	}{
		{"after-sb-0pri", []string{"", "disconnect", "discard-zero-changes"}}, // the last loses nothing: one side has none
		{"after-sb-1pri", []string{"", "disconnect", "consensus"}},
		{"after-sb-2pri", []string{"", "disconnect"}},
	} {
		if value := f.get(Net, p.name); !slices.Contains(p.ok, value) {
			f.add(ha.FindingDRBDDiscards, severity, "option", p.name, "value", value)
		}
	}
	if value := f.get(Net, "rr-conflict"); value == "violently" || value == "auto-discard" {
		f.add(ha.FindingDRBDDiscards, severity, "option", "rr-conflict", "value", value)
	}
	if f.get(Net, "allow-two-primaries") == "yes" {
		f.add(ha.FindingDRBDBothWrite, ha.Warning)
	}
}

// weak are hashes for which collisions have been made. As HMAC they still hold; nobody should have to explain why.
var weak = []string{"md5", "sha1", "md4", "crc32", "crc32c"}

func (f *finder) secret() {
	alg := f.get(Net, "cram-hmac-alg")
	switch {
	case alg == "" || f.get(Net, secretName) == "":
		f.add(ha.FindingDRBDNoSecret, ha.Warning)
	case slices.Contains(weak, alg):
		f.add(ha.FindingDRBDWeakHash, ha.Info, "alg", alg)
	}
	if f.v.Exposed != "" {
		f.add(ha.FindingDRBDExposed, ha.Critical, "file", f.v.Exposed)
	}
}

// losses: what is called written and is not.
func (f *finder) losses() {
	if f.v.Protocol != "C" {
		f.add(ha.FindingDRBDProtocol, ha.Warning, "protocol", f.v.Protocol)
	}
	for _, name := range []string{"disk-flushes", "md-flushes"} {
		if f.get(Disk, name) == "no" {
			f.add(ha.FindingDRBDNoFlush, ha.Critical, "option", name)
		}
	}
	if f.get(Disk, "disk-drain") == "no" && f.get(Disk, "disk-flushes") == "no" && f.get(Disk, "disk-barrier") != "yes" {
		f.add(ha.FindingDRBDNoOrder, ha.Critical)
	}
	if f.get(Net, "on-congestion") == "pull-ahead" {
		f.add(ha.FindingDRBDPullAhead, ha.Warning)
	}
	if f.get(Disk, "al-updates") == "no" {
		f.add(ha.FindingDRBDNoLog, ha.Warning)
	}
}

// unstable matches names that the kernel deals out in the order in which it finds disks.
var unstable = regexp.MustCompile(`^/dev/(sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme[0-9]+n[0-9]+(p[0-9]+)?|dm-[0-9]+)[0-9]*$`)

func (f *finder) rest() {
	if value := f.get(Disk, "on-io-error"); value != "" && value != "detach" {
		f.add(ha.FindingDRBDIOError, ha.Warning, "value", value)
	}
	if f.get(Net, "verify-alg") == "" {
		f.add(ha.FindingDRBDNoVerify, ha.Info)
	}
	for _, r := range f.v.Replicas {
		if unstable.MatchString(r.Disk) {
			f.add(ha.FindingDRBDUnstable, ha.Warning, "node", r.Node, "disk", r.Disk)
		}
	}
	if f.get(Net, "unplug-watermark") != "" {
		f.add(ha.FindingDRBDObsolete, ha.Info, "option", "unplug-watermark")
	}
	if n := len(f.v.Replicas); n > 2 && f.get(Resource, "quorum") != "majority" && f.get(Resource, "quorum") != "all" {
		f.add(ha.FindingDRBDNoQuorum, ha.Warning)
	}
	if f.c.Kernel == "" {
		return
	}
	d := DialectOf(f.c.Kernel)
	for section, list := range f.v.Options {
		for name, value := range list {
			if o := Find(section, name); o != nil && name != secretName && name != "unplug-watermark" && (!o.In(d) || o.Takes(value, d) != "" && o.Takes(value, V9) == "") {
				f.add(ha.FindingDRBDVersion, ha.Warning, "option", name, "value", value, "version", f.c.Kernel)
			}
		}
	}
}
