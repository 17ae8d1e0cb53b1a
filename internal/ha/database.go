package ha

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hawser/internal/fault"
)

// KWDBAgent is Hawser's own resource agent for KWDB.
const KWDBAgent = "ocf:hawser:kwdb"

// Database is a database as a protected service: a replicated volume, a file system on it, the database, and its virtual IP address. It
// says what there is to be; done twice it is done once.
type Database struct {
	Name         string         `json:"name" doc:"Name of the service, and ID of its group."`
	Sides        []DatabaseSide `json:"sides" doc:"The two nodes with their disks."`
	Volume       string         `json:"volume,omitempty" doc:"Name of the replicated volume; NAME-data where absent. One that is there already is used."`
	Driver       VolumeDriver   `json:"driver,omitempty" enum:"drbd,mirror" doc:"What replicates a volume that is made: drbd where absent; mirror is Hawser's own, without a kernel module (preview). Of a volume that is there it has to be its own."`
	Protocol     string         `json:"protocol,omitempty" enum:"A,B,C" doc:"C where absent: only with it nothing that was acknowledged is lost. A mirror has C only."`
	Sync         FirstSync      `json:"sync,omitempty" enum:"full,skip" doc:"full where absent."`
	FileSystem   string         `json:"fileSystem,omitempty" enum:"ext4,xfs" doc:"ext4 where absent."`
	Directory    string         `json:"directory" doc:"Data directory of the database; the volume is mounted there."`
	Agent        string         `json:"agent,omitempty" doc:"Resource agent that runs the database: ocf:hawser:kwdb where absent, systemd:UNIT, or any other of the nodes."`
	Parameters   Values         `json:"parameters,omitempty" doc:"Parameters of that agent."`
	Address      string         `json:"address" doc:"Virtual IP address with the length of its network, for example 192.0.2.10/24."`
	Interface    string         `json:"interface,omitempty" doc:"Network interface that carries it; found by its network where absent."`
	Certificates string         `json:"certificates,omitempty" enum:"auto,make,keep,none" doc:"make: by the database's own tool, for both nodes and the virtual IP address. keep: those that are there. none: insecure. auto, or absent: keep where they fit, make otherwise; none where the agent is told insecure=true or is not KWDB's."`
	CAKey        string         `json:"caKey,omitempty" doc:"Key of the database's own authority, on the node where it was made; it stays there. ca.key beside the certificates where absent."`
	// Threshold and Forget bound how often a node is tried.
	Threshold int    `json:"threshold,omitempty" doc:"Failures after which the service moves to the other node; 2 where absent."`
	Forget    string `json:"forget,omitempty" doc:"Time after which failures are forgotten; 10min where absent."`
}

// Values are names with their values.
type Values = map[string]string

// DatabaseSide is a node with its disk.
type DatabaseSide struct {
	Node    string   `json:"node"`
	Disk    string   `json:"disk" doc:"Block device that is given away whole, by a name that stays: /dev/disk/by-id/…, a logical volume."`
	Address string   `json:"address,omitempty" doc:"IP address for replication; that of the first heartbeat link where absent."`
	Destroy []string `json:"destroy,omitempty" doc:"What is on the disk and may be destroyed, all of it, by the names that the check shows."`
}

// The certificates of a database.
const (
	CertificatesAuto = "auto"
	CertificatesMake = "make"
	CertificatesKeep = "keep"
	CertificatesNone = "none"
)

// The defaults of a database. The times are for a database that reads its logs after a crash: see the agent's metadata.
const (
	databaseThreshold = 2
	databaseForget    = "10min"
	kwdbUnit          = "kaiwudb.service"
	kwdbBinary        = "/usr/local/kaiwudb/bin/kwbase"
	kwdbCerts         = "/etc/kaiwudb/certs"
)

// WithDefaults fills in what is left open.
func (d Database) WithDefaults() Database {
	set := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	d.Sides = slices.Clone(d.Sides)
	set(&d.Volume, d.Name+"-data")
	set(&d.Protocol, "C")
	set((*string)(&d.Sync), string(SyncFull))
	set(&d.FileSystem, "ext4")
	set(&d.Agent, KWDBAgent)
	set(&d.Forget, databaseForget)
	set(&d.Certificates, CertificatesAuto)
	if d.Threshold == 0 {
		d.Threshold = databaseThreshold
	}
	if d.Certificates == CertificatesAuto && (d.Agent != KWDBAgent || Yes(d.Parameters["insecure"])) {
		d.Certificates = CertificatesNone
	}
	if d.Certificates != CertificatesNone {
		set(&d.CAKey, path.Join(d.CertificatesDir(), "ca.key"))
	}
	return d
}

