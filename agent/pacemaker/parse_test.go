package pacemaker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/agent/pacemaker"
	"hawser/internal/ha"
)

// golden compares v with the golden file beside an input; -update rewrites it.
func golden(t *testing.T, input string, v any) {
	t.Helper()
	path := strings.TrimSuffix(input, ".xml") + ".golden.json"
	got := encoded(t, v)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(read(t, path)); got != want {
		t.Errorf("%s is read otherwise (-update after a look): %s", input, firstDifference(want, got))
	}
}

// inputs returns the recorded outputs of one kind, of all versions.
func inputs(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/" + kind + "/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded outputs of %s: %v", kind, err)
	}
	return files
}

func TestConfigGolden(t *testing.T) {
	for _, file := range inputs(t, "cib") {
		cib, err := pacemaker.ParseCIB(read(t, file))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, cib.Config())
	}
}

func TestStatusGolden(t *testing.T) {
	for _, file := range inputs(t, "crm_mon") {
		st, err := pacemaker.ParseStatus(read(t, file), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, st)
	}
}

func TestMetadataGolden(t *testing.T) {
	for _, file := range inputs(t, "metadata") {
		agent := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".xml"), "_", ":")
		agent = strings.Replace(agent, "fence:", "fence_", 1)
		m, err := pacemaker.ParseMetadata(agent, read(t, file), "zh-CN")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, file, m)
	}
}

// TestMetadataLanguage: the reader's language first, then its relatives, then English.
func TestMetadataLanguage(t *testing.T) {
	const text = `<resource-agent name="x"><longdesc lang="en">hello</longdesc><longdesc lang="zh_CN">你好</longdesc>
		<parameters><parameter name="p"><longdesc lang="de">Guten Tag</longdesc><content type="string"/></parameter></parameters></resource-agent>`
	for language, want := range map[string]string{"zh-CN": "你好", "zh": "你好", "zh-TW": "你好", "en": "hello", "": "hello", "fr": "hello"} {
		m, err := pacemaker.ParseMetadata("ocf:x:x", []byte(text), language)
		if err != nil {
			t.Fatal(err)
		}
		if m.Long != want || m.Parameters[0].Long != "Guten Tag" {
			t.Errorf("%q: got %q and %q, want %q", language, m.Long, m.Parameters[0].Long, want)
		}
	}
}

func TestSecretNames(t *testing.T) {
	for _, name := range []string{"passwd", "password", "Passwd", "incoming_password", "snmp_priv_passwd", "community", "secret_key", "api_key", "private_key", "access_token", "auth_key", "replication_passwd", "test_passwd", "smtp_pass", "pin"} {
		if !pacemaker.IsSecret(name) {
			t.Errorf("%s is shown", name)
		}
	}
	for _, name := range []string{"ip", "passwd_script", "password_file", "private_key_file", "identity_file", "pcmk_host_list", "snmp_priv_prot", "monitor_cmd", "pgctl", "ping", "keyspace", "spin", "compass", "token_timeout"} {
		if pacemaker.IsSecret(name) {
			t.Errorf("%s is hidden", name)
		}
	}
}

// TestSecretsStayInside: what a person may see of a recorded cluster has none of its passwords, the raw configuration has them.
func TestSecretsStayInside(t *testing.T) {
	cib, err := pacemaker.ParseCIB(read(t, "testdata/2.1.5/cib/mixed.xml"))
	if err != nil {
		t.Fatal(err)
	}
	alert := []ha.Edit{{Op: ha.SetProperties, Values: map[string]string{"some_password": "hunter2"}}}
	if err := cib.Apply(alert); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(cib.ConfigXML(), "hunter2") {
		t.Fatal("the test looks for a secret that is not there")
	}
	if text := encoded(t, cib.Config()); strings.Contains(text, "hunter2") {
		t.Error("a password is shown")
	}
}

func FuzzStatus(f *testing.F) {
	files, err := filepath.Glob("testdata/*/crm_mon/*.xml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := pacemaker.ParseStatus(data, time.UTC)
		if err != nil {
			return
		}
		if st.Nodes == nil || st.Resources == nil || st.Links == nil {
			t.Error("a list is null")
		}
		for _, r := range ha.Leaves(st.Resources) {
			if r.Nodes == nil {
				t.Errorf("%s: nodes are null", r.ID)
			}
		}
	})
}
