package daemon

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/format"
	"hawser/agent/replication/mirror/tcp"
	"hawser/internal/fault"
)

// Config is what one side of a volume is told. The file is JSON.
type Config struct {
	Name   string `json:"name"`   // of the volume, for people and paths
	Volume string `json:"volume"` // its UUID: 32 hexadecimal digits
	Side   uint8  `json:"side"`   // 1 or 2
	Device string `json:"device"`
	Size   int64  `json:"size"` // of the volume, in bytes; 0 takes what the metadata say

	Address string `json:"address"` // where side 2 listens: the same on both
	KeyFile string `json:"key_file"`
	RunDir  string `json:"run_dir"`

	// Nodes are the cluster's names of the nodes with side 1 and side 2. The in-sync set is in their CIB.
	Nodes []string `json:"nodes,omitempty"`
	// Helper is the program that changes the in-sync set, with its arguments; see Question. Without one it is this program, for Nodes.
	Helper []string `json:"helper,omitempty"`
	// Link is where the block device is found while this side is Primary: a name that stays, which the loop device's number does not.
	Link string `json:"link,omitempty"`

	Timing Timing `json:"timing"`
	Resync Bounds `json:"resync"`
}

// Bounds are core.Rate's, in bytes per second; zero means the usual.
type Bounds struct {
	Min int64 `json:"min,omitempty"` // whatever the application feels of it
	Max int64 `json:"max,omitempty"` // none
}

// Timing are core.Timing's bounds in milliseconds; zero means the usual.
type Timing struct {
	Ping    int `json:"ping,omitempty"`
	Silence int `json:"silence,omitempty"`
	Slow    int `json:"slow,omitempty"`
	Retry   int `json:"retry,omitempty"`
}

const (
	// RunDir is where sockets are, unless the configuration says otherwise.
	RunDir = "/run/hawser-mirror"
	// maxFile bounds what is read of a file.
	maxFile = 64 << 10
	// connections are for control, and for data.
	connections = 1 + dataConnections
	// dataConnections: more than one, so that a lost packet holds up a part only.
	dataConnections = 2
	maxMilliseconds = 600_000
	// linkDir is where links to block devices are.
	linkDir = "/dev/hawser/"
	// usualRate is the least that a resync gets: a terabyte in two days and a half, beside an application that leaves it nothing.
	usualRate           = 4 << 20
	leastRate, mostRate = 64 << 10, 1 << 40
)

