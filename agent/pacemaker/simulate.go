package pacemaker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/beevik/etree"

	"hawser/agent/run"
	"hawser/internal/ha"
)

// parseActions counts what crm_simulate plans and nothing keeps it from: an action that waits for another that cannot be done stands in
// the list for ever, as the start of a resource in a container that does not start.
func parseActions(data []byte) (int, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return 0, fmt.Errorf("parse crm_simulate: %w", err)
	}
	root := doc.Root()
	if root == nil {
		return 0, fmt.Errorf("parse crm_simulate: no result")
	}
	actions := root.FindElement("actions")
	if actions == nil {
		return 0, fmt.Errorf("parse crm_simulate: no actions")
	}
	n := 0
	for _, a := range actions.ChildElements() {
		if a.SelectAttrValue("blocked", "") != "true" {
			n++
		}
	}
	return n, nil
}

// foreseeTime bounds a look ahead: with hundreds of resources crm_simulate rewrites its file for each action and takes minutes.
const foreseeTime = 10 * time.Second

// Foresee lets the scheduler work on a copy of a CIB, as if every operation succeeded, and returns the CIB and the
// resources as they would be after one transition.
func (t Tools) Foresee(ctx context.Context, cib []byte) ([]byte, []ha.ResourceState, error) {
	dir, err := os.MkdirTemp(t.Temp, "foresee-") // mode 0700: the files hold secrets
	if err != nil {
		return nil, nil, fmt.Errorf("foresee: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in.xml"), filepath.Join(dir, "out.xml")
	if err := os.WriteFile(in, cib, 0o600); err != nil {
		return nil, nil, fmt.Errorf("foresee: %w", err)
	}
	printed, err := t.Runner.Run(ctx, run.Cmd("crm_simulate", "--simulate", "--xml-file="+in, "--save-output="+out, "--output-as=xml").Within(foreseeTime))
	if err != nil {
		return nil, nil, fmt.Errorf("foresee: %w", err)
	}
	after, err := os.ReadFile(out)
	if err != nil {
		return nil, nil, fmt.Errorf("foresee: %w", err)
	}
	resources, err := parseRevised(printed.Stdout)
	return after, resources, err
}

// parseRevised reads the resources as crm_simulate leaves them.
func parseRevised(data []byte) ([]ha.ResourceState, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("parse crm_simulate: %w", err)
	}
	list := doc.FindElement("//revised_cluster_status/resources")
	if list == nil {
		return nil, errors.New("parse crm_simulate: no resources")
	}
	p := status{zone: time.UTC, counts: map[[2]string]int{}}
	var resources []ha.ResourceState
	for _, e := range list.ChildElements() {
		if r, known := p.resource(e); known {
			resources = append(resources, r)
		}
	}
	return resources, nil
}

// decideTime bounds one judgement: 32 nodes and 500 resources take a second or two, on a busy machine some more.
const decideTime = 2 * time.Minute

// Decide returns what the scheduler makes of a CIB at that moment: scores, utilization and actions, as crm_simulate prints
// them. It works on a copy, because the program must be neither able to change the original nor, being as old as the
// installed Pacemaker is, to fall over it: it aborts on what is newer than itself [2.1.5].
func (t Tools) Decide(ctx context.Context, cib []byte, at time.Time) ([]byte, error) {
	dir, err := os.MkdirTemp(t.Temp, "decide-") // mode 0700: the files hold secrets
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	defer os.RemoveAll(dir)
	in := filepath.Join(dir, "cib.xml")
	if err := os.WriteFile(in, cib, 0o600); err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	out, err := t.Runner.Run(ctx, run.Cmd("crm_simulate", "--run", "--show-scores", "--show-utilization", "--xml-file="+in,
		"--set-datetime="+at.UTC().Format("2006-01-02T15:04:05Z")).Within(decideTime))
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	return out.Stdout, nil
}
