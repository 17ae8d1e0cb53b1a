package auth

import (
	"slices"
	"strings"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// The roles.
const (
	RoleAdmin    = "admin" // the system administrator, where system, security and audit are separated
	RoleOperator = "operator"
	RoleViewer   = "viewer"
	RoleSecurity = "security" // the security administrator
	RoleAuditor  = "auditor"  // the audit administrator
)

// Roles are all roles.
var Roles = [...]string{RoleAdmin, RoleOperator, RoleViewer, RoleSecurity, RoleAuditor}

// grants are what each role may do. Everybody may look: who judges what people do has to see what it did.
var grants = map[string][]api.Permission{
	RoleAdmin:    {api.Public, api.Self, api.Read, api.Operate, api.Admin},
	RoleOperator: {api.Public, api.Self, api.Read, api.Operate},
	RoleViewer:   {api.Public, api.Self, api.Read},
	RoleSecurity: {api.Public, api.Self, api.Read, api.Security},
	RoleAuditor:  {api.Public, api.Self, api.Read, api.Audit},
}

// Allows says whether a role has a permission. Where the three administrations are not separated, admin has all.
func Allows(role string, p api.Permission, separated bool) bool {
	if role == RoleAdmin && !separated {
		return true
	}
	return slices.Contains(grants[role], p)
}

// Permissions returns the names of the routes that a role may call, those that need nobody included.
func Permissions(role string, separated bool) []string {
	var names []string
	for _, r := range api.Routes {
		if Allows(role, r.Permission, separated) {
			names = append(names, r.Name)
		}
	}
	return names
}

func checkRole(f *fault.Fields, role string) {
	if !slices.Contains(Roles[:], role) {
		f.Add("role", "field.one_of", "unknown role", "value", role, "allowed", strings.Join(Roles[:], ", "))
	}
}

// administrator says whether a role administers something: system, security or audit.
func administrator(role string) bool {
	return role == RoleAdmin || role == RoleSecurity || role == RoleAuditor
}

// someoneStays refuses a change after which one of the administrations would have nobody.
func someoneStays(accounts []Account, name string, separated bool) error {
	kinds := []string{RoleAdmin}
	if separated {
		kinds = []string{RoleAdmin, RoleSecurity, RoleAuditor}
	}
	for _, role := range kinds {
		if !slices.ContainsFunc(accounts, func(c Account) bool { return c.Role == role && !c.Disabled }) {
			return fault.New(fault.Conflict, "user.last_"+role, "%s is the last one of role %s who can sign in", name, role).With("name", name)
		}
	}
	return nil
}

// maySeparate refuses the separation while one of the three is not known to be able to sign in: the passwords of people who
// never did may be lost.
func maySeparate(accounts []Account) error {
	var f fault.Fields
	for _, role := range []string{RoleAdmin, RoleSecurity, RoleAuditor} {
		if !slices.ContainsFunc(accounts, func(c Account) bool { return c.Role == role && !c.Disabled && !c.MustChange && !c.LastSeen.IsZero() }) {
			f.Add("separation", "policy.nobody_of_"+role, "nobody of role "+role+" has signed in yet", "role", role)
		}
	}
	return f.Err()
}
