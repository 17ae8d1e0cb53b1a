// Package pacemaker speaks Pacemaker's languages: the CIB, crm_mon's XML, agents' metadata, and the command-line tools that
// give and take them. It reads everything into types and changes a CIB element by element, so that what Hawser has no
// word for stays as it is.
package pacemaker

import (
	"fmt"
	"strconv"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// CIB is a cluster information base: a document that is changed in place. It is not safe for concurrent use.
type CIB struct {
	doc  *etree.Document
	root *etree.Element // <cib>
}

// ParseCIB reads a CIB as cibadmin -Q or a file gives it.
func ParseCIB(data []byte) (*CIB, error) {
	doc := etree.NewDocument()
	doc.ReadSettings.ValidateInput = true
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("parse CIB: %w", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "cib" {
		return nil, fmt.Errorf("parse CIB: no cib element")
	}
	if root.SelectElement("configuration") == nil {
		return nil, fmt.Errorf("parse CIB: no configuration")
	}
	return &CIB{doc: doc, root: root}, nil
}

// Clone returns a copy that can be changed apart.
func (c *CIB) Clone() *CIB {
	doc := c.doc.Copy()
	return &CIB{doc: doc, root: doc.Root()}
}

// Bytes writes the CIB.
func (c *CIB) Bytes() []byte {
	data, err := c.doc.WriteToBytes()
	if err != nil {
		panic(fmt.Sprintf("write CIB to memory: %v", err)) // bytes.Buffer has no errors
	}
	return data
}

// Version returns the version; what is no number counts as 0.
func (c *CIB) Version() ha.Version {
	number := func(name string) int {
		n, _ := strconv.Atoi(c.root.SelectAttrValue(name, "0"))
		return n
	}
	return ha.Version{AdminEpoch: number("admin_epoch"), Epoch: number("epoch"), NumUpdates: number("num_updates")}
}

// Stamp gives the CIB the version that follows before's. A patch whose epoch is not raised is refused by
// Pacemaker (103), even where the CIB has not moved [2.1.5].
func (c *CIB) Stamp(before ha.Version) {
	c.root.CreateAttr("admin_epoch", strconv.Itoa(before.AdminEpoch))
	c.root.CreateAttr("epoch", strconv.Itoa(before.Epoch+1))
	c.root.CreateAttr("num_updates", "0")
}

// FeatureSet is what the CIB's writer could do (crm_feature_set).
func (c *CIB) FeatureSet() string { return c.root.SelectAttrValue("crm_feature_set", "") }

// ClusterName is the name that the cluster's properties give it, usually corosync's.
func (c *CIB) ClusterName() string { return c.properties()["cluster-name"] }

// ConfigXML returns the configuration section as it is. It holds secrets.
func (c *CIB) ConfigXML() string { return elementXML(c.configuration()) }

func (c *CIB) configuration() *etree.Element { return c.root.SelectElement("configuration") }

// section returns a child of the configuration, or nil.
func (c *CIB) section(name string) *etree.Element { return c.configuration().SelectElement(name) }

// elementXML writes one element with what it holds, without the white space around its children.
func elementXML(e *etree.Element) string {
	doc := etree.NewDocument()
	doc.AddChild(withoutSpace(e.Copy()))
	text, err := doc.WriteToString()
	if err != nil {
		panic(fmt.Sprintf("write element to memory: %v", err))
	}
	return text
}

// withoutSpace removes text that is only white space below e. The CIB has no meaningful text but in comments.
func withoutSpace(e *etree.Element) *etree.Element {
	kept := e.Child[:0:0]
	for _, t := range e.Child {
		if text, isText := t.(*etree.CharData); isText && text.IsWhitespace() {
			continue
		}
		kept = append(kept, t)
	}
	for len(e.Child) > 0 {
		e.RemoveChildAt(len(e.Child) - 1)
	}
	for _, t := range kept {
		e.AddChild(t)
		if child, isElement := t.(*etree.Element); isElement {
			withoutSpace(child)
		}
	}
	return e
}
