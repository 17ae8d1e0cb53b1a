package wire

// The commands of SBD and of secrets that fence agents read from files.
const (
	InspectSBD   CommandName = "sbd.inspect"   // InspectSBDArgs → ha.SBDHost: nothing changes
	ConfigureSBD CommandName = "sbd.configure" // ConfigureSBDArgs
	CreateSBD    CommandName = "sbd.create"    // CreateSBDArgs: writes the headers of devices
	PutSecret    CommandName = "secret.put"    // SecretArgs: a file of mode 0600 that fence agents read
	DropSecret   CommandName = "secret.drop"   // SecretArgs: Value is empty
)

// InspectSBDArgs names the devices that are looked at besides those that are configured.
type InspectSBDArgs struct {
	Devices []string `json:"devices,omitempty"`
}

// ConfigureSBDArgs are the lines of SBD's file; nil switches SBD off. It takes effect when Corosync starts.
type ConfigureSBDArgs struct {
	Settings map[string]string `json:"settings,omitempty"`
}

// CreateSBDArgs makes SBD's header on devices. The agent refuses a device that carries anything but what Override names.
type CreateSBDArgs struct {
	Devices  []string `json:"devices"`
	Watchdog int      `json:"watchdog"` // seconds
	Msgwait  int      `json:"msgwait"`  // seconds
	Override string   `json:"override,omitempty"`
}

// SecretArgs is a secret under a name that is made of its hash.
type SecretArgs struct {
	Name  string `json:"name"`
	Value []byte `json:"value,omitempty"`
}