// CertificatesDir is where the database's certificates are.
func (d Database) CertificatesDir() string { return d.parameter("certs_dir", kwdbCerts) }

// Binary is the database's own program; empty where only its agent knows.
func (d Database) Binary() string { return d.parameter("binary", kwdbBinary) }

// Unit is the systemd unit by which the database runs; empty where only its agent knows.
func (d Database) Unit() string {
	if unit, is := strings.CutPrefix(d.Agent, "systemd:"); is {
		return UnitName(unit)
	}
	if d.Agent == SystemdAgent {
		return UnitName(d.Parameters["unit"])
	}
	if d.Agent == KWDBAgent && d.Parameters["command"] != "" {
		return ""
	}
	return d.parameter("unit", kwdbUnit)
}

// parameter is one of the KWDB agent's, or its default.
func (d Database) parameter(name, standard string) string {
	if d.Agent != KWDBAgent && d.Agent != "" {
		return ""
	}
	if v, given := d.Parameters[name]; given && v != "" {
		return v
	}
	return standard
}

// Nodes are the names of its nodes.
func (d Database) Nodes() []string {
	var list []string
	for _, s := range d.Sides {
		list = append(list, s.Node)
	}
	return list
}

// The IDs of what a database is made of.
func (d Database) fileSystemID() string { return d.Name + "-fs" }
func (d Database) serviceID() string    { return d.Name + "-db" }
func (d Database) addressID() string    { return d.Name + "-ip" }

// reserved are directories that nobody wants a volume mounted over.
var reserved = []string{"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/var", "/var/lib", "/var/log", "/var/run"}

var (
	aPath     = regexp.MustCompile(`^/[A-Za-z0-9._/@:+-]+$`)
	agentName = regexp.MustCompile(`^(systemd:[A-Za-z0-9@_.:-]+|ocf:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+|lsb:[A-Za-z0-9_.-]+|service:[A-Za-z0-9@_.-]+)$`)
	anAdapter = regexp.MustCompile(`^[A-Za-z0-9._:@-]{1,15}$`)
)

// ValidateDatabase checks a database by itself, with its defaults filled in.
func ValidateDatabase(d Database) error {
	var f fault.Fields
	checkID(&f, "name", d.Name)
	if len(d.Name) > 40 {
		f.Add("name", "database.name_long", "longer than 40 characters", "max", "40")
	}
	checkID(&f, "volume", d.Volume)
	if len(d.Sides) != 2 {
		f.Add("sides", "database.two_sides", "two nodes are needed", "count", strconv.Itoa(len(d.Sides)))
	}
	for i, s := range d.Sides {
		at := "sides[" + strconv.Itoa(i) + "]."
		required(&f, at+"node", s.Node)
		if !strings.HasPrefix(s.Disk, "/dev/") || !plainPath(s.Disk) {
			f.Add(at+"disk", "diskhb.path", "not the path of a device", "device", s.Disk)
		}
		if i > 0 && s.Node != "" && s.Node == d.Sides[0].Node {
			f.Add(at+"node", "database.node_twice", "a node is named twice", "node", s.Node)
		}
		if s.Address != "" {
			if _, err := netip.ParseAddr(s.Address); err != nil {
				f.Add(at+"address", "address.invalid", "not an IP address", "address", s.Address)
			}
		}
	}
	if d.Driver != "" {
		oneOf(&f, "driver", string(d.Driver), string(DRBD), string(Mirror))
	}
	oneOf(&f, "protocol", d.Protocol, "A", "B", "C")
	oneOf(&f, "sync", string(d.Sync), string(SyncFull), string(SyncSkip))
	oneOf(&f, "fileSystem", d.FileSystem, "ext4", "xfs")
	oneOf(&f, "certificates", d.Certificates, CertificatesAuto, CertificatesMake, CertificatesKeep, CertificatesNone)
	switch {
	case !plainPath(d.Directory):
		f.Add("directory", "database.path", "not an absolute path", "path", d.Directory)
	case slices.Contains(reserved, d.Directory):
		f.Add("directory", "database.directory_reserved", "the system's own directory", "path", d.Directory)
	}
	if !agentName.MatchString(d.Agent) {
		f.Add("agent", "database.agent", "not a resource agent", "agent", d.Agent)
	}
	if d.Certificates != CertificatesNone {
		if d.Agent != KWDBAgent {
			f.Add("certificates", "database.certificates_kwdb", "certificates are made for KWDB only", "agent", d.Agent)
		} else {
			for _, p := range [...][2]string{{"parameters.binary", d.Binary()}, {"parameters.certs_dir", d.CertificatesDir()}, {"caKey", d.CAKey}} {
				if !plainPath(p[1]) {
					f.Add(p[0], "database.path", "not an absolute path", "path", p[1])
				}
			}
		}
	}
	checkValues(&f, "parameters", d.Parameters)
	if p, err := netip.ParsePrefix(d.Address); err != nil || p.Addr().Zone() != "" || p.Addr().IsLoopback() || p.Addr().IsMulticast() || p.Addr().IsUnspecified() {
		f.Add("address", "database.address", "not an address with the length of its network", "address", d.Address)
	}
	if d.Interface != "" && !anAdapter.MatchString(d.Interface) {
		f.Add("interface", "database.interface", "not the name of a network interface", "interface", d.Interface)
	}
	if d.Threshold < 1 || d.Threshold > 1000 {
		f.Add("threshold", "field.range", "out of range", "min", "1", "max", "1000")
	}
	checkMeta(&f, "", map[string]string{"failure-timeout": d.Forget})
	return f.Err()
}

