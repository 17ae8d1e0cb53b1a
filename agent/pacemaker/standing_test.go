package pacemaker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

// stood is a CIB with what a node has done with db, and with the node's attributes.
func stood(t *testing.T, state, attributes, transient string, ops ...string) *pacemaker.CIB {
	t.Helper()
	c, err := pacemaker.ParseCIB(fmt.Appendf(nil, `<cib epoch="1" num_updates="1" admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="n1"><instance_attributes id="a">%s</instance_attributes></node></nodes><resources/><constraints/></configuration>
<status><node_state id="1" uname="n1" %s><transient_attributes id="1"><instance_attributes id="t">%s</instance_attributes></transient_attributes><lrm id="1"><lrm_resources><lrm_resource id="db:0">%s</lrm_resource><lrm_resource id="other"><lrm_rsc_op operation="stop" call-id="99" rc-code="1" op-status="-1" interval="0"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>`,
		attributes, state, transient, strings.Join(ops, "")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const member = `in_ccm="1700000000" crmd="1700000000" join="member" expected="member"`

// did is an entry of the history: operation, call, exit code, status, interval and the exit code that was expected.
func did(operation string, call, code, status, interval, wanted int) string {
	return fmt.Sprintf(`<lrm_rsc_op operation=%q call-id="%d" rc-code="%d" op-status="%d" interval="%d" transition-key="5:%d:%d:uuid"/>`, operation, call, code, status, interval, call, wanted)
}

func TestStandingOf(t *testing.T) {
	for name, c := range map[string]struct {
		ops                               []string
		active, promoted, pending, failed bool
	}{
		"nothing known":         {},
		"started":               {[]string{did("start", 7, 0, 0, 0, 0), did("monitor", 8, 0, 0, 10000, 0)}, true, false, false, false},
		"stopped":               {[]string{did("start", 7, 0, 0, 0, 0), did("stop", 9, 0, 0, 0, 0)}, false, false, false, false},
		"started again":         {[]string{did("stop", 9, 0, 0, 0, 0), did("start", 11, 0, 0, 0, 0)}, true, false, false, false},
		"to be stopped":         {[]string{did("start", 7, 0, 0, 0, 0), did("stop", -1, 193, -1, 0, 0)}, true, false, true, false},
		"first monitor":         {[]string{did("start", 7, 0, 0, 0, 0), did("monitor", -1, 193, -1, 10000, 0)}, true, false, true, false},
		"start failed":          {[]string{did("start", 7, 1, 4, 0, 0)}, false, false, false, true},
		"stop failed":           {[]string{did("start", 7, 0, 0, 0, 0), did("stop", 9, 1, 4, 0, 0)}, true, false, false, true},
		"found running":         {[]string{did("monitor", 3, 0, 0, 0, 7)}, true, false, false, false},
		"found promoted":        {[]string{did("monitor", 3, 8, 0, 0, 7)}, true, true, false, false},
		"found nothing":         {[]string{did("monitor", 3, 7, 0, 0, 7)}, false, false, false, false},
		"promoted":              {[]string{did("start", 7, 0, 0, 0, 0), did("promote", 8, 0, 0, 0, 0), did("monitor", 9, 8, 0, 9000, 8)}, true, true, false, false},
		"demoted":               {[]string{did("promote", 8, 0, 0, 0, 0), did("demote", 10, 0, 0, 0, 0)}, true, false, false, false},
		"moved away":            {[]string{did("start", 7, 0, 0, 0, 0), did("migrate_to", 9, 0, 0, 0, 0)}, false, false, false, false},
		"moved here":            {[]string{did("migrate_from", 7, 0, 0, 0, 0)}, true, false, false, false},
		"monitor failed":        {[]string{did("start", 7, 0, 0, 0, 0), did("monitor", 8, 7, 0, 10000, 0)}, true, false, false, true},
		"reported":              {[]string{did("start", 7, 0, 0, 0, 0), did("asyncmon", 9, 1, 0, 0, 0)}, true, false, false, true},
		"failed before":         {[]string{did("monitor", 8, 7, 0, 10000, 0), did("asyncmon", 9, 1, 0, 0, 0), did("start", 12, 0, 0, 0, 0)}, true, false, false, false},
		"cancelled":             {[]string{did("start", 7, 0, 0, 0, 0), did("monitor", 8, 193, 1, 10000, 0)}, true, false, false, false},
		"will fail before long": {[]string{did("start", 7, 0, 0, 0, 0), did("monitor", 8, 190, 0, 10000, 0)}, true, false, false, false},
	} {
		s := stood(t, member, "", "", c.ops...).StandingOf("db", "N1")
		if s.Active != c.active || s.Promoted != c.promoted || s.Pending != c.pending || s.Failed != c.failed {
			t.Errorf("%s: %+v", name, s)
		}
	}
	// A life is told from the next by whatever begins it, and by nothing else.
	run := func(ops ...string) string { return stood(t, member, "", "", ops...).StandingOf("db", "n1").Run }
	one := run(did("start", 7, 0, 0, 0, 0))
	if one == "" || one != run(did("start", 7, 0, 0, 0, 0), did("monitor", 8, 7, 0, 10000, 0), did("stop", -1, 193, -1, 0, 0)) {
		t.Error("a monitor makes another life of it")
	}
	for _, other := range []string{run(did("start", 9, 0, 0, 0, 0)), run(did("start", 7, 0, 0, 0, 0), did("stop", 8, 0, 0, 0, 0)), run(did("start", 7, 0, 0, 0, 0), did("promote", 8, 0, 0, 0, 0))} {
		if other == one {
			t.Errorf("%q is the same life", other)
		}
	}
}

func TestRests(t *testing.T) {
	pair := func(name, value string) string {
		return fmt.Sprintf(`<nvpair id="x-%s" name=%q value=%q/>`, name, name, value)
	}
	for name, c := range map[string]struct{ state, attributes, transient, want string }{
		"works":               {member, "", "", ""},
		"works, as told once": {member, pair("standby", "off"), pair("shutdown", "0"), ""},
		"standby":             {member, pair("standby", "on"), "", "standby"},
		"standby for now":     {member, "", pair("standby", "true"), "standby"},
		"maintenance":         {member, pair("maintenance", "true"), "", "maintenance"},
		"leaves":              {member, "", pair("shutdown", "1700000000"), "shutdown"},
		"old member":          {`in_ccm="true" crmd="online" join="member"`, "", "", ""},
		"joins":               {`in_ccm="true" crmd="online" join="pending"`, "", "", "away"},
		"controller away":     {`in_ccm="true" crmd="offline" join="member"`, "", "", "away"},
		"lost":                {`in_ccm="false" crmd="offline" join="down"`, "", "", "away"},
	} {
		if got := stood(t, c.state, c.attributes, c.transient).Rests("n1"); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
	if got := stood(t, member, "", "").Rests("n2"); got != "away" {
		t.Errorf("whom nobody knows: %q", got)
	}
}

// TestCheckAnswers: what crm_resource prints, as 2.1.5 and 2.0 say it, and what is no answer of an agent.
func TestCheckAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		code int
		text string
		want int
	}{
		"2.1 well":     {0, "Operation force-check for d (ocf:heartbeat:Dummy) returned 0 (ok)\n", 0},
		"2.1 failed":   {7, "Operation force-check for d (ocf:heartbeat:Dummy) returned 7 (not running)\nNov 29 WARNING: gone\n", 7},
		"2.1 promoted": {8, "Operation force-check for d (ocf:heartbeat:Dummy) returned 8 (promoted)\n", 8},
		"2.0":          {7, "Operation monitor for d (ocf:heartbeat:Dummy) returned: 'not running' (7)\n", 7},
		"1.1":          {7, "Operation monitor for d (ocf:heartbeat:Dummy) returned 7\n", 7},
		"timed out":    {1, "Operation force-check for d (ocf:heartbeat:Dummy) could not be executed (Timed Out)\n", -1},
		"no such":      {105, "", -1},
		"not up":       {102, "", -1},
		"silent":       {0, "", -1},
	} {
		var f run.Fake
		var seen run.Command
		f.Program("crm_resource", func(_ context.Context, r run.Command) run.Output {
			seen = r
			return run.Output{Code: c.code, Stdout: []byte(c.text)}
		})
		got, err := pacemaker.Tools{Runner: &f}.Check(t.Context(), "d", 20, time.Second)
		if got != c.want || (err == nil) != (c.want >= 0) {
			t.Errorf("%s: %d, %v", name, got, err)
		}
		if len(seen.Env) != 1 || seen.Env[0] != "OCF_CHECK_LEVEL=20" || seen.Timeout <= time.Second {
			t.Errorf("%s: asked with %+v", name, seen)
		}
	}
}

// TestCheck asks an agent through the installed crm_resource, on a file.
func TestCheck(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	file := filepath.Join(dir, "cib.xml")
	text := fmt.Sprintf(`<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="n1"/></nodes><resources><clone id="c"><primitive id="d" class="ocf" provider="pacemaker" type="Dummy"><instance_attributes id="i"><nvpair id="s" name="state" value=%q/><nvpair id="e" name="envfile" value=%q/></instance_attributes></primitive></clone></resources><constraints/></configuration><status/></cib>`, state, filepath.Join(dir, "env"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tools := pacemaker.Tools{Runner: run.System{}, File: file}
	if code, err := tools.Check(t.Context(), "d", 0, time.Minute); code != 7 || err != nil {
		t.Errorf("not running: %d, %v", code, err)
	}
	// At level 40 Dummy answers with what its state file holds; at 20 it fails now and then, on purpose.
	for holds, want := range map[string]int{"": 0, "9": 9} {
		if err := os.WriteFile(state, []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, err := tools.Check(t.Context(), "d", 40, time.Minute); code != want || err != nil {
			t.Errorf("running, its state %q: %d, %v", holds, code, err)
		}
	}
	env, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil || !strings.Contains(string(env), "OCF_CHECK_LEVEL=40\n") || !strings.Contains(string(env), "OCF_RESKEY_CRM_meta_globally_unique=false\n") {
		t.Errorf("the agent was told: %v\n%s", err, env)
	}
	if code, err := tools.Check(t.Context(), "nothing", 0, time.Minute); code != -1 || err == nil {
		t.Errorf("no such resource: %d, %v", code, err)
	}
}

func TestFail(t *testing.T) {
	var f run.Fake
	code := 0
	f.Program("crm_resource", func(context.Context, run.Command) run.Output { return run.Output{Code: code} })
	tools := pacemaker.Tools{Runner: &f}
	if err := tools.Fail(t.Context(), "db", "n1"); err != nil {
		t.Error(err)
	}
	if got := f.Seen()[0].String(); got != "crm_resource --fail --resource=db --node=n1" {
		t.Errorf("asked with %s", got)
	}
	if code = 105; tools.Fail(t.Context(), "db", "n1") == nil {
		t.Error("it was refused, and nobody says so")
	}
}
