package ha_test

import (
	"reflect"
	"strings"
	"testing"

	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/words"
)

// sayIn returns the sentences of a language.
func sayIn(language string) func(string, ...string) string {
	return func(key string, pairs ...string) string {
		args := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			args[pairs[i]] = pairs[i+1]
		}
		return words.For(language).Sentence(key, args)
	}
}

func TestRuleText(t *testing.T) {
	for _, c := range []struct{ text, printed, en, zh string }{
		{
			"pingd gt 0 and (date gt 2026-01-01 or #uname eq n1)", "",
			"pingd is greater than 0 and (it is after 2026-01-01 or the node's name is n1)", "pingd 大于 0，且（时间晚于 2026-01-01，或节点名称 等于 n1）",
		},
		{"defined rack", "", "rack is set", "设置了 rack"},
		{"not_defined pingd or pingd lt integer 1", "", "pingd is not set or pingd is less than 1", "未设置 pingd，或pingd 小于 1"},
		{"a eq string param x", "", "a is the value of parameter x", "a 等于 参数 x 的值"},
		{"a eq string", `a eq "string"`, "a is string", "a 等于 string"},
		{`a eq "two words" and b ne "q\"\\"`, "", `a is two words and b is not q"\`, `a 等于 two words，且b 不等于 q"\`},
		{"  ( ( a  eq b ) )", "((a eq b))", "((a is b))", "（（a 等于 b））"},
		{"date in_range 2026-01-01 to 2026-02-01", "", "it is between 2026-01-01 and 2026-02-01", "时间在 2026-01-01 与 2026-02-01 之间"},
		{"date in_range to 2026-02-01", "", "it is before 2026-02-01", "时间早于 2026-02-01"},
		{`date in_range "2026-01-01 08:00:00Z" to duration days=2 hours=3`, "", "it is less than 2 days, 3 hours after 2026-01-01 08:00:00Z", "时间在 2026-01-01 08:00:00Z 之后的 2 天、3 小时内"},
		{"date-spec hours=9-16 weekdays=1-5", "date-spec weekdays=1-5 hours=9-16", "the time has: weekday 1-5 (1 is Monday), hour 9-16", "时间符合：星期 1-5（1 为星期一）、小时 9-16"},
		{"resource ocf:heartbeat:IPaddr2 and op monitor interval=10s", "", "the resource's agent is ocf:heartbeat:IPaddr2 and the operation is monitor with interval 10s", "资源代理为 ocf:heartbeat:IPaddr2，且操作为间隔 10s 的 monitor"},
		{"resource ::Dummy or op start", "", "the resource's agent is Dummy or the operation is start", "资源代理为 Dummy，或操作为 start"},
		{`"date" eq x`, "", "date is x", "date 等于 x"},
	} {
		t.Run(c.text, func(t *testing.T) {
			r, err := ha.ParseRule(c.text)
			if err != nil {
				t.Fatal(err)
			}
			want := c.printed
			if want == "" {
				want = c.text
			}
			if got := r.Text(); got != want {
				t.Errorf("printed as %s", got)
			}
			if got := r.Sentence(sayIn("en")); got != c.en {
				t.Errorf("said as %s", got)
			}
			if got := r.Sentence(sayIn("zh")); got != c.zh {
				t.Errorf("said as %s", got)
			}
		})
	}
}

// TestRuleRefused: what is wrong is told with its place.
func TestRuleRefused(t *testing.T) {
	for _, c := range []struct{ text, reason, position string }{
		{"", "rule.end", "1"},
		{"pingd", "rule.end", "6"},
		{"pingd gt", "rule.end", "9"},
		{"pingd above 1", "rule.unexpected", "7"},
		{"pingd gt 1 or", "rule.end", "14"},
		{"pingd gt 1 pingd lt 2", "rule.unexpected", "12"},
		{"a eq 1 and b eq 2 or c eq 3", "rule.mixed", "19"},
		{"(a eq 1", "rule.unclosed", "1"},
		{"a eq 1)", "rule.unexpected", "7"},
		{"()", "rule.unexpected", "2"},
		{"and", "rule.unexpected", "1"},
		{`a eq "x`, "rule.quote", "6"},
		{`a eq ""`, "rule.unexpected", "6"},
		{"pingd lt integer:1", "rule.unexpected", "10"},
		{"日 eq 1", "rule.unexpected", "1"},
		{"x eq 日 and date gt soon", "rule.date_at", "20"},
		{"date gt 2026-13-01", "rule.date_at", "9"},
		{"date at 2026-01-01", "rule.unexpected", "6"},
		{"date in_range 2026-01-01", "rule.end", "25"},
		{"date-spec", "rule.end", "10"},
		{"date-spec hours=nine", "rule.unexpected", "11"},
		{"date-spec hours=1 hours=2", "rule.unexpected", "19"},
		{"resource Dummy", "rule.unexpected", "10"},
		{"op", "rule.end", "3"},
		{"defined (a)", "rule.unexpected", "9"},
		{strings.Repeat("(", 100), "rule.too_deep", ""},
		{"a eq 1" + strings.Repeat(" and a eq 1", 300), "rule.too_large", ""},
		{"a eq \x00", "rule.characters", ""},
	} {
		t.Run(c.text[:min(30, len(c.text))], func(t *testing.T) {
			_, err := ha.ParseRule(c.text)
			f := fault.Public(err)
			if f == nil || f.Reason != c.reason || f.Args["position"] != c.position {
				t.Errorf("got %+v", f)
			}
		})
	}
}

// FuzzRule: what is read is printed so that it is read as the same, and has a sentence.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{
		"pingd gt 0 and (date gt 2026-01-01 or #uname eq n1)", "not_defined a or (b lt number 1 and c eq meta d)",
		"date in_range 2026-01-01 to duration hours=8", "date-spec weekdays=1-5", "resource ocf:pacemaker:Dummy and op monitor interval=10s", `"to" eq "a \" b"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ha.ParseRule(text)
		if err != nil {
			if p := fault.Public(err); p.Code != fault.Invalid || p.Reason == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := ha.ParseRule(r.Text())
		if err != nil {
			t.Fatalf("%q is printed as %q, which is not read: %v", text, r.Text(), err)
		}
		if !reflect.DeepEqual(r, again) {
			t.Fatalf("%q is printed as %q, which is another rule", text, r.Text())
		}
		if r.Sentence(sayIn("zh")) == "" {
			t.Fatal("no sentence")
		}
	})
}

func TestRuleKeys(t *testing.T) {
	for _, key := range ha.RuleKeys() {
		for _, language := range words.Languages {
			if words.For(language).Sentence(key, nil) == key {
				t.Errorf("no sentence %s in %s", key, language)
			}
		}
	}
}

// TestRuleChecked: what a rule may ask depends on where it stands.
func TestRuleChecked(t *testing.T) {
	location := func(text string) error {
		r, err := ha.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		r.Score = "100"
		return ha.ValidateConstraint(ha.Constraint{ID: "l", Kind: ha.Location, Resource: "a", Rule: &r})
	}
	set := func(kind, text string) error {
		r, err := ha.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		s := ha.AttributeSet{ID: "s", Kind: kind, Rule: &r, Values: map[string]string{"timeout": "60s"}}
		if kind == ha.MetaSet {
			s.Resource = "a"
		}
		return ha.ValidateAttributeSet(s)
	}
	for what, c := range map[string]struct {
		err    error
		reason string
	}{
		"location":              {location("pingd gt 0 and (date-spec hours=1 or #uname eq n1)"), ""},
		"agent in a location":   {location("resource ::Dummy"), "rule.agent_only"},
		"op in a location":      {location("a eq 1 and (op start)"), "rule.op_only"},
		"op defaults":           {set(ha.OpDefaultSet, "op monitor and resource ::Dummy"), ""},
		"op in rsc defaults":    {set(ha.ResourceDefaultSet, "op monitor"), "rule.op_only"},
		"agent in rsc defaults": {set(ha.ResourceDefaultSet, "resource stonith::"), ""},
		"agent in meta":         {set(ha.MetaSet, "resource stonith::"), "rule.agent_only"},
		"score": {ha.ValidateConstraint(ha.Constraint{ID: "l", Kind: ha.Location, Resource: "a", Rule: &ha.Rule{
			Score: "1000001", Expressions: []ha.Expression{{Attribute: "a", Operation: "defined"}},
		}}), "score.invalid"},
		"two in one": {ha.ValidateConstraint(ha.Constraint{ID: "l", Kind: ha.Location, Resource: "a", Rule: &ha.Rule{
			Score: "1", Expressions: []ha.Expression{{Attribute: "a", Operation: "defined", Op: &ha.OpMatch{Name: "start"}}},
		}}), "rule.one_condition"},
	} {
		t.Run(what, func(t *testing.T) {
			f := fault.Public(c.err)
			switch {
			case c.reason == "" && c.err != nil:
				t.Error(c.err)
			case c.reason != "" && (f == nil || len(f.Fields) == 0 || f.Fields[0].Reason != c.reason):
				t.Errorf("got %+v", f)
			}
		})
	}
}
