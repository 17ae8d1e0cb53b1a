// Package remote is a replication driver that works in a virtual machine and is called from outside: the suite for drivers runs here,
// and what it asks for happens on hosts with a kernel of their own. A call is a line of JSON, and so is its answer.
package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"

	"hawser/agent/replication"
	"hawser/internal/fault"
)

type call struct {
	ID     int64             `json:"id"`
	Method string            `json:"method,omitempty"`
	Args   []json.RawMessage `json:"args,omitempty"`
	Cancel bool              `json:"cancel,omitempty"` // of the call with this ID
}

type answer struct {
	ID      int64             `json:"id"`
	Results []json.RawMessage `json:"results,omitempty"` // without the error
	Fault   *fault.Error      `json:"fault,omitempty"`
	Error   string            `json:"error,omitempty"` // one that is no fault
	Changed bool              `json:"changed,omitempty"`
}

// Serve answers calls to a driver until in ends.
func Serve(ctx context.Context, driver replication.Driver, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	var (
		group sync.WaitGroup
		mu    sync.Mutex // guards what follows
		ends  = map[int64]context.CancelFunc{}
	)
	defer group.Wait()
	defer stop()
	say := func(a answer) {
		raw, err := json.Marshal(a)
		if err != nil {
			raw = fmt.Appendf(nil, `{"id":%d,"error":%q}`, a.ID, err)
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = out.Write(append(raw, '\n')) // who asked has gone; in ends, too
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c call
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return err
		}
		if c.Cancel {
			mu.Lock()
			if end := ends[c.ID]; end != nil {
				end()
			}
			mu.Unlock()
			continue
		}
		ctx, end := context.WithCancel(ctx)
		mu.Lock()
		ends[c.ID] = end
		mu.Unlock()
		group.Go(func() {
			a := do(ctx, driver, c, func() { say(answer{ID: c.ID, Changed: true}) })
			a.ID = c.ID
			say(a)
			end()
			mu.Lock()
			delete(ends, c.ID)
			mu.Unlock()
		})
	}
	return lines.Err()
}

// do calls a method by its name. Whatever a driver has in its place is an argument of JSON, but the context, and Watch's function.
func do(ctx context.Context, driver replication.Driver, c call, changed func()) answer {
	method := reflect.ValueOf(driver).MethodByName(c.Method)
	if !method.IsValid() {
		return answer{Error: "no method " + c.Method}
	}
	given, args := c.Args, []reflect.Value{}
	for i := range method.Type().NumIn() {
		switch kind := method.Type().In(i); kind {
		case reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(ctx))
		case reflect.TypeFor[func()]():
			args = append(args, reflect.ValueOf(changed))
		default:
			if len(given) == 0 {
				return answer{Error: "too few arguments for " + c.Method}
			}
			v := reflect.New(kind)
			if err := json.Unmarshal(given[0], v.Interface()); err != nil {
				return answer{Error: err.Error()}
			}
			args, given = append(args, v.Elem()), given[1:]
		}
	}
	var a answer
	for _, result := range method.Call(args) {
		if err, is := result.Interface().(error); is {
			if f, told := errors.AsType[*fault.Error](err); told {
				a.Fault = f
			} else {
				a.Error = err.Error()
			}
			continue
		}
		if result.Type() == reflect.TypeFor[error]() {
			continue
		}
		raw, err := json.Marshal(result.Interface())
		if err != nil {
			return answer{Error: err.Error()}
		}
		a.Results = append(a.Results, raw)
	}
	return a
}
