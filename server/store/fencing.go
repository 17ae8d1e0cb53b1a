package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/ha"
)

type fencingRow struct {
	Cluster string `gorm:"primaryKey"`
	Node    string `gorm:"primaryKey"`
	At      int64
	Record  ha.FenceRecord `gorm:"serializer:json"`
}

func (fencingRow) TableName() string { return "fencings" }

// Fenced returns the last successful fencing of each node, by cluster.
func (s *Store) Fenced(ctx context.Context) (map[string][]ha.FenceRecord, error) {
	var rows []fencingRow
	if err := s.reader(ctx).Order("cluster, node").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := map[string][]ha.FenceRecord{}
	for _, r := range rows {
		list[r.Cluster] = append(list[r.Cluster], r.Record)
	}
	return list, nil
}

// SaveFenced keeps the last fencing of nodes of a cluster; an older one never replaces a newer.
func (s *Store) SaveFenced(ctx context.Context, cluster string, list []ha.FenceRecord) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		for _, r := range list {
			row := fencingRow{Cluster: cluster, Node: r.Node, At: micros(r.At), Record: r}
			kept := tx.Clauses(clause.OnConflict{
				Columns:   []clause.Column{{Name: "cluster"}, {Name: "node"}},
				DoUpdates: clause.AssignmentColumns([]string{"at", "record"}),
				Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "excluded.at >= fencings.at"}}},
			}).Create(&row)
			if kept.Error != nil {
				return kept.Error
			}
		}
		return nil
	})
}
