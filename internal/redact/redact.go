// Package redact takes passwords, keys and tokens out of text that is handed to others.
//
// Two rules work together. What is known to be secret, because it stands in a key file or as a password in a configuration, is
// hidden wherever it turns up, in every spelling that programs use. And what stands where a secret stands, such as
// password=..., is hidden although nobody knows it. Both hide rather too much. Pure.
package redact

import (
	"bytes"
	"iter"
	"regexp"
	"slices"
	"strings"
)

// Hidden stands for a secret value wherever a person might see it.
const Hidden = "***"

// secretName matches the names under which programs take secrets; it hides rather too much. Seen in resource-agents 4.12 and
// fence-agents 4.12: passwd, password, pcmk's sanitized "passw*", snmp_priv_passwd, community, secret_key, token,
// replication_passwd, test_passwd, api_key, private_key; in DRBD: shared-secret.
var (
	secretName = regexp.MustCompile(`(?i)(passw|passphrase|passcode|secret|token|credential|community|(api|access|auth|private|encryption|ssl|tls|priv)[_-]?key|^key$|^pass$|[_-]pass$|[_-]pin$|^pin$|^pin[_-]|psk$)`)
	// notSecret are names of files, scripts and switches that only sound so.
	notSecret = regexp.MustCompile(`(?i)([_-](file|path|script|timeout|prot|protocol|dir|prompt|id|name|env)$|^(password|passwd)_script$|^totem\.|token_coefficient)`)
	// totemToken is corosync's timeout of that name: a number of milliseconds.
	totemToken  = regexp.MustCompile(`(?i)(^|[._])token(_retransmit|_warning)?$`)
	shortNumber = regexp.MustCompile(`^[0-9]{1,6}$`)
)

// IsSecret says whether the value of a parameter of that name must not be shown.
func IsSecret(name string) bool { return secretName.MatchString(name) && !notSecret.MatchString(name) }

// maxWord is how much of the end of a name is looked at: no program has longer ones.
const maxWord = 200

// span is a part of a line.
type span struct{ from, to int }

// stems are what a secret name has at least one of, in small letters; marks are what the other rules need. A line with none of them,
// as most have none, is passed over.
var (
	stems = bytesOf("pass", "secret", "token", "credential", "community", "key", "psk", "pin")
	marks = bytesOf("authorization", "bearer", "://", "fence_", "eyj", "mysql", "ipmitool")
)

func bytesOf(list ...string) [][]byte {
	var out [][]byte
	for _, s := range list {
		out = append(out, []byte(s))
	}
	return out
}

// lower makes the letters A to Z small, byte by byte: a log need not be valid UTF-8, and places must stay where they are.
func lower(line []byte) []byte {
	low := make([]byte, len(line))
	for i, c := range line {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	return low
}

func hasAny(low []byte, list [][]byte) bool {
	return slices.ContainsFunc(list, func(one []byte) bool { return bytes.Contains(low, one) })
}

var (
	// tag is an XML element with its attributes; name and value are those of CIB and of metadata.
	tag       = regexp.MustCompile(`<[A-Za-z][^<>]*`)
	nameAttr  = regexp.MustCompile(`\bname=(?:"([^"]*)"|'([^']*)')`)
	valueAttr = regexp.MustCompile(`\bvalue=(?:"([^"]*)"|'([^']*)')`)
	// changed is how Pacemaker logs that a value of the CIB has changed: the id says which.
	changed = regexp.MustCompile(`nvpair\[@id=['"]([^'"]*)['"]\].*?@value=`)
	// userInfo is the password in a URL: everything up to the last @ before a blank, because a password may have one.
	userInfo = regexp.MustCompile(`[a-z][a-z0-9+.-]*://[^\s/@:]*:(\S+)@`)
	header   = regexp.MustCompile(`(?i)authorization\\?["']?\s*[:=]\s*(\S.*)$`)
	bearer   = regexp.MustCompile(`(?i)\bbearer\s+(\S+)`)
	// signed is a JSON web token.
	signed = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)
	// argument is a password after -p on a command line that somebody has logged.
	argument = regexp.MustCompile(`\b(?:fence_[a-z0-9_]+|ipmitool|mysql[a-z]*|sshpass)\b.*?\s-[pP]\s*(\S+)`)
	// beginKey and endKey are around a private key, on lines of their own or in one.
	beginKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	endKey   = regexp.MustCompile(`-----END [A-Z ]*PRIVATE KEY-----`)
)

