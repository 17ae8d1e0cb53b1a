// Package app wires the server: the only package that knows all others.
package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"hawser/internal/api"
	"hawser/internal/post"
	"hawser/server/alert"
	"hawser/server/audit"
	"hawser/server/auth"
	"hawser/server/config"
	"hawser/server/demo"
	"hawser/server/fleet"
	"hawser/server/hub"
	"hawser/server/insight"
	"hawser/server/licence"
	"hawser/server/live"
	"hawser/server/logs"
	"hawser/server/metrics"
	"hawser/server/pki"
	"hawser/server/reconcile"
	"hawser/server/rest"
	"hawser/server/store"
	"hawser/server/target"
	"hawser/web"
)

// How long the parts of an HTTP exchange may take. Answers have no limit of their own: a live stream lasts for hours.
const (
	headerWait   = 10 * time.Second
	idleWait     = 2 * time.Minute
	maxHeader    = 64 << 10
	shutdownWait = 2 * time.Second
)

// Options are what is not in the configuration file.
type Options struct {
	Log *slog.Logger
	// Hook is called before and after each step of an operation; tests end the process there.
	Hook func(when, step string)
	// Vendor are the keys that licences are signed with, in place of those of the build: for what is started by Go code alone, as tests
	// and the simulator are. No file and no variable of the environment reaches it.
	Vendor []ed25519.PublicKey
	// Machine is the root below which this machine is looked at; "/" where empty.
	Machine string
	// Pace is how soon a message that was not taken is tried again; as usual where it is zero.
	Pace alert.Pace
}

// App is the server.
type App struct {
	config    config.Config
	log       *slog.Logger
	store     *store.Store
	authority *pki.Authority
	hub       *hub.Hub
	live      *live.Hub
	fleet     *fleet.Fleet
	reconcile *reconcile.Engine
	targets   *target.Targets
	auth      *auth.Auth
	licences  *licence.Licences
	alerts    *alert.Alerts
	logs      *logs.Logs
	demo      *demo.Client
	rest      *rest.Server
	listeners []net.Listener
	lock      *os.File
}

// New opens the database, the authority and the listeners. Run must be called, or Close.
func New(ctx context.Context, c config.Config, o Options) (a *App, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a = &App{config: c, log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
			a = nil
		}
	}()
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return a, fmt.Errorf("make data folder: %w", err)
	}
	if a.lock, err = lock(c.DataDir); err != nil {
		return a, err
	}
	kept := storeOptions(c)
	kept.Log = o.Log
	a.store, err = store.Open(ctx, kept)
	if err != nil {
		return a, err
	}
	if err := a.wire(ctx, o); err != nil {
		return a, err
	}
	if err := a.bootstrap(ctx); err != nil {
		return a, err
	}
	return a, a.listen()
}

// link lets fleet ask the hub, which is made after it because it hands on to it what agents tell.
type link struct{ *hub.Hub }

func (a *App) wire(ctx context.Context, o Options) (err error) {
	c := a.config
	agents := &link{}
	a.authority, err = pki.Open(pki.Options{
		Dir: filepath.Join(c.DataDir, "pki"), Names: c.Names, Log: o.Log,
		Revoked: func(serial string) bool { return a.fleet.Revoked(serial) },
	})
	if err != nil {
		return err
	}
	// A copy where people look for it: they import it into browsers and give it to the CLI.
	if err := os.WriteFile(filepath.Join(c.DataDir, "ca.crt"), a.authority.PEM(), 0o644); err != nil { //nolint:gosec // it is public
		return fmt.Errorf("write CA certificate: %w", err)
	}
	a.live = live.New(live.Options{
		Allow: func(r *http.Request) (func() bool, error) { return a.rest.Allow(r) },
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			a.rest.Refuse(w, r, err)
		},
		Origins: c.Origins, Log: o.Log,
	})
	a.fleet = fleet.New(fleet.Options{
		Store: alarming{a.store, o.Hook, func(list ...api.Alarm) { a.alerts.Changed(list...) }}, Agents: agents, Live: a.live, Server: c.AgentAddress, CASHA256: a.authority.Fingerprint(), Log: o.Log,
		Configured: func(ctx context.Context, cluster string, from, to fleet.Configuration, command string) error {
			return a.reconcile.Configured(ctx, cluster, from, to, command)
		},
	})
	if err := a.fleet.Load(ctx); err != nil {
		return err
	}
	a.alerts = alert.New(alert.Options{
		Store: a.store, Picture: a.fleet, Live: a.live, Console: cmp.Or(c.Alarms.Console, c.AgentAddress), Certificates: a.authority.Ends,
		Agents: agents, After: c.Alarms.NodesAfter, Licence: func() alert.Licence { return ending(a.licences.Ending()) },
		Reach: post.Reach{Loopback: c.Alarms.AllowLocal, HTTP: c.Alarms.AllowHTTP}, Pace: o.Pace, Hook: o.Hook, Log: o.Log,
	})
	if a.licences, err = a.licensing(ctx, o); err != nil {
		return err
	}
	a.hub = hub.New(hub.Options{CA: a.authority, Handler: told{a.fleet}, Uploads: uploads{a}, Log: o.Log})
	agents.Hub = a.hub
	if err := a.openLogs(a.hub); err != nil {
		return err
	}
	a.targets = target.New(target.Options{Store: a.store, Picture: a.fleet, Live: a.live, Agents: a.hub, Keep: time.Duration(c.Events.KeepDays) * 24 * time.Hour, Log: o.Log})
	a.reconcile = reconcile.New(reconcile.Options{
		Agents: a.hub, Picture: a.fleet, Store: a.store, Live: a.live, Licence: a.licences, Targets: a.targets, Log: o.Log, Hook: o.Hook,
	})
	if err := a.reconcile.Resume(ctx); err != nil {
		return err
	}
	a.auth = auth.New(auth.Options{Store: a.store, Demo: c.Demo.Socket != "", Log: o.Log})
	record, err := a.auditLog()
	if err != nil {
		return err
	}
	m := metrics.New(a.fleet, counted{a.store}, a.live.Clients)
	asks := insight.New(insight.Options{Agents: a.hub, Picture: a.fleet, Targets: a.targets})
	options := rest.Options{
		Accounts: a.auth, Hosts: a.fleet, Clusters: a.fleet, Changes: a.reconcile, Insight: asks, History: history{a.store, a.reconcile}, Alerts: a.alerts, Licences: a.licences, Logs: a.logs,
		Targets: a.targets, Timeline: &logs.Timeline{Kept: a.store, Decider: asks, Picture: a.fleet},
		Audit: record, Console: web.Dist(), Live: a.live, Agents: a.hub.Handler(), Metrics: m.Handler(), Observe: m.Observe,
		Ready: a.store.Ready, Log: o.Log,
	}
	for _, n := range c.Metrics.From {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return err
		}
		options.ScrapeFrom = append(options.ScrapeFrom, p)
	}
	if c.Demo.Socket != "" {
		a.demo = demo.New(c.Demo.Socket)
		options.Demo = a.demo
	}
	a.rest = rest.New(options)
	return nil
}

