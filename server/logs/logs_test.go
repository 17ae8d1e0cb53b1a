package logs_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"hawser/internal/api"
	"hawser/internal/bundle"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/redact"
	"hawser/internal/testkit"
	"hawser/internal/wire"
	"hawser/server/fleet"
	"hawser/server/logs"
)

const known = "what-the-server-knows"

// house is a server with nodes whose agents do as the test says.
type house struct {
	*logs.Logs
	t      *testing.T
	o      logs.Options
	mu     sync.Mutex
	agents map[string]func(context.Context, wire.CollectArgs) (wire.CollectOutput, error)
	live   int
	end    func()
}

func newHouse(t *testing.T, change func(*logs.Options)) *house {
	h := &house{t: t, agents: map[string]func(context.Context, wire.CollectArgs) (wire.CollectOutput, error){}}
	h.o = logs.Options{
		Dir: t.TempDir(), Agents: h, Picture: h, Live: h, Keep: time.Hour, MaxBytes: 64 << 20, NodeBytes: 8 << 20, SourceBytes: 1 << 20, NodeTime: 20 * time.Second,
		Secrets: func(context.Context, string) (*redact.Secrets, error) {
			s := &redact.Secrets{}
			s.Add([]byte(known))
			return s, nil
		},
		Sources: []logs.Source{{Name: "server.log", Write: func(_ context.Context, _ api.LogBundle, w io.Writer) error {
			_, err := io.WriteString(w, "server says "+known+"\n")
			return err
		}}, {Name: "broken.json", Write: func(context.Context, api.LogBundle, io.Writer) error { return errors.New("database is away") }}},
	}
	if change != nil {
		change(&h.o)
	}
	h.start()
	t.Cleanup(func() { h.end() })
	return h
}

