package wire

// The commands of a service that a cluster is to run, all of one host.
const (
	InspectService      CommandName = "service.inspect"              // InspectServiceArgs → ha.ServiceInspection: nothing changes
	PrepareService      CommandName = "service.prepare"              // PrepareServiceArgs → PrepareServiceOutput: the directory that is mounted over
	MakeCertificates    CommandName = "service.certificates.make"    // MakeCertificatesArgs → CertificatesOutput: nothing in place changes
	InstallCertificates CommandName = "service.certificates.install" // InstallCertificatesArgs: those that were there are kept beside
	SettleCertificates  CommandName = "service.certificates.settle"  // SettleCertificatesArgs: those that were there are put back, or forgotten
)

// InspectServiceArgs say what is going to be there. What is empty is not looked at.
type InspectServiceArgs struct {
	Disk      string   `json:"disk,omitempty"`
	Directory string   `json:"directory,omitempty"`
	Address   string   `json:"address,omitempty"` // with the length of its network
	Interface string   `json:"interface,omitempty"`
	Held      bool     `json:"held,omitempty"` // the cluster itself holds the address, and has the directory mounted and the database running
	Unit      string   `json:"unit,omitempty"`
	Agent     string   `json:"agent,omitempty"`
	Binary    string   `json:"binary,omitempty"`
	CertsDir  string   `json:"certsDir,omitempty"`
	CAKey     string   `json:"caKey,omitempty"`
	Names     []string `json:"names,omitempty"` // that the node's certificate must hold
	User      string   `json:"user,omitempty"`  // of the database, who asks
}

// PrepareServiceArgs name the directory; Remove takes it away, where it is empty.
type PrepareServiceArgs struct {
	Directory string `json:"directory"`
	Remove    bool   `json:"remove,omitempty"`
}

// PrepareServiceOutput says whether the directory was made: only such a one is taken away again.
type PrepareServiceOutput struct {
	Made bool `json:"made"`
}

// MakeCertificatesArgs have the database's own tool make a node's certificate. The authority's key stays where it is.
type MakeCertificatesArgs struct {
	Binary string   `json:"binary"`
	Dir    string   `json:"dir"`
	CAKey  string   `json:"caKey"`
	Names  []string `json:"names"`
}

// CertificatesOutput is certificates with their keys, by the names of their files: secret.
type CertificatesOutput struct {
	Files map[string][]byte `json:"files"`
}

// InstallCertificatesArgs put them into a directory.
type InstallCertificatesArgs struct {
	Dir   string            `json:"dir"`
	Files map[string][]byte `json:"files"` // secret
}

// SettleCertificatesArgs end an installation.
type SettleCertificatesArgs struct {
	Dir     string `json:"dir"`
	Restore bool   `json:"restore,omitempty"`
}
