package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/engine"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Where SBD's file is: Debian's place, then that of RHEL, SUSE, openEuler and Kylin.
var sbdFiles = []string{"/etc/default/sbd", "/etc/sysconfig/sbd"}

// secretsDir holds what fence agents read with cat: the folder and the files are root's alone.
const secretsDir = "/var/lib/hawser/secrets"

// headBytes is how much of a device must be zero for it to count as empty. SBD itself uses the first MiB; file systems, partition
// tables, LVM and Hawser's own superblocks all begin there.
const headBytes = 1 << 20

// InspectSBD implements engine.SBD.
func (d *Driver) InspectSBD(ctx context.Context, devices []string) (ha.SBDHost, error) {
	h := ha.SBDHost{Watchdogs: d.watchdogs()}
	if _, err := d.runner.Run(ctx, run.Cmd("sbd", "-h")); err == nil || !run.Missing(err) {
		h.Installed = true
	}
	var err error
	if h.File, h.Settings, err = d.sbdSettings(); err != nil {
		return h, err
	}
	state := func(verb string) string {
		out, _ := d.runner.Run(ctx, run.Cmd("systemctl", verb, "sbd.service"))
		return strings.TrimSpace(string(out.Stdout))
	}
	h.Active, h.Enabled = state("is-active") == "active", state("is-enabled") == "enabled"
	all := slices.Clone(devices)
	for _, one := range strings.Split(h.Settings["SBD_DEVICE"], ";") {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	for _, one := range all {
		h.Disks = append(h.Disks, d.sbdDisk(ctx, one))
	}
	return h, nil
}

// watchdogs reads what the kernel tells: it opens none of them, because to open a watchdog is to start it.
func (d *Driver) watchdogs() []ha.WatchdogFact {
	list := []ha.WatchdogFact{}
	found, _ := filepath.Glob(d.path("/sys/class/watchdog/watchdog*")) // the pattern is right
	for _, dir := range found {
		text := func(name string) string {
			data, _ := os.ReadFile(filepath.Join(dir, name)) // empty where the driver does not tell
			return strings.TrimSpace(string(data))
		}
		w := ha.WatchdogFact{Device: "/dev/" + filepath.Base(dir), Identity: text("identity"), Busy: text("state") == "active"}
		w.Timeout, _ = strconv.Atoi(text("timeout"))
		w.Soft = w.Identity == "Software Watchdog"
		if _, err := os.Stat(d.path(w.Device)); err != nil {
			continue // known to the kernel, but this host has no device of it: a container
		}
		list = append(list, w)
	}
	return list
}

func (d *Driver) sbdFile() string {
	for _, file := range sbdFiles {
		if _, err := os.Stat(d.path(file)); err == nil {
			return file
		}
	}
	if _, err := os.Stat(d.path("/etc/sysconfig")); err == nil {
		return sbdFiles[1]
	}
	return sbdFiles[0]
}

func (d *Driver) sbdSettings() (string, map[string]string, error) {
	file := d.sbdFile()
	data, err := readFile(d.path(file))
	if err != nil || data == nil {
		return "", nil, err
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, is := strings.Cut(strings.TrimSpace(line), "=")
		if is && strings.HasPrefix(name, "SBD_") {
			settings[name] = strings.Trim(value, `"'`)
		}
	}
	return file, settings, nil
}

// sbdDisk says what a device carries.
func (d *Driver) sbdDisk(ctx context.Context, device string) ha.SBDDisk {
	x := ha.SBDDisk{Device: device}
	real, err := filepath.EvalSymlinks(d.path(device))
	if err != nil {
		x.Missing = true
		return x
	}
	info, err := os.Stat(real)
	if err != nil || info.Mode()&os.ModeDevice == 0 && d.root == "" {
		x.Missing = true
		return x
	}
	base := filepath.Base(real)
	if id, err := os.ReadFile(d.path("/sys/block/" + base + "/dm/uuid")); err == nil && strings.HasPrefix(string(id), "mpath-") {
		x.Multipath = true
	}
	if link, err := filepath.EvalSymlinks(d.path("/sys/block/" + base + "/device")); err == nil && strings.Contains(link, "/session") {
		x.Multipath = true // an iSCSI session
	}
	if out, err := d.runner.Run(ctx, run.Cmd("sbd", "-d", device, "dump")); err == nil {
		if header(&x, out.Stdout) {
			return x
		}
	}
	// Past the cache: what was read before the disk failed answers for nothing. It is a program because a read may never return.
	if _, err := d.runner.Run(ctx, run.Cmd("dd", "if="+device, "of=/dev/null", "bs=4096", "count=1", "iflag=direct", "status=none")); err != nil {
		x.Failed = true
		return x
	}
	out, err := d.runner.Run(ctx, run.Cmd("blkid", "--probe", "--output", "export", device))
	if err == nil {
		for _, name := range []string{"TYPE", "PTTYPE"} {
			for line := range strings.Lines(string(out.Stdout)) {
				if key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key == name {
					x.Content = value
					return x
				}
			}
		}
	}
	x.Content = ha.DiskData
	if empty(real) {
		x.Content = ha.DiskEmpty
	}
	return x
}

// header reads what "sbd dump" prints, and says whether there is a header.
func header(x *ha.SBDDisk, data []byte) bool {
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "UUID":
			x.UUID, x.Content = value, ha.DiskSBD
		case "Timeout (watchdog)":
			x.Watchdog, _ = strconv.Atoi(value)
			x.Content = ha.DiskSBD
		case "Timeout (msgwait)":
			x.Msgwait, _ = strconv.Atoi(value)
		}
	}
	return x.Content == ha.DiskSBD
}

