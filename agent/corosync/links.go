package corosync

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"hawser/internal/ha"
)

// linkNumbers are the numbers of the links that the node list has addresses on.
func (c *Conf) linkNumbers() []int {
	var used []int
	for link := range maxLinkNumber + 1 {
		for _, list := range c.root.all("nodelist") {
			for _, n := range list.all("node") {
				if n.get(ringKey(link)) != "" && !slices.Contains(used, link) {
					used = append(used, link)
				}
			}
		}
	}
	return used
}

// links reads the links' settings. A value that follows from the number of links and from the token is left out, so that it goes on
// following where these change.
func (c *Conf) links(s ha.Setup, used []int) ([]ha.Link, error) {
	s.Links = make([]ha.Link, 0, len(used))
	for _, number := range used {
		l := ha.Link{Number: number}
		if number == ha.DiskLinkNumber {
			l.Kind = ha.DiskLink
		}
		s.Links = append(s.Links, l)
	}
	derived := s.ResolvedLinks()
	list := slices.Clone(s.Links)
	followed := true // all priorities, because they make sense together only
	for i := range list {
		of := c.linkSection(list[i].Number)
		for _, value := range []struct {
			key  string
			into *int
		}{
			{"knet_link_priority", &list[i].Priority},
			{"knet_ping_interval", &list[i].PingInterval},
			{"knet_ping_timeout", &list[i].PingTimeout},
			{"knet_pong_count", &list[i].PongCount},
		} {
			text := of.get(value.key)
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("corosync.conf: %s of link %d is %q", value.key, list[i].Number, text)
			}
			*value.into = n
		}
		if list[i].PingInterval == derived[i].PingInterval && list[i].PingTimeout == derived[i].PingTimeout {
			list[i].PingInterval, list[i].PingTimeout = 0, 0
		}
		if list[i].PongCount == derived[i].PongCount {
			list[i].PongCount = 0
		}
		followed = followed && list[i].Priority == derived[i].Priority
	}
	for i := range list {
		if followed {
			list[i].Priority = 0
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

// linkSection returns the settings of a link, nil where there are none.
func (c *Conf) linkSection(number int) *Section {
	var found *Section
	for _, totem := range c.root.all("totem") {
		for _, s := range totem.all("interface") {
			if s.get("linknumber") == strconv.Itoa(number) {
				found = s
			}
		}
	}
	return found
}

// interfaces gives each link its section. In passive mode the connected link of the highest priority carries everything, so
// the first link is the first choice. Where the set-up does not list its links, what somebody has set by hand stays.
func (c *Conf) interfaces(totem *Section, s ha.Setup) {
	links := s.ResolvedLinks()
	totem.Items = slices.DeleteFunc(totem.Items, func(it Item) bool {
		if it.Section == nil || it.Section.Name != "interface" {
			return false
		}
		n, err := strconv.Atoi(it.Section.get("linknumber"))
		return err != nil || !slices.ContainsFunc(links, func(l ha.Link) bool { return l.Number == n })
	})
	for _, l := range links {
		found := (&Conf{root: Section{Items: []Item{{Section: totem}}}}).linkSection(l.Number)
		if found == nil {
			found = &Section{Name: "interface"}
			found.set("linknumber", strconv.Itoa(l.Number))
			totem.Items = append(totem.Items, Item{Section: found})
		}
		for _, own := range []struct {
			key   string
			value int
		}{
			{"knet_link_priority", l.Priority},
			{"knet_ping_interval", l.PingInterval},
			{"knet_ping_timeout", l.PingTimeout},
			{"knet_pong_count", l.PongCount},
		} {
			if s.Links != nil || found.get(own.key) == "" {
				found.set(own.key, strconv.Itoa(own.value))
			}
		}
	}
	sortInterfaces(totem)
}

// sortInterfaces puts the links' sections in the order of their numbers, after everything else.
func sortInterfaces(totem *Section) {
	isLink := func(it Item) bool { return it.Section != nil && it.Section.Name == "interface" }
	var links, rest []Item
	for _, it := range totem.Items {
		if isLink(it) {
			links = append(links, it)
		} else {
			rest = append(rest, it)
		}
	}
	slices.SortStableFunc(links, func(a, b Item) int {
		x, _ := strconv.Atoi(a.Section.get("linknumber"))
		y, _ := strconv.Atoi(b.Section.get("linknumber"))
		return cmp.Compare(x, y)
	})
	totem.Items = append(rest, links...)
}
