// Package fleet is the picture of all hosts and clusters: what agents tell, brought together, kept, and shown.
package fleet

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Host is an enrolled machine as it is kept.
type Host struct {
	ID       string
	Name     string
	Cluster  string // the cluster that Hawser made it a member of
	Agent    string // version of its agent
	Facts    ha.Facts
	Enrolled time.Time
	Expires  time.Time // end of its newest certificate
	Seen     time.Time
	Revoked  bool
	AckSeq   uint64 // newest event that is stored
}

// Cluster is a cluster as it is kept.
type Cluster struct {
	Name     string
	Label    string
	Engine   string
	Created  time.Time
	Setup    ha.Setup
	State    *ha.State
	Seen     time.Time
	Config   *ha.Config
	XML      string // the configuration section; holds secrets
	LastMove *api.Outage
	Revision int // number of its newest revision
}

// Token lets one host enrol.
type Token struct {
	Hash    string // SHA-256
	Actor   string
	Created time.Time
	Expires time.Time
	Host    string // who has used it
	Key     string // the key of who has used it
}

// Store keeps hosts, clusters and events. Where there is no such object, it returns a NotFound fault.
type Store interface {
	Hosts(ctx context.Context) ([]Host, error)
	Clusters(ctx context.Context) ([]Cluster, error)
	CreateToken(ctx context.Context, t Token) error
	// Enrol hands claim the token with that hash (nil where there is none) and all hosts, and keeps what it returns: the
	// host, new or known, and the token as used. It is one transaction; nothing is kept where claim fails.
	Enrol(ctx context.Context, hash string, claim func(t *Token, hosts []Host) (Host, error)) (Host, error)
	// AddCertificate notes a certificate of a host that is not revoked.
	AddCertificate(ctx context.Context, host, serial string, expires time.Time) error
	RevokedSerials(ctx context.Context) ([]string, error)
	// RevokeHost returns the serials that are now revoked.
	RevokeHost(ctx context.Context, id string) ([]string, error)
	SaveHost(ctx context.Context, h Host) error
	SaveObserved(ctx context.Context, cluster string, s *ha.State, seen time.Time, lastMove *api.Outage) error
	SaveConfig(ctx context.Context, cluster string, c *ha.Config, xml string) error
	// AddEvent keeps an event once: neither again with a sequence number that the host has told already, nor with the same
	// key. It says whether it was new.
	AddEvent(ctx context.Context, host string, seq uint64, key string, e api.Event) (api.Event, bool, error)
	// CreateCluster makes a cluster and its hosts members, CreateCluster and SetMembers return a Conflict fault where the
	// name is taken or a host belongs to another cluster.
	CreateCluster(ctx context.Context, c Cluster, hosts []string) error
	SetMembers(ctx context.Context, cluster string, setup ha.Setup, hosts []string) error
	DeleteCluster(ctx context.Context, name string) error
	// Fenced returns the last fencing of each node, by cluster. SaveFenced keeps those of one cluster.
	Fenced(ctx context.Context) (map[string][]ha.FenceRecord, error)
	SaveFenced(ctx context.Context, cluster string, list []ha.FenceRecord) error
}

// Agents is what is known of the connections of agents, by the host's ID.
type Agents interface {
	Connected(host string) bool
	Seen(host string) time.Time
	Drop(host string)
}

// Publisher tells browsers what changed. It never waits.
type Publisher interface {
	Publish(m api.Live)
}

// Configured is told of every configuration that is newer than the last, before it is kept: from is nil for the first.
// An error keeps it from being taken over; the agent tells it again.
type Configured func(ctx context.Context, cluster string, from, to Configuration, command string) error

// Configuration is a cluster's configuration, as it is read and as it is.
type Configuration struct {
	Config *ha.Config
	XML    string
}

// Options are what a Fleet needs. Store is required.
type Options struct {
	Store      Store
	Agents     Agents
	Live       Publisher
	Configured Configured
	// Enrolment is what a host must know to enrol: where the server is, and its CA's fingerprint.
	Server   string
	CASHA256 string
	Now      func() time.Time
	Log      *slog.Logger
}

