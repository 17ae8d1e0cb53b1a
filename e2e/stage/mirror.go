package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hawser/agent/replication/mirror/core"
	"hawser/agent/replication/mirror/daemon"
	"hawser/e2e/sandbox"
	"hawser/internal/ha"
)

// MirrorLink is the heartbeat link over which the two sides of a mirror meet: it can be cut, and the nodes still see each other.
const MirrorLink = 1

const mirrorProgram = "/usr/bin/hawser-mirror"

// Mirror is a replicated volume of Hawser's own on the private disks of two nodes, run by Pacemaker.
type Mirror struct {
	Name  string
	Nodes [2]string // with side 1 and side 2
	s     *Stage
	id    string
}

// Clone is the ID of what runs it.
func (m *Mirror) Clone() string { return ha.VolumeClone(m.Name) }

// Device is its block device, on the node where it is promoted.
func (m *Mirror) Device() string { return ha.MirrorDeviceDir + m.Name }

// Side is the number of a node's side, 0 where it has none.
func (m *Mirror) Side(node string) uint8 { return uint8(slices.Index(m.Nodes[:], node) + 1) } //nolint:gosec // 0, 1 or 2

// Other is the node with the other side.
func (m *Mirror) Other(node string) string { return m.Nodes[2-m.Side(node)] }

// Order gives an order to a node's side, as a person does, and returns what was printed.
func (m *Mirror) Order(ctx context.Context, node string, order ...string) ([]byte, error) {
	return m.s.Exec(ctx, node, append([]string{mirrorProgram, "--config", ha.MirrorConfig(m.Name)}, order...)...)
}

// Status is how a node's side says that it stands.
func (m *Mirror) Status(ctx context.Context, node string) (daemon.Status, error) {
	var st daemon.Status
	out, err := m.Order(ctx, node, "status")
	if err == nil {
		err = json.Unmarshal(out, &st)
	}
	return st, err
}

func (m *Mirror) nodes() string { return m.Nodes[0] + "," + m.Nodes[1] }

// Set is the in-sync set as a node's CIB has it.
func (m *Mirror) Set(ctx context.Context, node string) (daemon.Answer, error) {
	var a daemon.Answer
	out, err := m.s.Exec(ctx, node, mirrorProgram, "in-sync", "show", "--nodes", m.nodes(), "--volume", m.id)
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	return a, err
}

// Ask has the helper of a node's side change the in-sync set, as its daemon would.
func (m *Mirror) Ask(ctx context.Context, node string, change core.ChangeKind, term uint64) (daemon.Answer, error) {
	var a daemon.Answer
	q, err := json.Marshal(daemon.Question{Volume: m.Name, UUID: m.id, Change: change.String(), Side: m.Side(node), Term: term})
	if err != nil {
		return a, err
	}
	out, err := m.s.ExecInput(ctx, q, node, mirrorProgram, "in-sync", "--nodes", m.nodes())
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	return a, err
}

// Primary is the node whose side says that it is Primary; two of them are an error.
func (m *Mirror) Primary(ctx context.Context) (string, error) {
	primary := ""
	var errs []error
	for _, n := range m.Nodes {
		st, err := m.Status(ctx, n)
		switch {
		case err != nil:
			errs = append(errs, err)
		case st.Role == ha.VolumePrimary && primary != "":
			return "", fmt.Errorf("%s and %s are Primary", primary, n)
		case st.Role == ha.VolumePrimary:
			primary = n
		}
	}
	if primary == "" {
		return "", errors.Join(append(errs, errors.New("no side is Primary"))...)
	}
	return primary, nil
}

// WaitInSync waits until both sides have everything, by the word of the Primary and of the in-sync set, and returns the Primary's node.
func (m *Mirror) WaitInSync(ctx context.Context) (string, error) {
	primary := ""
	err := Until(ctx, m.s.patient(2*time.Minute), m.Name+" in sync", func(ctx context.Context) (bool, error) {
		var err error
		if primary, err = m.Primary(ctx); err != nil {
			return false, err
		}
		st, err := m.Status(ctx, primary)
		if err != nil {
			return false, err
		}
		set, err := m.Set(ctx, primary)
		if err != nil {
			return false, err
		}
		return st.Mode == core.Paired.String() && st.OutOfSync == 0 && len(set.Members) == 2, fmt.Errorf("%s: %+v, the set is %+v", primary, st, set)
	})
	return primary, err
}

// Verify has the sides compared, and returns how many bytes differ.
func (m *Mirror) Verify(ctx context.Context, primary string) (int64, error) {
	if _, err := m.Order(ctx, primary, "verify"); err != nil {
		return 0, err
	}
	var differs int64
	err := Until(ctx, m.s.patient(2*time.Minute), "comparison of both sides", func(ctx context.Context) (bool, error) {
		st, err := m.Status(ctx, primary)
		if err != nil || st.Verification == nil {
			return false, errors.Join(err, errors.New("nothing was compared"))
		}
		v := *st.Verification
		if v.Problem != nil {
			return false, v.Problem
		}
		differs = v.Different
		return !v.Underway && v.Compared == st.Size, fmt.Errorf("%+v", v)
	})
	return differs, err
}

// MakeMirror has the product make a volume on the private disks of two nodes, both blank, and run it. Its program is put on all nodes before, as
// its package does.
func (s *Stage) MakeMirror(ctx context.Context, cluster, name string, nodes [2]string) (*Mirror, error) {
	m := &Mirror{Name: name, Nodes: nodes, s: s}
	for _, n := range s.opt.Nodes {
		if _, err := s.Exec(ctx, n, "ln", "-sf", "/opt/hawser/hawser-mirror", mirrorProgram); err != nil {
			return m, err
		}
	}
	args := []string{"volume", "create", cluster, name, "--driver", string(ha.Mirror), "--skip-sync"}
	for _, n := range nodes {
		args = append(args, n+"="+sandbox.PrivateDevice, "--address", n+"="+s.Address(n, MirrorLink))
	}
	if _, err := s.CLI(ctx, args...); err != nil {
		return m, err
	}
	var config daemon.Config
	out, err := s.Exec(ctx, nodes[0], "cat", ha.MirrorConfig(name))
	if err == nil {
		err = json.Unmarshal(out, &config)
	}
	if err != nil {
		return m, err
	}
	m.id = config.Volume
	_, err = m.WaitInSync(ctx)
	return m, err
}

// ProtectOn makes a file system and a database on the volume, and protects them where it is promoted.
func (m *Mirror) ProtectOn(ctx context.Context, cluster, fstype string) error {
	primary, err := m.WaitInSync(ctx)
	if err != nil {
		return err
	}
	if _, err := m.s.Sandbox(ctx, "prepare-disk", "--node", primary, "--device", m.Device(), "--type", fstype); err != nil {
		return err
	}
	r := Postgres(Group, m.s.Virtual())
	r.Constraints = []ha.Constraint{
		{ID: "pg-with-volume", Kind: ha.Colocation, Resource: Group, With: m.Clone(), WithRole: "Promoted", Score: "INFINITY"},
		{ID: "pg-after-volume", Kind: ha.Order, First: m.Clone(), Action: "promote", Then: Group, ThenAction: "start"},
	}
	fs := r.Resource.Members[0].Parameters
	fs["device"], fs["fstype"] = m.Device(), fstype
	for _, one := range r.Resource.Members {
		for i := range one.Operations { // what the product asks for: mirror_timeout
			one.Operations[i].Timeout = "90s"
		}
	}
	if err := m.s.Create(ctx, cluster, r); err != nil {
		return err
	}
	return m.s.WaitServing(ctx, cluster, Group)
}
