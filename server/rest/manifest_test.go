package rest_test

import (
	"context"

	"hawser/internal/api"
)

func (s *services) Found(context.Context, string) ([]api.FoundCluster, error) { return nil, s.err() }

func (s *services) Manifest(context.Context, string, bool) (api.Manifest, error) {
	return api.Manifest{}, s.err()
}

func (s *services) Migrate(api.MigrationRequest) (api.Migration, error) {
	return api.Migration{}, s.err()
}

func (s *services) ReadManifest(api.ManifestFile) (api.ManifestContents, error) {
	return api.ManifestContents{}, s.err()
}

func (s *services) CompareManifest(string, api.ManifestFile) (api.ManifestComparison, error) {
	return api.ManifestComparison{}, s.err()
}

func (s *services) PlanManifest(context.Context, string, string, api.ManifestChange) (api.ManifestPlan, error) {
	return api.ManifestPlan{}, s.err()
}

func (s *services) CompareRevisions(context.Context, string, string, int, int) (api.Comparison, error) {
	return api.Comparison{}, s.err()
}

func (s *services) Options(context.Context, string, string, string) ([]api.ClusterOption, error) {
	return nil, s.err()
}
