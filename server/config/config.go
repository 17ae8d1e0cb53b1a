// Package config reads the server's configuration file: strictly, and with all mistakes told at once.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is the server's configuration.
type Config struct {
	// DataDir holds everything that must be backed up: database, keys, certificates. Mode 0700.
	DataDir string `yaml:"dataDir"`
	// Listen are the addresses of console, interface and agents: host:port, or :port for all.
	Listen []string `yaml:"listen"`
	// Names are the DNS names and IP addresses in the server's certificate.
	Names []string `yaml:"names"`
	// AgentAddress is where agents dial, as https://host:port; its host must be one of Names.
	AgentAddress string `yaml:"agentAddress"`
	// AdminPasswordFile holds the first password of admin. Where it is missing at the first start, the server writes one.
	AdminPasswordFile string `yaml:"adminPasswordFile"`
	// Origins are pages beside the server's own that may listen to live messages, for developing the console.
	Origins  []string `yaml:"origins"`
	Database Database `yaml:"database"`
	Events   Events   `yaml:"events"`
	Alarms   Alarms   `yaml:"alarms"`
	Licence  Licence  `yaml:"licence"`
	Metrics  Metrics  `yaml:"metrics"`
	Logs     Logs     `yaml:"logs"`
	Log      Log      `yaml:"log"`
	Demo     Demo     `yaml:"demo"`
}

// Database says where everything is kept; SQLite below DataDir where it is empty.
type Database struct {
	// DSN is a PostgreSQL connection string: postgres://user:password@host/database.
	DSN string `yaml:"dsn"`
}

// Events says how long the time line goes back.
type Events struct {
	KeepDays int `yaml:"keepDays"`
	Most     int `yaml:"most"`
}

// Alarms say how people are told.
type Alarms struct {
	// Console is where people reach the console, as https://host:port: links in messages begin with it. AgentAddress where empty.
	Console string `yaml:"console"`
	// NodesAfter is how long the server must not have confirmed an event before a node tells people itself, where a channel wants that.
	NodesAfter time.Duration `yaml:"nodesAfter"`
	// AllowLocal lets messages be sent to this machine itself and to link-local addresses, for example to a mail server on it.
	AllowLocal bool `yaml:"allowLocal"`
	// AllowHTTP lets webhooks be without encryption.
	AllowHTTP bool `yaml:"allowHTTP"`
}

// Licence says how a token that proves a licence is reached. Who signs licences is part of the program, never of this file.
type Licence struct {
	Ukey Ukey `yaml:"ukey"`
}

// Ukey is the token.
type Ukey struct {
	// Module is the PKCS #11 library of the token's maker; no token is asked where it is empty.
	Module string `yaml:"module"`
	// Token is the label of the token, any where empty.
	Token string `yaml:"token"`
	// Every is how often the token is asked, and Grace how long its licence counts after it was pulled out.
	Every time.Duration `yaml:"every"`
	Grace time.Duration `yaml:"grace"`
	// Helper is the program that loads the library; hawser-ukey beside the server where empty.
	Helper string `yaml:"helper"`
}

// Metrics says who may read /metrics without signing in.
type Metrics struct {
	From []string `yaml:"from"`
}

// Logs are the bounds of log bundles.
type Logs struct {
	Keep   time.Duration `yaml:"keep"`   // how long a bundle that was collected can be downloaded
	MaxMiB int64         `yaml:"maxMiB"` // of a bundle, before compression
}

// Log says how much is logged, and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Demo is the demo's client outside the cluster.
type Demo struct {
	Socket string `yaml:"socket"` // its Unix socket; no demo where empty
}

// Default returns what holds where the file says nothing.
func Default() Config {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	c := Config{
		DataDir:      "/var/lib/hawser",
		Listen:       []string{":8443"},
		Names:        []string{host, "localhost", "127.0.0.1"},
		AgentAddress: "https://" + host + ":8443",
		Events:       Events{KeepDays: 90, Most: 200_000},
		Alarms:       Alarms{NodesAfter: 5 * time.Minute},
		Licence:      Licence{Ukey: Ukey{Every: time.Minute, Grace: 72 * time.Hour}},
		Metrics:      Metrics{From: []string{"127.0.0.0/8", "::1/128"}},
		Logs:         Logs{Keep: 72 * time.Hour, MaxMiB: 2048},
		Log:          Log{Level: "info", Format: "text"},
	}
	slices.Sort(c.Names)
	c.Names = slices.Compact(c.Names)
	return c
}

// Read reads a file over the defaults. Whatever is wrong with it is in the error, all at once.
func Read(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(data)
}

