package engine

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"hawser/agent/corosync"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// How the processor's promptness is looked at: often enough to meet what else runs, briefly enough for somebody who waits.
const (
	jitterLooks = 100
	jitterPause = 2 * time.Millisecond
)

// readConf tells what this host's corosync.conf says, and how promptly the host wakes a program.
func readConf(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	s, err := e.setup(ctx)
	if err != nil {
		return nil, err
	}
	out := wire.ConfOutput{Setup: s, Digest: s.Digest()}
	worst := time.Duration(0)
	for range jitterLooks {
		began := time.Now()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(jitterPause):
		}
		worst = max(worst, time.Since(began)-jitterPause)
	}
	out.JitterUS = int(worst / time.Microsecond)
	missed, err := e.driver.Missed(ctx)
	if err == nil {
		out.MissedUS = int(missed / time.Microsecond)
	}
	return out, nil
}

// readFiles tells what this host's cluster files say, the key too: whoever manages the cluster must be able to give it to a new node.
func readFiles(ctx context.Context, e *Engine, _ wire.Command) (any, error) {
	s, conf, f, err := e.conf(ctx)
	if err != nil {
		return nil, err
	}
	return wire.FilesOutput{Setup: s, Digest: s.Digest(), Authkey: f.Authkey, Transport: conf.Transport(), Encrypted: conf.Encrypted()}, nil
}

// setup is the cluster as this host's files have it.
func (e *Engine) setup(ctx context.Context) (ha.Setup, error) {
	s, _, _, err := e.conf(ctx)
	return s, err
}

func (e *Engine) conf(ctx context.Context) (ha.Setup, *corosync.Conf, Files, error) {
	f, err := e.driver.Files(ctx)
	if err != nil {
		return ha.Setup{}, nil, f, err
	}
	if f.Conf == nil || corosync.Stock(f.Conf) {
		return ha.Setup{}, nil, f, fault.New(fault.Conflict, "cluster.not_configured", "no cluster is configured on host %s", e.driver.Node()).With("node", e.driver.Node())
	}
	unreadable := func(err error) error {
		return fault.New(fault.Conflict, "cluster.conf_unreadable", "corosync.conf on host %s cannot be read: %w", e.driver.Node(), err).
			With("node", e.driver.Node(), "why", err.Error())
	}
	conf, err := corosync.Parse(f.Conf)
	if err != nil {
		return ha.Setup{}, nil, f, unreadable(err)
	}
	s, err := conf.Setup()
	if err != nil {
		return ha.Setup{}, nil, f, unreadable(err)
	}
	s.Autostart = f.Autostart
	return s, conf, f, nil
}

// awaitLinks waits until this node sees its peers as it should, or says what it does not see.
func awaitLinks(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.LinksArgs](c)
	if err != nil {
		return nil, err
	}
	pause := firstPoll
	for {
		var links []ha.LinkState
		var st ha.State
		version, err := e.driver.Loaded(ctx)
		if err == nil {
			links, err = e.driver.Links(ctx)
		}
		if err == nil {
			st, err = e.driver.State(ctx)
		}
		if err == nil {
			if err = e.linksAre(args, version, links, st); err == nil {
				return wire.LinksOutput{Links: links}, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, context.Cause(ctx))
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPoll)
	}
}

func (e *Engine) linksAre(args wire.LinksArgs, version uint64, links []ha.LinkState, st ha.State) error {
	self := e.driver.Node()
	if version < args.Version {
		return fault.New(fault.Failed, "node.not_reloaded", "corosync on %s still has version %d of its configuration", self, version).
			With("node", self, "version", strconv.FormatUint(version, 10))
	}
	for _, peer := range args.Peers {
		if n := nodeOf(st, peer); n == nil || !n.Online {
			return fault.New(fault.Failed, "link.peer_lost", "%s does not see %s any longer", self, peer).With("node", self, "peer", peer)
		}
		for _, number := range args.Links {
			at := slices.IndexFunc(links, func(l ha.LinkState) bool { return strings.EqualFold(l.Peer, peer) && l.Link == number })
			if at < 0 || !links[at].Connected {
				return fault.New(fault.Failed, "link.not_connected", "link %d from %s to %s does not connect", number, self, peer).
					With("node", self, "peer", peer, "link", strconv.Itoa(number))
			}
		}
	}
	for _, l := range links {
		if l.Enabled && slices.Contains(args.Gone, l.Link) {
			return fault.New(fault.Failed, "link.still_there", "corosync on %s still has link %d", self, l.Link).With("node", self, "link", strconv.Itoa(l.Link))
		}
	}
	return nil
}
