// Package logs collects log bundles: each node's agent writes its part and sends it, the server adds its own, and all becomes one
// archive with an index. A node that is down or hangs is named in the index and holds nobody up.
package logs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/internal/api"
	"hawser/internal/bundle"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/redact"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// Agents sends a command to an agent and waits for its result.
type Agents interface {
	Do(ctx context.Context, host string, c wire.Command, progress func(wire.Progress)) (wire.Result, error)
}

// Picture is what is known of clusters.
type Picture interface {
	Known(cluster string) (fleet.Known, error)
}

// Publisher tells browsers that something changed.
type Publisher interface {
	Publish(api.Live)
}

// Source is a file that the server itself adds.
type Source struct {
	Name string // below server/
	// Write writes it; secrets are taken out of what it writes.
	Write func(ctx context.Context, b api.LogBundle, w io.Writer) error
}

// Options make a Logs. All but Now, Log and the bounds are required.
type Options struct {
	Dir     string // where bundles are kept
	Agents  Agents
	Picture Picture
	Live    Publisher
	// Secrets are what the server knows to be secret, in general and of a cluster.
	Secrets func(ctx context.Context, cluster string) (*redact.Secrets, error)
	Sources []Source
	Version string // of the server
	Keep    time.Duration
	// MaxBytes bounds a bundle before compression; NodeBytes and SourceBytes a node's part and a source. As ha has it where zero.
	MaxBytes, NodeBytes, SourceBytes int64
	// NodeTime is what a node gets in all; 5 minutes where zero.
	NodeTime time.Duration
	Now      func() time.Time
	Log      *slog.Logger
}

const (
	defaultSpan     = 2 * time.Hour
	defaultNodeTime = 5 * time.Minute
	// mostAtOnce bounds collections of different clusters, mostKept bundles on disk: the oldest go first.
	mostAtOnce = 4
	mostKept   = 30
	// partBytes bounds what a node may send: text that does not compress at all, and no more.
	partSlack = 16 << 20
	// partFiles bounds the files of a part: empty ones count for nothing in its bytes.
	partFiles = 10_000
	// reserve must be free on the server's disk beside what is written.
	reserve = 128 << 20
	// pruneEvery is how often bundles that have expired are looked for.
	pruneEvery = 10 * time.Minute
	metaFile   = "bundle.json"
	dataFile   = "bundle.tar.zst"
)

// Logs keeps bundles. Its methods may be called at once.
type Logs struct {
	o    Options
	ctx  context.Context // ends with Close; collections live in it
	stop context.CancelFunc
	wg   sync.WaitGroup // one for each collection

	mu      sync.Mutex // guards what follows; no I/O under it but of small files
	bundles map[string]*api.LogBundle
	uploads map[string]*upload
	running map[string]context.CancelFunc // by bundle
	closed  bool
}

// New reads what is kept. A bundle that an earlier process was collecting has failed.
func New(o Options) (*Logs, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.NodeBytes, o.SourceBytes = cmp.Or(o.NodeBytes, ha.LogNodeBytes), cmp.Or(o.SourceBytes, ha.LogSourceBytes)
	o.NodeTime = cmp.Or(o.NodeTime, defaultNodeTime)
	l := &Logs{o: o, bundles: map[string]*api.LogBundle{}, uploads: map[string]*upload{}, running: map[string]context.CancelFunc{}}
	l.ctx, l.stop = context.WithCancel(context.Background())
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of log bundles: %w", err)
	}
	metas, err := filepath.Glob(filepath.Join(o.Dir, "*", metaFile))
	if err != nil {
		return nil, err
	}
	for _, name := range metas {
		var b api.LogBundle
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, &b)
		}
		if err != nil || b.ID != filepath.Base(filepath.Dir(name)) {
			o.Log.Error("a log bundle is unreadable", "file", name, "err", err)
			continue
		}
		if b.State == api.LogCollecting {
			b.State, b.Fault = api.LogFailed, fault.New(fault.Failed, "logs.interrupted", "the server was restarted while it collected")
			if err := l.clear(b.ID); err != nil {
				return nil, err
			}
			if err := l.save(b); err != nil {
				return nil, err
			}
		}
		l.bundles[b.ID] = &b
	}
	return l, nil
}

// Run deletes what has expired until ctx ends, then ends what is being collected and waits for it.
func (l *Logs) Run(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		l.prune()
		select {
		case <-ctx.Done():
			l.mu.Lock()
			l.closed = true
			l.mu.Unlock()
			l.stop()
			l.wg.Wait()
			return nil
		case <-tick.C:
		}
	}
}

