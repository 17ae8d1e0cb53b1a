// Package archtest holds the tree to its map: docs/ARCHITECTURE.md says who may import whom, this test checks it.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A rule keeps packages from importing others. Patterns are those of the go tool: "x/..." is x and all below it.
type rule struct {
	from   string   // the packages that must not ...
	except []string // ... but for these ...
	deny   []string // ... import any of these ...
	allow  []string // ... but for these
	why    string
}

var rules = []rule{
	{from: "hawser/agent/...", deny: []string{"hawser/server/...", "hawser/cli/..."}, why: "server and agent meet only in internal"},
	{from: "hawser/server/...", deny: []string{"hawser/agent/...", "hawser/cli/..."}, why: "server and agent meet only in internal"},
	{from: "hawser/cli/...", deny: []string{"hawser/server/...", "hawser/agent/..."}, why: "the command line is a REST client like any other"},
	{from: "hawser/internal/...", deny: []string{"hawser/server/...", "hawser/agent/...", "hawser/cli/..."}, why: "shared code does not know who shares it"},
	{
		from: "hawser/internal/ha", deny: []string{"hawser/...", "os", "io/fs", "net", "net/http", "log", "log/slog", "context", "encoding/json"},
		allow: []string{"hawser/internal/fault"}, why: "the model is pure",
	},
	{
		from: "hawser/licensing/...", except: []string{"hawser/licensing/cmd/..."}, deny: []string{"hawser/..."},
		allow: []string{"hawser/internal/fault", "hawser/licensing/..."}, why: "a licence is read alike by the vendor and by the server",
	},
	{
		from: "hawser/...", except: []string{"hawser/licensing/issue", "hawser/licensing/cmd/hawser-license", "hawser/e2e/..."},
		deny: []string{"hawser/licensing/issue", "hawser/licensing/cmd/..."}, why: "what signs licences is never shipped",
	},
	{
		from: "hawser/...", except: []string{"hawser/licensing/ukey/pkcs11", "hawser/licensing/cmd/hawser-ukey"},
		deny: []string{"hawser/licensing/ukey/pkcs11", "github.com/ebitengine/..."}, why: "the library of a token's maker runs in hawser-ukey and nowhere else",
	},
	{from: "hawser/internal/fault", deny: []string{"hawser/...", "os", "net/http", "log/slog"}, why: "an error knows nobody"},
	{
		from: "hawser/internal/wire", deny: []string{"hawser/..."},
		allow: []string{"hawser/internal/ha", "hawser/internal/fault"}, why: "the language between server and agent is model and faults, no more",
	},
	{
		from: "hawser/internal/api", deny: []string{"hawser/...", "net/http"},
		allow: []string{"hawser/internal/ha", "hawser/internal/fault"}, why: "the interface is data",
	},
	{
		from: "hawser/internal/chain", deny: []string{"hawser/...", "os", "net/http"},
		allow: []string{"hawser/internal/api"}, why: "what proves the audit log needs no program",
	},
	{
		from: "hawser/internal/words", deny: []string{"hawser/..."},
		allow: []string{"hawser/internal/fault"}, why: "a language needs no program",
	},
	{from: "hawser/...", except: []string{"hawser/e2e/..."}, deny: []string{"hawser/internal/testkit"}, why: "testkit is for tests"},
	{
		from: "hawser/...", except: []string{"hawser/agent/run", "hawser/licensing/ukey", "hawser/internal/testkit", "hawser/e2e/..."},
		deny: []string{"os/exec"}, why: "only agent/run starts programs, and licensing/ukey its own hawser-ukey",
	},
	{from: "hawser/...", except: []string{"hawser/server/store/..."}, deny: []string{"gorm.io/..."}, why: "only server/store knows the database"},
	{
		from: "hawser/...", except: []string{"hawser/server/rest/...", "hawser/server/app"},
		deny: []string{"github.com/gin-gonic/...", "github.com/danielgtaylor/huma/..."}, why: "only server/rest speaks HTTP with a framework",
	},
	{
		from: "hawser/...", except: []string{"hawser/server/hub", "hawser/server/live", "hawser/agent/uplink", "hawser/internal/wire", "hawser/cli/client", "hawser/e2e/..."},
		deny: []string{"github.com/gorilla/..."}, why: "only hub, live, uplink, their frames and the client speak WebSocket",
	},
	{
		from: "hawser/server/...", except: []string{"hawser/server/app", "hawser/server/cmd/...", "hawser/server/store/..."},
		deny: []string{"hawser/server/store/..."}, why: "services declare what they need; only server/app wires",
	},
	{
		from: "hawser/server/...", except: []string{"hawser/server/app", "hawser/server/cmd/..."},
		deny: []string{"hawser/server/rest", "hawser/server/hub", "hawser/server/live"}, why: "services declare what they need; only server/app wires",
	},
	{
		from: "hawser/server/alert", deny: []string{"hawser/server/..."},
		why: "who is told does not depend on who watches, reconciles or keeps",
	},
	{
		from: "hawser/...", except: []string{"hawser/internal/post/..."},
		deny: []string{"github.com/wneessen/...", "github.com/emersion/..."}, why: "only internal/post speaks SMTP",
	},
	{from: "hawser/...", except: []string{"hawser/server/app", "hawser/server/cmd/...", "hawser/e2e/..."}, deny: []string{"hawser/server/app"}, why: "nothing stands above the wiring but main and tests"},
	{from: "hawser/...", except: []string{"hawser/agent/app", "hawser/agent/cmd/...", "hawser/e2e/..."}, deny: []string{"hawser/agent/app"}, why: "nothing stands above the wiring but main and tests"},
	{from: "hawser/agent/run", deny: []string{"hawser/..."}, allow: []string{"hawser/internal/fault"}, why: "what starts programs depends on nothing of ours"},
	{
		from: "hawser/agent/uplink", deny: []string{"hawser/agent/engine", "hawser/agent/pacemaker/...", "hawser/agent/corosync/...", "hawser/agent/run"},
		why: "the line to the server knows no driver",
	},
	{from: "hawser/agent/herald", deny: []string{"hawser/agent/..."}, why: "who tells people knows neither how events come nor where they go"},
	{
		from: "hawser/agent/watch", deny: []string{"hawser/agent/engine/...", "hawser/agent/uplink", "hawser/agent/app", "hawser/agent/run"},
		why: "who notices a failure knows neither who acts on it nor how programs are started",
	},
	{from: "hawser/agent/engine", deny: []string{"hawser/agent/uplink", "hawser/agent/app"}, why: "a command is carried out whoever sent it"},
	{from: "hawser/agent/pacemaker/...", deny: []string{"hawser/agent/engine", "hawser/agent/uplink"}, why: "a driver does not know who drives"},
	{from: "hawser/agent/corosync/...", deny: []string{"hawser/agent/engine", "hawser/agent/uplink"}, why: "a driver does not know who drives"},
	{
		from: "hawser/internal/drbd", deny: []string{"hawser/...", "os", "io/fs", "net", "net/http", "log/slog", "context"},
		allow: []string{"hawser/internal/ha", "hawser/internal/fault"}, why: "a language needs no host: the agent reads files with it, the server what a person pastes",
	},
	{from: "hawser/agent/replication/...", deny: []string{"hawser/agent/engine/...", "hawser/agent/uplink", "hawser/agent/app"}, why: "a driver does not know who drives"},
	{
		from: "hawser/agent/replication/mirror/...", except: []string{"hawser/agent/replication/mirror/daemon", "hawser/agent/replication/mirror/insync", "hawser/agent/replication/mirror/volume"}, deny: []string{"hawser/..."},
		allow: []string{"hawser/agent/replication/mirror/..."}, why: "the data path depends on nothing that may stop",
	},
	{
		from: "hawser/agent/replication/mirror/daemon", deny: []string{"hawser/..."},
		allow: []string{"hawser/agent/replication/mirror/...", "hawser/agent/run", "hawser/internal/fault"}, why: "the same; it asks the cluster by a program, and tells people by faults",
	},
	{
		from: "hawser/agent/replication/mirror/insync", deny: []string{"hawser/..."},
		allow: []string{"hawser/agent/replication/mirror/core", "hawser/agent/corosync", "hawser/agent/run", "hawser/internal/fault"}, why: "what keeps the set needs the cluster's tools, and no agent",
	},
	{
		from: "hawser/agent/replication/mirror/core", deny: []string{"os", "net", "context", "sync", "sync/atomic", "log/slog", "hawser/..."},
		allow: []string{"hawser/agent/replication/mirror/format", "hawser/agent/replication/mirror/wire"}, why: "what is simulated is what runs: events in, effects out",
	},
	{
		from: "hawser/...", except: []string{"hawser/agent/replication/mirror/sim"},
		deny: []string{"hawser/agent/replication/mirror/sim"}, why: "the simulation, which may break the core's rules, is for tests",
	},
	{from: "hawser/migrations", deny: []string{"hawser/..."}, why: "SQL knows no Go"},
	{from: "hawser/web", deny: []string{"hawser/..."}, why: "the console is files"},
}