// Fleet is the picture. Its methods may be called at once.
type Fleet struct {
	o Options

	mu       sync.Mutex // guards what follows; no I/O and no callback under it
	hosts    map[string]*host
	clusters map[string]*cluster
	revoked  map[string]bool // serials

	configs sync.Mutex // one configuration after the other: held over the store, never under mu
	telling sync.Mutex // one event after the other: held over the store, never under mu
}

type host struct {
	Host
	view  *view
	dirty bool
	held  []heldEvent // what it told without quorum, oldest first
	apart apart
}

// view is what one host observes.
type view struct {
	cluster string
	state   ha.State
	at      time.Time // when it was told last
}

type cluster struct {
	Cluster
	dirty   bool
	trouble trouble
	fenced  []ha.FenceRecord // the last success of each node
	shown   string           // what was published last, to tell when time alone changes the verdict
	hearsay map[string]told  // what parts without quorum told last, by what it is
	standIn string           // the host that reports for a node that decides and cannot
	alone   time.Time        // since when the node that decides has not been connected
	older   *older           // a configuration that may be a restored backup
}

// New returns a Fleet. Load must be called before anything else.
func New(o Options) *Fleet {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Configured == nil {
		o.Configured = func(context.Context, string, Configuration, Configuration, string) error { return nil }
	}
	return &Fleet{o: o, hosts: map[string]*host{}, clusters: map[string]*cluster{}, revoked: map[string]bool{}}
}

// Load reads what is kept.
func (f *Fleet) Load(ctx context.Context) error {
	hosts, err := f.o.Store.Hosts(ctx)
	if err != nil {
		return err
	}
	clusters, err := f.o.Store.Clusters(ctx)
	if err != nil {
		return err
	}
	serials, err := f.o.Store.RevokedSerials(ctx)
	if err != nil {
		return err
	}
	fenced, err := f.o.Store.Fenced(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range hosts {
		f.hosts[h.ID] = &host{Host: h}
	}
	for _, c := range clusters {
		f.clusters[c.Name] = &cluster{Cluster: c, fenced: fenced[c.Name]}
	}
	for _, s := range serials {
		f.revoked[s] = true
	}
	return nil
}

// flushEvery is how stale the store may be about what is observed: agents tell everything anew when they connect.
const flushEvery = 5 * time.Second

// Run keeps what is observed, and tells when time alone has changed a verdict, until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	look, flush := time.NewTicker(time.Second), time.NewTicker(flushEvery)
	defer look.Stop()
	defer flush.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushEvery)
			defer cancel()
			f.flush(last)
			return nil
		case <-look.C:
			f.look()
			f.weighAll(ctx)
			f.restoreAll(ctx)
		case <-flush.C:
			f.flush(ctx)
		}
	}
}

// look publishes the clusters whose verdict is another than was published last.
func (f *Fleet) look() {
	f.mu.Lock()
	var changed []string
	for name, c := range f.clusters {
		v := f.verdict(c)
		key := string(v.Level)
		for _, r := range v.Reasons {
			key += "," + r.Code
		}
		if c.shown != "" && c.shown != key {
			changed = append(changed, name)
		}
		c.shown = key
	}
	f.mu.Unlock()
	for _, name := range changed {
		f.publishCluster(name)
	}
}

func (f *Fleet) flush(ctx context.Context) {
	f.mu.Lock()
	var hosts []Host
	var clusters []Cluster
	for _, h := range f.hosts {
		if h.dirty {
			h.dirty = false
			h.Seen = f.seen(h)
			hosts = append(hosts, h.Host)
		}
	}
	for _, c := range f.clusters {
		if c.dirty {
			c.dirty = false
			kept := c.Cluster
			kept.State, kept.Seen = f.observed(c)
			c.State, c.Seen = kept.State, kept.Seen
			clusters = append(clusters, kept)
		}
	}
	f.mu.Unlock()
	for _, h := range hosts {
		if err := f.o.Store.SaveHost(ctx, h); err != nil {
			f.o.Log.Warn("host was not kept", "host", h.ID, "err", err)
		}
	}
	for _, c := range clusters {
		if err := f.o.Store.SaveObserved(ctx, c.Name, c.State, c.Seen, c.LastMove); err != nil {
			f.o.Log.Warn("state of cluster was not kept", "cluster", c.Name, "err", err)
		}
	}
}

