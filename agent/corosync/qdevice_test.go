package corosync_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"hawser/agent/corosync"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// said is a Runner whose programs print a file, or fail with these words.
func said(t *testing.T, file, words string) corosync.Tools {
	var f run.Fake
	answer := func(context.Context, run.Command) run.Output {
		if words != "" {
			return run.Output{Code: 3, Stderr: []byte(words)}
		}
		return run.Output{Stdout: read(t, "testdata/qdevice-3.0.3/"+file)}
	}
	f.Program("corosync-qdevice-tool", answer)
	f.Program("corosync-qnetd-tool", answer)
	return corosync.Tools{Runner: &f}
}

// TestDevice reads what corosync-qdevice 3.0.3 said with its arbiter there, and a moment after that had stopped answering.
func TestDevice(t *testing.T) {
	for _, c := range []struct {
		file string
		want ha.DeviceState
	}{
		{"connected.txt", ha.DeviceState{Connected: true, Voting: true, Algorithm: ha.FiftyFifty, Address: "10.240.9.100", State: "Connected", Heuristics: "pass"}},
		{"connecting.txt", ha.DeviceState{Algorithm: ha.FiftyFifty, Address: "10.240.9.100", State: "Connecting", Heuristics: "pass"}},
	} {
		got, err := said(t, c.file, "").Device(t.Context())
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v", c.file, got, err)
		}
	}
	if _, err := said(t, "", "corosync-qdevice-tool: Can't connect to QDevice socket (is QDevice running?): No such file or directory").Device(t.Context()); !errors.Is(err, corosync.ErrDown) {
		t.Errorf("a daemon that does not run: %v", err)
	}
}

// TestClients reads what corosync-qnetd 3.0.3 said of a cluster of two.
func TestClients(t *testing.T) {
	got, err := said(t, "clients.txt", "").Clients(t.Context())
	want := []ha.ArbiterCluster{{
		Name: "exp", Algorithm: "Fifty-Fifty split (KAP Tie-breaker)", TieBreaker: "Node with lowest node ID",
		Nodes: []ha.ArbiterNode{
			{ID: 1, Address: "10.240.9.11", Secured: true, Vote: "ack", Heuristics: "pass"},
			{ID: 2, Address: "10.240.9.12", Secured: true, Vote: "ack", Heuristics: "pass"},
		},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := said(t, "", "corosync-qnetd-tool: Can't connect to QNetd socket (is QNetd running?)").Clients(t.Context()); !errors.Is(err, corosync.ErrDown) {
		t.Errorf("a daemon that does not run: %v", err)
	}
}
