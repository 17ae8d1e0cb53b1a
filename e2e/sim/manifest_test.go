package sim_test

import (
	"net/url"
	"regexp"
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
	var moved api.Migration
	err = do("config.migrate", "", api.MigrationRequest{YAML: changed, Mapping: mapping + "devices: {/dev/sdb1: /dev/mapper/data}\n"}, &moved)
	if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != "manifest.secret" {
		t.Fatalf("a password that only the old nodes have: %v", err)
	}
	// Whoever moves a cluster gives it again.
	changed = regexp.MustCompile(`password_script: .*`).ReplaceAllString(changed, "password: not-a-real-one")
	err = do("config.migrate", "", api.MigrationRequest{YAML: changed, Mapping: mapping}, &moved)
	if f := fault.Public(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != "migrate.device_missing" || f.Fields[0].Args["device"] != "/dev/sdb1" {
		t.Fatalf("a device that the mapping leaves out: %v", err)
	}
	must(do("config.migrate", "", api.MigrationRequest{YAML: changed, Mapping: mapping + "devices: {/dev/sdb1: /dev/mapper/data}\n"}, &moved))
	must(do("cluster.create", "", moved.Setup, nil))
	must(do("config.apply", "new", api.ManifestChange{YAML: moved.YAML}, nil))
	onNodeOf(t, s, "new", "vip", "m1")

	var now api.Manifest
	must(do("config.export", "new", nil, &now))
	want, _, err := manifest.Read([]byte(moved.YAML), nil)
	must(err)
	got, _, err := manifest.Read([]byte(now.YAML), nil)
	must(err)
	if list := manifest.Differences(want, got); len(list) > 0 {
		t.Errorf("the new cluster differs in %+v", list)
	}
}
