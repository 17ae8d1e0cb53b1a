package ha

import "path/filepath"

// SystemdAgent is Hawser's own resource agent for units of systemd.
const SystemdAgent = "ocf:hawser:systemd"

// UnitName is what systemd calls a unit that somebody has named, with or without its suffix.
func UnitName(name string) string {
	if name == "" {
		return ""
	}
	switch filepath.Ext(name) {
	case ".service", ".socket", ".mount", ".timer", ".path", ".target", ".device", ".automount", ".swap", ".slice", ".scope":
		return name
	}
	return name + ".service"
}
