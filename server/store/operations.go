package store

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/api"
	"hawser/internal/fault"
)

type operationRow struct {
	ID       string `gorm:"primaryKey"`
	Kind     string
	Cluster  string
	Object   string
	Actor    string
	State    string
	Percent  int
	Revision int
	Fault    *fault.Error `gorm:"serializer:json"`
	Started  int64
	Ended    int64
	Memo     []byte // sealed
}

func (operationRow) TableName() string { return "operations" }

type stepRow struct {
	Operation string   `gorm:"primaryKey"`
	Place     int      `gorm:"primaryKey;autoIncrement:false"`
	Body      api.Step `gorm:"serializer:json"`
}

func (stepRow) TableName() string { return "steps" }

func (r operationRow) operation(steps []stepRow) api.Operation {
	op := api.Operation{
		ID: r.ID, Kind: r.Kind, Cluster: r.Cluster, Object: r.Object, Actor: r.Actor, State: r.State, Percent: r.Percent,
		Revision: r.Revision, Fault: r.Fault, Started: timeOf(r.Started), Ended: timeOf(r.Ended), Steps: []api.Step{},
	}
	for _, s := range steps {
		if s.Operation == r.ID {
			op.Steps = append(op.Steps, s.Body)
		}
	}
	return op
}

// SaveOperation keeps an operation, new or known, with its steps. A nil memo leaves the one that is kept, an empty one removes it.
func (s *Store) SaveOperation(ctx context.Context, op api.Operation, memo []byte) error {
	row := operationRow{
		ID: op.ID, Kind: op.Kind, Cluster: op.Cluster, Object: op.Object, Actor: op.Actor, State: op.State, Percent: op.Percent,
		Revision: op.Revision, Fault: op.Fault, Started: micros(op.Started), Ended: micros(op.Ended),
	}
	columns := []string{"state", "percent", "revision", "fault", "ended"}
	if memo != nil {
		columns = append(columns, "memo")
		if len(memo) > 0 {
			var err error
			if row.Memo, err = s.seal.seal("operation/"+op.ID, memo); err != nil {
				return err
			}
		}
	}
	steps := make([]stepRow, 0, len(op.Steps))
	for i, b := range op.Steps {
		steps = append(steps, stepRow{Operation: op.ID, Place: i, Body: b})
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns(columns)}).Create(&row).Error; err != nil {
			return err
		}
		if len(steps) == 0 {
			return nil
		}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "operation"}, {Name: "place"}}, DoUpdates: clause.AssignmentColumns([]string{"body"}),
		}).CreateInBatches(&steps, 200).Error
	})
}

