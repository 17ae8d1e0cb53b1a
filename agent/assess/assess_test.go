package assess_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/agent/assess"
	"hawser/agent/pacemaker"
	"hawser/agent/run"
	"hawser/internal/testkit"
)

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func report(t *testing.T, a assess.Assessor, name string, data []byte) assess.Report {
	t.Helper()
	a.Temp, a.Now = t.TempDir(), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if a.Runner == nil {
		a.Runner = &run.Fake{} // a host without Pacemaker
	}
	r, err := a.File(t.Context(), name, data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// told writes the checks as name=result, with the place of a difference.
func told(r assess.Report) string {
	var list []string
	for _, c := range r.Checks {
		text := c.Name + "=" + c.Result
		if c.Result == assess.Failed {
			text += "@" + c.Args["place"] + c.Args["why"]
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestOwnMade(t *testing.T) {
	for _, c := range []struct {
		file, tools string
		understood  string
		kept        []string
		old         string
	}{
		{
			"everything.xml", "ok", "map[attribute_set:2 bundle:1 clone:1 colocation:1 default:2 fence_level:1 group:1 location:2 node:3 operation:2 order:1 primitive:5 property:2 tag:1 template:1 ticket:1]",
			[]string{
				"configuration/comment()", "configuration/nodes/1/@description", "configuration/resources/g/@description",
				"configuration/tags/web/@x-note", "configuration/acls ro", "configuration/alerts a1", "configuration/x-vendor ",
			},
			"map[role:1]",
		},
		{"old.xml", "ok", "map[clone:1 colocation:1 node:2 operation:2 order:1 primitive:2 property:1]", nil, "map[attributes:1 master:1 normal_node:2 role:3 schema:1]"},
		{"emptytags.xml", "ok", "map[primitive:1]", nil, "map[]"},
	} {
		t.Run(c.file, func(t *testing.T) {
			data := read(t, filepath.Join("testdata", c.file))
			r := report(t, assess.Assessor{}, c.file, data)
			if want := "identity=ok model=ok patch=skipped tag=ok decisions=skipped write=skipped"; told(r) != want || r.Verdict != assess.LossFree {
				t.Errorf("%s: %s\nwant %s", r.Verdict, told(r), want)
			}
			if got := fmt.Sprint(r.Understood); got != c.understood {
				t.Errorf("understood %s\n      want %s", got, c.understood)
			}
			if got := fmt.Sprint(r.Old); got != c.old {
				t.Errorf("old %s, want %s", got, c.old)
			}
			kept := map[string]bool{}
			for _, k := range r.Kept {
				kept[k.Path+" "+k.ID], kept[k.Path] = true, true
			}
			for _, want := range c.kept {
				if !kept[want] {
					t.Errorf("%s is not told as kept: %v", want, r.Kept)
				}
			}
			if strings.Contains(fmt.Sprintf("%+v", r), "geheim") {
				t.Error("it tells a secret")
			}
		})
	}
}

// TestLosses: whatever a writer would lose is found, and the place is named.
func TestLosses(t *testing.T) {
	data := read(t, "testdata/everything.xml")
	for _, c := range []struct{ what, old, new, place string }{
		{"Attribute", ` x-note="kept"`, ``, "/cib/configuration/tags/tag[web]/@x-note"},
		{"AttributeOfTheRoot", ` x-own="kept"`, ``, "/cib/@x-own"},
		{"Value", `value="geheim"`, `value="***"`, "/cib/configuration/resources/group[g]/primitive[fs]/instance_attributes[fs-ia]/nvpair[fs-ia-passwd]/@value"},
		{"Element", `<expression id="l2-e1" attribute="pingd" operation="not_defined"/>`, ``, "/cib/configuration/constraints/rsc_location[l2]/rule[l2-r]/expression[l2-e1]"},
		{"Order", `<obj_ref id="g"/><obj_ref id="c"/>`, `<obj_ref id="c"/><obj_ref id="g"/>`, "/cib/configuration/tags/tag[web]/obj_ref[g]/@id"},
		{"OrderOfSections", `<fencing-topology>`, `<y/><fencing-topology>`, "/cib/configuration/fencing-topology"},
		{"Word", `rsc-role="Master"`, `rsc-role="Promoted"`, "/cib/configuration/constraints/rsc_ticket[t1]/@rsc-role"},
		{"Reference", `<instance_attributes id-ref="fs-ia"/>`, `<instance_attributes id="fs-ia-2"><nvpair id="q" name="passwd" value="geheim"/></instance_attributes>`, "/cib/configuration/resources/group[g]/primitive[ip]/instance_attributes/@id"},
		{"Comment", `<!-- in the configuration -->`, ``, "/cib/configuration/comment()"},
		{"Text", `<deep>more</deep>`, `<deep>less</deep>`, "/cib/configuration/x-vendor[v]/deep/text()"},
		{"Space", ` raw &lt;&gt; `, ` raw &lt;&gt;`, "/cib/configuration/x-vendor[v]/text()"},
		{"LineEnd", `&#xA;three`, ` three`, "/cib/configuration/crm_config/cluster_property_set[cib-bootstrap-options]/nvpair[cib-bootstrap-options-text]/@value"},
		{"Added", `<constraints>`, `<constraints><rsc_location id="new" rsc="g" node="n2" score="1"/>`, "/cib/configuration/constraints/rsc_location[l1]/@id"},
		{"AddedLast", `</constraints>`, `<rsc_ticket id="new"/></constraints>`, "/cib/configuration/constraints/rsc_ticket[new]"},
		{"Nested", `</rule></rule></rsc_location>`, `</rule></rule></rsc_location><rsc_location id="z"/>`, "/cib/configuration/constraints/rsc_colocation[k1]"},
	} {
		t.Run(c.what, func(t *testing.T) {
			found := false
			lossy := func(cib *pacemaker.CIB) []byte {
				out := cib.Bytes()
				found = found || bytes.Contains(out, []byte(c.old))
				return bytes.Replace(out, []byte(c.old), []byte(c.new), 1)
			}
			r := report(t, assess.Assessor{Write: lossy}, "x", data)
			if !found {
				t.Fatal("the mutation has found nothing to change")
			}
			if r.Verdict != assess.Lost || r.Checks[0].Result != assess.Failed || r.Checks[0].Args["place"] != c.place {
				t.Errorf("%s: %s\nwant the place %s", r.Verdict, told(r), c.place)
			}
		})
	}
}

// TestLossInOneStepOnly: a writer that loses something only after an edit is found, too.
func TestLossInOneStepOnly(t *testing.T) {
	data := read(t, "testdata/everything.xml")
	r := report(t, assess.Assessor{Write: func(c *pacemaker.CIB) []byte {
		out := c.Bytes()
		if bytes.Contains(out, []byte("hawser-assess")) {
			out = bytes.Replace(out, []byte(` x-note="kept"`), nil, 1)
		}
		return out
	}}, "x", data)
	if want := "identity=ok model=ok patch=skipped tag=lost@/cib/configuration/tags/tag[web]/@x-note decisions=skipped write=skipped"; told(r) != want || r.Verdict != assess.Lost {
		t.Errorf("%s: %s\nwant %s", r.Verdict, told(r), want)
	}
}

func TestNotCIB(t *testing.T) {
	cib := func(inner string) string { return "<cib><configuration>" + inner + "</configuration></cib>" }
	for _, c := range []struct{ what, data, reason string }{
		{"Empty", "", "cib.not_cib"},
		{"Text", "hello", "cib.not_cib"},
		{"Binary", "\x7fELF\x02\x01", "cib.xml_invalid"},
		{"OtherRoot", "<crm_mon/>", "cib.not_cib"},
		{"NoConfiguration", "<cib/>", "cib.not_cib"},
		{"TwoRoots", cib("") + cib(""), "cib.not_cib"},
		{"Truncated", "<cib><configuration>", "cib.xml_invalid"},
		{"WrongEnd", "<cib><configuration></cib></configuration>", "cib.xml_invalid"},
		{"Entity", cib(`<a b="&x;"/>`), "cib.xml_invalid"},
		{"Bomb", `<!DOCTYPE cib [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + cib("&b;"), "cib.document_type"},
		{"External", `<!DOCTYPE cib SYSTEM "file:///etc/passwd">` + cib(""), "cib.document_type"},
		{"Latin1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + cib("<a b='\xe4'/>"), "cib.encoding"},
		{"GBK", `<?xml version="1.0" encoding="GBK"?>` + cib(""), "cib.encoding"},
		{"UTF16", "\xff\xfe<\x00c\x00", "cib.encoding"},
		{"UTF16WithoutMark", "<\x00c\x00i\x00", "cib.encoding"},
		{"NotUTF8", cib("<a b='\xff\xfe'/>"), "cib.xml_invalid"},
		{"Null", cib("<a b='&#0;'/>"), "cib.xml_invalid"},
		{"Deep", cib(strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300)), "cib.too_deep"},
		{"DeepWithoutEnd", "<cib>" + strings.Repeat("<a>", 1<<20), "cib.too_deep"},
		{"AttributeTwice", cib(`<a b="1" c="2" b="3"/>`), "cib.attribute_twice"},
		{"ManyElements", cib(strings.Repeat("<a/>", 1<<19)), "cib.too_many"},
		{"ManyAttributes", cib("<a" + func() string {
			var b strings.Builder
			for i := range 300 {
				fmt.Fprintf(&b, ` x%d=""`, i)
			}
			return b.String()
		}() + "/>"), "cib.too_many"},
		{"Huge", cib(strings.Repeat(" ", 64<<20)), "cib.too_large"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := report(t, assess.Assessor{}, "x", []byte(c.data))
			if r.Verdict != assess.NotCIB || r.Why == nil || r.Why.Reason != c.reason {
				t.Errorf("%s, %+v, want %s", r.Verdict, r.Why, c.reason)
			}
		})
	}
}

// TestSpaceInValues: what XML reads as a space stays one, and what is a line end stays that, with Pacemaker as with us.
func TestSpaceInValues(t *testing.T) {
	cib, err := pacemaker.ParseCIB([]byte("\ufeff<cib><configuration><a b='1\r\n2\t3' c=\"&#13;&#10;\"/>x&#13;</configuration></cib>"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cib.ConfigXML(), `<configuration><a b="1 2 3" c="&#xD;&#xA;"/>x&#xD;</configuration>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTools lets the installed Pacemaker judge: one that it can write, and one of a future that it cannot read.
func TestTools(t *testing.T) {
	testkit.Need(t, "pacemaker-tools")
	a := assess.Assessor{Runner: run.System{}}
	writable := read(t, "testdata/emptytags.xml")
	r := report(t, a, "emptytags.xml", writable)
	if want := "identity=ok model=ok patch=ok tag=ok decisions=ok write=ok"; told(r) != want || r.Writable == nil || !*r.Writable {
		t.Errorf("%s, writable %v, want %s", told(r), r.Writable, want)
	}
	future := bytes.Replace(writable, []byte("pacemaker-3.0"), []byte("pacemaker-99.0"), 1)
	r = report(t, a, "future.xml", future)
	if r.Verdict != assess.LossFree || r.Writable == nil || *r.Writable {
		t.Errorf("%s: %s, writable %v", r.Verdict, told(r), r.Writable)
	}
	// The scheduler and crm_diff must notice, too.
	r = report(t, assess.Assessor{Runner: run.System{}, Write: func(c *pacemaker.CIB) []byte {
		return bytes.Replace(c.Bytes(), []byte(`<primitive id="a"`), []byte(`<primitive id="z"`), 1)
	}}, "x", writable)
	if got := told(r); !strings.Contains(got, "patch=lost") || !strings.Contains(got, "decisions=lost") {
		t.Errorf("got %s", got)
	}
}

// TestCorpus: other people's CIBs are loss-free, each of them.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("HAWSER_CIB_CORPUS")
	if dir == "" {
		dir = "../../../shared/data/cib"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: no CIBs in %s; set HAWSER_CIB_CORPUS to a folder of them", dir)
	}
	_, missing := run.Find("crm_simulate")
	writable := 0
	for i, file := range files {
		a := assess.Assessor{}
		if missing == nil && (!testing.Short() || i%20 == 0) {
			a.Runner = run.System{}
		}
		r := report(t, a, file, read(t, file))
		if r.Verdict != assess.LossFree {
			t.Errorf("%s: %s: %s %+v", filepath.Base(file), r.Verdict, told(r), r.Why)
		}
		if r.Writable != nil && *r.Writable {
			writable++
		}
	}
	t.Logf("%d files, %d were written", len(files), writable)
}

// FuzzAssess: no file makes it fail or lose something. Without tools: those are other people's.
func FuzzAssess(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds: ", err)
	}
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := assess.Assessor{Runner: &run.Fake{}, Temp: t.TempDir()}.File(t.Context(), "x", data)
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if r.Verdict == assess.Lost {
			t.Errorf("%s", told(r))
		}
	})
}
