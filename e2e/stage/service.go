package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// The protected service, as the demo and most tests have it.
const (
	Group   = "pg" // file system, PostgreSQL and virtual IP
	service = 3    // the number of the service network
)

// address is an address in one of the sandbox's networks: 0 management, 1 and 2 heartbeat, 3 service.
func (s *Stage) address(network, last int) string {
	return fmt.Sprintf("10.%d.%d.%d", s.opt.Instance, network, last)
}

// Service is an address on the service network; virtual IPs of tests begin at 110.
func (s *Stage) Service(last int) string { return s.address(service, last) }

// Virtual is the virtual IP of the protected database.
func (s *Stage) Virtual() string { return s.Service(100) }

// gateway is what the nodes ping to know whether they see their clients.
func (s *Stage) gateway() string { return s.Service(254) }

// Host is this machine's address in the management network, where the nodes reach it.
func (s *Stage) Host() string { return s.address(0, 1) }

// Address is a node's address on a heartbeat link, counted from 0: nodes are numbered from 1 in the order of their names.
func (s *Stage) Address(node string, link int) string {
	if i := slices.Index(s.opt.Nodes, node); i >= 0 {
		return s.address(heartbeat(link), 11+i)
	}
	return ""
}

// Address6 is the same by IPv6.
func (s *Stage) Address6(node string, link int) string {
	if i := slices.Index(s.opt.Nodes, node); i >= 0 {
		return fmt.Sprintf("fd00:%d:%d::%d", s.opt.Instance, heartbeat(link), 11+i)
	}
	return ""
}

// heartbeat is the number of a heartbeat link's network: the service network lies between the second and the third.
func heartbeat(link int) int {
	if link < 2 {
		return link + 1
	}
	return link + 2
}

// ArbiterAddress is the arbiter's, where nodes reach it.
func (s *Stage) ArbiterAddress() string { return s.address(9, 100) }

// notFound says whether a CLI call ended because there is no such object (exit status 3).
func notFound(err error) bool {
	exit, ok := errors.AsType[*ExitError](err)
	return ok && exit.Code == 3
}

// CreateCluster creates a cluster of all nodes with all heartbeat links and fencing, where it is not there yet. Three nodes that
// share two cores with a browser, or a build, miss the tokens of the fast profile now and then: it is for benchmarks only.
func (s *Stage) CreateCluster(ctx context.Context, name, profile string) error {
	if err := s.WaitIdle(ctx, name); err != nil {
		return err
	}
	there, err := s.has(ctx, "cluster", "show", name)
	if err != nil {
		return err
	}
	if there {
		s.say("cluster %s is there", name)
		_, err = s.CLI(ctx, "cluster", "start", name)
	} else {
		s.say("cluster %s", name)
		args := []string{"cluster", "create", name, "--profile", profile}
		for _, n := range s.opt.Nodes {
			var addresses []string
			for link := range s.opt.Links {
				addresses = append(addresses, s.Address(n, link))
			}
			args = append(args, "--node", n+"="+strings.Join(addresses, ","))
		}
		_, err = s.CLI(ctx, args...)
	}
	if err != nil {
		return err
	}
	if there, err = s.has(ctx, "resource", "show", name, "fence"); there || err != nil {
		return err
	}
	_, err = s.CLI(ctx, "resource", "create", name, "fence", "stonith:fence_sandbox",
		"pcmk_host_list="+strings.Join(s.opt.Nodes, " "), "--op", "monitor:interval=60s,timeout=20s")
	return err
}

// WaitIdle waits for what an earlier run has left to the server: it carries an interrupted change to an end by itself.
func (s *Stage) WaitIdle(ctx context.Context, cluster string) error {
	return Until(ctx, 3*time.Minute, "the end of an earlier change", func(ctx context.Context) (bool, error) {
		for _, state := range []string{"pending", "running"} {
			var list []api.Operation
			if err := s.JSON(ctx, &list, "operation", "list", cluster, "--state", state); err != nil {
				return false, err
			}
			if len(list) > 0 {
				return false, fmt.Errorf("%s is %s", list[0].Kind, state)
			}
		}
		return true, nil
	})
}