// plainPath says whether a path is absolute, clean, and made of letters that need no quoting anywhere.
func plainPath(p string) bool { return aPath.MatchString(p) && path.Clean(p) == p }

func oneOf(f *fault.Fields, at, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.Add(at, "field.one_of", "unknown", "value", value, "allowed", strings.Join(allowed, ", "))
	}
}

// Group is the group of a database on a device, in the order in which it starts: file system, database, virtual IP address. What stands on a
// mirror has the time that the cluster it is in may make it wait.
func (d Database) Group(cfg *Config, device string) Resource {
	op := func(name, interval, timeout string) Operation {
		return Operation{Name: name, Interval: interval, Timeout: timeout}
	}
	prefix, _ := netip.ParsePrefix(d.Address)
	address := Values{"ip": prefix.Addr().String(), "cidr_netmask": strconv.Itoa(prefix.Bits())}
	if d.Interface != "" {
		address["nic"] = d.Interface
	}
	parameters := Values{}
	for name, value := range d.Parameters {
		parameters[name] = value
	}
	times := []Operation{op("start", "0s", "300s"), op("stop", "0s", "300s"), op("monitor", "10s", "60s")}
	if d.Agent == KWDBAgent {
		if _, given := parameters["datadir"]; !given {
			parameters["datadir"] = d.Directory
		}
		if d.Certificates == CertificatesNone {
			parameters["insecure"] = "true"
		}
		times = []Operation{op("start", "0s", "600s"), op("stop", "0s", "120s"), op("monitor", "10s", "40s")}
	}
	group := Resource{
		ID: d.Name, Kind: Group,
		Meta: Values{"migration-threshold": strconv.Itoa(d.Threshold), "failure-timeout": d.Forget},
		Members: []Resource{
			{
				ID: d.fileSystemID(), Kind: Primitive, Agent: "ocf:heartbeat:Filesystem", Parameters: Values{"device": device, "directory": d.Directory, "fstype": d.FileSystem},
				Operations: []Operation{op("start", "0s", "60s"), op("stop", "0s", "60s"), op("monitor", "20s", "40s")},
			},
			{ID: d.serviceID(), Kind: Primitive, Agent: d.Agent, Parameters: parameters, Operations: times},
			{
				ID: d.addressID(), Kind: Primitive, Agent: "ocf:heartbeat:IPaddr2", Parameters: address,
				Operations: []Operation{op("start", "0s", "20s"), op("stop", "0s", "20s"), op("monitor", "10s", "20s")},
			},
		},
	}
	if d.Driver == Mirror {
		for i, m := range group.Members {
			if !isAddress(m.Agent) {
				group.Members[i].Operations, _ = awaitMirror(cfg, m.Operations)
			}
		}
	}
	return group
}

// Relations keep the group where the volume is Promoted, and let it start only afterwards. Stopping goes the other way.
func (d Database) Relations(clone string) []Constraint {
	return []Constraint{
		{ID: d.Name + "-with-" + d.Volume, Kind: Colocation, Resource: d.Name, With: clone, WithRole: "Promoted", Score: "INFINITY"},
		{ID: d.Name + "-after-" + d.Volume, Kind: Order, First: clone, Action: "promote", Then: d.Name, ThenAction: "start", OrderKind: "Mandatory"},
	}
}