// Unfinished returns the operations that have not ended, oldest first, with their memos.
func (s *Store) Unfinished(ctx context.Context) ([]api.Operation, [][]byte, error) {
	var rows []operationRow
	if err := s.reader(ctx).Where("ended = 0").Order("started, id").Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	ops, err := s.withSteps(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	memos := make([][]byte, 0, len(rows))
	for _, r := range rows {
		memo, err := s.seal.open("operation/"+r.ID, r.Memo)
		if err != nil {
			return nil, nil, err
		}
		memos = append(memos, memo)
	}
	return ops, memos, nil
}

func (s *Store) withSteps(ctx context.Context, rows []operationRow) ([]api.Operation, error) {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	var steps []stepRow
	if len(ids) > 0 {
		if err := s.reader(ctx).Where("operation IN ?", ids).Order("operation, place").Find(&steps).Error; err != nil {
			return nil, err
		}
	}
	ops := make([]api.Operation, 0, len(rows))
	for _, r := range rows {
		ops = append(ops, r.operation(steps))
	}
	return ops, nil
}

// Operation returns one operation.
func (s *Store) Operation(ctx context.Context, id string) (api.Operation, error) {
	var row operationRow
	if err := s.reader(ctx).Where("id = ?", id).Take(&row).Error; err != nil {
		return api.Operation{}, found(err, fault.New(fault.NotFound, "operation.not_found", "there is no operation %s", id).With("operation", id))
	}
	ops, err := s.withSteps(ctx, []operationRow{row})
	if err != nil {
		return api.Operation{}, err
	}
	return ops[0], nil
}

// AllSecrets returns everything that is kept encrypted under a name, so that it can be hidden where it must not be seen.
func (s *Store) AllSecrets(ctx context.Context) ([][]byte, error) {
	var rows []secretRow
	if err := s.reader(ctx).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([][]byte, 0, len(rows))
	for _, r := range rows {
		body, err := s.seal.open("secret/"+r.Name, r.Body)
		if err != nil {
			return nil, err
		}
		list = append(list, body)
	}
	return list, nil
}

// defaultLimit is how much of a long list comes where nobody says how much.
const defaultLimit = 100

// cut reads the cursor and the limit of a query.
func cut(c api.Cut) (from int64, limit int, err error) {
	limit = c.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	if c.Cursor == "" {
		return 0, limit, nil
	}
	from, err = strconv.ParseInt(c.Cursor, 10, 64)
	if err != nil || from <= 0 {
		var f fault.Fields
		f.Add("cursor", "cursor.invalid", "is no cursor of this list")
		return 0, 0, f.Err()
	}
	return from, limit, nil
}

// page cuts off the one row more that was read to see whether there are more.
func page[T any](items []T, limit int, cursor func(T) int64) api.Page[T] {
	p := api.Page[T]{Items: items}
	if len(items) > limit {
		p.Items = items[:limit]
		p.Next = strconv.FormatInt(cursor(p.Items[limit-1]), 10)
	}
	if p.Items == nil {
		p.Items = []T{}
	}
	return p
}

// Operations returns operations, newest first.
func (s *Store) Operations(ctx context.Context, q api.OperationQuery) (api.Page[api.Operation], error) {
	from, limit, err := cut(q.Cut)
	if err != nil {
		return api.Page[api.Operation]{}, err
	}
	db := s.reader(ctx)
	if q.Cluster != "" {
		db = db.Where("cluster = ?", q.Cluster)
	}
	if q.State != "" {
		db = db.Where("state = ?", q.State)
	}
	if q.Active {
		db = db.Where("ended = 0")
	}
	if from > 0 {
		db = db.Where("started < ?", from)
	}
	var rows []operationRow
	if err := db.Omit("memo").Order("started DESC, id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return api.Page[api.Operation]{}, err
	}
	ops, err := s.withSteps(ctx, rows)
	if err != nil {
		return api.Page[api.Operation]{}, err
	}
	return page(ops, limit, func(o api.Operation) int64 { return micros(o.Started) }), nil
}

type secretRow struct {
	Name string `gorm:"primaryKey"`
	Body []byte
}

func (secretRow) TableName() string { return "secrets" }

// Secret returns a secret.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var row secretRow
	if err := s.reader(ctx).Where("name = ?", name).Take(&row).Error; err != nil {
		return nil, found(err, fault.New(fault.NotFound, "secret.not_found", "there is no secret %s", name).With("name", name))
	}
	return s.seal.open("secret/"+name, row.Body)
}

// PutSecret keeps a secret, in place of one of the same name.
func (s *Store) PutSecret(ctx context.Context, name string, value []byte) error {
	sealed, err := s.seal.seal("secret/"+name, value)
	if err != nil {
		return fmt.Errorf("keep secret %s: %w", name, err)
	}
	return s.tx(ctx, func(tx *gorm.DB) error { return tx.Save(&secretRow{Name: name, Body: sealed}).Error })
}

// DeleteSecret forgets a secret; one that is not there is no error.
func (s *Store) DeleteSecret(ctx context.Context, name string) error {
	return s.tx(ctx, func(tx *gorm.DB) error { return tx.Where("name = ?", name).Delete(&secretRow{}).Error })
}