// auditLog opens the audit log. Its end is kept beside the database, signed by the CA.
func (a *App) auditLog() (*audit.Log, error) { return openAudit(a.config, a.store, a.authority, a.log) }

// bootstrap makes the first administrator. The password is given in a file or in HAWSER_ADMIN_PASSWORD, or it is made and
// written to that file, which only root can read.
func (a *App) bootstrap(ctx context.Context) error {
	file := a.config.AdminPasswordFile
	given := os.Getenv("HAWSER_ADMIN_PASSWORD")
	data, err := os.ReadFile(file)
	switch {
	case err == nil && given == "":
		given = strings.TrimSpace(string(data))
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("read password of admin: %w", err)
	}
	password, err := a.auth.Bootstrap(ctx, given)
	if err != nil || password == "" {
		return err
	}
	if given != "" {
		a.log.Info("user admin made with the password that was given")
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("write password of admin: %w", err)
	}
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write password of admin: %w", err)
	}
	a.log.Info("user admin made; its password is in the file", "file", file)
	return nil
}

func (a *App) listen() error {
	for _, address := range a.config.Listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		a.listeners = append(a.listeners, l)
	}
	return nil
}

// Addresses are where the server listens.
func (a *App) Addresses() []string {
	var list []string
	for _, l := range a.listeners {
		list = append(list, l.Addr().String())
	}
	return list
}

// CA returns the CA's certificate, for clients in the same process.
func (a *App) CA() []byte { return a.authority.PEM() }

// Run serves until ctx ends, and returns when everything has ended.
func (a *App) Run(ctx context.Context) error {
	defer func() {
		if err := a.Close(); err != nil {
			a.log.Warn("not closed in good order", "err", err)
		}
	}()
	server := &http.Server{
		Handler: a.rest, TLSConfig: a.authority.TLS(), ReadHeaderTimeout: headerWait, IdleTimeout: idleWait, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // handshakes that scanners break off
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, part := range []func(context.Context) error{
		a.authority.Run, a.hub.Run, a.live.Run, a.fleet.Run, a.reconcile.Run, a.auth.Run, a.alerts.Run, a.licences.Run, a.logs.Run, a.targets.Run, a.rest.Run, a.prune, a.watchDemo,
	} {
		g.Go(func() error { return part(ctx) })
	}
	for _, l := range a.listeners {
		a.log.Info("listening", "address", l.Addr().String())
		g.Go(func() error {
			if err := server.Serve(tls.NewListener(l, server.TLSConfig)); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve %s: %w", l.Addr(), err)
			}
			return nil
		})
	}
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
		defer cancel()
		if err := server.Shutdown(end); err != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// Close closes what New opened.
func (a *App) Close() error {
	var errs []error
	for _, l := range a.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.lock != nil {
		if err := a.lock.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// prune deletes old events and operations, once an hour.
func (a *App) prune(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		before := time.Now().AddDate(0, 0, -a.config.Events.KeepDays)
		if n, err := a.store.Prune(ctx, before, a.config.Events.Most); err != nil && ctx.Err() == nil {
			a.log.Warn("old events were not deleted", "err", err)
		} else if n > 0 {
			a.log.Info("old events deleted", "count", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watchDemo tells browsers once a second that the demo's figures have moved on, while somebody listens.
func (a *App) watchDemo(ctx context.Context) error {
	if a.demo == nil {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if a.live.Clients() > 0 {
				a.live.Publish(api.Live{Topic: "demo"})
			}
		}
	}
}
