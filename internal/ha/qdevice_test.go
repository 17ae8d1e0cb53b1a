package ha_test

import (
	"slices"
	"testing"
	"time"

	"hawser/internal/ha"
)

// TestWithDevice: what two nodes have instead of an arbiter goes when one comes, and is there again when it has gone.
func TestWithDevice(t *testing.T) {
	d := ha.QuorumDevice{Host: "arb", Address: "192.0.2.9", Algorithm: ha.FiftyFifty}
	two := setupOf(ones(2), ha.Quorum{TwoNode: true, WaitForAll: true})
	with := two.WithDevice(d)
	if q := with.Quorum; q.TwoNode || q.WaitForAll || q.Device == nil || with.ExpectedVotes() != 3 {
		t.Errorf("with a device %+v, %d votes", q, with.ExpectedVotes())
	}
	if got := mistakes(ha.ValidateSetup(with)); got != "" {
		t.Error(got)
	}
	if q := with.WithoutDevice().Quorum; !q.TwoNode || !q.WaitForAll || q.Device != nil {
		t.Errorf("and without it %+v", q)
	}
	if q := two.Quorum; !q.TwoNode || q.Device != nil {
		t.Errorf("the set-up before has become %+v", q)
	}
	four := setupOf(ones(4), ha.Quorum{WaitForAll: true})
	if q := four.WithDevice(d).Quorum; !q.WaitForAll {
		t.Error("wait_for_all of its own is gone")
	}
	if q := four.WithDevice(d).WithoutDevice().Quorum; q.TwoNode || !q.WaitForAll {
		t.Errorf("four nodes get %+v", q)
	}
	for option, q := range map[string]ha.Quorum{
		"auto_tie_breaker": {AutoTieBreaker: true}, "last_man_standing": {LastManStanding: true, WaitForAll: true}, "": {TwoNode: true, WaitForAll: true},
	} {
		if got := setupOf(ones(2), q).DeviceConflict(); got != option {
			t.Errorf("%+v: conflict %q, want %q", q, got, option)
		}
	}
}

// TestDeviceRefused: an arbiter that decides nothing, or not as its algorithm must.
func TestDeviceRefused(t *testing.T) {
	for want, s := range map[string]ha.Setup{
		"quorum.device.host qdevice.one_node":           setupOf(ones(1), ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: ha.LastMan}}),
		"quorum.device.algorithm qdevice.one_vote":      setupOf([]int{2, 1}, ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: ha.FiftyFifty}}),
		"quorum.device.tieBreaker quorum.tie_breaker":   setupOf(ones(2), ha.Quorum{Device: &ha.QuorumDevice{Address: "192.0.2.9", Algorithm: ha.FiftyFifty, TieBreaker: "7"}}),
		"quorum.device.address qdevice.address_of_node": setupOf(ones(2), ha.Quorum{Device: &ha.QuorumDevice{Address: setupOf(ones(2), ha.Quorum{}).Nodes[1].Addresses[0], Algorithm: ha.FiftyFifty}}),
	} {
		if got := mistakes(ha.ValidateSetup(s)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestDeviceJudged: the verdict and its evidence say when the arbiter's vote is missing, for all or for some, and when a node loses it.
func TestDeviceJudged(t *testing.T) {
	now := time.Now()
	state := func(d *ha.DeviceState) *ha.State {
		return &ha.State{At: now, Reporter: "n1", Running: true, Quorate: true, Votes: 3, ExpectedVotes: 3, QuorumVotes: 2, Device: d}
	}
	well := ha.DeviceState{Connected: true, Voting: true, Votes: 1, Address: "192.0.2.9", Algorithm: ha.FiftyFifty}
	cut := well
	cut.Lost = []string{"n2"}
	for _, c := range []struct {
		name     string
		device   *ha.DeviceState
		reason   string
		evidence string
	}{
		{"None", nil, "", ""},
		{"Well", &well, "", ha.EvidenceQDevice},
		{"Cut", &cut, ha.ReasonQDeviceCut, ha.EvidenceQDeviceLost},
		{"Lost", &ha.DeviceState{Address: "192.0.2.9"}, ha.ReasonQDeviceLost, ha.EvidenceQDeviceLost},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, r := range ha.Judge(nil, state(c.device), now).Reasons {
				if slices.Contains([]string{ha.ReasonQDeviceCut, ha.ReasonQDeviceLost}, r.Code) {
					got = r.Code
				}
			}
			if got != c.reason {
				t.Errorf("the verdict says %q, want %q", got, c.reason)
			}
			got = ""
			for _, e := range ha.Gather(nil, state(c.device), ha.Background{}, now) {
				if slices.Contains([]string{ha.EvidenceQDevice, ha.EvidenceQDeviceLost}, e.Code) {
					got = e.Code
				}
			}
			if got != c.evidence {
				t.Errorf("the evidence is %q, want %q", got, c.evidence)
			}
		})
	}
	changes := ha.Diff(*state(&well), *state(&ha.DeviceState{Address: "192.0.2.9"}))
	if len(changes) != 1 || changes[0].Kind != ha.QDeviceLost || changes[0].Args["node"] != "n1" || changes[0].Args["address"] != "192.0.2.9" {
		t.Errorf("it is told as %+v", changes)
	}
}
