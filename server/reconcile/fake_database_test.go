package reconcile_test

import (
	"maps"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// service is what a machine has for a database.
type service struct {
	directories []string
	caKey       bool
	files       map[string][]byte // certificates with their keys
	earlier     map[string][]byte
	unsettled   bool
}

// serve carries out what concerns databases. The caller holds mu.
func (m *machines) serve(h *machine, c wire.Command) (any, bool, error) {
	own := &h.service
	switch c.Name {
	case wire.InspectService:
		args := decode[wire.InspectServiceArgs](c)
		out := ha.ServiceInspection{Node: h.name, Checks: []ha.Check{}, Size: 1 << 30, Network: "10.0.1.0/24", Interface: "eth0"}
		if args.CertsDir != "" {
			s := &ha.CertificatesState{CAKey: own.caKey, Authority: string(own.files["ca.crt"]), Client: true}
			for _, name := range args.Names {
				if !slices.Contains(strings.Fields(string(own.files["node.crt"])), name) {
					s.Missing = append(s.Missing, name)
				}
			}
			out.Certificates = s
		}
		return out, false, nil
	case wire.PrepareService:
		args := decode[wire.PrepareServiceArgs](c)
		made := !slices.Contains(own.directories, args.Directory)
		own.directories = slices.DeleteFunc(own.directories, func(d string) bool { return d == args.Directory })
		if !args.Remove {
			own.directories = append(own.directories, args.Directory)
		}
		return wire.PrepareServiceOutput{Made: made && !args.Remove}, false, nil
	case wire.MakeCertificates:
		args := decode[wire.MakeCertificatesArgs](c)
		if !own.caKey {
			return nil, false, fault.New(fault.Conflict, "database.no_authority", "no key here")
		}
		return wire.CertificatesOutput{Files: map[string][]byte{"ca.crt": []byte("authority"), "node.crt": []byte(strings.Join(args.Names, " ")), "node.key": []byte(databaseSecret)}}, false, nil
	case wire.InstallCertificates:
		if !own.unsettled {
			own.earlier, own.unsettled = own.files, true
		}
		own.files = maps.Clone(decode[wire.InstallCertificatesArgs](c).Files)
		return nil, false, nil
	case wire.SettleCertificates:
		if decode[wire.SettleCertificatesArgs](c).Restore && own.unsettled {
			own.files = own.earlier
		}
		own.earlier, own.unsettled = nil, false
		return nil, false, nil
	}
	panic("the fake has no " + string(c.Name))
}
