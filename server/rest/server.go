// Package rest serves the REST interface: it binds a typed handler to every route of internal/api, asks who may call it,
// turns failures into faults, keeps the audit log, and serves the console's files.
package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"hawser/internal/api"
)

// maxBody bounds a request's body in bytes: a cluster of 32 nodes or a group of a hundred members is far below it.
const maxBody = 1 << 20

// Options are what the interface stands on. Only Document does without Accounts, Hosts, Clusters, Changes, History, Alerts, Licences, Targets and Audit.
type Options struct {
	Accounts Accounts
	Hosts    Hosts
	Clusters Clusters
	Changes  Changes
	History  History
	Insight  Insight
	Alerts   Alerts
	Licences Licences
	Targets  Targets
	Logs     Logs
	Timeline Timeline
	Audit    Recorder
	Demo     Demo // nil where there is no demo

	Console fs.FS        // the console's files; none where nil
	Live    http.Handler // the WebSocket of live messages; it asks Allow
	Agents  http.Handler // everything below /agent/
	Metrics http.Handler
	Ready   func(context.Context) error // for /healthz; always ready where nil

	// ScrapeFrom are the networks from which /metrics may be read without signing in.
	ScrapeFrom []netip.Prefix
	// Observe is told of every request that has been answered; route is "" where none matched.
	Observe func(route string, status int, took time.Duration)
	Log     *slog.Logger // silent where nil
}

// Server is the REST interface. Run keeps the audit log of what it counts.
type Server struct {
	o        Options
	engine   *gin.Engine
	huma     huma.API
	bound    []string
	origin   *http.CrossOriginProtection
	refusals refusals
	spec     []byte
}

// New returns a Server. It panics where a route has no handler or a handler no route: that is a mistake in this package.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, int, time.Duration) {}
	}
	gin.SetMode(gin.ReleaseMode)
	s := &Server{o: o, engine: gin.New(), origin: http.NewCrossOriginProtection()}
	// Whom a proxy forwards for is a matter of configuration that there is not yet: the address is the connection's.
	if err := s.engine.SetTrustedProxies(nil); err != nil {
		panic(err)
	}
	s.engine.Use(s.observe, s.recover, headers)
	s.huma = humagin.New(s.engine, config())
	s.bindAccounts()
	s.bindHosts()
	s.bindClusters()
	s.bindNodes()
	s.bindHeartbeat()
	s.bindInsight()
	s.bindHealth()
	s.bindResources()
	s.bindTags()
	s.bindRelations()
	s.bindFencing()
	s.bindVolumes()
	s.bindTargets()
	s.bindHistory()
	s.bindAlarms()
	s.bindLicense()
	s.bindLogs()
	for _, r := range api.Routes {
		if !slices.Contains(s.bound, r.Name) {
			panic("rest: no handler is bound to route " + r.Name)
		}
	}
	// The live stream is no route, but its messages are part of the interface.
	s.huma.OpenAPI().Components.Schemas.Schema(typeOf[api.Live](), true, "")
	spec, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(fmt.Errorf("rest: OpenAPI document: %w", err))
	}
	s.spec = append(spec, '\n')
	s.mount()
	return s
}

// Document returns the OpenAPI 3.1 document of the interface.
func Document() []byte { return New(Options{}).spec }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// hook sets huma's own hook for the form of errors. It is a variable of huma's package, so it is set once, to a function
// that depends on nothing.
var hook = sync.OnceFunc(func() { huma.NewError = newError })

func config() huma.Config {
	hook()
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registry.RegisterTypeAlias(typeOf[refusal](), typeOf[faultBody]())
	json := huma.Format{
		Marshal:   huma.DefaultJSONFormat.Marshal,
		Unmarshal: huma.DefaultJSONFormat.Unmarshal,
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Hawser",
				Version:     "1",
				Description: "REST interface of Hawser. Every failure is a Fault; its code decides the status, its reason is the key of a sentence.",
			},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"cookie": {Type: "apiKey", In: "cookie", Name: cookieName},
					"bearer": {Type: "http", Scheme: "bearer"},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// route binds a handler to the route of that name.
func route[I, O any](s *Server, name string, handler func(context.Context, *I) (*O, error)) {
	r, known := api.RouteNamed(name)
	if !known || slices.Contains(s.bound, name) {
		panic("rest: no such route, or bound twice: " + name)
	}
	s.bound = append(s.bound, name)
	op := huma.Operation{
		OperationID:   r.Name,
		Method:        r.Method,
		Path:          api.Prefix + r.Path,
		Summary:       summary(r),
		Tags:          []string{strings.SplitN(r.Name, ".", 2)[0]},
		DefaultStatus: http.StatusOK,
		MaxBodyBytes:  maxBody,
		Middlewares:   huma.Middlewares{s.guard(r)},
		Extensions:    map[string]any{"x-permission": string(r.Permission)},
	}
	if r.Long {
		op.DefaultStatus = http.StatusAccepted
	}
	if r.Permission != api.Public {
		op.Security = []map[string][]string{{"cookie": {}}, {"bearer": {}}}
	}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, &refusal{s.public(ctx, err)}
		}
		return out, nil
	})
}

// out is an answer.
type out[T any] struct {
	Body T
}

func answer[T any](body T, err error) (*out[T], error) {
	if err != nil {
		return nil, err
	}
	return &out[T]{Body: body}, nil
}

func done(err error) (*out[api.OK], error) { return answer(api.OK{OK: true}, err) }

// page wraps a list that is short enough to come whole.
func page[T any](items []T, err error) (*out[api.Page[T]], error) {
	if items == nil {
		items = []T{}
	}
	return answer(api.Page[T]{Items: items}, err)
}
