package pacemaker

import (
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
	"hawser/internal/redact"
)

// Hidden stands for a secret value wherever a person might see it. In an edit it means "as it is".
const Hidden = redact.Hidden

// IsSecret says whether the value of a parameter must not be shown. The rule goes by the name alone, because an agent may be
// gone while its parameters are still in the CIB.
func IsSecret(name string) bool { return redact.IsSecret(name) }

// shown returns a value as a person may see it.
func shown(name, value string) string {
	if value != "" && IsSecret(name) {
		return Hidden
	}
	return value
}

// shown returns a value of the CIB as a person may see it, or as it is where two configurations are compared.
func (c *CIB) shown(name, value string) string {
	if c.raw {
		return value
	}
	return shown(name, value)
}

// Differences says how b differs from a. Secrets are Hidden, but that one has changed is told.
func Differences(a, b *CIB) []ha.Difference {
	rawA, rawB := *a, *b
	rawA.raw, rawB.raw = true, true
	list := ha.DiffConfig(rawA.Config(), rawB.Config())
	for i := range list {
		d := &list[i]
		name := d.ID // of a property or default, which is an object by itself
		if d.Object != "property" && d.Object != "default" {
			_, name, _ = strings.Cut(d.Field, ".")
			if _, parameter, is := strings.Cut(name, ha.OperationParameter); is {
				name = parameter
			}
		}
		d.Before, d.After = shown(name, d.Before), shown(name, d.After)
	}
	return list
}

// shownXML is elementXML with secret values hidden.
func shownXML(e *etree.Element) string {
	hidden := e.Copy()
	for _, pair := range append(hidden.FindElements(".//nvpair"), hidden) {
		if v := pair.SelectAttr("value"); v != nil {
			v.Value = shown(pair.SelectAttrValue("name", ""), v.Value)
		}
	}
	return elementXML(hidden)
}
