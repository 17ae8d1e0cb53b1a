package pacemaker

import (
	"regexp"

	"github.com/beevik/etree"
)

// Hidden stands for a secret value wherever a person might see it. In an edit it means "as it is".
const Hidden = "***"

// secretName matches the names under which agents take secrets. The rule goes by the name alone, because an agent may be
// gone while its parameters are still in the CIB; it hides rather too much. Seen in resource-agents 4.12 and
// fence-agents 4.12: passwd, password, pcmk's sanitized "passw*", snmp_priv_passwd, community, secret_key, token,
// replication_passwd, test_passwd, api_key, private_key.
var (
	secretName = regexp.MustCompile(`(?i)(passw|passphrase|passcode|secret|token|credential|community|(api|access|auth|private|encryption|ssl|tls|priv)[_-]?key|^key$|^pass$|[_-]pass$|[_-]pin$|^pin$|^pin[_-])`)
	// notSecret are names of files, scripts and switches that only sound so.
	notSecret = regexp.MustCompile(`(?i)([_-](file|path|script|timeout|prot|protocol|dir|prompt|id|name|env)$|^(password|passwd)_script$|^totem\.|token_coefficient)`)
)

// IsSecret says whether the value of a parameter must not be shown.
func IsSecret(name string) bool { return secretName.MatchString(name) && !notSecret.MatchString(name) }

// shown returns a value as a person may see it.
func shown(name, value string) string {
	if value != "" && IsSecret(name) {
		return Hidden
	}
	return value
}

// shownXML is elementXML with secret values hidden.
func shownXML(e *etree.Element) string {
	hidden := e.Copy()
	for _, pair := range append(hidden.FindElements(".//nvpair"), hidden) {
		if v := pair.SelectAttr("value"); v != nil {
			v.Value = shown(pair.SelectAttrValue("name", ""), v.Value)
		}
	}
	return elementXML(hidden)
}
