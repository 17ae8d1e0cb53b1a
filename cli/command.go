package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/cli/client"
	"hawser/internal/api"
	"hawser/internal/fault"
)

// verb describes one command. Its texts are cli.<key>, or route.<key> where it is nothing but that route;
// cli.<key>.long and cli.<key>.example may say more.
type verb struct {
	key string
	// args are the names of its arguments. "cluster" may be left out on the command line: see call.resolve. One with a
	// question mark may be left out for good. The last may end in "=": any number of NAME=VALUE follow.
	args  []string
	flags func(*pflag.FlagSet)
	run   func(context.Context, *call) error
	// long says that the command starts an operation: --no-wait and --timeout are of use.
	long bool
	// local says that the command needs no server.
	local bool
}

// call is a command being carried out.
type call struct {
	*app
	api    *client.Client
	flags  *pflag.FlagSet
	args   map[string]string
	values []string // NAME=VALUE arguments
}

func (a *app) verb(v verb) *cobra.Command {
	name := v.key[strings.LastIndex(v.key, ".")+1:]
	use := name
	for _, arg := range v.args {
		switch {
		case arg == "cluster", strings.HasSuffix(arg, "?"):
			use += " [" + strings.ToUpper(strings.TrimSuffix(arg, "?")) + "]"
		case strings.HasSuffix(arg, "="):
			use += " [NAME=VALUE ...]"
		default:
			use += " " + strings.ToUpper(arg)
		}
	}
	c := &cobra.Command{Use: use, Short: a.short(v.key), DisableFlagsInUseLine: true, Args: cobra.ArbitraryArgs}
	if key := "cli." + v.key + ".long"; a.words.Has(key) {
		c.Long = a.t(key)
	}
	if key := "cli." + v.key + ".example"; a.words.Has(key) {
		c.Example = a.t(key)
	}
	if v.flags != nil {
		v.flags(c.Flags())
	}
	if v.long {
		c.Flags().BoolVar(&a.noWait, "no-wait", false, a.t("cli.flag.no_wait"))
		a.waitFlag(c.Flags())
	}
	c.ValidArgsFunction = a.complete(v)
	c.RunE = func(c *cobra.Command, given []string) error {
		k := &call{app: a, flags: c.Flags(), args: map[string]string{}}
		if !v.local {
			var err error
			if k.api, err = a.client(); err != nil {
				return err
			}
		}
		if err := k.resolve(c.Context(), c, v.args, given); err != nil {
			return err
		}
		return v.run(c.Context(), k)
	}
	return c
}

// waitFlag says how long the end of an operation is waited for.
func (a *app) waitFlag(f *pflag.FlagSet) {
	f.DurationVar(&a.timeout, "timeout", 30*time.Minute, a.t("cli.flag.timeout"))
}

func (a *app) short(key string) string {
	if a.words.Has("cli." + key) {
		return a.t("cli." + key)
	}
	return a.t("route." + key)
}

// group makes the command of a noun with its verbs.
func (a *app) group(name string, verbs ...verb) *cobra.Command {
	c := a.noun(&cobra.Command{Use: name + " COMMAND", Short: a.t("cli." + name), DisableFlagsInUseLine: true})
	for _, v := range verbs {
		c.AddCommand(a.verb(v))
	}
	return c
}

// resolve gives the arguments their names. The cluster may be left out: then it is the one of --cluster, of HAWSER_CLUSTER,
// or the only one that there is.
func (k *call) resolve(ctx context.Context, c *cobra.Command, names, given []string) error {
	if n := len(names); n > 0 && strings.HasSuffix(names[n-1], "=") {
		names = names[:n-1]
		if i := slices.IndexFunc(given, func(arg string) bool { return strings.Contains(arg, "=") }); i >= 0 {
			given, k.values = given[:i], given[i:]
		}
	}
	// With a file the object's own name and kind stand in the file.
	if file := c.Flags().Lookup("file"); file != nil && file.Changed {
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n != "cluster" && n != "resource" })
	}
	required := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.HasSuffix(n, "?") })
	withCluster := slices.Contains(names, "cluster")
	switch {
	case len(given) >= len(required) && len(given) <= len(names):
		if withCluster && k.cluster != "" {
			return fault.New(fault.Invalid, "cli.cluster_twice", "the cluster is named by an argument and by --cluster")
		}
		for i, arg := range given {
			if arg == "" {
				return fault.New(fault.Invalid, "cli.argument_empty", "argument %s is empty", names[i]).With("name", strings.ToUpper(names[i]))
			}
			k.args[strings.TrimSuffix(names[i], "?")] = arg
		}
	case withCluster && len(given) == len(required)-1:
		without := slices.DeleteFunc(slices.Clone(required), func(n string) bool { return n == "cluster" })
		for i, arg := range given {
			k.args[without[i]] = arg
		}
		var err error
		if k.args["cluster"], err = k.theCluster(ctx); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "cli.arguments", "usage: %s", c.UseLine()).With("usage", c.UseLine())
	}
	if k.args["cluster"] == "" && slices.Contains(names, "cluster?") {
		k.args["cluster"] = k.cluster
	}
	return nil
}

