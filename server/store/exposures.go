package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"hawser/internal/ha"
)

type exposureRow struct {
	Cluster string `gorm:"primaryKey"`
	Volume  string `gorm:"primaryKey"`
	Started int64  `gorm:"primaryKey;autoIncrement:false"`
	Ended   int64
	Bytes   int64
}

func (exposureRow) TableName() string { return "exposures" }

// Exposures returns when volumes of a cluster were exposed, oldest first: what goes on, and what ended after since.
func (s *Store) Exposures(ctx context.Context, cluster string, since time.Time) ([]ha.Exposure, error) {
	var rows []exposureRow
	if err := s.reader(ctx).Where("cluster = ? AND (ended = 0 OR ended > ?)", cluster, micros(since)).Order("started, volume").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]ha.Exposure, 0, len(rows))
	for _, r := range rows {
		list = append(list, ha.Exposure{Volume: r.Volume, Started: timeOf(r.Started), Ended: timeOf(r.Ended), Bytes: r.Bytes})
	}
	return list, nil
}

// PutExposures keeps exposures of a cluster, each in place of what was kept of the same volume and beginning.
func (s *Store) PutExposures(ctx context.Context, cluster string, list []ha.Exposure) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var known int64
		if err := tx.Model(&clusterRow{}).Where("name = ?", cluster).Count(&known).Error; err != nil {
			return err
		}
		if known == 0 {
			return errNoCluster(cluster)
		}
		for _, e := range list {
			if err := tx.Save(&exposureRow{Cluster: cluster, Volume: e.Volume, Started: micros(e.Started), Ended: micros(e.Ended), Bytes: e.Bytes}).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// EventsAfter returns the clusters that an event later than that one is of, and the number of the last event.
func (s *Store) EventsAfter(ctx context.Context, after int64) (clusters []string, last int64, err error) {
	var rows []struct {
		Cluster string
		Last    int64
	}
	if err := s.reader(ctx).Model(&eventRow{}).Select("cluster, MAX(id) AS last").Where("id > ?", after).Group("cluster").Order("cluster").Scan(&rows).Error; err != nil {
		return nil, after, err
	}
	last = after
	for _, r := range rows {
		clusters, last = append(clusters, r.Cluster), max(last, r.Last)
	}
	return clusters, last, nil
}
