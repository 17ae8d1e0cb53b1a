package api

// Route is a route as data: what it is called, where it is, and who may use it.
// server/rest binds a handler to each name; the CLI and the console call it by name; tests hold the three together.
type Route struct {
	Name       string // for example cluster.create: operation ID in OpenAPI, action in the audit log, kind of the operation
	Method     string
	Path       string
	Permission Permission
	// Long routes answer 202 with an Operation.
	Long bool
	// TakesOut are routes that change nothing but hand out what is kept elsewhere from then on: they are in the audit log, too.
	TakesOut bool
	// NoCLI says why no command calls the route; empty where one does.
	NoCLI string
}

// Audited says whether calls of the route are in the audit log.
func (r Route) Audited() bool {
	return r.Method != "GET" || r.TakesOut //nolint:usestdlibvars // net/http is not for a package that is data
}

// Permission is what a role may grant.
type Permission string

// The permissions; server/auth says which role has which. Nobody needs Public, everybody signed in has Self.
const (
	Public   Permission = "public"
	Self     Permission = "self"
	Read     Permission = "read"
	Operate  Permission = "operate"
	Admin    Permission = "admin"
	Security Permission = "security" // who may do what: users, sessions, the policy
	Audit    Permission = "audit"    // what was done
)

// Prefix of every route below.
const Prefix = "/api/v1"

