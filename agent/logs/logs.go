// Package logs collects what tells how it was on a node: journals, logs, configuration, the cluster's decisions and the system's
// state, for a span of time. Passwords, keys and tokens are taken out before anything is written to disk.
package logs

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/bundle"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/redact"
)

// Machine is the host that is collected from. The zero value has neither files nor programs: a node that is only thought.
type Machine struct {
	Runner run.Runner
	Root   string // where its files lie: / for this host
}

// Cluster is what is asked of a driver.
type Cluster interface {
	CIB(ctx context.Context) ([]byte, error)
	Inputs(ctx context.Context) ([]pacemaker.Input, error)
	Input(ctx context.Context, name string) ([]byte, error)
}

// Options make a Collector. Cluster and StateDir are required.
type Options struct {
	Machine  Machine
	Cluster  Cluster
	StateDir string // the agent's own folder
	// CommandTime is what a program gets; as usual where zero.
	CommandTime time.Duration
	Log         *slog.Logger
	Now         func() time.Time
}

// Request says what is wanted.
type Request struct {
	Since, Until time.Time
	SourceBytes  int64
	NodeBytes    int64
}

// Part is a node's part of a bundle: an archive on disk, and what is in it.
type Part struct {
	File    string
	Bytes   int64
	SHA256  string
	Entries []ha.LogEntry
}

const (
	// maxInputs is how many stored decisions there are at most, the newest.
	maxInputs = 300
	// maxConfig bounds a file of configuration or with keys; maxTail is how much of the end of a log is looked through.
	maxConfig = 4 << 20
	maxTail   = 512 << 20
	// reserve is what must be free beside what is written: a full disk is worse than no bundle.
	reserve = 64 << 20
	// workDir is the folder in StateDir.
	workDir = "bundle"
)

// Collector collects, one bundle at a time.
type Collector struct {
	o    Options
	busy sync.Mutex
}

// New returns a Collector. What an earlier process left behind is removed.
func New(o Options) *Collector {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Collector{o: o}
	c.clear()
	return c
}

func (c *Collector) dir() string { return filepath.Join(c.o.StateDir, workDir) }

func (c *Collector) clear() {
	if err := os.RemoveAll(c.dir()); err != nil {
		c.o.Log.Warn("what an earlier bundle left was not removed", "err", err)
	}
}

// Collect writes a part and hands it to send. It is removed when send returns. Progress is told before each source.
func (c *Collector) Collect(ctx context.Context, q Request, progress func(source string, done, all int), send func(Part) error) (Part, error) {
	if !c.busy.TryLock() {
		return Part{}, fault.New(fault.Conflict, "logs.busy", "this node is collecting a bundle already")
	}
	defer c.busy.Unlock()
	if err := ha.CheckLogSpan(q.Since, q.Until, c.o.Now().Add(time.Hour)); err != nil { // the server has checked by its own clock
		return Part{}, err
	}
	c.clear()
	if err := os.MkdirAll(c.dir(), 0o700); err != nil {
		return Part{}, fmt.Errorf("collect: %w", err)
	}
	defer c.clear()
	if err := bundle.CheckSpace(c.dir(), q.NodeBytes/2+q.SourceBytes+reserve); err != nil { // text becomes less than half by compression
		return Part{}, err
	}
	p, err := c.write(ctx, q, progress)
	if err != nil {
		return Part{}, err
	}
	return p, send(p)
}

