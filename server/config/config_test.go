package config_test

import (
	"strings"
	"testing"

	"hawser/server/config"
)

func TestDefaultIsValid(t *testing.T) {
	if _, err := config.Parse(nil); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	c, err := config.Parse([]byte(`
dataDir: /srv/hawser
listen: ["127.0.0.1:8443", "10.0.0.1:8443"]
names: [localhost, 10.0.0.1]
agentAddress: https://10.0.0.1:8443
demo: {socket: /run/probe.sock}
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "/srv/hawser" || len(c.Listen) != 2 || c.Demo.Socket != "/run/probe.sock" || c.AdminPasswordFile != "/srv/hawser/admin-password" || c.Events.KeepDays != 90 {
		t.Errorf("got %+v", c)
	}
}

// TestMistakes: every mistake is told, all at once, and no password with them.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"unknown key":      {"listne: []", `unknown key "listne"`},
		"unknown below":    {"log: {levle: info}", `unknown key "levle"`},
		"wrong type":       {"listen: 7", "line 1"},
		"relative":         {"dataDir: here", "dataDir"},
		"no address":       {"listen: []", "listen"},
		"bad address":      {`listen: ["8443"]`, "listen[0]"},
		"bad port":         {`listen: ["127.0.0.1:none"]`, "listen[0]"},
		"name":             {"names: [localhost, 'a b']", "names[1]"},
		"agents by http":   {"agentAddress: http://localhost:1", "agentAddress"},
		"unnamed":          {"agentAddress: https://elsewhere:1", "not one of names"},
		"database":         {"database: {dsn: 'mysql://u:hunter2@h/d'}", "database.dsn"},
		"days":             {"events: {keepDays: 0}", "events.keepDays"},
		"few":              {"events: {most: 5}", "events.most"},
		"console":          {"alarms: {console: ha.example}", "alarms.console"},
		"nodes at once":    {"alarms: {nodesAfter: 10ms}", "alarms.nodesAfter"},
		"network":          {"metrics: {from: [10.0.0.1]}", "metrics.from[0]"},
		"level":            {"log: {level: loud}", "log.level"},
		"format":           {"log: {format: xml}", "log.format"},
		"socket":           {"demo: {socket: probe}", "demo.socket"},
		"no YAML":          {"a: [", "not YAML"},
		"password file":    {"adminPasswordFile: x", "adminPasswordFile"},
		"all, first":       {"dataDir: here\nlog: {level: loud}\nnope: 1", "dataDir"},
		"all, second":      {"dataDir: here\nlog: {level: loud}\nnope: 1", "log.level"},
		"all, unknown too": {"dataDir: here\nlog: {level: loud}\nnope: 1", `"nope"`},
	} {
		_, err := config.Parse([]byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
