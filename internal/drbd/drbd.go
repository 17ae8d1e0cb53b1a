// Package drbd reads, writes and judges DRBD's own configuration: the language of /etc/drbd.conf and /etc/drbd.d, as the parsers for
// DRBD 8.4 and DRBD 9 take it. Pure.
//
// Whatever a text says is given back in the modern spelling: syncer{} is dealt out to disk, net and options, no-disk-flushes becomes
// disk-flushes no, fencing stands in net, as in DRBD 9. For 8.4 the writer puts it back into disk.
package drbd

import (
	"strings"

	"hawser/internal/ha"
)

// Dialect is the version of DRBD for which a configuration is written. They differ in which options there are, and where they stand.
type Dialect int

// The dialects.
const (
	V84 Dialect = iota
	V9
)

// DialectOf is the dialect that a version of the kernel module wants; the newest where it is unknown.
func DialectOf(version string) Dialect {
	if strings.HasPrefix(version, "8.") {
		return V84
	}
	return V9
}

// The sections of options.
const (
	Disk     = "disk"
	Net      = "net"
	Resource = "options"
	Handlers = "handlers"
	Startup  = "startup"
)

// Sections are all of them, in the order in which they are written.
var Sections = []string{Net, Disk, Resource, Handlers, Startup}

// Limits of what is read.
const (
	maxText       = 1 << 20 // bytes
	maxDepth      = 8
	maxStatements = 20000
	maxWord       = 128 // of the real scanners: a word, and a text between quotes
	maxQuoted     = 255
)

// secretName is the option that is never shown.
const secretName = "shared-secret"

// Hidden stands for a secret.
const Hidden = "***"

// Reading is what was read of a text.
type Reading struct {
	// Volumes have *** for their secrets. A resource of several devices is one volume each, named resource/number, as drbdadm names them.
	Volumes []ha.Volume
	// Secrets are by the resource's name.
	Secrets map[string]string
	// Findings are of the text itself: what is unknown, out of range, left out. Of what the volumes say, Findings tells.
	Findings []ha.Finding
}

// ResourceOf is the name of the resource that a volume belongs to.
func ResourceOf(volume string) string {
	name, _, _ := strings.Cut(volume, "/")
	return name
}