var name = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$`)

// ReadConfig reads a file, and tells all its mistakes at once.
func ReadConfig(path string) (Config, error) {
	c := Config{RunDir: RunDir}
	b, err := readSmall(path)
	if err != nil {
		return c, fault.New(fault.Invalid, "mirror.config", "configuration %s: %w", path, err).With("file", path, "why", err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fault.New(fault.Invalid, "mirror.config", "configuration %s: %w", path, err).With("file", path, "why", err.Error())
	}
	return c, c.Validate()
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, errors.New("not a small regular file")
	}
	return os.ReadFile(path)
}

// Validate says what is wrong.
func (c Config) Validate() error {
	var f fault.Fields
	if !name.MatchString(c.Name) {
		f.Add("name", "field.format", "letters, digits, _ . - only", "format", "[A-Za-z0-9_.-]")
	}
	if _, err := c.id(); err != nil {
		f.Add("volume", "mirror.uuid", "32 hexadecimal digits, not all zero")
	}
	if c.Side != 1 && c.Side != 2 {
		f.Add("side", "mirror.side", "1 or 2")
	}
	for path, file := range map[string]string{"device": c.Device, "key_file": c.KeyFile, "run_dir": c.RunDir} {
		if !filepath.IsAbs(file) || filepath.Clean(file) != file {
			f.Add(path, "mirror.path", "an absolute path")
		}
	}
	if c.Size < 0 || c.Size%format.BlockSize != 0 {
		f.Add("size", "mirror.size", "a multiple of 4096")
	}
	if host, port, err := net.SplitHostPort(c.Address); err != nil || net.ParseIP(host) == nil || port == "" || port == "0" {
		f.Add("address", "mirror.address", "an IP address with a port")
	}
	if len(c.Helper) > 0 && !filepath.IsAbs(c.Helper[0]) || len(c.Helper) == 0 && len(c.Nodes) == 0 {
		f.Add("helper", "mirror.helper", "the absolute path of a program")
	}
	if n := c.Nodes; len(n) > 0 && (len(n) != 2 || n[0] == n[1] || !name.MatchString(n[0]) || !name.MatchString(n[1])) {
		f.Add("nodes", "mirror.nodes", "two nodes")
	}
	if dir, file := filepath.Split(c.Link); c.Link != "" && (!filepath.IsAbs(dir) || !strings.HasSuffix(dir, linkDir) || !name.MatchString(file)) {
		f.Add("link", "mirror.link", "a name in "+linkDir)
	}
	for path, ms := range map[string]int{"timing.ping": c.Timing.Ping, "timing.silence": c.Timing.Silence, "timing.slow": c.Timing.Slow, "timing.retry": c.Timing.Retry} {
		if ms < 0 || ms > maxMilliseconds {
			f.Add(path, "mirror.milliseconds", "0 to 600000")
		}
	}
	for path, rate := range map[string]int64{"resync.min": c.Resync.Min, "resync.max": c.Resync.Max} {
		if rate != 0 && (rate < leastRate || rate > mostRate) {
			f.Add(path, "mirror.rate", "65536 to 1099511627776 bytes per second")
		}
	}
	slices.SortFunc(f, func(a, b fault.Field) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
	return f.Err()
}

func (c Config) id() (format.ID, error) {
	b, err := hex.DecodeString(c.Volume)
	if err != nil || len(b) != len(format.ID{}) || format.ID(b) == (format.ID{}) {
		return format.ID{}, errors.New("no UUID")
	}
	return format.ID(b), nil
}

// timing: a peer is given up before the file system above gives up (30 s and more), and not for a moment of load.
func (c Config) timing() core.Timing {
	or := func(ms int, usual time.Duration) time.Duration {
		if ms == 0 {
			return usual
		}
		return time.Duration(ms) * time.Millisecond
	}
	return core.Timing{
		Ping: or(c.Timing.Ping, time.Second), Silence: or(c.Timing.Silence, 5*time.Second),
		Slow: or(c.Timing.Slow, 10*time.Second), Retry: or(c.Timing.Retry, time.Second),
	}
}

func (c Config) rate() core.Rate {
	r := core.Rate{Min: c.Resync.Min, Max: c.Resync.Max}
	if r.Min == 0 {
		r.Min = usualRate
	}
	return r
}

// key reads the shared secret, which nobody but its owner may read.
func (c Config) key() ([]byte, error) {
	info, err := os.Stat(c.KeyFile)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Invalid, "mirror.key_exposed", "others may read %s", c.KeyFile).With("file", c.KeyFile)
	}
	b, err := readSmall(c.KeyFile)
	if err == nil && len(bytes.TrimSpace(b)) < tcp.MinKey {
		err = tcp.ErrShortKey
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "mirror.key_file", "key %s: %w", c.KeyFile, err).With("file", c.KeyFile, "why", err.Error())
	}
	return bytes.TrimSpace(b), nil
}

// Dir is where the socket, the lock and the mount of the volume are.
func (c Config) Dir() string { return filepath.Join(c.RunDir, c.Name) }

// Socket is where the daemon takes orders.
func (c Config) Socket() string { return filepath.Join(c.Dir(), "socket") }

// PIDFile names the daemon, for whoever wants to know at once that it has ended.
func (c Config) PIDFile() string { return filepath.Join(c.Dir(), "pid") }

// MountPoint is where the front end is mounted. The kernel tells a loop device's file by its path alone, also to another container: the two
// sides of a volume have two.
func (c Config) MountPoint() string { return filepath.Join(c.Dir(), fmt.Sprint("mount", c.Side)) }

func (c Config) String() string { return fmt.Sprintf("%s side %d", c.Name, c.Side) }
