package vm_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// asks makes the arguments of "hawser volume check" or "create".
func asks(verb string, v api.NewVolume) []string {
	args := []string{"volume", verb, cluster, v.Name}
	for _, r := range v.Replicas {
		args = append(args, r.Node+"="+r.Disk)
		if r.Destroy != nil {
			args = append(args, "--destroy", r.Node+"="+strings.Join(r.Destroy, ","))
		}
	}
	if v.Port != 0 {
		args = append(args, "--port", strconv.Itoa(v.Port))
	}
	return args
}

// refused: each piece of bad luck is named before anything is written, at the field that it is about.
func (p *replicated) refused(t *testing.T) {
	p.results.begin()
	n2 := p.names[1]
	spare := lunDevice(spareLUN)
	p.in(t, n2, "sh", "-ec", `mkfs.ext4 -q $1; mkdir -p /mnt/spare; mount $1 /mnt/spare; echo precious >/mnt/spare/file; sync`, "sh", spare)
	const byHand = `resource data {
  protocol C; # by hand
  on n1 { device /dev/drbd7; disk /dev/hawser/lun2; address 10.0.0.1:7799; meta-disk internal; }
  on n2 { device /dev/drbd7; disk /dev/hawser/lun2; address 10.0.0.2:7799; meta-disk internal; }
}
`
	for _, c := range []struct {
		name        string
		change      func(*api.NewVolume)
		before      []string // on n2, as a shell has it
		after       []string
		path, again string // field and reason
	}{
		{name: "DifferentSizes", change: func(v *api.NewVolume) { v.Replicas[1].Disk = lunDevice(smallLUN) }, path: "replicas[1].disk", again: "volume.sizes_differ"},
		{name: "Mounted", change: func(v *api.NewVolume) { v.Replicas[0].Disk, v.Replicas[1].Disk = spare, spare }, path: "replicas[1].disk", again: "volume.disk_in_use"},
		{name: "CarriesData", before: []string{"umount /mnt/spare"}, change: func(v *api.NewVolume) { v.Replicas[0].Disk, v.Replicas[1].Disk = spare, spare }, path: "replicas[1].destroy", again: "volume.disk_occupied"},
		{name: "OverrideOfAnother", change: func(v *api.NewVolume) {
			v.Replicas[0].Disk, v.Replicas[1].Disk, v.Replicas[1].Destroy = spare, spare, []string{"xfs"}
		}, path: "replicas[1].destroy", again: "volume.disk_occupied"},
		{name: "PortTaken", change: func(v *api.NewVolume) { v.Port = 22 }, path: "port", again: "volume.port_used"},
		{name: "NoSuchDisk", change: func(v *api.NewVolume) { v.Replicas[1].Disk = "/dev/hawser/lun9" }, path: "replicas[1].disk", again: "volume.no_device"},
		{
			name: "NameByHand", before: []string{"cat >/etc/drbd.d/byhand.res <<'END'\n" + byHand + "END"}, after: []string{"rm /etc/drbd.d/byhand.res"},
			change: func(*api.NewVolume) {}, path: "name", again: "volume.name_taken",
		},
		{
			name: "NoModule", before: []string{"modprobe -r drbd || true", "test ! -e /sys/module/drbd", "mv /lib/modules/*/kernel/drivers/block/drbd /root/drbd"}, after: []string{"mv /root/drbd /lib/modules/*/kernel/drivers/block/"},
			change: func(*api.NewVolume) {}, path: "replicas[1].node", again: "volume.module_missing",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.before != nil {
				p.in(t, n2, "sh", "-ec", strings.Join(c.before, "\n"))
			}
			if c.after != nil {
				defer func() { p.in(t, n2, "sh", "-ec", strings.Join(c.after, "\n")) }()
			}
			v := p.wanted()
			c.change(&v)
			var found api.VolumeCheck
			if err := p.JSON(t.Context(), &found, asks("check", v)...); err != nil {
				t.Fatal(err)
			}
			if found.Refused == nil || !slices.ContainsFunc(found.Refused.Fields, func(f fault.Field) bool { return f.Path == c.path && f.Reason == c.again }) {
				t.Errorf("want %s: %s, got %+v", c.path, c.again, found.Refused)
			}
			if _, err := p.CLI(t.Context(), asks("create", v)...); err == nil {
				t.Error("it was made in spite of that")
			}
			if c.name == "NameByHand" {
				if got := p.in(t, n2, "cat", "/etc/drbd.d/byhand.res"); got != strings.TrimSpace(byHand) {
					t.Errorf("the file written by hand is now %q", got)
				}
			}
		})
	}
	if t.Failed() {
		return
	}
	if got := p.in(t, n2, "sh", "-ec", `mount -o ro $1 /mnt/spare; cat /mnt/spare/file; umount /mnt/spare`, "sh", spare); got != "precious" {
		t.Errorf("on the disk that carried data there is now %q", got)
	}
	for _, n := range p.names {
		if left := p.in(t, n, "sh", "-c", "ls /etc/drbd.d | grep -v global_common.conf || true"); left != "" {
			t.Errorf("%s: what was refused has left %s", n, left)
		}
	}
	p.results.add("Refused before anything is written", "disks of different size, mounted, with data (also with another kind of data named), missing; port taken, name taken by a file written by hand, no kernel module",
		"each named at its field; the data and the file are as they were", "refused, nothing left")
}
