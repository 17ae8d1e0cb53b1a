package ha

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"hawser/internal/fault"
)

// LinkKind tells what carries a heartbeat link.
type LinkKind string

// The kinds of links.
const (
	NetworkLink LinkKind = "network"
	DiskLink    LinkKind = "disk" // over a shared block device
)

// DiskLinkNumber is the number of the link over the disk. Network links have the numbers below it.
const DiskLinkNumber = 7

// Bounds of a link's settings. Source: corosync.conf(5).
const (
	MaxPriority = 255
	maxPongs    = 127
	// knetLook is how often knet looks at its links, in milliseconds: it then sends what pings are due and gives up what is overdue. Corosync
	// does not change it (libknet 1.25 to 1.90: KNET_THREADS_TIMER_RES). An interval below it means a ping at each look, one near it would miss
	// every other. With a time-out below it the last pong is too old at each look: such a link went down and up again every nine seconds
	// (measured, 50 and 150 ms).
	knetLook       = 200
	minPing        = 20
	minPingTimeout = 3 * knetLook / 2
)

// Link is a heartbeat link as it is configured. Zero values follow from the number of links and from the token.
type Link struct {
	Number       int      `json:"number" doc:"Corosync's link number: 0 to 6 for a network, 7 for the disk."`
	Kind         LinkKind `json:"kind,omitempty" enum:"network,disk" doc:"network where absent."`
	Priority     int      `json:"priority,omitempty" doc:"The connected link of the highest priority carries everything; 0: the first link before the second …"`
	PingInterval int      `json:"pingInterval,omitempty" doc:"Milliseconds between pings; 0: a tenth of the token, 100 at least."`
	PingTimeout  int      `json:"pingTimeout,omitempty" doc:"Milliseconds without an answer until the link counts as cut; 0: three tenths of the token, 300 at least."`
	PongCount    int      `json:"pongCount,omitempty" doc:"Answers in a row until it counts as connected; 0: 2."`
}

// LinkList returns the links, also where the set-up leaves them to Hawser: network links 0, 1, ….
func (s Setup) LinkList() []Link {
	if s.Links != nil {
		return s.Links
	}
	var list []Link
	if len(s.Nodes) > 0 {
		for i := range s.Nodes[0].Addresses {
			list = append(list, Link{Number: i})
		}
	}
	return list
}

// ResolvedLinks returns the links with every value filled in.
//
// A cut link must be given up well before the token is: what is sent on it until then is lost. Corosync's own times for that,
// a ping each quarter of the token and half a token without an answer, add up to three quarters of it: too much for
// a token that has to be sent again, so that cutting one of two links cost a node its membership (measured, token 500 ms).
// With a tenth and three tenths the other link has more than half of the token's time left. With the shortest that knet can keep, a cut link
// is given up within 0.4 s, and the token must last for that, for one more repetition, and for one look at the disk.
func (s Setup) ResolvedLinks() []Link {
	token := s.Timing.Resolved(len(s.Nodes)).Token
	list := slices.Clone(s.LinkList())
	for i := range list {
		l := &list[i]
		if l.Kind == "" {
			l.Kind = NetworkLink
		}
		if l.Priority == 0 {
			l.Priority = len(list) - i
		}
		if l.PingInterval == 0 {
			l.PingInterval = max(token/10, knetLook/2)
		}
		if l.PingTimeout == 0 {
			l.PingTimeout = max(token*3/10, minPingTimeout)
		}
		if l.PongCount == 0 {
			l.PongCount = 2
		}
	}
	return list
}

// Address returns a node's address on a link, "" where there is none.
func (s Setup) Address(node string, link int) string {
	at := slices.IndexFunc(s.LinkList(), func(l Link) bool { return l.Number == link })
	for _, n := range s.Nodes {
		if n.Name == node && at >= 0 && at < len(n.Addresses) {
			return n.Addresses[at]
		}
	}
	return ""
}

// FindLink returns a link and whether there is one of that number.
func (s Setup) FindLink(number int) (Link, bool) {
	for _, l := range s.LinkList() {
		if l.Number == number {
			return l, true
		}
	}
	return Link{}, false
}

// FreeLink returns the lowest number that no network link has, and -1 where all are taken.
func (s Setup) FreeLink() int {
	for number := range DiskLinkNumber {
		if _, taken := s.FindLink(number); !taken {
			return number
		}
	}
	return -1
}

// WithLink returns the set-up with a link added at its place, and each node's address on it. The link over the disk is added in
// the same way, with its own number, kind and times.
func (s Setup) WithLink(l Link, addresses map[string]string) Setup {
	list := slices.Clone(s.LinkList())
	at := slices.IndexFunc(list, func(o Link) bool { return o.Number > l.Number })
	if at < 0 {
		at = len(list)
	}
	s.Links = slices.Insert(list, at, l)
	s.Nodes = slices.Clone(s.Nodes)
	for i, n := range s.Nodes {
		s.Nodes[i].Addresses = slices.Insert(slices.Clone(n.Addresses), min(at, len(n.Addresses)), addresses[n.Name])
	}
	return s
}

