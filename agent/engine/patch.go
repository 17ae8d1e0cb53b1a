package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// patchTries is how often a patch is stamped anew because only the status had moved. A busy cluster changes its status
// a few times a second, and a patch takes tens of milliseconds.
const patchTries = 8

// intent is a change of the configuration that is about to be made, or was. It holds secrets.
type intent struct {
	Before    ha.Version `json:"before"`
	After     ha.Version `json:"after"`
	BeforeXML string     `json:"beforeXml"`
	AfterXML  string     `json:"afterXml"`
	// Seen says that it was read back, and is as it was to be.
	Seen bool `json:"seen,omitempty"`
}

// patch is a change of the configuration that can be made again after it was interrupted, and taken back.
type patch struct {
	t    *task
	name string // under which the intent is kept
	// change makes the change on a CIB.
	change func(*pacemaker.CIB) error
	// expect, where set, is what the configuration must be; otherwise the change is made on whatever it is by then.
	expect *ha.Version
}

// read returns the CIB as it is.
func (e *Engine) read(ctx context.Context) (*pacemaker.CIB, []byte, error) {
	data, err := e.driver.CIB(ctx)
	if err != nil {
		return nil, nil, err
	}
	cib, err := pacemaker.ParseCIB(data)
	if err != nil {
		return nil, nil, err
	}
	return cib, data, nil
}

// intent returns what is kept of this patch, if it was begun.
func (p patch) intent() (intent, bool, error) {
	var i intent
	if !p.t.has(p.name) {
		return i, false, nil
	}
	return i, true, p.t.load(p.name, &i)
}

// commit makes the change. What it is about to do is kept first, so that after an interruption it can be told whether it
// was done.
func (p patch) commit(ctx context.Context) error {
	e := p.t.e
	if kept, begun, err := p.intent(); err != nil {
		return err
	} else if begun {
		cib, _, err := e.read(ctx)
		if err != nil {
			return err
		}
		switch made, known := kept.made(cib); {
		case !known:
			return fault.New(fault.Conflict, "config.unknown_end", "the configuration has changed since the agent ended; it cannot be told whether the change was made")
		case made:
			return p.found(ctx, cib)
		}
	}
	var last ha.Version
	for try := range patchTries {
		cib, data, err := e.read(ctx)
		if err != nil {
			return err
		}
		v := cib.Version()
		if p.expect != nil && !v.SameConfig(*p.expect) {
			return ErrMoved
		}
		if try > 0 && !v.SameConfig(last) && p.expect != nil {
			return ErrMoved
		}
		last = v
		next := cib.Clone()
		if err := p.change(next); err != nil {
			return err
		}
		if pacemaker.Equal(cib, next) {
			return p.t.keep(p.name, intent{Before: v, After: v, BeforeXML: cib.ConfigXML(), AfterXML: cib.ConfigXML()})
		}
		next.Stamp(v)
		if err := p.t.keep(p.name, intent{Before: v, After: next.Version(), BeforeXML: cib.ConfigXML(), AfterXML: next.ConfigXML()}); err != nil {
			return err
		}
		e.expectChange(next, p.t.command.ID)
		if err = e.driver.Patch(ctx, data, next.Bytes()); err == nil {
			return p.found(ctx, next)
		}
		e.expectChange(next, "")
		if !errors.Is(err, ErrMoved) {
			return err
		}
	}
	return ErrMoved
}

// found keeps the version that the change really got: Pacemaker 2.1.5 raises the epoch of a patched CIB once more, beyond the
// one that the patch had to bring. Where somebody has changed the configuration since, the stamped version stays.
func (p patch) found(ctx context.Context, next *pacemaker.CIB) error {
	now, _, err := p.t.e.read(ctx)
	if err != nil || !pacemaker.Equal(now, next) {
		return nil //nolint:nilerr // the change is made; verify reads again and tells what is wrong
	}
	kept, _, err := p.intent()
	if err != nil {
		return err
	}
	kept.After = now.Version()
	kept.After.NumUpdates = 0
	kept.Seen = true
	return p.t.keep(p.name, kept)
}

// verify makes sure that the change is in the configuration: it is read again, where it was not seen right after the change.
func (p patch) verify(ctx context.Context) error {
	kept, begun, err := p.intent()
	if err != nil || !begun || kept.Seen {
		return err
	}
	cib, _, err := p.t.e.read(ctx)
	if err != nil {
		return err
	}
	if made, known := kept.made(cib); !made && known {
		return fault.New(fault.Conflict, "config.undone", "somebody has taken the change back already")
	}
	return nil
}

// rollBack takes the change back, if it was made: only what it has touched, and only where nobody has touched that since.
func (p patch) rollBack(ctx context.Context) error {
	kept, begun, err := p.intent()
	if err != nil || !begun {
		return err
	}
	cib, _, err := p.t.e.read(ctx)
	if err != nil {
		return err
	}
	if made, known := kept.made(cib); known && !made {
		return nil
	}
	undo := back(p)
	undo.change = func(c *pacemaker.CIB) error { return c.Revert(kept.BeforeXML, kept.AfterXML) }
	return undo.commit(ctx)
}

// back is the patch that takes p back, without its change.
func back(p patch) patch { return patch{t: p.t, name: p.name + ".back"} }

// spans tells from which version to which each of these patches has brought the configuration.
func spans(patches ...patch) ([]wire.Span, error) {
	var list []wire.Span
	for _, p := range patches {
		i, begun, err := p.intent()
		if err != nil {
			return nil, err
		}
		if begun && !i.Before.SameConfig(i.After) {
			list = append(list, wire.Span{Before: i.Before, After: i.After})
		}
	}
	return list, nil
}

// made says whether a change is in a configuration, and whether that can be told.
func (i intent) made(cib *pacemaker.CIB) (made, known bool) {
	if i.BeforeXML == i.AfterXML {
		return true, true
	}
	if cib.Version().SameConfig(i.Before) {
		return false, true
	}
	done := cib.Clone().Revert(i.BeforeXML, i.AfterXML) == nil
	undone := cib.Clone().Revert(i.AfterXML, i.BeforeXML) == nil
	if done && undone { // everything that it touched has gone since
		return true, true
	}
	return done, done || undone
}

// work is a configuration that a command has made.
type work struct {
	command string
	version ha.Version // as it was stamped
	config  [sha256.Size]byte
}

// worksKept is how many are remembered: Watch reads within moments.
const worksKept = 64

// expectChange notes that a configuration is the work of a command, so that Watch does not take it for somebody else's. An
// empty command takes that back.
func (e *Engine) expectChange(cib *pacemaker.CIB, command string) {
	w := work{command: command, version: cib.Version(), config: sha256.Sum256([]byte(cib.ConfigXML()))}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made = slices.DeleteFunc(e.made, func(o work) bool { return o.version.SameConfig(w.version) })
	if command == "" {
		return
	}
	if e.made = append(e.made, w); len(e.made) > worksKept {
		e.made = e.made[1:]
	}
}

// maker returns the command that has made a configuration, or "". The epoch may be one higher than it was stamped.
// The version alone does not tell: a cluster made anew on the same host counts from the beginning.
func (e *Engine) maker(cib *pacemaker.CIB) string {
	v, config := cib.Version(), sha256.Sum256([]byte(cib.ConfigXML()))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range e.made {
		next := w.version
		next.Epoch++
		if config == w.config && (v.SameConfig(w.version) || v.SameConfig(next)) {
			return w.command
		}
	}
	return ""
}
