package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hawser/internal/api"
)

// Client returns what the client outside the cluster sees.
func (s *Stage) Client(ctx context.Context) (api.Demo, error) {
	var d api.Demo
	err := s.JSON(ctx, &d, "demo", "show")
	return d, err
}

// Verify has the client read back every row that was acknowledged, and returns how many are missing.
func (s *Stage) Verify(ctx context.Context) (int64, error) {
	begin := time.Now()
	_, verifyErr := s.CLI(ctx, "demo", "verify")
	d, err := s.Client(ctx)
	if err != nil {
		return 0, err
	}
	// The command fails where rows are missing: that is an answer, too.
	if verifyErr != nil && (d.Lost == 0 || d.Verified.Before(begin)) {
		return 0, verifyErr
	}
	if d.Verified.IsZero() || d.Acknowledged == 0 {
		return 0, fmt.Errorf("nothing was verified: %+v", d)
	}
	return d.Lost, nil
}

// Outage strikes, waits until done says that the cluster has dealt with it and the client is served again, and returns the
// longest time that the client had no answer since just before the strike.
func (s *Stage) Outage(ctx context.Context, deadline time.Duration, strike func(context.Context) error, done func(context.Context) (bool, error)) (time.Duration, error) {
	if _, err := s.CLI(ctx, "demo", "reset"); err != nil {
		return 0, err
	}
	if err := strike(ctx); err != nil {
		return 0, err
	}
	if err := s.awaitClient(ctx, deadline); err != nil {
		return 0, err
	}
	if err := Until(ctx, deadline, "dealt with", done); err != nil {
		return 0, err
	}
	settled := time.Now()
	var d api.Demo
	// A second of answers after the cluster has settled: an outage that begins late counts too.
	err := Until(ctx, deadline, "client served again", func(ctx context.Context) (bool, error) {
		var err error
		d, err = s.Client(ctx)
		return err == nil && d.Serving && d.LastAck.After(settled.Add(time.Second)), err
	})
	return time.Duration(d.LongestOutageMS) * time.Millisecond, err
}

const (
	// strikes is how long after a blow the client may still be served before it is taken for one that costs it nothing.
	strikes = 5 * time.Second
	// away is what the client counts as an outage, not as a slow answer.
	away = 250 * time.Millisecond
)

// awaitClient waits while the client is without an answer. It reads a file that the client keeps: whoever starts programs meanwhile, to ask
// the cluster how far it is, takes the processor from the failover that is measured.
func (s *Stage) awaitClient(ctx context.Context, deadline time.Duration) error {
	begun := time.Now()
	return Until(ctx, deadline, "client served again", func(context.Context) (bool, error) {
		raw, err := os.ReadFile(filepath.Join(s.runDir(), "probe.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil // it keeps none where it runs on other machines
		}
		var d api.Demo
		if err == nil {
			err = json.Unmarshal(raw, &d)
		}
		if err != nil {
			return false, err
		}
		had := time.Duration(d.LongestOutageMS)*time.Millisecond > away
		return d.Serving && had || !had && time.Since(begun) > strikes, fmt.Errorf("client: %+v", d)
	})
}
