package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// watchEvery is how often a resync that is watched is looked at.
const watchEvery = time.Second

func listVolumes(ctx context.Context, k *call) error {
	list, err := client.All[api.VolumeShown](ctx, k.api, client.Request{Route: "volume.list", Path: k.path()}, 0)
	if err != nil {
		return err
	}
	return printList(k.app, list,
		column[api.VolumeShown]{"name", func(v api.VolumeShown) string { return v.Volume.Name }},
		column[api.VolumeShown]{"driver", func(v api.VolumeShown) string { return string(v.Volume.Driver) }},
		column[api.VolumeShown]{"state", func(v api.VolumeShown) string { return k.t("volume.verdict." + v.Verdict) }},
		column[api.VolumeShown]{"primary", func(v api.VolumeShown) string { return strings.Join(primariesOf(v), ",") }},
		column[api.VolumeShown]{"copies", func(v api.VolumeShown) string { return fmt.Sprintf("%d/%d", v.UpToDate, len(v.Volume.Replicas)) }},
		column[api.VolumeShown]{"progress", func(v api.VolumeShown) string { return k.progressOf(v) }},
		column[api.VolumeShown]{"device", func(v api.VolumeShown) string { return v.Volume.Device }},
		column[api.VolumeShown]{"size", func(v api.VolumeShown) string { return bytesOf(sizeOf(v)) }},
		column[api.VolumeShown]{"resource", func(v api.VolumeShown) string { return v.Resource }},
		column[api.VolumeShown]{"used_by", func(v api.VolumeShown) string { return v.User }},
		column[api.VolumeShown]{"findings", func(v api.VolumeShown) string { return strconv.Itoa(len(v.Findings)) }},
	)
}

func primariesOf(v api.VolumeShown) []string {
	var list []string
	for _, st := range v.States {
		if st.Up && st.Role == ha.VolumePrimary {
			list = append(list, st.Node)
		}
	}
	return list
}

func sizeOf(v api.VolumeShown) uint64 {
	size := int64(0)
	for _, st := range v.States {
		size = max(size, st.Size)
	}
	return uint64(size)
}

// copying returns what one side says of a resync or verification that goes on: the side that is written knows best how far it is.
func copying(v api.VolumeShown) *ha.VolumePeer {
	var found *ha.VolumePeer
	for i := range v.States {
		for n := range v.States[i].Peers {
			p := &v.States[i].Peers[n]
			if (p.Syncing() || strings.HasPrefix(p.Replication, "Verify")) && (found == nil || p.Replication == ha.ReplicaSyncTarget) {
				found = p
			}
		}
	}
	return found
}

func (k *call) progressOf(v api.VolumeShown) string {
	p := copying(v)
	if p == nil {
		return ""
	}
	text := fmt.Sprintf("%.1f %%", p.Done)
	if p.Rate > 0 {
		text += " " + bytesOf(uint64(p.Rate)) + "/s"
	}
	if p.Left > 0 {
		text += " " + k.t("cli.volume_left", "time", (time.Duration(p.Left)*time.Second).String())
	}
	return text
}

func showVolume(ctx context.Context, k *call) error {
	if k.isSet("watch") {
		return k.watchVolume(ctx)
	}
	var v api.VolumeShown
	if err := k.do(ctx, "volume.show", nil, &v); err != nil {
		return err
	}
	return k.printVolume(v)
}

func (k *call) printVolume(v api.VolumeShown) error {
	if k.output != "table" {
		return k.printData(v)
	}
	if err := k.printFacts(v, "name", v.Volume.Name, "driver", string(v.Volume.Driver), "state", k.t("volume.verdict."+v.Verdict), "copies", fmt.Sprintf("%d/%d", v.UpToDate, len(v.Volume.Replicas)),
		"progress", k.progressOf(v), "device", v.Volume.Device, "size", bytesOf(sizeOf(v)), "protocol", v.Volume.Protocol, "resource", v.Resource, "used_by", v.User,
		"file", v.Volume.File, "differing", strings.Join(v.Differing, ",")); err != nil {
		return err
	}
	k.line("")
	if err := printList(k.app, v.States,
		column[ha.VolumeState]{"node", func(s ha.VolumeState) string { return s.Node }},
		column[ha.VolumeState]{"role", func(s ha.VolumeState) string { return s.Role }},
		column[ha.VolumeState]{"disk_state", func(s ha.VolumeState) string { return s.Disk }},
		column[ha.VolumeState]{"peer", func(s ha.VolumeState) string {
			return eachPeer(s, func(p ha.VolumePeer) string { return p.Node })
		}},
		column[ha.VolumeState]{"peer_link", func(s ha.VolumeState) string {
			return eachPeer(s, func(p ha.VolumePeer) string { return p.Connection })
		}},
		column[ha.VolumeState]{"replication", func(s ha.VolumeState) string {
			return eachPeer(s, func(p ha.VolumePeer) string { return p.Replication })
		}},
		column[ha.VolumeState]{"out_of_sync", func(s ha.VolumeState) string {
			return eachPeer(s, func(p ha.VolumePeer) string { return bytesOf(uint64(p.OutOfSync)) })
		}},
	); err != nil {
		return err
	}
	if err := k.printEvidence(v); err != nil {
		return err
	}
	if err := k.printExposures(v.Exposures); err != nil {
		return err
	}
	k.line("")
	if err := k.printReplicas(v.Volume); err != nil {
		return err
	}
	for _, section := range slices.Sorted(maps.Keys(v.Volume.Options)) {
		for _, name := range slices.Sorted(maps.Keys(v.Volume.Options[section])) {
			k.line("  " + section + "." + name + "=" + v.Volume.Options[section][name])
		}
	}
	return k.printFindings(v.Findings)
}

