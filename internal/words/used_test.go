package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hawser/internal/api"
	"hawser/internal/ha"
	"hawser/internal/words"
)

// TestEveryKeyHasItsSentence reads the module's own source for whatever names a sentence: reasons of faults, kinds of
// changes, codes of verdicts and checks, names of steps and routes. Each must be in the catalogue.
func TestEveryKeyHasItsSentence(t *testing.T) {
	zh := words.For(words.Chinese)
	need := func(where, key string) {
		if !zh.Has(key) {
			t.Errorf("%s: no sentence %q in internal/words", where, key)
		}
	}
	found := map[string]int{}
	inspect(t, func(where string, n ast.Node) {
		for kind, keys := range keysIn(where, n) {
			for _, key := range keys {
				found[kind]++
				need(where, key)
			}
		}
	})
	for _, code := range ha.ReasonCodes {
		need("internal/ha/judge.go", "verdict."+code)
	}
	for _, rule := range ha.SBDRules {
		need("internal/ha/sbd.go", "sbd.rule."+rule)
	}
	for _, code := range ha.SBDFindings {
		need("internal/ha/sbd.go", "sbd.finding."+code)
	}
	for _, code := range ha.WhyCodes {
		need("internal/ha/why.go", "why."+code)
	}
	for _, code := range ha.FindingCodes {
		need("internal/ha/finding.go", "finding."+code)
		need("internal/ha/finding.go", "finding."+code+".do")
	}
	for _, e := range ha.BudgetEvents {
		need("internal/ha/budget.go", "budget.event."+string(e))
	}
	for _, n := range ha.Nevers {
		need("internal/ha/budget.go", "budget.never."+string(n))
	}
	for _, k := range ha.PartKinds {
		need("internal/ha/budget.go", "budget.part."+string(k))
	}
	for _, o := range ha.PartSources {
		need("internal/ha/budget.go", "budget.source."+string(o))
	}
	for _, code := range ha.EvidenceCodes {
		need("internal/ha/evidence.go", "evidence."+code)
	}
	for _, level := range []ha.Level{ha.Protected, ha.AtRisk, ha.Unprotected, ha.InMaintenance, ha.StoppedCluster, ha.UnknownLevel} {
		need("internal/ha/state.go", "level."+string(level))
	}
	for _, k := range ha.AlarmKinds {
		need("internal/ha/alarm.go", "alarm."+string(k))
	}
	for _, r := range api.Routes {
		need("internal/api/routes.go", "route."+r.Name)
	}
	// Were the search to find nothing, this test could not fail.
	if found["reason"] < 30 || found["event"] < 20 {
		t.Errorf("found only %v: does the search still understand the source?", found)
	}
}

var reasonLike = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)

// keysIn returns the keys that a node of a syntax tree names, by what it is. What the engines call step is a step.
func keysIn(where string, n ast.Node) map[string][]string {
	keys := map[string][]string{}
	add := func(kind, prefix string, e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && s != "" {
				keys[kind] = append(keys[kind], prefix+s)
			}
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			break
		}
		if x, isName := sel.X.(*ast.Ident); isName && x.Name == "fault" && sel.Sel.Name == "New" && len(n.Args) > 2 {
			add("reason", "", n.Args[1])
		}
		// The command line's own texts.
		if sel.Sel.Name == "t" && len(n.Args) > 0 {
			add("text", "", n.Args[0])
		}
		// fault.Fields.Add(path, reason, message, …)
		if sel.Sel.Name == "Add" && len(n.Args) > 2 {
			if lit, isLit := n.Args[1].(*ast.BasicLit); isLit && reasonLike.MatchString(strings.Trim(lit.Value, `"`)) {
				add("reason", "", n.Args[1])
			}
		}
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			field, _ := kv.Key.(*ast.Ident)
			switch {
			case field == nil:
			case field.Name == "Reason" && (isType(n.Type, "fault", "Error") || isType(n.Type, "fault", "Field")):
				add("reason", "", kv.Value)
			case field.Name == "Code" && isType(n.Type, "ha", "Check"):
				add("check", "check.", kv.Value)
			case field.Name == "Step" && isType(n.Type, "wire", "Progress"), field.Name == "Name" && isType(n.Type, "api", "Step"),
				strings.EqualFold(field.Name, "name") && isStep(n.Type):
				add("step", "step.", kv.Value)
			}
		}
	case *ast.GenDecl:
		// The constants of type ha.ChangeKind, and the names of the agent's steps.
		for _, spec := range n.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && n.Tok == token.CONST {
				if strings.HasPrefix(where, "agent/engine/") && strings.HasPrefix(v.Names[0].Name, "step") && len(v.Values) == 1 {
					add("step", "step.", v.Values[0])
				}
				if id, isName := v.Type.(*ast.Ident); isName && id.Name == "ChangeKind" {
					for _, value := range v.Values {
						add("event", "event.", value)
					}
				}
			}
		}
	}
	return keys
}

// isStep says whether a type is an engine's own step.
func isStep(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && strings.EqualFold(id.Name, "step")
}

func isType(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// inspect visits every node of every Go file of the module that is no test.
func inspect(t *testing.T, visit func(where string, n ast.Node)) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "build" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		positions := token.NewFileSet()
		tree, err := parser.ParseFile(positions, file, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if n != nil {
				visit(positions.Position(n.Pos()).String(), n)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
