// Package replicationtest is what every replication driver must do, on two hosts. It runs against the simulated one always, and on real DRBD
// in virtual machines.
package replicationtest

import (
	"testing"
	"time"

	"hawser/agent/replication"
)

// Pair is two hosts without volumes, on which the suite may do what it likes. Functions fail the test where they cannot.
type Pair struct {
	Sides [2]*Side
	// Cut and Heal are of the network between the two that carries the replication.
	Cut, Heal func(t *testing.T)
	// Minor and Port are free on both.
	Minor, Port int
	// Slow asks that a resync take so long that it can be watched, paused and limited: the disks hold data enough, or the network is slow. False
	// leaves those out.
	Slow bool
	// Patience bounds one wait.
	Patience time.Duration
	// Traits are how the driver differs from DRBD; nil is DRBD's way.
	Traits *Traits
}

// Traits are what a driver is called by, and what it declares that it has not. That is never left out: the suite demands that it is refused,
// by its name, or that it does not come about.
type Traits struct {
	Device   string                       // of the suite's volume
	Options  map[string]map[string]string // that its volume is made with
	Number   [2]string                    // section and name of an option that takes a number
	Metadata string                       // how its metadata are called when a disk is looked at
	// Protocols are those that it has.
	Protocols []string
	// Arbitrated: who is Primary a third party decides, so that of two sides which do not see each other one is refused: there is no split brain.
	Arbitrated bool
	// Attached: a disk is attached as long as the volume is up.
	Attached bool
	// PrimaryVerifies: only a Primary compares.
	PrimaryVerifies bool
	// Refused is what a connection is called that a wrong secret keeps from coming about.
	Refused string
}

var drbd = Traits{
	Options: map[string]map[string]string{
		"net":  {"cram-hmac-alg": "sha256", "verify-alg": "sha256", "ping-int": "3", "ping-timeout": "20", "timeout": "25", "connect-int": "3"},
		"disk": {"on-io-error": "detach"},
	},
	Number: [2]string{"net", "timeout"}, Metadata: "drbd", Protocols: []string{"A", "B", "C"}, Refused: "StandAlone",
}

// Side is one host of a pair.
type Side struct {
	Node   string
	Driver replication.Driver
	// Disk is blank, as large as the other side's, and may be overwritten. Occupied carries an ext4 that must survive; empty where there is none.
	Disk, Occupied string
	Address        string
	// Write and Read go through a device, past all caches; Write returns when the data are safe.
	Write func(t *testing.T, device string, at int64, data []byte)
	Read  func(t *testing.T, device string, at int64, n int) []byte
	// Plant writes to the disk below, past the driver.
	Plant func(t *testing.T, at int64, data []byte)
	// Kill ends the host as a loss of power does; Revive starts it again, with a Driver that works. Nil where that cannot be.
	Kill, Revive func(t *testing.T)
}