// WithoutLink returns the set-up without a link.
func (s Setup) WithoutLink(number int) Setup {
	list := s.LinkList()
	at := slices.IndexFunc(list, func(o Link) bool { return o.Number == number })
	if at < 0 {
		return s
	}
	s.Links = slices.Delete(slices.Clone(list), at, at+1)
	s.Nodes = slices.Clone(s.Nodes)
	for i, n := range s.Nodes {
		if at < len(n.Addresses) {
			s.Nodes[i].Addresses = slices.Delete(slices.Clone(n.Addresses), at, at+1)
		}
	}
	return s
}

// WithLinkSettings returns the set-up with a link's priority and times changed, its addresses as they are.
func (s Setup) WithLinkSettings(l Link) Setup {
	s.Links = slices.Clone(s.LinkList())
	for i := range s.Links {
		if s.Links[i].Number == l.Number {
			s.Links[i] = l
		}
	}
	return s
}

// Digest tells two set-ups apart by what Corosync makes of them: nodes, links, timing and quorum, not by how they are written.
func (s Setup) Digest() string {
	h := sha256.New()
	t := s.Timing.Resolved(len(s.Nodes))
	fmt.Fprintf(h, "%s token %d %d %d\n", s.Name, t.Token, t.Consensus, *t.TokenCoefficient)
	links := s.ResolvedLinks()
	for _, l := range links {
		fmt.Fprintf(h, "link %d %s %d %d %d %d\n", l.Number, l.Kind, l.Priority, l.PingInterval, l.PingTimeout, l.PongCount)
	}
	nodes := slices.Clone(s.Nodes)
	slices.SortFunc(nodes, func(a, b SetupNode) int { return a.ID - b.ID })
	for _, n := range nodes {
		fmt.Fprintf(h, "node %d %s %q votes %d\n", n.ID, n.Name, n.Addresses, n.VoteCount())
	}
	q := s.EffectiveQuorum()
	fmt.Fprintf(h, "quorum %d %t %t %t %d %t %s\n", q.ExpectedVotes, q.TwoNode, q.WaitForAll, q.LastManStanding, q.LastManStandingWindow, q.AutoTieBreaker, q.AutoTieBreakerNode)
	if d := q.Device; d != nil {
		fmt.Fprintf(h, "device %s %s %s %q\n", d.Address, d.Algorithm, d.TieBreaker, d.Ping)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// checkLinks checks the links of a set-up against each other and against the token.
func checkLinks(f *fault.Fields, s Setup) {
	if s.Links == nil {
		return
	}
	if len(s.Links) == 0 {
		f.Add("links", "field.required", "missing")
	}
	seen := map[int]bool{}
	networks := 0
	token := s.Timing.Resolved(len(s.Nodes)).inForce(len(s.Nodes))
	for i, l := range s.Links {
		at := fmt.Sprintf("links[%d].", i)
		number := strconv.Itoa(l.Number)
		switch l.Kind {
		case NetworkLink, "":
			networks++
			if l.Number < 0 || l.Number >= DiskLinkNumber {
				f.Add(at+"number", "link.number_network", "a network link has a number from 0 to 6", "link", number)
			}
		case DiskLink:
			if l.Number != DiskLinkNumber {
				f.Add(at+"number", "link.number_disk", "the link over the disk has number 7", "link", number)
			}
		default:
			f.Add(at+"kind", "field.one_of", "unknown kind", "value", string(l.Kind), "allowed", "network, disk")
		}
		if seen[l.Number] {
			f.Add(at+"number", "link.number_taken", "there is a link of this number", "link", number)
		}
		seen[l.Number] = true
		if i > 0 && s.Links[i-1].Number > l.Number {
			f.Add(at+"number", "link.order", "links stand in the order of their numbers", "link", number)
		}
		CheckLinkSettings(f, at, l, token)
	}
	if networks > MaxLinks {
		f.Add("links", "link.too_many", "at most 7 links", "max", strconv.Itoa(MaxLinks))
	}
	if networks == 0 && len(s.Links) > 0 {
		f.Add("links", "link.last", "the last network link cannot go")
	}
}

// CheckLinkSettings checks priority and times of one link; token is the token's time-out in force, in milliseconds.
func CheckLinkSettings(f *fault.Fields, at string, l Link, token int) {
	inRange := func(name string, value, least, most int) {
		if value != 0 && (value < least || value > most) {
			f.Add(at+name, "field.range", "out of range", "min", strconv.Itoa(least), "max", strconv.Itoa(most))
		}
	}
	inRange("priority", l.Priority, 1, MaxPriority)
	inRange("pingInterval", l.PingInterval, minPing, maxToken)
	inRange("pingTimeout", l.PingTimeout, minPingTimeout, maxToken)
	inRange("pongCount", l.PongCount, 1, maxPongs)
	switch {
	case (l.PingInterval == 0) != (l.PingTimeout == 0):
		// Corosync would take one from the file and make the other up from the token.
		f.Add(at+"pingTimeout", "link.pings_together", "interval and time-out are given together or not at all")
	case l.PingTimeout != 0 && l.PingTimeout <= l.PingInterval:
		f.Add(at+"pingTimeout", "link.ping_timeout_low", "must be longer than the interval", "interval", strconv.Itoa(l.PingInterval))
	case l.Kind != DiskLink && l.PingTimeout >= token:
		f.Add(at+"pingTimeout", "link.ping_timeout_high", "must be shorter than the token, or a cut link costs the membership", "token", strconv.Itoa(token))
	}
}

// LinkWarnings are the codes of what LinkChecks warns of. Args are named in the comment.
const (
	WarnOneLink         = "one_network_link" //
	WarnSharedInterface = "link_interface"   // node, interface, links
	WarnSharedSubnet    = "link_subnet"      // node, network, links
	WarnMTU             = "link_mtu"         // link, mtus
	WarnNoInterface     = "link_address"     // node, link, address
)

// LinkChecks looks at what makes links weaker than their number says. Facts are those of the hosts, by node; a node
// without facts is passed over.
func LinkChecks(s Setup, facts map[string]Facts) []Check {
	var checks []Check
	add := func(code, result string, pairs ...string) {
		c := Check{Code: code, Result: result, Args: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			c.Args[pairs[i]] = pairs[i+1]
		}
		checks = append(checks, c)
	}
	networks := 0
	mtus := map[int]map[int]string{} // link → MTU → a node that has it
	for at, l := range s.LinkList() {
		if l.Kind == DiskLink {
			continue
		}
		networks++
		for _, n := range s.Nodes {
			if at >= len(n.Addresses) {
				continue
			}
			known, has := facts[n.Name]
			if !has {
				continue
			}
			i, _ := known.InterfaceOf(n.Addresses[at])
			if i == nil {
				add(WarnNoInterface, "failed", "node", n.Name, "link", strconv.Itoa(l.Number), "address", n.Addresses[at])
				continue
			}
			if mtus[l.Number] == nil {
				mtus[l.Number] = map[int]string{}
			}
			if _, has := mtus[l.Number][i.MTU]; !has {
				mtus[l.Number][i.MTU] = n.Name
			}
		}
	}
	if networks == 1 && len(s.Nodes) > 1 {
		add(WarnOneLink, "warning")
	}
	for _, n := range s.Nodes {
		known, has := facts[n.Name]
		if !has {
			continue
		}
		interfaces, subnets := map[string][]int{}, map[netip.Prefix][]int{}
		var names []string
		var nets []netip.Prefix
		for at, l := range s.LinkList() {
			if l.Kind == DiskLink || at >= len(n.Addresses) {
				continue
			}
			i, network := known.InterfaceOf(n.Addresses[at])
			if i == nil {
				continue
			}
			if len(interfaces[i.Name]) == 0 {
				names = append(names, i.Name)
			}
			interfaces[i.Name] = append(interfaces[i.Name], l.Number)
			if len(subnets[network]) == 0 {
				nets = append(nets, network)
			}
			subnets[network] = append(subnets[network], l.Number)
		}
		for _, name := range names {
			if len(interfaces[name]) > 1 {
				add(WarnSharedInterface, "warning", "node", n.Name, "interface", name, "links", numbers(interfaces[name]))
			}
		}
		for _, network := range nets {
			if len(subnets[network]) > 1 {
				add(WarnSharedSubnet, "warning", "node", n.Name, "network", network.String(), "links", numbers(subnets[network]))
			}
		}
	}
	for _, l := range s.LinkList() {
		if len(mtus[l.Number]) < 2 {
			continue
		}
		text := ""
		for _, mtu := range sortedInts(mtus[l.Number]) {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%s %d", mtus[l.Number][mtu], mtu)
		}
		add(WarnMTU, "warning", "link", strconv.Itoa(l.Number), "mtus", text)
	}
	return checks
}

func sortedInts[V any](m map[int]V) []int {
	var list []int
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func numbers(list []int) string {
	text := ""
	for i, n := range list {
		if i > 0 {
			text += ", "
		}
		text += strconv.Itoa(n)
	}
	return text
}

// AddressesIn are the host's addresses in a network.
func (f Facts) AddressesIn(network netip.Prefix) []netip.Addr {
	var list []netip.Addr
	for _, i := range f.Interfaces {
		for _, text := range i.Addresses {
			if p, err := netip.ParsePrefix(text); err == nil && network.Contains(p.Addr().Unmap()) {
				list = append(list, p.Addr().Unmap())
			}
		}
	}
	return list
}

// InterfaceOf returns the interface that has an address, and the network that it is in; nil where none has.
func (f Facts) InterfaceOf(address string) (*Interface, netip.Prefix) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return nil, netip.Prefix{}
	}
	for i := range f.Interfaces {
		for _, text := range f.Interfaces[i].Addresses {
			p, err := netip.ParsePrefix(text)
			if err == nil && p.Addr().Unmap() == a.Unmap() {
				return &f.Interfaces[i], p.Masked()
			}
		}
	}
	return nil, netip.Prefix{}
}
