package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"hawser/e2e/sandbox"
	"hawser/e2e/sandbox/host"
)

// root holds what all verbs share.
type root struct {
	opt sandbox.Options
}

func (r *root) open() (*sandbox.Sandbox, error) { return sandbox.New(r.opt) }

func newRoot() *cobra.Command {
	r := &root{}
	r.opt.Log = os.Stderr
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Real nodes on this machine, and faults for them", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cmd.PersistentFlags().IntVar(&r.opt.Instance, "instance", envInstance(), "second number of the sandbox's addresses; two sandboxes can run side by side")
	cmd.AddCommand(
		r.up(), r.down(), r.status(), r.exec(), r.lun(), r.garbage(), r.wipeDisk(), r.fenceDevice(), r.lunLog(), r.probe(), r.prepareDisk(), r.kill(),
		r.node("poweroff", "take a node's power: what it had not flushed is lost", func(ctx context.Context, s *sandbox.Sandbox, n string) error { return s.PowerOff(ctx, n) }),
		r.node("poweron", "give a node power and wait until it has booted", func(ctx context.Context, s *sandbox.Sandbox, n string) error { return s.PowerOn(ctx, n) }),
		r.node("fill-disk", "take all the space of a node's own disk", func(ctx context.Context, s *sandbox.Sandbox, n string) error { return s.FillDisk(ctx, n) }),
		r.node("free-disk", "give the space back", func(ctx context.Context, s *sandbox.Sandbox, n string) error { return s.FreeDisk(ctx, n) }),
	)
	cmd.AddCommand(r.network()...)
	cmd.AddCommand(r.internal()...)
	return cmd
}

// envInstance lets a whole script use another sandbox.
func envInstance() int {
	if n, err := strconv.Atoi(os.Getenv("HAWSER_SANDBOX_INSTANCE")); err == nil {
		return n
	}
	return sandbox.DefaultInstance
}

func (r *root) up() *cobra.Command {
	var nodes string
	var disk, nodeDisk, private int64
	cmd := &cobra.Command{
		Use: "up", Short: "bring all nodes up; clears first what a crash left", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n, err := strconv.Atoi(nodes); err == nil {
				if n < 1 || n > 8 {
					return fmt.Errorf("%d nodes: must be from 1 to 8", n)
				}
				for i := range n {
					r.opt.Nodes = append(r.opt.Nodes, fmt.Sprintf("n%d", i+1))
				}
			} else if nodes != "" {
				r.opt.Nodes = strings.Split(nodes, ",")
			}
			r.opt.Disk, r.opt.NodeDisk, r.opt.Private = disk<<20, nodeDisk<<20, private<<20
			s, err := r.open()
			if err != nil {
				return err
			}
			return s.Up(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&nodes, "nodes", "", "names of the nodes (n1,n2,n3), or how many: 1 to 8")
	cmd.Flags().StringVar(&r.opt.Share, "share", "", "DIR[:WHERE]: folder that every node sees, read-only, at WHERE (/opt/hawser)")
	cmd.Flags().Int64Var(&disk, "disk", 0, "MiB of the first shared disk (2048)")
	cmd.Flags().IntVar(&r.opt.LUNs, "luns", 0, "number of shared disks, 1 to 8 (1); all but the first have 64 MiB")
	cmd.Flags().IntVar(&r.opt.Links, "links", 0, "number of heartbeat networks, 1 to 7 (2)")
	cmd.Flags().BoolVar(&r.opt.IPv6, "ipv6", false, "IPv6 addresses beside IPv4 in all networks")
	cmd.Flags().BoolVar(&r.opt.Arbiter, "arbiter", false, "a machine arb for a quorum device, with a network of its own to the nodes")
	cmd.Flags().DurationVar(&r.opt.SelfTest, "self-test", 0, "from a reset by a fence device until the node boots (0s); a real machine's firmware needs a minute")
	cmd.Flags().Int64Var(&private, "private-disk", 0, "MiB of a disk that each node has for itself, /dev/sandbox/private (none)")
	cmd.Flags().Int64Var(&nodeDisk, "node-disk", 0, "MiB of each node's own disk (4096)")
	return cmd
}

func (r *root) down() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use: "down", Short: "end everything and leave nothing behind", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			return s.Down(cmd.Context(), keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep-disks", false, "keep the disks of nodes and cluster for the next up")
	return cmd
}

func (r *root) node(use, short string, do func(context.Context, *sandbox.Sandbox, string) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " NODE", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			return do(cmd.Context(), s, args[0])
		},
	}
}

