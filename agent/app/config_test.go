package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hawser/agent/app"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadConfig(t *testing.T) {
	c, err := app.ReadConfig(write(t, "stateDir: /srv/agent\nwatch: false\nlog:\n  level: debug\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	want := app.DefaultConfig()
	want.StateDir, want.Watch, want.Log.Level = "/srv/agent", false, "debug"
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if c, err := app.ReadConfig(write(t, "# nothing\n"), true); err != nil || c != app.DefaultConfig() {
		t.Errorf("an empty file: %+v, %v", c, err)
	}
}

func TestReadConfigMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	if c, err := app.ReadConfig(path, false); err != nil || c != app.DefaultConfig() {
		t.Errorf("at the default place: %+v, %v", c, err)
	}
	if _, err := app.ReadConfig(path, true); err == nil {
		t.Error("a file that was asked for by name is missing in silence")
	}
}

func TestReadConfigRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"UnknownKey": {"statefolder: /x\n", []string{"statefolder"}},
		"NoYAML":     {"stateDir: [\n", []string{"yaml"}},
		"AllAtOnce":  {"stateDir: x\nlog: {level: loud, format: xml}\n", []string{"stateDir", "log.level", "log.format"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := app.ReadConfig(write(t, c.text), true)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v says nothing of %s", err, want)
				}
			}
		})
	}
}

func TestLogger(t *testing.T) {
	c := app.DefaultConfig()
	c.Log.Level, c.Log.Format = "warn", "json"
	var b bytes.Buffer
	log := c.Logger(&b)
	log.Info("quiet")
	log.Warn("loud")
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud"`) {
		t.Errorf("got %s", got)
	}
}