func eachPeer(s ha.VolumeState, value func(ha.VolumePeer) string) string {
	var list []string
	for _, p := range s.Peers {
		list = append(list, value(p))
	}
	return strings.Join(list, ",")
}

// printEvidence shows what each side of a split brain can show.
func (k *call) printEvidence(v api.VolumeShown) error {
	var sides []ha.SplitSide
	for _, s := range v.States {
		if s.Split != nil {
			sides = append(sides, *s.Split)
		}
	}
	if len(sides) == 0 {
		return nil
	}
	k.line("")
	return printList(k.app, sides,
		column[ha.SplitSide]{"node", func(s ha.SplitSide) string { return s.Node }},
		column[ha.SplitSide]{"apart_since", func(s ha.SplitSide) string { return clock(s.Since) }},
		column[ha.SplitSide]{"primary_now", func(s ha.SplitSide) string { return k.yesNo(s.Primary) }},
		column[ha.SplitSide]{"was_primary", func(s ha.SplitSide) string {
			if !s.WasPrimary {
				return k.yesNo(false)
			}
			return strings.TrimSuffix(clock(s.From)+" – "+clock(s.Until), " – ")
		}},
		column[ha.SplitSide]{"changed", func(s ha.SplitSide) string { return bytesOf(uint64(s.Changed)) }},
		column[ha.SplitSide]{"mounted", func(s ha.SplitSide) string { return s.Mounted }},
	)
}

// exposuresShown bounds what is printed of them: the last ones. The rest is in the interface.
const exposuresShown = 10

// printExposures shows when one side alone had everything, newest first.
func (k *call) printExposures(list []ha.Exposure) error {
	if len(list) == 0 {
		return nil
	}
	k.line("")
	return printList(k.app, list[:min(len(list), exposuresShown)],
		column[ha.Exposure]{"exposed_since", func(e ha.Exposure) string { return clock(e.Started) }},
		column[ha.Exposure]{"exposed_for", func(e ha.Exposure) string {
			if e.Ended.IsZero() {
				return k.t("cli.volume_exposed")
			}
			return seconds(int(e.Length(e.Ended).Milliseconds()))
		}},
		column[ha.Exposure]{"out_of_sync", func(e ha.Exposure) string { return bytesOf(uint64(max(0, e.Bytes))) }},
	)
}

func (k *call) printReplicas(v ha.Volume) error {
	return printList(k.app, v.Replicas,
		column[ha.Replica]{"volume", func(ha.Replica) string { return v.Name }},
		column[ha.Replica]{"node", func(r ha.Replica) string { return r.Node }},
		column[ha.Replica]{"disk", func(r ha.Replica) string { return r.Disk }},
		column[ha.Replica]{"device", func(ha.Replica) string { return v.Device }},
		column[ha.Replica]{"address", func(r ha.Replica) string {
			if r.Port == 0 {
				return r.Address
			}
			return r.Address + " " + strconv.Itoa(r.Port)
		}},
		column[ha.Replica]{"protocol", func(ha.Replica) string { return v.Protocol }},
	)
}

// resolveVolume shows the evidence of both sides before it asks for the name.
func resolveVolume(ctx context.Context, k *call) error {
	keep := k.args["keep"]
	if k.flag("confirm") == "" && k.env.Terminal {
		var v api.VolumeShown
		if err := k.do(ctx, "volume.show", nil, &v); err != nil {
			return err
		}
		if err := k.printEvidence(v); err != nil {
			return err
		}
		k.say("%s", k.t("cli.volume_kept", "node", keep))
	}
	if err := k.confirmName(k.args["volume"], "cli.ask.volume.resolve"); err != nil {
		return err
	}
	return k.startWatched(ctx, "volume.resolve", api.ResolveSplit{Keep: keep})
}

// watchVolume follows a resync or verification to its end: a bar on a terminal, elsewhere a line for each look that brought something new.
// Ctrl-C ends the watching only.
func (k *call) watchVolume(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := ""
	for {
		var v api.VolumeShown
		if err := k.do(ctx, "volume.show", nil, &v); err != nil {
			return err
		}
		p := copying(v)
		if p == nil {
			if last != "" && k.env.Terminal {
				_, _ = fmt.Fprint(k.env.Stderr, "\r\x1b[K")
			}
			return k.printVolume(v)
		}
		text := p.Replication + " " + k.progressOf(v)
		switch {
		case k.env.Terminal:
			_, _ = fmt.Fprintf(k.env.Stderr, "\r\x1b[K[%s] %s", bar(p.Done), text)
		case text != last:
			k.say("%s", text)
		}
		last = text
		select {
		case <-ctx.Done():
			if k.env.Terminal {
				_, _ = fmt.Fprintln(k.env.Stderr)
			}
			if errors.Is(ctx.Err(), context.Canceled) {
				k.say("%s", k.t("cli.volume_goes_on", "volume", v.Volume.Name))
			}
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// bar draws how far something is.
func bar(percent float64) string {
	const places = 30
	full := min(max(int(percent), 0), 100) * places / 100
	return strings.Repeat("=", full) + strings.Repeat(" ", places-full)
}
