package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"hawser/agent/replication"
	"hawser/internal/ha"
)

// Dial runs the program in the machine that calls Serve, and returns when it has ended.
type Dial func(ctx context.Context, stdin io.Reader, stdout io.Writer) error

// Driver is the outer end. It dials when it is first called, and again after the machine has been away.
type Driver struct {
	dial Dial

	mu   sync.Mutex // guards what follows
	link *link      // nil where there is none
}

var _ replication.Driver = (*Driver)(nil)

// New returns a Driver; nothing is dialled yet.
func New(dial Dial) *Driver { return &Driver{dial: dial} }

// link is one run of the program.
type link struct {
	in   *io.PipeWriter
	gone chan struct{} // closed once err is set
	err  error

	mu      sync.Mutex // guards what follows, and the order of lines
	last    int64
	waiting map[int64]chan answer
}

// Close ends the program in the machine.
func (d *Driver) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != nil {
		d.link.in.Close()
		<-d.link.gone
		d.link = nil
	}
}

func (d *Driver) connect() *link {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != nil {
		select {
		case <-d.link.gone:
		default:
			return d.link
		}
	}
	stdin, in := io.Pipe()
	stdout, out := io.Pipe()
	l := &link{in: in, gone: make(chan struct{}), waiting: map[int64]chan answer{}}
	d.link = l
	go func() {
		err := d.dial(context.Background(), stdin, out) // until stdin ends, or the machine does
		l.err = err
		close(l.gone) // before a call can fail for it: the next one dials again
		out.CloseWithError(io.EOF)
		stdin.CloseWithError(errors.Join(errors.New("the program has ended"), err))
	}()
	go l.read(stdout)
	return l
}

func (l *link) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a answer
		if json.Unmarshal(lines.Bytes(), &a) != nil {
			continue // what a program prints on its way to failing; its end says so
		}
		l.mu.Lock()
		to := l.waiting[a.ID]
		l.mu.Unlock()
		if to != nil {
			to <- a
		}
	}
}

func (l *link) send(c call) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = l.in.Write(append(raw, '\n'))
	return err
}

// call has a method called over there. results are where its results go; changed may be nil.
func (d *Driver) call(ctx context.Context, method string, results []any, changed func(), args ...any) error {
	c := call{Method: method}
	for _, arg := range args {
		raw, err := json.Marshal(arg)
		if err != nil {
			return err
		}
		c.Args = append(c.Args, raw)
	}
	l := d.connect()
	answers := make(chan answer, 64)
	l.mu.Lock()
	l.last++
	c.ID = l.last
	l.waiting[c.ID] = answers
	err := l.send(c)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.waiting, c.ID)
		l.mu.Unlock()
	}()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	done := ctx.Done()
	for {
		select {
		case a := <-answers:
			switch {
			case a.Changed:
				changed()
				continue
			case a.Fault != nil:
				return a.Fault
			case a.Error != "":
				return errors.Join(errors.New(a.Error), ctx.Err())
			case len(a.Results) != len(results):
				return fmt.Errorf("%s: %d results, want %d", method, len(a.Results), len(results))
			}
			for i, raw := range a.Results {
				if err := json.Unmarshal(raw, results[i]); err != nil {
					return fmt.Errorf("%s: %w", method, err)
				}
			}
			return nil
		case <-done:
			done = nil // the method ends by itself, and says how
			l.mu.Lock()
			err := l.send(call{ID: c.ID, Cancel: true})
			l.mu.Unlock()
			if err != nil {
				return errors.Join(ctx.Err(), err)
			}
		case <-l.gone:
			return errors.Join(fmt.Errorf("%s: the program in the machine has ended", method), l.err)
		}
	}
}

// Name implements replication.Driver, as do all that follow.
func (d *Driver) Name() ha.VolumeDriver {
	var name ha.VolumeDriver
	if err := d.call(context.Background(), "Name", []any{&name}, nil); err != nil {
		return ""
	}
	return name
}

func (d *Driver) Versions(ctx context.Context) (kernel, tools string, err error) {
	err = d.call(ctx, "Versions", []any{&kernel, &tools}, nil)
	return kernel, tools, err
}

func (d *Driver) Inspect(ctx context.Context, disk string) (ha.VolumeInspection, error) {
	var v ha.VolumeInspection
	err := d.call(ctx, "Inspect", []any{&v}, nil, disk)
	return v, err
}

func (d *Driver) Volumes(ctx context.Context) ([]ha.Volume, error) {
	var list []ha.Volume
	err := d.call(ctx, "Volumes", []any{&list}, nil)
	return list, err
}

func (d *Driver) Configure(ctx context.Context, v ha.Volume, secret string) error {
	return d.call(ctx, "Configure", nil, nil, v, secret)
}

func (d *Driver) Forget(ctx context.Context, name string) error {
	return d.call(ctx, "Forget", nil, nil, name)
}

func (d *Driver) Create(ctx context.Context, name string, destroy []string) error {
	return d.call(ctx, "Create", nil, nil, name, destroy)
}

func (d *Driver) Wipe(ctx context.Context, name string) error {
	return d.call(ctx, "Wipe", nil, nil, name)
}

func (d *Driver) Up(ctx context.Context, name string) error {
	return d.call(ctx, "Up", nil, nil, name)
}

func (d *Driver) Down(ctx context.Context, name string) error {
	return d.call(ctx, "Down", nil, nil, name)
}

func (d *Driver) FirstSync(ctx context.Context, name string, how ha.FirstSync) error {
	return d.call(ctx, "FirstSync", nil, nil, name, how)
}

func (d *Driver) Act(ctx context.Context, name string, action ha.VolumeAction, limit int64) error {
	return d.call(ctx, "Act", nil, nil, name, action, limit)
}

func (d *Driver) Format(ctx context.Context, name, kind string) error {
	return d.call(ctx, "Format", nil, nil, name, kind)
}

func (d *Driver) Status(ctx context.Context) ([]ha.VolumeState, error) {
	var list []ha.VolumeState
	err := d.call(ctx, "Status", []any{&list}, nil)
	return list, err
}

func (d *Driver) Watch(ctx context.Context, changed func()) error {
	return d.call(ctx, "Watch", nil, changed)
}

func (d *Driver) Split(ctx context.Context, name string) (ha.SplitSide, error) {
	var side ha.SplitSide
	err := d.call(ctx, "Split", []any{&side}, nil, name)
	return side, err
}
