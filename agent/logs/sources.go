package logs

import (
	"fmt"
	"time"
)

// What is collected, the most telling first: where the node's limit is reached, the rest is left out and named.

// commandTime bounds each program, journalTime the reading of the journal, which may be on a slow disk. A program that cannot even be
// killed, because a device hangs, is left behind a moment later.
const (
	commandTime = 15 * time.Second
	journalTime = 90 * time.Second
	killTime    = 3 * time.Second
)

// command is a program whose output becomes a file. The list is fixed: nothing in it comes from outside but the span.
// No program is here that prints the arguments of others (ps, systemctl status): passwords stand in them.
type command struct {
	file string
	argv []string
	time time.Duration
}

var stateCommands = []command{
	{file: "state/crm_mon.txt", argv: []string{"crm_mon", "--one-shot", "--show-detail", "--failcounts", "--show-node-attributes", "--inactive", "--operations", "--timing-details"}},
	{file: "state/crm_verify.txt", argv: []string{"crm_verify", "--live-check", "--verbose"}},
	{file: "state/fencing.txt", argv: []string{"stonith_admin", "--history", "*", "--verbose"}},
	{file: "state/corosync-links.txt", argv: []string{"corosync-cfgtool", "-n"}},
	{file: "state/corosync-quorum.txt", argv: []string{"corosync-quorumtool", "-s"}},
	{file: "state/corosync-cmap.txt", argv: []string{"corosync-cmapctl"}},
	{file: "state/corosync-stats.txt", argv: []string{"corosync-cmapctl", "-m", "stats"}},
	{file: "state/corosync-qdevice.txt", argv: []string{"corosync-qdevice-tool", "-sv"}},
	{file: "state/drbd-status.txt", argv: []string{"drbdsetup", "status", "--verbose", "--statistics"}},
	{file: "state/drbd-show.txt", argv: []string{"drbdsetup", "show", "--show-defaults"}},
	{file: "state/drbd-events.txt", argv: []string{"drbdsetup", "events2", "--now", "--statistics"}},
	{file: "state/units.txt", argv: []string{"systemctl", "show", "--property=Id,LoadState,ActiveState,SubState,Result,ActiveEnterTimestamp,InactiveEnterTimestamp,NRestarts,MainPID,ExecMainStatus,MemoryCurrent", "corosync.service", "corosync-qdevice.service", "corosync-qnetd.service", "pacemaker.service", "pacemaker_remote.service", "sbd.service", "drbd.service", "hawser-agent.service", "hawser-diskhb.service"}},
	{file: "state/failed-units.txt", argv: []string{"systemctl", "list-units", "--failed", "--no-pager", "--plain"}},
	{file: "state/time.txt", argv: []string{"timedatectl", "--no-pager"}},
	{file: "state/chrony.txt", argv: []string{"chronyc", "-n", "tracking"}},
	{file: "state/uname.txt", argv: []string{"uname", "-a"}},
	{file: "state/processes.txt", argv: []string{"ps", "-eo", "pid,ppid,user,stat,cls,rtprio,pri,lstart,time,rss,comm"}},
	{file: "state/addresses.txt", argv: []string{"ip", "-details", "-statistics", "address"}},
	{file: "state/routes.txt", argv: []string{"ip", "route", "show", "table", "all"}},
	{file: "state/neighbours.txt", argv: []string{"ip", "neighbour"}},
	{file: "state/sockets.txt", argv: []string{"ss", "-tuan"}},
	{file: "state/blocks.txt", argv: []string{"lsblk", "--output", "NAME,KNAME,MAJ:MIN,TYPE,SIZE,RO,FSTYPE,MOUNTPOINT,MODEL,SERIAL,STATE"}},
	{file: "state/disks.txt", argv: []string{"df", "--local", "--output"}},
	{file: "state/inodes.txt", argv: []string{"df", "--local", "--inodes"}},
	{file: "state/modules.txt", argv: []string{"lsmod"}},
	{file: "state/packages-deb.txt", argv: []string{"dpkg-query", "--show", "--showformat", "${Package} ${Version} ${db:Status-Abbrev}\n"}},
	{file: "state/packages-rpm.txt", argv: []string{"rpm", "--query", "--all", "--last"}},
}

