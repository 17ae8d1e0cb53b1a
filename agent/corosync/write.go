package corosync

import (
	"fmt"
	"slices"
	"strconv"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// New writes the configuration of a new cluster.
func New(s ha.Setup) (*Conf, error) {
	c := &Conf{}
	if err := c.Update(s); err != nil {
		return nil, err
	}
	return c, nil
}

// Update brings the file to s: its nodes, links, timing and what follows from how many nodes there are. Whatever else
// the file says stays, for example a quorum device, or how messages are logged.
func (c *Conf) Update(s ha.Setup) error {
	if err := ha.ValidateSetup(s); err != nil {
		return err
	}
	for i, n := range s.Nodes {
		if n.ID == 0 {
			return fmt.Errorf("corosync.conf: node %s has no ID", s.Nodes[i].Name)
		}
	}
	fresh := c.root.section("totem") == nil
	if t := c.Transport(); t != "knet" {
		return fault.New(fault.Conflict, "cluster.transport_unsupported", "the cluster's transport is %s; its nodes and links can be changed with knet only", t).
			With("transport", t)
	}
	totem := c.root.ensure("totem")
	totem.set("version", "2")
	totem.set("cluster_name", s.Name)
	if fresh { // a running cluster keeps the encryption that it has
		totem.set("transport", "knet")
		totem.set("crypto_cipher", "aes256")
		totem.set("crypto_hash", "sha256")
	}
	t := s.Timing.Resolved(len(s.Nodes))
	totem.set("token", strconv.Itoa(t.Token))
	totem.set("consensus", strconv.Itoa(t.Consensus))
	totem.set("token_coefficient", strconv.Itoa(*t.TokenCoefficient))
	if s.Version > 0 {
		totem.set("config_version", strconv.FormatUint(s.Version, 10))
	}
	if len(s.LinkList()) > 1 && totem.get("link_mode") == "" {
		totem.set("link_mode", "passive")
	}
	c.interfaces(totem, s)
	c.nodes(s)
	c.quorum(s)
	c.logging()
	return nil
}

// nodes makes the node list. A node that was there keeps the settings that Hawser has no word for.
func (c *Conf) nodes(s ha.Setup) {
	before := map[string]*Section{}
	for _, list := range c.root.all("nodelist") {
		for _, n := range list.all("node") {
			before[n.get("name")] = n
		}
	}
	var items []Item
	for _, n := range s.Nodes {
		node := before[n.Name]
		if node == nil {
			node = &Section{Name: "node"}
		}
		node.set("name", n.Name)
		node.set("nodeid", strconv.Itoa(n.ID))
		for link := range maxLinkNumber + 1 {
			node.set(ringKey(link), s.Address(n.Name, link))
		}
		if s.Quorum != nil || n.Votes != nil {
			votes := ""
			if n.VoteCount() != 1 {
				votes = strconv.Itoa(n.VoteCount())
			}
			node.set("quorum_votes", votes)
		}
		items = append(items, Item{Section: node})
	}
	first := true
	c.root.Items = slices.DeleteFunc(c.root.Items, func(it Item) bool {
		if it.Section == nil || it.Section.Name != "nodelist" {
			return false
		}
		keep := first
		first = false
		return !keep
	})
	list := c.root.ensure("nodelist")
	list.Items = slices.DeleteFunc(list.Items, func(it Item) bool { return it.Section != nil && it.Section.Name == "node" })
	list.Items = append(list.Items, items...)
}

func (c *Conf) logging() {
	if c.root.section("logging") != nil {
		return
	}
	l := c.root.ensure("logging")
	l.set("to_logfile", "yes")
	l.set("logfile", LogFile)
	l.set("to_syslog", "yes")
	l.set("timestamp", "hires")
}

// LogFile is where corosync logs to in a configuration of ours.
const LogFile = "/var/log/corosync/corosync.log"

// LogPath returns the file that corosync logs to, or "".
func (c *Conf) LogPath() string {
	l := c.root.section("logging")
	if v := l.get("to_logfile"); v == "no" || v == "off" || v == "" && l.get("logfile") == "" {
		return ""
	}
	return l.get("logfile")
}

// Number gives every node without an ID the smallest that is free. IDs of nodes that have left are used again only when
// all names that are known to the cluster have gone, which the caller sees to.
func Number(nodes []ha.SetupNode, taken ...int) []ha.SetupNode {
	out := slices.Clone(nodes)
	used := map[int]bool{}
	for _, id := range taken {
		used[id] = true
	}
	for _, n := range out {
		used[n.ID] = true
	}
	next := 1
	for i := range out {
		if out[i].ID != 0 {
			continue
		}
		for used[next] {
			next++
		}
		out[i].ID, used[next] = next, true
	}
	return out
}
