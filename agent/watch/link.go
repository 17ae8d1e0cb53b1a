package watch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hawser/internal/ha"
)

// links follows what the kernel tells of interfaces and addresses, by a netlink socket.
type links struct {
	mu    sync.Mutex // guards rules
	rules []Target
	poke  chan struct{}
}

// NewLinks returns the source of addresses that go and interfaces that lose their carrier.
func NewLinks() Source { return &links{poke: make(chan struct{}, 1)} }

func (*links) Name() string { return "links" }

func (l *links) Follow(targets []Target) {
	var rules []Target
	for _, t := range targets {
		if t.Address.IsValid() || t.Reach {
			rules = append(rules, t)
		}
	}
	l.mu.Lock()
	l.rules = rules
	l.mu.Unlock()
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

func (l *links) Watched() (ha.ChangeKind, []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []string
	for _, t := range l.rules {
		if t.Address.IsValid() {
			list = append(list, t.Resource)
		}
	}
	return ha.WatchAddress, list
}

func (l *links) Run(ctx context.Context, sign func(Sign)) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	file := os.NewFile(uintptr(fd), "netlink") // before it is bound: what comes after has somebody who closes it
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR}); err != nil {
		return errors.Join(fmt.Errorf("netlink: %w", err), file.Close())
	}
	news, ended := make(chan []byte), make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	go func() { ended <- pump(ctx, file, news) }()
	stopped := false
	defer func() {
		cancel()
		_ = file.Close()
		if !stopped {
			<-ended //nolint:errcheck // it says only that it was ended
		}
	}()
	p := picture{at: map[string]spot{}}
	for {
		l.mu.Lock()
		rules := l.rules
		l.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			stopped = true
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("netlink: %w", err)
		case <-l.poke:
			l.mu.Lock()
			rules = l.rules
			l.mu.Unlock()
			p.look(rules, sign)
		case data := <-news:
			if data == nil { // the kernel had to drop some
				p.look(rules, sign)
				continue
			}
			p.take(data, rules, sign)
		}
	}
}

// pump passes on what the kernel tells; nil where it had more to tell than there was room for.
func pump(ctx context.Context, file *os.File, news chan<- []byte) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := file.Read(buf)
		var data []byte
		switch {
		case errors.Is(err, unix.ENOBUFS):
		case err != nil:
			return err
		default:
			data = slices.Clone(buf[:n])
		}
		select {
		case news <- data:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// spot is where an address was seen last.
type spot struct {
	index int // of the interface; 0: nowhere
	up    bool
}

// picture is where the addresses are that are followed.
type picture struct{ at map[string]spot }

// look asks the kernel where the addresses are, and tells of those that are nowhere, or on an interface without a carrier.
func (p *picture) look(rules []Target, sign func(Sign)) {
	type seen struct {
		spot
		name string
	}
	where := map[netip.Addr]seen{}
	interfaces, err := net.Interfaces()
	if err != nil {
		return
	}
	for _, i := range interfaces {
		addresses, err := i.Addrs()
		if err != nil {
			return
		}
		for _, a := range addresses {
			if n, is := a.(*net.IPNet); is {
				if ip, ok := netip.AddrFromSlice(n.IP); ok {
					where[ip.Unmap()] = seen{spot{i.Index, i.Flags&net.FlagUp != 0 && i.Flags&net.FlagRunning != 0}, i.Name}
				}
			}
		}
	}
	at := map[string]spot{}
	for _, t := range rules {
		if !t.Address.IsValid() {
			continue
		}
		now := where[t.Address]
		before, known := p.at[t.Resource]
		at[t.Resource] = now.spot
		switch {
		case now.index == 0 && (!known || before.index != 0):
			sign(Sign{Resource: t.Resource, Kind: ha.WatchAddress, What: t.Address.String(), At: time.Now()})
		case now.index != 0 && !now.up && (!known || before.up):
			carrier(t.Resource, now.name, rules, sign)
		}
	}
	p.at = at
}

// The parts of netlink's messages that are read here. Source: rtnetlink(7).
const (
	linkHead    = 16 // struct ifinfomsg: family, pad, type, index, flags, change
	addressHead = 8  // struct ifaddrmsg: family, prefix length, flags, scope, index
)

// take reads messages.
func (p *picture) take(data []byte, rules []Target, sign func(Sign)) {
	messages, err := syscall.ParseNetlinkMessage(data)
	if err != nil {
		p.look(rules, sign)
		return
	}
	for i := range messages {
		m := &messages[i]
		switch m.Header.Type {
		case unix.RTM_DELADDR, unix.RTM_NEWADDR:
			if len(m.Data) >= addressHead {
				p.address(m, rules, sign)
			}
		case unix.RTM_NEWLINK, unix.RTM_DELLINK:
			if len(m.Data) >= linkHead {
				p.link(m, rules, sign)
			}
		}
	}
}

func (p *picture) address(m *syscall.NetlinkMessage, rules []Target, sign func(Sign)) {
	index := int(binary.NativeEndian.Uint32(m.Data[4:]))
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return
	}
	for _, a := range attributes {
		if a.Attr.Type != unix.IFA_LOCAL && a.Attr.Type != unix.IFA_ADDRESS {
			continue
		}
		ip, ok := netip.AddrFromSlice(a.Value)
		if !ok {
			continue
		}
		for _, t := range rules {
			if t.Address != ip.Unmap() {
				continue
			}
			switch s := p.at[t.Resource]; {
			case m.Header.Type == unix.RTM_NEWADDR && s.index == 0:
				p.at[t.Resource] = spot{index, true}
			case m.Header.Type == unix.RTM_DELADDR && s.index == index:
				p.at[t.Resource] = spot{}
				sign(Sign{Resource: t.Resource, Kind: ha.WatchAddress, What: t.Address.String(), At: time.Now()})
			}
		}
	}
}

func (p *picture) link(m *syscall.NetlinkMessage, rules []Target, sign func(Sign)) {
	index, flags := int(binary.NativeEndian.Uint32(m.Data[4:])), binary.NativeEndian.Uint32(m.Data[8:])
	up := m.Header.Type == unix.RTM_NEWLINK && flags&unix.IFF_UP != 0 && flags&unix.IFF_LOWER_UP != 0
	name := ""
	if attributes, err := syscall.ParseNetlinkRouteAttr(m); err == nil {
		for _, a := range attributes {
			if a.Attr.Type == unix.IFLA_IFNAME {
				name = unix.ByteSliceToString(a.Value)
			}
		}
	}
	for _, t := range rules {
		s, known := p.at[t.Resource]
		if !known || s.index != index || s.up == up {
			continue
		}
		s.up = up
		p.at[t.Resource] = s
		if !up {
			carrier(t.Resource, name, rules, sign)
		}
	}
}

// carrier tells that the interface of an address has lost its carrier. The monitor of an address looks for the address alone, which is
// still there; whether anybody is reached is found out by those resources that measure it, and their monitors note it for the cluster.
func carrier(resource, name string, rules []Target, sign func(Sign)) {
	now := time.Now()
	sign(Sign{Resource: resource, Kind: ha.WatchCarrier, What: name, At: now})
	for _, t := range rules {
		if t.Reach {
			sign(Sign{Resource: t.Resource, Kind: ha.WatchCarrier, What: name, At: now})
		}
	}
}
