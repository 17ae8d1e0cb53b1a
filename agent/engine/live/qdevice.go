package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"hawser/agent/corosync"
	"hawser/agent/run"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// The units of a quorum device. Source: the packages corosync-qdevice and corosync-qnetd 3.0.
const (
	qdeviceUnit = "corosync-qdevice.service"
	qnetdUnit   = "corosync-qnetd.service"
)

const (
	// deviceLook is how often it is looked whether the arbiter still answers: no log tells. qdevice itself notices within 10 s.
	deviceLook = 5 * time.Second
	// deviceFresh is how long what corosync-qdevice said is believed.
	deviceFresh = time.Second
	// deviceSettles is how long votequorum may take to count what corosync-qdevice has just been told.
	deviceSettles = 10 * time.Second
	// reachWait bounds the try whether an arbiter is reached: longer than two lost SYNs.
	reachWait = 5 * time.Second
	// arbiterWait bounds the wait for a daemon that has been started.
	arbiterWait = 20 * time.Second
	// notRunning is the state of a device whose daemon does not run, where the daemon would have words of its own.
	notRunning = "Not running"
)

// deviceSeen is the quorum device as it was seen last.
type deviceSeen struct {
	state   *ha.DeviceState
	at      time.Time // of the look
	changed time.Time
}

// hasDevice says whether a corosync.conf names a quorum device.
func hasDevice(data []byte) bool { return deviceOf(data) != nil }

func deviceOf(data []byte) *ha.QuorumDevice {
	if data == nil {
		return nil
	}
	conf, err := corosync.Parse(data)
	if err != nil {
		return nil
	}
	s, err := conf.Setup()
	if err != nil || s.Quorum == nil {
		return nil
	}
	return s.Quorum.Device
}

// Device implements engine.QDevice.
func (d *Driver) Device(ctx context.Context) (*ha.DeviceState, error) {
	data, err := readFile(d.path(confPath))
	if err != nil {
		return nil, err
	}
	want := deviceOf(data)
	if want == nil {
		return nil, nil
	}
	st, err := d.corosync.Device(ctx)
	switch {
	case errors.Is(err, corosync.ErrDown):
		st.State = notRunning
	case err != nil:
		return nil, err
	}
	st.Address, st.Algorithm = want.Address, want.Algorithm
	return &st, nil
}

// observeDevice looks at the device, at most once in deviceFresh; what could not be seen is as it was.
func (d *Driver) observeDevice(ctx context.Context) *ha.DeviceState {
	d.mu.Lock()
	seen := d.device
	d.mu.Unlock()
	if time.Since(seen.at) >= deviceFresh {
		seen, _ = d.lookAtDevice(ctx)
	}
	if seen.state == nil {
		return nil
	}
	st := *seen.state
	return &st
}

func (d *Driver) lookAtDevice(ctx context.Context) (seen deviceSeen, moved bool) {
	st, err := d.Device(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.device.at = time.Now()
	if err == nil && !reflect.DeepEqual(st, d.device.state) {
		moved = true
		d.device.state, d.device.changed = st, d.device.at
	}
	return d.device, moved
}

// deviceMoved says whether the device is another way than it was told last. It is asked often, and looks seldom.
func (d *Driver) deviceMoved(ctx context.Context) bool {
	d.mu.Lock()
	age, settling := time.Since(d.device.at), time.Since(d.device.changed) < deviceSettles
	d.mu.Unlock()
	if age < deviceLook {
		return false
	}
	_, moved := d.lookAtDevice(ctx)
	return moved || settling // the votes may have followed
}

// loaded says whether a unit is installed.
func (d *Driver) loaded(ctx context.Context, unit string) (bool, error) {
	out, err := d.runner.Run(ctx, run.Cmd("systemctl", "show", "--property=LoadState", "--value", unit))
	if run.Missing(err) {
		return false, nil
	}
	return strings.TrimSpace(string(out.Stdout)) == "loaded", err
}

// is asks systemctl a question whose answer no is a status other than 0.
func (d *Driver) is(ctx context.Context, question, unit, yes string) bool {
	out, _ := d.runner.Run(ctx, run.Cmd("systemctl", question, unit))
	return strings.TrimSpace(string(out.Stdout)) == yes
}

// startOwnDevice starts corosync-qdevice with a node whose configuration has one. A node is a node without it: that its vote is missing
// is told by its state, and is no reason to keep the node out.
func (d *Driver) startOwnDevice(ctx context.Context) {
	data, err := readFile(d.path(confPath))
	if err != nil || !hasDevice(data) {
		return
	}
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", qdeviceUnit))
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "start", qdeviceUnit))
}

// StartDevice implements engine.QDevice.
func (d *Driver) StartDevice(ctx context.Context) error {
	// A daemon that has met a corosync.conf without a device has ended again and again, and systemd has given it up.
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", qdeviceUnit))
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "restart", qdeviceUnit)); err != nil {
		return fault.New(fault.Failed, "qdevice.start_failed", "corosync-qdevice on %s does not start: %s", d.node, run.Words(err)).
			With("node", d.node, "why", d.journal(ctx, qdeviceUnit, run.Words(err)))
	}
	d.forgetDeviceSeen()
	return nil
}

func (d *Driver) forgetDeviceSeen() {
	d.mu.Lock()
	d.device.at, d.device.changed, d.votesAt = time.Time{}, time.Now(), time.Time{}
	d.mu.Unlock()
}

