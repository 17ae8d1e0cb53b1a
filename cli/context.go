package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

// file is the file of contexts: which servers there are, and with what to speak to them. It holds tokens, so it is 0600.
type file struct {
	Current  string       `yaml:"current"`
	Contexts []connection `yaml:"contexts"`
}

// connection is one context.
type connection struct {
	Name    string    `yaml:"name" json:"name"`
	Server  string    `yaml:"server" json:"server"`
	CA      string    `yaml:"ca,omitempty" json:"-"`
	User    string    `yaml:"user,omitempty" json:"user"`
	Token   string    `yaml:"token,omitempty" json:"-"`
	Expires time.Time `yaml:"expires,omitempty" json:"expires,omitzero"`
	Current bool      `yaml:"-" json:"current"`
}

// configPath is where the contexts are: HAWSER_CONFIG, else below the user's configuration folder.
func (a *app) configPath() (string, error) {
	if path := a.env.Getenv("HAWSER_CONFIG"); path != "" {
		return path, nil
	}
	base := a.env.Getenv("XDG_CONFIG_HOME")
	if base == "" {
		home := a.env.Getenv("HOME")
		if home == "" {
			return "", fault.New(fault.Invalid, "cli.no_home", "neither HAWSER_CONFIG nor HOME is set")
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "hawser", "config.yaml"), nil
}

func (a *app) loadFile() (file, error) {
	var f file
	path, err := a.configPath()
	if err != nil {
		return f, err
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fault.New(fault.Invalid, "cli.file_unreadable", "%w", err).With("file", path)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return f, fault.New(fault.Invalid, "cli.file_invalid", "%s: %w", path, err).With("file", path, "message", err.Error())
	}
	return f, nil
}

// save writes the file beside and moves it into place, so that it is never half there and never readable by others.
func (a *app) save(f file) error {
	path, err := a.configPath()
	if err != nil {
		return err
	}
	raw, err := yaml.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode contexts: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".config-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(raw)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temporary.Name()))
	}
	return nil
}

