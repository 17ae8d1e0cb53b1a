package sim_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
)

// TestMigration makes a cluster anew on other machines from its file and a mapping, and compares the two.
func TestMigration(t *testing.T) {
	s := start(t, "n1", "n2", "m1", "m2")
	ctx := t.Context()
	if err := s.CreateCluster(ctx, "old", "n1", "n2"); err != nil {
		t.Fatal(err)
	}
	do := func(route, cluster string, body, out any, query ...string) error {
		r := client.Request{Route: route, Path: map[string]string{"cluster": cluster}, Body: body, Query: url.Values{}}
		for i := 0; i < len(query); i += 2 {
			r.Query.Set(query[i], query[i+1])
		}
		if out == nil {
			_, err := s.Do(ctx, r)
			return err
		}
		return s.API.Do(ctx, r, out)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Public(err).Fields)
		}
	}
	must(do("resource.create", "old", api.NewResource{Resource: ha.Resource{
		ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_ipmilan",
		Parameters: map[string]string{"ip": "10.0.9.1", "username": "fence", "password": "not-a-real-one", "pcmk_host_list": "n1 n2"},
	}}, nil))
	must(do("resource.create", "old", api.NewResource{
		Resource: ha.Resource{ID: "g", Kind: ha.Group, Members: []ha.Resource{
			{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": "/dev/sdb1", "directory": "/srv", "fstype": "ext4"}},
			{ID: "vip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.8.100"}},
		}},
		Constraints: []ha.Constraint{{ID: "likes", Kind: ha.Location, Resource: "g", Node: "n1", Score: "50"}},
	}, nil))
	var file api.Manifest
	must(do("config.export", "old", nil, &file, "setup", "true"))

	// What was exported asks for nothing; changed it is one revision.
	var plan api.ManifestPlan
	must(do("config.plan", "old", api.ManifestChange{YAML: file.YAML}, &plan))
	if plan.Edits != 0 {
		t.Fatalf("a file as it was exported asks for %+v", plan)
	}
	changed := strings.Replace(file.YAML, "directory: /srv", "directory: /data", 1)
	must(do("config.apply", "old", api.ManifestChange{YAML: changed}, nil))
	must(do("config.plan", "old", api.ManifestChange{YAML: changed}, &plan))
	if plan.Edits != 0 {
		t.Errorf("applied again it asks for %+v", plan)
	}

	d, _, err := manifest.Read([]byte(changed), nil)
	must(err)
	addresses := func(node string) string {
		for _, n := range d.Setup.Nodes {
			if n.Name == node {
				return strings.Join(n.Addresses, ", ")
			}
		}
		return ""
	}
	var hosts api.Page[api.Host]
	must(s.API.Do(ctx, client.Request{Route: "host.list"}, &hosts))
	at := func(node string, n int) string {
		for _, h := range hosts.Items {
			if h.Name == node {
				var list []string
				for _, i := range h.Facts.Interfaces {
					for _, a := range i.Addresses {
						if a, _, _ := strings.Cut(a, "/"); strings.Contains(a, ".") && !strings.HasPrefix(a, "127.") && len(list) < n {
							list = append(list, a)
						}
					}
				}
				return strings.Join(list, ", ")
			}
		}
		return ""
	}
	links := len(d.Setup.Nodes[0].Addresses)
	if addresses("n1") == at("m1", links) {
		t.Fatal("both clusters have the same addresses")
	}
	mapping := "cluster: new\nnodes:\n  - {old: n1, new: m1, addresses: [" + at("m1", links) + "]}\n  - {old: n2, new: m2, addresses: [" + at("m2", links) + "]}\n" +
		"addresses: {10.0.8.100: 10.0.8.200, 10.0.9.1: 10.0.9.2}\n"
	// What the file asks for, and nothing else, has to be answered.
	var contents api.ManifestContents
	must(do("config.read", "", api.ManifestFile{YAML: changed}, &contents))
	var needs []string
	for _, n := range contents.Needs {
		needs = append(needs, n.Kind+" "+n.Value)
	}
	if want := []string{"address 10.0.9.1", "secret fence.password", "device /dev/sdb1", "address 10.0.8.100"}; !slices.Equal(needs, want) {
		t.Errorf("needs %q, want %q", needs, want)
	}
	if len(contents.Nodes) != 2 || len(contents.Links) != links {
		t.Errorf("%d nodes, %d links", len(contents.Nodes), len(contents.Links))
	}
	var moved api.Migration
	const device, secret = "devices: {/dev/sdb1: /dev/mapper/data}\n", "secrets: {fence.password: not-a-real-one}\n"
	for given, reason := range map[string]string{device: "migrate.secret_missing", secret: "migrate.device_missing"} {
		err := do("config.migrate", "", api.MigrationRequest{YAML: changed, Mapping: mapping + given}, &moved)
		if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != reason {
			t.Fatalf("with %q alone: %v", given, err)
		}
	}
	must(do("config.migrate", "", api.MigrationRequest{YAML: changed, Mapping: mapping + device + secret}, &moved))
	if len(moved.Differences) == 0 {
		t.Error("the mapping is said to change nothing")
	}
	must(do("cluster.create", "", moved.Setup, nil))
	must(do("config.apply", "new", api.ManifestChange{YAML: moved.YAML}, nil))
	onNodeOf(t, s, "new", "vip", "m1")

	var compared api.ManifestComparison
	must(do("config.compare", "new", api.ManifestFile{YAML: moved.YAML}, &compared))
	if len(compared.Differences) > 0 {
		t.Errorf("the new cluster differs in %+v", compared.Differences)
	}
	must(do("config.compare", "new", api.ManifestFile{YAML: strings.Replace(moved.YAML, "directory: /data", "directory: /srv", 1)}, &compared))
	if len(compared.Differences) != 1 {
		t.Errorf("a file that asks for something else differs in %+v", compared.Differences)
	}
}
