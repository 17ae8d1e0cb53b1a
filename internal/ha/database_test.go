package ha_test

import (
	"slices"
	"testing"

	"hawser/internal/ha"
)

func kwdb() ha.Database {
	return ha.Database{
		Name: "kwdb", Directory: "/var/lib/kwdb", Address: "192.0.2.10/24", Parameters: ha.Values{"user": "root"},
		Sides: []ha.DatabaseSide{{Node: "n1", Disk: "/dev/vg/data"}, {Node: "n2", Disk: "/dev/vg/data"}},
	}.WithDefaults()
}

// configured is a cluster that has the database.
func configured(d ha.Database) *ha.Config {
	return &ha.Config{Resources: []ha.Resource{d.Group(nil, "/dev/drbd1")}, Constraints: d.Relations("data-clone")}
}

// TestDatabaseEdits: only what differs from what the database says is edited, and what somebody has added stays.
func TestDatabaseEdits(t *testing.T) {
	member := func(c *ha.Config, i int) *ha.Resource { return &c.Resources[0].Members[i] }
	for _, c := range []struct {
		what   string
		change func(*ha.Config)
		want   []string
		check  func([]ha.Edit) bool
	}{
		{"Nothing", func(*ha.Config) {}, nil, nil},
		{
			"New", func(c *ha.Config) { *c = ha.Config{} },
			[]string{"resource.create kwdb", "constraint.create kwdb-with-kwdb-data", "constraint.create kwdb-after-kwdb-data"},
			nil,
		},
		{"Added", func(c *ha.Config) {
			c.Resources[0].Meta["priority"] = "5"
			member(c, 1).Parameters["command"] = "x"
			member(c, 1).Operations = nil
			c.Resources[0].Members = append(c.Resources[0].Members, ha.Resource{ID: "mail", Kind: ha.Primitive, Agent: "ocf:heartbeat:MailTo"})
		}, nil, nil},
		{
			"Meta", func(c *ha.Config) {
				c.Resources[0].Meta["migration-threshold"], c.Resources[0].Meta["priority"] = "9", "5"
			},
			[]string{"meta.set kwdb"},
			func(e []ha.Edit) bool { return len(e[0].Values) == 1 && e[0].Values["migration-threshold"] == "2" },
		},
		{
			"Parameter", func(c *ha.Config) { member(c, 1).Parameters["user"], member(c, 1).Parameters["command"] = "other", "x" },
			[]string{"resource.update kwdb-db"},
			func(e []ha.Edit) bool {
				p := e[0].Resource.Parameters
				return p["user"] == "root" && p["command"] == "x"
			},
		},
		{"HiddenSecret", func(c *ha.Config) { member(c, 1).Parameters["user"] = "***" }, nil, nil},
		{
			"MemberGone", func(c *ha.Config) { c.Resources[0].Members = slices.Delete(c.Resources[0].Members, 1, 2) },
			[]string{"resource.create kwdb-db"},
			func(e []ha.Edit) bool { return e[0].Group == "kwdb" && e[0].Before == "kwdb-ip" },
		},
		{
			"LastMemberGone", func(c *ha.Config) { c.Resources[0].Members = c.Resources[0].Members[:2] },
			[]string{"resource.create kwdb-ip"},
			func(e []ha.Edit) bool { return e[0].Group == "kwdb" && e[0].Before == "" },
		},
		{"OtherNames", func(c *ha.Config) {
			c.Constraints[0].ID, c.Constraints[0].WithRole = "mine", "Master"
			c.Constraints[1].ID, c.Constraints[1].OrderKind = "mine-too", ""
		}, nil, nil},
		{"OtherScore", func(c *ha.Config) { c.Constraints[0].Score = "100" }, []string{"constraint.create kwdb-with-kwdb-data"}, nil},
		{"OrderOptional", func(c *ha.Config) { c.Constraints[1].OrderKind = "Optional" }, []string{"constraint.create kwdb-after-kwdb-data"}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			d := kwdb()
			cfg := configured(d)
			c.change(cfg)
			edits := d.Edits(cfg, "data-clone", "/dev/drbd1")
			var got []string
			for _, e := range edits {
				got = append(got, string(e.Op)+" "+e.ID)
			}
			if !slices.Equal(got, c.want) || c.check != nil && !c.check(edits) {
				t.Errorf("got %v %+v, want %v", got, edits, c.want)
			}
		})
	}
}