// StopDevice implements engine.QDevice.
func (d *Driver) StopDevice(ctx context.Context) error {
	if installed, err := d.loaded(ctx, qdeviceUnit); err != nil || !installed {
		return err
	}
	if _, err := d.runner.Run(ctx, run.Cmd("systemctl", "stop", qdeviceUnit)); err != nil {
		return fault.New(fault.Failed, "qdevice.stop_failed", "corosync-qdevice on %s does not stop: %s", d.node, run.Words(err)).
			With("node", d.node, "why", run.Words(err))
	}
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", qdeviceUnit))
	d.forgetDeviceSeen()
	return nil
}

// InspectDevice implements engine.QDevice.
func (d *Driver) InspectDevice(ctx context.Context, cluster string) (ha.DeviceHost, error) {
	var h ha.DeviceHost
	var err error
	if h.Installed, err = d.loaded(ctx, qdeviceUnit); err != nil || !h.Installed {
		return h, err
	}
	h.Running = d.is(ctx, "is-active", qdeviceUnit, "active")
	certificate, err := d.certificate(ctx, d.path(deviceDB), clusterNick)
	h.Certified = err == nil && certificate != nil && certificate.Subject.CommonName == cluster
	return h, err
}

// ReachArbiter implements engine.QDevice.
func (d *Driver) ReachArbiter(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, reachWait)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(ha.QNetPort)))
	if err != nil {
		return fault.New(fault.Conflict, "qdevice.unreachable", "%s does not reach the arbiter at %s, port %d: %w", d.node, address, ha.QNetPort, err).
			With("node", d.node, "address", address, "port", strconv.Itoa(ha.QNetPort), "why", err.Error())
	}
	return conn.Close()
}

// InspectArbiter implements engine.QDevice.
func (d *Driver) InspectArbiter(ctx context.Context) (ha.Arbiter, error) {
	a := ha.Arbiter{Clusters: []ha.ArbiterCluster{}}
	var err error
	if a.Installed, err = d.loaded(ctx, qnetdUnit); err != nil || !a.Installed {
		return a, err
	}
	for _, name := range []string{"cert9.db", "cert8.db"} {
		if _, err := os.Stat(filepath.Join(d.path(arbiterDB), name)); err == nil {
			a.Ready = true
		}
	}
	a.Running, a.Enabled = d.is(ctx, "is-active", qnetdUnit, "active"), d.is(ctx, "is-enabled", qnetdUnit, "enabled")
	if !a.Running {
		a.Taken = d.listener(ctx, ha.QNetPort)
		return a, nil
	}
	switch clusters, err := d.corosync.Clients(ctx); {
	case err == nil:
		a.Clusters = clusters
	case !errors.Is(err, corosync.ErrDown): // it may just be starting
		return a, err
	}
	return a, nil
}

// listener names the program that listens at a TCP port, "" where none does.
func (d *Driver) listener(ctx context.Context, port int) string {
	out, err := d.runner.Run(ctx, run.Cmd("ss", "-H", "-l", "-t", "-n", "-p", "sport = :"+strconv.Itoa(port)))
	text := strings.TrimSpace(string(out.Stdout))
	if err != nil || text == "" {
		return ""
	}
	if _, rest, found := strings.Cut(text, `(("`); found { // users:(("nginx",pid=7,fd=3))
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	return "?"
}

// PrepareArbiter implements engine.QDevice.
func (d *Driver) PrepareArbiter(ctx context.Context) error {
	failed := func(err error) error {
		return fault.New(fault.Failed, "qdevice.arbiter_failed", "corosync-qnetd on %s cannot be set up: %s", d.node, run.Words(err)).
			With("host", d.node, "why", d.journal(ctx, qnetdUnit, run.Words(err)))
	}
	a, err := d.InspectArbiter(ctx)
	if err != nil {
		return err
	}
	if !a.Ready {
		if _, err := d.runner.Run(ctx, run.Cmd("corosync-qnetd-certutil", "-i", "-G")); err != nil {
			return failed(err)
		}
	}
	if err := d.giveToDaemon(ctx); err != nil {
		return err
	}
	_, _ = d.runner.Run(ctx, run.Cmd("systemctl", "reset-failed", qnetdUnit))
	for _, verb := range [][]string{{"enable", "--quiet"}, {"start"}} {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", append(verb, qnetdUnit)...)); err != nil {
			return failed(err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, arbiterWait)
	defer cancel()
	for {
		_, err := d.corosync.Clients(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return failed(err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// RestoreArbiter implements engine.QDevice. An arbiter that another cluster has come to use meanwhile stays as it is.
func (d *Driver) RestoreArbiter(ctx context.Context, before ha.Arbiter) error {
	now, err := d.InspectArbiter(ctx)
	if err != nil || !now.Installed || len(now.Clusters) > 0 {
		return err
	}
	var verbs [][]string
	if !before.Enabled {
		verbs = append(verbs, []string{"disable", "--quiet", qnetdUnit})
	}
	if !before.Running {
		verbs = append(verbs, []string{"stop", qnetdUnit})
	}
	for _, args := range verbs {
		if _, err := d.runner.Run(ctx, run.Cmd("systemctl", args...)); err != nil {
			return fmt.Errorf("restore the arbiter: %w", err)
		}
	}
	if !before.Ready && !before.Running {
		return emptyDir(d.path(arbiterDB))
	}
	return nil
}
