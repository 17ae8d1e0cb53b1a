package ha

import "slices"

// OptionDanger is a value of a cluster property that may do harm; option.danger.<code> in internal/words says which.
type OptionDanger struct {
	Name  string `json:"-"`
	Value string `json:"value"`
	Code  string `json:"code"`
}

// OptionDangers are the values that may do harm. Source: Pacemaker Explained, "Cluster Options"; what only-green does was measured.
var OptionDangers = []OptionDanger{
	{"stonith-enabled", "false", "no_fencing"},
	{"no-quorum-policy", "ignore", "quorum_ignored"},
	{"startup-fencing", "false", "no_startup_fencing"},
	{"maintenance-mode", "true", "maintenance"},
	{"stop-all-resources", "true", "stop_all"},
	{"enable-startup-probes", "false", "no_probes"},
	{"stop-orphan-resources", "false", "orphans_left"},
	{"remove-after-stop", "true", "remove_after_stop"},
	{"node-health-strategy", "only-green", "only_green"},
}

// DangersOf returns the values of a property that may do harm.
func DangersOf(name string) []OptionDanger {
	return slices.DeleteFunc(slices.Clone(OptionDangers), func(d OptionDanger) bool { return d.Name != name })
}

// DangerOf says what may come of a property's value; empty where nothing is known.
func DangerOf(name, value string) string {
	for _, d := range OptionDangers {
		if d.Name == name && d.Value == value {
			return d.Code
		}
	}
	return ""
}
