package reconcile

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

// addLink puts in one network link more.
func addLink(_ context.Context, _ *Engine, m *memo, k fleet.Known, before ha.Setup) ([]ha.Setup, error) {
	in := m.Request.NewLink
	number := before.FreeLink()
	if in.Number != nil {
		number = *in.Number
	}
	networks := 0
	for _, l := range before.LinkList() {
		if l.Kind != ha.DiskLink {
			networks++
		}
	}
	if networks >= ha.MaxLinks || number < 0 {
		return nil, field("number", "link.too_many", "at most 7 links", "max", strconv.Itoa(ha.MaxLinks))
	}
	l := ha.Link{Number: number, Priority: in.Priority, PingInterval: in.PingInterval, PingTimeout: in.PingTimeout, PongCount: in.PongCount}
	if _, taken := before.FindLink(number); taken {
		return nil, field("number", "link.number_taken", "there is a link of this number", "link", strconv.Itoa(number))
	}
	if number >= ha.DiskLinkNumber {
		return nil, field("number", "link.number_network", "a network link has a number from 0 to 6", "link", strconv.Itoa(number))
	}
	if l.Priority != 0 && followed(before) {
		before = ranked(before) // one priority of its own makes sense beside others only
	}
	if l.Priority == 0 && !followed(before) {
		l.Priority = lowest(before)
	}
	var f fault.Fields
	ha.CheckLinkSettings(&f, "", l, tokenOf(before))
	checkEnds(&f, before, k, number, in.Addresses)
	if err := f.Err(); err != nil {
		return nil, err
	}
	m.Request.Link, m.Request.Object = number, strconv.Itoa(number)
	return []ha.Setup{before.WithLink(l, in.Addresses)}, nil
}

// editLink changes a link's priority and times by one reload, and its addresses by two: Corosync knows no change of an address, only a
// link that goes and one that comes.
func editLink(_ context.Context, _ *Engine, m *memo, k fleet.Known, before ha.Setup) ([]ha.Setup, error) {
	in := m.Request.LinkChange
	l, has := before.FindLink(m.Request.Link)
	if !has {
		return nil, errNoLink(m.Request.Cluster, m.Request.Link)
	}
	if in.Priority != nil {
		if *in.Priority != 0 && followed(before) {
			before = ranked(before)
			l, _ = before.FindLink(l.Number)
		}
		l.Priority = *in.Priority
	}
	for _, v := range []struct{ from, to *int }{{in.PingInterval, &l.PingInterval}, {in.PingTimeout, &l.PingTimeout}, {in.PongCount, &l.PongCount}} {
		if v.from != nil {
			*v.to = *v.from
		}
	}
	var f fault.Fields
	ha.CheckLinkSettings(&f, "", l, tokenOf(before))
	addresses := map[string]string{}
	moved := false
	for _, n := range before.Nodes {
		addresses[n.Name] = before.Address(n.Name, l.Number)
	}
	for node, a := range in.Addresses {
		moved = moved || addresses[node] != a
		addresses[node] = a
	}
	if moved {
		if l.Kind == ha.DiskLink {
			f.Add("addresses", "link.disk_addresses", "the addresses of the link over the disk are Hawser's own")
		}
		checkEnds(&f, before.WithoutLink(l.Number), k, l.Number, addresses)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if !moved {
		return []ha.Setup{before.WithLinkSettings(l)}, nil
	}
	without := before.WithoutLink(l.Number)
	if err := remaining(m, without, l.Number); err != nil {
		return nil, err
	}
	return []ha.Setup{without, without.WithLink(l, addresses)}, nil
}

// removeLink takes a network link out.
func removeLink(_ context.Context, _ *Engine, m *memo, _ fleet.Known, before ha.Setup) ([]ha.Setup, error) {
	l, has := before.FindLink(m.Request.Link)
	switch {
	case !has:
		return nil, errNoLink(m.Request.Cluster, m.Request.Link)
	case l.Kind == ha.DiskLink:
		return nil, fault.New(fault.Conflict, "link.disk_other_way", "the link over the disk is removed together with its disk")
	}
	after := before.WithoutLink(l.Number)
	return []ha.Setup{after}, remaining(m, after, l.Number)
}

// remaining refuses to take out the last network link, and the last one that works.
func remaining(m *memo, after ha.Setup, number int) error {
	networks, sound := 0, 0
	for _, l := range after.LinkList() {
		if l.Kind != ha.DiskLink {
			networks++
		}
		if slices.Contains(m.Sound, l.Number) {
			sound++
		}
	}
	args := []string{"link", strconv.Itoa(number)}
	if networks == 0 {
		return fault.New(fault.Conflict, "link.last", "link %d is the last network link; add another one first", number).With(args...)
	}
	if sound == 0 && len(m.Members) > 1 {
		return fault.New(fault.Conflict, "link.last_sound", "none of the other links connects all nodes; without link %d the cluster would fall apart", number).With(args...)
	}
	return nil
}

// followed says whether priorities follow from the links' places.
func followed(s ha.Setup) bool {
	return !slices.ContainsFunc(s.LinkList(), func(l ha.Link) bool { return l.Priority != 0 })
}

// ranked writes the priorities out that follow from the links' places.
func ranked(s ha.Setup) ha.Setup {
	s.Links = slices.Clone(s.LinkList())
	for i, l := range s.ResolvedLinks() {
		s.Links[i].Priority = l.Priority
	}
	return s
}

// lowest is a priority below those that are there, as far as there is room.
func lowest(s ha.Setup) int {
	least := ha.MaxPriority
	for _, l := range s.ResolvedLinks() {
		least = min(least, l.Priority)
	}
	return max(1, least-1)
}

// tokenOf is the token's time-out in force, in milliseconds.
func tokenOf(s ha.Setup) int { return ha.NodeLossOf(s.Timing, len(s.Nodes), nil).TokenMS }

// checkEnds refuses addresses that cannot be a link's: one for every node, each on an interface of its host, of one family, in no
// network that another link of the node uses.
func checkEnds(f *fault.Fields, others ha.Setup, k fleet.Known, number int, addresses map[string]string) {
	facts := map[string]ha.Facts{}
	for _, one := range k.Members {
		if one.Host != "" {
			facts[one.Node] = one.Facts
		}
	}
	known := nodeNames(others)
	for node := range addresses {
		if !slices.Contains(known, node) {
			f.Add("addresses."+node, "node.unknown", "there is no such node", "node", node)
		}
	}
	seen := map[netip.Addr]string{}
	for _, n := range others.Nodes {
		for _, text := range n.Addresses {
			if a, err := netip.ParseAddr(text); err == nil {
				seen[a.Unmap()] = n.Name
			}
		}
	}
	family := ""
	for _, n := range others.Nodes {
		at, text := "addresses."+n.Name, addresses[n.Name]
		if text == "" {
			f.Add(at, "field.required", "missing")
			continue
		}
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || a.Zone() != "":
			f.Add(at, "address.invalid", "not an IP address", "address", text)
			continue
		case a.IsUnspecified() || a.IsMulticast() || a.IsLoopback():
			f.Add(at, "address.unusable", "an address that no other node can reach", "address", text)
			continue
		}
		a = a.Unmap()
		if owner, taken := seen[a]; taken {
			f.Add(at, "address.taken", "given twice", "address", text, "node", owner)
			continue
		}
		seen[a] = n.Name
		if mine := fmt.Sprint(a.Is4()); family == "" {
			family = mine
		} else if family != mine {
			f.Add(at, "address.family_mixed", "a link is IPv4 on all nodes or IPv6 on all nodes", "address", text, "link", strconv.Itoa(number))
		}
		host, has := facts[n.Name]
		if !has {
			continue // its host is not enrolled: only Corosync there can tell
		}
		i, network := host.InterfaceOf(text)
		if i == nil {
			f.Add(at, "address.not_on_host", "is on no interface of the host", "address", text, "name", n.Name)
			continue
		}
		for at2, l := range others.LinkList() {
			if at2 >= len(n.Addresses) || l.Kind == ha.DiskLink {
				continue
			}
			if o, other := host.InterfaceOf(n.Addresses[at2]); o != nil && other == network {
				f.Add(at, "link.overlap", "is in the network of another link", "address", text, "network", network.String(), "link", strconv.Itoa(l.Number))
			}
		}
	}
}

