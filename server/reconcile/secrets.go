package reconcile

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/wire"
	"hawser/server/fleet"
)

// Passwords of fence devices: the CIB is readable by every tool, and is copied into scheduler inputs, bundles and mails. Where the
// agent can run a script for its password, Hawser keeps it in a file on every node instead, mode 0600 and root's, and the
// CIB has "cat FILE". Where it cannot, the CIB is the only place there is.
const (
	secretFolder = "/var/lib/hawser/secrets/"
	readsSecret  = "cat " + secretFolder
	keptSecret   = "***"
)

// withSecrets lets an operation on a resource put the passwords of its fence devices into files before, and remove those that
// nothing reads any more after.
func withSecrets(inner kind) kind {
	return kind{
		check: func(ctx context.Context, e *Engine, m *memo) error {
			k, err := e.o.Picture.Known(m.Request.Cluster)
			if err != nil {
				return err
			}
			if err := e.hideSecrets(ctx, m, k); err != nil {
				return err
			}
			if err := inner.check(ctx, e, m); err != nil {
				return err
			}
			if len(m.Secrets) > 0 {
				if err := allConnected(k, ""); err != nil {
					return err
				}
			}
			m.Obsolete = obsolete(m, k)
			return nil
		},
		plan: func(e *Engine, m *memo) ([]stage, error) {
			stages, err := inner.plan(e, m)
			if err != nil {
				return nil, err
			}
			nodes := slices.Sorted(maps.Keys(m.Hosts))
			if len(m.Secrets) > 0 {
				stages = append([]stage{putSecrets(m, nodes)}, stages...)
			}
			if len(m.Obsolete) > 0 {
				stages = append(stages, dropSecrets(m, nodes))
			}
			return stages, nil
		},
	}
}

// carrySecrets gives a node that is added the files that the others have.
func carrySecrets(inner kind) kind {
	out := inner
	out.check = func(ctx context.Context, e *Engine, m *memo) error {
		if err := inner.check(ctx, e, m); err != nil {
			return err
		}
		k, err := e.o.Picture.Known(m.Request.Cluster)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(secretsOf(resourcesOf(k)))) {
			value, err := e.o.Store.Secret(ctx, fenceSecret(m.Request.Cluster, name))
			if fault.CodeOf(err) == fault.NotFound {
				continue // another server's: its device says what is missing
			}
			if err != nil {
				return err
			}
			if m.Secrets == nil {
				m.Secrets = map[string][]byte{}
			}
			m.Secrets[name] = value
		}
		return nil
	}
	out.plan = func(e *Engine, m *memo) ([]stage, error) {
		stages, err := inner.plan(e, m)
		if err == nil && len(m.Secrets) > 0 {
			stages = append([]stage{putSecrets(m, []string{m.Request.Node.Name})}, stages...)
		}
		return stages, err
	}
	return out
}

func fenceSecret(cluster, name string) string { return "fence/" + cluster + "/" + name }

func putSecrets(m *memo, nodes []string) stage {
	var s stage
	for _, node := range nodes {
		s = append(s, step{
			name: "secret", node: node,
			do: func(ctx context.Context, j *job, s *spot) error {
				for nth, name := range slices.Sorted(maps.Keys(m.Secrets)) {
					if err := j.e.o.Store.PutSecret(ctx, fenceSecret(j.op.Cluster, name), m.Secrets[name]); err != nil {
						return err
					}
					a := j.to(node, wire.PutSecret, wire.SecretArgs{Name: name, Value: m.Secrets[name]})
					a.timeout, a.nth = filesTime, nth
					if _, err := j.send(ctx, s, a, nil); err != nil {
						return err
					}
				}
				return nil
			},
			undo: func(ctx context.Context, j *job, s *spot) error {
				return j.forgetSecrets(ctx, s, node, slices.Sorted(maps.Keys(m.Secrets)))
			},
		})
	}
	return s
}

func dropSecrets(m *memo, nodes []string) stage {
	var s stage
	for _, node := range nodes {
		s = append(s, step{name: "forget_secret", node: node, do: func(ctx context.Context, j *job, s *spot) error {
			return j.forgetSecrets(ctx, s, node, m.Obsolete)
		}})
	}
	return s
}

