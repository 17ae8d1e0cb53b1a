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
	// NoCLI says why no command calls the route; empty where one does.
	NoCLI string
}

// Permission is what a role may grant.
type Permission string

// The permissions. admin has all; operator Read and Operate; viewer Read; everybody signed in Self; nobody needs Public.
const (
	Public  Permission = "public"
	Self    Permission = "self"
	Read    Permission = "read"
	Operate Permission = "operate"
	Admin   Permission = "admin"
)

// Prefix of every route below.
const Prefix = "/api/v1"

// Routes is the whole interface.
var Routes = []Route{
	{Name: "session.create", Method: "POST", Path: "/session", Permission: Public},
	{Name: "session.show", Method: "GET", Path: "/session", Permission: Self},
	{Name: "session.delete", Method: "DELETE", Path: "/session", Permission: Self},
	{Name: "password.change", Method: "POST", Path: "/session/password", Permission: Self},

	{Name: "user.list", Method: "GET", Path: "/users", Permission: Admin},
	{Name: "user.create", Method: "POST", Path: "/users", Permission: Admin},
	{Name: "user.edit", Method: "PATCH", Path: "/users/{user}", Permission: Admin},
	{Name: "user.delete", Method: "DELETE", Path: "/users/{user}", Permission: Admin},

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

	{Name: "check.list", Method: "GET", Path: "/clusters/{cluster}/checks", Permission: Read},
	{Name: "check.fix", Method: "POST", Path: "/clusters/{cluster}/checks/fix", Permission: Admin, Long: true},
	{Name: "why.show", Method: "GET", Path: "/clusters/{cluster}/resources/{resource}/why", Permission: Read},
	{Name: "whatif.play", Method: "POST", Path: "/clusters/{cluster}/whatif", Permission: Read},

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

	{Name: "event.list", Method: "GET", Path: "/events", Permission: Read},
	{Name: "operation.list", Method: "GET", Path: "/operations", Permission: Read},
	{Name: "operation.show", Method: "GET", Path: "/operations/{operation}", Permission: Read},
	{Name: "audit.list", Method: "GET", Path: "/audit", Permission: Admin},

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
