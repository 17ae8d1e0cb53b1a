package store

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/reconcile"
)

type revisionRow struct {
	Cluster     string `gorm:"primaryKey"`
	Number      int    `gorm:"primaryKey;autoIncrement:false"`
	At          int64
	Author      string
	Origin      string
	Action      string
	Object      string
	State       string
	Fault       *fault.Error `gorm:"serializer:json"`
	Operation   string
	AdminEpoch  int
	Epoch       int
	NumUpdates  int
	Differences []ha.Difference `gorm:"serializer:json"`
	Reverts     int
	BeforeBody  []byte // sealed
	AfterBody   []byte // sealed
}

func (revisionRow) TableName() string { return "revisions" }

func (r revisionRow) revision() api.Revision {
	x := api.Revision{
		Number: r.Number, At: timeOf(r.At), Author: r.Author, Origin: r.Origin, Action: r.Action, Object: r.Object, State: r.State, Fault: r.Fault,
		Operation: r.Operation, Version: ha.Version{AdminEpoch: r.AdminEpoch, Epoch: r.Epoch, NumUpdates: r.NumUpdates},
		Differences: r.Differences, Reverts: r.Reverts, Revertible: r.State == "applied" && len(r.BeforeBody) > 0 && len(r.AfterBody) > 0,
	}
	if x.Differences == nil {
		x.Differences = []ha.Difference{}
	}
	return x
}

// errNoRevision names what is missing; number 0 is the newest.
func errNoRevision(cluster string, number int) *fault.Error {
	return fault.New(fault.NotFound, "revision.not_found", "cluster %s has no revision %d", cluster, number).
		With("cluster", cluster, "revision", strconv.Itoa(number))
}

func (s *Store) sealBodies(row *revisionRow, b reconcile.Bodies) error {
	place := fmt.Sprintf("revision/%s/%d/", row.Cluster, row.Number)
	var err error
	if b.Before != "" {
		if row.BeforeBody, err = s.seal.seal(place+"before", []byte(b.Before)); err != nil {
			return err
		}
	}
	if b.After != "" {
		row.AfterBody, err = s.seal.seal(place+"after", []byte(b.After))
	}
	return err
}

func revisionRowOf(cluster string, r api.Revision) revisionRow {
	return revisionRow{
		Cluster: cluster, Number: r.Number, At: micros(r.At), Author: r.Author, Origin: r.Origin, Action: r.Action, Object: r.Object, State: r.State,
		Fault: r.Fault, Operation: r.Operation, AdminEpoch: r.Version.AdminEpoch, Epoch: r.Version.Epoch, NumUpdates: r.Version.NumUpdates,
		Differences: r.Differences, Reverts: r.Reverts,
	}
}

// AddRevision gives a revision the next number of its cluster.
func (s *Store) AddRevision(ctx context.Context, cluster string, r api.Revision, b reconcile.Bodies) (api.Revision, error) {
	var row revisionRow
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var there int64
		if err := tx.Model(&clusterRow{}).Where("name = ?", cluster).Count(&there).Error; err != nil {
			return err
		}
		if there == 0 {
			return errNoCluster(cluster)
		}
		if err := tx.Model(&revisionRow{}).Where("cluster = ?", cluster).Select("COALESCE(MAX(number), 0)").Scan(&r.Number).Error; err != nil {
			return err
		}
		r.Number++
		row = revisionRowOf(cluster, r)
		if err := s.sealBodies(&row, b); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	return row.revision(), err
}

// ChangeRevision keeps the outcome of a revision; bodies that are empty stay.
func (s *Store) ChangeRevision(ctx context.Context, cluster string, r api.Revision, b reconcile.Bodies) error {
	row := revisionRowOf(cluster, r)
	if err := s.sealBodies(&row, b); err != nil {
		return err
	}
	columns := []string{"state", "object", "fault", "admin_epoch", "epoch", "num_updates", "differences"}
	if b.Before != "" {
		columns = append(columns, "before_body")
	}
	if b.After != "" {
		columns = append(columns, "after_body")
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&row).Select(columns).Updates(&row), errNoRevision(cluster, r.Number))
	})
}

// DeleteRevision takes a revision back that changed nothing.
func (s *Store) DeleteRevision(ctx context.Context, cluster string, number int) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return tx.Where("cluster = ? AND number = ?", cluster, number).Delete(&revisionRow{}).Error
	})
}

// Revision returns a revision with its bodies.
func (s *Store) Revision(ctx context.Context, cluster string, number int) (api.Revision, reconcile.Bodies, error) {
	var row revisionRow
	if err := s.reader(ctx).Where("cluster = ? AND number = ?", cluster, number).Take(&row).Error; err != nil {
		return api.Revision{}, reconcile.Bodies{}, found(err, errNoRevision(cluster, number))
	}
	place := fmt.Sprintf("revision/%s/%d/", cluster, number)
	before, err := s.seal.open(place+"before", row.BeforeBody)
	if err != nil {
		return api.Revision{}, reconcile.Bodies{}, err
	}
	after, err := s.seal.open(place+"after", row.AfterBody)
	return row.revision(), reconcile.Bodies{Before: string(before), After: string(after)}, err
}

// LatestRevision returns the newest revision of a cluster, number 0 where there is none.
func (s *Store) LatestRevision(ctx context.Context, cluster string) (api.Revision, error) {
	var rows []revisionRow
	err := s.reader(ctx).Omit("before_body", "after_body").Where("cluster = ?", cluster).Order("number DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return api.Revision{}, err
	}
	return rows[0].revision(), nil
}

// Revisions returns the revisions of a cluster, newest first.
func (s *Store) Revisions(ctx context.Context, cluster string, q api.RevisionQuery) (api.Page[api.Revision], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.Revision]{}, err
	}
	var there int64
	if err := s.reader(ctx).Model(&clusterRow{}).Where("name = ?", cluster).Count(&there).Error; err != nil {
		return api.Page[api.Revision]{}, err
	}
	if there == 0 {
		return api.Page[api.Revision]{}, errNoCluster(cluster)
	}
	db := s.reader(ctx).Where("cluster = ?", cluster)
	if from > 0 {
		db = db.Where("number < ?", from)
	}
	var rows []revisionRow
	// Bodies are large; whether there are any is all that a list needs.
	db = db.Select("cluster, number, at, author, origin, action, object, state, fault, operation, admin_epoch, epoch, num_updates, differences, reverts, " +
		"substr(before_body, 1, 1) AS before_body, substr(after_body, 1, 1) AS after_body")
	if err := db.Order("number DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.Revision]{}, err
	}
	list := make([]api.Revision, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.revision())
	}
	return page(list, limit, func(r api.Revision) int64 { return int64(r.Number) }), nil
}
