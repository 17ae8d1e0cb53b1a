package alert

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/post"
	"hawser/internal/wire"
)

// Agents carries commands to hosts.
type Agents interface {
	Do(ctx context.Context, host string, command wire.Command, progress func(wire.Progress)) (wire.Result, error)
}

const (
	// leaveWait is what a host gets to take the settings; one that is slower is asked again.
	leaveWait = 10 * time.Second
	// leaveAtOnce bounds how many hosts are asked at once.
	leaveAtOnce = 8
)

// settings are what the nodes need in order to tell people themselves.
func (a *Alerts) settings(ctx context.Context) (json.RawMessage, error) {
	s := post.Settings{AfterSeconds: int(a.o.After / time.Second), Console: a.o.Console, Reach: a.o.Reach, Channels: []post.Channel{}}
	channels, err := a.o.Store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range channels {
		if c.Form.Enabled && c.Form.Mail != nil && c.Form.Mail.FromNodes {
			s.Channels = append(s.Channels, c)
		}
	}
	if len(s.Channels) > 0 {
		if s.Rules, err = a.o.Store.AlertRules(ctx); err != nil {
			return nil, err
		}
		list, err := a.o.Store.Silences(ctx)
		if err != nil {
			return nil, err
		}
		now := a.o.Now()
		s.Silences = slices.DeleteFunc(list, func(s api.Silence) bool { return !s.Until.After(now) })
	}
	return json.Marshal(s)
}

// leave leaves the settings with every host that does not have them yet. What a host was left is remembered as long as the server
// lives; after that it is left once more, which changes nothing.
func (a *Alerts) leave(ctx context.Context, hosts []api.Host) error {
	if a.o.Agents == nil {
		return nil
	}
	settings, err := a.settings(ctx)
	if err != nil {
		return err
	}
	args, err := json.Marshal(wire.AlarmArgs{Settings: settings})
	if err != nil {
		return fmt.Errorf("encode settings of alarms: %w", err)
	}
	digest := sha256.Sum256(args)
	var g errgroup.Group
	g.SetLimit(leaveAtOnce)
	for _, h := range hosts {
		a.mu.Lock()
		has := a.left[h.ID] == digest
		a.mu.Unlock()
		if h.Revoked || !h.Connected || has {
			continue
		}
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, leaveWait)
			defer cancel()
			_, err := a.o.Agents.Do(ctx, h.ID, wire.Command{Name: wire.AlarmSettings, Args: args, Deadline: a.o.Now().Add(leaveWait), Actor: "hawser"}, nil)
			if err != nil {
				a.o.Log.Debug("settings of alarms were not left", "host", h.Name, "err", err)
			}
			// An agent that is too old to know the command does not learn it by being asked again.
			if code := fault.CodeOf(err); err == nil || code == fault.NotFound || code == fault.Invalid {
				a.mu.Lock()
				a.left[h.ID] = digest
				a.mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}
