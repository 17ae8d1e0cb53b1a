package manifest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/manifest"
)

const mapping = `cluster: new
nodes:
  - {old: n1, new: m1, addresses: [10.9.1.1, 10.9.2.1]}
  - {old: n2, new: m2, addresses: [10.9.1.2, 10.9.2.2]}
addresses: {10.0.0.100: 10.9.0.100}
devices: {/dev/sdb1: /dev/mapper/data}
`

// whole is a cluster with all that has to be carried over.
func whole() manifest.Document {
	return manifest.Document{
		Format: manifest.Format, Cluster: "old",
		Setup: &ha.Setup{Name: "old", Version: 7, Timing: ha.Timing{Profile: ha.ProfileFast}, Nodes: []ha.SetupNode{
			{Name: "n1", ID: 1, Addresses: []string{"10.0.1.1", "10.0.2.1"}}, {Name: "n2", ID: 2, Addresses: []string{"10.0.1.2", "10.0.2.2"}},
		}},
		Nodes: []manifest.Node{{Name: "n1", Attributes: map[string]string{"rack": "a"}}},
		Resources: []ha.Resource{
			{ID: "g", Kind: ha.Group, Members: []ha.Resource{
				{ID: "ip", Kind: ha.Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: map[string]string{"ip": "10.0.0.100", "cidr_netmask": "24"}},
				{ID: "fs", Kind: ha.Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: map[string]string{"device": "/dev/sdb1", "directory": "/srv"}},
			}},
			{ID: "fence", Kind: ha.Primitive, Agent: "stonith:fence_x", Parameters: map[string]string{"pcmk_host_map": "n1:4;n2:5,6"}},
		},
		Constraints: []ha.Constraint{
			{ID: "c1", Kind: ha.Location, Resource: "g", Node: "n2", Score: "10"},
			{ID: "c2", Kind: ha.Location, Resource: "g", Rule: &ha.Rule{Score: "5", Expressions: []ha.Expression{{Attribute: "#uname", Operation: "eq", Value: "n1"}}}},
		},
		FenceLevels: []ha.FenceLevel{{Node: "n1", Index: 1, Devices: []string{"fence"}}},
	}
}

func TestMigrate(t *testing.T) {
	m, err := manifest.ReadMapping([]byte(mapping), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, setup, err := whole().Migrate(m)
	if err != nil {
		t.Fatalf("%v %+v", err, fault.Public(err).Fields)
	}
	if setup.Name != "new" || setup.Version != 0 || len(setup.Nodes) != 2 || setup.Nodes[1].Name != "m2" || setup.Nodes[1].Addresses[1] != "10.9.2.2" || setup.Timing.Profile != ha.ProfileFast {
		t.Errorf("set-up %+v", setup)
	}
	text, err := d.Bytes("")
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"n1", "n2", "10.0.", "/dev/sdb1", "old"} {
		if strings.Contains(string(text), old) {
			t.Errorf("%s is left in\n%s", old, text)
		}
	}
	if got := d.Resources[1].Parameters["pcmk_host_map"]; got != "m1:4;m2:5,6" {
		t.Errorf("host map %q", got)
	}
	if whole().Resources[0].Members[0].Parameters["ip"] != "10.0.0.100" {
		t.Error("the old document was changed")
	}
}

func TestMigrateRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, path, reason string }{
		"device empty":     {"/dev/mapper/data", `""`, "resources[0].members[1].parameters.device", "migrate.device_missing"},
		"no device":        {"/dev/mapper/data", "data", "resources[0].members[1].parameters.device", "migrate.no_device"},
		"no address":       {"10.9.0.100", "10.9.0", "resources[0].members[0].parameters.ip", "address.invalid"},
		"device left out":  {"devices: {/dev/sdb1: /dev/mapper/data}\n", "", "resources[0].members[1].parameters.device", "migrate.device_missing"},
		"address left out": {"addresses: {10.0.0.100: 10.9.0.100}\n", "", "resources[0].members[0].parameters.ip", "migrate.address_missing"},
		"node left out":    {"  - {old: n2, new: m2, addresses: [10.9.1.2, 10.9.2.2]}\n", "", "mapping.nodes", "migrate.node_missing"},
		"unknown node":     {"old: n2", "old: n9", "mapping.nodes[1].old", "node.unknown"},
		"twice":            {"new: m2", "new: m1", "mapping.nodes[1].new", "node.name_taken"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := manifest.ReadMapping([]byte(strings.Replace(mapping, c.old, c.new, 1)), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = whole().Migrate(m)
			f, is := errors.AsType[*fault.Error](err)
			if !is || len(f.Fields) == 0 || f.Fields[0].Path != c.path || f.Fields[0].Reason != c.reason {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := manifest.ReadMapping([]byte("nodes: []\ndevcies: {}\n"), nil); fault.Public(err) == nil || fault.Public(err).Fields[0].Reason != "yaml.unknown_key" {
		t.Errorf("an unknown key: %v", err)
	}
}

// TestMigrateSecrets: a secret that is not in the document has to be given, under the parameter's own name, and only then.
func TestMigrateSecrets(t *testing.T) {
	for parameter, value := range map[string]string{"password": "***", "password_script": "cat /var/lib/hawser/secrets/fence-1"} {
		t.Run(parameter, func(t *testing.T) {
			d := whole()
			d.Resources[1].Parameters[parameter] = value
			m, err := manifest.ReadMapping([]byte(mapping), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = d.Migrate(m)
			f := fault.Public(err)
			if f == nil || len(f.Fields) != 1 || f.Fields[0].Reason != "migrate.secret_missing" || f.Fields[0].Args["secret"] != "fence.password" {
				t.Errorf("a secret that nobody has given: %v", err)
			}
			m, err = manifest.ReadMapping([]byte(mapping+"secrets: {fence.password: {fromFile: ipmi}}\n"), map[string]string{"ipmi": "not-a-real-one"})
			if err != nil {
				t.Fatal(err)
			}
			moved, _, err := d.Migrate(m)
			if err != nil {
				t.Fatal(err)
			}
			p := moved.Resources[1].Parameters
			if _, has := p["password_script"]; has || p["password"] != "not-a-real-one" {
				t.Errorf("parameters %v", p)
			}
			for _, diff := range manifest.Differences(d, moved) {
				if strings.HasPrefix(diff.Field, "parameters.password") {
					t.Errorf("a secret is told: %+v", diff)
				}
			}
		})
	}
}

func TestNeeds(t *testing.T) {
	d := whole()
	d.Resources[1].Parameters["password_script"] = "cat /var/lib/hawser/secrets/fence-1"
	want := []manifest.Need{
		{Kind: manifest.NeedAddress, Value: "10.0.0.100", Resource: "ip", Parameter: "ip", At: "resources[0].members[0].parameters.ip"},
		{Kind: manifest.NeedDevice, Value: "/dev/sdb1", Resource: "fs", Parameter: "device", At: "resources[0].members[1].parameters.device"},
		{Kind: manifest.NeedSecret, Value: "fence.password", Resource: "fence", Parameter: "password_script", At: "resources[1].parameters.password_script"},
	}
	if got := d.Needs(); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
