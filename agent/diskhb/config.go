package diskhb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Places of the daemon's files.
const (
	ConfigFile = "/etc/hawser/diskhb.yaml"
	KeyFile    = "/etc/hawser/diskhb.key"
	RunDir     = "/run/hawser"
	SocketFile = RunDir + "/diskhb.sock" // whoever connects is told the Status as JSON
	StopFile   = RunDir + "/diskhb.stopped.json"
	LockFile   = RunDir + "/diskhb.lock"
)

// Config is the daemon's configuration. The agent writes it; the key is in a file of its own.
type Config struct {
	Cluster string `yaml:"cluster"`
	UUID    string `yaml:"uuid"`   // of the device's superblock: no other device is used
	Device  string `yaml:"device"` // its most stable path
	Node    int    `yaml:"node"`   // this node's ID in corosync.conf
	Nodes   []int  `yaml:"nodes"`  // of all nodes
	Prefix  string `yaml:"prefix"` // network of the link, 24 bits; a node's address ends with its ID
	Port    int    `yaml:"port"`   // Corosync's UDP port of the link
}

// DefaultPrefix is the link's network where nobody has chosen another one.
const DefaultPrefix = "192.168.250.0/24"

// Port is Corosync's UDP port of link 7: mcastport 5405 + 7.
const Port = 5412

// ReadConfig reads the file. Unknown keys are refused, and all mistakes are told at once.
func ReadConfig(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	var c Config
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// Bytes is the file.
func (c Config) Bytes() []byte {
	data, err := yaml.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return data
}

// Validate returns all mistakes, joined.
func (c Config) Validate() error {
	var errs []error
	if c.Cluster == "" {
		errs = append(errs, errors.New("cluster: empty"))
	}
	if _, err := ParseUUID(c.UUID); err != nil {
		errs = append(errs, fmt.Errorf("uuid: %w", err))
	}
	if err := CheckPath(c.Device); err != nil {
		errs = append(errs, fmt.Errorf("device: %w", err))
	}
	if len(c.Nodes) < 2 || len(c.Nodes) > MaxNodes || !slices.Contains(c.Nodes, c.Node) {
		errs = append(errs, fmt.Errorf("nodes: %v must be 2 to %d and have node %d among them", c.Nodes, MaxNodes, c.Node))
	}
	for _, n := range c.Nodes {
		if n < 1 || n > MaxNodes {
			errs = append(errs, fmt.Errorf("nodes: %d is not 1 to %d", n, MaxNodes))
		}
	}
	if _, err := ParsePrefix(c.Prefix); err != nil {
		errs = append(errs, fmt.Errorf("prefix: %w", err))
	}
	if c.Port < 1 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("port: %d", c.Port))
	}
	return errors.Join(errs...)
}

// CheckPath says whether a text can be the path of a device.
func CheckPath(path string) error {
	if !strings.HasPrefix(path, "/dev/") || filepath.Clean(path) != path || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("%q is not the path of a device", path)
	}
	return nil
}

// ParsePrefix reads a network of 24 bits that is private to its hosts.
func ParsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || !p.Addr().Is4() || p.Bits() != 24 || !p.Addr().IsPrivate() || p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q is not a private IPv4 network of 24 bits", text)
	}
	return p, nil
}

// Network is the TUN device of this configuration.
func (c Config) Network() Network {
	p, _ := ParsePrefix(c.Prefix) // Validate has seen it
	f := Filter{Prefix: p, Port: uint16(c.Port)}
	return Network{Name: Interface, Address: f.Address(c.Node), Filter: f}
}

// ReadKey reads the key. A file that others can read is refused: whoever has the key speaks for every node.
func ReadKey(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key: %s can be read by others (mode %o)", path, st.Mode().Perm())
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("key: %d bytes, want %d", len(key), KeySize)
	}
	return key, nil
}

// HostID tells this boot of this host from all others.
func HostID() (uint64, error) {
	machine, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return 0, fmt.Errorf("identify this host: %w", err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return 0, fmt.Errorf("identify this boot: %w", err)
	}
	sum := sha256.Sum256(append(bytes.TrimSpace(machine), bytes.TrimSpace(boot)...))
	return binary.LittleEndian.Uint64(sum[:]), nil
}
