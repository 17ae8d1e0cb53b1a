package ha

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/internal/fault"
)

// SBD is how nodes fence themselves with a watchdog, and each other over a shared disk. Source: sbd(8).
type SBD struct {
	Devices  []string `json:"devices" doc:"None: the watchdog alone (diskless). Else 1 or 3 shared block devices (2 where nothing else can be had), by names that are the same on every node."`
	Watchdog string   `json:"watchdog,omitempty" doc:"The watchdog's device on every node; /dev/watchdog where it is not given."`
	// Watchdogs are for machines that are not alike: the kernel numbers watchdogs as it finds them.
	Watchdogs map[string]string `json:"watchdogs,omitempty" doc:"The watchdog's device by node, where it is another one there."`
	// Timeout is the one time that a person chooses; all others follow from it.
	Timeout int `json:"watchdogTimeout,omitempty" minimum:"1" maximum:"600" doc:"Seconds until the watchdog resets a node that does not answer; 5 where it is not given, more where a path of the storage takes longer to fail."`
	Path    int `json:"pathTimeout,omitempty" minimum:"0" maximum:"600" doc:"Seconds until multipath or iSCSI has given a path up; the watchdog must wait longer."`
	// Override names what a device carries that may be overwritten: the word with which it was refused.
	Override string `json:"override,omitempty" doc:"What the devices carry and may be overwritten, as the refusal named it."`
	Restart  bool   `json:"restart,omitempty" doc:"Stop and start the whole cluster, so that it takes effect now: SBD starts with Corosync only."`
}

// The bounds and factors of SBD's times. Sources: sbd(8); SUSE Linux Enterprise HA, "Storage protection and SBD".
const (
	sbdTimeout      = 5  // SBD's own
	sbdMultipath    = 15 // where a path may fail first and no time is given for it
	stockFenceTime  = 60 // Pacemaker's stonith-timeout
	stockPowerTime  = 30 // fence_sbd's power_timeout
	MaxSBDDevices   = 3
	WatchdogDefault = "/dev/watchdog"
)

// SBDTimes are the times that follow from one another, in seconds.
type SBDTimes struct {
	Watchdog        int          `json:"watchdog" doc:"SBD_WATCHDOG_TIMEOUT, and the devices' watchdog timeout."`
	Msgwait         int          `json:"msgwait,omitempty" doc:"How long a poison pill is given to be swallowed."`
	Power           int          `json:"power,omitempty" doc:"power_timeout of fence_sbd: it ends its own poison pill, and calls it failed, where msgwait is longer."`
	StonithWatchdog int          `json:"stonithWatchdog,omitempty" doc:"stonith-watchdog-timeout: how long the others wait for a node to reset itself (diskless)."`
	Stonith         int          `json:"stonith" doc:"stonith-timeout."`
	DelayStart      int          `json:"delayStart" doc:"SBD_DELAY_START: how long a node that comes back waits, so that it is not taken for one that never went."`
	Derivation      []Derivation `json:"derivation" doc:"How each follows; sbd.rule.<rule> is its sentence."`
}

// Derivation says how a value follows from others.
type Derivation struct {
	Name  string            `json:"name" doc:"What is set, in the words of its configuration."`
	Value int               `json:"value"`
	Rule  string            `json:"rule"`
	Args  map[string]string `json:"args,omitempty"`
}

// SBDRules are all rules of Derivation.
var SBDRules = []string{"given", "stock", "multipath", "path", "msgwait", "power", "power_stock", "stonith_watchdog", "stonith_disk", "stonith_diskless", "stonith_stock", "delay_disk", "delay_diskless"}

