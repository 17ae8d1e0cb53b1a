package drbd_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hawser/internal/drbd"
	"hawser/internal/fault"
	"hawser/internal/ha"
)

var update = flag.Bool("update", false, "write golden files anew")

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func codes(list []ha.Finding) string {
	var out []string
	for _, f := range list {
		if code := string(f.Severity[:1]) + " " + f.Code; !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return strings.Join(out, ", ")
}

// TestKWDB: the whole configuration of a guide for KWDB is read, every option in its modern place, and judged.
func TestKWDB(t *testing.T) {
	r, err := drbd.Read(read(t, "kwdb.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Volumes) != 1 || len(r.Findings) != 0 {
		t.Fatalf("%d volumes, findings %+v", len(r.Volumes), r.Findings)
	}
	v := r.Volumes[0]
	want := ha.Volume{
		Name: "drbd3", Driver: ha.DRBD, Device: "/dev/drbd3", Protocol: "C",
		Replicas: []ha.Replica{
			{Node: "ha-node01", ID: 0, Disk: "/dev/sde", Address: "192.0.2.11", Port: 7788},
			{Node: "ha-node02", ID: 1, Disk: "/dev/sde", Address: "192.0.2.12", Port: 7788},
		},
		Inherited: map[string]map[string]string{
			"disk": {"on-io-error": "detach", "disk-flushes": "no", "md-flushes": "no", "resync-rate": "330M", "al-extents": "517"},
			"net": {
				"sndbuf-size": "512k", "max-buffers": "8000", "max-epoch-size": "8000", "unplug-watermark": "1024", "cram-hmac-alg": "sha1", "shared-secret": "***",
				"after-sb-0pri": "discard-zero-changes", "after-sb-1pri": "discard-secondary", "after-sb-2pri": "disconnect", "rr-conflict": "disconnect", "verify-alg": "crc32c",
			},
		},
	}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got  %+v\nwant %+v", v, want)
	}
	if r.Secrets["drbd3"] != "only-For-this-Test" {
		t.Errorf("secrets %v", r.Secrets)
	}
	v.Exposed = "/etc/drbd.d/global_common.conf"
	got := codes(drbd.Findings(v, drbd.Context{Kernel: "8.4.11"}))
	if got != "c drbd_no_fencing, c drbd_discards, c drbd_no_flush, c drbd_secret_exposed, w drbd_unstable_name, i drbd_weak_hash, i drbd_obsolete" {
		t.Errorf("found %s", got)
	}
}

// sound is a volume about which there is nothing to say.
func sound() ha.Volume {
	return ha.Volume{
		Name: "data", Driver: ha.DRBD, Device: "/dev/drbd3", Protocol: "C",
		Replicas: []ha.Replica{
			{Node: "n1", ID: 0, Disk: "/dev/disk/by-id/wwn-0x1", Address: "10.0.0.1", Port: 7788},
			{Node: "n2", ID: 1, Disk: "/dev/vg0/data", Address: "10.0.0.2", Port: 7788},
		},
		Options: map[string]map[string]string{
			"net":      {"fencing": "resource-and-stonith", "cram-hmac-alg": "sha256", "verify-alg": "sha256", "shared-secret": "***"},
			"disk":     {"on-io-error": "detach", "c-max-rate": "200M"},
			"handlers": {"fence-peer": "/usr/lib/drbd/crm-fence-peer.sh", "unfence-peer": "/usr/lib/drbd/crm-unfence-peer.sh", "split-brain": `/bin/sh -c 'echo "{#\" split;}"'`},
			"startup":  {"wfc-timeout": "30"},
		},
	}
}

// three is a volume of three sides with DRBD 9's quorum.
func three() ha.Volume {
	v := sound()
	v.Replicas = append(v.Replicas, ha.Replica{Node: "n3", ID: 2, Disk: "/dev/vg0/data", Address: "fd00::3", Port: 7788})
	v.Options["options"] = map[string]string{"quorum": "majority", "on-no-quorum": "suspend-io"}
	v.Options["handlers"]["fence-peer"], v.Options["handlers"]["unfence-peer"] = "/usr/lib/drbd/crm-fence-peer.9.sh", "/usr/lib/drbd/crm-unfence-peer.9.sh"
	return v
}

// TestWrite: what is written is always the same, says the same when it is read, and no secret but its own is in it. What is for DRBD 9 was taken
// by its drbdadm, and has never run: there is no such module to run it on.
func TestWrite(t *testing.T) {
	for _, c := range []struct {
		file    string
		volume  ha.Volume
		dialect drbd.Dialect
	}{{"two.84.res", sound(), drbd.V84}, {"two.9.res", sound(), drbd.V9}, {"three.9.res", three(), drbd.V9}} {
		t.Run(c.file, func(t *testing.T) {
			got, err := drbd.Write(c.volume, `se"cret\`, c.dialect)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", c.file), got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, c.file); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if !drbd.Ours(got) {
				t.Error("the file does not bear the mark")
			}
			r, err := drbd.Read(string(got))
			if err != nil || len(r.Findings) > 0 || len(r.Volumes) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			if !reflect.DeepEqual(r.Volumes[0], c.volume) || r.Secrets["data"] != `se"cret\` {
				t.Errorf("read back as\n%+v\nnot\n%+v", r.Volumes[0], c.volume)
			}
		})
	}
}

// TestFindings breaks one thing at a time in a sound volume: exactly that is found.
func TestFindings(t *testing.T) {
	yes, no := true, false
	type change = func(*ha.Volume, *drbd.Context)
	net := func(name, value string) change {
		return func(v *ha.Volume, _ *drbd.Context) { v.Options["net"][name] = value }
	}
	disk := func(name, value string) change {
		return func(v *ha.Volume, _ *drbd.Context) { v.Options["disk"][name] = value }
	}
	for _, c := range []struct {
		name string
		do   change
		want string
	}{
		{"sound", func(*ha.Volume, *drbd.Context) {}, ""},
		{"on 8.4, fenced", func(_ *ha.Volume, c *drbd.Context) { c.Kernel, c.Fencing = "8.4.11", &yes }, ""},
		{"no fencing", net("fencing", "dont-care"), "c drbd_no_fencing"},
		{"no handler", func(v *ha.Volume, _ *drbd.Context) { delete(v.Options["handlers"], "fence-peer") }, "c drbd_no_fence_handler"},
		{"never unfenced", func(v *ha.Volume, _ *drbd.Context) { delete(v.Options["handlers"], "unfence-peer") }, "w drbd_never_unfenced"},
		{"weak fencing", func(v *ha.Volume, c *drbd.Context) { v.Options["net"]["fencing"], c.Fencing = "resource-only", &yes }, "w drbd_fencing_weak"},
		{"all that it can", func(v *ha.Volume, c *drbd.Context) { v.Options["net"]["fencing"], c.Fencing = "resource-only", &no }, ""},
		{"discards", net("after-sb-1pri", "discard-secondary"), "w drbd_discards"},
		{"discards, unfenced", func(v *ha.Volume, _ *drbd.Context) {
			v.Options["net"]["after-sb-0pri"], v.Options["net"]["fencing"] = "discard-younger-primary", "dont-care"
		}, "c drbd_no_fencing, c drbd_discards"},
		{"discards nothing", net("after-sb-0pri", "discard-zero-changes"), ""},
		{"violently", net("rr-conflict", "violently"), "w drbd_discards"},
		{"two primaries", net("allow-two-primaries", "yes"), "w drbd_both_write"},
		{"no secret", func(v *ha.Volume, _ *drbd.Context) { delete(v.Options["net"], "shared-secret") }, "w drbd_no_secret"},
		{"no algorithm", func(v *ha.Volume, _ *drbd.Context) { delete(v.Options["net"], "cram-hmac-alg") }, "w drbd_no_secret"},
		{"md5", net("cram-hmac-alg", "md5"), "i drbd_weak_hash"},
		{"exposed", func(v *ha.Volume, _ *drbd.Context) { v.Exposed = "/etc/drbd.d/data.res" }, "c drbd_secret_exposed"},
		{"protocol A", func(v *ha.Volume, _ *drbd.Context) { v.Protocol = "A" }, "w drbd_protocol"},
		{"protocol B", func(v *ha.Volume, _ *drbd.Context) { v.Protocol = "B" }, "w drbd_protocol"},
		{"no flush", disk("disk-flushes", "no"), "c drbd_no_flush"},
		{"no flush of metadata", disk("md-flushes", "no"), "c drbd_no_flush"},
		{"no order", func(v *ha.Volume, _ *drbd.Context) {
			v.Options["disk"]["disk-flushes"], v.Options["disk"]["disk-drain"] = "no", "no"
		}, "c drbd_no_flush, c drbd_no_order"},
		{"no activity log", disk("al-updates", "no"), "w drbd_no_activity_log"},
		{"pull ahead", net("on-congestion", "pull-ahead"), "w drbd_pull_ahead"},
		{"errors passed on", disk("on-io-error", "pass_on"), "w drbd_io_error"},
		{"no verify", func(v *ha.Volume, _ *drbd.Context) { delete(v.Options["net"], "verify-alg") }, "i drbd_no_verify"},
		{"sd name", func(v *ha.Volume, _ *drbd.Context) { v.Replicas[1].Disk = "/dev/sdb1" }, "w drbd_unstable_name"},
		{"nvme name", func(v *ha.Volume, _ *drbd.Context) { v.Replicas[0].Disk = "/dev/nvme0n1p2" }, "w drbd_unstable_name"},
		{"watermark", net("unplug-watermark", "128"), "i drbd_obsolete"},
		{"inherited", func(v *ha.Volume, _ *drbd.Context) {
			v.Inherited = map[string]map[string]string{"disk": {"disk-flushes": "no"}}
		}, "c drbd_no_flush"},
		{"quorum of 9 on 8.4", func(v *ha.Volume, c *drbd.Context) {
			v.Options["options"], c.Kernel = map[string]string{"quorum": "majority"}, "8.4.11"
		}, "w drbd_version"},
		{"three without quorum", func(v *ha.Volume, _ *drbd.Context) { *v = three(); delete(v.Options["options"], "quorum") }, "w drbd_no_quorum"},
		{"three", func(v *ha.Volume, c *drbd.Context) { *v = three(); c.Kernel = "9.2.1" }, ""},
		{"unread", func(v *ha.Volume, _ *drbd.Context) {
			v.Unread = fault.New(fault.Invalid, "volume.syntax_end", "broken")
		}, "w drbd_unread"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, with := sound(), drbd.Context{}
			c.do(&v, &with)
			list := drbd.Findings(v, with)
			if got := codes(list); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			for _, f := range list {
				if f.Object != v.Name || f.Args["volume"] != v.Name || !slices.Contains(ha.FindingCodes, f.Code) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestRead: spellings, places and what nobody knows.
func TestRead(t *testing.T) {
	body := `on a { device minor 7; disk /dev/x1; address 10.0.0.1:7000; meta-disk internal; } on b { device /dev/drbd7; disk /dev/x2; address ipv4 10.0.0.2:7000; flexible-meta-disk /dev/y[0]; }`
	for _, c := range []struct {
		name, text string
		options    map[string]map[string]string
		findings   string
	}{
		{"nothing", "", nil, ""},
		{"protocol outside", "protocol A;", nil, ""},
		{"flags", "net { allow-two-primaries; no-tcp-cork; always-asbp no; } disk { no-disk-barrier; md-flushes; }", map[string]map[string]string{"net": {"allow-two-primaries": "yes", "tcp-cork": "no", "always-asbp": "no"}, "disk": {"disk-barrier": "no", "md-flushes": "yes"}}, ""},
		{"syncer", "syncer { rate 10M; after other; csums-alg sha1; use-rle; cpu-mask 3; c-min-rate 0; }", map[string]map[string]string{"disk": {"resync-rate": "10M", "resync-after": "other", "c-min-rate": "0"}, "net": {"csums-alg": "sha1", "use-rle": "yes"}, "options": {"cpu-mask": "3"}}, ""},
		{"fencing of 8.4", "disk { fencing resource-only; }", map[string]map[string]string{"net": {"fencing": "resource-only"}}, ""},
		{"old handler", `handlers { outdate-peer "x y"; }`, map[string]map[string]string{"handlers": {"fence-peer": "x y"}}, ""},
		{"unknown kept", "net { frobnicate 7 8; } disk { no-frob; }", map[string]map[string]string{"net": {"frobnicate": "7 8"}, "disk": {"no-frob": "yes"}}, "w drbd_unknown"},
		{"out of range", "net { timeout 9999; } disk { on-io-error panic; al-extents many; }", map[string]map[string]string{"net": {"timeout": "9999"}, "disk": {"on-io-error": "panic", "al-extents": "many"}}, "w drbd_value"},
		{"only 9", "net { rr-conflict retry-connect; } options { quorum majority; }", map[string]map[string]string{"net": {"rr-conflict": "retry-connect"}, "options": {"quorum": "majority"}}, ""},
		{"skip and proxy", "skip net { protocol A; } proxy { memlimit 1M; }", nil, "w drbd_unknown"},
		{"connection", "connection { host a; host b address 10.9.9.9:1; net { ping-int 3; } volume 0 { disk { c-max-rate 1M; } } path { host a; } }", map[string]map[string]string{"net": {"ping-int": "3"}, "disk": {"c-max-rate": "1M"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := drbd.Read("# a comment { \" ;\nresource r {" + c.text + body + "}")
			if err != nil || len(r.Volumes) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			v := r.Volumes[0]
			if !reflect.DeepEqual(v.Options, c.options) || codes(r.Findings) != c.findings {
				t.Errorf("options %v, want %v; findings %s, want %s", v.Options, c.options, codes(r.Findings), c.findings)
			}
			if v.Device != "/dev/drbd7" || v.Replicas[0].Meta != "" || v.Replicas[1] != (ha.Replica{Node: "b", ID: 1, Disk: "/dev/x2", Address: "10.0.0.2", Port: 7000, Meta: "/dev/y[0]"}) {
				t.Errorf("sides %+v", v)
			}
		})
	}
}

// TestSeveral: several resources, several devices of one, what is common to them, what is told once only.
func TestSeveral(t *testing.T) {
	r, err := drbd.Read(`include "drbd.d/*.res"; common { net { ping-int 5; timeout 30; } }
		resource one { net { timeout 20; } device /dev/drbd1; disk /dev/a; meta-disk internal; floating 10.0.0.1:7001; floating [fd00::2]:7001 { disk /dev/b; } }
		resource two { volume 0 { device /dev/drbd2; disk /dev/c; meta-disk internal; } volume 1 { device /dev/drbd3; disk /dev/d; meta-disk internal; }
			on a { node-id 4; address 10.0.0.1:7002; volume 1 { disk /dev/e; } } on b { address 10.0.0.2:7002; } on b { address 10.0.0.3:7002; } }
		resource one { } resource "bad name" { } frob;`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range r.Volumes {
		names = append(names, v.Name)
	}
	if strings.Join(names, " ") != "one two/0 two/1" || codes(r.Findings) != "i drbd_include, c drbd_twice, w drbd_value, w drbd_unknown" {
		t.Fatalf("%v, %s", names, codes(r.Findings))
	}
	one, two := r.Volumes[0], r.Volumes[2]
	if one.Replicas[1] != (ha.Replica{Node: "fd00::2", ID: 1, Disk: "/dev/b", Address: "fd00::2", Port: 7001}) || one.Inherited["net"]["ping-int"] != "5" || one.Inherited["net"]["timeout"] != "" {
		t.Errorf("%+v", one)
	}
	if two.Device != "/dev/drbd3" || two.Replicas[0].Disk != "/dev/e" || two.Replicas[0].ID != 4 || two.Replicas[1].Disk != "/dev/d" {
		t.Errorf("%+v", two)
	}
}

// TestBroken: what is no configuration is refused with its line, and no word of a secret is in the refusal.
func TestBroken(t *testing.T) {
	for text, reason := range map[string]string{
		"resource r {": "volume.syntax_end",
		"resource r { net { shared-secret \"geheim":   "volume.syntax_quote",
		"resource r { net { shared-secret geheim } }": "volume.syntax_brace",
		"}":                                   "volume.syntax_brace",
		"{ }":                                 "volume.syntax_brace",
		";":                                   "volume.syntax_brace",
		"a\nb \x01;":                          "volume.syntax_character",
		"r " + strings.Repeat("x", 129) + ";": "volume.syntax_long",
		"r \"" + strings.Repeat("x", 256) + "\";":        "volume.syntax_long",
		strings.Repeat("a {", 20):                        "volume.syntax_brace",
		strings.Repeat("a;", 30000):                      "volume.syntax_many",
		strings.Repeat("#", 1<<20+1):                     "volume.text_too_long",
		"resource r { net { shared-secret geheim geheim": "volume.syntax_end",
	} {
		_, err := drbd.Read(text)
		if f := fault.Public(err); f == nil || f.Reason != reason || strings.Contains(fmt.Sprint(f.Message, f.Args), "geheim") {
			t.Errorf("%.40q: %v, want %s", text, err, reason)
		}
	}
}

// TestCheck: what cannot be written is refused, every mistake by its field.
func TestCheck(t *testing.T) {
	for path, change := range map[string]func(*ha.Volume){
		"name":                   func(v *ha.Volume) { v.Name = "a b" },
		"device":                 func(v *ha.Volume) { v.Device = "/dev/sda" },
		"protocol":               func(v *ha.Volume) { v.Protocol = "" },
		"replicas":               func(v *ha.Volume) { *v = three(); v.Options["options"] = nil },
		"replicas.1.node":        func(v *ha.Volume) { v.Replicas[1].Node = "n1" },
		"replicas.0.address":     func(v *ha.Volume) { v.Replicas[0].Address = "10.0.0.0/8" },
		"replicas.0.port":        func(v *ha.Volume) { v.Replicas[0].Port = 0 },
		"replicas.0.disk":        func(v *ha.Volume) { v.Replicas[0].Disk = "/dev/drbd9" },
		"options.net.timeout":    func(v *ha.Volume) { v.Options["net"]["timeout"] = "0" },
		"options.disk.fencing":   func(v *ha.Volume) { v.Options["disk"]["fencing"] = "dont-care" },
		"options.options.quorum": func(v *ha.Volume) { v.Options["options"] = map[string]string{"quorum": "all"} },
		"options.frob":           func(v *ha.Volume) { v.Options["frob"] = map[string]string{} },
		"options.handlers.fence-peer": func(v *ha.Volume) {
			v.Options["handlers"]["fence-peer"] = "a\nb"
		},
		"options.net.shared-secret": func(v *ha.Volume) { v.Options["net"]["shared-secret"] = "clear" },
	} {
		v := sound()
		change(&v)
		_, err := drbd.Write(v, "", drbd.V84)
		f := fault.Public(err)
		if f == nil || len(f.Fields) != 1 || f.Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := drbd.Write(sound(), strings.Repeat("x", 65), drbd.V84); err == nil {
		t.Error("a secret of 65 characters is taken")
	}
}

// FuzzRead: no text breaks the reader, and what it reads of a volume that could be written says the same when it is read again.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"kwdb.conf", "two.84.res", "two.9.res", "three.9.res"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(`common{protocol A;}resource r{volume 0{disk none;}skip x{}on a b{disk{size 1G;}}connection-mesh{hosts a b;}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := drbd.Read(text)
		if err != nil {
			return
		}
		for _, v := range r.Volumes {
			drbd.Findings(v, drbd.Context{Kernel: "8.4.11"})
			for _, d := range []drbd.Dialect{drbd.V84, drbd.V9} {
				written, err := drbd.Write(v, r.Secrets[drbd.ResourceOf(v.Name)], d)
				if err != nil {
					continue
				}
				again, err := drbd.Read(string(written))
				if err != nil || len(again.Volumes) != 1 {
					t.Fatalf("written as\n%s\nand read as %+v, %v", written, again, err)
				}
				twice, err := drbd.Write(again.Volumes[0], again.Secrets[v.Name], d)
				if err != nil || string(twice) != string(written) {
					t.Fatalf("written as\n%s\nthen as\n%s: %v", written, twice, err)
				}
			}
		}
	})
}
