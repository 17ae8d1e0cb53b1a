// Package corosync writes and reads corosync.conf and asks Corosync what its links and votes are.
package corosync

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hawser/internal/ha"
)

// Conf is a corosync.conf: sections of settings, in their order. Comments are not kept.
type Conf struct{ root Section }

// Section is a named part of a Conf.
type Section struct {
	Name  string
	Items []Item
}

// Item is a setting or a section.
type Item struct {
	Key, Value string
	Section    *Section // nil for a setting
}

// stockToken is corosync's own token in milliseconds, where a file has none. Source: corosync.conf(5), 3.1; 3.0 has 1000.
const stockToken = 3000

// maxLine is longer than any line that corosync takes: its own reader cuts at 512.
const maxLine = 512

// Parse reads a corosync.conf as strictly as corosync does, and refuses what that would cut short.
func Parse(data []byte) (*Conf, error) {
	c := &Conf{}
	open := []*Section{&c.root}
	for i, line := range strings.Split(string(data), "\n") {
		at := func(format string, args ...any) error {
			return fmt.Errorf("corosync.conf line %d: %s", i+1, fmt.Sprintf(format, args...))
		}
		if len(line) > maxLine {
			return nil, at("longer than %d bytes", maxLine)
		}
		if strings.IndexFunc(line, func(r rune) bool {
			return unicode.IsControl(r) && r != '\t' && r != '\r' || r == unicode.ReplacementChar
		}) >= 0 {
			return nil, at("not text")
		}
		line = strings.Trim(line, " \t\r")
		top := open[len(open)-1]
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasSuffix(line, "{"):
			name := strings.TrimRight(strings.TrimSuffix(line, "{"), " \t")
			if name == "" || strings.ContainsAny(name, ":{} \t") {
				return nil, at("no section's name: %q", line)
			}
			if len(open) > 5 {
				return nil, at("sections too deep")
			}
			s := &Section{Name: name}
			top.Items = append(top.Items, Item{Section: s})
			open = append(open, s)
		case strings.HasSuffix(line, "}"):
			if line != "}" {
				return nil, at("something before a closing brace: %q", line)
			}
			if len(open) == 1 {
				return nil, at("a brace closes nothing")
			}
			open = open[:len(open)-1]
		default:
			key, value, found := strings.Cut(line, ":")
			key, value = strings.TrimRight(key, " \t"), strings.Trim(value, " \t")
			if !found || key == "" || strings.ContainsAny(key, " \t{}") {
				return nil, at("neither a section nor a setting: %q", line)
			}
			if len(open) == 1 {
				return nil, at("a setting outside of any section: %q", line)
			}
			top.Items = append(top.Items, Item{Key: key, Value: value})
		}
	}
	if len(open) > 1 {
		return nil, fmt.Errorf("corosync.conf: section %s is not closed", open[len(open)-1].Name)
	}
	return c, nil
}

