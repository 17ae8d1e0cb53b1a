package drbd

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Mark begins every file that Hawser writes. A file without it is somebody else's.
const Mark = "# Written by Hawser. Changes made here by hand are lost: use hawser volume edit."

// Ours says whether Hawser has written a file.
func Ours(file []byte) bool { return bytes.HasPrefix(file, []byte(Mark)) }

// Write writes a volume's file. What it writes for a volume is always the same, byte by byte, and Read gives the volume back.
func Write(v ha.Volume, secret string, d Dialect) ([]byte, error) {
	if err := Check(v, d); err != nil {
		return nil, err
	}
	if len(escaped(secret)) > maxQuoted || len(secret) > 64 || strings.ContainsAny(secret, "\n\r\x00") { // SHARED_SECRET_MAX
		return nil, fault.New(fault.Invalid, "volume.secret", "a secret has at most 64 characters in one line")
	}
	w := writer{d: d}
	w.line(0, "%s", Mark)
	w.open(0, "resource "+v.Name)
	o := options{}
	for section, list := range v.Options {
		for name, value := range list {
			if section == Net && (name == secretName || name == "protocol") {
				continue
			}
			if section == Net && name == "fencing" && d == V84 { // 8.4 knows it of the disk
				o.set(Disk, name, value)
				continue
			}
			o.set(section, name, value)
		}
	}
	o.set(Net, "protocol", v.Protocol)
	if secret != "" {
		o.set(Net, secretName, secret)
	}
	for _, section := range Sections {
		w.options(section, o[section])
	}
	for _, r := range v.Replicas {
		w.replica(v, r)
	}
	if d == V9 && len(v.Replicas) > 2 {
		w.open(1, "connection-mesh")
		names := make([]string, 0, len(v.Replicas))
		for _, r := range v.Replicas {
			names = append(names, r.Node)
		}
		w.line(2, "hosts %s;", strings.Join(names, " "))
		w.line(1, "}")
	}
	w.line(0, "}")
	return w.b.Bytes(), nil
}

type writer struct {
	b bytes.Buffer
	d Dialect
}

func (w *writer) line(depth int, format string, args ...any) {
	w.b.WriteString(strings.Repeat("\t", depth))
	fmt.Fprintf(&w.b, format, args...)
	w.b.WriteByte('\n')
}

func (w *writer) open(depth int, words string) { w.line(depth, "%s {", words) }

func (w *writer) options(section string, list map[string]string) {
	if len(list) == 0 {
		return
	}
	w.open(1, section)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		value := list[name]
		o := Find(section, name)
		if section == Disk && name == "fencing" {
			o = Find(Net, name)
		}
		if o == nil || o.Kind == Text && name != "become-primary-on" {
			value = `"` + escaped(value) + `"`
		}
		w.line(2, "%s %s;", name, value)
	}
	w.line(1, "}")
}

func (w *writer) replica(v ha.Volume, r ha.Replica) {
	w.open(1, "on "+r.Node)
	if w.d == V9 {
		w.line(2, "node-id %d;", r.ID)
	}
	w.line(2, "device %s minor %d;", v.Device, Minor(v.Device))
	w.line(2, "disk %s;", r.Disk)
	meta := r.Meta
	if meta == "" {
		meta = "internal"
	}
	w.line(2, "meta-disk %s;", meta)
	if a, _ := netip.ParseAddr(r.Address); a.Is4() {
		w.line(2, "address ipv4 %s:%d;", a, r.Port)
	} else {
		w.line(2, "address ipv6 [%s]:%d;", a, r.Port)
	}
	w.line(1, "}")
}

// escaped is a text as it stands between quotes.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
}