func (f *Fleet) publishCluster(name string) {
	if name != "" && f.o.Live != nil {
		f.o.Live.Publish(api.Live{Topic: "cluster", Cluster: name, ID: name})
	}
}

func (f *Fleet) publishHost(id string) {
	if f.o.Live != nil {
		f.o.Live.Publish(api.Live{Topic: "host", ID: id})
	}
}

// Revoked says whether a certificate is revoked, by its serial.
func (f *Fleet) Revoked(serial string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.revoked[serial]
}

// Token makes an enrolment token.
func (f *Fleet) Token(ctx context.Context, actor string, valid time.Duration) (api.EnrolmentToken, error) {
	now := f.o.Now().UTC()
	token := rand.Text()
	t := Token{Hash: hashToken(token), Actor: actor, Created: now, Expires: now.Add(valid)}
	if err := f.o.Store.CreateToken(ctx, t); err != nil {
		return api.EnrolmentToken{}, err
	}
	return api.EnrolmentToken{
		Token: token, Expires: t.Expires, CASHA256: f.o.CASHA256, Server: f.o.Server,
		Command: []string{"hawser-agent", "enroll", "--server", f.o.Server, "--token", token, "--ca-sha256", f.o.CASHA256},
	}, nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Hosts returns all hosts by name, those that are revoked last.
func (f *Fleet) Hosts(context.Context) ([]api.Host, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]api.Host, 0, len(f.hosts))
	for _, h := range f.hosts {
		list = append(list, f.show(h))
	}
	slices.SortFunc(list, func(a, b api.Host) int {
		if a.Revoked != b.Revoked {
			if a.Revoked {
				return 1
			}
			return -1
		}
		if n := strings.Compare(a.Name, b.Name); n != 0 {
			return n
		}
		return a.Enrolled.Compare(b.Enrolled)
	})
	return list, nil
}

// Host returns a host by its ID or its name.
func (f *Fleet) Host(_ context.Context, id string) (api.Host, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.find(id)
	if h == nil {
		return api.Host{}, errNoHost(id)
	}
	return f.show(h), nil
}

func errNoHost(id string) *fault.Error {
	return fault.New(fault.NotFound, "host.not_found", "there is no host %s", id).With("host", id)
}

// find returns a host by ID, or by name: the one that is not revoked, where there are several. The caller holds mu.
func (f *Fleet) find(id string) *host {
	if h := f.hosts[id]; h != nil {
		return h
	}
	var found *host
	for _, h := range f.hosts {
		if h.Name == id && (found == nil || found.Revoked && !h.Revoked || found.Revoked == h.Revoked && h.Enrolled.After(found.Enrolled)) {
			found = h
		}
	}
	return found
}

func (f *Fleet) show(h *host) api.Host {
	return api.Host{
		ID: h.ID, Name: h.Name, Cluster: h.Cluster, Connected: f.connected(h), Seen: f.seen(h), Enrolled: h.Enrolled,
		Expires: h.Expires, Revoked: h.Revoked, Agent: h.Agent, Facts: h.Facts,
		Serves: f.serves(h.Name),
	}
}

func (f *Fleet) connected(h *host) bool {
	return !h.Revoked && f.o.Agents != nil && f.o.Agents.Connected(h.ID)
}

// seen is when the host was heard of: its connection knows better than what is kept.
func (f *Fleet) seen(h *host) time.Time {
	if f.o.Agents != nil {
		if t := f.o.Agents.Seen(h.ID); t.After(h.Seen) {
			return t
		}
	}
	return h.Seen
}

// Revoke puts a host out: its certificates are refused from now on, and its connection ends.
func (f *Fleet) Revoke(ctx context.Context, id string) error {
	f.mu.Lock()
	h := f.find(id)
	f.mu.Unlock()
	if h == nil {
		return errNoHost(id)
	}
	serials, err := f.o.Store.RevokeHost(ctx, h.ID)
	if err != nil {
		return err
	}
	f.mu.Lock()
	h.Revoked = true
	for _, s := range serials {
		f.revoked[s] = true
	}
	member := h.Cluster
	f.mu.Unlock()
	if f.o.Agents != nil {
		f.o.Agents.Drop(h.ID)
	}
	f.publishHost(h.ID)
	f.publishCluster(member)
	return nil
}
