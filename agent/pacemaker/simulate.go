package pacemaker

import (
	"fmt"

	"github.com/beevik/etree"
)

// parseActions counts what crm_simulate plans.
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
	return len(actions.ChildElements()), nil
}
