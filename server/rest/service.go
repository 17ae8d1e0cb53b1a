package rest

import (
	"context"
	"io"
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
	Session(ctx context.Context, token, address string) (api.Session, error)
	Logout(ctx context.Context, token string) error
	// ChangePassword changes the password of the session's user and ends all other sessions of that user.
	ChangePassword(ctx context.Context, token string, in api.PasswordChange) error
	SetupTOTP(ctx context.Context, token string, in api.Confirmation) (api.TOTPSetup, error)
	ConfirmTOTP(ctx context.Context, token string, in api.TOTPCode) (api.RecoveryCodes, error)
	RemoveTOTP(ctx context.Context, token string, in api.Confirmation) error
	RenewRecovery(ctx context.Context, token string, in api.Confirmation) (api.RecoveryCodes, error)
	ResetTOTP(ctx context.Context, name string) (api.User, error)
	// Sessions and Tokens are one user's, Access is everybody's; revoking follows the same.
	Sessions(ctx context.Context, user, token string) ([]api.Access, error)
	RevokeSession(ctx context.Context, user, id string) error
	Tokens(ctx context.Context, user string) ([]api.Access, error)
	CreateToken(ctx context.Context, session string, in api.NewToken) (api.TokenMade, error)
	RevokeToken(ctx context.Context, user, id string) error
	Access(ctx context.Context, token string) ([]api.Access, error)
	RevokeAccess(ctx context.Context, id string) error
	Policy(ctx context.Context) (api.Policy, error)
	EditPolicy(ctx context.Context, in api.PolicyChange) (api.Policy, error)
	Users(ctx context.Context) ([]api.User, error)
	CreateUser(ctx context.Context, in api.NewUser) (api.User, error)
	EditUser(ctx context.Context, actor, name string, in api.UserChange) (api.User, error)
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
}

// Changes is what the interface needs in order to change clusters.
type Changes interface {
	Heartbeat
	Health
	Volumes
	// CheckDatabase asks the nodes what a database would find; nothing changes.
	CheckDatabase(ctx context.Context, actor, cluster string, d ha.Database) (api.DatabaseCheck, error)
	// Begin checks a request and starts the operation. What it refuses has changed nothing.
	Begin(ctx context.Context, r reconcile.Request) (api.Operation, error)
	// Findings are what is unsafe in a cluster. It asks the nodes for their volumes.
	Findings(ctx context.Context, actor, cluster string) ([]ha.Finding, error)
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

// Alerts is what the interface needs of alarms, and of who is told of them.
type Alerts interface {
	List(ctx context.Context, q api.AlarmQuery) (api.Page[api.Alarm], error)
	Show(ctx context.Context, id int64) (api.AlarmDetail, error)
	Ack(ctx context.Context, id int64, actor, note string) (api.Alarm, error)
	Resolve(ctx context.Context, id int64, actor string) (api.Alarm, error)
	Silences(ctx context.Context) ([]api.Silence, error)
	Silence(ctx context.Context, actor string, n api.NewSilence) (api.Silence, error)
	Unsilence(ctx context.Context, id int64) error
	// Channels never hold a secret: those are written only.
	Channels(ctx context.Context) ([]api.Channel, error)
	Channel(ctx context.Context, name string) (api.Channel, error)
	AddChannel(ctx context.Context, n api.NewChannel) (api.Channel, error)
	EditChannel(ctx context.Context, name, actor string, f api.ChannelForm) (api.Channel, error)
	DeleteChannel(ctx context.Context, name, actor string) error
	// TestChannel sends at once and says what the other side answered; a form that is not saved yet is tried as it is.
	TestChannel(ctx context.Context, name string, form *api.ChannelForm) (api.ChannelTest, error)
	Rules(ctx context.Context) ([]api.AlertRule, error)
	AddRule(ctx context.Context, r api.AlertRule) (api.AlertRule, error)
	EditRule(ctx context.Context, name string, e api.EditAlertRule) (api.AlertRule, error)
	DeleteRule(ctx context.Context, name string) error
	Messages(ctx context.Context, q api.MessageQuery) (api.Page[api.Message], error)
	GiveUp(ctx context.Context, id int64, actor string) (api.Message, error)
	Retry(ctx context.Context, id int64) (api.Message, error)
}

// Targets is what the interface needs of what was promised for services.
type Targets interface {
	// List tells of every service, and of targets whose service is gone.
	List(ctx context.Context, cluster string) ([]api.TargetShown, error)
	// Set makes the target of a service exactly this.
	Set(ctx context.Context, cluster, service string, t ha.Target) error
	Remove(ctx context.Context, cluster, service string) error
	// Exposures returns when a volume was exposed lately, newest first.
	Exposures(ctx context.Context, cluster, volume string) ([]ha.Exposure, error)
	// Budgets computes the failover budgets of all services, Budget that of one.
	Budgets(ctx context.Context, actor, cluster string) ([]ha.Budget, error)
	Budget(ctx context.Context, actor, cluster, service string) (ha.Budget, error)
}

// Licences is what the interface needs of licences.
type Licences interface {
	Status(ctx context.Context) (api.License, error)
	Request(ctx context.Context, actor string, in api.NewLicenseRequest) (api.LicenseRequest, error)
	Requests(ctx context.Context) ([]api.LicenseRequest, error)
	Activate(ctx context.Context, actor string, in api.ActivateLicense) (api.LicenseActivated, error)
	SetUkey(ctx context.Context, in api.SetLicenseUkey) (api.LicenseUkey, error)
}

// Recorder keeps who did what, and proves it.
type Recorder interface {
	Record(ctx context.Context, e api.AuditEntry) error
	// Verify walks the log; it must hold the older ends, too.
	Verify(ctx context.Context, older ...api.AuditHead) (api.AuditCheck, error)
	Export(ctx context.Context, w io.Writer, q api.AuditExportQuery) error
}

// Demo is the demo's client outside the cluster; nil where there is none.
type Demo interface {
	Show(ctx context.Context) (api.Demo, error)
	Reset(ctx context.Context) error
	Verify(ctx context.Context) (api.Demo, error)
}