// places returns where on a line secrets stand by the look of it, in order and apart.
func places(line []byte) []span {
	low := lower(line)
	named, marked := hasAny(low, stems), hasAny(low, marks)
	if !named && !marked {
		return nil
	}
	var found []span
	add := func(from, to int) {
		if from >= 0 && to > from {
			found = append(found, span{from, to})
		}
	}
	if named {
		for from, to := range words(line) {
			if hasAny(low[from:to], stems) {
				if from, to, ok := assigned(line, from, to); ok {
					add(from, to)
				}
			}
		}
	}
	if named && bytes.IndexByte(line, '<') >= 0 {
		for _, t := range tag.FindAllIndex(line, -1) {
			text := line[t[0]:t[1]]
			name := nameAttr.FindSubmatch(text)
			if name == nil || !IsSecret(string(name[1])+string(name[2])) {
				continue
			}
			if v := valueAttr.FindSubmatchIndex(text); v != nil {
				add(t[0]+max(v[2], v[4]), t[0]+max(v[3], v[5]))
			}
		}
	}
	if named && bytes.Contains(line, []byte("@value=")) {
		for _, m := range changed.FindAllSubmatchIndex(line, -1) {
			id := line[m[2]:m[3]]
			if _, name, ok := bytes.Cut(id, []byte("attributes-")); IsSecret(string(id)) || ok && IsSecret(string(name)) {
				add(m[1], len(line))
			}
		}
	}
	if marked || bytes.Contains(low, []byte("sshpass")) {
		for _, rule := range []*regexp.Regexp{userInfo, header, bearer, argument} {
			for _, m := range rule.FindAllSubmatchIndex(line, -1) {
				add(m[2], m[3])
			}
		}
		for _, m := range signed.FindAllIndex(line, -1) {
			add(m[0], m[1])
		}
	}
	return merge(found)
}

// words yields what may be names on a line.
func words(line []byte) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		begin := -1
		for i, c := range line {
			part := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
			switch {
			case part && begin < 0:
				begin = i
			case !part && begin >= 0:
				if !yield(begin, i) {
					return
				}
				begin = -1
			}
		}
		if begin >= 0 {
			yield(begin, len(line))
		}
	}
}

// assigned returns the value that stands after a name: name=value, name: value, "name": "value", --name value, name "value".
func assigned(line []byte, begin, end int) (from, to int, ok bool) {
	at := end
	for at < len(line) && (line[at] == '\\' || line[at] == '"' || line[at] == '\'') {
		at++ // the end of a name in quotes, which may be escaped
	}
	quotedName := at > end
	blank := at
	for at < len(line) && (line[at] == ' ' || line[at] == '\t') {
		at++
	}
	if at == len(line) {
		return 0, 0, false
	}
	name := string(bytes.Trim(line[max(begin, end-maxWord):end], ".-"))
	if !IsSecret(name) {
		return 0, 0, false
	}
	option := end-begin > 2 && line[begin] == '-' && line[begin+1] == '-'
	switch {
	case line[at] == '=' || line[at] == ':':
		for at < len(line) && (line[at] == '=' || line[at] == ':' || line[at] == '>' || line[at] == ' ' || line[at] == '\t') {
			at++
		}
	case quotedName || at == blank:
		return 0, 0, false
	case !option && line[at] != '"' && name != "shared-secret":
		return 0, 0, false // prose: the password is wrong
	}
	from, to = valueAt(line, at)
	if totemToken.MatchString(name) && shortNumber.Match(bytes.TrimRight(line[from:to], ",;}")) {
		return 0, 0, false
	}
	return from, to, true
}

// valueAt returns the value that begins at a place: what is in quotes, or else everything up to a blank.
func valueAt(line []byte, at int) (from, to int) {
	for at < len(line) && line[at] == '\\' {
		at++
	}
	if at < len(line) && (line[at] == '"' || line[at] == '\'') {
		quote, escaped := line[at], at > 0 && line[at-1] == '\\'
		for to = at + 1; to < len(line); to++ {
			switch {
			case line[to] == '\\' && !escaped:
				to++
			case line[to] == quote:
				if escaped {
					to-- // the backslash before it
				}
				return at + 1, min(to, len(line))
			}
		}
		return at + 1, len(line)
	}
	to = at
	for to < len(line) && line[to] != ' ' && line[to] != '\t' && line[to] != '\r' && line[to] != '\n' {
		to++
	}
	return at, to
}

// merge sorts spans and joins those that overlap.
func merge(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return a.from - b.from })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// hide replaces spans of a line.
func hide(line []byte, list []span) []byte {
	if len(list) == 0 {
		return line
	}
	var b bytes.Buffer
	at := 0
	for _, s := range list {
		b.Write(line[at:s.from])
		b.WriteString(Hidden)
		at = s.to
	}
	b.Write(line[at:])
	return b.Bytes()
}

// isText says whether a value is something that people write on a line.
func isText(v []byte) bool {
	return !bytes.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '�' })
}

// trimmed are the forms of a value at its ends: with and without blanks and the end of the line.
func trimmed(v []byte) []string {
	s := string(v)
	list := []string{s, strings.TrimSpace(s)}
	return slices.Compact(list)
}
