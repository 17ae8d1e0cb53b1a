package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// DefaultConfigFile is where the configuration is looked for. It may be missing: everything has a default.
const DefaultConfigFile = "/etc/hawser/agent.yaml"

// Config is the agent's configuration. Whom it belongs to is not in it: that comes by enrolment and is state.
type Config struct {
	StateDir string `yaml:"stateDir"` // identity, spool and journals
	// HostProc is where this host's load and memory are read. In a container whose /proc tells of the machine around it, it is where
	// the container's own figures are.
	HostProc string `yaml:"hostProc"`
	// Watch has failures noticed by events on this host. The cluster property hawser-watch has to be on as well.
	Watch bool      `yaml:"watch"`
	Log   LogConfig `yaml:"log"`
}

// LogConfig says how much is logged, to standard error, which systemd keeps.
type LogConfig struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// DefaultConfig returns the configuration where nothing is configured.
func DefaultConfig() Config {
	return Config{
		StateDir: "/var/lib/hawser-agent",
		HostProc: "/proc",
		Watch:    true,
		Log:      LogConfig{Level: "info", Format: "text"},
	}
}

// ReadConfig reads the file over the defaults. Unknown keys are refused, and all mistakes are told at once.
// A missing file is a mistake only where it was asked for by name.
func ReadConfig(path string, named bool) (Config, error) {
	c := DefaultConfig()
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !named:
		return c, nil
	case err != nil:
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// Validate returns all mistakes, joined.
func (c Config) Validate() error {
	var errs []error
	if !filepath.IsAbs(c.StateDir) {
		errs = append(errs, fmt.Errorf("stateDir: %q is not an absolute path", c.StateDir))
	}
	if !filepath.IsAbs(c.HostProc) {
		errs = append(errs, fmt.Errorf("hostProc: %q is not an absolute path", c.HostProc))
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		errs = append(errs, fmt.Errorf("log.level: %q is none of debug, info, warn, error", c.Log.Level))
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		errs = append(errs, fmt.Errorf("log.format: %q is neither text nor json", c.Log.Format))
	}
	return errors.Join(errs...)
}

// Logger returns the logger that the configuration asks for. Time and priority are left to journald where it listens.
func (c Config) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Log.Level)) // Validate has seen it
	o := &slog.HandlerOptions{Level: level}
	if os.Getenv("JOURNAL_STREAM") != "" {
		o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