// Times derives all times. Detection is how long Corosync needs to agree on a membership without a node, in seconds; multipath
// says that a device is reached by several paths or by iSCSI.
func (s SBD) Times(detection int, multipath bool) SBDTimes {
	var t SBDTimes
	note := func(name string, value int, rule string, pairs ...string) int {
		d := Derivation{Name: name, Value: value, Rule: rule, Args: map[string]string{"value": strconv.Itoa(value)}}
		for i := 0; i+1 < len(pairs); i += 2 {
			d.Args[pairs[i]] = pairs[i+1]
		}
		t.Derivation = append(t.Derivation, d)
		return value
	}
	n := strconv.Itoa
	const watchdog = "SBD_WATCHDOG_TIMEOUT"
	switch {
	case s.Timeout > 0:
		t.Watchdog = note(watchdog, s.Timeout, "given")
	case s.Path > 0 && len(s.Devices) > 0:
		t.Watchdog = note(watchdog, max(sbdTimeout, s.Path+sbdTimeout), "path", "path", n(s.Path))
	case multipath && len(s.Devices) > 0:
		t.Watchdog = note(watchdog, sbdMultipath, "multipath")
	default:
		t.Watchdog = note(watchdog, sbdTimeout, "stock")
	}
	wait := 2 * t.Watchdog
	if len(s.Devices) > 0 {
		t.Msgwait = note("msgwait", wait, "msgwait", "watchdog", n(t.Watchdog))
		if power := (wait*11 + 9) / 10; power > stockPowerTime {
			t.Power = note("power_timeout", power, "power", "msgwait", n(wait))
		} else {
			t.Power = note("power_timeout", stockPowerTime, "power_stock", "least", n(power))
		}
	} else {
		t.StonithWatchdog = note("stonith-watchdog-timeout", wait, "stonith_watchdog", "watchdog", n(t.Watchdog))
	}
	least := (wait*12 + 9) / 10
	switch {
	case least <= stockFenceTime:
		t.Stonith = note("stonith-timeout", stockFenceTime, "stonith_stock", "least", n(least))
	case len(s.Devices) > 0:
		t.Stonith = note("stonith-timeout", least, "stonith_disk", "msgwait", n(wait))
	default:
		t.Stonith = note("stonith-timeout", least, "stonith_diskless", "wait", n(wait))
	}
	if len(s.Devices) > 0 {
		t.DelayStart = note("SBD_DELAY_START", wait+detection, "delay_disk", "msgwait", n(wait), "detection", n(detection))
	} else {
		t.DelayStart = note("SBD_DELAY_START", wait+detection, "delay_diskless", "wait", n(wait), "detection", n(detection))
	}
	return t
}

// WatchdogFact is a watchdog of a host.
type WatchdogFact struct {
	Device   string `json:"device"`
	Identity string `json:"identity,omitempty" doc:"What it calls itself, for example iTCO_wdt."`
	Timeout  int    `json:"timeout,omitempty" doc:"Seconds, as it is set now."`
	Soft     bool   `json:"soft,omitempty" doc:"softdog: made by the kernel, so a kernel that hangs hard is not reset."`
	Busy     bool   `json:"busy,omitempty" doc:"Somebody holds it."`
}

// SBDDisk is a block device as a host sees it.
type SBDDisk struct {
	Device    string `json:"device"`
	Missing   bool   `json:"missing,omitempty" doc:"There is no such block device on this host."`
	Failed    bool   `json:"failed,omitempty" doc:"It cannot be read: the disk, or the path to it, has failed."`
	Content   string `json:"content,omitempty" doc:"What it carries: empty, sbd, or the name of a file system, partition table or volume; data for what nobody knows."`
	UUID      string `json:"uuid,omitempty" doc:"Of SBD's header: the same on every node, or it is not the same disk."`
	Watchdog  int    `json:"watchdog,omitempty" doc:"Seconds, in SBD's header."`
	Msgwait   int    `json:"msgwait,omitempty" doc:"Seconds, in SBD's header."`
	Multipath bool   `json:"multipath,omitempty" doc:"Reached by several paths (dm-multipath) or by iSCSI."`
}

// The contents of a disk that are no other's data.
const (
	DiskEmpty = "empty"
	DiskSBD   = "sbd"
	DiskData  = "data"
)

// SBDHost is what a host tells of SBD.
type SBDHost struct {
	Installed bool              `json:"installed"`
	Active    bool              `json:"active" doc:"The daemon runs."`
	Enabled   bool              `json:"enabled" doc:"It starts with Corosync."`
	File      string            `json:"file,omitempty" doc:"The file that configures it."`
	Settings  map[string]string `json:"settings,omitempty"`
	Watchdogs []WatchdogFact    `json:"watchdogs"`
	Disks     []SBDDisk         `json:"disks,omitempty"`
}

// WatchdogOf is the watchdog's device on a node.
func (s SBD) WatchdogOf(node string) string {
	return cmp.Or(s.Watchdogs[node], s.Watchdog, WatchdogDefault)
}

// Settings are the lines of SBD's file on a node that Hawser sets; all others stay as they are.
func (s SBD) Settings(t SBDTimes, node string) map[string]string {
	return map[string]string{
		"SBD_DEVICE": strings.Join(s.Devices, ";"), "SBD_PACEMAKER": "yes", "SBD_STARTMODE": "always", "SBD_DELAY_START": strconv.Itoa(t.DelayStart),
		"SBD_WATCHDOG_DEV": s.WatchdogOf(node), "SBD_WATCHDOG_TIMEOUT": strconv.Itoa(t.Watchdog),
	}
}

