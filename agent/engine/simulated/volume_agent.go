package simulated

import (
	"context"

	"hawser/internal/ha"
)

// drbdAgent is what the resource agent of DRBD says of itself. Every simulated host has it, whatever the machine below has installed.
func drbdAgent() ha.AgentMetadata {
	return ha.AgentMetadata{
		Agent: ha.DRBDAgent, Version: "1.5", Short: "Manages a DRBD device as a promotable clone",
		Parameters: []ha.AgentParameter{
			{Name: "drbd_resource", Type: "string", Required: true, Short: "drbd resource name"},
			{Name: "drbdconf", Type: "string", Default: "/etc/drbd.conf", Short: "Path to drbd.conf"},
			{Name: "adjust_master_score", Type: "string", Default: "5 10 1000 10000", Short: "master score adjustments"},
		},
		Actions: []ha.AgentAction{
			{Name: "start", Timeout: "240s"},
			{Name: "promote", Timeout: "90s"},
			{Name: "demote", Timeout: "90s"},
			{Name: "notify", Timeout: "90s"},
			{Name: "stop", Timeout: "100s"},
			{Name: "monitor", Interval: "20s", Timeout: "20s", Role: "Unpromoted"},
			{Name: "monitor", Interval: "10s", Timeout: "20s", Role: "Promoted"},
			{Name: "meta-data", Timeout: "5s"},
			{Name: "validate-all"},
		},
	}
}

// By these scores the agent lets a side be promoted that has all data: one that is Primary or sees the other side, and one that is
// alone. [adjust_master_score of drbd.ocf; a mirror's agent differs in the numbers, not in the order]
const (
	complete = "10000"
	lonely   = "1000"
)

// score does what the agent's monitor does: a side that has all data may be promoted, another one may not.
func (d *Driver) score(ctx context.Context, st ha.State) error {
	if !d.world.hasVolumes() {
		return nil
	}
	want := map[string]map[string]string{} // by node and attribute
	err := d.world.volumes(ctx, func(v *volumeWorld) error {
		for _, r := range ha.Leaves(st.Resources) {
			x := v.Volumes[r.ID]
			if x == nil || r.Agent != x.agent() {
				continue
			}
			for node, s := range x.Sides {
				if want[node] == nil {
					want[node] = map[string]string{}
				}
				want[node]["master-"+r.ID] = ""
				if s.Up && s.Attached && s.Disk == ha.DiskUpToDate {
					want[node]["master-"+r.ID] = lonely
					if s.Primary || x.Connected {
						want[node]["master-"+r.ID] = complete
					}
				}
			}
		}
		return nil
	})
	if err != nil || len(want) == 0 {
		return err
	}
	return d.at(ctx, func(_ host, b *balance) error {
		for node, attributes := range want {
			for name, value := range attributes {
				if b.attribute(node, name) != value {
					b.transient(node, name, value)
				}
			}
		}
		return b.settle(ctx)
	})
}

// attribute is the value of a transient attribute; empty where a node has none, or is not there.
func (b *balance) attribute(node, name string) string {
	s := b.state(node)
	if s == nil {
		return ""
	}
	for _, p := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
		if p.SelectAttrValue("name", "") == name {
			return p.SelectAttrValue("value", "")
		}
	}
	return ""
}