func (r *root) kill() *cobra.Command {
	var first bool
	cmd := &cobra.Command{
		Use: "kill NODE PROCESS", Short: "SIGKILL every process of exactly this name on a node", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			kill := s.Kill
			if first {
				kill = s.KillFirst
			}
			n, err := kill(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "killed %d\n", n)
			return nil
		},
	}
	cmd.Flags().BoolVar(&first, "first", false, "only those whose parent has another name: of postgres, the postmaster")
	return cmd
}

func (r *root) exec() *cobra.Command {
	cmd := &cobra.Command{
		Use: "exec NODE [--] COMMAND…", Short: "run a command in a node, with this terminal", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			argv := args[1:]
			if argv[0] == "--" {
				argv = argv[1:]
			}
			enter, err := s.Enter(cmd.Context(), args[0], argv...)
			if err != nil {
				return err
			}
			return unix.Exec(enter[0], enter, os.Environ())
		},
	}
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func (r *root) lunLog() *cobra.Command {
	var n, disk int
	cmd := &cobra.Command{
		Use: "lun-log", Short: "changes to a shared disk, and whether it ever had two writers (exit status 1 if so)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			records, err := s.Disk(disk).Journal()
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, rec := range records[max(0, len(records)-n):] {
				fmt.Fprintf(out, "%s %-8s %-8s %12d %10d\n", rec.Time.Local().Format("15:04:05.000000"), rec.Node, rec.Op, rec.Offset, rec.Length)
			}
			overlaps, err := s.Disk(disk).Overlaps(time.Time{})
			if err != nil {
				return err
			}
			for _, o := range overlaps {
				fmt.Fprintln(out, "TWO WRITERS:", o)
			}
			if len(overlaps) > 0 {
				return errors.New("the shared disk had two writers")
			}
			fmt.Fprintf(out, "%d records, never two writers\n", len(records))
			return nil
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many of the last records to show")
	lunFlag(cmd, &disk)
	return cmd
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (r *root) status() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "status", Short: "what the sandbox knows of its nodes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			st, err := s.Status(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if format == "json" {
				return printJSON(out, st)
			}
			w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
			links := ""
			for i := range st.Config.Links {
				links += fmt.Sprintf("HB%d\t", i)
			}
			fmt.Fprintln(w, "NODE\tPOWER\t"+links+"SERVICE\tDISK\tUNFLUSHED\tMEMORY\tBOOT\tCUT")
			for _, n := range st.Nodes {
				addresses := ""
				for i := range st.Config.Links {
					addresses += orDash(n.Addresses[fmt.Sprintf("hb%d", i)]) + "\t"
				}
				var disks, dirty []string
				for _, l := range n.LUNs {
					disks = append(disks, string(l.Fault.Mode))
					if l.LUN != nil {
						dirty = append(dirty, fmt.Sprintf("%d KiB", l.LUN.Dirty>>10))
					}
				}
				fmt.Fprintf(w, "%s\t%s\t%s%s\t%s\t%s\t%d MiB\t%.1f s\t%s\n", n.Name, n.Power, addresses, orDash(n.Addresses["svc0"]),
					orDash(strings.Join(disks, " ")), orDash(strings.Join(dirty, ", ")), n.Usage.Memory>>20, n.Booted.Seconds(), strings.Join(wounds(n), ", "))
				if n.Problem != "" {
					fmt.Fprintf(w, "\t%s\n", n.Problem)
				}
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for _, d := range host.Devices {
				for n, m := range st.Fences[d] {
					if n == "" {
						n = "all others"
					}
					// The further ones are of interest only where they are told to misbehave.
					if d == host.FirstDevice || m.Mode != sandbox.FenceOK {
						fmt.Fprintf(out, "fence device %s for %s: %s\n", d, n, m.Mode)
					}
				}
			}
			if p, err := s.Probe().Status(cmd.Context()); err == nil {
				printProbe(out, p)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "table or json")
	return cmd
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// wounds says what is wrong with a machine's networks.
func wounds(n sandbox.NodeStatus) []string {
	var out []string
	for c, m := range n.Cut {
		out = append(out, c+" "+string(m))
	}
	for c, i := range n.Impaired {
		text := fmt.Sprintf("%s %s±%s, %g %% lost", c, i.Delay, i.Jitter, i.Loss)
		if i.Way != "" {
			text += ", only " + string(i.Way)
		}
		out = append(out, text)
	}
	if n.Side > 0 {
		out = append(out, fmt.Sprintf("side %d of a partition", n.Side))
	}
	slices.Sort(out)
	return out
}

func printProbe(w io.Writer, p sandbox.ProbeStatus) {
	fmt.Fprintf(w, "client on %s: %d of %d rows acknowledged since %s, current outage %d ms, longest %d ms\n", p.Target, p.Acknowledged, p.Attempts,
		p.Since.Local().Format(time.TimeOnly), p.CurrentOutageMS, p.LongestOutageMS)
	if p.LastError != "" {
		fmt.Fprintln(w, "  last error:", p.LastError)
	}
}

func (r *root) probe() *cobra.Command {
	cmd := &cobra.Command{Use: "probe", Short: "the client outside of the cluster that writes a row every 50 ms"}
	var target string
	start := &cobra.Command{Use: "start", Short: "start it", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		s, err := r.open()
		if err != nil {
			return err
		}
		return s.Probe().Start(cmd.Context(), target)
	}}
	start.Flags().StringVar(&target, "target", "10.213.3.100", "address to write to")
	var format string
	show := func(use, short string, get func(context.Context, sandbox.Probe) (any, error), text func(io.Writer, any)) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			v, err := get(cmd.Context(), s.Probe())
			if err != nil {
				return err
			}
			if format == "json" {
				return printJSON(cmd.OutOrStdout(), v)
			}
			text(cmd.OutOrStdout(), v)
			return nil
		}}
		c.Flags().StringVarP(&format, "output", "o", "table", "table or json")
		return c
	}
	cmd.AddCommand(start,
		show("status", "what it has seen", func(ctx context.Context, p sandbox.Probe) (any, error) { return p.Status(ctx) }, func(w io.Writer, v any) {
			if p, ok := v.(sandbox.ProbeStatus); ok {
				printProbe(w, p)
			}
		}),
		show("verify", "read all rows and count acknowledged ones that are missing", func(ctx context.Context, p sandbox.Probe) (any, error) { return p.Verify(ctx) }, func(w io.Writer, v any) {
			if p, ok := v.(sandbox.Verification); ok {
				fmt.Fprintf(w, "%d rows acknowledged, %d found, %d lost\n", p.Acknowledged, p.Found, p.Lost)
			}
		}),
		show("reset", "begin a new measurement", func(ctx context.Context, p sandbox.Probe) (any, error) { return nil, p.Reset(ctx) }, func(io.Writer, any) {}),
		r.clients(),
		show("stop", "end it", func(ctx context.Context, p sandbox.Probe) (any, error) { return nil, p.Stop(ctx) }, func(io.Writer, any) {}),
	)
	return cmd
}

