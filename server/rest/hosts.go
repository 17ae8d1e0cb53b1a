package rest

import (
	"context"
	"time"

	"hawser/internal/api"
)

// defaultTokenLife is how long an enrolment token is good for where nobody says: long enough to walk to the machine room.
const defaultTokenLife = 60

type hostIn struct {
	Host string `path:"host"`
}

func (s *Server) bindHosts() {
	route(s, "host.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Host]], error) {
		return page(s.o.Hosts.Hosts(ctx))
	})
	route(s, "host.show", func(ctx context.Context, in *hostIn) (*out[api.Host], error) {
		return answer(s.o.Hosts.Host(ctx, in.Host))
	})
	route(s, "host.token", func(ctx context.Context, in *with[api.TokenRequest]) (*out[api.EnrolmentToken], error) {
		minutes := in.Body.Minutes
		if minutes == 0 {
			minutes = defaultTokenLife
		}
		return answer(s.o.Hosts.Token(ctx, actorOf(ctx), time.Duration(minutes)*time.Minute))
	})
	route(s, "host.preflight", func(ctx context.Context, in *with[api.PreflightRequest]) (*out[api.PreflightResult], error) {
		about(ctx, in.Body.Setup.Name)
		return answer(s.o.Changes.Preflight(ctx, actorOf(ctx), in.Body.Setup))
	})
	route(s, "host.revoke", func(ctx context.Context, in *hostIn) (*out[api.OK], error) {
		return done(s.o.Hosts.Revoke(ctx, in.Host))
	})
}