// start is the server's start, again after end.
func (h *house) start() {
	h.t.Helper()
	var err error
	if h.Logs, err = logs.New(h.o); err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	h.end = sync.OnceFunc(func() {
		stop()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) Publish(api.Live) { h.mu.Lock(); h.live++; h.mu.Unlock() }

func (h *house) Known(cluster string) (fleet.Known, error) {
	if cluster != "demo" {
		return fleet.Known{}, fault.New(fault.NotFound, "cluster.not_found", "no cluster")
	}
	var k fleet.Known
	for _, node := range slices.Sorted(maps.Keys(h.agents)) {
		k.Setup.Nodes = append(k.Setup.Nodes, ha.SetupNode{Name: node})
		k.Members = append(k.Members, fleet.Member{Node: node, Host: "host-" + node, Connected: h.agents[node] != nil})
	}
	return k, nil
}

func (h *house) Do(ctx context.Context, host string, c wire.Command, progress func(wire.Progress)) (wire.Result, error) {
	var args wire.CollectArgs
	if err := json.Unmarshal(c.Args, &args); err != nil {
		return wire.Result{}, err
	}
	progress(wire.Progress{Step: "collect", Args: map[string]string{"source": "journal", "done": "1", "all": "2"}})
	out, err := h.agents[strings.TrimPrefix(host, "host-")](ctx, args)
	if err != nil {
		return wire.Result{}, err
	}
	data, err := json.Marshal(out)
	return wire.Result{Output: data}, err
}

// part is an archive as an agent makes it.
func part(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(files[name])), Mode: 0o600}
		if target, link := strings.CutPrefix(files[name], "→"); link {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, files[name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sends is an agent that sends an archive.
func (h *house) sends(node string, data []byte, files ...string) func(context.Context, wire.CollectArgs) (wire.CollectOutput, error) {
	return func(ctx context.Context, args wire.CollectArgs) (wire.CollectOutput, error) {
		have, err := h.Have("host-"+node, args.Upload)
		if err != nil {
			return wire.CollectOutput{}, err
		}
		if err := h.Receive(ctx, "host-"+node, args.Upload, have, bytes.NewReader(data[have:])); err != nil {
			return wire.CollectOutput{}, err
		}
		sum := sha256.Sum256(data)
		out := wire.CollectOutput{Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
		for _, f := range files {
			out.Entries = append(out.Entries, ha.LogEntry{Source: "of " + f, Path: f})
		}
		return out, nil
	}
}

func (h *house) collect(n api.NewLogBundle) api.LogBundle {
	h.t.Helper()
	b, err := h.Collect(h.t.Context(), "admin", "demo", n)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.wait(b.ID)
}

func (h *house) wait(id string) (b api.LogBundle) {
	h.t.Helper()
	testkit.Eventually(h.t, func() error {
		var err error
		if b, err = h.Show("demo", id); err == nil && b.State == api.LogCollecting {
			err = fmt.Errorf("still collecting: %+v", b.Nodes)
		}
		return err
	})
	return b
}

func (h *house) files(id string) map[string]string {
	h.t.Helper()
	f, b, err := h.Open("demo", id)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	sum := sha256.New()
	files := map[string]string{}
	if err := bundle.Read(h.t.Context(), io.TeeReader(f, sum), 1<<30, func(name string, _ int64, r io.Reader) error {
		data, err := io.ReadAll(r)
		files[name] = string(data)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	if _, err := io.Copy(sum, f); err != nil {
		h.t.Fatal(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != b.SHA256 {
		h.t.Errorf("SHA-256 of the file is %s, told is %s", got, b.SHA256)
	}
	return files
}

// TestNodesThatFail: one is off, one hangs, one sends what it must not, one lies, one sends too much; the good one is whole, and the
// index says why of each of the others.
func TestNodesThatFail(t *testing.T) {
	h := newHouse(t, func(o *logs.Options) { o.NodeTime = 6 * time.Second }) // in which a busy machine handles what the others send
	good := part(t, map[string]string{"journal/all.log": "n1 says " + known + "\nall is well\n", "cib.xml": "<cib/>\n"})
	h.agents["a-good"] = h.sends("a-good", good, "journal/all.log", "cib.xml")
	h.agents["b-off"] = nil
	h.agents["c-hangs"] = func(ctx context.Context, _ wire.CollectArgs) (wire.CollectOutput, error) {
		<-ctx.Done()
		return wire.CollectOutput{}, ctx.Err()
	}
	h.agents["d-climbs"] = h.sends("d-climbs", part(t, map[string]string{"../../etc/cron.d/x": "* * * * * root true\n"}))
	h.agents["e-links"] = h.sends("e-links", part(t, map[string]string{"x": "→/etc/shadow"}))
	h.agents["f-lies"] = func(ctx context.Context, args wire.CollectArgs) (wire.CollectOutput, error) {
		out, err := h.sends("f-lies", good)(ctx, args)
		out.SHA256 = strings.Repeat("0", 64)
		return out, err
	}
	h.agents["g-bombs"] = h.sends("g-bombs", part(t, map[string]string{"zeros": strings.Repeat("0\n", 6<<20)}))
	crowd := map[string]string{}
	for i := range 10_001 {
		crowd[strconv.Itoa(i)] = ""
	}
	h.agents["j-crowds"] = h.sends("j-crowds", part(t, crowd))
	h.agents["h-floods"] = func(ctx context.Context, args wire.CollectArgs) (wire.CollectOutput, error) {
		return wire.CollectOutput{}, h.Receive(ctx, "host-h-floods", args.Upload, 0, endless{})
	}
	h.agents["i-strange"] = func(ctx context.Context, args wire.CollectArgs) (wire.CollectOutput, error) {
		return wire.CollectOutput{}, h.Receive(ctx, "host-a-good", args.Upload, 0, bytes.NewReader(good))
	}
	began := time.Now()
	b := h.collect(api.NewLogBundle{})
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	want := map[string]string{
		"a-good": "", "b-off": "host.unreachable", "c-hangs": "command.no_answer", "d-climbs": "logs.part_broken", "e-links": "logs.part_broken", "f-lies": "logs.part_broken",
		"g-bombs": "logs.part_broken", "h-floods": "upload.too_large", "i-strange": "upload.unknown", "j-crowds": "logs.part_broken",
	}
	for _, n := range b.Nodes {
		got := ""
		if n.Fault != nil {
			got = n.Fault.Reason
		}
		if got != want[n.Node] || (n.State == api.LogDone) != (got == "") {
			t.Errorf("%s is %s, %q, want %q", n.Node, n.State, got, want[n.Node])
		}
	}
	files := h.files(b.ID)
	if files["nodes/a-good/journal/all.log"] != "n1 says ***\nall is well\n" || files["nodes/a-good/cib.xml"] != "<cib/>\n" {
		t.Errorf("of the good one: %q", files)
	}
	if files["server/server.log"] != "server says ***\n" {
		t.Errorf("of the server: %q", files["server/server.log"])
	}
	for name := range files {
		if strings.Contains(name, "cron") || strings.HasPrefix(name, "nodes/e-links") {
			t.Errorf("%s is there", name)
		}
	}
	for _, node := range slices.Sorted(maps.Keys(want)) {
		if !strings.Contains(files["index.html"], node) {
			t.Errorf("the index does not name %s", node)
		}
	}
	for _, text := range []string{"未在期限内答复", "has not answered in time", "密码、密钥和令牌", "Passwords, keys and tokens"} {
		if !strings.Contains(files["index.html"], text) {
			t.Errorf("the index does not say %q", text)
		}
	}
	for _, text := range []string{"http://", "https://", "src=", "url("} { // it is read without a network
		if strings.Contains(files["index.html"], text) {
			t.Errorf("the index has %q", text)
		}
	}
	if left, err := os.ReadDir(filepath.Join(h.o.Dir, b.ID)); err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestUploadGoesOn: a line that breaks costs what was under way, no more; another sender is not let in.
func TestUploadGoesOn(t *testing.T) {
	h := newHouse(t, nil)
	data := part(t, map[string]string{"a": strings.Repeat("a line of a log\n", 1000)})
	h.agents["n1"] = func(ctx context.Context, args wire.CollectArgs) (wire.CollectOutput, error) {
		half := len(data) / 2
		err := h.Receive(ctx, "host-n1", args.Upload, 0, io.MultiReader(bytes.NewReader(data[:half]), broken{}))
		if fault.CodeOf(err) != fault.Unreachable {
			t.Errorf("a line that breaks: %v", err)
		}
		if err := h.Receive(ctx, "host-n1", args.Upload, 3, bytes.NewReader(nil)); fault.Public(err).Reason != "upload.elsewhere" {
			t.Errorf("from somewhere else: %v", err)
		}
		if have, err := h.Have("host-n1", args.Upload); err != nil || have != int64(half) {
			t.Errorf("has %d, %v, not %d", have, err, half)
		}
		if _, err := h.Have("host-n2", args.Upload); fault.Public(err).Reason != "upload.unknown" {
			t.Errorf("asked by another host: %v", err)
		}
		return h.sends("n1", data, "a")(ctx, args)
	}
	b := h.collect(api.NewLogBundle{})
	if files := h.files(b.ID); len(files["nodes/n1/a"]) != 16_000 {
		t.Errorf("%d bytes arrived: %+v", len(files["nodes/n1/a"]), b.Nodes)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestRefused: before anything is asked of a node.
func TestRefused(t *testing.T) {
	h := newHouse(t, nil)
	h.agents["n1"] = func(context.Context, wire.CollectArgs) (wire.CollectOutput, error) {
		t.Error("a node was asked")
		return wire.CollectOutput{}, nil
	}
	now := time.Now()
	for reason, n := range map[string]api.NewLogBundle{
		"logs.future":    {Since: now.Add(time.Hour), Until: now.Add(2 * time.Hour)},
		"logs.backwards": {Since: now.Add(-time.Hour), Until: now.Add(-2 * time.Hour)},
		"logs.too_long":  {Since: now.AddDate(0, 0, -8)},
		"node.unknown":   {Nodes: []string{"n9"}},
		"field.repeated": {Nodes: []string{"n1", "n1"}},
	} {
		_, err := h.Collect(t.Context(), "admin", "demo", n)
		if f := fault.Public(err); f.Code != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Reason != reason {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if _, err := h.Collect(t.Context(), "admin", "other", api.NewLogBundle{}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another cluster: %v", err)
	}
	full := newHouse(t, func(o *logs.Options) { o.MaxBytes, o.NodeBytes = 1<<60, 1<<60 })
	full.agents["n1"] = h.agents["n1"]
	if _, err := full.Collect(t.Context(), "admin", "demo", api.NewLogBundle{}); fault.Public(err).Reason != "logs.no_space" {
		t.Errorf("no space: %v", err)
	}
}

// TestOneAtATime: one for each cluster; deleting it ends it; a server that stops or was killed leaves a bundle that says so.
func TestOneAtATime(t *testing.T) {
	h := newHouse(t, nil)
	asked := make(chan struct{}, 9)
	h.agents["n1"] = func(ctx context.Context, _ wire.CollectArgs) (wire.CollectOutput, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return wire.CollectOutput{}, ctx.Err()
	}
	b, err := h.Collect(t.Context(), "admin", "demo", api.NewLogBundle{})
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if _, err := h.Collect(t.Context(), "admin", "demo", api.NewLogBundle{}); fault.Public(err).Reason != "logs.running" {
		t.Errorf("a second one: %v", err)
	}
	if _, _, err := h.Open("demo", b.ID); fault.Public(err).Reason != "logs.not_ready" {
		t.Errorf("opened before it is ready: %v", err)
	}
	if err := h.Delete("demo", b.ID); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, func() error {
		left, err := os.ReadDir(h.o.Dir)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("left: %v", left)
		}
		return err
	})
	if b, err = h.Collect(t.Context(), "admin", "demo", api.NewLogBundle{}); err != nil {
		t.Fatal(err)
	}
	<-asked
	h.end()
	h.start()
	if b = h.wait(b.ID); b.State != api.LogFailed || b.Fault.Reason != "logs.interrupted" {
		t.Errorf("after a stop: %+v", b)
	}
	// Killed in the middle.
	meta := filepath.Join(h.o.Dir, b.ID, "bundle.json")
	b.State, b.Fault = api.LogCollecting, nil
	data, _ := json.Marshal(b)
	for name, text := range map[string][]byte{meta: data, filepath.Join(h.o.Dir, b.ID, "part-0"): []byte("half of a part")} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.end()
	h.start()
	if b = h.wait(b.ID); b.State != api.LogFailed || b.Fault.Reason != "logs.interrupted" {
		t.Errorf("after a kill: %+v", b)
	}
	if left, err := os.ReadDir(filepath.Join(h.o.Dir, b.ID)); err != nil || len(left) != 1 {
		t.Errorf("left after a kill: %v, %v", left, err)
	}
}

// TestDeletedWhileCollecting: a node that does not let go of a bundle that was deleted keeps nobody from the next one.
func TestDeletedWhileCollecting(t *testing.T) {
	h := newHouse(t, nil)
	asked, held := make(chan struct{}, 9), make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	t.Cleanup(release)
	h.agents["n1"] = func(context.Context, wire.CollectArgs) (wire.CollectOutput, error) {
		asked <- struct{}{}
		<-held
		return wire.CollectOutput{}, errors.New("gone")
	}
	for range 2 {
		b, err := h.Collect(t.Context(), "admin", "demo", api.NewLogBundle{})
		if err != nil {
			t.Fatal(err)
		}
		<-asked
		if err := h.Delete("demo", b.ID); err != nil {
			t.Error(err)
		}
	}
	release()
	testkit.Eventually(t, func() error {
		left, err := os.ReadDir(h.o.Dir)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("left: %v", left)
		}
		return err
	})
}

// TestKept: as long as it says, through a restart, and no longer.
func TestKept(t *testing.T) {
	now := time.Now()
	h := newHouse(t, func(o *logs.Options) { o.Now = func() time.Time { return now } })
	data := part(t, map[string]string{"a": "b\n"})
	h.agents["n1"] = h.sends("n1", data, "a")
	b := h.collect(api.NewLogBundle{})
	if !b.Expires.Equal(now.UTC().Add(time.Hour)) || b.Bytes == 0 || !strings.HasPrefix(b.File, "hawser-demo-") {
		t.Errorf("%+v", b)
	}
	h.end()
	now = now.Add(59 * time.Minute)
	h.start()
	if files := h.files(b.ID); files["nodes/n1/a"] != "b\n" {
		t.Errorf("after a restart: %v", files)
	}
	h.end()
	now = now.Add(2 * time.Minute)
	h.start()
	testkit.Eventually(t, func() error {
		if _, err := h.Show("demo", b.ID); fault.CodeOf(err) != fault.NotFound {
			return fmt.Errorf("expired: %w", err)
		}
		left, err := os.ReadDir(h.o.Dir)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("left: %v", left)
		}
		return err
	})
}

// TestNothingWithoutSecrets: where the server cannot say what is secret, there is no bundle.
func TestNothingWithoutSecrets(t *testing.T) {
	h := newHouse(t, func(o *logs.Options) {
		o.Secrets = func(context.Context, string) (*redact.Secrets, error) { return nil, errors.New("database is away") }
	})
	h.agents["n1"] = h.sends("n1", part(t, map[string]string{"a": "b\n"}), "a")
	b := h.collect(api.NewLogBundle{})
	if b.State != api.LogFailed || b.Fault == nil {
		t.Errorf("%+v", b)
	}
	if left, err := os.ReadDir(filepath.Join(h.o.Dir, b.ID)); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestJournal: the server's own log is bounded, and the span is found in it.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	j, err := logs.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", 1000)
	for i := range 50_000 {
		fmt.Fprintf(j, "time=%s level=INFO msg=%s n=%d\n", at.Add(time.Duration(i)*time.Second).Format(time.RFC3339Nano), long, i)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	var b bytes.Buffer
	if err := logs.CopyJournal(&b, dir, at.Add(40_000*time.Second), at.Add(40_003*time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Count(got, "\n") != 3 || !strings.Contains(got, "n=40000\n") || !strings.Contains(got, "n=40002\n") {
		t.Errorf("%d bytes: %.100q", len(got), got)
	}
}
