// Package pacemaker speaks Pacemaker's languages: the CIB, crm_mon's XML, agents' metadata, and the command-line tools that
// give and take them. It reads everything into types and changes a CIB element by element, so that what Hawser has no
// word for stays as it is.
package pacemaker

import (
	"fmt"
	"strconv"

	"github.com/beevik/etree"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// CIB is a cluster information base: a document that is changed in place. It is not safe for concurrent use.
type CIB struct {
	doc  *etree.Document
	root *etree.Element // <cib>
	raw  bool           // tell secrets
}

// ParseCIB reads a CIB as cibadmin -Q or a file gives it.
func ParseCIB(data []byte) (*CIB, error) {
	data, err := NormalXML(data)
	if err != nil {
		return nil, fmt.Errorf("parse CIB: %w", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		why := fault.New(fault.Invalid, "cib.xml_invalid", "not well-formed XML: %w", err).With("why", err.Error())
		return nil, fmt.Errorf("parse CIB: %w", why)
	}
	root := doc.Root()
	if root == nil || root.Tag != "cib" {
		return nil, notCIB("no cib element")
	}
	for _, t := range doc.Child { // the reader is not strict about what surrounds the root
		text, isText := t.(*etree.CharData)
		if e, isElement := t.(*etree.Element); isElement && e != root || isText && !text.IsWhitespace() {
			return nil, notCIB("more than one root")
		}
	}
	if root.SelectElement("configuration") == nil {
		return nil, notCIB("no configuration")
	}
	faithful(doc)
	return &CIB{doc: doc, root: withoutSpace(root)}, nil
}

func notCIB(why string) error {
	return fmt.Errorf("parse CIB: %w", fault.New(fault.Invalid, "cib.not_cib", "not a CIB: %s", why).With("why", why))
}

// faithful has a document written so that it is read back as it is: a line end in a value or a carriage return in a text
// would otherwise become something else.
func faithful(doc *etree.Document) {
	doc.WriteSettings.CanonicalAttrVal = true
	doc.WriteSettings.CanonicalText = true
}

// Clone returns a copy that can be changed apart.
func (c *CIB) Clone() *CIB {
	doc := c.doc.Copy()
	faithful(doc)
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

// Lowest gives the CIB the lowest version there is: any other one takes its place where two nodes meet.
func (c *CIB) Lowest() {
	for _, name := range []string{"admin_epoch", "epoch", "num_updates"} {
		c.root.CreateAttr(name, "0")
	}
}

// Stamp gives the CIB the version that follows before's. A patch whose epoch is not raised is refused by
// Pacemaker (103), even where the CIB has not moved; when it is taken, Pacemaker raises the epoch once more [2.1.5].
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

// elementXML writes one element with what it holds.
func elementXML(e *etree.Element) string {
	doc := etree.NewDocument()
	faithful(doc)
	doc.AddChild(e.Copy())
	text, err := doc.WriteToString()
	if err != nil {
		panic(fmt.Sprintf("write element to memory: %v", err))
	}
	return text
}

// withoutSpace removes text that is only white space below e, as Pacemaker itself does when it reads. Space that belongs to
// a text with something in it stays.
func withoutSpace(e *etree.Element) *etree.Element {
	for i := len(e.Child) - 1; i >= 0; i-- {
		switch t := e.Child[i].(type) {
		case *etree.CharData:
			if t.IsWhitespace() && !t.IsCData() && !isText(e, i-1) && !isText(e, i+1) {
				e.RemoveChildAt(i)
			}
		case *etree.Element:
			withoutSpace(t)
		}
	}
	return e
}

// isText says whether the child of e at that place is text.
func isText(e *etree.Element, at int) bool {
	if at < 0 || at >= len(e.Child) {
		return false
	}
	_, is := e.Child[at].(*etree.CharData)
	return is
}

// ParseConfig reads a configuration section by itself, as ConfigXML gives it.
func ParseConfig(text string) (*CIB, error) {
	section, err := parseSection(text)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	root := doc.CreateElement("cib")
	root.AddChild(section)
	return &CIB{doc: doc, root: root}, nil
}
