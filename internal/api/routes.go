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
	{Name: "cluster.destroy", Method: "POST", Path: "/clusters/{cluster}/destroy", Permission: Admin, Long: true},
	{Name: "cluster.remove", Method: "DELETE", Path: "/clusters/{cluster}", Permission: Admin},
	{Name: "cluster.start", Method: "POST", Path: "/clusters/{cluster}/start", Permission: Operate, Long: true},
	{Name: "cluster.stop", Method: "POST", Path: "/clusters/{cluster}/stop", Permission: Operate, Long: true},
	{Name: "cluster.restart", Method: "POST", Path: "/clusters/{cluster}/restart", Permission: Operate, Long: true},
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

	{Name: "link.list", Method: "GET", Path: "/clusters/{cluster}/links", Permission: Read},
	{Name: "link.add", Method: "POST", Path: "/clusters/{cluster}/links", Permission: Admin, Long: true},
	{Name: "link.edit", Method: "PUT", Path: "/clusters/{cluster}/links/{link}", Permission: Admin, Long: true},
	{Name: "link.remove", Method: "DELETE", Path: "/clusters/{cluster}/links/{link}", Permission: Admin, Long: true},
	{Name: "diskhb.show", Method: "GET", Path: "/clusters/{cluster}/diskhb", Permission: Read},
	{Name: "diskhb.enable", Method: "POST", Path: "/clusters/{cluster}/diskhb", Permission: Admin, Long: true},
	{Name: "diskhb.disable", Method: "DELETE", Path: "/clusters/{cluster}/diskhb", Permission: Admin, Long: true},
	{Name: "timing.show", Method: "GET", Path: "/clusters/{cluster}/timing", Permission: Read},
	{Name: "timing.set", Method: "PUT", Path: "/clusters/{cluster}/timing", Permission: Admin, Long: true},
	{Name: "quorum.show", Method: "GET", Path: "/clusters/{cluster}/quorum", Permission: Read},
	{Name: "quorum.plan", Method: "POST", Path: "/clusters/{cluster}/quorum/plan", Permission: Read},
	{Name: "quorum.edit", Method: "PUT", Path: "/clusters/{cluster}/quorum", Permission: Admin, Long: true},

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
	{Name: "resource.manage", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/manage", Permission: Operate, Long: true},
	{Name: "resource.unmanage", Method: "POST", Path: "/clusters/{cluster}/resources/{resource}/unmanage", Permission: Operate, Long: true},

	{Name: "constraint.list", Method: "GET", Path: "/clusters/{cluster}/constraints", Permission: Read},
	{Name: "constraint.create", Method: "POST", Path: "/clusters/{cluster}/constraints", Permission: Admin, Long: true},
	{Name: "constraint.delete", Method: "DELETE", Path: "/clusters/{cluster}/constraints/{constraint}", Permission: Admin, Long: true},

	{Name: "fence.list", Method: "GET", Path: "/clusters/{cluster}/fencing", Permission: Read},
	{Name: "fence.levels", Method: "PUT", Path: "/clusters/{cluster}/fencing/levels", Permission: Admin, Long: true},
	{Name: "fence.test", Method: "POST", Path: "/clusters/{cluster}/fencing/test", Permission: Admin, Long: true},
	{Name: "sbd.show", Method: "GET", Path: "/clusters/{cluster}/sbd", Permission: Read},
	{Name: "sbd.set", Method: "PUT", Path: "/clusters/{cluster}/sbd", Permission: Admin, Long: true},
	{Name: "sbd.remove", Method: "DELETE", Path: "/clusters/{cluster}/sbd", Permission: Admin, Long: true},
	{Name: "evidence.show", Method: "GET", Path: "/clusters/{cluster}/evidence", Permission: Read},
	{Name: "ping.create", Method: "POST", Path: "/clusters/{cluster}/ping", Permission: Admin, Long: true},

	{Name: "whatif.play", Method: "POST", Path: "/clusters/{cluster}/whatif", Permission: Read},

	{Name: "agent.list", Method: "GET", Path: "/clusters/{cluster}/agents", Permission: Read},
	{Name: "agent.show", Method: "GET", Path: "/clusters/{cluster}/agents/{agent}", Permission: Read},

	{Name: "revision.list", Method: "GET", Path: "/clusters/{cluster}/revisions", Permission: Read},
	{Name: "revision.show", Method: "GET", Path: "/clusters/{cluster}/revisions/{revision}", Permission: Read},
	{Name: "revision.revert", Method: "POST", Path: "/clusters/{cluster}/revisions/{revision}/revert", Permission: Admin, Long: true},

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
