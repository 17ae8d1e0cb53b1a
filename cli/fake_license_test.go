package cli_test

import (
	"encoding/json"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing/activation"
	"hawser/licensing/qr"
)

// license answers as a server with a licence for a site, and a token that has refused its PIN until another one is given.
func (s *server) license(verb string, raw json.RawMessage) (any, error) {
	shown := api.LicenseShown{
		Number: 42, Customer: "Bank", Kind: "site", Site: "Building 7", Nodes: 40, Features: []string{"remote"}, Issued: "2026-01-01", From: "2026-01-01",
		Until: "2026-12-31", Added: day, By: "admin",
	}
	old := shown
	old.Number, old.Kind, old.Site, old.Until = 41, "node", "", "2025-12-31"
	old.Fault = fault.New(fault.Unlicensed, "licence.expired", "ended").With("number", "41", "date", "2025-12-31")
	ukey := api.LicenseUkey{Module: "/usr/lib/token.so", Token: "hawser", Serial: "0815", PINSet: true, Proved: day, GraceHours: 72}
	switch verb {
	case "status":
		return api.License{
			State: api.LicenseValid, InForce: &shown, Until: day.Add(40 * 24 * time.Hour), DaysLeft: 40, Warn: true, Use: api.LicenseUse{Nodes: 35, Clusters: 12},
			Kept: []api.LicenseShown{shown, old}, Ukey: ukey, Reached: day, Waiting: len(s.asked), ClockBack: true,
		}, nil
	case "request":
		in := body[api.NewLicenseRequest](raw)
		r := api.LicenseRequest{ID: "0102", At: day, By: "admin", Customer: in.Customer, Nodes: in.Nodes, Text: activation.Format([]byte("a request of " + in.Customer))}
		var err error
		r.QR, err = qr.PNG(r.Text)
		s.asked = []api.LicenseRequest{r}
		return r, err
	case "requests":
		return page(s.asked), nil
	case "activate":
		in := body[api.ActivateLicense](raw)
		if len(in.Image) > 0 {
			if _, err := qr.Read(in.Image); err != nil {
				return nil, err
			}
		}
		return api.LicenseActivated{License: shown, InForce: true, Kept: !in.Try}, nil
	}
	if body[api.SetLicenseUkey](raw).PIN == nil {
		ukey.PINRefused, ukey.Proved = true, time.Time{}
		ukey.Fault = fault.New(fault.Failed, "licence.pin_refused", "refused")
	}
	return ukey, nil
}
