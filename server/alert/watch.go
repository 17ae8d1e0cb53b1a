package alert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/post"
)

const (
	// sweepEvery is how often alarms are held against the state of clusters and hosts.
	sweepEvery = 5 * time.Second
	// settled is how long the state must show that an alarm is over before it is believed: its event is on its way, and says more.
	settled = 20 * time.Second
	// fresh is how old a state may be to tell anything.
	fresh = 15 * time.Second
	// awayAfter is how long an agent may be away before somebody is told: longer than a restart of its machine's network or its upgrade.
	awayAfter = 2 * time.Minute
	// endingBefore is how long before its end a certificate is told of. They are renewed a month before it.
	endingBefore = 14 * 24 * time.Hour
	endingSoon   = 3 * 24 * time.Hour
	// A disk is full below a fiftieth of its size or below what the spool, journals and a log bundle need; it is free again well above.
	diskLeast  = 256 << 20
	diskShare  = 50
	diskEnough = 512 << 20
)

// Run watches and sends until ctx ends.
func (a *Alerts) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.deliver(ctx) })
	g.Go(func() error { return a.watch(ctx) })
	return g.Wait()
}

func (a *Alerts) watch(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.o.Log.Warn("alarms were not held against the state", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep holds the alarms against what is known: it ends those that are over, tells what silences have kept back, and notes the
// conditions that no node tells.
func (a *Alerts) Sweep(ctx context.Context) error {
	told, err := a.o.Store.EndSilences(ctx, a.o.Now().UTC())
	if err != nil {
		return err
	}
	if len(told) > 0 {
		a.Changed(told...)
	}
	open, err := a.o.Store.OpenAlarms(ctx)
	if err != nil || a.o.Picture == nil {
		return err
	}
	if err := a.endOver(ctx, open); err != nil {
		return err
	}
	hosts, err := a.o.Picture.Hosts(ctx)
	if err != nil {
		return err
	}
	if err := a.leave(ctx, hosts); err != nil {
		return err
	}
	at := map[key]api.Alarm{}
	for _, one := range open {
		at[key{one.Kind, one.Object}] = one
	}
	return errors.Join(a.conditions(ctx, hosts, at), a.licence(ctx, at))
}

// key tells alarms of hosts and of the server apart; of clusters it takes the cluster, too.
type key struct {
	kind   ha.AlarmKind
	object string
}

// endOver ends the alarms that the state of their cluster has shown to be over for a while.
func (a *Alerts) endOver(ctx context.Context, open []api.Alarm) error {
	now := a.o.Now()
	still := map[int64]time.Time{}
	for _, one := range open {
		s, at, is := a.o.Picture.Look(one.Cluster)
		if one.Cluster == "" || is && now.Sub(at) > fresh || is && !ha.AlarmOver(one.Kind, one.Object, s) || !is && a.o.Picture.Managed(one.Cluster) {
			continue
		}
		a.mu.Lock()
		since, known := a.seen[one.ID]
		a.mu.Unlock()
		if !known || since.Before(one.Last) {
			since = now
		}
		if now.Sub(since) < settled || now.Sub(one.Last) < settled {
			still[one.ID] = since
			continue
		}
		ended, err := a.o.Store.EndAlarm(ctx, one.ID, api.ByState, now.UTC())
		if err != nil {
			return err
		}
		a.Changed(ended)
	}
	a.mu.Lock()
	a.seen = still
	a.mu.Unlock()
	return nil
}

// conditions notes what began and what is over of agents, disks and certificates.
func (a *Alerts) conditions(ctx context.Context, hosts []api.Host, open map[key]api.Alarm) error {
	now := a.o.Now().UTC()
	there := map[string]bool{}
	for _, h := range hosts {
		if h.Revoked {
			continue
		}
		there[h.Name] = true
		if err := a.agent(ctx, h, open, now); err != nil {
			return err
		}
		if err := a.disk(ctx, h, open, now); err != nil {
			return err
		}
		if err := a.certificate(ctx, h.Name, h.Cluster, h.Expires, open, now); err != nil {
			return err
		}
	}
	for name, end := range a.o.Certificates() {
		there[name] = true
		if err := a.certificate(ctx, name, "", end, open, now); err != nil {
			return err
		}
	}
	// A host that was put out has no conditions any more.
	for k, one := range open {
		switch k.kind {
		case ha.AlarmAgent, ha.AlarmDisk, ha.AlarmCertificate:
			if !there[k.object] {
				ended, err := a.o.Store.EndAlarm(ctx, one.ID, api.ByState, now)
				if err != nil {
					return err
				}
				a.Changed(ended)
			}
		}
	}
	return nil
}

// agent tells of an agent that is away although its node is a member: of a node that is lost that is told.
func (a *Alerts) agent(ctx context.Context, h api.Host, open map[key]api.Alarm, now time.Time) error {
	one, is := open[key{ha.AlarmAgent, h.Name}]
	switch {
	case h.Connected && is:
		return a.note(ctx, h.Cluster, ha.AgentBack, ha.Info, h.Name, fmt.Sprintf("%d/%d", one.ID, one.Count), "node", h.Name)
	case h.Connected || is:
		return nil
	}
	since := h.Seen
	if since.Before(a.started) { // the agents of a server that was down need a while to come back
		since = a.started
	}
	if now.Sub(since) < awayAfter {
		return nil
	}
	if s, at, known := a.o.Picture.Look(h.Cluster); known && now.Sub(at) < fresh {
		for _, n := range s.Nodes {
			if n.Name == h.Name && !n.Online {
				return nil
			}
		}
	}
	return a.note(ctx, h.Cluster, ha.AgentAway, ha.Warning, h.Name, h.Seen.UTC().Format(time.RFC3339Nano), "node", h.Name, "since", h.Seen.Local().Format(post.Clock))
}

func (a *Alerts) disk(ctx context.Context, h api.Host, open map[key]api.Alarm, now time.Time) error {
	f := h.Facts
	if f.DiskBytes == 0 || !h.Connected {
		return nil
	}
	one, is := open[key{ha.AlarmDisk, h.Name}]
	free := []string{"node", h.Name, "free", strconv.FormatUint(f.DiskFree>>20, 10)}
	switch {
	case !is && (f.DiskFree < diskLeast || f.DiskFree < f.DiskBytes/diskShare):
		return a.note(ctx, h.Cluster, ha.DiskFull, ha.Critical, h.Name, now.Format(time.RFC3339Nano), free...)
	case is && f.DiskFree > diskEnough && f.DiskFree > f.DiskBytes/diskShare*2:
		return a.note(ctx, h.Cluster, ha.DiskFree, ha.Info, h.Name, fmt.Sprintf("%d/%d", one.ID, one.Count), free...)
	}
	return nil
}

func (a *Alerts) certificate(ctx context.Context, name, cluster string, end time.Time, open map[key]api.Alarm, now time.Time) error {
	if end.IsZero() {
		return nil
	}
	one, is := open[key{ha.AlarmCertificate, name}]
	left := end.Sub(now)
	days := strconv.Itoa(int(math.Ceil(left.Hours() / 24)))
	moment := end.UTC().Format(time.RFC3339)
	switch {
	case left >= endingBefore && is:
		return a.note(ctx, cluster, ha.CertificateMade, ha.Info, name, moment, "name", name, "until", end.Local().Format(post.Clock))
	case left >= endingBefore:
		return nil
	case left < endingSoon && (!is || one.Severity != ha.Critical):
		return a.note(ctx, cluster, ha.CertificateEnding, ha.Critical, name, moment+"/soon", "name", name, "days", days)
	case !is:
		return a.note(ctx, cluster, ha.CertificateEnding, ha.Warning, name, moment, "name", name, "days", days)
	}
	return nil
}

// note keeps an event of the server's own, once for its moment.
func (a *Alerts) note(ctx context.Context, cluster string, kind ha.ChangeKind, severity ha.Severity, object, moment string, pairs ...string) error {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return a.o.Picture.Note(ctx, fmt.Sprintf("%s/%s/%s", kind, object, moment), api.Event{
		At: a.o.Now().UTC(), Cluster: cluster, Kind: string(kind), Severity: severity, Object: object, Args: args,
	})
}
