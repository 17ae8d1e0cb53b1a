package rest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// cookieName holds the session's token in browsers. The prefix makes browsers refuse it over plain HTTP and from other hosts.
const cookieName = "__Host-hawser"

// auditWait bounds the writing of an audit entry. It goes on when the client has gone: what was done was done.
const auditWait = 10 * time.Second

// caller is who calls, and what the audit log is to say of the call.
type caller struct {
	session api.Session
	token   string
	address string
	route   api.Route
	actor   string // as the audit log has it; a login has no session yet
	object  string
}

type callerKey struct{}

// callerOf returns who calls. Every handler that is bound to a route has one.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	if c == nil {
		c = &caller{}
	}
	return c
}

// about notes for the audit log what a call is about, where its path does not say it.
func about(ctx context.Context, object string) { callerOf(ctx).object = object }

func actorOf(ctx context.Context) string { return callerOf(ctx).session.User.Name }

func routeName(ctx context.Context) string { return callerOf(ctx).route.Name }

// guard lets those through who may call the route, and keeps the audit log of everything that changes something or takes data out.
func (s *Server) guard(r api.Route) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		gc := humagin.Unwrap(hc)
		c := &caller{route: r, address: remoteAddress(gc.Request), object: objectOf(gc)}
		ctx := context.WithValue(gc.Request.Context(), callerKey{}, c)
		if r.Audited() {
			defer func() { s.record(ctx, c, gc.Writer.Status()) }()
		}
		err := s.admit(ctx, gc.Request, c)
		if err == nil {
			err = c.within(gc.Param("cluster"), gc.Query("cluster"))
		}
		if err != nil {
			writeFault(gc.Writer, s.public(ctx, err))
			return
		}
		gc.Request = gc.Request.WithContext(ctx)
		next(hc)
	}
}

// admit says whether c may call its route, and fills in who that is.
func (s *Server) admit(ctx context.Context, r *http.Request, c *caller) error {
	if err := s.origin.Check(r); err != nil {
		return fault.New(fault.Denied, "request.cross_origin", "the request comes from another site")
	}
	c.token = tokenOf(r)
	if c.route.Permission == api.Public {
		return nil
	}
	if c.token == "" {
		return errAnonymous()
	}
	session, err := s.o.Accounts.Session(ctx, c.token, c.address)
	if err != nil {
		return err
	}
	c.session, c.actor = session, session.User.Name
	allowed := slices.Contains(session.Permissions, c.route.Name)
	switch {
	case allowed:
	case session.Must == api.MustPassword:
		return fault.New(fault.Denied, "session.must_password", "a new password has to be chosen first")
	case session.Must == api.MustSecondFactor:
		return fault.New(fault.Denied, "session.must_second_factor", "a second factor has to be set up first")
	}
	if !allowed {
		return fault.New(fault.Denied, "role.denied", "the role %s does not permit %s", session.User.Role, c.route.Name).
			With("role", session.User.Role, "route", c.route.Name)
	}
	return nil
}

// within says whether a call stays within the clusters that an API token is for: by its path, or by its query where the path
// names none. Routes that do neither leave out what is of others themselves.
func (c *caller) within(path, query string) error {
	if len(c.session.Clusters) == 0 {
		return nil
	}
	name := path
	switch {
	case c.route.Name == "logs.download":
		name = "" // the server's own log in it is of all clusters
	case name == "":
		switch c.route.Name {
		case "session.show", "cluster.list", "operation.show":
			return nil
		}
		name = query
	}
	return c.sees(name)
}

// sees says whether whoever calls may hear of a cluster.
func (c *caller) sees(cluster string) error {
	if len(c.session.Clusters) == 0 || slices.Contains(c.session.Clusters, cluster) {
		return nil
	}
	return fault.New(fault.Denied, "token.other_cluster", "the token is not for this cluster").With("clusters", strings.Join(c.session.Clusters, ", "))
}

func errAnonymous() *fault.Error {
	return fault.New(fault.Anonymous, "session.missing", "not signed in")
}

// record writes the audit entry of a call, or counts what was refused to a stranger.
func (s *Server) record(ctx context.Context, c *caller, status int) {
	e := api.AuditEntry{Actor: c.actor, Address: c.address, Action: c.route.Name, Object: c.object, Outcome: codeOf(status)}
	if stranger := c.session.User.Name == "" && status >= http.StatusBadRequest; stranger && !s.refusals.own(c.address) {
		return
	}
	s.keep(ctx, e)
}

