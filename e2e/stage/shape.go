package stage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/ha"
)

// First is the same stage for a cluster of its first nodes only. Up and Down are the whole stage's.
func (s *Stage) First(nodes int) *Stage {
	opt := s.opt
	opt.Nodes = opt.Nodes[:nodes]
	return New(opt)
}

// Destroy has the product take a cluster apart, where there is one.
func (s *Stage) Destroy(ctx context.Context, cluster string) error {
	if there, err := s.has(ctx, "cluster", "show", cluster); err != nil || !there {
		return err
	}
	_, err := s.CLI(ctx, "cluster", "destroy", cluster, "--confirm", cluster)
	return err
}

// Can says whether the command line has a command.
func (s *Stage) Can(ctx context.Context, command ...string) error {
	out, err := s.CLI(ctx, append(command, "--help")...)
	if err == nil && !strings.Contains(string(out), "hawser "+strings.Join(command, " ")) {
		err = fmt.Errorf("no command %s", strings.Join(command, " "))
	}
	return err
}

// Reasons returns the codes of what the product says about a cluster now, worst first.
func (s *Stage) Reasons(ctx context.Context, cluster string) ([]ha.Reason, error) {
	var c ClusterShown
	err := s.JSON(ctx, &c, "cluster", "show", cluster)
	return c.Reasons, err
}

// Events returns what the product has told since a time, newest first.
func (s *Stage) Events(ctx context.Context, cluster string, since time.Time) ([]api.Event, error) {
	var all, out []api.Event
	if err := s.JSON(ctx, &all, "event", "list", cluster, "--limit", "200"); err != nil {
		return nil, err
	}
	for _, e := range all {
		if !e.At.Before(since) {
			out = append(out, e)
		}
	}
	return out, nil
}

// The writer: a service that writes to the shared disk all the time.
const (
	WriterGroup   = "writer"
	WriterProgram = "/usr/local/sbin/hawser-writer"
	writerMount   = "/srv/writer"
)

// writer makes a line durable every 20 ms.
const writer = `#!/usr/bin/perl
use IO::Handle;
$SIG{TERM} = sub { exit 0 };
my $n = 0;
open(my $f, ">>", "` + writerMount + `/lines") or die $!;
while (1) {
	syswrite($f, $n++ . "\n") or die $!;
	$f->sync or die $!;
	truncate($f, 0) if $n % 10000 == 0;
	select(undef, undef, undef, 0.02);
}
`

// PrepareWriter does what an administrator does before the writer is protected: its program on every node, and a file system
// on the shared disk.
func (s *Stage) PrepareWriter(ctx context.Context) error {
	for _, n := range s.opt.Nodes {
		if _, err := s.ExecInput(ctx, []byte(writer), n, "tee", WriterProgram); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, n, "chmod", "755", WriterProgram); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, n, "mkdir", "-p", writerMount); err != nil {
			return err
		}
	}
	_, err := s.Exec(ctx, s.opt.Nodes[0], "mkfs.ext4", "-q", "-F", "-L", "writer", "/dev/hawser/lun0")
	return err
}

// ProtectWriter protects it: file system and program, as one group that is worth more than a node without it.
func (s *Stage) ProtectWriter(ctx context.Context, cluster string) error {
	there, err := s.has(ctx, "resource", "show", cluster, WriterGroup)
	if err != nil {
		return err
	}
	if !there {
		s.say("service %s", WriterGroup)
		if err := s.Create(ctx, cluster, Writer()); err != nil {
			return fmt.Errorf("protect the writer: %w", err)
		}
	}
	return s.WaitServing(ctx, cluster, WriterGroup)
}

// Writer is the group of file system and program.
func Writer() api.NewResource {
	return api.NewResource{Resource: ha.Resource{
		ID: WriterGroup, Kind: ha.Group, Meta: map[string]string{"priority": "10"},
		Members: []ha.Resource{
			{
				ID: WriterGroup + "-fs", Kind: ha.Primitive, Agent: "ocf:hawser:Filesystem",
				Parameters: map[string]string{"device": "/dev/hawser/lun0", "directory": writerMount, "fstype": "ext4"},
				Operations: operations("10s", "30s", "30s"),
			},
			{
				ID: WriterGroup + "-app", Kind: ha.Primitive, Agent: "ocf:heartbeat:anything",
				Parameters: map[string]string{"binfile": WriterProgram},
				Operations: operations("5s", "20s", "20s"),
			},
		},
	}}
}