// Edits make a database of what is configured, on a device whose clone has that ID. There are none where it is so already. Only what the
// database says is compared: what somebody has added to a resource stays.
func (d Database) Edits(cfg *Config, clone, device string) []Edit {
	want := d.Group(cfg, device)
	var edits []Edit
	now := (*Resource)(nil)
	if cfg != nil {
		now = FindResource(cfg.Resources, d.Name)
	}
	if now == nil {
		edits = append(edits, Edit{Op: CreateResource, ID: want.ID, Resource: &want})
	} else {
		if values := others(now.Meta, want.Meta); len(values) > 0 {
			edits = append(edits, Edit{Op: SetMeta, ID: want.ID, Values: values})
		}
		for i := range want.Members {
			m := &want.Members[i]
			was := FindResource(now.Members, m.ID)
			if was == nil {
				before := ""
				if i+1 < len(want.Members) && FindResource(now.Members, want.Members[i+1].ID) != nil {
					before = want.Members[i+1].ID
				}
				edits = append(edits, Edit{Op: CreateResource, ID: m.ID, Resource: m, Group: want.ID, Before: before})
				continue
			}
			if values := others(was.Parameters, m.Parameters); len(values) > 0 {
				r := *was
				r.Parameters = Values{}
				for name, value := range was.Parameters {
					r.Parameters[name] = value
				}
				for name, value := range values {
					r.Parameters[name] = value
				}
				edits = append(edits, Edit{Op: UpdateResource, ID: m.ID, Resource: &r})
			}
		}
	}
	for _, c := range d.Relations(clone) {
		if cfg == nil || !slices.ContainsFunc(cfg.Constraints, c.means) {
			edits = append(edits, Edit{Op: CreateConstraint, ID: c.ID, Constraint: &c})
		}
	}
	return edits
}

// means says whether another constraint is the same relation, whatever its ID.
func (c Constraint) means(o Constraint) bool {
	role := o.WithRole
	if role == "Master" {
		role = "Promoted"
	}
	return o.Kind == c.Kind && o.Resource == c.Resource && o.With == c.With && role == c.WithRole && Score(o.Score) == Score(c.Score) &&
		o.First == c.First && o.Then == c.Then && o.Action == c.Action && (o.OrderKind == c.OrderKind || o.OrderKind == "")
}

// others are the values of want that now has otherwise. A secret that is not shown cannot be compared.
func others(now, want Values) Values {
	out := Values{}
	for name, value := range want {
		if old, has := now[name]; (!has || old != value) && old != "***" && value != "***" {
			out[name] = value
		}
	}
	return out
}

// Misfit is what of a database that is configured already is of another kind than it should be, so that no edit makes it right.
func (d Database) Misfit(cfg *Config) string {
	if cfg == nil {
		return ""
	}
	if now := FindResource(cfg.Resources, d.Name); now != nil && now.Kind != Group {
		return d.Name
	}
	for _, m := range d.Group(cfg, "").Members {
		if now := FindResource(cfg.Resources, m.ID); now != nil && (now.Kind != Primitive || now.Agent != m.Agent) {
			return m.ID
		}
	}
	return ""
}

// ServiceInspection is what a host says about a service that is to run on it, before anything is changed.
type ServiceInspection struct {
	Node   string  `json:"node"`
	Checks []Check `json:"checks"`
	Size   int64   `json:"size,omitempty" doc:"Bytes of the disk."`
	Stable string  `json:"stable,omitempty" doc:"A name of the disk that stays, where it was given by one that may change."`
	// Network is the network of the interface that could carry the virtual IP address.
	Network      string             `json:"network,omitempty"`
	Interface    string             `json:"interface,omitempty"`
	Certificates *CertificatesState `json:"certificates,omitempty"`
}

// CertificatesState is what certificates of a database a host has.
type CertificatesState struct {
	Authority string   `json:"authority,omitempty" doc:"SHA-256 of the authority's certificate; empty where there is none."`
	CAKey     bool     `json:"caKey" doc:"The key of the authority is here."`
	Missing   []string `json:"missing,omitempty" doc:"Names and addresses that the node's certificate does not hold; all of them where there is none."`
	Until     string   `json:"until,omitempty" doc:"When it ends."`
	Expired   bool     `json:"expired,omitempty"`
	Client    bool     `json:"client" doc:"There is a certificate by which the probe is let in."`
}

// Fit says whether the certificates can stay as they are.
func (c *CertificatesState) Fit() bool {
	return c != nil && c.Authority != "" && len(c.Missing) == 0 && !c.Expired && c.Client
}