// has says whether a show command finds its object.
func (s *Stage) has(ctx context.Context, args ...string) (bool, error) {
	_, err := s.CLI(ctx, args...)
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

// ProtectPostgres prepares the shared disk, as an administrator has to, and protects the database on it, where that is not done yet.
func (s *Stage) ProtectPostgres(ctx context.Context, cluster string) error {
	if err := s.WaitIdle(ctx, cluster); err != nil {
		return err
	}
	there, err := s.has(ctx, "resource", "show", cluster, Group)
	if err != nil {
		return err
	}
	if there {
		s.say("service %s is there", Group)
		return s.WaitServing(ctx, cluster, Group)
	}
	s.say("shared disk: file system and database")
	if _, err := s.Sandbox(ctx, "prepare-disk"); err != nil {
		return err
	}
	s.say("service %s on %s", Group, s.Virtual())
	ping := s.PingClone(ha.PingAgent)
	if there, err = s.has(ctx, "resource", "show", cluster, ping.Resource.ID); err != nil {
		return err
	}
	if !there {
		if err := s.Create(ctx, cluster, ping); err != nil {
			return err
		}
	}
	if err := s.Create(ctx, cluster, Postgres(Group, s.Virtual())); err != nil {
		return err
	}
	return s.WaitServing(ctx, cluster, Group)
}

// Create creates a resource with its constraints, through a file as the CLI takes it.
func (s *Stage) Create(ctx context.Context, cluster string, r api.NewResource) error {
	raw, err := yaml.Marshal(r)
	if err != nil {
		return err
	}
	path := filepath.Join(s.opt.Dir, r.Resource.ID+".yaml")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return err
	}
	_, err = s.CLI(ctx, "resource", "create", cluster, "-f", path)
	return err
}

// PingClone measures on every node whether the gateway of the service network answers, as the node attribute "pingd".
func (s *Stage) PingClone(agent string) api.NewResource {
	return api.NewResource{Resource: ha.Ping{Addresses: []string{s.gateway()}}.Clone(agent)}
}

// Postgres is the group of file system, database and virtual IP, kept away from nodes that do not see their clients.
func Postgres(id, address string) api.NewResource {
	return api.NewResource{
		Resource: ha.Resource{ID: id, Kind: ha.Group, Members: []ha.Resource{
			{
				ID: id + "-fs", Kind: ha.Primitive, Agent: "ocf:hawser:Filesystem",
				Parameters: map[string]string{"device": "/dev/hawser/lun0", "directory": "/srv/pg", "fstype": "ext4"},
				// Level 20 writes and reads a file: the loss of the disk is noticed, not only that of the mount.
				Operations: deep(operations("10s", "30s", "30s")),
			},
			{
				ID: id + "-db", Kind: ha.Primitive, Agent: "ocf:hawser:pgsql",
				Parameters: map[string]string{
					"pgctl": "/usr/lib/postgresql/15/bin/pg_ctl", "psql": "/usr/lib/postgresql/15/bin/psql", "pgdata": "/srv/pg/data",
					"socketdir": "/var/run/postgresql", "start_opt": "-c listen_addresses=*",
				},
				// On a disk that has failed the agent waits for as long as it may: what is left of this time is outage.
				Operations: operations("5s", "30s", "60s"),
			},
			{
				ID: id + "-ip", Kind: ha.Primitive, Agent: "ocf:hawser:IPaddr2",
				Parameters: map[string]string{"ip": address, "cidr_netmask": "24", "nic": "svc0"},
				Operations: operations("5s", "20s", "20s"),
			},
		}},
		Constraints: []ha.Constraint{ha.Ping{}.Rule(id)},
	}
}

// deep has the monitor look more closely.
func deep(list []ha.Operation) []ha.Operation {
	list[0].Parameters = map[string]string{"OCF_CHECK_LEVEL": "20"}
	return list
}

func operations(monitor, start, stop string) []ha.Operation {
	return []ha.Operation{
		{Name: "monitor", Interval: monitor, Timeout: "20s"},
		{Name: "start", Interval: "0s", Timeout: start},
		{Name: "stop", Interval: "0s", Timeout: stop},
	}
}

// WaitServing waits until the cluster reports a resource as started.
func (s *Stage) WaitServing(ctx context.Context, cluster, resource string) error {
	return Until(ctx, s.patient(90*time.Second), resource+" started", func(ctx context.Context) (bool, error) {
		r, err := s.Resource(ctx, cluster, resource)
		if err != nil {
			return false, err
		}
		return r.Role == "Started" && !r.Failed, fmt.Errorf("%s is %s on %q, failed %t", resource, r.Role, r.Node, r.Failed)
	})
}

// Resource returns what the CLI lists of a resource.
func (s *Stage) Resource(ctx context.Context, cluster, id string) (api.Resource, error) {
	var list []api.Resource
	if err := s.JSON(ctx, &list, "resource", "list", cluster); err != nil {
		return api.Resource{}, err
	}
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	return api.Resource{}, fmt.Errorf("no resource %s in %s", id, cluster)
}