// clients is the verb for clients of other services than the database.
func (r *root) clients() *cobra.Command {
	var addresses []string
	cmd := &cobra.Command{
		Use: "clients", Short: "further clients, of services that say a line to whoever connects; without addresses it shows what they have seen", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := r.open()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("address") {
				return s.Probe().Clients(cmd.Context(), addresses...)
			}
			seen, err := s.Probe().Reached(cmd.Context())
			if err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), seen)
		},
	}
	cmd.Flags().StringSliceVar(&addresses, "address", nil, "HOST:PORT of each, in place of those that were asked before; an empty one ends it")
	return cmd
}

func (r *root) prepareDisk() *cobra.Command {
	var fsync, node, device, kind string
	cmd := &cobra.Command{
		Use: "prepare-disk", Short: "file system and database on the shared disk, as an administrator makes them before they are protected", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fsync != "on" && fsync != "off" {
				return fmt.Errorf("fsync %q: on or off", fsync)
			}
			s, err := r.open()
			if err != nil {
				return err
			}
			if node != "" {
				return s.PrepareDevice(cmd.Context(), node, device, kind)
			}
			return s.PrepareDisk(cmd.Context(), fsync == "off")
		},
	}
	cmd.Flags().StringVar(&node, "node", "", "a node whose device is prepared, in place of the shared disk")
	cmd.Flags().StringVar(&device, "device", sandbox.PrivateDevice, "with --node: the device")
	cmd.Flags().StringVar(&kind, "type", "ext4", "with --node: ext4 or xfs")
	cmd.Flags().StringVar(&fsync, "fsync", "on", "off makes the database lose rows in a crash: for tests of the tests")
	cmd.MarkFlagsMutuallyExclusive("fsync", "node")
	return cmd
}
