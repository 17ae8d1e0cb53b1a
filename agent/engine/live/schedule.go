package live

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"hawser/agent/pacemaker"
	"hawser/internal/fault"
)

// Schedule implements engine.Driver.
func (d *Driver) Schedule(ctx context.Context, cib []byte, o pacemaker.Look) (pacemaker.Decision, error) {
	decision, err := d.cluster.Schedule(ctx, cib, o)
	return decision, translate(err)
}

// Times implements engine.Driver.
func (d *Driver) Times() *pacemaker.Times { return d.cluster.Times }

// inputName is how the scheduler names what it stores. pe-error is what it could not work with.
var inputName = regexp.MustCompile(`^pe-(input|warn|error)-[0-9]+\.(bz2|raw)$`)

// maxInput bounds a stored input once it is unpacked: a CIB of 32 nodes and 500 resources has 8 MB.
const maxInput = 256 << 20

// Inputs implements engine.Driver.
func (d *Driver) Inputs(context.Context) ([]pacemaker.Input, error) {
	entries, err := os.ReadDir(d.path(inputsDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []pacemaker.Input
	for _, e := range entries {
		if info, err := e.Info(); err == nil && inputName.MatchString(e.Name()) {
			list = append(list, pacemaker.Input{Name: e.Name(), Written: info.ModTime()})
		}
	}
	slices.SortFunc(list, func(a, b pacemaker.Input) int { return b.Written.Compare(a.Written) })
	return list, nil
}

// Input implements engine.Driver.
func (d *Driver) Input(_ context.Context, name string) ([]byte, error) {
	if !inputName.MatchString(name) {
		return nil, fault.New(fault.NotFound, "insight.no_input", "no stored input %s", name).With("name", name)
	}
	data, err := os.ReadFile(filepath.Join(d.path(inputsDir), name))
	if err != nil {
		return nil, fmt.Errorf("read scheduler's input: %w", err)
	}
	var r io.Reader = bytes.NewReader(data)
	if filepath.Ext(name) == ".bz2" {
		r = bzip2.NewReader(r)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	if len(text) > maxInput {
		return nil, fmt.Errorf("unpack %s: more than %d bytes", name, maxInput)
	}
	return text, nil
}
