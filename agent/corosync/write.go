package corosync

import (
	"fmt"
	"slices"
	"strconv"

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
	totem := c.root.ensure("totem")
	totem.set("version", "2")
	totem.set("cluster_name", s.Name)
	totem.set("transport", "knet")
	totem.set("crypto_cipher", "aes256")
	totem.set("crypto_hash", "sha256")
	t := s.Timing.Resolved(len(s.Nodes))
	totem.set("token", strconv.Itoa(t.Token))
	totem.set("consensus", strconv.Itoa(t.Consensus))
	totem.set("token_coefficient", strconv.Itoa(*t.TokenCoefficient))
	links := len(s.Nodes[0].Addresses)
	if links > 1 {
		totem.set("link_mode", "passive")
	}
	c.interfaces(totem, links, t.Token)
	c.nodes(s)
	c.quorum(len(s.Nodes))
	c.logging()
	return nil
}

// interfaces gives each link its section. In passive mode the connected link of the highest priority carries everything, so
// the first link is the first choice; where somebody has set priorities, they stay.
//
// A cut link must be given up well before the token is: what is sent on it until then is lost. Corosync's own times for that,
// a ping each quarter of the token and half a token without an answer, add up to three quarters of it: too much for
// a token that has to be sent again, so that cutting one of two links cost a node its membership (measured, token 500 ms).
// With a tenth and three tenths the other link has more than half of the token's time left.
func (c *Conf) interfaces(totem *Section, links, token int) {
	totem.Items = slices.DeleteFunc(totem.Items, func(it Item) bool {
		if it.Section == nil || it.Section.Name != "interface" {
			return false
		}
		n, err := strconv.Atoi(it.Section.get("linknumber"))
		return err != nil || n >= links
	})
	for link := range links {
		var found *Section
		for _, s := range totem.all("interface") {
			if s.get("linknumber") == strconv.Itoa(link) {
				found = s
			}
		}
		if found == nil {
			found = &Section{Name: "interface"}
			found.set("linknumber", strconv.Itoa(link))
			totem.Items = append(totem.Items, Item{Section: found})
		}
		for _, own := range []struct {
			key   string
			value int
		}{
			{"knet_link_priority", links - link},
			{"knet_ping_interval", max(token/10, 20)},
			{"knet_ping_timeout", max(token*3/10, 60)},
			{"knet_pong_count", 2},
		} {
			if found.get(own.key) == "" {
				found.set(own.key, strconv.Itoa(own.value))
			}
		}
	}
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
			address := ""
			if link < len(n.Addresses) {
				address = n.Addresses[link]
			}
			node.set(ringKey(link), address)
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

// quorum sets two_node with exactly two nodes and no quorum device, and clears it otherwise: two_node implies
// wait_for_all, and with a third node or a device it would let a single node be quorate. Source: votequorum(5).
func (c *Conf) quorum(nodes int) {
	q := c.root.ensure("quorum")
	q.set("provider", "corosync_votequorum")
	device := q.section("device")
	two := ""
	if nodes == 2 && device == nil {
		two = "1"
	}
	if two == "" && q.get("two_node") != "" && q.get("wait_for_all") == "1" {
		q.set("wait_for_all", "")
	}
	q.set("two_node", two)
	if two != "" {
		q.set("wait_for_all", "1") // implied; written down because people look for it
	}
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
