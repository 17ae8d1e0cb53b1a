package pacemaker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"hawser/internal/ha"
)

// ParseMetadata reads what an agent says of itself, in the language asked for where it knows it, for example zh-CN, else
// in English. Source: OCF Resource Agent API 1.0 and 1.1; fence agents' own additions.
func ParseMetadata(agent string, data []byte, language string) (ha.AgentMetadata, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return ha.AgentMetadata{}, fmt.Errorf("parse metadata of %s: %w", agent, err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "resource-agent" {
		return ha.AgentMetadata{}, fmt.Errorf("parse metadata of %s: no resource-agent", agent)
	}
	m := ha.AgentMetadata{
		Agent: agent, Version: root.SelectAttrValue("version", ""), Parameters: []ha.AgentParameter{}, Actions: []ha.AgentAction{},
		Long: text(root, "longdesc", language), Short: cmp.Or(text(root, "shortdesc", language), root.SelectAttrValue("shortdesc", "")),
	}
	for _, e := range root.FindElements("parameters/parameter") {
		name := e.SelectAttrValue("name", "")
		// Pacemaker itself fills these in for a fence agent: nobody is asked for them.
		if strings.HasPrefix(agent, "stonith:") && slices.Contains([]string{"action", "port", "plug", "nodename"}, name) {
			continue
		}
		p := parameter(e, language)
		if slices.ContainsFunc(m.Parameters, func(o ha.AgentParameter) bool { return o.Name == p.Name }) {
			continue
		}
		m.Parameters = append(m.Parameters, p)
	}
	for _, e := range root.FindElements("actions/action") {
		m.Actions = append(m.Actions, ha.AgentAction{
			Name: e.SelectAttrValue("name", ""), Interval: seconds(e, "interval"), Timeout: seconds(e, "timeout"),
			Role: role(e.SelectAttrValue("role", "")), Depth: e.SelectAttrValue("depth", ""),
		})
	}
	return m, nil
}

func parameter(e *etree.Element, language string) ha.AgentParameter {
	p := ha.AgentParameter{
		Name: e.SelectAttrValue("name", ""), Type: "string", Required: yes(e, "required"),
		// OCF 1.1 says unique-group; before it was unique.
		Unique:     yes(e, "unique") && e.SelectAttr("unique-group") == nil || e.SelectAttrValue("unique-group", "") != "",
		Reloadable: yes(e, "reloadable"), Deprecated: yes(e, "deprecated") || e.SelectElement("deprecated") != nil,
		Long: text(e, "longdesc", language), Short: text(e, "shortdesc", language),
	}
	if c := e.SelectElement("content"); c != nil {
		p.Type, p.Default = cmp.Or(c.SelectAttrValue("type", ""), "string"), c.SelectAttrValue("default", "")
		switch p.Type {
		case "bool":
			p.Type = "boolean"
		case "int", "number":
			p.Type = "integer"
		case "enum":
			p.Type = "select"
		}
		for _, o := range c.SelectElements("option") {
			p.Options = append(p.Options, o.SelectAttrValue("value", ""))
		}
	}
	p.Secret = IsSecret(p.Name)
	if p.Secret {
		p.Default = "" // some agents print what they are configured with
	}
	return p
}

// seconds gives a bare number its unit: agents write 20 or 20s.
func seconds(e *etree.Element, name string) string {
	text := strings.TrimSpace(e.SelectAttrValue(name, ""))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return text + "s"
	}
	return text
}

// text returns the description in the language, its relatives, English, or whatever there is.
func text(e *etree.Element, tag, language string) string {
	all := e.SelectElements(tag)
	if len(all) == 0 {
		return ""
	}
	short, _, _ := strings.Cut(strings.ReplaceAll(language, "_", "-"), "-")
	best, rank := all[0], 0
	for _, d := range all {
		lang := strings.ReplaceAll(d.SelectAttrValue("lang", ""), "_", "-")
		own, _, _ := strings.Cut(lang, "-")
		r := 0
		switch {
		case strings.EqualFold(lang, language) && language != "":
			r = 4
		case strings.EqualFold(own, short) && short != "":
			r = 3
		case own == "en":
			r = 2
		case own == "":
			r = 1
		}
		if r > rank {
			best, rank = d, r
		}
	}
	return tidy(best.Text())
}

// tidy takes out the indentation of a description and keeps its paragraphs.
func tidy(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
