package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"hawser/e2e/sandbox/host"
	"hawser/e2e/sandbox/lun"
	"hawser/e2e/sandbox/probe"
)

// internal are the processes of a sandbox; the verbs start them.
func (r *root) internal() []*cobra.Command {
	all := []*cobra.Command{r.daemon(), r.launch(), lunServer(), probeRun()}
	for _, c := range all {
		c.Hidden = true
	}
	return all
}

func logger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

func (r *root) daemon() *cobra.Command {
	return &cobra.Command{Use: "daemon", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		layout, err := host.NewLayout(r.opt.Instance)
		if err != nil {
			return err
		}
		cfg, err := layout.ReadConfig()
		if err != nil {
			return err
		}
		h, err := host.New(layout, cfg, logger())
		if err != nil {
			return err
		}
		return h.Serve(cmd.Context())
	}}
}

func (r *root) launch() *cobra.Command {
	var p host.Launch
	var enter string
	cmd := &cobra.Command{Use: "launch", Args: cobra.MinimumNArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		layout, err := host.NewLayout(r.opt.Instance)
		if err != nil {
			return err
		}
		p.Argv = args
		if enter != "" {
			node, pid, _ := strings.Cut(enter, ":")
			leader, err := strconv.Atoi(pid)
			if err != nil {
				return fmt.Errorf("enter %q: %w", enter, err)
			}
			p = host.Enter(node, leader, args)
		}
		return layout.Exec(p)
	}}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVar(&p.Netns, "netns", "", "network namespace")
	cmd.Flags().StringVar(&p.Cgroup, "cgroup", "", "control group")
	cmd.Flags().StringVar(&p.Leaf, "leaf", "", "child of that group")
	cmd.Flags().BoolVar(&p.Mounts.New, "mounts", false, "new mount namespace")
	cmd.Flags().StringVar(&p.Mounts.Only, "mounts-of", "", "new mount namespace with the mounts of this node alone")
	cmd.Flags().StringVar(&enter, "enter", "", "NODE:PID of its init")
	return cmd
}

func lunServer() *cobra.Command {
	cfg := lun.Config{}
	cmd := &cobra.Command{Use: "lun-server", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		cfg.Log = logger()
		if err := ahead(); err != nil {
			return err
		}
		s, err := lun.NewServer(cfg)
		if err != nil {
			return err
		}
		return s.Run(cmd.Context())
	}}
	f := cmd.Flags()
	f.StringVar(&cfg.Node, "node", "", "initiator")
	f.StringVar(&cfg.Store, "store", "", "file behind all nodes")
	f.Int64Var(&cfg.Size, "size", 0, "bytes")
	f.StringVar(&cfg.Mount, "mount", "", "mount point")
	f.StringVar(&cfg.Journal, "journal", "", "journal")
	f.StringVar(&cfg.Socket, "socket", "", "control socket")
	f.BoolVar(&cfg.WriteThrough, "write-through", false, "show writes to all nodes at once")
	return cmd
}

// ahead puts this process before all others that are not real-time: it is the disk of machines whose own programs are, and a disk does not
// become slow because somebody compiles.
func ahead() error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		tid, err := strconv.Atoi(t.Name())
		if err == nil {
			err = unix.Setpriority(unix.PRIO_PROCESS, tid, -19)
		}
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("priority of thread %s: %w", t.Name(), err)
		}
	}
	return nil // threads that come later have it from the one that makes them
}

func probeRun() *cobra.Command {
	cfg := probe.Config{}
	cmd := &cobra.Command{Use: "probe-run", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		cfg.Log = logger()
		p, err := probe.New(cfg)
		if err != nil {
			return err
		}
		if err := p.Run(cmd.Context()); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}}
	f := cmd.Flags()
	f.StringVar(&cfg.Target, "target", "", "address, for the status")
	f.StringVar(&cfg.DSN, "dsn", "", "where to write")
	f.StringVar(&cfg.Acks, "acks", "", "file of acknowledged rows")
	f.StringVar(&cfg.Status, "status", "", "status file")
	f.StringVar(&cfg.Socket, "socket", "", "control socket")
	return cmd
}
