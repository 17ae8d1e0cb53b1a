package live

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
	"time"

	"hawser/agent/engine"
	"hawser/agent/preflight"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

const (
	remoteUnit = "pacemaker_remote.service"
	// remoteKey is one file for members and remote nodes, and must be readable by Pacemaker's daemons: of the group haclient.
	// Source: Pacemaker Remote 2.1, "Key File".
	remoteKey   = "/etc/pacemaker/authkey"
	remoteGroup = "haclient"
	// portSetting is read by pacemaker_remote out of Pacemaker's file.
	portSetting = "PCMK_remote_port"
	// remoteWait bounds the wait for a daemon that has been started until it listens.
	remoteWait = 20 * time.Second
)

// Where Pacemaker's file is: Debian's place, then that of RHEL, SUSE, openEuler and Kylin.
var pacemakerFiles = []string{"/etc/default/pacemaker", "/etc/sysconfig/pacemaker"}

// InspectRemote implements engine.Remote.
func (d *Driver) InspectRemote(ctx context.Context) (ha.RemoteHost, error) {
	h := ha.RemoteHost{Port: ha.RemotePort}
	var err error
	if h.Installed, err = d.loaded(ctx, remoteUnit); err != nil || !h.Installed {
		return h, err
	}
	h.Running, h.Enabled = d.is(ctx, "is-active", remoteUnit, "active"), d.is(ctx, "is-enabled", remoteUnit, "enabled")
	_, data, err := d.pacemakerFile()
	if err != nil {
		return h, err
	}
	for line := range strings.Lines(string(data)) {
		name, value, is := strings.Cut(strings.TrimSpace(line), "=")
		if n, err := strconv.Atoi(strings.Trim(value, `"'`)); is && name == portSetting && err == nil {
			h.Port = n
		}
	}
	return h, nil
}

// pacemakerFile is where Pacemaker's settings are, with what is in it.
func (d *Driver) pacemakerFile() (string, []byte, error) {
	for _, file := range pacemakerFiles {
		if data, err := readFile(d.path(file)); err != nil || data != nil {
			return file, data, err
		}
	}
	return pacemakerFiles[0], nil, nil
}

// CheckRemote implements engine.Remote.
func (d *Driver) CheckRemote(ctx context.Context, address string, port int) ([]ha.Check, error) {
	files, err := d.Files(ctx)
	if err != nil {
		return nil, err
	}
	up, err := d.Up(ctx)
	if err != nil {
		return nil, err
	}
	h, err := d.InspectRemote(ctx)
	if err != nil {
		return nil, err
	}
	r := preflight.Remote{Address: address, Port: port, Host: h}
	if !h.Running {
		r.Taken = d.listener(ctx, port)
	}
	return preflight.CheckRemote(ctx, preflight.Host{Runner: d.runner, Name: d.node, Conf: files.Conf, Up: up}, r), nil
}

// RemoteKey implements engine.Remote.
func (d *Driver) RemoteKey(context.Context) ([]byte, error) { return readFile(d.path(remoteKey)) }

// WriteRemoteKey implements engine.Remote.
func (d *Driver) WriteRemoteKey(_ context.Context, key []byte) error {
	path := d.path(remoteKey)
	if key == nil {
		return removeFile(path)
	}
	gid, err := groupID(remoteGroup)
	if err != nil {
		return err
	}
	if d.root != "" {
		gid = -1 // this machine's groups are not that host's
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, os.ErrNotExist) {
		if err := os.Mkdir(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.Chown(filepath.Dir(path), -1, gid); err != nil {
			return err
		}
	}
	if err := engine.WriteOwned(path, key, 0o640, -1, gid); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// groupID is a group's number, or -1, which changes nothing, where there is no such group: then root alone reads the key, as
// pacemaker_remote does.
func groupID(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if _, unknown := errors.AsType[user.UnknownGroupError](err); unknown {
		return -1, nil
	}
	if err != nil {
		return -1, err
	}
	return strconv.Atoi(g.Gid)
}

// StartRemote implements engine.Remote.
func (d *Driver) StartRemote(ctx context.Context, port int) error {
	failed := func(err error) error {
		return fault.New(fault.Failed, "remote.start_failed", "pacemaker_remote on %s does not start: %s", d.node, run.Words(err)).
			With("node", d.node, "why", d.journal(ctx, remoteUnit, run.Words(err)))
	}
	if err := d.setRemotePort(ctx, port); err != nil {
		return err
	}
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", remoteUnit))
	for _, verb := range [][]string{{"enable", "--quiet"}, {"start"}} {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", append(verb, remoteUnit)...)); err != nil {
			return failed(err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, remoteWait)
	defer cancel()
	for d.listener(ctx, port) == "" {
		select {
		case <-ctx.Done():
			return failed(fmt.Errorf("it does not listen at port %d: %w", port, context.Cause(ctx)))
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

// setRemotePort brings Pacemaker's file to a port. Where that is the one that the daemon takes by itself there need be no line.
func (d *Driver) setRemotePort(ctx context.Context, port int) error {
	h, err := d.InspectRemote(ctx)
	if err != nil || h.Port == port {
		return err
	}
	file, data, err := d.pacemakerFile()
	if err != nil {
		return err
	}
	if port == ha.RemotePort {
		data = withoutSetting(data, portSetting)
	} else {
		data = withSettings(data, map[string]string{portSetting: strconv.Itoa(port)})
	}
	if err := os.MkdirAll(filepath.Dir(d.path(file)), 0o755); err != nil {
		return err
	}
	if err := engine.WriteFile(d.path(file), data, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func withoutSetting(data []byte, name string) []byte {
	lines := slices.Collect(strings.Lines(string(data)))
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), name+"=") })
	return []byte(strings.Join(lines, ""))
}

// StopRemote implements engine.Remote.
func (d *Driver) StopRemote(ctx context.Context) error {
	installed, err := d.loaded(ctx, remoteUnit)
	if err != nil || !installed {
		return err
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "disable", "--quiet", remoteUnit)); err != nil {
		return fmt.Errorf("disable %s: %w", remoteUnit, err)
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "stop", remoteUnit).Within(stopWait)); err != nil {
		return fault.New(fault.Failed, "remote.stop_failed", "pacemaker_remote on %s does not stop: %s", d.node, run.Words(err)).
			With("node", d.node, "why", run.Words(err))
	}
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", remoteUnit))
	return d.setRemotePort(ctx, ha.RemotePort)
}
