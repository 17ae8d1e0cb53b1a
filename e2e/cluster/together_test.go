package cluster_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hawser/e2e/stage"
	"hawser/internal/api"
	"hawser/internal/ha"
)

// TestTogether has two people change the same cluster from the same picture at the same moment, and a third with pcs. Nobody's change
// may be lost silently: what is there at the end is what those made who were told that they had succeeded, and whoever was too late is
// told whose change came first, and what it was.
func TestTogether(t *testing.T) {
	s := up(t)
	ctx := t.Context()
	if err := s.CreateCluster(ctx, clusterName, "balanced"); err != nil {
		t.Fatal(err)
	}
	firstPasswordsStay(t, s)
	people := map[string]string{} // user → token
	for _, user := range []string{"ann", "bob"} {
		password := []byte("only-" + rand.Text())
		if _, err := s.CLIInput(ctx, password, "user", "create", user, "--role", "admin", "--password-stdin"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
			defer cancel()
			if _, err := s.CLI(ctx, "user", "delete", user); err != nil {
				t.Error(err)
			}
		})
		as := other(t, s, user)
		if _, err := as.CLIInput(ctx, password, "login", "--server", s.URL(), "--ca-file", s.CAFile(), "--user", user, "--password-stdin"); err != nil {
			t.Fatal(err)
		}
		people[user] = tokenOf(t, as)
	}
	properties := func() map[string]string {
		t.Helper()
		var c stage.ClusterShown
		if err := s.JSON(ctx, &c, "cluster", "show", clusterName); err != nil || c.Config == nil {
			t.Fatal(err)
		}
		return c.Config.Properties
	}
	var c struct {
		Config ha.Config `json:"config"`
	}
	if err := s.JSON(ctx, &c, "cluster", "show", clusterName); err != nil {
		t.Fatal(err)
	}
	seen := c.Config.Version

	const name = "pe-input-series-max"
	path := "/api/v1/clusters/" + clusterName + "/properties"
	type answer struct {
		status int
		body   []byte
	}
	answers := map[string]answer{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, user := range []string{"ann", "bob"} {
		all.Go(func() {
			status, body := call(t, s, people[user], http.MethodPatch, path, api.Properties{Set: map[string]string{name: fmt.Sprint(100 + i)}, Version: &seen})
			mu.Lock()
			defer mu.Unlock()
			answers[user] = answer{status, body}
		})
	}
	all.Go(func() { // pcs tells its user, too, when somebody was faster, and the user tries again
		if err := stage.Until(ctx, time.Minute, "pcs property set", func(ctx context.Context) (bool, error) {
			out, err := s.Exec(ctx, s.Nodes()[2], "pcs", "property", "set", "pe-error-series-max=103")
			if err != nil {
				t.Logf("pcs was refused: %s", out)
			}
			return err == nil, err
		}); err != nil {
			t.Error(err)
		}
	})
	all.Wait()

	// Whoever got an operation waits for its end: it may have been overtaken by pcs.
	won := map[string]bool{}
	var told []string
	for user, a := range answers {
		switch a.status {
		case http.StatusAccepted:
			var op api.Operation
			if err := json.Unmarshal(a.body, &op); err != nil {
				t.Fatal(err)
			}
			if _, err := s.CLI(ctx, "operation", "watch", op.ID); err == nil {
				won[user] = true
				continue
			}
			out, _ := s.CLI(ctx, "operation", "show", op.ID, "-o", "json")
			told = append(told, string(out))
		case http.StatusConflict:
			told = append(told, string(a.body))
		default:
			t.Errorf("%s got %d: %s", user, a.status, a.body)
		}
	}
	if len(won) > 1 {
		t.Errorf("both succeeded with one picture: %v", answers)
	}
	if len(told) == 0 {
		t.Errorf("nobody was told to have been too late: %v", answers)
	}
	if got := on(t, s, s.Nodes()[0], "crm_attribute", "--name", "pe-error-series-max", "--query", "--quiet"); got != "103" {
		t.Errorf("the change made with pcs is lost: %q", got)
	}
	var now map[string]string
	if err := stage.Until(ctx, 20*time.Second, "the change made with pcs in the picture", func(context.Context) (bool, error) {
		now = properties()
		return now["pe-error-series-max"] == "103", fmt.Errorf("%v", now)
	}); err != nil {
		t.Error(err)
	}
	for i, user := range []string{"ann", "bob"} {
		if has := now[name] == fmt.Sprint(100+i); has != won[user] {
			t.Errorf("%s won: %t, but %s is %q", user, won[user], name, now[name])
		}
	}
	for _, text := range told {
		if !strings.Contains(text, "cluster.busy") && !strings.Contains(text, "config.changed_since") {
			t.Errorf("a loser is not told who was first: %s", text)
		}
	}

	// By now it is certain who was first: the same picture once more, and the answer names who, and what.
	status, body := call(t, s, people["bob"], http.MethodPatch, path, api.Properties{Set: map[string]string{name: "999"}, Version: &seen})
	if status != http.StatusConflict || !strings.Contains(string(body), "config.changed_since") {
		t.Errorf("%d: %s", status, body)
	}
	for _, want := range []string{"pe-error-series-max", "103", "root"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	for user := range won {
		if !strings.Contains(string(body), user) || !strings.Contains(string(body), name) {
			t.Errorf("%s and what it did is not named in %s", user, body)
		}
	}
	if got := properties()[name]; got == "999" {
		t.Error("the late change was made")
	}
}
