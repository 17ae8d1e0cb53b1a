package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A node's root is the host's, seen through an overlay whose upper part is the node's own disk. The upper part begins
// with what makes a freshly installed machine of it: nothing of the host's own data, and none of its services.

// standard are the folders at the root that every Debian has; anything else there is the host's business.
var standard = []string{"bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"}

// emptied are folders that a node has, empty, whatever is in the host's.
var emptied = []string{
	"boot", "home", "media", "mnt", "opt", "root", "srv",
	"etc/corosync", "etc/systemd/system", "etc/systemd/user", "etc/postgresql", "etc/cron.d", "etc/cron.daily", "etc/booth", "etc/drbd.d", "etc/ssl/private",
	"etc/rc2.d", "etc/rc3.d", "etc/rc4.d", "etc/rc5.d",
	"var/backups", "var/cache", "var/crash", "var/lib/corosync", "var/lib/pacemaker", "var/lib/pcsd", "var/lib/postgresql", "var/lib/systemd", "var/lib/private",
	// Every daemon-reload starts all generators; a dozen in each of three nodes keep two cores busy for a second, and a node needs none.
	"usr/lib/systemd/system-generators",
	"var/log", "var/mail", "var/spool", "var/tmp", "var/lib/docker", "var/lib/containerd", "var/lib/machines",
}

// hidden are files and folders of the host that a node does not have.
var hidden = []string{
	"etc/fstab", "etc/crypttab", "etc/pacemaker/authkey", "etc/corosync/authkey", "etc/default/sbd", "usr/sbin/policy-rc.d",
	"etc/hawser", "usr/local/go",
}

// owned are folders that packages make for their services.
var owned = []struct {
	path, owner string
	mode        os.FileMode
}{
	{"etc/corosync/uidgid.d", "root:root", 0o755},
	{"etc/corosync/service.d", "root:root", 0o755},
	{"etc/corosync/qnetd", "root:root", 0o755},
	{"etc/pacemaker", "root:haclient", 0o750},
	{"var/lib/corosync", "root:root", 0o755},
	{"var/lib/pacemaker", "hacluster:haclient", 0o750},
	{"var/lib/pacemaker/blackbox", "hacluster:haclient", 0o750},
	{"var/lib/pacemaker/cib", "hacluster:haclient", 0o750},
	{"var/lib/pacemaker/cores", "hacluster:haclient", 0o750},
	{"var/lib/pacemaker/pengine", "hacluster:haclient", 0o750},
	{"var/lib/pcsd", "root:root", 0o700},
	{"var/lib/postgresql", "postgres:postgres", 0o755},
	{"var/log/corosync", "root:root", 0o755},
	{"var/log/cluster", "root:root", 0o755},
	{"var/log/pacemaker", "hacluster:haclient", 0o770},
	{"var/log/pacemaker/bundles", "hacluster:haclient", 0o770},
	{"var/log/pcsd", "root:root", 0o700},
	{"var/log/postgresql", "root:postgres", 0o1775},
	{"var/log/journal", "root:systemd-journal", 0o2755},
	{"var/spool/cron/crontabs", "root:crontab", 0o1730},
	{"var/cache/apt/archives/partial", "root:root", 0o755},
	{"var/tmp", "root:root", 0o1777},
	{"root", "root:root", 0o700},
	{"opt/hawser", "root:root", 0o755},
}

// masked are units that a node does not need, or that would fail in a container and make it look degraded.
var masked = []string{
	"getty.target", "console-getty.service", "systemd-logind.service", "systemd-logind-varlink.socket", "systemd-timesyncd.service", "systemd-networkd.service", "systemd-resolved.service",
	"systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-pstore.service", "e2scrub_reap.service", "e2scrub_all.timer",
	"fstrim.timer", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "man-db.timer", "logrotate.timer", "systemd-tmpfiles-clean.timer",
	"sys-kernel-debug.mount", "sys-kernel-tracing.mount", "dev-hugepages.mount", "dev-mqueue.mount", "proc-sys-fs-binfmt_misc.automount", "modprobe@.service",
	"keyboard-setup.service", "console-setup.service", "ModemManager.service", "networking.service", "ifupdown-pre.service", "ssh.service",
}

// opaque makes dir in the upper part hide the host's folder of that name.
func opaque(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return unix.Setxattr(dir, "trusted.overlay.opaque", []byte("y"), 0)
}

// whiteout makes path not exist, whatever the host has there.
func whiteout(path string) error {
	if err := unix.Mknod(path, unix.S_IFCHR, 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("hide %s: %w", path, err)
	}
	return nil
}

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