// TestDatabaseOnMirror: what stands on a mirror waits as long as the cluster may take to fence, however long that is, and no longer where the
// volume is DRBD's.
func TestDatabaseOnMirror(t *testing.T) {
	for _, c := range []struct{ timeout, monitor, stop string }{{"", "80s", "80s"}, {"30s", "50s", "60s"}, {"150s", "170s", "170s"}} {
		d := kwdb()
		cfg := &ha.Config{Properties: map[string]string{"stonith-timeout": c.timeout}}
		usual := d.Group(cfg, "/dev/drbd1")
		d.Driver = ha.Mirror
		group := d.Group(cfg, "/dev/hawser/kwdb-data")
		timeout := func(r ha.Resource, name string) string {
			return r.Operations[slices.IndexFunc(r.Operations, func(o ha.Operation) bool { return o.Name == name })].Timeout
		}
		fs := group.Members[0]
		if monitor, stop, start := timeout(fs, "monitor"), timeout(fs, "stop"), timeout(fs, "start"); monitor != c.monitor || stop != c.stop || start != "60s" {
			t.Errorf("stonith-timeout %q: monitor %s, stop %s, start %s, want %+v", c.timeout, monitor, stop, start, c)
		}
		if got := timeout(group.Members[2], "monitor"); got != "20s" {
			t.Errorf("the address, which is on no disk, has %s", got)
		}
		if monitor, stop := timeout(usual.Members[0], "monitor"), timeout(usual.Members[0], "stop"); monitor != "40s" || stop != "60s" {
			t.Errorf("on DRBD: monitor %s, stop %s", monitor, stop)
		}
		d.Volume = "kwdb-data"
		cfg.Resources = []ha.Resource{group, {ID: "kwdb-data-clone", Kind: ha.Clone, Members: []ha.Resource{{ID: "kwdb-data", Kind: ha.Primitive, Agent: ha.MirrorAgent}}}}
		cfg.Constraints = d.Relations("kwdb-data-clone")
		for _, f := range ha.Findings(cfg, nil, ha.Background{}) {
			if f.Code == ha.FindingMirrorTimeout {
				t.Errorf("stonith-timeout %q: %+v", c.timeout, f)
			}
		}
	}
}

// TestDatabaseUnit: the unit that must neither run nor be enabled before the cluster runs it.
func TestDatabaseUnit(t *testing.T) {
	for _, c := range []struct {
		agent      string
		parameters map[string]string
		want       string
	}{
		{ha.KWDBAgent, nil, "kaiwudb.service"},
		{ha.KWDBAgent, map[string]string{"command": "kwbase start"}, ""},
		{"systemd:pg@15.2", nil, "pg@15.2.service"},
		{"systemd:srv.mount", nil, "srv.mount"},
		{ha.SystemdAgent, map[string]string{"unit": "mariadb"}, "mariadb.service"},
		{ha.SystemdAgent, nil, ""},
		{"ocf:hawser:pgsql", nil, ""},
	} {
		if got := (ha.Database{Agent: c.agent, Parameters: c.parameters}).Unit(); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.agent, c.parameters, got, c.want)
		}
	}
}

// TestDatabaseMisfit: what is there under a name of the database and is something else is named.
func TestDatabaseMisfit(t *testing.T) {
	d := kwdb()
	for want, change := range map[string]func(*ha.Config){
		"":        func(*ha.Config) {},
		"kwdb":    func(c *ha.Config) { c.Resources[0].Kind = ha.Primitive },
		"kwdb-db": func(c *ha.Config) { c.Resources[0].Members[1].Agent = "systemd:kaiwudb" },
	} {
		cfg := configured(d)
		change(cfg)
		if got := d.Misfit(cfg); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