// theCluster returns the cluster that nobody named on the command line.
func (k *call) theCluster(ctx context.Context) (string, error) {
	if k.cluster != "" {
		return k.cluster, nil
	}
	if name := k.env.Getenv("HAWSER_CLUSTER"); name != "" {
		return name, nil
	}
	clusters, err := client.All[api.Cluster](ctx, k.api, client.Request{Route: "cluster.list"}, 0)
	if err != nil {
		return "", err
	}
	if len(clusters) != 1 {
		return "", fault.New(fault.Invalid, "cli.cluster_needed", "which of %d clusters? name it as first argument or by --cluster", len(clusters)).
			With("count", fmt.Sprint(len(clusters)))
	}
	return clusters[0].Name, nil
}

// path picks arguments for the path of a route; a route has no use for others.
func (k *call) path() map[string]string { return maps.Clone(k.args) }

// do calls a route with the command's arguments in its path.
func (k *call) do(ctx context.Context, route string, body, out any) error {
	return k.api.Do(ctx, client.Request{Route: route, Path: k.path(), Body: body}, out)
}

// start calls a Long route and follows its operation to the end.
func (k *call) start(ctx context.Context, route string, body any) error {
	var op api.Operation
	if err := k.do(ctx, route, body, &op); err != nil {
		return err
	}
	return k.follow(ctx, op)
}

// flag returns the value of a string flag.
func (k *call) flag(name string) string {
	if f := k.flags.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

func (k *call) isSet(name string) bool {
	f := k.flags.Lookup(name)
	return f != nil && f.Value.String() == "true"
}

// list returns the values of a flag that may be given several times.
func (k *call) list(name string) []string {
	if f := k.flags.Lookup(name); f != nil {
		if s, ok := f.Value.(pflag.SliceValue); ok {
			return s.GetSlice()
		}
	}
	return nil
}

// flagError says in the user's language what is wrong with a flag.
func (a *app) flagError(_ *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return fault.New(fault.Invalid, "cli.flag_unknown", "%w", err).With("name", dashes+name)
	case errors.As(err, &empty):
		return fault.New(fault.Invalid, "cli.flag_empty", "%w", err).With("name", "--"+empty.GetFlag().Name)
	case errors.As(err, &wrong):
		return fault.New(fault.Invalid, "cli.flag_value", "%w", err).With("name", "--"+wrong.GetFlag().Name, "value", wrong.GetValue())
	}
	return fault.New(fault.Invalid, "cli.flags", "%w", err).With("message", err.Error())
}

// pairs reads NAME=VALUE arguments. A value may be kept from the process list: @FILE reads it from a file, "-" from standard
// input, @@ stands for a value that begins with @.
func (a *app) pairs(list []string) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, one := range list {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, fault.New(fault.Invalid, "cli.pair_invalid", "%q is not NAME=VALUE", one).With("value", one)
		}
		switch {
		case strings.HasPrefix(value, "@@"):
			value = value[1:]
		case strings.HasPrefix(value, "@"), value == "-":
			raw, err := a.readFile(strings.TrimPrefix(value, "@"))
			if err != nil {
				return nil, err
			}
			value = strings.TrimRight(string(raw), "\r\n")
		}
		if _, twice := out[name]; twice {
			return nil, fault.New(fault.Invalid, "cli.pair_twice", "%s is given twice", name).With("name", name)
		}
		out[name] = value
	}
	return out, nil
}
