package volume

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	stdnet "net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/agent/replication/mirror/daemon"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

var (
	plain    = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$`)
	diskPath = regexp.MustCompile(`^/dev/[a-zA-Z0-9/._:+@-]{1,120}$`)
)

// DeviceDir is where the devices of mirrors are.
const DeviceDir = "/dev/hawser/"

// net is the section of options that there is, and secretName the option in it that is never told.
const (
	net        = "net"
	secretName = "shared-secret"
	hidden     = "***"
)

// options are those of the section net, milliseconds all of them.
var options = []string{"ping", "retry", "silence", "slow"}

const maxMilliseconds = 600_000

// timing takes the options that the daemon knows. They have been checked.
func timing(o map[string]string) daemon.Timing {
	n := func(name string) int {
		ms, _ := strconv.Atoi(o[name]) // not set: the usual
		return ms
	}
	return daemon.Timing{Ping: n("ping"), Retry: n("retry"), Silence: n("silence"), Slow: n("slow")}
}

func hostPort(host string, port int) string { return stdnet.JoinHostPort(host, strconv.Itoa(port)) }

// check refuses what a mirror cannot be, all mistakes at once.
func check(v ha.Volume) error {
	var f fault.Fields
	if !plain.MatchString(v.Name) {
		f.Add("name", "field.format", "not a name", "value", v.Name, "format", "A-Z a-z 0-9 . _ -")
	}
	if v.Driver != ha.Mirror {
		f.Add("driver", "field.one_of", "not mirror", "value", string(v.Driver), "allowed", string(ha.Mirror))
	}
	if name, in := strings.CutPrefix(v.Device, DeviceDir); !in || !plain.MatchString(name) {
		f.Add("device", "volume.mirror_device", "not /dev/hawser and a name", "device", v.Device)
	}
	if v.Protocol != "C" {
		f.Add("protocol", "field.one_of", "not C", "value", v.Protocol, "allowed", "C")
	}
	if len(v.Replicas) != 2 {
		f.Add("replicas", "volume.replicas", "not two sides", "count", strconv.Itoa(len(v.Replicas)), "min", "2", "max", "2")
	}
	nodes, addresses := map[string]bool{}, map[netip.Addr]bool{}
	for i, r := range v.Replicas {
		at := fmt.Sprintf("replicas.%d.", i)
		switch {
		case !plain.MatchString(r.Node):
			f.Add(at+"node", "field.format", "not a node's name", "value", r.Node, "format", "A-Z a-z 0-9 . _ -")
		case nodes[r.Node]:
			f.Add(at+"node", "volume.node_twice", "named twice", "node", r.Node)
		}
		nodes[r.Node] = true
		if !isDisk(r.Disk) {
			f.Add(at+"disk", "volume.disk", "not the path of a block device", "disk", r.Disk)
		}
		a, err := netip.ParseAddr(r.Address)
		switch {
		case err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast():
			f.Add(at+"address", "volume.address", "not an address", "value", r.Address)
		case addresses[a]:
			f.Add(at+"address", "volume.address_twice", "two sides have this address", "value", r.Address)
		}
		addresses[a] = true
		if r.Port < 1 || r.Port > 65535 {
			f.Add(at+"port", "field.range", "out of range", "min", "1", "max", "65535")
		}
		if r.Meta != "" {
			f.Add(at+"meta", "volume.disk", "a mirror has its metadata on its disk", "disk", r.Meta)
		}
	}
	checkOptions(&f, v.Options)
	return f.Err()
}

func isDisk(path string) bool {
	return diskPath.MatchString(path) && !strings.Contains(path, "/../") && !strings.HasPrefix(path, DeviceDir)
}

func checkOptions(f *fault.Fields, all map[string]map[string]string) {
	for _, section := range slices.Sorted(maps.Keys(all)) {
		if section != net {
			f.Add("options."+section, "volume.section", "no section of options", "section", section)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all[section])) {
			value, at := all[section][name], "options."+section+"."+name
			n, err := strconv.Atoi(value)
			switch {
			case name == secretName:
				if value != hidden {
					f.Add(at, "volume.option_elsewhere", "has a place of its own", "option", name)
				}
			case !slices.Contains(options, name):
				f.Add(at, "volume.option_unknown", "nobody knows this option", "option", name)
			case err != nil || n < 0 || n > maxMilliseconds || strconv.Itoa(n) != value:
				f.Add(at, "volume.option_value", "not milliseconds", "option", name, "value", value, "allowed", "0 … 600000")
			}
		}
	}
}

// Volumes implements replication.Driver.
func (d *Driver) Volumes(context.Context) ([]ha.Volume, error) {
	all, err := d.records()
	list := make([]ha.Volume, 0, len(all))
	for _, r := range all {
		list = append(list, d.shown(r))
	}
	return list, err
}

// shown is a volume as it is told: that there is a key is, and the key is not.
func (d *Driver) shown(r record) ha.Volume {
	v := r.Volume
	v.File = d.file(v.Name, configFile)
	v.Options = map[string]map[string]string{net: maps.Clone(v.Options[net])}
	if v.Options[net] == nil {
		v.Options[net] = map[string]string{}
	}
	v.Options[net][secretName] = hidden
	if info, err := os.Stat(d.file(v.Name, keyFile)); err == nil && info.Mode().Perm()&0o077 != 0 {
		v.Exposed = d.file(v.Name, keyFile)
	}
	return v
}

// Configure implements replication.Driver. A daemon that runs begins again with what is new; one that is Primary would lose its device by it,
// and is refused.
func (d *Driver) Configure(ctx context.Context, v ha.Volume, secret string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	if err := check(v); err != nil {
		return err
	}
	if v.On(d.o.Node) == nil {
		return d.conflict("volume.not_here", v.Name, "this host has no side of it")
	}
	all, err := d.records()
	if err != nil {
		return err
	}
	if err := d.free(v, all); err != nil {
		return err
	}
	r := record{Volume: v}
	before, err := d.read(v.Name)
	switch {
	case err == nil:
		r.UUID = before.UUID
	case fault.CodeOf(err) != fault.NotFound:
		return err
	case secret == "":
		return fault.New(fault.Invalid, "mirror.no_secret", "a new volume needs a secret").With("volume", v.Name)
	default:
		r.UUID = derive("volume", v.Name+"\n"+secret)[:32]
	}
	if o := v.Options[net]; o != nil {
		o = maps.Clone(o)
		delete(o, secretName)
		r.Volume.Options = map[string]map[string]string{net: o}
	}
	r.Volume.File, r.Volume.Exposed = "", ""
	return d.write(ctx, r, secret)
}

// derive makes of a text what tells nothing of it. The secret of a volume is random, and long enough.
func derive(use, text string) string {
	sum := sha256.Sum256([]byte("hawser mirror " + use + "\n" + text))
	return hex.EncodeToString(sum[:])
}

// write writes the files that differ, the record last but for the first: what is begun is done again by the next Configure.
func (d *Driver) write(ctx context.Context, r record, secret string) error {
	name := r.Volume.Name
	kept, err1 := json.MarshalIndent(r, "", "  ")
	told, err2 := json.MarshalIndent(d.config(r), "", "  ")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	type part struct {
		suffix string
		data   []byte
	}
	var parts []part
	if secret != "" {
		parts = append(parts, part{keyFile, []byte(derive("key", secret) + "\n")})
	}
	parts = append(parts, part{configFile, told}, part{volumeFile, kept})
	changed := slices.DeleteFunc(parts, func(p part) bool {
		now, err := os.ReadFile(d.file(name, p.suffix))
		return err == nil && string(now) == string(p.data)
	})
	if len(changed) == 0 {
		return nil
	}
	c := d.config(r)
	pid, s, err := daemon.Look(ctx, c)
	if err != nil {
		return d.told(name, err)
	}
	restart := pid != 0 && slices.ContainsFunc(changed, func(p part) bool { return p.suffix != volumeFile })
	if restart && s.Role == ha.VolumePrimary {
		return d.conflict("volume.primary", name, "it is Primary here, and would lose its device")
	}
	if err := os.MkdirAll(d.path(configDir), 0o700); err != nil {
		return err
	}
	for _, p := range changed {
		if err := d.o.Write(d.file(name, p.suffix), p.data, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", d.file(name, p.suffix), err)
		}
	}
	if !restart {
		return nil
	}
	if err := d.end(ctx, c); err != nil {
		return err
	}
	if err := d.start(ctx, c); err != nil {
		return err
	}
	if s.Connection == ha.PeerStandAlone { // somebody has disconnected it, and it stays so
		_, err = daemon.Tell(ctx, c, daemon.Disconnect, nil)
	}
	return d.told(name, err)
}

// free refuses a device, a disk or a port that another volume of this host has.
func (d *Driver) free(v ha.Volume, all []record) error {
	own := v.On(d.o.Node)
	for _, r := range all {
		o := r.Volume
		theirs := o.On(d.o.Node)
		if o.Name == v.Name || theirs == nil {
			continue
		}
		switch {
		case o.Device == v.Device:
			return d.conflict("volume.device_taken", v.Name, "%s is that of volume %s", v.Device, o.Name).With("device", v.Device, "other", o.Name)
		case theirs.Port == own.Port:
			return d.conflict("volume.port_taken", v.Name, "port %d is that of volume %s", own.Port, o.Name).With("port", strconv.Itoa(own.Port), "other", o.Name)
		case theirs.Disk == own.Disk:
			return d.conflict("volume.disk_taken", v.Name, "%s is that of volume %s", own.Disk, o.Name).With("disk", own.Disk, "other", o.Name)
		}
	}
	return nil
}

// Forget implements replication.Driver.
func (d *Driver) Forget(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	_, c, err := d.open(name)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if pid, _, err := daemon.Look(ctx, c); err != nil || pid != 0 {
		return d.conflict("volume.up", name, "it is up")
	}
	for _, suffix := range []string{keyFile, configFile, logFile, volumeFile} {
		if err := os.Remove(d.file(name, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
