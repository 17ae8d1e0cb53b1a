package diskhb

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"hawser/agent/run"
)

// Interface is the name of the TUN device.
const Interface = "hawserhb"

// queueLength of the TUN device: 128 drops Corosync's bursts, which costs it seconds.
const queueLength = 2000

const tunDevice = "/dev/net/tun"

// TUN is a persistent TUN device, which Setup has made: it outlives the daemon, because knet gives up a link whose address goes away.
type TUN struct{ *os.File }

// OpenTUN takes hold of the device.
func OpenTUN(name string) (TUN, error) {
	fd, err := openTUN(name)
	if err != nil {
		return TUN{}, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return TUN{}, errors.Join(err, unix.Close(fd))
	}
	return TUN{os.NewFile(uintptr(fd), tunDevice)}, nil // non-blocking: Close ends a Read
}

func openTUN(name string) (int, error) {
	fd, err := unix.Open(tunDevice, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: tunDevice, Err: err}
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return -1, errors.Join(fmt.Errorf("interface %s: %w", name, err), unix.Close(fd))
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return -1, errors.Join(fmt.Errorf("interface %s: %w", name, err), unix.Close(fd))
	}
	return fd, nil
}

// Network is how the TUN device is to be.
type Network struct {
	Name    string // Interface, but for tests
	Address netip.Addr
	Filter  Filter
}

// Setup makes the persistent TUN device, gives it its address, and closes it to everything but Corosync's port. What is there already is
// brought to what it must be.
func Setup(ctx context.Context, r run.Runner, n Network) error {
	// Without IPv6 before it is up: not even a neighbour solicitation may go over the disk. The setting for new interfaces is left alone.
	fd, err := openTUN(n.Name)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.IoctlSetInt(fd, unix.TUNSETPERSIST, 1); err != nil {
		return fmt.Errorf("make %s persistent: %w", n.Name, err)
	}
	v6 := filepath.Join("/proc/sys/net/ipv6/conf", n.Name, "disable_ipv6")
	if err := os.WriteFile(v6, []byte("1\n"), 0o644); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("switch IPv6 off on %s: %w", n.Name, err)
	}
	if err := n.block(ctx, r); err != nil {
		return err
	}
	return n.configure()
}

// Remove takes the TUN device and its filter away.
func Remove(ctx context.Context, r run.Runner, name string) error {
	fd, err := openTUN(name)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.IoctlSetInt(fd, unix.TUNSETPERSIST, 0); err != nil {
		return fmt.Errorf("let go of %s: %w", name, err)
	}
	_, err = r.Run(ctx, run.Cmd("nft", "-f", "-").Input([]byte("table inet "+table(name)+"\ndelete table inet "+table(name)+"\n")))
	if run.Missing(err) {
		return nil
	}
	return err
}

// configure gives the device MTU, queue and address and brings it up, by the ioctls that every kernel has.
func (n Network) configure() error {
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer unix.Close(sock)
	do := func(what string, call uint, set func(*unix.Ifreq) error) error {
		request, err := unix.NewIfreq(n.Name)
		if err == nil {
			err = set(request)
		}
		if err == nil {
			err = unix.IoctlIfreq(sock, call, request)
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", what, n.Name, err)
		}
		return nil
	}
	number := func(v uint32) func(*unix.Ifreq) error {
		return func(r *unix.Ifreq) error { r.SetUint32(v); return nil }
	}
	address := func(a netip.Addr) func(*unix.Ifreq) error {
		return func(r *unix.Ifreq) error { return r.SetInet4Addr(a.AsSlice()) }
	}
	return errors.Join(
		do("MTU", unix.SIOCSIFMTU, number(MTU)),
		do("queue length", unix.SIOCSIFTXQLEN, number(queueLength)),
		do("address", unix.SIOCSIFADDR, address(n.Address)),
		do("netmask", unix.SIOCSIFNETMASK, address(netip.AddrFrom4([4]byte{255, 255, 255, 0}))),
		do("flags", unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error {
			r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_NOARP | unix.IFF_POINTOPOINT)
			return nil
		}),
	)
}

func table(name string) string { return "hawser_diskhb_" + name }

// Rules is the nftables ruleset: in and out over the device goes Corosync's port only, out of it no more than the daemon takes.
// A TCP flood has taken the link down (measured); here it does not even fill the queue.
func (n Network) Rules() string {
	t := table(n.Name)
	return fmt.Sprintf(`table inet %[1]s
delete table inet %[1]s
table inet %[1]s {
	chain out {
		type filter hook output priority 0; policy accept;
		oifname "%[2]s" ip daddr %[3]s udp dport %[4]d limit rate 8 mbytes/second burst 2 mbytes accept
		oifname "%[2]s" drop
	}
	chain in {
		type filter hook input priority 0; policy accept;
		iifname "%[2]s" ip saddr %[3]s udp dport %[4]d accept
		iifname "%[2]s" drop
	}
	chain through {
		type filter hook forward priority 0; policy accept;
		oifname "%[2]s" drop
		iifname "%[2]s" drop
	}
}
`, t, n.Name, n.Filter.Prefix.Masked(), n.Filter.Port)
}

// block loads the rules. Where there is no nft the daemon's own filter does it alone: less early, but as strictly.
func (n Network) block(ctx context.Context, r run.Runner) error {
	_, err := r.Run(ctx, run.Cmd("nft", "-f", "-").Input([]byte(n.Rules())))
	if run.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load the packet filter of %s: %w", n.Name, err)
	}
	return nil
}
