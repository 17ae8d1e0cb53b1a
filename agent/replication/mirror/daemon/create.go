package daemon

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hawser/agent/replication/mirror/device"
	"hawser/agent/replication/mirror/format"
	"hawser/internal/fault"
)

// Data is what a new replica's data are.
type Data string

// The kinds of data.
const (
	Nothing Data = "none"   // it gets everything from the peer
	Source  Data = "source" // what is on the volume counts; the peer gets it
	Equal   Data = "equal"  // both sides have the same, such as nothing but zeroes: no first sync
)

// How a volume is divided. A piece is what a resync copies at once, and fits into a frame.
const (
	pieceSize  = 64 << 10
	pieceMost  = 1 << 20
	extentSize = 4 << 20
)

// divide returns how a volume is divided. The same size is always divided the same way.
func divide(size int64) format.Geometry {
	g := format.Geometry{Size: size, Bit: pieceSize, Extent: extentSize, Slots: format.MaxSlots}
	for g.Size/g.Bit >= format.MaxBits && g.Bit < pieceMost {
		g.Bit *= 2
	}
	return g
}

// geometry is of the configured size, or of the largest that the device holds.
func (c Config) geometry(d *device.Device) (format.Geometry, error) {
	g := divide(c.Size)
	if c.Size == 0 {
		g = divide((d.Size() - divide(d.Size()).DataOffset()) / format.BlockSize * format.BlockSize)
	}
	if g.Size <= 0 || g.DeviceSize() > d.Size() {
		return g, fmt.Errorf("%s: %w: %d bytes, %d are needed", c.Device, errSmall, d.Size(), g.DeviceSize())
	}
	return g, g.Validate()
}

// Create lays the metadata out. Kinds are what is known to be on the device: it is refused unless destroy names all of that, and nothing
// else. What is there and has no name is called data, a replica mirror.
func Create(c Config, what Data, kinds, destroy []string) error {
	d, err := device.Open(c.Device)
	if err != nil {
		return Fault(err)
	}
	defer d.Close()
	g, err := c.geometry(d)
	if err != nil {
		return Fault(err)
	}
	super, err := c.super(d, g, what)
	if err != nil {
		return err
	}
	beginning, err := d.ReadAt(g.DataOffset(), 0)
	if err != nil {
		return err
	}
	if err := occupied(c.Device, carries(kinds, beginning), destroy); err != nil {
		return err
	}
	return lay(d, super)
}

func (c Config) super(d *device.Device, g format.Geometry, what Data) (format.Super, error) {
	volume, err := c.id()
	if err != nil {
		return format.Super{}, err
	}
	s := format.Super{Volume: volume, Device: d.ID(), Node: c.Side, Geometry: g, State: format.Inconsistent}
	switch what {
	case Nothing:
		return s, nil
	case Source:
		var b [8]byte
		_, err = rand.Read(b[:])
		s.Current = format.Generation(max(binary.LittleEndian.Uint64(b[:]), 1))
	case Equal: // a generation that both sides come to by themselves
		sum := sha256.Sum256(append([]byte("hawser mirror equal"), volume[:]...))
		s.Current = format.Generation(max(binary.LittleEndian.Uint64(sum[:]), 1))
	default:
		return s, fault.New(fault.Invalid, "mirror.data", "data %q: none, source or equal", what).With("data", string(what))
	}
	s.State = format.Consistent
	return s, err
}

// carries adds to what libblkid knows what only we know.
func carries(kinds []string, beginning []byte) []string {
	all := slices.Clone(kinds)
	if err := format.CheckBlank(beginning); err != nil {
		if _, err := format.ReadSuper(beginning); !errors.Is(err, format.ErrNone) {
			all = append(all, "mirror")
		} else if len(all) == 0 {
			all = append(all, "data")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func occupied(path string, kinds, destroy []string) error {
	for _, k := range kinds {
		if !slices.Contains(destroy, k) {
			list := strings.Join(kinds, ",")
			return fault.New(fault.Conflict, "mirror.occupied", "%s carries %s", path, list).With("device", path, "kinds", list)
		}
	}
	for _, k := range destroy {
		if !slices.Contains(kinds, k) {
			return fault.New(fault.Conflict, "mirror.nothing_there", "%s does not carry %s", path, k).With("device", path, "kinds", k)
		}
	}
	return nil
}

// lay writes the superblocks last, and takes old ones away first: at any moment there is a replica, or none.
func lay(d *device.Device, s format.Super) error {
	b, err := format.Lay(s)
	if err != nil {
		return err
	}
	supers := int64(2 * format.BlockSize)
	for _, step := range []func() error{
		func() error { return d.WriteAt(device.Aligned(int(supers)), 0) },
		d.Sync,
		func() error { return d.WriteAt(b[supers:], supers) },
		d.Sync,
		func() error { return d.WriteAt(b[:supers], 0) },
		d.Sync,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Bears says whether the device has the metadata of this very side.
func Bears(c Config) (bool, error) {
	d, err := device.Open(c.Device)
	if err != nil {
		return false, Fault(err)
	}
	defer d.Close()
	return c.bears(d)
}

func (c Config) bears(d *device.Device) (bool, error) {
	s, err := Super(d)
	if errors.Is(err, format.ErrNone) || errors.Is(err, errSmall) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	id, err := c.id()
	return s.Volume == id && s.Node == c.Side && s.Device == d.ID(), err
}

// Wipe takes the metadata of this very side off the device, and no others. The data behind them stay.
func Wipe(c Config) error {
	d, err := device.Open(c.Device)
	if err != nil {
		return Fault(err)
	}
	defer d.Close()
	own, err := c.bears(d)
	if err != nil || !own {
		return err
	}
	if err := d.WriteAt(device.Aligned(2*format.BlockSize), 0); err != nil {
		return err
	}
	return d.Sync()
}