func empty(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, headBytes)
	n, err := io.ReadFull(f, buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	return len(bytes.Trim(buf[:n], "\x00")) == 0
}

// ConfigureSBD implements engine.SBD. Lines that it does not know stay; SBD's service is wanted by Corosync's, so that to enable it
// is all there is to do.
func (d *Driver) ConfigureSBD(ctx context.Context, settings map[string]string) error {
	file := d.sbdFile()
	data, err := readFile(d.path(file))
	if err != nil {
		return err
	}
	if settings != nil {
		if err := os.MkdirAll(filepath.Dir(d.path(file)), 0o755); err != nil {
			return err
		}
		if err := engine.WriteFile(d.path(file), withSettings(data, settings), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", file, err)
		}
	}
	if err := d.sbdPatience(ctx, settings["SBD_DELAY_START"]); err != nil {
		return err
	}
	verb := "disable"
	if settings != nil {
		verb = "enable"
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", verb, "--quiet", "sbd.service")); err != nil {
		return fault.New(fault.Failed, "sbd.not_written", "%s of sbd.service on %s: %s", verb, d.node, run.Words(err)).With("node", d.node)
	}
	return nil
}

// sbdDropIn lets systemd wait for as long as SBD does before it says that it has started: where SBD_DELAY_START is longer than
// systemd's own 90 s, SBD, and Corosync and Pacemaker with it, would never start. Source: sbd(8), SBD_DELAY_START.
const sbdDropIn = "/etc/systemd/system/sbd.service.d/hawser.conf"

// sbdPatience writes the drop-in, or removes it where there is no delay.
func (d *Driver) sbdPatience(ctx context.Context, delay string) error {
	path := d.path(sbdDropIn)
	was, err := readFile(path)
	if err != nil {
		return err
	}
	var text []byte
	if n, err := strconv.Atoi(delay); err == nil && n > 0 {
		text = fmt.Appendf(nil, "# Written by hawser-agent: longer than SBD_DELAY_START.\n[Service]\nTimeoutStartSec=%d\n", n+int(startWait/time.Second))
	}
	if bytes.Equal(was, text) {
		return nil
	}
	if text == nil {
		err = removeFile(path)
	} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		err = engine.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", sbdDropIn, err)
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "daemon-reload")); err != nil {
		return fault.New(fault.Failed, "sbd.not_written", "daemon-reload on %s: %s", d.node, run.Words(err)).With("node", d.node)
	}
	return nil
}

// sbdDelay is how long SBD holds Pacemaker's start back on this host.
func (d *Driver) sbdDelay(ctx context.Context) time.Duration {
	if out, err := d.runner.Run(ctx, run.Cmd("systemctl", "is-enabled", "sbd.service")); err != nil || strings.TrimSpace(string(out.Stdout)) != "enabled" {
		return 0
	}
	_, settings, err := d.sbdSettings()
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(settings["SBD_DELAY_START"]) // it may say "yes", which is msgwait
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

func withSettings(data []byte, settings map[string]string) []byte {
	var out bytes.Buffer
	left := maps.Clone(settings)
	for line := range strings.Lines(string(data)) {
		name, _, is := strings.Cut(strings.TrimSpace(line), "=")
		if value, has := left[name]; is && has {
			fmt.Fprintf(&out, "%s=%q\n", name, value)
			delete(left, name)
			continue
		}
		if _, twice := settings[name]; is && twice {
			continue
		}
		out.WriteString(strings.TrimRight(line, "\n") + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(&out, "%s=%q\n", name, left[name])
	}
	return out.Bytes()
}

// CreateSBD implements engine.SBD. -1 is the watchdog timeout, -4 msgwait.
func (d *Driver) CreateSBD(ctx context.Context, devices []string, watchdog, msgwait int) error {
	var argv []string
	for _, device := range devices {
		argv = append(argv, "-d", device)
	}
	argv = append(argv, "-1", strconv.Itoa(watchdog), "-4", strconv.Itoa(msgwait), "create")
	if _, err := d.runner.Run(ctx, run.Cmd("sbd", argv...)); err != nil {
		return fault.New(fault.Failed, "sbd.create_failed", "sbd create on %s: %s", d.node, run.Words(err)).With("node", d.node, "why", run.Words(err))
	}
	return nil
}

// PutSecret implements engine.SBD.
func (d *Driver) PutSecret(_ context.Context, name string, value []byte) error {
	dir := d.path(secretsDir)
	path := filepath.Join(dir, name)
	if value == nil {
		return removeFile(path)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return engine.WriteFile(path, value, 0o600)
}
