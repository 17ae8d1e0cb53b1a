package rest

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// mount puts in place what is no route of the table: documents, health, metrics, the live stream, agents, the console.
func (s *Server) mount() {
	e := s.engine
	e.GET("/api/openapi.json", func(gc *gin.Context) { gc.Data(http.StatusOK, "application/json", s.spec) })
	e.GET("/api/docs", s.docs)
	e.GET("/healthz", s.health)
	if s.o.Metrics != nil {
		signedIn := s.session("cluster.list", s.o.Metrics)
		e.GET("/metrics", func(gc *gin.Context) {
			if s.mayScrape(gc.Request) {
				s.o.Metrics.ServeHTTP(gc.Writer, gc.Request)
				return
			}
			signedIn(gc)
		})
	}
	if s.o.Live != nil {
		e.GET(api.LivePath, gin.WrapH(s.o.Live))
	}
	if s.o.Agents != nil {
		e.Any("/agent/*any", gin.WrapH(s.o.Agents))
	}
	e.NoRoute(s.file)
}

func (s *Server) health(gc *gin.Context) {
	if s.o.Ready != nil {
		if err := s.o.Ready(gc.Request.Context()); err != nil {
			s.o.Log.Error("not healthy", "err", err)
			writeFault(gc.Writer, fault.New(fault.Unreachable, "server.unhealthy", "the server cannot reach its database"))
			return
		}
	}
	gc.JSON(http.StatusOK, api.OK{OK: true})
}

// file serves the console: a file where there is one, else the page that finds its way by the path.
func (s *Server) file(gc *gin.Context) {
	name := strings.TrimPrefix(path.Clean(gc.Request.URL.Path), "/")
	if first, _, _ := strings.Cut(name, "/"); first == "api" || first == "agent" {
		writeFault(gc.Writer, fault.New(fault.NotFound, "route.unknown", "there is no %s %s", gc.Request.Method, gc.Request.URL.Path).
			With("method", gc.Request.Method, "path", gc.Request.URL.Path))
		return
	}
	if s.o.Console == nil || gc.Request.Method != http.MethodGet && gc.Request.Method != http.MethodHead {
		writeFault(gc.Writer, fault.New(fault.NotFound, "route.unknown", "there is no %s %s", gc.Request.Method, gc.Request.URL.Path).
			With("method", gc.Request.Method, "path", gc.Request.URL.Path))
		return
	}
	if info, err := fs.Stat(s.o.Console, name); err != nil || info.IsDir() || name == "" || name == "." {
		if strings.HasPrefix(name, "assets/") {
			// A page of an older server asks for a file that is no more: the answer must not be a page.
			http.NotFound(gc.Writer, gc.Request)
			return
		}
		name = "index.html"
		if _, err := fs.Stat(s.o.Console, name); err != nil {
			name = "placeholder.html"
		}
	}
	if strings.HasPrefix(name, "assets/") {
		// Their names hold their hash.
		gc.Writer.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		gc.Writer.Header().Set("Cache-Control", "no-cache")
	}
	// gin has set 404 on its way here.
	gc.Status(http.StatusOK)
	// Nothing here is secret or repeats what a request said, so that compressing gives nothing away.
	gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, s.o.Console, name)
	})).ServeHTTP(gc.Writer, gc.Request)
}
