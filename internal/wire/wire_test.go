package wire_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

var at = time.Date(2026, 3, 14, 9, 26, 53, 589000000, time.UTC)

// messages is one of each kind with every field set that travels. The golden files are what other versions send: a change in
// one of them is a change of the protocol, and needs either a compatible meaning or a new version.
var messages = map[wire.Kind]wire.Message{
	wire.KindHello: {Hello: &wire.Hello{
		Version: 1, Agent: "0.1.0", Host: "h1", Boot: "7d3c", Started: at, Facts: facts, LastSeq: 42, Running: []string{"c1"},
	}},
	wire.KindWelcome: {Welcome: &wire.Welcome{Version: 1, AckSeq: 41, RenewBy: at, Time: at}},
	wire.KindCommand: {Command: &wire.Command{ID: "c1", Name: wire.EditConfig, Args: json.RawMessage(`{"edits":[{"op":"meta.set","id":"web","values":{"target-role":"Stopped"}}]}`), Deadline: at, Actor: "admin"}},
	wire.KindCancel:  {Cancel: &wire.Cancel{ID: "c1"}},
	wire.KindProgress: {Progress: &wire.Progress{
		Command: "c1", Step: "config.patch", Phase: wire.Commit, Args: map[string]string{"node": "n1"}, At: at,
	}},
	wire.KindResult: {Result: &wire.Result{
		Command: "c1", At: at, Output: json.RawMessage(`{"settled":true}`),
		Fault: &fault.Error{Code: fault.Conflict, Reason: "config.moved_on", Message: "the configuration has changed meanwhile", Args: map[string]string{"node": "n1"}, Fields: []fault.Field{{Path: "edits[0]", Reason: "field.required", Message: "needed"}}},
	}},
	wire.KindReport: {Report: &wire.Report{Cluster: "demo", Delta: ha.Delta{
		State: ha.State{
			At: at, Reporter: "n1", Engine: "pacemaker", Running: true, DC: "n1", Quorate: true, Votes: 3, ExpectedVotes: 3, QuorumVotes: 2,
			Nodes: []ha.NodeState{{Name: "n2", ID: "2", Online: true, Resources: []string{"web"}}},
			Health: []ha.NodeHealth{{Node: "n1", Kinds: []ha.KindHealth{{
				Kind: ha.HealthDisk, Colour: ha.Yellow, Since: at,
				Readings: []ha.HealthReading{{Measure: ha.MeasureSpace, Object: "/srv", Percent: 88, Yellow: 85, Red: 95, Colour: ha.Yellow}, {Measure: ha.MeasureIOWait, Yellow: 30, Red: 60, Colour: ha.Green, Error: "no figures"}},
			}}}},
		},
		GoneRes: []string{"old"}, Cleared: []string{"failures"},
	}}},
	wire.KindConfig: {Config: &wire.Config{Cluster: "demo", Config: ha.Config{
		Version: ha.Version{AdminEpoch: 0, Epoch: 7, NumUpdates: 2}, Properties: map[string]string{"stonith-enabled": "true"},
		Nodes: []ha.NodeConfig{{ID: "1", Name: "n1"}}, Resources: []ha.Resource{{ID: "web", Kind: ha.Primitive, Agent: "ocf:heartbeat:nginx"}}, Constraints: []ha.Constraint{},
	}, XML: "<configuration/>", Command: "c1"}},
	wire.KindEvent: {Event: &wire.Event{Seq: 42, At: at, Cluster: "demo", Key: "node.lost/ab12", Inquorate: true, Mailed: []wire.Mailed{{
		Channel: "ops", Recipient: "ops@example.com", MessageID: "<ab@example.com>", Node: "n1", At: at, Unknown: true,
	}}, Change: ha.Change{
		Kind: ha.NodeLost, Severity: ha.Critical, Object: "n2", Args: map[string]string{"node": "n2"},
	}}},
	wire.KindAck:   {Ack: &wire.Ack{Seq: 42, Commands: []string{"c1"}}},
	wire.KindFacts: {Facts: &facts},
}

var facts = ha.Facts{
	Hostname: "n1", MachineID: "0123", OS: "Debian GNU/Linux 12", Kernel: "6.1.0", Architecture: "amd64", CPUs: 2, MemoryBytes: 4 << 30, DiskBytes: 40 << 30, DiskFree: 20 << 30,
	Pacemaker: "2.1.5", Corosync: "3.1.7", Interfaces: []ha.Interface{{Name: "eth0", Addresses: []string{"10.0.0.1/24"}, MTU: 1500, Up: true}},
	BlockDevices: []ha.Device{{Path: "/dev/disk/by-id/x", SizeBytes: 1 << 30, FileSystem: "ext4", UUID: "u"}}, Engine: "pacemaker", Cluster: "demo",
}

func TestGolden(t *testing.T) {
	for kind, m := range messages {
		m.Kind = kind
		golden(t, string(kind), m)
	}
	golden(t, "enrol-request", wire.EnrolRequest{Token: "t", CSR: "PEM", Facts: facts})
	golden(t, "enrol-answer", wire.EnrolAnswer{Host: "h1", Certificate: "PEM", CA: "PEM"})
	golden(t, "renew-request", wire.RenewRequest{CSR: "PEM"})
	golden(t, "renew-answer", wire.RenewAnswer{Certificate: "PEM", CA: "PEM"})
}

// golden holds v against the file, both ways.
func golden[T any](t *testing.T, name string, v T) {
	t.Helper()
	path := filepath.Join("testdata", name+".json")
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is sent as\n%s\nand was sent as\n%s", name, got, want)
	}
	var back T
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := json.MarshalIndent(back, "", "  "); err != nil || string(again)+"\n" != string(want) {
		t.Errorf("%s is read as\n%s\n(%v)", name, again, err)
	}
}

// TestEveryKind: a kind without a golden file would change unseen, and every field of the envelope is a kind.
func TestEveryKind(t *testing.T) {
	envelope := reflect.TypeFor[wire.Message]()
	if fields := envelope.NumField() - 1; fields != len(messages) {
		t.Errorf("the envelope has %d kinds, the golden files %d", fields, len(messages))
	}
	for kind, m := range messages {
		set := 0
		v := reflect.ValueOf(m)
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Kind" && !v.Field(i).IsNil() {
				set++
			}
		}
		if set != 1 {
			t.Errorf("%s: %d fields are set, want 1", kind, set)
		}
	}
}

// TestNewerPeer: what a newer version says beyond our words is let through.
func TestNewerPeer(t *testing.T) {
	var m wire.Message
	if err := json.Unmarshal([]byte(`{"kind":"weather","weather":{"rain":true}}`), &m); err != nil || m.Kind != "weather" {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestReads(t *testing.T) {
	for _, n := range []wire.CommandName{wire.Preflight, wire.Agents, wire.Metadata, wire.Observe, wire.DiskInspect, wire.DiskProbe, wire.DiskStatus} {
		if !n.Reads() {
			t.Errorf("%s reads only", n)
		}
	}
	for _, n := range []wire.CommandName{
		wire.Configure, wire.Deconfigure, wire.StartHost, wire.StopHost, wire.Reload, wire.EditConfig, wire.Revert,
		wire.Cleanup, wire.Move, wire.Restart, wire.Fence, wire.DiskPrepare, wire.DiskEnable, wire.DiskDisable,
	} {
		if n.Reads() {
			t.Errorf("%s changes something: it must be written down before it begins", n)
		}
	}
}
