package drbd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	lang "hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// maxFile bounds a file of DRBD's.
const maxFile = 1 << 20

// file is one file of the configuration.
type file struct {
	name    string // as the host knows it
	text    string
	ours    bool
	exposed bool // others than root can read it
}

// files are those that drbd.conf includes by default: its own text, what is common, and the resources.
func (d *Driver) files() (common, resources []file) {
	take := func(name string) *file {
		info, err := os.Stat(d.path(name))
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
			return nil
		}
		text, err := os.ReadFile(d.path(name))
		if err != nil {
			return nil
		}
		exposed := info.Mode().Perm()&0o004 != 0
		if st, is := info.Sys().(*syscall.Stat_t); is && st.Gid != 0 {
			exposed = exposed || info.Mode().Perm()&0o040 != 0
		}
		return &file{name: name, text: string(text), ours: lang.Ours(text), exposed: exposed}
	}
	if f := take(confFile); f != nil {
		common = append(common, *f)
	}
	for _, pattern := range []string{"*.conf", "*.res"} {
		list, err := filepath.Glob(filepath.Join(d.path(confDir), pattern))
		if err != nil {
			continue
		}
		slices.Sort(list)
		for _, path := range list {
			f := take(filepath.Join(confDir, filepath.Base(path)))
			switch {
			case f == nil:
			case pattern == "*.conf":
				common = append(common, *f)
			default:
				resources = append(resources, *f)
			}
		}
	}
	return common, resources
}

// volumes reads all volumes, and the secrets of those of which there is one.
func (d *Driver) volumes() ([]ha.Volume, map[string]string) {
	common, resources := d.files()
	secrets := map[string]string{}
	var list []ha.Volume
	known := map[string]bool{}
	before, exposed := "", ""
	for _, f := range common {
		r, err := lang.Read(f.text)
		if err != nil {
			d.o.Log.Warn("DRBD's configuration not read", "file", f.name, "err", err)
			continue
		}
		before += f.text + "\n"
		// A secret that is common to all stands in no volume yet: it is found with a volume that has none of its own.
		if probe, err := lang.Read(f.text + "\nresource probe { }"); err == nil && f.exposed && probe.Secrets["probe"] != "" {
			exposed = f.name
		}
		list = append(list, d.own(r, f, "", known, secrets)...)
	}
	for _, f := range resources {
		r, err := lang.Read(before + f.text)
		if err != nil {
			if _, err = lang.Read(f.text); err != nil {
				_, line, _ := strings.Cut(err.Error(), ": ")
				d.o.Log.Warn("DRBD's configuration not read", "file", f.name, "err", line)
				list = append(list, ha.Volume{
					Name: strings.TrimSuffix(filepath.Base(f.name), ".res"), Driver: ha.DRBD, File: f.name, Foreign: !f.ours, Replicas: []ha.Replica{}, Unread: fault.Public(err),
				})
			}
			continue
		}
		list = append(list, d.own(r, f, exposed, known, secrets)...)
	}
	return list, secrets
}

// own takes the volumes of a reading that were not known before: those of its file.
func (d *Driver) own(r lang.Reading, f file, exposed string, known map[string]bool, secrets map[string]string) []ha.Volume {
	var list []ha.Volume
	for _, v := range r.Volumes {
		if known[v.Name] {
			continue
		}
		known[v.Name] = true
		v.File, v.Foreign = f.name, !f.ours
		if s := r.Secrets[lang.ResourceOf(v.Name)]; s != "" {
			secrets[v.Name] = s
			own := v.Options[lang.Net]["shared-secret"] != ""
			switch {
			case own && f.exposed:
				v.Exposed = f.name
			case !own:
				v.Exposed = exposed
			}
		}
		list = append(list, v)
	}
	return list
}