func (c *Collector) write(ctx context.Context, q Request, progress func(string, int, int)) (p Part, err error) {
	p.File = filepath.Join(c.dir(), "part.tar.zst")
	f, err := os.OpenFile(p.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return p, fmt.Errorf("collect: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	w, err := bundle.NewWriter(io.MultiWriter(f, sum), c.dir(), q.NodeBytes)
	if err != nil {
		return p, err
	}
	j := &job{c: c, q: q, w: w, inputs: c.inputs(ctx, q)}
	j.hide = j.secrets(ctx).Redactor()
	list := j.sources()
	for i, s := range list {
		if err := ctx.Err(); err != nil {
			return p, context.Cause(ctx)
		}
		progress(s.name, i, len(list))
		if err := s.take(ctx); err != nil {
			return p, err
		}
	}
	if err := w.Close(); err != nil {
		return p, fmt.Errorf("collect: %w", err)
	}
	if err := f.Sync(); err != nil {
		return p, fmt.Errorf("collect: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return p, fmt.Errorf("collect: %w", err)
	}
	p.Bytes, p.SHA256, p.Entries = info.Size(), hex.EncodeToString(sum.Sum(nil)), j.entries
	return p, nil
}

// inputs are the scheduler's inputs of the span, and the one before it, from which the span began.
func (c *Collector) inputs(ctx context.Context, q Request) []pacemaker.Input {
	all, err := c.o.Cluster.Inputs(ctx)
	if err != nil {
		c.o.Log.Debug("scheduler's inputs not listed", "err", err)
	}
	var list []pacemaker.Input
	for _, in := range all { // the newest first
		if in.Written.After(q.Until) {
			continue
		}
		if list = append(list, in); in.Written.Before(q.Since) || len(list) == maxInputs {
			break
		}
	}
	return list
}

// job is one collection.
type job struct {
	c       *Collector
	q       Request
	w       *bundle.Writer
	hide    *redact.Redactor
	inputs  []pacemaker.Input
	entries []ha.LogEntry
}

// source is one step. Its error is the collection's: what is wrong with the source alone becomes an entry.
type source struct {
	name string
	take func(context.Context) error
}

func (j *job) sources() []source {
	list := []source{{"CIB", j.cib}}
	files := func(patterns []string, take func(string) error) {
		for _, p := range patterns {
			list = append(list, source{p, func(context.Context) error { return j.each(p, take) }})
		}
	}
	program := func(cs ...command) {
		for _, x := range cs {
			list = append(list, source{strings.Join(x.argv, " "), func(ctx context.Context) error { return j.command(ctx, x) }})
		}
	}
	cluster, kernel, all := journals(j.q.Since, j.q.Until)
	files(configFiles, j.config)
	program(stateCommands...)
	program(cluster)
	files(logFiles, j.log)
	list = append(list, source{"scheduler", j.decisions})
	for _, name := range agentFiles {
		list = append(list, source{name, func(context.Context) error { return j.own(name) }})
	}
	program(kernel, all)
	files(systemLogs, j.log)
	return list
}

// add writes a file of the bundle. What is wrong with its source becomes part of its entry.
func (j *job) add(source, name string, cut bool, fill func(io.Writer) error) error {
	f, why, err := j.w.Add(name, j.q.SourceBytes, j.hide, fill)
	if errors.Is(err, bundle.ErrFull) {
		j.miss(source, fault.New(fault.TooLarge, "logs.node_full", "the node's part has reached its limit"))
		return nil
	}
	if err != nil {
		return err
	}
	e := ha.LogEntry{Source: source, Path: f.Path, Bytes: f.Bytes, SHA256: f.SHA256, Cut: f.Cut || cut}
	if why != nil {
		e.Fault = j.public(why)
	}
	j.entries = append(j.entries, e)
	return nil
}

// miss notes a source of which there is nothing.
func (j *job) miss(source string, f *fault.Error) {
	j.entries = append(j.entries, ha.LogEntry{Source: source, Fault: f})
}

// public is what may be told of an error: programs quote what they were given.
func (j *job) public(err error) *fault.Error {
	f, told := errors.AsType[*fault.Error](err)
	if !told {
		f = fault.New(fault.Failed, "logs.source_failed", "%w", err).With("why", err.Error())
	}
	f.Message = string(j.hide.Line([]byte(f.Message)))
	for name, value := range f.Args {
		f.Args[name] = string(j.hide.Line([]byte(value)))
	}
	return f
}

// cib takes the cluster's configuration and status, from the file where Pacemaker does not run.
func (j *job) cib(ctx context.Context) error {
	source := "cibadmin --query"
	data, err := j.c.o.Cluster.CIB(ctx)
	if err != nil {
		source = "/var/lib/pacemaker/cib/cib.xml"
		if data, err = j.c.read(source, maxConfig*16); err != nil {
			j.miss("CIB", j.public(fault.New(fault.Conflict, "logs.not_running", "Pacemaker does not run on this node, and has left no CIB")))
			return nil
		}
	}
	return j.add(source, "cib.xml", false, whole(lines(data)))
}

// decisions takes what the scheduler has decided on.
func (j *job) decisions(ctx context.Context) error {
	for _, in := range j.inputs {
		data, err := j.c.o.Cluster.Input(ctx, in.Name)
		if err != nil {
			j.miss(in.Name, j.public(err))
			continue
		}
		stem, _, _ := strings.Cut(in.Name, ".")
		if err := j.add("/var/lib/pacemaker/pengine/"+in.Name, "pengine/"+in.Written.UTC().Format("20060102T150405Z-")+stem+".xml", false, whole(lines(data))); err != nil {
			return err
		}
	}
	return nil
}

// lines breaks XML that is on one line, so that it can be read, and looked through, by lines.
func lines(xml []byte) []byte { return bytes.ReplaceAll(xml, []byte("><"), []byte(">\n<")) }

func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// command takes what a program prints.
func (j *job) command(ctx context.Context, x command) error {
	source := strings.Join(x.argv, " ")
	if j.c.o.Machine.Runner == nil {
		return nil
	}
	return j.add(source, x.file, false, func(w io.Writer) error {
		out, err := j.run(ctx, run.Cmd(x.argv[0], x.argv[1:]...).Within(cmp.Or(j.c.o.CommandTime, x.time, commandTime)), w)
		switch {
		case err == nil:
			return nil
		case run.Missing(err):
			return fault.New(fault.NotFound, "logs.no_program", "the program is not installed")
		case errors.Is(err, context.DeadlineExceeded):
			return fault.New(fault.Failed, "logs.command_slow", "the program did not end in time")
		case run.Code(err) > 0:
			return fault.New(fault.Failed, "logs.command_failed", "the program ended with status %d", run.Code(err)).With("status", fmt.Sprint(run.Code(err)), "words", lastLine(string(out.Stderr)))
		}
		return err
	})
}

// run runs a program, and returns although it cannot be killed: one that waits for a device that hangs stays until that answers. What
// it prints then goes nowhere.
func (j *job) run(ctx context.Context, c run.Command, w io.Writer) (run.Output, error) {
	type result struct {
		out run.Output
		err error
	}
	from, to := io.Pipe()
	ended := make(chan result, 1)
	go func() {
		out, err := j.c.o.Machine.Runner.Run(ctx, c.Into(to))
		ended <- result{out, err}
		_ = to.Close() // a pipe's never fails
	}()
	hung := time.AfterFunc(c.Timeout+killTime, func() { _ = to.CloseWithError(context.DeadlineExceeded) })
	defer hung.Stop()
	_, failed := io.Copy(w, from)
	_ = from.CloseWithError(failed) // it is to print no more
	if errors.Is(failed, context.DeadlineExceeded) {
		return run.Output{}, failed
	}
	select {
	case r := <-ended:
		return r.out, r.err
	case <-time.After(c.Timeout + killTime):
		return run.Output{}, context.DeadlineExceeded
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		text = text[at+1:]
	}
	return text[:min(len(text), 300)]
}

// each calls take with the files that a pattern names, in order. None is nothing to tell: no host has all.
func (j *job) each(pattern string, take func(string) error) error {
	for _, name := range j.c.glob(pattern) {
		if err := take(name); err != nil {
			return err
		}
	}
	return nil
}

// glob returns the host's own names of files.
func (c *Collector) glob(pattern string) []string {
	root := c.o.Machine.Root
	if root == "" {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		return nil // a pattern of ours; the tests know them
	}
	for i, f := range found {
		found[i] = "/" + strings.TrimPrefix(strings.TrimPrefix(f, root), "/")
	}
	slices.Sort(found)
	return found
}

func (j *job) config(name string) error {
	data, err := j.c.read(name, maxConfig)
	if err != nil {
		j.miss(name, j.public(err))
		return nil
	}
	return j.add(name, strings.TrimPrefix(name, "/"), false, whole(data))
}

// own takes a file of the agent.
func (j *job) own(name string) error {
	data, err := readFile(filepath.Join(j.c.o.StateDir, name), maxConfig)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		j.miss(name, j.public(err))
		return nil
	}
	return j.add("hawser-agent: "+name, "agent/"+name, false, whole(data))
}
