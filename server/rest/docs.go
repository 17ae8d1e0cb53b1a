package rest

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"hawser/internal/api"
	"hawser/internal/words"
)

// summary is what a route does, in English: the catalogue's sentence.
func summary(r api.Route) string { return words.For(words.English).Sentence("route."+r.Name, nil) }

// docs shows the interface to people: the table of routes with what each takes and gives, made from the OpenAPI document.
func (s *Server) docs(gc *gin.Context) {
	var b bytes.Buffer
	if err := docsPage.Execute(&b, s.docsOf()); err != nil {
		s.o.Log.Error("page of the interface", "err", err)
		gc.Status(http.StatusInternalServerError)
		return
	}
	gc.Data(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
}

type docsGroup struct {
	Name   string
	Routes []docsRoute
}

type docsRoute struct {
	api.Route
	Path             string
	Chinese, English string
	Query            []docsField
	Takes, Gives     string
}

type docsType struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, Type, Text string
	Required         bool
}

type docsData struct {
	Groups   []docsGroup
	Types    []docsType
	Statuses []docsStatus
}

type docsStatus struct {
	Code   string
	Status int
}

func (s *Server) docsOf() docsData {
	var d docsData
	doc := s.huma.OpenAPI()
	for _, r := range api.Routes {
		item := doc.Paths[api.Prefix+r.Path]
		op := operationOf(item, r.Method)
		row := docsRoute{
			Route: r, Path: api.Prefix + r.Path,
			Chinese: words.For(words.Chinese).Sentence("route."+r.Name, nil), English: summary(r),
		}
		for _, p := range op.Parameters {
			if p.In == "query" {
				row.Query = append(row.Query, docsField{Name: p.Name, Type: typeName(p.Schema), Text: p.Description})
			}
		}
		if op.RequestBody != nil {
			row.Takes = typeName(op.RequestBody.Content["application/json"].Schema)
		}
		for _, status := range []string{"200", "202"} {
			if a := op.Responses[status]; a != nil && a.Content["application/json"] != nil {
				row.Gives = typeName(a.Content["application/json"].Schema)
			}
		}
		group := strings.SplitN(r.Name, ".", 2)[0]
		if n := len(d.Groups); n == 0 || d.Groups[n-1].Name != group {
			d.Groups = append(d.Groups, docsGroup{Name: group})
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Routes = append(g.Routes, row)
	}
	d.Types = s.docsTypes()
	for code, status := range statuses {
		d.Statuses = append(d.Statuses, docsStatus{string(code), status})
	}
	slices.SortFunc(d.Statuses, func(a, b docsStatus) int { return a.Status - b.Status })
	return d
}

func (s *Server) docsTypes() []docsType {
	var types []docsType
	for name, schema := range s.huma.OpenAPI().Components.Schemas.Map() {
		t := docsType{Name: name}
		for field, f := range schema.Properties {
			t.Fields = append(t.Fields, docsField{Name: field, Type: typeName(f), Text: f.Description, Required: slices.Contains(schema.Required, field)})
		}
		slices.SortFunc(t.Fields, func(a, b docsField) int { return strings.Compare(a.Name, b.Name) })
		types = append(types, t)
	}
	slices.SortFunc(types, func(a, b docsType) int { return strings.Compare(a.Name, b.Name) })
	return types
}

var docsPage = template.Must(template.New("docs").Funcs(template.FuncMap{"isType": func(name string) string {
	base, _, _ := strings.Cut(strings.TrimSuffix(name, "[]"), " ")
	return base
}}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hawser API</title>
<style>
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 6%,transparent)}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:72rem;margin:0 auto;padding:1.5rem}
h1{margin:0}h2{margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}h3{margin:1.2rem 0 .3rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
code{font-family:ui-monospace,monospace;font-size:.92em}.m{font-weight:600}.p{white-space:nowrap}nav a{margin-right:.8rem}
</style></head><body>
<h1>Hawser API</h1>
<p>OpenAPI 3.1: <a href="/api/openapi.json">/api/openapi.json</a>. Sign in with <code>POST /api/v1/session</code>; <code>"bearer": true</code> answers a token for the header <code>Authorization: Bearer …</code>.<br>
用 <code>POST /api/v1/session</code> 登录；请求带 <code>"bearer": true</code> 时返回令牌，放入 <code>Authorization: Bearer …</code> 请求头。</p>
<p>Routes that answer 202 start an operation: watch it at <code>/api/v1/operations/{operation}</code> or on the WebSocket <code>/api/v1/live</code>.<br>
返回 202 的接口启动一个操作：可在 <code>/api/v1/operations/{operation}</code> 查询，或通过 WebSocket <code>/api/v1/live</code> 接收进度。</p>
<nav>{{range .Groups}}<a href="#{{.Name}}">{{.Name}}</a>{{end}}<a href="#faults">faults</a><a href="#types">types</a></nav>
{{range .Groups}}<h2 id="{{.Name}}">{{.Name}}</h2>
<table><tr><th>Route 接口</th><th>What 用途</th><th>Permission 权限</th><th>Takes 请求</th><th>Gives 应答</th></tr>
{{range .Routes}}<tr id="{{.Name}}"><td class="p"><span class="m">{{.Method}}</span> <code>{{.Path}}</code></td><td>{{.English}} {{.Chinese}}
{{range .Query}}<br><code>?{{.Name}}</code> <small>{{.Type}}. {{.Text}}</small>{{end}}</td><td>{{.Permission}}</td>
<td>{{with .Takes}}<a href="#t-{{isType .}}"><code>{{.}}</code></a>{{end}}</td><td>{{with .Gives}}<a href="#t-{{isType .}}"><code>{{.}}</code></a>{{end}}{{if .Long}} (202){{end}}</td></tr>
{{end}}</table>{{end}}
<h2 id="faults">Faults 错误</h2>
<table><tr><th>code</th><th>status</th></tr>{{range .Statuses}}<tr><td><code>{{.Code}}</code></td><td>{{.Status}}</td></tr>{{end}}</table>
<h2 id="types">Types 类型</h2>
{{range .Types}}<h3 id="t-{{.Name}}"><code>{{.Name}}</code></h3>
<table>{{range .Fields}}<tr><td><code>{{.Name}}</code>{{if .Required}} *{{end}}</td><td><a href="#t-{{isType .Type}}"><code>{{.Type}}</code></a></td><td>{{.Text}}</td></tr>{{end}}</table>
{{end}}</body></html>
`))
