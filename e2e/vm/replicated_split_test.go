package vm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hawser/e2e/stage"
	"hawser/internal/ha"
)

// splitBrain: both sides have written apart from each other. The product says so and shows what each can show, and a person chooses: once
// the side that serves, once the other.
func (p *replicated) splitBrain(t *testing.T) {
	for _, keep := range []string{"the one that serves", "the other"} {
		t.Run(strings.ReplaceAll(keep, " ", "_"), func(t *testing.T) {
			p.results.begin()
			serving, mails := p.primary(t), p.mails()
			idle := p.other(serving)
			before := p.mark(t)
			p.tearApart(t, serving, idle)
			after := p.mark(t)
			v := p.judged(t, ha.VolumeSplit)
			p.mailed(t, mails, "Volume "+volumeName+" has a split brain")
			mails = p.mails()
			var evidence []string
			for _, n := range p.names {
				i := slices.IndexFunc(v.States, func(s ha.VolumeState) bool { return s.Node == n })
				if i < 0 || v.States[i].Split == nil {
					t.Fatalf("%s shows nothing: %+v", n, v.States)
				}
				s := v.States[i].Split
				if !s.WasPrimary || s.Changed == 0 || s.Since.IsZero() || s.Primary != (n == serving) || (s.Mounted != "") != (n == serving) {
					t.Errorf("%s: %+v", n, s)
				}
				evidence = append(evidence, fmt.Sprintf("%s has changed %d KiB", n, s.Changed>>10))
			}
			kept := serving
			if keep == "the other" {
				kept = idle
			}
			p.must(t, "volume", "resolve", cluster, volumeName, kept, "--confirm", volumeName)
			if keep == "the other" {
				p.must(t, "cluster", "cleanup", cluster)
			}
			p.well(t, stage.Group)
			p.reaches(t, p.primary(t), minor, "in sync", inSync)
			p.judged(t, ha.VolumeOK)
			p.mailed(t, mails, "[Resolved]", "Volume "+volumeName+" has a split brain")
			want := map[string]string{serving: after, idle: before}[kept]
			if got := p.marked(t); got != want {
				t.Errorf("kept %s: the database says %q, want %q", kept, got, want)
			}
			p.results.add("Split brain, kept: "+keep, "both sides Primary while apart, both have written", strings.Join(evidence, ", ")+"; resolved, both copies alike, the database has what the kept side had",
				"found, mailed, evidence of each side, resolved as chosen, and mailed")
		})
	}
}

// tearApart is what an administrator does who trusts nobody: he forces the other side to be Primary while the network is down, and has
// it ask nobody whether it may.
func (p *replicated) tearApart(t *testing.T, serving, idle string) {
	t.Helper()
	p.must(t, "cluster", "properties", cluster, "maintenance-mode=true")
	p.part(t, serving, true, replicates)
	p.reaches(t, idle, minor, "alone", func(k kernel) bool { return k.Connection == "WFConnection" })
	p.in(t, idle, "sh", "-ec", `drbdadm disk-options --fencing=dont-care $1; drbdadm primary --force $1; mkdir -p /mnt/apart; mount $2 /mnt/apart; echo apart >/mnt/apart/apart; umount /mnt/apart; drbdadm secondary $1`, "sh", volumeName, fmt.Sprintf("/dev/drbd%d", minor))
	p.part(t, serving, false, replicates)
	p.reaches(t, serving, minor, "split", func(k kernel) bool { return k.Connection == "StandAlone" || k.Connection == "WFConnection" })
	p.must(t, "cluster", "properties", cluster, "maintenance-mode=false")
}
