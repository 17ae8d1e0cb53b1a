package rest

import (
	"context"
	"strconv"

	"hawser/internal/api"
)

func (s *Server) bindLicense() {
	route(s, "license.status", func(ctx context.Context, _ *none) (*out[api.License], error) {
		return answer(s.o.Licences.Status(ctx))
	})
	route(s, "license.request", func(ctx context.Context, in *with[api.NewLicenseRequest]) (*out[api.LicenseRequest], error) {
		about(ctx, in.Body.Customer)
		return answer(s.o.Licences.Request(ctx, actorOf(ctx), in.Body))
	})
	route(s, "license.requests", func(ctx context.Context, _ *none) (*out[api.Page[api.LicenseRequest]], error) {
		return page(s.o.Licences.Requests(ctx))
	})
	route(s, "license.activate", func(ctx context.Context, in *with[api.ActivateLicense]) (*out[api.LicenseActivated], error) {
		activated, err := s.o.Licences.Activate(ctx, actorOf(ctx), in.Body)
		if err == nil {
			about(ctx, strconv.FormatUint(uint64(activated.License.Number), 10))
		}
		return answer(activated, err)
	})
	route(s, "license.ukey", func(ctx context.Context, in *with[api.SetLicenseUkey]) (*out[api.LicenseUkey], error) {
		return answer(s.o.Licences.SetUkey(ctx, in.Body))
	})
}