// prepareUpper fills the upper part of a new node's overlay.
func (h *Host) prepareUpper(upper string, n *node) error {
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains(standard, e.Name()) {
			if err := whiteout(filepath.Join(upper, e.Name())); err != nil {
				return err
			}
		}
	}
	for _, e := range emptied {
		if !exists("/" + e) {
			continue
		}
		if err := opaque(filepath.Join(upper, e)); err != nil {
			return fmt.Errorf("empty %s: %w", e, err)
		}
	}
	for _, f := range []string{"var/log", "var/spool", "var/cache"} {
		if err := copyFolders(upper, f, 2); err != nil {
			return err
		}
	}
	if err := disableScripts(upper); err != nil {
		return err
	}
	hide := slices.Clone(hidden)
	for _, pattern := range []string{"/var/lib/hawser*", "/etc/hawser*", "/etc/ssh/ssh_host_*", "/etc/systemd/system.conf.d", "/etc/network/interfaces.d/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, f := range found {
			hide = append(hide, strings.TrimPrefix(f, "/"))
		}
	}
	// The product's own folders, which may come to be on the host while a node lives.
	for _, p := range []string{"hawser", "hawser-agent", "hawser-server", "hawser-sandbox", "hawser-demo", filepath.Base(h.layout.State)} {
		hide = append(hide, "var/lib/"+p)
	}
	for _, p := range hide {
		if !exists("/"+p) && !strings.HasPrefix(p, "var/lib/hawser") {
			continue
		}
		dir := filepath.Join(upper, filepath.Dir(p))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := whiteout(filepath.Join(upper, p)); err != nil {
			return err
		}
	}
	for _, o := range owned {
		if err := makeOwned(filepath.Join(upper, o.path), o.owner, o.mode); err != nil {
			return err
		}
	}
	for _, u := range masked {
		if err := os.Symlink("/dev/null", filepath.Join(upper, "etc/systemd/system", u)); err != nil && !os.IsExist(err) {
			return err
		}
	}
	if err := os.Symlink("/lib/systemd/system/multi-user.target", filepath.Join(upper, "etc/systemd/system/default.target")); err != nil {
		return err
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/uuid")
	if err != nil {
		return err
	}
	files := map[string]string{
		"etc/hostname":    n.name + "\n",
		"etc/machine-id":  strings.ReplaceAll(string(id), "-", ""),
		"etc/hosts":       h.hosts(n),
		"etc/resolv.conf": "",
		"etc/fstab":       "",
		"etc/environment": "",
		"etc/systemd/journald.conf.d/sandbox.conf": "[Journal]\nSystemMaxUse=64M\nRateLimitIntervalSec=0\n",
		"etc/systemd/system.conf.d/sandbox.conf":   "[Manager]\nDefaultTimeoutStopSec=20s\nLogColor=no\nShowStatus=no\n",
		"var/lib/systemd/random-seed":              "",
	}
	if n.arbiter {
		files["etc/systemd/system/sandbox-qnetd-init.service"] = qnetdInit
		wants := filepath.Join(upper, "etc/systemd/system/multi-user.target.wants")
		if err := os.MkdirAll(wants, 0o755); err != nil {
			return err
		}
		if err := os.Symlink("../sandbox-qnetd-init.service", filepath.Join(wants, "sandbox-qnetd-init.service")); err != nil {
			return err
		}
	}
	for name, text := range files {
		path := filepath.Join(upper, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		_ = os.Remove(path) // it may be a whiteout
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	// A folder that the upper part has in common with the host's keeps the host's rights, or a service finds its door shut.
	return copyRights(upper)
}

func makeOwned(path, owner string, mode os.FileMode) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	name, groupName, _ := strings.Cut(owner, ":")
	u, err := user.Lookup(name)
	if err != nil {
		return nil // the package is not installed
	}
	g, err := user.LookupGroup(groupName)
	if err != nil {
		return nil
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(g.Gid)
	if err := os.Chown(path, uid, gid); err != nil {
		return err
	}
	return unix.Chmod(path, uint32(mode))
}

// disableScripts gives a node the host's start scripts, all of them off. The links must be there: "systemctl enable" goes through
// update-rc.d for a service that has a script as well, and that fails where there is no link to change.
func disableScripts(upper string) error {
	links, err := filepath.Glob("/etc/rc[2-5].d/[SK]*")
	if err != nil {
		return err
	}
	for _, l := range links {
		target, err := os.Readlink(l)
		if err != nil {
			continue // not a link: nothing of a package
		}
		name := "K" + filepath.Base(l)[1:]
		if err := os.Symlink(target, filepath.Join(upper, filepath.Dir(l), name)); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// copyFolders makes the host's folders below dir, without what is in them: programs expect those that their packages made.
func copyFolders(upper, dir string, depth int) error {
	entries, err := os.ReadDir("/" + dir)
	if err != nil || depth == 0 {
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() || dir == "var/log/journal" {
			continue
		}
		sub := filepath.Join(dir, e.Name())
		if err := os.MkdirAll(filepath.Join(upper, sub), 0o755); err != nil {
			return err
		}
		if err := copyFolders(upper, sub, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func copyRights(upper string) error {
	made := map[string]bool{}
	for _, o := range owned {
		made[o.path] = true
	}
	return filepath.WalkDir(upper, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(upper, path)
		if err != nil || made[rel] {
			return err
		}
		var st unix.Stat_t
		if unix.Lstat(filepath.Join("/", rel), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return nil
		}
		if err := os.Chown(path, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
		return unix.Chmod(path, st.Mode&0o7777)
	})
}

// hosts is a machine's /etc/hosts. The arbiter sees nodes in their common network only.
func (h *Host) hosts(of *node) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
	for _, n := range h.nodes {
		net := netHB0
		if n.arbiter || of.arbiter {
			net = netQNet
		}
		fmt.Fprintf(&b, "%s %s\n", h.layout.address(net, 10+n.index), n.name)
	}
	fmt.Fprintf(&b, "%s hawser-server\n", h.layout.MgmtAddress())
	return b.String()
}

// qnetdInit is a unit that does what the package's own installation does, which a machine that is an overlay has not seen: the
// arbiter's certificate authority.
const qnetdInit = `[Unit]
Description=Certificates of corosync-qnetd
ConditionPathExists=/usr/bin/corosync-qnetd-certutil
ConditionPathExists=!/etc/corosync/qnetd/nssdb/cert9.db

[Service]
Type=oneshot
ExecStart=/usr/bin/corosync-qnetd-certutil -i -G
ExecStart=/bin/chgrp coroqnetd /etc/corosync/qnetd/nssdb /etc/corosync/qnetd/nssdb/cert9.db /etc/corosync/qnetd/nssdb/key4.db
`

// makeDisk makes a node's disk, an image with a file system, unless it has one from before.
func (h *Host) makeDisk(ctx context.Context, n *node) error {
	image := n.image
	if exists(image) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(image), 0o700); err != nil {
		return err
	}
	// Made under another name: a crash in the middle leaves no half a disk.
	tmp := image + ".new"
	if err := sparse(tmp, h.cfg.NodeDisk); err != nil {
		return err
	}
	if _, err := run(ctx, "", "mkfs.ext4", "-q", "-F", "-L", n.name, "-O", "^has_journal", "-E", "nodiscard,lazy_itable_init=1", tmp); err != nil {
		return err
	}
	if _, err := run(ctx, "", "tune2fs", "-O", "has_journal", "-J", "size=16", tmp); err != nil {
		return err
	}
	return os.Rename(tmp, image)
}

func sparse(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Truncate(size)
}

// mountRoot mounts a node's disk and its root over it.
func (h *Host) mountRoot(ctx context.Context, n *node) error {
	if err := h.makeDisk(ctx, n); err != nil {
		return err
	}
	for _, d := range []string{n.disk, n.root} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	dev, err := attachLoop(n.image, h.layout.loopName(n.name, "disk"), false)
	if err != nil {
		return err
	}
	// A power failure takes what was not synced, as on a real disk, but no more than the last second of it: data goes out
	// with each commit, so that a file which an administrator wrote a while ago is there.
	if err := unix.Mount(dev, n.disk, "ext4", unix.MS_NOATIME, "commit=1,nodelalloc,errors=remount-ro"); err != nil {
		return fmt.Errorf("mount disk of %s: %w", n.name, err)
	}
	upper, work := filepath.Join(n.disk, "upper"), filepath.Join(n.disk, "work")
	if !exists(filepath.Join(n.disk, "installed")) {
		for _, d := range []string{upper, work} {
			if err := os.RemoveAll(d); err != nil {
				return err
			}
			if err := os.Mkdir(d, 0o755); err != nil {
				return err
			}
		}
		if err := h.prepareUpper(upper, n); err != nil {
			return fmt.Errorf("install %s: %w", n.name, err)
		}
		if err := os.WriteFile(filepath.Join(n.disk, "installed"), nil, 0o600); err != nil {
			return err
		}
		fd, err := unix.Open(n.disk, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		err = unix.Syncfs(fd)
		unix.Close(fd)
		if err != nil {
			return err
		}
	}
	if err := unix.Mount("overlay", n.root, "overlay", 0, "lowerdir=/,upperdir="+upper+",workdir="+work); err != nil {
		return fmt.Errorf("mount root of %s: %w", n.name, err)
	}
	return nil
}