func TestImports(t *testing.T) {
	pkgs := list(t)
	for _, r := range rules {
		for _, own := range slices.Concat([]string{r.from}, r.except, r.deny, r.allow) {
			there := slices.ContainsFunc(pkgs, func(p pkg) bool { return match(own, p.path) })
			if match("hawser/...", own) && !there {
				t.Errorf("a rule names %s, which is not there: was it renamed?", own)
			}
		}
		for _, p := range pkgs {
			if !match(r.from, p.path) || matchAny(r.except, p.path) {
				continue
			}
			for _, imp := range p.imports {
				if matchAny(r.deny, imp) && !matchAny(r.allow, imp) && imp != p.path {
					t.Errorf("%s imports %s: %s", p.path, imp, r.why)
				}
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range list(t) {
		if !p.documented {
			t.Errorf("%s has no package comment", p.path)
		}
	}
}

// TestMap: docs/ARCHITECTURE.md has a line for every package, and no line for what is not there.
func TestMap(t *testing.T) {
	text, err := os.ReadFile("../../docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); ok && strings.HasPrefix(line, "| `") {
			lines[name] = true
		}
	}
	for _, p := range list(t) {
		if name := strings.TrimPrefix(p.path, "hawser/"); !lines[name] {
			t.Errorf("docs/ARCHITECTURE.md has no line for %s", name)
		}
	}
	for name := range lines {
		if strings.HasPrefix(name, "hawser") { // the programs
			continue
		}
		if _, err := os.Stat("../../" + name); err != nil {
			t.Errorf("docs/ARCHITECTURE.md has a line for %s, which is not there", name)
		}
	}
}

// TestMatch: the rules are worth as much as their patterns.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"hawser/server/...", "hawser/server", true},
		{"hawser/server/...", "hawser/server/hub", true},
		{"hawser/server/...", "hawser/serverless", false},
		{"hawser/server", "hawser/server/hub", false},
		{"net", "net/netip", false},
		{"gorm.io/...", "gorm.io/driver/sqlite", true},
	} {
		if got := match(c.pattern, c.path); got != c.want {
			t.Errorf("match(%q, %q) = %v", c.pattern, c.path, got)
		}
	}
}

func match(pattern, path string) bool {
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == root || strings.HasPrefix(path, root+"/")
	}
	return path == pattern
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

// pkg is a folder with Go code: its import path, the imports of its files, and whether one of them has a package comment.
type pkg struct {
	path       string
	imports    []string
	documented bool
}

// list reads the module's own files, not "go list": go test then knows on which files the answer depends,
// and does not repeat a stale one from its cache. Tests may import what they like.
func list(t *testing.T) []pkg {
	t.Helper()
	root := os.DirFS("../..")
	byDir := map[string]*pkg{}
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || file == "build" || len(d.Name()) > 1 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		p := byDir[path.Dir(file)]
		if p == nil {
			p = &pkg{path: path.Join("hawser", path.Dir(file))}
			byDir[path.Dir(file)] = p
		}
		p.documented = p.documented || f.Doc != nil
		for _, spec := range f.Imports {
			p.imports = append(p.imports, strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var pkgs []pkg
	for _, p := range byDir {
		pkgs = append(pkgs, *p)
	}
	return pkgs
}

// TestNobodyEndsItself: the code with which tests end a program at a point is in files that are built for them alone.
func TestNobodyEndsItself(t *testing.T) {
	deadly := regexp.MustCompile(`SIGKILL|HAWSER_TEST_KILL|hawser-killpoints`)
	self := regexp.MustCompile(`Kill\((os|syscall|unix)\.Getpid\(\)`)
	found := 0
	for _, dir := range []string{"../../agent", "../../server", "../../internal", "../../cli"} {
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil || !deadly.Match(text) && !self.Match(text) {
				return err
			}
			head, _, _ := strings.Cut(string(text), "\n")
			switch {
			case head == "//go:build killpoints":
				found++
			case self.Match(text), strings.Contains(string(text), "HAWSER_TEST_KILL"):
				t.Errorf("%s can end the program, and is built into what is shipped", file)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found != 2 {
		t.Errorf("%d files end the program for tests; there are to be that of the agent and that of the server", found)
	}
	for _, file := range []string{"../../Makefile", "../../scripts/install", "../../scripts/demo", "../../scripts/dev"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "killpoints") {
			t.Errorf("%s builds programs that can be told to end", file)
		}
	}
}