func (d *Driver) secrets() []string {
	_, secrets := d.volumes()
	var list []string
	for _, s := range secrets {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// Volumes implements replication.Driver.
func (d *Driver) Volumes(context.Context) ([]ha.Volume, error) {
	list, _ := d.volumes()
	if list == nil {
		list = []ha.Volume{}
	}
	return list, nil
}

// volume finds one by its name.
func (d *Driver) volume(name string) (ha.Volume, error) {
	list, _ := d.volumes()
	for _, v := range list {
		if v.Name != name {
			continue
		}
		if v.Unread != nil {
			return v, v.Unread
		}
		return v, nil
	}
	return ha.Volume{}, fault.New(fault.NotFound, "volume.unknown", "there is no volume %s on %s", name, d.o.Node).With("volume", name, "node", d.o.Node)
}

// side is this host's side of a volume.
func (d *Driver) side(v ha.Volume) (ha.Replica, error) {
	for _, r := range v.Replicas {
		if r.Node == d.o.Node {
			return r, nil
		}
	}
	return ha.Replica{}, d.conflict("volume.not_here", v.Name, "this host has no side of it")
}

func (d *Driver) file(name string) string { return filepath.Join(confDir, name+".res") }

// Configure implements replication.Driver.
func (d *Driver) Configure(ctx context.Context, v ha.Volume, secret string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	dialect, err := d.ready(ctx)
	if err != nil {
		return err
	}
	if err := lang.Check(v, dialect); err != nil {
		return err
	}
	if _, err := d.side(v); err != nil {
		return err
	}
	name := d.file(v.Name)
	before, err := os.ReadFile(d.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if before != nil && !lang.Ours(before) {
		return d.conflict("volume.foreign", v.Name, "%s was not written by Hawser", name).With("file", name)
	}
	list, secrets := d.volumes()
	if err := d.free(v, name, list); err != nil {
		return err
	}
	if secret == "" {
		secret = secrets[v.Name]
	}
	after, err := lang.Write(v, secret, dialect)
	if err != nil {
		return err
	}
	if string(before) != string(after) {
		if err := os.MkdirAll(d.path(confDir), 0o755); err != nil {
			return fmt.Errorf("make %s: %w", confDir, err)
		}
		if err := d.o.Write(d.path(name), after, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := d.accepted(ctx, v.Name, name, before); err != nil {
			return err
		}
	}
	if !d.known(ctx, v.Name) {
		return nil
	}
	_, err = d.admin(ctx, v.Name, "adjust", v.Name)
	d.note(v.Name, func(n *note) { n.Limit = 0 })
	return err
}

// accepted asks drbdadm whether it takes the file; where it does not, the file is as it was before.
func (d *Driver) accepted(ctx context.Context, volume, name string, before []byte) error {
	_, err := d.admin(ctx, volume, "dump", volume)
	if err == nil {
		return nil
	}
	var back error
	if before == nil {
		back = os.Remove(d.path(name))
	} else {
		back = d.o.Write(d.path(name), before, 0o600)
	}
	f := fault.Public(err)
	if f.Reason == "volume.failed" {
		err = d.conflict("volume.refused", volume, "drbdadm does not take the file: %s", f.Args["why"]).With("why", f.Args["why"])
	}
	return errors.Join(err, back)
}

// free refuses a name, a device, a disk or a port that another volume of this host has.
func (d *Driver) free(v ha.Volume, name string, list []ha.Volume) error {
	own, _ := d.side(v)
	for _, o := range list {
		if o.Name == v.Name {
			if o.File != name {
				return d.conflict("volume.foreign", v.Name, "%s has it already", o.File).With("file", o.File)
			}
			continue
		}
		if o.Device == v.Device {
			return d.conflict("volume.device_taken", v.Name, "%s is that of volume %s", v.Device, o.Name).With("device", v.Device, "other", o.Name)
		}
		for _, r := range o.Replicas {
			if r.Node != d.o.Node {
				continue
			}
			if r.Port == own.Port && lang.ResourceOf(o.Name) != v.Name {
				return d.conflict("volume.port_taken", v.Name, "port %d is that of volume %s", own.Port, o.Name).With("port", itoa(int64(own.Port)), "other", o.Name)
			}
			if d.same(r.Disk, own.Disk) {
				return d.conflict("volume.disk_taken", v.Name, "%s is that of volume %s", own.Disk, o.Name).With("disk", own.Disk, "other", o.Name)
			}
		}
	}
	return nil
}

// same says whether two paths are one device.
func (d *Driver) same(a, b string) bool {
	real := func(name string) string {
		if path, err := filepath.EvalSymlinks(d.path(name)); err == nil {
			return path
		}
		return d.path(name)
	}
	return real(a) == real(b)
}

// Forget implements replication.Driver.
func (d *Driver) Forget(ctx context.Context, name string) error {
	d.acting.Lock()
	defer d.acting.Unlock()
	if strings.ContainsAny(name, "/\\") || name == "" {
		return d.conflict("volume.foreign", name, "it is part of a resource that others have made").With("file", "")
	}
	path := d.file(name)
	data, err := os.ReadFile(d.path(path))
	if errors.Is(err, fs.ErrNotExist) {
		if v, err := d.volume(name); err == nil {
			return d.conflict("volume.foreign", name, "%s was not written by Hawser", v.File).With("file", v.File)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if !lang.Ours(data) {
		return d.conflict("volume.foreign", name, "%s was not written by Hawser", path).With("file", path)
	}
	if d.known(ctx, name) {
		return d.conflict("volume.up", name, "it is up")
	}
	if err := os.Remove(d.path(path)); err != nil {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	d.forget(name)
	return nil
}
