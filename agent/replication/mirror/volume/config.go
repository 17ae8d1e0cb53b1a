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
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"

	"hawser/agent/replication/mirror/daemon"
	"hawser/agent/replication/mirror/insync"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/mirror"
)

var plain = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$`)

// timing takes the options that the daemon knows. They have been checked.
func timing(o map[string]string) daemon.Timing {
	n := func(name string) int {
		ms, _ := strconv.Atoi(o[name]) // not set: the usual
		return ms
	}
	return daemon.Timing{Ping: n("ping"), Retry: n("retry"), Silence: n("silence"), Slow: n("slow")}
}

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

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
	v.Options = map[string]map[string]string{mirror.Net: maps.Clone(v.Options[mirror.Net])}
	if v.Options[mirror.Net] == nil {
		v.Options[mirror.Net] = map[string]string{}
	}
	v.Options[mirror.Net][mirror.SecretName] = mirror.Hidden
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
	if err := mirror.Check(v); err != nil {
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
	if o := v.Options[mirror.Net]; o != nil {
		o = maps.Clone(o)
		delete(o, mirror.SecretName)
		r.Volume.Options = map[string]map[string]string{mirror.Net: o}
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
		return d.conflict("volume.mirror_in_use", name, "it is Primary here, and would lose its device")
	}
	if err := os.MkdirAll(d.path(ha.MirrorConfigDir), 0o700); err != nil {
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

// Forget implements replication.Driver. Without a quorate cluster the in-sync set stays: nobody will ever ask for it again.
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
	if len(c.Helper) == 0 {
		k := insync.Keeper{Runner: d.o.Runner, Volume: c.Volume, Nodes: [2]string(c.Nodes)}
		if err := k.Forget(ctx); err != nil {
			d.o.Log.Warn("the in-sync set is left in the cluster", "volume", name, "err", err)
		}
	}
	for _, suffix := range []string{keyFile, configFile, logFile, volumeFile} {
		if err := os.Remove(d.file(name, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
