package sim_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hawser/cli/client"
	"hawser/e2e/sim"
	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/app"
	"hawser/server/config"
)

// TestLostServer: a server is backed up while it works, lost, and replaced out of the backup. The agents come back with the
// certificates that they have; what happened after the backup is noticed; the clusters can be worked on, and the services have not
// moved.
func TestLostServer(t *testing.T) {
	need(t)
	dir := t.TempDir()
	open := func() *sim.Sim {
		s, err := sim.New(t.Context(), sim.Options{Dir: dir, Log: testLog(t)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Play(t.Context(), "healthy"); err != nil {
		t.Fatal(err)
	}
	where := onNode(t, s, "vip", "n1", "n2", "n3")

	home := filepath.Join(dir, "server")
	archive := app.Archive{File: filepath.Join(dir, "backup.age"), Passphrase: "correct horse battery staple", Config: filepath.Join(dir, "server.yaml"), Work: 10}
	text := "dataDir: " + home + "\nnames: [127.0.0.1, localhost]\nagentAddress: https://127.0.0.1:1\n"
	if err := os.WriteFile(archive.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Backup(t.Context(), c, archive); err != nil {
		t.Fatal(err)
	}
	hosts := hostIDs(t, s)
	backedUp := cluster(t, s).Revision

	// What happens now is in no backup.
	other := map[string]string{"n1": "n2", "n2": "n3", "n3": "n1"}[where]
	if _, err := s.Do(t.Context(), client.Request{Route: "node.standby", Path: map[string]string{"cluster": "demo", "node": other}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{home, archive.Config} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.Restore(t.Context(), archive, nil); err != nil {
		t.Fatal(err)
	}
	s = open() // waits until all agents are connected

	if got := hostIDs(t, s); fmt.Sprint(got) != fmt.Sprint(hosts) {
		t.Errorf("hosts %v, before %v", got, hosts)
	}
	var entries api.Page[api.AuditEntry]
	if err := s.API.Do(t.Context(), client.Request{Route: "audit.list"}, &entries); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries.Items {
		if e.Action == "backup.restore" {
			break // older ones follow: the first enrolment
		}
		if e.Action == "host.token" {
			t.Error("somebody had to enrol again")
		}
	}
	onNode(t, s, "vip", where)
	eventually(t, "what was changed after the backup, as somebody else's change", func() bool {
		var list api.Page[api.Revision]
		err := s.API.Do(t.Context(), client.Request{Route: "revision.list", Path: map[string]string{"cluster": "demo"}}, &list)
		return err == nil && len(list.Items) > 0 && list.Items[0].Number == backedUp+1 && list.Items[0].Origin == "outside"
	})
	if _, err := s.Do(t.Context(), client.Request{Route: "node.unstandby", Path: map[string]string{"cluster": "demo", "node": other}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the verdict", func() bool { return cluster(t, s).Verdict.Level == ha.Protected })
	// The agents' events arrive although their numbers have gone on meanwhile.
	if err := s.Node(other).PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitFor(t.Context(), "the event of the node that went", func(ctx context.Context) error {
		var list api.Page[api.Event]
		if err := s.API.Do(ctx, client.Request{Route: "event.list"}, &list); err != nil {
			return err
		}
		for _, e := range list.Items {
			if e.Kind == "node.lost" && e.Object == other {
				return nil
			}
		}
		return fmt.Errorf("it is not among %d events", len(list.Items))
	}); err != nil {
		t.Error(err)
	}
	if err := s.Node(other).PowerOn(t.Context()); err != nil {
		t.Fatal(err)
	}
	var check api.AuditCheck
	if err := s.API.Do(t.Context(), client.Request{Route: "audit.verify"}, &check); err != nil || !check.OK {
		t.Errorf("audit log %+v, err %v", check, err)
	}
}

// hostIDs are the hosts by name: an enrolment gives another ID.
func hostIDs(t *testing.T, s *sim.Sim) map[string]string {
	t.Helper()
	var list api.Page[api.Host]
	if err := s.API.Do(t.Context(), client.Request{Route: "host.list"}, &list); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, h := range list.Items {
		ids[h.Name] = h.ID
	}
	return ids
}