// clusterUnits are whose lines in the journal have a file of their own, so that a chatty neighbour cannot push them out.
var clusterUnits = []string{
	"corosync.service", "corosync-qdevice.service", "corosync-qnetd.service", "pacemaker.service", "pacemaker_remote.service", "sbd.service", "drbd*",
	"hawser-agent.service", "hawser-diskhb.service", "hawser-diskhb-setup.service", "hawser-server.service",
}

// journals are the three files of the journal.
func journals(since, until time.Time) (cluster, kernel, all command) {
	base := []string{
		"journalctl", "--no-pager", "--utc", "--output=short-iso-precise",
		fmt.Sprintf("--since=@%d", since.Unix()), fmt.Sprintf("--until=@%d", until.Add(time.Second-1).Unix()),
	}
	with := func(file string, more ...string) command {
		return command{file: file, argv: append(append([]string{}, base...), more...), time: journalTime}
	}
	units := make([]string, 0, len(clusterUnits))
	for _, u := range clusterUnits {
		units = append(units, "--unit="+u)
	}
	return with("journal/cluster.log", units...), with("journal/kernel.log", "--dmesg", "--boot=all"), with("journal/all.log")
}

// configFiles are taken whole, by shell patterns. A key is in none of them; passwords are, and are taken out.
var configFiles = []string{
	"/etc/corosync/corosync.conf", "/etc/default/corosync", "/etc/sysconfig/corosync", "/etc/default/pacemaker", "/etc/sysconfig/pacemaker",
	"/etc/default/sbd", "/etc/sysconfig/sbd", "/etc/drbd.conf", "/etc/drbd.d/*.conf", "/etc/drbd.d/*.res", "/etc/hawser/agent.yaml", "/etc/hawser/diskhb.yaml",
	"/etc/hosts", "/etc/hostname", "/etc/os-release", "/etc/fstab", "/etc/multipath.conf", "/etc/logrotate.d/corosync", "/etc/logrotate.d/pacemaker",
	"/proc/drbd", "/proc/loadavg", "/proc/meminfo", "/proc/mounts", "/proc/uptime", "/proc/cmdline", "/proc/pressure/*", "/proc/net/bonding/*",
}

// logFiles are taken where they have lines of the span, with what rotation has made of them.
var logFiles = []string{
	"/var/log/pacemaker/pacemaker.log*", "/var/log/pacemaker.log*", "/var/log/cluster/*.log*", "/var/log/corosync/*.log*", "/var/log/sbd.log*", "/var/log/drbd*.log*",
}

// systemLogs are the same, after everything else: most hosts have them in the journal already.
var systemLogs = []string{"/var/log/messages*", "/var/log/syslog*"}

// agentFiles are what the agent itself keeps and nobody else sees. Its identity and the commands that it has carried out, which
// hold keys, are not among them.
var agentFiles = []string{"health.json", "times.json", "volumes.json"}

// keyFiles are never taken. They are read so that what is in them can be hidden elsewhere.
var keyFiles = []string{
	"/etc/corosync/authkey", "/etc/pacemaker/authkey", "/etc/hawser/diskhb.key", "/etc/booth/*key*", "/etc/corosync/qdevice/net/nssdb/pwdfile.txt",
	"/etc/corosync/qnetd/nssdb/pwdfile.txt", "/var/lib/hawser/secrets/*", "/var/lib/pacemaker/lrm/secrets/*", "/var/lib/pacemaker/lrm/secrets/*/*", "/etc/hawser/*.key", "/etc/sbd/*key*", "/etc/ipmi*.passwd",
	"/var/lib/pcsd/pcsd.key",
}

// secretConfigs are configurations, taken or not, of which the passwords are learned.
var secretConfigs = []string{
	"/etc/drbd.conf", "/etc/drbd.d/*", "/etc/default/sbd", "/etc/sysconfig/sbd", "/etc/hawser/*.yaml", "/var/lib/pcsd/known-hosts", "/var/lib/pcsd/tokens",
	"/etc/default/pacemaker", "/etc/sysconfig/pacemaker", "/etc/multipath.conf", "/etc/fstab", "/etc/corosync/corosync.conf", "/var/lib/pacemaker/cib/cib*.xml", "/var/lib/pacemaker/cib/cib*.raw",
}

// agentSecrets are the agent's own files with secrets: its key, and the passwords of mail that the server has left.
var agentSecrets = []string{"identity.json", "alarms.json", "commands/*.json", "journal/*.json"}