// aDevice is a path that needs no quotes in a shell file and no thought in a list.
func aDevice(text string) bool {
	return strings.HasPrefix(text, "/dev/") && path.Clean(text) == text && !strings.ContainsAny(text, " ;\"'`$\\\n\t") && len(text) < 256
}

// ValidateSBD checks what can be known without asking a host.
func ValidateSBD(s SBD) error {
	var f fault.Fields
	if len(s.Devices) > MaxSBDDevices {
		f.Add("devices", "sbd.too_many", "at most three devices", "max", strconv.Itoa(MaxSBDDevices))
	}
	for i, d := range s.Devices {
		at := "devices[" + strconv.Itoa(i) + "]"
		switch {
		case !aDevice(d):
			f.Add(at, "sbd.device_invalid", "not a device's path", "device", d)
		case slices.Contains(s.Devices[:i], d):
			f.Add(at, "sbd.device_twice", "given twice", "device", d)
		}
	}
	if s.Watchdog != "" && !aDevice(s.Watchdog) {
		f.Add("watchdog", "sbd.device_invalid", "not a device's path", "device", s.Watchdog)
	}
	for _, node := range sortedKeys(s.Watchdogs) {
		if d := s.Watchdogs[node]; !aDevice(d) {
			f.Add("watchdogs."+node, "sbd.device_invalid", "not a device's path", "device", d)
		}
	}
	if s.Path > 0 && s.Timeout > 0 && s.Timeout <= s.Path {
		f.Add("watchdogTimeout", "sbd.timeout_low", "the storage needs longer to give a path up", "path", strconv.Itoa(s.Path))
	}
	return f.Err()
}

// CheckSBD holds a wish against what the hosts tell: each needs SBD and a watchdog, and each must see the same disks, which
// carry nothing else. Hosts are by node.
func CheckSBD(s SBD, nodes []string, hosts map[string]SBDHost) error {
	var f fault.Fields
	for _, node := range sortedKeys(s.Watchdogs) {
		if !slices.Contains(nodes, node) {
			f.Add("watchdogs."+node, "sbd.unknown_node", "no node of this cluster", "node", node)
		}
	}
	for _, node := range nodes {
		watchdog := s.WatchdogOf(node)

		h := hosts[node]
		if !h.Installed {
			f.Add("devices", "sbd.not_installed", "SBD is not installed on "+node, "node", node)
			continue
		}
		if !slices.ContainsFunc(h.Watchdogs, func(w WatchdogFact) bool { return w.Device == watchdog || watchdog == WatchdogDefault }) {
			at := "watchdog"
			if s.Watchdogs[node] != "" {
				at = "watchdogs." + node
			}
			f.Add(at, "sbd.no_watchdog", node+" has no watchdog "+watchdog, "node", node, "device", watchdog)
		}
		for i, d := range s.Devices {
			at := "devices[" + strconv.Itoa(i) + "]"
			n := slices.IndexFunc(h.Disks, func(x SBDDisk) bool { return x.Device == d })
			switch {
			case n < 0 || h.Disks[n].Missing:
				f.Add(at, "sbd.device_missing", "not on "+node, "device", d, "node", node)
			case h.Disks[n].Failed:
				f.Add(at, "sbd.device_failed", "cannot be read on "+node, "device", d, "node", node)
			case h.Disks[n].Content != DiskEmpty && h.Disks[n].Content != DiskSBD && h.Disks[n].Content != s.Override:
				f.Add(at, "sbd.device_used", "carries "+h.Disks[n].Content, "device", d, "node", node, "content", h.Disks[n].Content)
			}
		}
	}
	return f.Err()
}

// SBDView is all that is known of a cluster's SBD.
type SBDView struct {
	Configured bool               `json:"configured"`
	Active     bool               `json:"active" doc:"The daemon runs on every node."`
	Devices    []string           `json:"devices"`
	Times      *SBDTimes          `json:"times,omitempty" doc:"As they are, with how they should follow."`
	Resource   string             `json:"resource,omitempty" doc:"The fence device that writes poison pills."`
	Nodes      map[string]SBDHost `json:"nodes"`
	Findings   []Reason           `json:"findings" doc:"sbd.finding.<code> is the sentence."`
}