// Collect begins a bundle, or refuses before anything is asked of a node.
func (l *Logs) Collect(_ context.Context, actor, cluster string, n api.NewLogBundle) (api.LogBundle, error) {
	now := l.o.Now().UTC()
	if n.Until.IsZero() {
		n.Until = now
	}
	if n.Since.IsZero() {
		n.Since = n.Until.Add(-defaultSpan)
	}
	k, err := l.o.Picture.Known(cluster)
	if err != nil {
		return api.LogBundle{}, err
	}
	nodes, err := chosen(k, n.Nodes)
	if err != nil {
		return api.LogBundle{}, err
	}
	if err := ha.CheckLogSpan(n.Since, n.Until, now); err != nil {
		return api.LogBundle{}, err
	}
	// All parts as they come, then the archive of them: text becomes less than a quarter, so this leaves room.
	if err := bundle.CheckSpace(l.o.Dir, min(l.o.MaxBytes, int64(len(nodes))*l.o.NodeBytes)+reserve); err != nil {
		return api.LogBundle{}, err
	}
	b := &api.LogBundle{
		ID: strings.ToLower(rand.Text()[:16]), Cluster: cluster, Actor: actor, Since: n.Since.UTC().Truncate(time.Second), Until: n.Until.UTC(), Created: now, State: api.LogCollecting,
		Nodes: []api.LogBundleNode{},
	}
	for _, m := range nodes {
		b.Nodes = append(b.Nodes, api.LogBundleNode{Node: m.Node, State: api.LogWaiting})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return api.LogBundle{}, fault.New(fault.Unreachable, "server.stopping", "the server is stopping")
	}
	if len(l.running) >= mostAtOnce {
		return api.LogBundle{}, fault.New(fault.TooMany, "logs.too_many", "%d bundles are being collected already", mostAtOnce)
	}
	for id := range l.running {
		if b := l.bundles[id]; b != nil && b.Cluster == cluster { // one that was deleted comes to its end without a name
			return api.LogBundle{}, fault.New(fault.Conflict, "logs.running", "a bundle of cluster %s is being collected already", cluster).With("cluster", cluster, "bundle", id)
		}
	}
	if err := os.Mkdir(l.path(b.ID, ""), 0o700); err != nil {
		return api.LogBundle{}, fmt.Errorf("make folder of log bundle: %w", err)
	}
	if err := l.save(*b); err != nil {
		return api.LogBundle{}, err
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.bundles[b.ID], l.running[b.ID] = b, cancel
	l.wg.Go(func() {
		defer cancel()
		l.collect(ctx, b.ID, nodes)
	})
	return clone(*b), nil
}

// chosen returns the nodes that are asked, all where none is named.
func chosen(k fleet.Known, names []string) ([]fleet.Member, error) {
	all := slices.Concat(k.Members, k.Remotes)
	for _, name := range k.NodeNames() { // guest nodes have no agent, which the index says
		if !slices.ContainsFunc(all, func(m fleet.Member) bool { return m.Node == name }) {
			all = append(all, fleet.Member{Node: name})
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	var f fault.Fields
	var list []fleet.Member
	for i, name := range names {
		at := slices.IndexFunc(all, func(m fleet.Member) bool { return m.Node == name })
		switch {
		case at < 0:
			f.Add(fmt.Sprintf("nodes[%d]", i), "node.unknown", "there is no such node", "node", name)
		case slices.ContainsFunc(list, func(m fleet.Member) bool { return m.Node == name }):
			f.Add(fmt.Sprintf("nodes[%d]", i), "field.repeated", "is named twice")
		default:
			list = append(list, all[at])
		}
	}
	return list, f.Err()
}

// List returns the bundles of a cluster, newest first.
func (l *Logs) List(cluster string) ([]api.LogBundle, error) {
	if _, err := l.o.Picture.Known(cluster); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []api.LogBundle
	for _, b := range l.bundles {
		if b.Cluster == cluster {
			list = append(list, clone(*b))
		}
	}
	slices.SortFunc(list, func(a, b api.LogBundle) int { return b.Created.Compare(a.Created) })
	return list, nil
}

// Show returns one.
func (l *Logs) Show(cluster, id string) (api.LogBundle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bundles[id]
	if b == nil || b.Cluster != cluster {
		return api.LogBundle{}, errNoBundle(id)
	}
	return clone(*b), nil
}

func errNoBundle(id string) *fault.Error {
	return fault.New(fault.NotFound, "logs.not_found", "there is no log bundle %s; it may have expired", id).With("bundle", id)
}

// Open returns the file of a bundle that is ready. The caller closes it.
func (l *Logs) Open(cluster, id string) (*os.File, api.LogBundle, error) {
	b, err := l.Show(cluster, id)
	if err != nil {
		return nil, b, err
	}
	if b.State != api.LogReady {
		return nil, b, fault.New(fault.Conflict, "logs.not_ready", "log bundle %s is not ready", id).With("bundle", id, "state", b.State)
	}
	f, err := os.Open(l.path(id, dataFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, b, errNoBundle(id)
	}
	return f, b, err
}

// Delete removes a bundle, and ends its collection.
func (l *Logs) Delete(cluster, id string) error {
	l.mu.Lock()
	b := l.bundles[id]
	if b == nil || b.Cluster != cluster {
		l.mu.Unlock()
		return errNoBundle(id)
	}
	delete(l.bundles, id)
	if cancel := l.running[id]; cancel != nil {
		cancel() // collect removes the folder at its end
		l.mu.Unlock()
	} else {
		l.mu.Unlock()
		if err := os.RemoveAll(l.path(id, "")); err != nil {
			return fmt.Errorf("delete log bundle: %w", err)
		}
	}
	l.publish(cluster, id)
	return nil
}

// prune deletes what has expired, and the oldest beyond mostKept.
func (l *Logs) prune() {
	l.mu.Lock()
	var done []api.LogBundle
	for _, b := range l.bundles {
		if l.running[b.ID] == nil {
			done = append(done, *b)
		}
	}
	l.mu.Unlock()
	slices.SortFunc(done, func(a, b api.LogBundle) int { return b.Created.Compare(a.Created) })
	for i, b := range done {
		expires := b.Expires
		if expires.IsZero() {
			expires = b.Created.Add(l.o.Keep)
		}
		if i < mostKept && l.o.Now().Before(expires) {
			continue
		}
		if err := l.Delete(b.Cluster, b.ID); err != nil && fault.CodeOf(err) != fault.NotFound {
			l.o.Log.Warn("log bundle not deleted", "bundle", b.ID, "err", err)
		}
	}
}

func (l *Logs) publish(cluster, id string) {
	l.o.Live.Publish(api.Live{Topic: "bundle", Cluster: cluster, ID: id})
}

// change changes a bundle that is being collected, and tells browsers.
func (l *Logs) change(id string, change func(*api.LogBundle)) {
	l.mu.Lock()
	b := l.bundles[id]
	if b == nil {
		l.mu.Unlock()
		return
	}
	change(b)
	sum := 0
	for _, n := range b.Nodes {
		sum += n.Percent
	}
	if b.State == api.LogCollecting && len(b.Nodes) > 0 {
		b.Percent = sum * 95 / (100 * len(b.Nodes)) // the rest is the archive
	}
	cluster := b.Cluster
	l.mu.Unlock()
	l.publish(cluster, id)
}

// clone is a copy that shares nothing that changes.
func clone(b api.LogBundle) api.LogBundle {
	b.Nodes = slices.Clone(b.Nodes)
	return b
}

func (l *Logs) path(id, name string) string { return filepath.Join(l.o.Dir, id, name) }

// save writes what is known of a bundle.
func (l *Logs) save(b api.LogBundle) error {
	data, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode log bundle: %w", err)
	}
	temp := l.path(b.ID, metaFile+".new")
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	if err := os.Rename(temp, l.path(b.ID, metaFile)); err != nil {
		return fmt.Errorf("write log bundle: %w", err)
	}
	return nil
}

// clear removes everything of a bundle but what is known of it.
func (l *Logs) clear(id string) error {
	files, err := os.ReadDir(l.path(id, ""))
	if err != nil {
		return fmt.Errorf("clear log bundle: %w", err)
	}
	var errs []error
	for _, f := range files {
		if f.Name() != metaFile {
			errs = append(errs, os.RemoveAll(l.path(id, f.Name())))
		}
	}
	return errors.Join(errs...)
}

// plain is what a name becomes in the name of a file.
var plain = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func fileName(b api.LogBundle) string {
	return "hawser-" + plain.ReplaceAllString(b.Cluster, "_") + "-" + b.Until.Format("20060102T150405Z") + ".tar.zst"
}
