package redact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"hawser/internal/redact"
)

func hidden(t *testing.T, s *redact.Secrets, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := s.Redactor().Writer(&b)
	for _, part := range strings.SplitAfter(text, "e") { // in pieces, as programs write
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestByTheLook: nobody knows these values.
func TestByTheLook(t *testing.T) {
	const x = "Xq7-zt/41"
	for _, line := range []string{
		"\xff\xfe password=" + x, "İ password=" + x, "password=" + x, "PASSWORD = " + x, `db_password: "` + x + `"`, `{"password":"` + x + `","port":5}`, `{\"password\":\"` + x + `\"}`,
		"{'passwd': '" + x + "'}", "--password " + x + " --port 5", "--password=" + x, `shared-secret "` + x + `";`, `shared-secret ` + x + ";",
		`<nvpair id="a" name="passwd" value="` + x + `"/>`, `<nvpair value="` + x + `" id="a" name="passwd"/>`, `<nvpair name='api_key' value='` + x + `'/>`,
		"info: + /cib/configuration/resources/primitive[@id='f']/instance_attributes[@id='f-instance_attributes']/nvpair[@id='f-instance_attributes-passwd']:  @value=" + x + " and more",
		"postgres://hawser:" + x + "@db/hawser", "postgres://hawser:p@" + x + "@db/hawser", "Authorization: Basic " + x, "authorization: Bearer " + x, "sent bearer " + x,
		"COMMAND=/usr/sbin/fence_ipmilan -a 10.0.0.1 -l admin -p " + x + " -o status", "snmp community=" + x, "auth_key=" + x, "token: " + x,
		"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ" + "YWRtaW4iOnRydWV9." + strings.Repeat("a", 20) + x,
		"-----BEGIN EC PRIVATE KEY-----\\n" + x + "\\n-----END EC PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\n" + x + "\n" + x + "\n-----END PRIVATE KEY-----\nafter",
		"-----BEGIN PRIVATE KEY-----\n" + x + "\n" + x + "-----END PRIVATE KEY-----\nafter",
		"-----BEGIN PRIVATE KEY-----" + x + "\n" + x + "-----END PRIVATE KEY----- -----BEGIN EC PRIVATE KEY-----" + x + "\n" + x + "-----END EC PRIVATE KEY-----",
		"-----END PRIVATE KEY-----\\n-----BEGIN PRIVATE KEY-----\n" + x + "\n-----END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\\n" + x + "\\n-----END PRIVATE KEY-----, -----BEGIN PRIVATE KEY-----\\n" + x + "\\n-----END PRIVATE KEY-----",
	} {
		if got := hidden(t, &redact.Secrets{}, line); strings.Contains(got, "Xq7") && !strings.HasPrefix(line, "eyJ") || !strings.Contains(got, redact.Hidden) {
			t.Errorf("%s\n→ %s", line, got)
		}
	}
}

// TestWhatStays: a log in which nothing can be read is of no use.
func TestWhatStays(t *testing.T) {
	for _, line := range []string{
		"token: 3000", "totem.token (u32) = 3000", "the password is wrong", "key file /etc/corosync/authkey", "passwd_file=/etc/x", "Nov 29 15:07:55 n1 pacemaker-controld: notice: State transition S_IDLE -> S_POLICY_ENGINE",
		"http://10.0.0.1:8080/status", `<nvpair id="a" name="ip" value="10.0.0.100"/>`, "mapping pins of the keyboard", "password_script=cat /var/lib/hawser/secrets/fence-1", "a long line without an end",
	} {
		if got := hidden(t, &redact.Secrets{}, line); got != line {
			t.Errorf("%s\n→ %s", line, got)
		}
	}
}

// TestKnown: what is known is hidden in every spelling, wherever it stands.
func TestKnown(t *testing.T) {
	const secret = `Tr0ub4dor&3 "<x>'`
	var s redact.Secrets
	s.Learn([]byte(`<primitive><nvpair id="i" name="passwd" value="Tr0ub4dor&amp;3 &quot;&lt;x&gt;'"/>` + "\n" + `shared-secret "drbd-Secret";` + "\npin=4711\n"))
	key := []byte{0, 1, 2, 3, 250, 251, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 255, 254}
	s.Add(key)
	pem := "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\nCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n"
	s.LearnJSON([]byte(`{"host":"h","nested":[{"password":"smtp\nPass"}],"key":"` + strings.ReplaceAll(pem, "\n", `\n`) + `"}`))
	for _, text := range []string{
		secret, "said " + secret + ".", `Tr0ub4dor&amp;3 &quot;&lt;x&gt;'`, `Tr0ub4dor\u00263 \"\u003cx\u003e'`, `Tr0ub4dor&3 \"<x>'`, "Tr0ub4dor%263+%22%3Cx%3E%27",
		base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)), "xdrbd-Secretx", "(4711)", "4711 4711", string(key),
		hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)), base64.StdEncoding.EncodeToString(key), "lost CCqGSM49AwEHBG0wawIBAQQg here", `smtp\nPass`,
	} {
		got := hidden(t, &s, text)
		if !strings.Contains(got, redact.Hidden) {
			t.Errorf("%q is left as it is", text)
		}
		for _, part := range []string{"Tr0ub", "drbd-S", "4711", "CCqG", "Pass"} {
			if strings.Contains(got, part) {
				t.Errorf("%q\n→ %q", text, got)
			}
		}
	}
	if got := hidden(t, &s, "port 47110, 0x4711a"); strings.Contains(got, redact.Hidden) {
		t.Errorf("a short number is hidden within others: %q", got)
	}
}

