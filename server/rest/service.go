package rest

import (
	"context"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

// Accounts is what the interface needs of users and sessions.
type Accounts interface {
	// Login returns a session and the opaque token that opens it. A wrong name and a wrong password are one Anonymous
	// fault; whoever is locked out gets TooMany.
	Login(ctx context.Context, in api.Login, address string) (s api.Session, token string, err error)
	// Session returns the session that a token opens, an Anonymous fault where there is none.
	Session(ctx context.Context, token string) (api.Session, error)
	Logout(ctx context.Context, token string) error
	// ChangePassword changes the password of the session's user and ends all other sessions of that user.
	ChangePassword(ctx context.Context, token string, in api.PasswordChange) error
	Users(ctx context.Context) ([]api.User, error)
	CreateUser(ctx context.Context, in api.NewUser) (api.User, error)
	EditUser(ctx context.Context, name string, in api.UserChange) (api.User, error)
	DeleteUser(ctx context.Context, name string) error
}

// Hosts is what the interface needs of enrolled machines.
type Hosts interface {
	Hosts(ctx context.Context) ([]api.Host, error)
	Host(ctx context.Context, id string) (api.Host, error)
	Token(ctx context.Context, actor string, valid time.Duration) (api.EnrolmentToken, error)
	Revoke(ctx context.Context, id string) error
}

// Clusters is what the interface reads of clusters: what is configured and what is observed.
type Clusters interface {
	Clusters(ctx context.Context) ([]api.Cluster, error)
	Cluster(ctx context.Context, name string) (api.ClusterDetail, error)
	Nodes(ctx context.Context, cluster string) ([]api.Node, error)
	Node(ctx context.Context, cluster, node string) (api.Node, error)
	Resources(ctx context.Context, cluster string) ([]api.Resource, error)
	Resource(ctx context.Context, cluster, id string) (api.Resource, error)
	Constraints(ctx context.Context, cluster string) ([]ha.Constraint, error)
	Tags(ctx context.Context, cluster string) ([]api.TagShown, error)
	AttributeSets(ctx context.Context, cluster string) ([]ha.AttributeSet, error)
	Fencing(ctx context.Context, cluster string) (ha.Fencing, error)
	Evidence(ctx context.Context, cluster string) (api.EvidenceReport, error)
	Findings(ctx context.Context, cluster string) ([]ha.Finding, error)
}

// Changes is what the interface needs in order to change clusters.
type Changes interface {
	Heartbeat
	// Begin checks a request and starts the operation. What it refuses has changed nothing.
	Begin(ctx context.Context, r reconcile.Request) (api.Operation, error)
	Preflight(ctx context.Context, actor string, setup ha.Setup) (api.PreflightResult, error)
	// Found lists the clusters that enrolled hosts belong to and that are not managed here.
	Found(ctx context.Context, actor string) ([]api.FoundCluster, error)
	// Remove takes a cluster out of the console only.
	Remove(ctx context.Context, cluster string) error
	Agents(ctx context.Context, actor, cluster string) ([]api.AgentName, error)
	Metadata(ctx context.Context, actor, cluster, agent, language string) (ha.AgentMetadata, error)
	// Manifest writes a cluster's configuration as a file, and PlanManifest says what applying one would change.
	Manifest(ctx context.Context, cluster string, setup bool) (api.Manifest, error)
	// Migrate carries a file over to other machines; it changes nothing.
	Migrate(in api.MigrationRequest) (api.Migration, error)
	// ReadManifest says what stands in a file, and CompareManifest what a cluster has otherwise.
	ReadManifest(in api.ManifestFile) (api.ManifestContents, error)
	CompareManifest(cluster string, in api.ManifestFile) (api.ManifestComparison, error)
	PlanManifest(ctx context.Context, actor, cluster string, in api.ManifestChange) (api.ManifestPlan, error)
	// CompareRevisions compares the configurations after two revisions; with 0 the one that is now.
	CompareRevisions(ctx context.Context, actor, cluster string, from, to int) (api.Comparison, error)
	// Options lists cluster properties and defaults as Pacemaker itself describes them.
	Options(ctx context.Context, actor, cluster, language string) ([]api.ClusterOption, error)
	SBD(ctx context.Context, actor, cluster string) (ha.SBDView, error)
	// PlanSBD says what a wish would mean; nothing changes.
	PlanSBD(ctx context.Context, actor, cluster string, want ha.SBD) (api.SBDPlan, error)
}

// History is what the interface reads of what was.
type History interface {
	Revisions(ctx context.Context, cluster string, q api.RevisionQuery) (api.Page[api.Revision], error)
	Revision(ctx context.Context, cluster string, number int) (api.Revision, error)
	Events(ctx context.Context, q api.EventQuery) (api.Page[api.Event], error)
	Operations(ctx context.Context, q api.OperationQuery) (api.Page[api.Operation], error)
	Operation(ctx context.Context, id string) (api.Operation, error)
	Audit(ctx context.Context, q api.AuditQuery) (api.Page[api.AuditEntry], error)
}

// Recorder keeps who did what.
type Recorder interface {
	Record(ctx context.Context, e api.AuditEntry) error
}

// Demo is the demo's client outside the cluster; nil where there is none.
type Demo interface {
	Show(ctx context.Context) (api.Demo, error)
	Reset(ctx context.Context) error
	Verify(ctx context.Context) (api.Demo, error)
}