// SBDFindings are all codes of findings.
var SBDFindings = []string{"no_watchdog", "softdog", "restart_needed", "uneven", "header_differs", "times_differ", "two_devices", "not_installed", "device_lost", "header_times"}

// ViewSBD brings together what the hosts tell.
func ViewSBD(cfg *Config, nodes []string, hosts map[string]SBDHost, detection int) SBDView {
	cfg = orZero(cfg)
	v := SBDView{Devices: []string{}, Nodes: hosts, Findings: []Reason{}, Active: len(nodes) > 0}
	find := func(code string, level Level, pairs ...string) {
		r := Reason{Code: code, Level: level, Args: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			r.Args[pairs[i]] = pairs[i+1]
		}
		v.Findings = append(v.Findings, r)
	}
	var first map[string]string
	uuid := map[string]string{}
	for _, node := range nodes {
		h, told := hosts[node]
		if !told {
			v.Active = false
			continue
		}
		v.Active = v.Active && h.Active
		if !h.Enabled {
			continue
		}
		v.Configured = true
		if first == nil {
			first = h.Settings
			v.Devices = append(v.Devices, splitHosts(h.Settings["SBD_DEVICE"])...)
		} else if h.Settings["SBD_DEVICE"] != first["SBD_DEVICE"] || h.Settings["SBD_WATCHDOG_TIMEOUT"] != first["SBD_WATCHDOG_TIMEOUT"] {
			find("uneven", AtRisk, "node", node)
		}
		if len(h.Watchdogs) == 0 {
			find("no_watchdog", Unprotected, "node", node)
		} else if !slices.ContainsFunc(h.Watchdogs, func(w WatchdogFact) bool { return !w.Soft }) {
			find("softdog", AtRisk, "node", node)
		}
		if !h.Active {
			find("restart_needed", AtRisk, "node", node)
		}
		for _, d := range h.Disks {
			if d.Missing || d.Failed {
				find("device_lost", AtRisk, "device", d.Device, "node", node)
				continue
			}
			if was, has := uuid[d.Device]; has && was != d.UUID {
				find("header_differs", Unprotected, "device", d.Device, "node", node)
			}
			uuid[d.Device] = d.UUID
		}
	}
	v.Active = v.Active && v.Configured
	if len(v.Devices) == 2 {
		find("two_devices", AtRisk)
	}
	if v.Configured {
		seconds, _ := strconv.Atoi(first["SBD_WATCHDOG_TIMEOUT"])
		t := SBD{Devices: v.Devices, Timeout: seconds}.Times(detection, false)
		v.Times = &t
		for _, x := range []struct {
			name string
			want int
			when bool
		}{{"stonith-watchdog-timeout", t.StonithWatchdog, len(v.Devices) == 0}, {"stonith-timeout", t.Stonith, true}} {
			is, ok := ParseTime(cfg.Properties[x.name])
			if x.name == "stonith-timeout" && !ok {
				is = stockFenceTime * time.Second
			}
			if x.when && v.Active && int(is/time.Second) < x.want {
				find("times_differ", AtRisk, "name", x.name, "want", strconv.Itoa(x.want))
			}
		}
		if d, differs := headerTimes(nodes, hosts, t); differs {
			find("header_times", AtRisk, "device", d.Device, "watchdog", strconv.Itoa(d.Watchdog), "msgwait", strconv.Itoa(d.Msgwait))
		}
	}
	for _, d := range allFenceDevices(cfg.Resources) {
		if d.Agent == "stonith:fence_sbd" || d.Agent == "stonith:external/sbd" {
			v.Resource = d.ID
			power, told := ParseTime(d.Parameters["power_timeout"])
			if !told {
				power = stockPowerTime * time.Second
			}
			if d.Agent == "stonith:fence_sbd" && v.Times != nil && int(power/time.Second) < v.Times.Power {
				find("times_differ", AtRisk, "name", "power_timeout", "want", strconv.Itoa(v.Times.Power))
			}
		}
	}
	return v
}

// headerTimes finds a device whose header has other times than SBD is configured with: for a device, the header's are in force.
func headerTimes(nodes []string, hosts map[string]SBDHost, t SBDTimes) (SBDDisk, bool) {
	for _, node := range nodes {
		for _, d := range hosts[node].Disks {
			if d.Content == DiskSBD && (d.Watchdog != t.Watchdog || d.Msgwait < t.Msgwait) {
				return d, true
			}
		}
	}
	return SBDDisk{}, false
}
