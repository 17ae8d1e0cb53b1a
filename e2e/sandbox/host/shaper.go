package host

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Impairment is what a bad cable does to each frame: it comes later, or not at all. Frames keep their order.
type Impairment struct {
	Delay  time.Duration `json:"delay,omitempty"`
	Jitter time.Duration `json:"jitter,omitempty"` // each frame's delay is Delay, more or less up to this
	Loss   float64       `json:"loss,omitempty"`   // percent
	Way    CutMode       `json:"way,omitempty"`    // In or Out for one direction only
}

func (i Impairment) validate() error {
	const most = 10 * time.Second
	switch {
	case i.Delay < 0 || i.Delay > most || i.Jitter < 0 || i.Jitter > most:
		return fmt.Errorf("delay %s, jitter %s: must be from 0 to %s", i.Delay, i.Jitter, most)
	case i.Jitter > i.Delay:
		return fmt.Errorf("jitter %s is more than the delay %s: a frame cannot come before it was sent", i.Jitter, i.Delay)
	case !(i.Loss >= 0 && i.Loss <= 100):
		return fmt.Errorf("loss %g: must be from 0 to 100 percent", i.Loss)
	case i.Way != "" && i.Way != In && i.Way != Out:
		return fmt.Errorf("way %q: in, out or nothing for both", i.Way)
	}
	return nil
}

// shaper carries the frames of one cable through this process, which may lose or delay them. The kernel's own netem is not
// asked: it is a module that many kernels lack.
type shaper struct {
	tap    string // the switch's new end
	card   *os.File
	fabric *os.File
	quit   chan struct{}
	done   sync.WaitGroup
}

// frameSize holds the largest frame that the kernel hands over in one piece (64 KiB where a card lets segments be joined), with
// the header that says what of it the receiver has yet to do, such as the checksum.
const frameSize = 10 + 14 + 65536

// newShaper takes over a port that is out of its switch.
func (l Layout) newShaper(ns, port string, cut CutMode, i Impairment) (*shaper, error) {
	s := &shaper{tap: port + "~", quit: make(chan struct{})}
	if err := l.inNetns(ns, func() error {
		var err error
		if s.card, err = openCard(port); err != nil {
			return fmt.Errorf("listen on %s: %w", port, err)
		}
		if s.fabric, err = openTap(s.tap); err != nil {
			return errors.Join(fmt.Errorf("make %s: %w", s.tap, err), s.card.Close())
		}
		return nil
	}); err != nil {
		return nil, err
	}
	way := func(w CutMode) Impairment {
		switch {
		case cut == w:
			return Impairment{Loss: 100}
		case i.Way == "" || i.Way == w:
			return i
		}
		return Impairment{}
	}
	s.pump(s.card, s.fabric, way(Out))
	s.pump(s.fabric, s.card, way(In))
	return s, nil
}

// close ends it; the switch's end is gone afterwards.
func (s *shaper) close() {
	close(s.quit)
	s.card.Close()
	s.fabric.Close()
	s.done.Wait()
}

type frame struct {
	due  time.Time
	data []byte
}

// queued is how many frames a cable holds; those that find it full are lost.
const queued = 4096

func (s *shaper) pump(from, to *os.File, i Impairment) {
	queue := make(chan frame, queued)
	s.done.Go(func() {
		defer close(queue)
		buf := make([]byte, frameSize)
		var last time.Time
		for {
			n, err := from.Read(buf)
			if errors.Is(err, unix.ENETDOWN) {
				continue // told once, when the port goes down
			}
			if err != nil {
				return
			}
			if i.Loss > 0 && rand.Float64()*100 < i.Loss {
				continue
			}
			due := time.Now().Add(i.Delay)
			if i.Jitter > 0 {
				due = due.Add(time.Duration(rand.Int64N(int64(2*i.Jitter))) - i.Jitter)
			}
			if due.Before(last) {
				due = last
			}
			last = due
			select {
			case queue <- frame{due, append([]byte(nil), buf[:n]...)}:
			default:
			}
		}
	})
	s.done.Go(func() {
		for f := range queue {
			if s.until(f.due) {
				// A frame that cannot be sent is lost, as on a cable.
				_, _ = to.Write(f.data)
			}
		}
	})
}

// until waits for a moment, and returns false where the shaper ends before.
func (s *shaper) until(due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		return true
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.quit:
		return false
	}
}

// inNetns calls f on a thread that is in another network namespace; the thread ends with it.
func (l Layout) inNetns(name string, f func() error) error {
	if name == "" {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- func() error {
			fd, err := unix.Open(l.netns(name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter %s: %w", name, err)
			}
			return f()
		}()
	}()
	return <-done
}

// openCard returns a socket that sees all that arrives at a network interface and sends through it.
func openCard(name string) (*os.File, error) {
	all := int(uint16(unix.ETH_P_ALL)<<8 | uint16(unix.ETH_P_ALL)>>8)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	err = func() error {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
			return err
		}
		ifr, err := unix.NewIfreq(name)
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: int(ifr.Uint32())})
	}()
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// openTap makes a network interface whose frames are read and written here. It is gone when it is closed.
func openTap(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}
