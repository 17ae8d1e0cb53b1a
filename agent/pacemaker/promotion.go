package pacemaker

import "github.com/beevik/etree"

// SwapPromotion gives each of two nodes the promotion scores that the other one's agents have set for the primitives: an agent gives
// the score of the promoted instance to whichever instance is promoted.
func (c *CIB) SwapPromotion(primitives []string, a, b string) {
	for _, id := range primitives {
		x, y := c.promotion(id, a), c.promotion(id, b)
		if x == nil || y == nil {
			continue
		}
		of := func(p *etree.Element) string { return p.SelectAttrValue("value", "") }
		was := of(x)
		x.CreateAttr("value", of(y))
		y.CreateAttr("value", was)
	}
}

// promotion is the promotion score that the agent of a primitive has set on a node, or nil. [crm_attribute(8), --promotion]
func (c *CIB) promotion(primitive, node string) *etree.Element {
	s := c.nodeState(node)
	if s == nil {
		return nil
	}
	for _, pair := range s.FindElements("transient_attributes/instance_attributes/nvpair") {
		switch base(pair.SelectAttrValue("name", "")) {
		case "master-" + primitive, "promotion-score-" + primitive:
			return pair
		}
	}
	return nil
}
