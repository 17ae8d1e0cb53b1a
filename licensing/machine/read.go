package machine

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Read looks at a machine below root, which is "/" but for tests. What cannot be read, it does not have.
//
// Only root may read the numbers of DMI, and the server is not root: its unit copies them to a folder of its own before it starts.
func Read(root string) Print {
	var p Print
	at := func(path ...string) string { return filepath.Join(append([]string{root}, path...)...) }
	first := func(c Component, files ...string) {
		for _, file := range files {
			if v := value(file); means(v) && len(p[c]) == 0 {
				p.add(c, v)
			}
		}
	}
	// Boards without DMI have their serial number in the device tree.
	first(UUID, at("sys/class/dmi/id/product_uuid"), at(copied, "product_uuid"), at("sys/firmware/devicetree/base/serial-number"))
	first(Board, at("sys/class/dmi/id/board_serial"), at(copied, "board_serial"))
	if v := value(at("etc/machine-id")); machineID.MatchString(v) && means(v) {
		p.add(System, v)
	}
	for _, card := range entries(at("sys/class/net")) {
		if v := address(at("sys/class/net", card)); v != "" {
			p.add(Network, v)
		}
	}
	for _, disk := range entries(at("sys/block")) {
		if v := serial(root, disk); means(v) {
			p.add(Disk, v)
		}
	}
	p.settle()
	return p
}

// copied is where scripts/hawser-server.service puts what only root may read.
const copied = "run/hawser"

var (
	machineID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	macForm   = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)
)

// value is the first line of a small file, in small letters and without blanks around it.
func value(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimRight(string(data), "\x00"), "\n")
	return strings.ToLower(strings.Join(strings.Fields(line), " "))
}

func entries(dir string) []string {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// What makers write where they should have written a number: the same on thousands of machines.
var placeholders = []string{
	"none", "not specified", "not applicable", "not available", "not provided", "unknown", "invalid", "default string", "default", "empty",
	"to be filled by o.e.m.", "to be filled by oem", "o.e.m.", "system serial number", "chassis serial number", "base board serial number",
	"serial number", "0123456789", "123456789", "1234567890", "0123456789abcdef", "03000200-0400-0500-0006-000700080009",
	"12345678-1234-5678-90ab-cddeefaabbcc", "00020003-0004-0005-0006-000700080009", "uninitialized",
}

// means says whether a value can tell one machine from another.
func means(v string) bool {
	bare := strings.Trim(v, " .-_")
	if len(bare) < 4 || slices.Contains(placeholders, v) || slices.Contains(placeholders, bare) {
		return false
	}
	// All the same character, as in 00000000-0000-… or xxxxxxxx.
	return strings.ContainsFunc(bare, func(r rune) bool { return r != rune(bare[0]) && !strings.ContainsRune(" .-_:", r) })
}

// address is the address that a network card was made with; "" for what is no card.
func address(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "device")); err != nil {
		return "" // a bridge, a bond, a tunnel: somebody made it up
	}
	// A card in a bond shows the bond's address.
	v := value(filepath.Join(dir, "bonding_slave/perm_hwaddr"))
	if v == "" {
		if t := value(filepath.Join(dir, "addr_assign_type")); t != "" && t != "0" {
			return "" // set by somebody, or drawn by lot
		}
		v = value(filepath.Join(dir, "address"))
	}
	if !macForm.MatchString(v) || !means(v) {
		return ""
	}
	return v
}

// What is no disk of this machine: made up by the kernel, or put in by hand.
var notBuiltIn = regexp.MustCompile(`^(loop|ram|zram|dm-|md|sr|fd|nbd|drbd|rbd|zd)`)

// serial is the number of a built-in disk; "" for what is none. A disk that other machines see as well says nothing of this one: those of
// a cluster do, over Fibre Channel and iSCSI.
func serial(root, disk string) string {
	dir := filepath.Join(root, "sys/block", disk)
	if notBuiltIn.MatchString(disk) || value(filepath.Join(dir, "removable")) == "1" {
		return ""
	}
	if target, err := os.Readlink(dir); err == nil {
		for _, part := range []string{"/usb", "/session", "/rport-", "/virtual/"} {
			if strings.Contains(target, part) {
				return ""
			}
		}
	}
	for _, file := range []string{"wwid", "device/wwid", "serial", "device/serial"} {
		if v := value(filepath.Join(dir, file)); means(v) {
			return v
		}
	}
	return ""
}
