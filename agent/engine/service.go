package engine

import (
	"context"
	"path"
	"regexp"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
)

// Service is what a driver does for a service that the cluster is to run. Errors that a user may be told are faults.
type Service interface {
	// InspectService looks at this host, and changes nothing.
	InspectService(ctx context.Context, a wire.InspectServiceArgs) (ha.ServiceInspection, error)
	// MakeDirectory makes a directory and says whether it was there; RemoveDirectory takes away one that is empty, and is content
	// where there is none.
	MakeDirectory(ctx context.Context, dir string) error
	HasDirectory(ctx context.Context, dir string) (bool, error)
	RemoveDirectory(ctx context.Context, dir string) error
	// MakeCertificates has the database's tool make a certificate for these names, beside those that are in place, and returns what
	// every node needs: the authority's certificate, the node's, and those by which clients are let in.
	MakeCertificates(ctx context.Context, a wire.MakeCertificatesArgs) (map[string][]byte, error)
	// InstallCertificates puts files in place, all of them, and keeps those that were there until SettleCertificates, which puts them
	// back or forgets them. Both may be called again.
	InstallCertificates(ctx context.Context, dir string, files map[string][]byte) error
	SettleCertificates(ctx context.Context, dir string, restore bool) error
}

// The steps of a service.
const (
	stepDirectory     = "make_directory"
	stepNoDirectory   = "remove_directory"
	stepInstallCerts  = "install_certificates"
	stepSettleService = "settle_certificates"
)

func (e *Engine) service() (Service, error) {
	s, can := e.driver.(Service)
	if !can {
		return nil, fault.New(fault.Conflict, "service.unsupported", "%s cannot run services", e.driver.Node()).With("node", e.driver.Node())
	}
	return s, nil
}

var (
	hostPath        = regexp.MustCompile(`^/[A-Za-z0-9._/@:+-]+$`)
	certificateFile = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(crt|key)$`)
	certifiedName   = regexp.MustCompile(`^[A-Za-z0-9.:_-]{1,253}$`)
)

// checkPaths refuses what is no plain absolute path.
func checkPaths(paths map[string]string) error {
	var f fault.Fields
	for at, p := range paths {
		if !hostPath.MatchString(p) || path.Clean(p) != p || p == "/" {
			f.Add(at, "database.path", "not an absolute path", "path", p)
		}
	}
	return f.Err()
}

func inspectService(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.InspectServiceArgs](c)
	if err != nil {
		return nil, err
	}
	given := map[string]string{}
	for at, p := range map[string]string{"disk": args.Disk, "directory": args.Directory, "binary": args.Binary, "certsDir": args.CertsDir, "caKey": args.CAKey} {
		if p != "" {
			given[at] = p
		}
	}
	if err := checkPaths(given); err != nil {
		return nil, err
	}
	s, err := e.service()
	if err != nil {
		return nil, err
	}
	return s.InspectService(ctx, args)
}

func makeCertificates(ctx context.Context, e *Engine, c wire.Command) (any, error) {
	args, err := decode[wire.MakeCertificatesArgs](c)
	if err != nil {
		return nil, err
	}
	if err := checkPaths(map[string]string{"binary": args.Binary, "dir": args.Dir, "caKey": args.CAKey}); err != nil {
		return nil, err
	}
	var f fault.Fields
	for _, name := range args.Names {
		if !certifiedName.MatchString(name) || strings.HasPrefix(name, "-") {
			f.Add("names", "database.certified_name", "neither a name nor an address", "name", name)
		}
	}
	if len(args.Names) == 0 {
		f.Add("names", "field.required", "missing")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	s, err := e.service()
	if err != nil {
		return nil, err
	}
	files, err := s.MakeCertificates(ctx, args)
	if err != nil {
		return nil, err
	}
	return wire.CertificatesOutput{Files: files}, nil
}

// planPrepareService makes the directory over which a volume is mounted, or takes it away.
func planPrepareService(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.PrepareServiceArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := checkPaths(map[string]string{"directory": args.Directory}); err != nil {
		return plan{}, err
	}
	s, err := t.e.service()
	if err != nil {
		return plan{}, err
	}
	if args.Remove {
		return plan{onHost: true, resume: goOn, steps: []Step{{
			Name:   stepNoDirectory,
			Commit: func(ctx context.Context) error { return s.RemoveDirectory(ctx, args.Directory) },
		}}}, nil
	}
	const there = "there"
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name: stepDirectory,
		Plan: func(ctx context.Context) (bool, error) {
			has, err := s.HasDirectory(ctx, args.Directory)
			if err != nil {
				return false, err
			}
			return has, t.keep(there, has) // not asked again once it is being made
		},
		Commit:   func(ctx context.Context) error { return s.MakeDirectory(ctx, args.Directory) },
		RollBack: func(ctx context.Context) error { return s.RemoveDirectory(ctx, args.Directory) },
	}}, output: func(context.Context) (any, error) {
		was := true
		err := t.load(there, &was)
		return wire.PrepareServiceOutput{Made: !was}, err
	}}, nil
}

// planInstallCertificates puts a database's certificates in place. What was there stays beside them until the whole is settled.
func planInstallCertificates(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.InstallCertificatesArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := checkPaths(map[string]string{"dir": args.Dir}); err != nil {
		return plan{}, err
	}
	var f fault.Fields
	for name := range args.Files {
		if !certificateFile.MatchString(name) || name == "ca.key" {
			f.Add("files."+name, "database.certificate_file", "not the name of a certificate or of its key", "name", name)
		}
	}
	if len(args.Files) == 0 {
		f.Add("files", "field.required", "missing")
	}
	if err := f.Err(); err != nil {
		return plan{}, err
	}
	s, err := t.e.service()
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goBack, steps: []Step{{
		Name:     stepInstallCerts,
		Commit:   func(ctx context.Context) error { return s.InstallCertificates(ctx, args.Dir, args.Files) },
		RollBack: func(ctx context.Context) error { return s.SettleCertificates(ctx, args.Dir, true) },
	}}}, nil
}

// planSettleCertificates ends it, one way or the other.
func planSettleCertificates(_ context.Context, t *task) (plan, error) {
	args, err := decode[wire.SettleCertificatesArgs](t.command)
	if err != nil {
		return plan{}, err
	}
	if err := checkPaths(map[string]string{"dir": args.Dir}); err != nil {
		return plan{}, err
	}
	s, err := t.e.service()
	if err != nil {
		return plan{}, err
	}
	return plan{onHost: true, resume: goOn, steps: []Step{{
		Name:   stepSettleService,
		Commit: func(ctx context.Context) error { return s.SettleCertificates(ctx, args.Dir, args.Restore) },
	}}}, nil
}
