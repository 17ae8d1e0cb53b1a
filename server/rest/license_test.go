package rest_test

import (
	"context"

	"hawser/internal/api"
)

// licenseService answers the routes of licences.
type licenseService struct{ *services }

func (s licenseService) Status(context.Context) (api.License, error) {
	return api.License{State: api.LicenseTrialRuns, Kept: []api.LicenseShown{}}, s.err()
}

func (s licenseService) Request(_ context.Context, actor string, in api.NewLicenseRequest) (api.LicenseRequest, error) {
	return api.LicenseRequest{By: actor, Customer: in.Customer}, s.err()
}

func (s licenseService) Requests(context.Context) ([]api.LicenseRequest, error) { return nil, s.err() }

func (s licenseService) Activate(_ context.Context, actor string, _ api.ActivateLicense) (api.LicenseActivated, error) {
	return api.LicenseActivated{License: api.LicenseShown{Number: 7, Kind: "site", By: actor, Features: []string{}}}, s.err()
}

func (s licenseService) SetUkey(context.Context, api.SetLicenseUkey) (api.LicenseUkey, error) {
	return api.LicenseUkey{}, s.err()
}
