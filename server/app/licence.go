package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"hawser/internal/api"
	"hawser/licensing"
	"hawser/licensing/machine"
	"hawser/licensing/ukey"
	"hawser/server/alert"
	"hawser/server/licence"
)

// licensing wires the licences. The vendor's keys come with the build, or from the Go code that starts the server: never from its configuration.
func (a *App) licensing(ctx context.Context, o Options) (*licence.Licences, error) {
	keys := o.Vendor
	if keys == nil {
		var err error
		if keys, err = licensing.VendorKeys(); err != nil {
			return nil, fmt.Errorf("this build is broken: %w", err)
		}
	}
	if len(keys) == 0 {
		o.Log.Info("development build: no vendor's key was built in, so that it takes no licence and runs as a trial")
	}
	u := a.config.Licence.Ukey
	options := licence.Options{
		Store: a.store, Keys: keys, Machine: func() machine.Print { return machine.Read(cmp.Or(o.Machine, "/")) },
		Module: u.Module, Label: u.Token, Grace: u.Grace, Every: u.Every, Log: o.Log,
		Use: func(context.Context) (api.LicenseUse, error) {
			clusters, nodes := a.fleet.Size()
			return api.LicenseUse{Clusters: clusters, Nodes: nodes}, nil
		},
		Changed: func() { a.live.Publish(api.Live{Topic: "license"}) },
	}
	if u.Module != "" {
		helper := u.Helper
		if helper == "" {
			self, err := os.Executable()
			if err != nil {
				return nil, fmt.Errorf("find hawser-ukey: %w", err)
			}
			helper = filepath.Join(filepath.Dir(self), "hawser-ukey")
		}
		options.Token = ukey.Reader{Program: []string{helper}, Module: u.Module, Label: u.Token}
	}
	l := licence.New(options)
	return l, l.Load(ctx)
}

// ending hands what has to be told of licences to those who tell it.
func ending(e licence.Ending) alert.Licence {
	return alert.Licence{
		Name: e.Name, Trial: e.Name == licence.TrialName, End: e.End, Now: e.Now, Barred: e.Barred, UkeyAway: e.UkeyAway, ClockBack: e.ClockBack,
	}
}
