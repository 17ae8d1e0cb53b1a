package store

import (
	"context"

	"gorm.io/gorm"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

type targetRow struct {
	Cluster      string `gorm:"primaryKey"`
	Service      string `gorm:"primaryKey"`
	RTOPlanned   *int   `gorm:"column:rto_planned"`
	RTOUnplanned *int   `gorm:"column:rto_unplanned"`
	RPOPlanned   *int   `gorm:"column:rpo_planned"`
	RPOUnplanned *int   `gorm:"column:rpo_unplanned"`
	Since        int64
}

func (targetRow) TableName() string { return "targets" }

// Targets returns what was promised for the services of a cluster, by service.
func (s *Store) Targets(ctx context.Context, cluster string) (map[string]ha.Target, error) {
	var rows []targetRow
	if err := s.reader(ctx).Where("cluster = ?", cluster).Find(&rows).Error; err != nil {
		return nil, err
	}
	all := map[string]ha.Target{}
	for _, r := range rows {
		all[r.Service] = ha.Target{RTOPlanned: r.RTOPlanned, RTOUnplanned: r.RTOUnplanned, RPOPlanned: r.RPOPlanned, RPOUnplanned: r.RPOUnplanned, Since: timeOf(r.Since)}
	}
	return all, nil
}

// SetTarget keeps what was promised for a service, in place of what was before.
func (s *Store) SetTarget(ctx context.Context, cluster, service string, t ha.Target) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var known int64
		if err := tx.Model(&clusterRow{}).Where("name = ?", cluster).Count(&known).Error; err != nil {
			return err
		}
		if known == 0 {
			return errNoCluster(cluster)
		}
		return tx.Save(&targetRow{
			Cluster: cluster, Service: service, RTOPlanned: t.RTOPlanned, RTOUnplanned: t.RTOUnplanned, RPOPlanned: t.RPOPlanned, RPOUnplanned: t.RPOUnplanned,
			Since: micros(t.Since),
		}).Error
	})
}

// RemoveTarget forgets what was promised for a service; that there is nothing is a NotFound fault.
func (s *Store) RemoveTarget(ctx context.Context, cluster, service string) error {
	none := fault.New(fault.NotFound, "target.not_found", "there is no target for %s", service).With("cluster", cluster, "service", service)
	return s.tx(ctx, func(tx *gorm.DB) error {
		return affected(tx.Where("cluster = ? AND service = ?", cluster, service).Delete(&targetRow{}), none)
	})
}