// Routes is the whole interface.
var Routes = []Route{
	{Name: "session.create", Method: "POST", Path: "/session", Permission: Public},
	{Name: "session.show", Method: "GET", Path: "/session", Permission: Self},
	{Name: "session.delete", Method: "DELETE", Path: "/session", Permission: Self},
	{Name: "password.change", Method: "POST", Path: "/session/password", Permission: Self},
	{Name: "totp.setup", Method: "POST", Path: "/session/totp", Permission: Self},
	{Name: "totp.confirm", Method: "PUT", Path: "/session/totp", Permission: Self},
	{Name: "totp.remove", Method: "POST", Path: "/session/totp/remove", Permission: Self},
	{Name: "totp.recovery", Method: "POST", Path: "/session/totp/recovery", Permission: Self},
	{Name: "session.list", Method: "GET", Path: "/session/sessions", Permission: Self},
	{Name: "session.revoke", Method: "DELETE", Path: "/session/sessions/{session}", Permission: Self},
	{Name: "token.list", Method: "GET", Path: "/session/tokens", Permission: Self},
	{Name: "token.create", Method: "POST", Path: "/session/tokens", Permission: Self},
	{Name: "token.revoke", Method: "DELETE", Path: "/session/tokens/{token}", Permission: Self},

	{Name: "user.list", Method: "GET", Path: "/users", Permission: Security},
	{Name: "user.create", Method: "POST", Path: "/users", Permission: Security},
	{Name: "user.edit", Method: "PATCH", Path: "/users/{user}", Permission: Security},
	{Name: "user.delete", Method: "DELETE", Path: "/users/{user}", Permission: Security},
	{Name: "totp.reset", Method: "DELETE", Path: "/users/{user}/totp", Permission: Security},
	{Name: "access.list", Method: "GET", Path: "/access", Permission: Security},
	{Name: "access.revoke", Method: "DELETE", Path: "/access/{access}", Permission: Security},
	{Name: "policy.show", Method: "GET", Path: "/policy", Permission: Self},
	{Name: "policy.edit", Method: "PATCH", Path: "/policy", Permission: Security},

	{Name: "host.list", Method: "GET", Path: "/hosts", Permission: Read},
	{Name: "host.show", Method: "GET", Path: "/hosts/{host}", Permission: Read},
	{Name: "host.token", Method: "POST", Path: "/hosts/token", Permission: Admin},
	{Name: "host.preflight", Method: "POST", Path: "/hosts/preflight", Permission: Admin},
	{Name: "host.revoke", Method: "DELETE", Path: "/hosts/{host}", Permission: Admin},

	{Name: "cluster.list", Method: "GET", Path: "/clusters", Permission: Read},
	{Name: "cluster.show", Method: "GET", Path: "/clusters/{cluster}", Permission: Read},
	{Name: "cluster.create", Method: "POST", Path: "/clusters", Permission: Admin, Long: true},
	{Name: "cluster.discover", Method: "GET", Path: "/discovered", Permission: Read},
	{Name: "cluster.adopt", Method: "POST", Path: "/clusters/{cluster}/adopt", Permission: Admin, Long: true},
	{Name: "cluster.destroy", Method: "POST", Path: "/clusters/{cluster}/destroy", Permission: Admin, Long: true},
	{Name: "cluster.remove", Method: "DELETE", Path: "/clusters/{cluster}", Permission: Admin},
	{Name: "cluster.start", Method: "POST", Path: "/clusters/{cluster}/start", Permission: Operate, Long: true},
	{Name: "cluster.stop", Method: "POST", Path: "/clusters/{cluster}/stop", Permission: Operate, Long: true},
	{Name: "cluster.restart", Method: "POST", Path: "/clusters/{cluster}/restart", Permission: Operate, Long: true},
	{Name: "cluster.cleanup", Method: "POST", Path: "/clusters/{cluster}/cleanup", Permission: Operate, Long: true},
	{Name: "cluster.properties", Method: "PATCH", Path: "/clusters/{cluster}/properties", Permission: Admin, Long: true},
	{Name: "defaults.set", Method: "PATCH", Path: "/clusters/{cluster}/defaults", Permission: Admin, Long: true},

	{Name: "node.list", Method: "GET", Path: "/clusters/{cluster}/nodes", Permission: Read},
	{Name: "node.show", Method: "GET", Path: "/clusters/{cluster}/nodes/{node}", Permission: Read},
	{Name: "node.add", Method: "POST", Path: "/clusters/{cluster}/nodes", Permission: Admin, Long: true},
	{Name: "node.remove", Method: "DELETE", Path: "/clusters/{cluster}/nodes/{node}", Permission: Admin, Long: true},
	{Name: "node.standby", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/standby", Permission: Operate, Long: true},
	{Name: "node.unstandby", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/unstandby", Permission: Operate, Long: true},
	{Name: "node.maintenance", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/maintenance", Permission: Operate, Long: true},
	{Name: "node.unmaintenance", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/unmaintenance", Permission: Operate, Long: true},
	{Name: "node.start", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/start", Permission: Operate, Long: true},
	{Name: "node.stop", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/stop", Permission: Operate, Long: true},
	{Name: "node.fence", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/fence", Permission: Admin, Long: true},

	{Name: "node.sync", Method: "POST", Path: "/clusters/{cluster}/nodes/{node}/sync", Permission: Operate, Long: true},

	{Name: "node.attributes", Method: "PATCH", Path: "/clusters/{cluster}/nodes/{node}/attributes", Permission: Admin, Long: true},
	{Name: "node.utilization", Method: "PATCH", Path: "/clusters/{cluster}/nodes/{node}/utilization", Permission: Admin, Long: true},

	{Name: "link.list", Method: "GET", Path: "/clusters/{cluster}/links", Permission: Read},
	{Name: "link.add", Method: "POST", Path: "/clusters/{cluster}/links", Permission: Admin, Long: true},
	{Name: "link.edit", Method: "PUT", Path: "/clusters/{cluster}/links/{link}", Permission: Admin, Long: true},
	{Name: "link.remove", Method: "DELETE", Path: "/clusters/{cluster}/links/{link}", Permission: Admin, Long: true},
	{Name: "diskhb.show", Method: "GET", Path: "/clusters/{cluster}/diskhb", Permission: Read},
	{Name: "diskhb.inspect", Method: "POST", Path: "/clusters/{cluster}/diskhb/inspect", Permission: Admin},
	{Name: "diskhb.enable", Method: "POST", Path: "/clusters/{cluster}/diskhb", Permission: Admin, Long: true},
	{Name: "diskhb.disable", Method: "DELETE", Path: "/clusters/{cluster}/diskhb", Permission: Admin, Long: true},
	{Name: "timing.show", Method: "GET", Path: "/clusters/{cluster}/timing", Permission: Read},
	{Name: "timing.set", Method: "PUT", Path: "/clusters/{cluster}/timing", Permission: Admin, Long: true},
	{Name: "quorum.show", Method: "GET", Path: "/clusters/{cluster}/quorum", Permission: Read},
	{Name: "quorum.plan", Method: "POST", Path: "/clusters/{cluster}/quorum/plan", Permission: Read},
	{Name: "quorum.edit", Method: "PUT", Path: "/clusters/{cluster}/quorum", Permission: Admin, Long: true},
	{Name: "qdevice.show", Method: "GET", Path: "/clusters/{cluster}/qdevice", Permission: Read},
	{Name: "qdevice.plan", Method: "POST", Path: "/clusters/{cluster}/qdevice/plan", Permission: Admin},
	{Name: "qdevice.set", Method: "PUT", Path: "/clusters/{cluster}/qdevice", Permission: Admin, Long: true},
	{Name: "qdevice.remove", Method: "DELETE", Path: "/clusters/{cluster}/qdevice", Permission: Admin, Long: true},
	{Name: "qdevice.arbiter", Method: "GET", Path: "/hosts/{host}/qdevice", Permission: Read},

	{Name: "resource.list", Method: "GET", Path: "/clusters/{cluster}/resources", Permission: Read},
	{Name: "resource.show", Method: "GET", Path: "/clusters/{cluster}/resources/{resource}", Permission: Read},
	{Name: "resource.create", Method: "POST", Path: "/clusters/{cluster}/resources", Permission: Admin, Long: true},
	{Name: "resource.edit", Method: "PUT", Path: "/clusters/{cluster}/resources/{resource}", Permission: Admin, Long: true},
	{Name: "resource.delete", Method: "DELETE", Path: "/clusters/{cluster}/resources/{resource}", Permission: Admin, Long: true},
	{Name: "resource.start", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/start", Permission: Operate, Long: true},
	{Name: "resource.stop", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/stop", Permission: Operate, Long: true},
	{Name: "resource.restart", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/restart", Permission: Operate, Long: true},
	{Name: "resource.move", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/move", Permission: Operate, Long: true},
	{Name: "resource.cleanup", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/cleanup", Permission: Operate, Long: true},
	{Name: "resource.ban", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/ban", Permission: Operate, Long: true},
	{Name: "resource.clear", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/clear", Permission: Operate, Long: true},
	{Name: "resource.refresh", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/refresh", Permission: Operate, Long: true},
	{Name: "resource.place", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/place", Permission: Admin, Long: true},
	{Name: "resource.prefer", Method: "PUT", Path: "/clusters/{cluster}/resources/{resource}/nodes", Permission: Admin, Long: true},
	{Name: "resource.failback", Method: "PUT", Path: "/clusters/{cluster}/resources/{resource}/failback", Permission: Admin, Long: true},
	{Name: "resource.utilization", Method: "PATCH", Path: "/clusters/{cluster}/resources/{resource}/utilization", Permission: Admin, Long: true},
	{Name: "resource.manage", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/manage", Permission: Operate, Long: true},
	{Name: "resource.unmanage", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/unmanage", Permission: Operate, Long: true},

	{Name: "constraint.list", Method: "GET", Path: "/clusters/{cluster}/constraints", Permission: Read},
	{Name: "constraint.create", Method: "POST", Path: "/clusters/{cluster}/constraints", Permission: Admin, Long: true},
	{Name: "constraint.edit", Method: "PUT", Path: "/clusters/{cluster}/constraints/{constraint}", Permission: Admin, Long: true},
	{Name: "constraint.delete", Method: "DELETE", Path: "/clusters/{cluster}/constraints/{constraint}", Permission: Admin, Long: true},

	{Name: "attributes.list", Method: "GET", Path: "/clusters/{cluster}/attribute-sets", Permission: Read},
	{Name: "attributes.create", Method: "POST", Path: "/clusters/{cluster}/attribute-sets", Permission: Admin, Long: true},
	{Name: "attributes.edit", Method: "PUT", Path: "/clusters/{cluster}/attribute-sets/{set}", Permission: Admin, Long: true},
	{Name: "attributes.delete", Method: "DELETE", Path: "/clusters/{cluster}/attribute-sets/{set}", Permission: Admin, Long: true},
	{Name: "rule.check", Method: "POST", Path: "/rules/check", Permission: Read},
	{Name: "service.check", Method: "POST", Path: "/clusters/{cluster}/services/check", Permission: Admin},
	{Name: "service.database", Method: "POST", Path: "/clusters/{cluster}/services/database", Permission: Admin, Long: true},
	{Name: "service.spread", Method: "POST", Path: "/clusters/{cluster}/services/spread", Permission: Admin, Long: true},

	{Name: "tag.list", Method: "GET", Path: "/clusters/{cluster}/tags", Permission: Read},
	{Name: "tag.create", Method: "POST", Path: "/clusters/{cluster}/tags", Permission: Admin, Long: true},
	{Name: "tag.edit", Method: "PUT", Path: "/clusters/{cluster}/tags/{tag}", Permission: Admin, Long: true},
	{Name: "tag.delete", Method: "DELETE", Path: "/clusters/{cluster}/tags/{tag}", Permission: Admin, Long: true},
	{Name: "tag.start", Method: "POST", Path: "/clusters/{cluster}/tags/{tag}/start", Permission: Operate, Long: true},
	{Name: "tag.stop", Method: "POST", Path: "/clusters/{cluster}/tags/{tag}/stop", Permission: Operate, Long: true},

	{Name: "fence.list", Method: "GET", Path: "/clusters/{cluster}/fencing", Permission: Read},
	{Name: "fence.levels", Method: "PUT", Path: "/clusters/{cluster}/fencing/levels", Permission: Admin, Long: true},
	{Name: "fence.test", Method: "POST", Path: "/clusters/{cluster}/fencing/test", Permission: Admin, Long: true},
	{Name: "sbd.show", Method: "GET", Path: "/clusters/{cluster}/sbd", Permission: Read},
	{Name: "sbd.plan", Method: "POST", Path: "/clusters/{cluster}/sbd/plan", Permission: Admin},
	{Name: "sbd.set", Method: "PUT", Path: "/clusters/{cluster}/sbd", Permission: Admin, Long: true},
	{Name: "sbd.remove", Method: "DELETE", Path: "/clusters/{cluster}/sbd", Permission: Admin, Long: true},
	{Name: "evidence.show", Method: "GET", Path: "/clusters/{cluster}/evidence", Permission: Read},
	{Name: "ping.create", Method: "POST", Path: "/clusters/{cluster}/ping", Permission: Admin, Long: true},

	{Name: "volume.list", Method: "GET", Path: "/clusters/{cluster}/volumes", Permission: Read},
	{Name: "volume.show", Method: "GET", Path: "/clusters/{cluster}/volumes/{volume}", Permission: Read},
	{Name: "volume.check", Method: "POST", Path: "/clusters/{cluster}/volumes/check", Permission: Admin},
	{Name: "volume.parse", Method: "POST", Path: "/volumes/parse", Permission: Read},
	{Name: "volume.create", Method: "POST", Path: "/clusters/{cluster}/volumes", Permission: Admin, Long: true},
	{Name: "volume.edit", Method: "PATCH", Path: "/clusters/{cluster}/volumes/{volume}", Permission: Admin, Long: true},
	{Name: "volume.delete", Method: "DELETE", Path: "/clusters/{cluster}/volumes/{volume}", Permission: Admin, Long: true},
	{Name: "volume.act", Method: "POST", Path: "/clusters/{cluster}/volumes/{volume}/act", Permission: Operate, Long: true},
	{Name: "volume.resolve", Method: "POST", Path: "/clusters/{cluster}/volumes/{volume}/resolve", Permission: Admin, Long: true},

	{Name: "target.list", Method: "GET", Path: "/clusters/{cluster}/targets", Permission: Read},
	{Name: "target.set", Method: "PUT", Path: "/clusters/{cluster}/targets/{service}", Permission: Admin},
	{Name: "target.remove", Method: "DELETE", Path: "/clusters/{cluster}/targets/{service}", Permission: Admin},
	{Name: "budget.list", Method: "GET", Path: "/clusters/{cluster}/budgets", Permission: Read},
	{Name: "budget.show", Method: "GET", Path: "/clusters/{cluster}/budgets/{service}", Permission: Read},

	{Name: "check.list", Method: "GET", Path: "/clusters/{cluster}/checks", Permission: Read},
	{Name: "check.fix", Method: "POST", Path: "/clusters/{cluster}/checks/fix", Permission: Admin, Long: true},
	{Name: "why.show", Method: "GET", Path: "/clusters/{cluster}/resources/{resource}/why", Permission: Read},
	{Name: "whatif.play", Method: "POST", Path: "/clusters/{cluster}/whatif", Permission: Read},

	{Name: "health.show", Method: "GET", Path: "/clusters/{cluster}/health", Permission: Read},
	{Name: "health.set", Method: "PUT", Path: "/clusters/{cluster}/health", Permission: Admin, Long: true},
	{Name: "health.unset", Method: "DELETE", Path: "/clusters/{cluster}/health", Permission: Admin, Long: true},
	{Name: "health.whatif", Method: "POST", Path: "/clusters/{cluster}/health/whatif", Permission: Read},
	{Name: "health.history", Method: "GET", Path: "/clusters/{cluster}/nodes/{node}/health", Permission: Read},

	{Name: "agent.list", Method: "GET", Path: "/clusters/{cluster}/agents", Permission: Read},
	{Name: "agent.show", Method: "GET", Path: "/clusters/{cluster}/agents/{agent}", Permission: Read},

	{Name: "revision.list", Method: "GET", Path: "/clusters/{cluster}/revisions", Permission: Read},
	{Name: "revision.show", Method: "GET", Path: "/clusters/{cluster}/revisions/{revision}", Permission: Read},
	{Name: "revision.revert", Method: "POST", Path: "/clusters/{cluster}/revisions/{revision}/revert", Permission: Admin, Long: true},

	{Name: "revision.compare", Method: "GET", Path: "/clusters/{cluster}/revisions/{revision}/compare", Permission: Read},

	{Name: "config.export", Method: "GET", Path: "/clusters/{cluster}/manifest", Permission: Read},
	{Name: "config.plan", Method: "POST", Path: "/clusters/{cluster}/manifest/plan", Permission: Read},
	{Name: "config.apply", Method: "PUT", Path: "/clusters/{cluster}/manifest", Permission: Admin, Long: true},
	{Name: "config.migrate", Method: "POST", Path: "/manifest/migrate", Permission: Read},
	{Name: "config.read", Method: "POST", Path: "/manifest/read", Permission: Read, NoCLI: "the command line reads the file itself"},
	{Name: "config.compare", Method: "POST", Path: "/clusters/{cluster}/manifest/compare", Permission: Read},
	{Name: "property.list", Method: "GET", Path: "/clusters/{cluster}/properties", Permission: Read},

	{Name: "alarm.list", Method: "GET", Path: "/alarms", Permission: Read},
	{Name: "alarm.show", Method: "GET", Path: "/alarms/{alarm}", Permission: Read},
	{Name: "alarm.ack", Method: "POST", Path: "/alarms/{alarm}/ack", Permission: Operate},
	{Name: "alarm.resolve", Method: "POST", Path: "/alarms/{alarm}/resolve", Permission: Operate},
	{Name: "silence.list", Method: "GET", Path: "/silences", Permission: Read},
	{Name: "silence.create", Method: "POST", Path: "/silences", Permission: Operate},
	{Name: "silence.delete", Method: "DELETE", Path: "/silences/{silence}", Permission: Operate},
	{Name: "channel.list", Method: "GET", Path: "/channels", Permission: Admin},
	{Name: "channel.show", Method: "GET", Path: "/channels/{channel}", Permission: Admin},
	{Name: "channel.create", Method: "POST", Path: "/channels", Permission: Admin},
	{Name: "channel.edit", Method: "PUT", Path: "/channels/{channel}", Permission: Admin},
	{Name: "channel.delete", Method: "DELETE", Path: "/channels/{channel}", Permission: Admin},
	{Name: "channel.test", Method: "POST", Path: "/channels/{channel}/test", Permission: Admin},
	{Name: "alertrule.list", Method: "GET", Path: "/alert-rules", Permission: Read},
	{Name: "alertrule.create", Method: "POST", Path: "/alert-rules", Permission: Admin},
	{Name: "alertrule.edit", Method: "PUT", Path: "/alert-rules/{rule}", Permission: Admin},
	{Name: "alertrule.delete", Method: "DELETE", Path: "/alert-rules/{rule}", Permission: Admin},
	{Name: "message.list", Method: "GET", Path: "/messages", Permission: Admin},
	{Name: "message.retry", Method: "POST", Path: "/messages/{message}/retry", Permission: Admin},
	{Name: "message.giveup", Method: "POST", Path: "/messages/{message}/giveup", Permission: Admin},

	{Name: "timeline.list", Method: "GET", Path: "/clusters/{cluster}/timeline", Permission: Read},
	{Name: "logs.list", Method: "GET", Path: "/clusters/{cluster}/logs", Permission: Read},
	{Name: "logs.show", Method: "GET", Path: "/clusters/{cluster}/logs/{bundle}", Permission: Read},
	{Name: "logs.collect", Method: "POST", Path: "/clusters/{cluster}/logs", Permission: Admin},
	{Name: "logs.download", Method: "GET", Path: "/clusters/{cluster}/logs/{bundle}/file", Permission: Admin, TakesOut: true},
	{Name: "logs.delete", Method: "DELETE", Path: "/clusters/{cluster}/logs/{bundle}", Permission: Admin},

	{Name: "event.list", Method: "GET", Path: "/events", Permission: Read},
	{Name: "operation.list", Method: "GET", Path: "/operations", Permission: Read},
	{Name: "operation.show", Method: "GET", Path: "/operations/{operation}", Permission: Read},
	{Name: "audit.list", Method: "GET", Path: "/audit", Permission: Audit},
	{Name: "audit.verify", Method: "GET", Path: "/audit/verify", Permission: Audit},
	{Name: "audit.export", Method: "GET", Path: "/audit/export", Permission: Audit, TakesOut: true},

	{Name: "license.status", Method: "GET", Path: "/license", Permission: Read},
	{Name: "license.request", Method: "POST", Path: "/license/requests", Permission: Admin},
	{Name: "license.requests", Method: "GET", Path: "/license/requests", Permission: Admin},
	{Name: "license.activate", Method: "POST", Path: "/license/activate", Permission: Admin},
	{Name: "license.ukey", Method: "PUT", Path: "/license/ukey", Permission: Admin},

	{Name: "demo.show", Method: "GET", Path: "/demo", Permission: Read},
	{Name: "demo.reset", Method: "POST", Path: "/demo/reset", Permission: Operate},
	{Name: "demo.verify", Method: "POST", Path: "/demo/verify", Permission: Operate},
}

// RouteNamed returns the route with that name.
func RouteNamed(name string) (Route, bool) {
	for _, r := range Routes {
		if r.Name == name {
			return r, true
		}
	}
	return Route{}, false
}

// LivePath is the WebSocket of live messages: the session's cookie or bearer token opens it, Read is needed.
const LivePath = Prefix + "/live"