// Links shows a cluster's heartbeat: what is configured and what is seen of it.
func (e *Engine) Links(_ context.Context, cluster string) (api.Links, error) {
	k, err := e.o.Picture.Known(cluster)
	if err != nil {
		return api.Links{}, err
	}
	s := k.Setup
	facts := map[string]ha.Facts{}
	for _, one := range k.Members {
		if one.Host != "" {
			facts[one.Node] = one.Facts
		}
	}
	out := api.Links{Links: []api.LinkShown{}, Matrix: []ha.LinkState{}, Checks: ha.LinkChecks(s, facts), Nodes: confNodes(k), Free: s.FreeLink()}
	if out.Checks == nil {
		out.Checks = []ha.Check{}
	}
	if k.State != nil {
		out.Matrix = append(out.Matrix, k.State.Links...)
	}
	written := s.LinkList()
	for i, l := range s.ResolvedLinks() {
		one := api.LinkShown{Link: l, Auto: written[i].PingInterval == 0, Ranks: written[i].Priority == 0, Ends: []api.LinkEnd{}}
		for _, n := range s.Nodes {
			end := api.LinkEnd{Node: n.Name}
			if i < len(n.Addresses) {
				end.Address = n.Addresses[i]
			}
			if port, network := facts[n.Name].InterfaceOf(end.Address); port != nil {
				end.Interface, end.Network, end.MTU, end.Up = port.Name, network.String(), port.MTU, port.Up
			}
			one.Ends = append(one.Ends, end)
		}
		out.Links = append(out.Links, one)
	}
	return out, nil
}

// confNodes says whose corosync.conf is which.
func confNodes(k fleet.Known) []api.ConfNode {
	want := k.Setup.Digest()
	list := []api.ConfNode{}
	for _, one := range k.Members {
		n := api.ConfNode{Node: one.Node, Connected: one.Connected, Online: nodeOnline(k.State, one.Node), State: "unknown"}
		if c := one.Conf; c != nil {
			n.Version, n.Digest, n.State = c.Version, c.Digest, "same"
			switch {
			case c.Version < k.Setup.Version:
				n.State = "straggler"
			case c.Digest != want:
				n.State = "differs"
			}
		}
		list = append(list, n)
	}
	return list
}