// keep writes an audit entry.
func (s *Server) keep(ctx context.Context, e api.AuditEntry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditWait)
	defer cancel()
	if err := s.o.Audit.Record(ctx, e); err != nil {
		s.o.Log.Error("audit entry was not kept", "route", e.Action, "actor", e.Actor, "object", e.Object, "err", err)
	}
}

// session lets a request through that somebody has signed in for who may call the named route.
func (s *Server) session(routeName string, next http.Handler) gin.HandlerFunc {
	r, _ := api.RouteNamed(routeName)
	return func(gc *gin.Context) {
		c := &caller{route: r, address: remoteAddress(gc.Request)}
		ctx := context.WithValue(gc.Request.Context(), callerKey{}, c)
		err := s.admit(ctx, gc.Request, c)
		if err == nil {
			err = c.sees("") // what is beside the table is of all clusters
		}
		if err != nil {
			writeFault(gc.Writer, s.public(ctx, err))
			return
		}
		next.ServeHTTP(gc.Writer, gc.Request.WithContext(ctx))
	}
}

// Allow says whether a request may listen to live messages, and returns a function that says whether it still may.
func (s *Server) Allow(r *http.Request) (still func() bool, err error) {
	route, _ := api.RouteNamed("cluster.list") // who may see clusters may hear of them
	c := &caller{route: route, address: remoteAddress(r)}
	if err := s.admit(r.Context(), r, c); err != nil {
		return nil, err
	}
	if err := c.sees(""); err != nil {
		return nil, err
	}
	return func() bool {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), auditWait)
		defer cancel()
		session, err := s.o.Accounts.Session(ctx, c.token, "")
		// A database that is away for a moment is no reason to send people away.
		return fault.CodeOf(err) != fault.Anonymous && (err != nil || slices.Contains(session.Permissions, route.Name))
	}, nil
}

// Refuse answers a request with a fault, for handlers beside the table.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeFault(w, s.public(r.Context(), err))
}

// tokenOf returns the session's token: the header's where there is one, else the cookie's.
func tokenOf(r *http.Request) string {
	if token, has := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); has {
		return strings.TrimSpace(token)
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		return cookie.Value
	}
	return ""
}

// objectOf joins the names in the path, for example demo/n1.
func objectOf(gc *gin.Context) string {
	var names []string
	for _, p := range gc.Params {
		names = append(names, p.Value)
	}
	return strings.Join(names, "/")
}

func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// observe tells how long a request took, under the route's name so that the number of names is bounded.
func (s *Server) observe(gc *gin.Context) {
	began := time.Now()
	gc.Next()
	s.o.Observe(s.nameOf(gc), gc.Writer.Status(), time.Since(began))
}

func (s *Server) nameOf(gc *gin.Context) string {
	path := strings.TrimPrefix(gc.FullPath(), api.Prefix)
	for _, r := range api.Routes {
		if r.Method == gc.Request.Method && ginPath(r.Path) == path {
			return r.Name
		}
	}
	return ""
}

// ginPath writes {name} as gin does, :name.
func ginPath(path string) string {
	return strings.ReplaceAll(strings.ReplaceAll(path, "{", ":"), "}", "")
}

// recover keeps a bug in one request from ending the server.
func (s *Server) recover(gc *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			s.o.Log.Error("request panicked", "path", gc.FullPath(), "panic", p, "stack", string(debug.Stack()))
			if !gc.Writer.Written() {
				writeFault(gc.Writer, fault.New(fault.Internal, "internal", "internal error; the server's log says more"))
			}
			gc.Abort()
		}
	}()
	gc.Next()
}

// headers tells browsers what this server never does. React and Ant Design set styles inline; scripts come from files only.
func headers(gc *gin.Context) {
	h := gc.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if strings.HasPrefix(gc.Request.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
	gc.Next()
}

// mayScrape says whether /metrics may be read from that address without signing in.
func (s *Server) mayScrape(r *http.Request) bool {
	address, err := netip.ParseAddr(remoteAddress(r))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.o.ScrapeFrom, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}
