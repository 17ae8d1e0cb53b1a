package ha

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"hawser/internal/fault"
)

// Bounds of what Corosync and Pacemaker take, and of what Hawser has tried.
const (
	MaxClusterName = 15 // DLM and GFS2 hold no longer cluster name
	MaxNodeName    = 64 // HOST_NAME_MAX of Linux: Pacemaker finds a node by what uname says
	MaxNodes       = 32
	MaxLinks       = 7
	MaxID          = 128
	MaxValue       = 4096
)

var (
	clusterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	nodeName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	onlyDigits  = regexp.MustCompile(`^[0-9]+$`)
	// xmlID is an XML NCName as far as ASCII goes: the CIB's schema refuses anything else as an ID.
	xmlID     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]*$`)
	valueName = regexp.MustCompile(`^[A-Za-z_#][A-Za-z0-9._:#-]*$`)
	// duration is what Pacemaker's crm_get_msec reads, and ISO 8601 durations.
	duration = regexp.MustCompile(`^([0-9]{1,9}\s*(us|usec|ms|msec|s|sec|m|min|h|hr)?|P([0-9]+[YMWD])*(T([0-9]+[HMS])+)?)$`)
	anAgent  = regexp.MustCompile(`^(ocf:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+|(stonith|systemd|lsb|service|upstart|nagios):[A-Za-z0-9_.@:\\-]+)$`)
)

// CheckClusterName refuses what Corosync, or what sits on it, could not bear as a cluster's name.
func CheckClusterName(name string) error {
	var f fault.Fields
	checkClusterName(&f, "name", name)
	return f.Err()
}

// CheckNodeName refuses what is no host name, and names of digits only, which Pacemaker's tools take for node IDs.
func CheckNodeName(name string) error {
	var f fault.Fields
	checkNodeName(&f, "name", name)
	return f.Err()
}

// CheckID refuses what the CIB does not take as the ID of a resource or constraint.
func CheckID(id string) error {
	var f fault.Fields
	checkID(&f, "id", id)
	return f.Err()
}

func checkClusterName(f *fault.Fields, path, name string) {
	switch {
	case required(f, path, name):
	case len(name) > MaxClusterName:
		f.Add(path, "field.too_long", "at most 15 characters", "max", "15")
	case !clusterName.MatchString(name):
		f.Add(path, "cluster.name_invalid", "letters, digits, hyphens and underscores, a letter or digit first", "name", name)
	}
}

func checkNodeName(f *fault.Fields, path, name string) {
	switch {
	case required(f, path, name):
	case len(name) > MaxNodeName:
		f.Add(path, "field.too_long", "at most 64 characters", "max", "64")
	case !nodeName.MatchString(name):
		f.Add(path, "node.name_invalid", "not a host name: letters, digits and hyphens, parts joined by dots", "name", name)
	case onlyDigits.MatchString(name):
		f.Add(path, "node.name_numeric", "a name of digits only would be taken for a node ID", "name", name)
	case strings.EqualFold(name, "localhost") || strings.HasPrefix(strings.ToLower(name), "localhost."):
		f.Add(path, "node.name_localhost", "every host calls itself localhost", "name", name)
	}
}

func checkID(f *fault.Fields, path, id string) {
	switch {
	case required(f, path, id):
	case len(id) > MaxID:
		f.Add(path, "field.too_long", "at most 128 characters", "max", "128")
	case !xmlID.MatchString(id):
		f.Add(path, "id.invalid", "a letter or underscore first, then letters, digits, dots, hyphens, underscores", "id", id)
	}
}

// required notes that a value is missing and says whether it is.
func required(f *fault.Fields, path, value string) bool {
	if value == "" {
		f.Add(path, "field.required", "missing")
	}
	return value == ""
}

func checkDuration(f *fault.Fields, path, value string) {
	if value != "" && (!duration.MatchString(value) || value == "P") {
		f.Add(path, "duration.invalid", "not a time such as 10s, 500ms or 2min", "value", value)
	}
}

func checkScore(f *fault.Fields, path, value string) {
	switch strings.ToUpper(value) {
	case "INFINITY", "+INFINITY", "-INFINITY":
		return
	}
	if n, err := strconv.Atoi(value); err != nil || n > infinity || n < -infinity {
		f.Add(path, "score.invalid", "INFINITY, -INFINITY or a whole number between -1000000 and 1000000", "value", value)
	}
}

// checkValues holds names and values to what an XML attribute can carry.
func checkValues(f *fault.Fields, path string, values map[string]string) {
	for _, name := range sortedKeys(values) {
		at := path + "." + name
		switch value := values[name]; {
		case !valueName.MatchString(name):
			f.Add(at, "attribute.name_invalid", "not a name that the cluster takes", "name", name)
		case len(value) > MaxValue:
			f.Add(at, "field.too_long", "at most 4096 bytes", "max", "4096")
		case !xmlText(value):
			f.Add(at, "attribute.value_invalid", "holds characters that XML cannot carry", "name", name)
		}
	}
}

// xmlText says whether XML 1.0 can carry s: no control characters but tab and line ends, and valid UTF-8.
func xmlText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0x7f || r == 0xfffe || r == 0xffff
	})
}
