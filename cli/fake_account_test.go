package cli_test

import (
	"encoding/json"
	"net/http"

	"hawser/internal/api"
)

// account is what a user of the fake has set up.
type account struct {
	code   string // of the second factor; none where empty
	must   string
	policy api.Policy
	older  string // what audit.verify was asked for
	check  api.AuditCheck
}

func newAccount() account {
	return account{
		policy: api.Policy{
			SecondFactor: "optional", Password: api.PasswordRules{MinLength: 10, Classes: 1, FirstChange: true},
			Lock: api.LockRules{Failures: 5, FirstSeconds: 5, LongestMinutes: 15}, Session: api.SessionRules{IdleMinutes: 720, LifeHours: 168, CLIHours: 720, TokenMaxDays: 365},
		},
		check: api.AuditCheck{OK: true, Since: 1, Head: api.AuditHead{Entries: 2, Hash: "c0ffee", At: day}},
	}
}

var accesses = []api.Access{
	{ID: "0123456789abcdef", Kind: "cli", User: "admin", Current: true, Address: "10.0.0.9", Created: day, Seen: day, Expires: day.AddDate(0, 1, 0)},
	{ID: "fedcba9876543210", Kind: "token", User: "admin", Label: "ci", Role: "viewer", Clusters: []string{"demo"}, Created: day, Expires: day.AddDate(0, 1, 0)},
}

// own answers what is about one's own account, and about everybody's access.
func (s *server) own(route string, raw json.RawMessage) any {
	codes := api.RecoveryCodes{Codes: []string{"AAAA-BBBB-CCCC-DDDD", "EEEE-FFFF-GGGG-HHHH"}}
	switch route {
	case "totp.setup":
		return api.TOTPSetup{Secret: "JBSWY3DPEHPK3PXP", URI: "otpauth://totp/Hawser:admin?issuer=Hawser&secret=JBSWY3DPEHPK3PXP"}
	case "totp.confirm":
		if s.account.must == api.MustSecondFactor {
			s.account.must = ""
		}
		return codes
	case "totp.recovery":
		return codes
	case "totp.reset":
		return *s.users["admin"]
	case "password.change":
		if s.account.must == api.MustPassword {
			s.account.must = ""
		}
	case "session.list":
		return page(accesses[:1])
	case "token.list":
		return page(accesses[1:])
	case "access.list":
		return page(accesses)
	case "token.create":
		made := api.TokenMade{Access: accesses[1], Token: "hwt_SECRET"}
		made.Label = body[api.NewToken](raw).Label
		return made
	case "policy.show":
		return s.account.policy
	case "policy.edit":
		change := body[api.PolicyChange](raw)
		if change.Password != nil {
			s.account.policy.Password = *change.Password
		}
		if change.SecondFactor != nil {
			s.account.policy.SecondFactor = *change.SecondFactor
		}
		if change.Separation != nil {
			s.account.policy.Separation = *change.Separation
		}
		return s.account.policy
	}
	return api.OK{OK: true}
}

func (s *server) verify(q *http.Request) api.AuditCheck {
	s.account.older = q.URL.RawQuery
	return s.account.check
}