// TestLongLine: a line without end is cut, and no beginning of a secret stands at the cut.
func TestLongLine(t *testing.T) {
	var s redact.Secrets
	s.Add([]byte("abcdefghijklmnopqrstuvwxyz"))
	for _, at := range []int{1<<20 - 13, 1<<20 - 26, 1 << 20} {
		got := hidden(t, &s, strings.Repeat("-", at)+"abcdefghijklmnopqrstuvwxyz\nnext\n")
		if strings.Contains(got, "abc") || len(got) > 1<<20 || !strings.HasSuffix(got, " [cut]\nnext\n") {
			t.Errorf("cut at %d: %d bytes, end %q", at, len(got), got[max(0, len(got)-40):])
		}
	}
}

// TestAroundAKey: what stands beside a key on its first and on its last line stays.
func TestAroundAKey(t *testing.T) {
	got := hidden(t, &redact.Secrets{}, "said -----BEGIN PRIVATE KEY-----abc\ndef\n  -----END PRIVATE KEY----- and so on\nghi-----END PRIVATE KEY-----\n")
	want := "said -----BEGIN PRIVATE KEY-----***\n***\n-----END PRIVATE KEY----- and so on\nghi-----END PRIVATE KEY-----\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestLongLineInKey: whoever may write to a log must not be able to end who collects it with a key that has no end.
func TestLongLineInKey(t *testing.T) {
	var s redact.Secrets
	for _, end := range []string{"\n-----END PRIVATE KEY-----\nplain\n", ""} {
		got := hidden(t, &s, "-----BEGIN PRIVATE KEY-----\n"+strings.Repeat("x", 1<<20+1)+end)
		if strings.Contains(got, "xxx") || strings.HasSuffix(end, "plain\n") != strings.HasSuffix(got, "\nplain\n") {
			t.Errorf("got %.200q", got)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	f.Add([]byte(`{"password":"x\`))
	f.Add([]byte(`--password`))
	f.Add([]byte("secret=\"'\\"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s redact.Secrets
		s.Learn(text)
		s.LearnJSON(text)
		w := s.Redactor().Writer(&bytes.Buffer{})
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestKeyOfAnyBytes: a key that is no text is hidden in what programs write of it.
func TestKeyOfAnyBytes(t *testing.T) {
	key := "\xff\x01\xfe\"<&>\xfd key of any bytes \x80\x81"
	var s redact.Secrets
	s.Add([]byte(key))
	for _, form := range []string{key, "\xff\x01\xfe\"&lt;&amp;&gt;\xfd key of any bytes \x80\x81", "\xff\x01\xfe&quot;&lt;&amp;&gt;\xfd key of any bytes \x80\x81"} {
		if got := string(s.Redactor().Line([]byte("said " + form + "."))); got != "said ***." {
			t.Errorf("got %q", got)
		}
	}
}