func (j *job) forgetSecrets(ctx context.Context, s *spot, node string, names []string) error {
	for nth, name := range names {
		a := j.to(node, wire.DropSecret, wire.SecretArgs{Name: name})
		a.timeout, a.nth = filesTime, nth
		if _, err := j.send(ctx, s, a, nil); err != nil {
			return err
		}
		if err := j.e.o.Store.DeleteSecret(ctx, fenceSecret(j.op.Cluster, name)); err != nil && fault.CodeOf(err) != fault.NotFound {
			return err
		}
	}
	return nil
}

// hideSecrets takes the passwords out of the fence devices of a request, where their agents can do without.
func (e *Engine) hideSecrets(ctx context.Context, m *memo, k fleet.Known) error {
	if m.Request.Resource == nil {
		return nil
	}
	one, err := k.Asked("")
	if err != nil {
		return err
	}
	changed := *m.Request.Resource
	if err := e.hideIn(ctx, m, one.Host, &changed); err != nil {
		return err
	}
	m.Request.Resource = &changed
	return nil
}

func (e *Engine) hideIn(ctx context.Context, m *memo, host string, r *ha.Resource) error {
	r.Members = slices.Clone(r.Members)
	for i := range r.Members {
		if err := e.hideIn(ctx, m, host, &r.Members[i]); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(r.Agent, "stonith:") || len(r.Parameters) == 0 {
		return nil
	}
	var meta ha.AgentMetadata
	if err := e.read(ctx, m.Request.Actor, host, wire.Metadata, wire.MetadataArgs{Agent: r.Agent}, &meta); err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			return nil // told with its field by the rehearsal
		}
		return err
	}
	offers := func(name string) bool {
		return slices.ContainsFunc(meta.Parameters, func(p ha.AgentParameter) bool { return p.Name == name })
	}
	r.Parameters = maps.Clone(r.Parameters)
	for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
		value := r.Parameters[name]
		switch script := name + "_script"; {
		case value == "" || value == keptSecret:
		case name == "identity_file" && strings.HasPrefix(value, "-----BEGIN"):
			r.Parameters[name] = secretFolder + m.secret(value)
		case (strings.HasSuffix(name, "passwd") || strings.HasSuffix(name, "password")) && offers(script):
			delete(r.Parameters, name)
			r.Parameters[script] = readsSecret + m.secret(value)
		}
	}
	return nil
}

// secret notes a secret and returns its name: a hash of it and of something that nobody can guess, because a hash of the password
// alone, which stands in the CIB, could be tried out.
func (m *memo) secret(value string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails [crypto/rand, Go 1.24]
	sum := sha256.Sum256(append(salt, value...))
	name := "fence-" + hex.EncodeToString(sum[:16])
	if m.Secrets == nil {
		m.Secrets = map[string][]byte{}
	}
	m.Secrets[name] = []byte(value)
	return name
}

// secretsOf are the names of the files that fence devices read.
func secretsOf(list []ha.Resource) map[string]bool {
	names := map[string]bool{}
	for _, r := range list {
		for _, value := range r.Parameters {
			name, is := strings.CutPrefix(value, readsSecret)
			if !is {
				name, is = strings.CutPrefix(value, secretFolder)
			}
			if is && strings.HasPrefix(r.Agent, "stonith:") {
				names[name] = true
			}
		}
		maps.Copy(names, secretsOf(r.Members))
	}
	return names
}

// obsolete are the files that nothing reads after the edits of an operation.
func obsolete(m *memo, k fleet.Known) []string {
	var gone []string
	for _, x := range m.Edits {
		now := ha.FindResource(resourcesOf(k), x.ID)
		if now == nil || x.Op != ha.UpdateResource && x.Op != ha.DeleteResource {
			continue
		}
		left := map[string]bool{}
		if x.Op == ha.UpdateResource && x.Resource != nil {
			left = secretsOf([]ha.Resource{*x.Resource})
		}
		for name := range secretsOf([]ha.Resource{*now}) {
			if !left[name] {
				gone = append(gone, name)
			}
		}
	}
	slices.Sort(gone)
	return gone
}
