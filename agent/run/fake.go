package run

import (
	"context"
	"fmt"
	"os"
	"sync"
)

// Fake is a Runner for tests: programs are functions, and a program that nobody gave does not exist.
type Fake struct {
	mu       sync.Mutex // guards what is below; not held while a program runs
	programs map[string]func(context.Context, Command) Output
	seen     []Command
}

// Program installs a program, in place of an earlier one of that name.
func (f *Fake) Program(name string, program func(context.Context, Command) Output) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.programs == nil {
		f.programs = map[string]func(context.Context, Command) Output{}
	}
	f.programs[name] = program
}

// Run implements Runner, and its promises about errors.
func (f *Fake) Run(ctx context.Context, c Command) (Output, error) {
	if err := ctx.Err(); err != nil {
		return Output{Code: -1}, &Error{Name: c.Name, Code: -1, cause: err}
	}
	f.mu.Lock()
	program := f.programs[c.Name]
	f.seen = append(f.seen, c)
	f.mu.Unlock()
	if program == nil {
		return Output{Code: -1}, &Error{Name: c.Name, Code: -1, cause: fmt.Errorf("start: %w", os.ErrNotExist)}
	}
	out := program(ctx, c)
	if err := ctx.Err(); err != nil {
		return Output{Code: -1}, &Error{Name: c.Name, Code: -1, cause: err}
	}
	if c.Stdout != nil {
		if _, err := c.Stdout.Write(out.Stdout); err != nil {
			return Output{Code: -1}, &Error{Name: c.Name, Code: -1, cause: err}
		}
		out.Stdout = nil
	}
	if out.Code != 0 {
		return out, NewError(c.Name, out)
	}
	return out, nil
}

// Seen returns what was run, in order, so that a test can look for what must never be there, such as a secret in the arguments.
func (f *Fake) Seen() []Command {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Command(nil), f.seen...)
}
