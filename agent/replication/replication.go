// Package replication is what a replication driver can do on one host. Each driver passes the suite in replicationtest.
package replication

import (
	"context"

	"hawser/internal/ha"
)

// Driver replicates volumes of this host. What a person may be told is a fault; done twice is done once.
type Driver interface {
	// Name is the driver's name in a volume.
	Name() ha.VolumeDriver
	// Versions are those of the kernel's part and of the tools; the first is empty where the kernel has none.
	Versions(ctx context.Context) (kernel, tools string, err error)

	// Inspect looks at a disk, and at what is taken on this host already; an empty disk asks for the latter alone. Nothing changes.
	Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error)

	// Volumes are all that are configured on this host, also those that others have configured.
	Volumes(ctx context.Context) ([]ha.Volume, error)
	// Configure writes the volume's configuration on this host, with its secret, atomically, and has the driver take it over where the
	// volume is up. It never touches a file that others have written.
	Configure(ctx context.Context, v ha.Volume, secret string) error
	// Forget takes the configuration away.
	Forget(ctx context.Context, name string) error

	// Create lays the metadata out on this host's disk. It refuses a disk that is in use, and one that carries what destroy does not name.
	Create(ctx context.Context, name string, destroy []string) error
	// Wipe takes the metadata that Create has laid out off the disk, and no other; the volume must be down.
	Wipe(ctx context.Context, name string) error
	// Up attaches the disk and connects; Down undoes it.
	Up(ctx context.Context, name string) error
	Down(ctx context.Context, name string) error

	// FirstSync makes this host's data the ones that count: they are copied to the peer, or, skipped, declared to be there already.
	FirstSync(ctx context.Context, name string, how ha.FirstSync) error
	// Act carries out one action; limit, in bytes per second, is of VolumeLimit alone, and 0 gives the rate back to the controller.
	// A verification, a resync or a discard has begun when it returns, not ended.
	Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error

	// Format makes a file system, ext4 or xfs, on the volume, where this host is Primary. A volume that carries anything is refused.
	Format(ctx context.Context, name, kind string) error

	// Status is how all volumes are, and Watch calls changed whenever that may be different, until ctx ends.
	Status(ctx context.Context) ([]ha.VolumeState, error)
	Watch(ctx context.Context, changed func()) error
	// Split is what this side can show of a split brain, or would have to show if this were one: the sides are told apart by it.
	Split(ctx context.Context, name string) (ha.SplitSide, error)
}
