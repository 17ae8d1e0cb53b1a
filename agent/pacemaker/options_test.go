package pacemaker_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/ha"
)

// daemons answers as the programs of a Pacemaker do whose folder is given.
type daemons struct {
	t      *testing.T
	folder string
	newer  bool // crm_attribute lists options itself
}

func (d daemons) Run(_ context.Context, c run.Command) (run.Output, error) {
	name := filepath.Base(c.Name)
	if name == "crm_attribute" && d.newer {
		inner := string(read(d.t, "testdata/options/2.1.5-schedulerd.xml"))
		_, inner, _ = strings.Cut(inner, "\n")
		return run.Output{Stdout: []byte(`<pacemaker-result api-version="2.35" request="crm_attribute">` + inner + `<status code="0" message="OK"/></pacemaker-result>`)}, nil
	}
	if !strings.HasPrefix(c.Name, d.folder) || d.newer {
		return run.Output{}, errors.New("no such program")
	}
	return run.Output{Stdout: read(d.t, "testdata/options/2.1.5-"+strings.TrimPrefix(name, "pacemaker-")+".xml")}, nil
}

func TestOptions(t *testing.T) {
	for name, d := range map[string]daemons{"Debian": {t: t, folder: "/usr/lib/"}, "RHEL": {t: t, folder: "/usr/libexec/"}, "Newer": {t: t, newer: true}} {
		t.Run(name, func(t *testing.T) {
			list, err := pacemaker.Tools{Runner: d}.Options(t.Context(), "en")
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]ha.AgentParameter{}
			for _, p := range list {
				found[p.Name] = p
			}
			q := found["no-quorum-policy"]
			if q.Type != "select" || q.Default != "stop" || len(q.Options) != 5 || q.Short == "" {
				t.Errorf("no-quorum-policy: %+v", q)
			}
			if _, controllers := found["dc-deadtime"]; controllers == d.newer {
				t.Errorf("%d options, those of the controller: %t", len(list), controllers)
			}
		})
	}
	if _, err := (pacemaker.Tools{Runner: daemons{t: t, folder: "/nowhere/"}}).Options(t.Context(), ""); err == nil {
		t.Error("options of a Pacemaker that is not there")
	}
}