// Parse is Read of what is in a file.
func Parse(data []byte) (Config, error) {
	c := Default()
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var errs []error
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		typeError, many := errors.AsType[*yaml.TypeError](err)
		if !many {
			return Config{}, fmt.Errorf("configuration is not YAML: %w", err)
		}
		for _, e := range typeError.Errors {
			errs = append(errs, errors.New(unknown.ReplaceAllString(e, `unknown key "$1"`)))
		}
	}
	if c.AdminPasswordFile == "" {
		c.AdminPasswordFile = filepath.Join(c.DataDir, "admin-password")
	}
	return c, errors.Join(append(errs, c.Validate())...)
}

var unknown = regexp.MustCompile(`field (\S+) not found in type \S+`)

// Validate returns everything that is wrong, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) { errs = append(errs, fmt.Errorf(key+": "+format, args...)) }
	if !filepath.IsAbs(c.DataDir) {
		bad("dataDir", "%q is not an absolute path", c.DataDir)
	}
	if !filepath.IsAbs(c.AdminPasswordFile) {
		bad("adminPasswordFile", "%q is not an absolute path", c.AdminPasswordFile)
	}
	if len(c.Listen) == 0 {
		bad("listen", "at least one address is needed")
	}
	for i, l := range c.Listen {
		host, port, err := net.SplitHostPort(l)
		if _, portErr := net.LookupPort("tcp", port); err != nil || portErr != nil || host != "" && net.ParseIP(host) == nil && host != "localhost" {
			bad(fmt.Sprintf("listen[%d]", i), "%q is not an address such as 0.0.0.0:8443", l)
		}
	}
	if len(c.Names) == 0 {
		bad("names", "at least one name or address is needed for the certificate")
	}
	for i, n := range c.Names {
		if net.ParseIP(n) == nil && !hostName.MatchString(n) {
			bad(fmt.Sprintf("names[%d]", i), "%q is neither a DNS name nor an IP address", n)
		}
	}
	switch u, err := url.Parse(c.AgentAddress); {
	case err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "":
		bad("agentAddress", "%q is not of the form https://host:port", c.AgentAddress)
	case !slices.Contains(c.Names, u.Hostname()):
		bad("agentAddress", "%q is not one of names, so agents would not trust the certificate", u.Hostname())
	}
	if dsn := c.Database.DSN; dsn != "" {
		if u, err := url.Parse(dsn); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			bad("database.dsn", "not of the form postgres://user@host/database") // its text may hold a password
		}
	}
	if c.Events.KeepDays < 1 {
		bad("events.keepDays", "must be at least 1")
	}
	if c.Alarms.NodesAfter < time.Second || c.Alarms.NodesAfter > 24*time.Hour {
		bad("alarms.nodesAfter", "must be between 1s and 24h")
	}
	if a := c.Alarms.Console; a != "" {
		if u, err := url.Parse(a); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			bad("alarms.console", "%q is not of the form https://host:port", a)
		}
	}
	u := c.Licence.Ukey
	if u.Module != "" && !filepath.IsAbs(u.Module) {
		bad("licence.ukey.module", "%q is not an absolute path", u.Module)
	}
	if u.Helper != "" && !filepath.IsAbs(u.Helper) {
		bad("licence.ukey.helper", "%q is not an absolute path", u.Helper)
	}
	if u.Every < 10*time.Second || u.Every > time.Hour {
		bad("licence.ukey.every", "must be between 10s and 1h")
	}
	if u.Grace < time.Hour || u.Grace > 30*24*time.Hour {
		bad("licence.ukey.grace", "must be between 1h and 720h")
	}
	if c.Logs.Keep < time.Hour || c.Logs.Keep > 90*24*time.Hour {
		bad("logs.keep", "must be between 1h and 2160h")
	}
	if c.Logs.MaxMiB < 16 || c.Logs.MaxMiB > 1<<20 {
		bad("logs.maxMiB", "must be between 16 and 1048576")
	}
	if c.Events.Most < 1000 {
		bad("events.most", "must be at least 1000")
	}
	for i, n := range c.Metrics.From {
		if _, err := netip.ParsePrefix(n); err != nil {
			bad(fmt.Sprintf("metrics.from[%d]", i), "%q is not a network such as 10.0.0.0/8", n)
		}
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		bad("log.level", "%q is none of debug, info, warn, error", c.Log.Level)
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", "%q is neither text nor json", c.Log.Format)
	}
	if s := c.Demo.Socket; s != "" && !filepath.IsAbs(s) {
		bad("demo.socket", "%q is not an absolute path", s)
	}
	return errors.Join(errs...)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