// Bytes writes the file.
func (c *Conf) Bytes() []byte {
	var b bytes.Buffer
	var write func(items []Item, indent string)
	write = func(items []Item, indent string) {
		for i, it := range items {
			if it.Section == nil {
				fmt.Fprintf(&b, "%s%s: %s\n", indent, it.Key, it.Value)
				continue
			}
			if indent == "" && i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s%s {\n", indent, it.Section.Name)
			write(it.Section.Items, indent+"    ")
			fmt.Fprintf(&b, "%s}\n", indent)
		}
	}
	write(c.root.Items, "")
	return b.Bytes()
}

// ClusterName returns totem.cluster_name; of several the last counts, as for corosync.
func (c *Conf) ClusterName() string { return c.root.section("totem").get("cluster_name") }

// Transport returns totem.transport; knet is corosync 3's default.
func (c *Conf) Transport() string {
	if t := c.root.section("totem").get("transport"); t != "" {
		return t
	}
	return "knet"
}

// Encrypted says whether what the nodes say to each other is encrypted or at least signed. Source: corosync.conf(5).
func (c *Conf) Encrypted() bool {
	totem := c.root.section("totem")
	set := func(key string) bool { v := totem.get(key); return v != "" && v != "none" }
	return totem.get("secauth") == "on" || set("crypto_cipher") || set("crypto_hash")
}

// all returns the sections of that name.
func (s *Section) all(name string) []*Section {
	var list []*Section
	if s == nil {
		return nil
	}
	for _, it := range s.Items {
		if it.Section != nil && it.Section.Name == name {
			list = append(list, it.Section)
		}
	}
	return list
}

// section returns the settings of all sections of that name together, or nil.
func (s *Section) section(name string) *Section {
	all := s.all(name)
	if len(all) == 0 {
		return nil
	}
	if len(all) == 1 {
		return all[0]
	}
	joined := &Section{Name: name}
	for _, a := range all {
		joined.Items = append(joined.Items, a.Items...)
	}
	return joined
}

// ensure returns the last section of that name, made where there is none.
func (s *Section) ensure(name string) *Section {
	if all := s.all(name); len(all) > 0 {
		return all[len(all)-1]
	}
	made := &Section{Name: name}
	s.Items = append(s.Items, Item{Section: made})
	return made
}

func (s *Section) get(key string) string {
	value := ""
	if s != nil {
		for _, it := range s.Items {
			if it.Section == nil && it.Key == key {
				value = it.Value
			}
		}
	}
	return value
}

// set gives a setting its value, in its place where it is there already; an empty value removes it.
func (s *Section) set(key, value string) {
	if value == "" {
		s.Items = slices.DeleteFunc(s.Items, func(it Item) bool { return it.Section == nil && it.Key == key })
		return
	}
	for i := len(s.Items) - 1; i >= 0; i-- { // of several the last counts
		if s.Items[i].Section == nil && s.Items[i].Key == key {
			s.Items[i].Value = value
			return
		}
	}
	at := slices.IndexFunc(s.Items, func(it Item) bool { return it.Section != nil })
	if at < 0 {
		at = len(s.Items)
	}
	s.Items = slices.Insert(s.Items, at, Item{Key: key, Value: value})
}

// Setup reads the cluster back out of the file. Node IDs are what the file says; an address may be a name.
func (c *Conf) Setup() (ha.Setup, error) {
	totem := c.root.section("totem")
	s := ha.Setup{Name: totem.get("cluster_name"), Nodes: []ha.SetupNode{}}
	number := func(text, what string) (int, error) {
		if text == "" {
			return 0, nil
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("corosync.conf: %s is %q", what, text)
		}
		return n, nil
	}
	var err error
	if s.Timing.Token, err = number(totem.get("token"), "token"); err != nil {
		return s, err
	}
	if s.Timing.Token == 0 {
		s.Timing.Token = stockToken
	}
	if s.Timing.Consensus, err = number(totem.get("consensus"), "consensus"); err != nil {
		return s, err
	}
	if text := totem.get("token_coefficient"); text != "" {
		n, err := number(text, "token_coefficient")
		if err != nil {
			return s, err
		}
		s.Timing.TokenCoefficient = &n
	}
	if text := totem.get("config_version"); text != "" {
		if s.Version, err = strconv.ParseUint(text, 10, 64); err != nil {
			return s, fmt.Errorf("corosync.conf: config_version is %q", text)
		}
	}
	used := c.linkNumbers()
	for _, list := range c.root.all("nodelist") {
		for _, n := range list.all("node") {
			node := ha.SetupNode{Name: n.get("name")}
			if node.ID, err = number(n.get("nodeid"), "nodeid"); err != nil {
				return s, err
			}
			if text := n.get("quorum_votes"); text != "" {
				votes, err := number(text, "quorum_votes")
				if err != nil {
					return s, err
				}
				if votes != 1 {
					node.Votes = &votes
				}
			}
			for _, link := range used {
				if a := n.get(ringKey(link)); a != "" {
					node.Addresses = append(node.Addresses, a)
				}
			}
			if node.Name == "" && len(node.Addresses) > 0 {
				node.Name = node.Addresses[0] // as Pacemaker guesses, where ring0_addr is a name
			}
			s.Nodes = append(s.Nodes, node)
		}
	}
	s.Timing.Profile = profileOf(s.Timing, len(s.Nodes))
	if s.Links, err = c.links(s, used); err != nil {
		return s, err
	}
	s.Quorum, err = c.readQuorum()
	return s, err
}

// ConfState tells a file from those of other nodes; nil where it cannot be read.
func ConfState(data []byte) *ha.ConfState {
	c, err := Parse(data)
	if err != nil {
		return nil
	}
	s, err := c.Setup()
	if err != nil {
		return nil
	}
	return &ha.ConfState{Version: s.Version, Digest: s.Digest()}
}

// maxLinkNumber is knet's highest link number.
const maxLinkNumber = 7

func ringKey(link int) string { return fmt.Sprintf("ring%d_addr", link) }

// profileOf recognises a named profile by what it resolves to.
func profileOf(t ha.Timing, nodes int) string {
	for _, profile := range []string{ha.ProfileFast, ha.ProfileBalanced, ha.ProfileTolerant} {
		r := ha.Timing{Profile: profile}.Resolved(nodes)
		if t.Token == r.Token && t.Consensus == r.Consensus && t.TokenCoefficient != nil && *t.TokenCoefficient == *r.TokenCoefficient {
			return profile
		}
	}
	return ha.ProfileCustom
}

// Stock says whether a corosync.conf is the example that Debian's package puts in place: it is nobody's cluster.
func Stock(data []byte) bool {
	c, err := Parse(data)
	if err != nil || c.ClusterName() != "debian" {
		return false
	}
	s, err := c.Setup()
	return err == nil && len(s.Nodes) == 1 && len(s.Nodes[0].Addresses) == 1 && s.Nodes[0].Addresses[0] == "127.0.0.1"
}