// find returns the context with that name, nil where there is none.
func (f *file) find(name string) *connection {
	i := slices.IndexFunc(f.Contexts, func(c connection) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Contexts[i]
}

// connection returns where to connect to: the chosen context, with HAWSER_SERVER, HAWSER_CA_FILE, HAWSER_TOKEN and
// HAWSER_TOKEN_FILE over it. A token is never an argument: arguments can be read by everybody on the machine.
func (a *app) connection() (connection, error) {
	var c connection
	f, err := a.loadFile()
	if err != nil {
		return c, err
	}
	name := a.contextName
	if name == "" {
		name = f.Current
	}
	if found := f.find(name); found != nil {
		c = *found
	} else if a.contextName != "" {
		return c, fault.New(fault.NotFound, "cli.context_unknown", "no context %q", name).With("name", name)
	}
	if server := a.env.Getenv("HAWSER_SERVER"); server != "" && server != c.Server {
		// A token is for one server and is not shown to another.
		c = connection{Name: "HAWSER_SERVER", Server: server}
	}
	if token := a.env.Getenv("HAWSER_TOKEN"); token != "" {
		c.Token = strings.TrimSpace(token)
	}
	for variable, field := range map[string]*string{"HAWSER_CA_FILE": &c.CA, "HAWSER_TOKEN_FILE": &c.Token} {
		if path := a.env.Getenv(variable); path != "" {
			raw, err := a.readFile(path)
			if err != nil {
				return c, err
			}
			*field = strings.TrimSpace(string(raw))
		}
	}
	if c.Server == "" {
		return c, fault.New(fault.Anonymous, "cli.no_context", "no server is known yet")
	}
	return c, nil
}

func (a *app) contextCommands() *cobra.Command {
	return a.group("context",
		verb{key: "context.list", local: true, run: func(_ context.Context, k *call) error {
			f, err := k.loadFile()
			if err != nil {
				return err
			}
			for i := range f.Contexts {
				f.Contexts[i].Current = f.Contexts[i].Name == f.Current
			}
			return printList(k.app, f.Contexts,
				column[connection]{"current", func(c connection) string { return map[bool]string{true: "*"}[c.Current] }},
				column[connection]{"name", func(c connection) string { return c.Name }},
				column[connection]{"server", func(c connection) string { return c.Server }},
				column[connection]{"user", func(c connection) string { return c.User }},
				column[connection]{"expires", func(c connection) string { return clock(c.Expires) }},
			)
		}},
		verb{key: "context.use", args: []string{"name"}, local: true, run: func(_ context.Context, k *call) error {
			f, err := k.loadFile()
			if err != nil {
				return err
			}
			if f.find(k.args["name"]) == nil {
				return fault.New(fault.NotFound, "cli.context_unknown", "no context %q", k.args["name"]).With("name", k.args["name"])
			}
			f.Current = k.args["name"]
			return k.save(f)
		}},
		verb{key: "context.remove", args: []string{"name"}, local: true, run: func(_ context.Context, k *call) error {
			f, err := k.loadFile()
			if err != nil {
				return err
			}
			name := k.args["name"]
			if f.find(name) == nil {
				return fault.New(fault.NotFound, "cli.context_unknown", "no context %q", name).With("name", name)
			}
			f.Contexts = slices.DeleteFunc(f.Contexts, func(c connection) bool { return c.Name == name })
			if f.Current == name {
				f.Current = ""
				if len(f.Contexts) == 1 {
					f.Current = f.Contexts[0].Name // there is no other choice
				}
			}
			return k.save(f)
		}},
	)
}

func (a *app) login() *cobra.Command {
	return a.verb(verb{key: "login", local: true, flags: func(f *pflag.FlagSet) {
		f.String("server", "", a.t("cli.flag.server"))
		f.String("ca-file", "", a.t("cli.flag.ca_file"))
		f.String("ca-sha256", "", a.t("cli.flag.ca_sha256"))
		f.String("user", "", a.t("cli.flag.user"))
		f.Bool("password-stdin", false, a.t("cli.flag.password_stdin"))
		f.String("name", "", a.t("cli.flag.context_name"))
	}, run: login})
}

func login(ctx context.Context, k *call) error {
	f, err := k.loadFile()
	if err != nil {
		return err
	}
	var c connection
	if known := f.find(firstOf(k.flag("name"), k.contextName, f.Current)); known != nil && (k.flag("server") == "" || k.flag("server") == known.Server) {
		c = *known // signing in again: server and CA are known
	}
	c.Server = strings.TrimSuffix(firstOf(k.flag("server"), k.env.Getenv("HAWSER_SERVER"), c.Server), "/")
	if c.Server == "" {
		return fault.New(fault.Invalid, "cli.server_needed", "which server? --server https://…")
	}
	switch {
	case k.flag("ca-file") != "":
		raw, err := k.readFile(k.flag("ca-file"))
		if err != nil {
			return err
		}
		c.CA = string(raw)
	case k.flag("ca-sha256") != "":
		raw, err := client.FetchCA(ctx, c.Server, k.flag("ca-sha256"))
		if err != nil {
			return err
		}
		c.CA = string(raw)
	}
	u, err := url.Parse(c.Server)
	if err != nil {
		return fault.New(fault.Invalid, "cli.server_invalid", "%q is not the https address of a server", c.Server).With("server", c.Server)
	}
	c.Name = firstOf(k.flag("name"), k.contextName, c.Name, u.Host)
	c.Token = ""
	k.api, err = client.New(client.Options{Server: c.Server, CA: []byte(c.CA), Language: k.words.Language()})
	if err != nil {
		return err
	}
	c.User = firstOf(k.flag("user"), c.User)
	if c.User == "" && k.env.Terminal && !k.isSet("password-stdin") {
		_, _ = fmt.Fprint(k.env.Stderr, k.t("cli.ask_user")+" ")
		if c.User, err = readLine(k.env.Stdin); err != nil {
			return err
		}
	}
	c.User = firstOf(strings.TrimSpace(c.User), "admin")
	password, err := k.password("cli.ask_password", "name", c.User)
	if err != nil {
		return err
	}
	s, err := k.signIn(ctx, api.Login{Name: c.User, Password: password, Bearer: true})
	if err != nil {
		return err
	}
	if s.Token == "" {
		return fault.New(fault.Internal, "cli.no_token", "the server has not given a token")
	}
	c.Token, c.Expires = s.Token, s.Expires
	if known := f.find(c.Name); known != nil {
		*known = c
	} else {
		f.Contexts = append(f.Contexts, c)
	}
	f.Current = c.Name
	if err := k.save(f); err != nil {
		return err
	}
	k.say("%s", k.t("cli.logged_in", "user", s.User.Name, "server", c.Server, "role", k.t("cli.role."+s.User.Role)))
	if s.Must == "" {
		return nil
	}
	if k.api, err = client.New(client.Options{Server: c.Server, CA: []byte(c.CA), Token: c.Token, Language: k.words.Language()}); err != nil {
		return err
	}
	return k.settle(ctx, s, password)
}

// password asks for a password without showing it, or reads the first line of standard input. It is never an argument:
// arguments can be read by everybody on the machine.
func (k *call) password(key string, pairs ...string) (string, error) {
	if k.env.ReadPassword != nil && !k.isSet("password-stdin") {
		_, _ = fmt.Fprint(k.env.Stderr, k.t(key, pairs...)+" ")
		password, err := k.env.ReadPassword()
		_, _ = fmt.Fprintln(k.env.Stderr)
		if err != nil {
			return "", fault.New(fault.Invalid, "cli.no_answer", "nobody answers: %w", err)
		}
		return password, nil
	}
	return readLine(k.env.Stdin)
}

func (a *app) logout() *cobra.Command {
	return a.verb(verb{key: "logout", local: true, run: func(ctx context.Context, k *call) error {
		f, err := k.loadFile()
		if err != nil {
			return err
		}
		c := f.find(firstOf(k.contextName, f.Current))
		if c == nil || c.Token == "" {
			return fault.New(fault.Anonymous, "cli.not_logged_in", "not signed in")
		}
		if k.api, err = client.New(client.Options{Server: c.Server, CA: []byte(c.CA), Token: c.Token}); err != nil {
			return err
		}
		// A session that the server has ended already is gone all the same.
		if err := k.do(ctx, "session.delete", nil, nil); err != nil && fault.CodeOf(err) != fault.Anonymous {
			return err
		}
		c.Token, c.Expires = "", time.Time{}
		return k.save(f)
	}})
}

func (a *app) whoami() *cobra.Command {
	return a.verb(verb{key: "whoami", run: func(ctx context.Context, k *call) error {
		var s api.Session
		if err := k.do(ctx, "session.show", nil, &s); err != nil {
			return err
		}
		s.Token = ""
		return k.printFacts(s, "user", s.User.Name, "role", k.t("cli.role."+s.User.Role), "expires", clock(s.Expires), "version", s.Version)
	}})
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
