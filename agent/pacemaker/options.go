package pacemaker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/beevik/etree"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// daemons describe the cluster's properties, each those that it reads. Their folder differs between distributions.
var (
	daemons = []string{"pacemaker-schedulerd", "pacemaker-controld", "pacemaker-based"}
	folders = []string{"/usr/lib/pacemaker/", "/usr/libexec/pacemaker/", "/usr/lib64/pacemaker/"}
)

// Options describes the cluster's properties as the installed Pacemaker does. Since 2.1.7 crm_attribute lists them; before that each
// daemon prints its own.
func (t Tools) Options(ctx context.Context, language string) ([]ha.AgentParameter, error) {
	out, err := t.Runner.Run(ctx, run.Cmd("crm_attribute", "--list-options=cluster", "--all", "--output-as=xml"))
	if err == nil {
		if list, err := parseOptions(out.Stdout, language); err == nil && len(list) > 0 {
			return list, nil
		}
	}
	var all []ha.AgentParameter
	var last error
	for _, daemon := range daemons {
		data, err := t.describe(ctx, daemon)
		if err != nil {
			last = err
			continue
		}
		list, err := parseOptions(data, language)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if !slices.ContainsFunc(all, func(have ha.AgentParameter) bool { return have.Name == p.Name }) {
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("describe cluster properties: %w", last)
	}
	return all, nil
}

// describe asks a daemon's program what options it reads.
func (t Tools) describe(ctx context.Context, daemon string) ([]byte, error) {
	var errs []error
	for _, folder := range folders {
		out, err := t.Runner.Run(ctx, run.Cmd(folder+daemon, "metadata"))
		if err == nil {
			return out.Stdout, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// parseOptions reads metadata of options: a resource-agent element, in what crm_attribute prints within its result.
func parseOptions(data []byte, language string) ([]ha.AgentParameter, error) {
	root, err := metadataRoot(data)
	if err != nil {
		return nil, fmt.Errorf("parse cluster properties: %w", err)
	}
	m, err := ParseMetadata("pacemaker", root, language)
	if err != nil {
		return nil, err
	}
	for i := range m.Parameters {
		if m.Parameters[i].Secret { // no property is one, whatever it is called
			m.Parameters[i].Secret = false
		}
	}
	return m.Parameters, nil
}

// metadataRoot returns the resource-agent element of a document as a document of its own.
func metadataRoot(data []byte) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, err
	}
	e := doc.FindElement("//resource-agent")
	if e == nil {
		return nil, errors.New("no resource-agent element")
	}
	out := etree.NewDocument()
	out.SetRoot(e.Copy())
	return out.WriteToBytes()
}
