package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/post"
	"hawser/server/alert"
)

type channelRow struct {
	Name    string          `gorm:"primaryKey"`
	Body    api.ChannelForm `gorm:"serializer:json"`
	Secrets []byte          // sealed
}

func (channelRow) TableName() string { return "channels" }

func (s *Store) channelRow(c post.Channel) (channelRow, error) {
	data, err := c.Secrets.Encode()
	if err != nil {
		return channelRow{}, fmt.Errorf("encode secrets of channel %s: %w", c.Name, err)
	}
	sealed, err := s.seal.seal("channel/"+c.Name, data)
	return channelRow{Name: c.Name, Body: c.Form, Secrets: sealed}, err
}

func (s *Store) channel(r channelRow) (post.Channel, error) {
	c := post.Channel{Name: r.Name, Form: r.Body}
	data, err := s.seal.open("channel/"+r.Name, r.Secrets)
	if err == nil && len(data) > 0 {
		err = json.Unmarshal(data, &c.Secrets)
	}
	return c, err
}

// Channels returns all channels by name.
func (s *Store) Channels(ctx context.Context) ([]post.Channel, error) {
	return s.channels(s.reader(ctx))
}

func (s *Store) channels(db *gorm.DB) ([]post.Channel, error) {
	var rows []channelRow
	if err := db.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]post.Channel, 0, len(rows))
	for _, r := range rows {
		c, err := s.channel(r)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// forms returns the channels without what they keep secret: an event is kept although a secret cannot be read.
func forms(db *gorm.DB) ([]post.Channel, error) {
	var rows []channelRow
	if err := db.Select("name", "body").Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]post.Channel, 0, len(rows))
	for _, r := range rows {
		list = append(list, post.Channel{Name: r.Name, Form: r.Body})
	}
	return list, nil
}

// AddChannel keeps a new channel.
func (s *Store) AddChannel(ctx context.Context, c post.Channel) error {
	row, err := s.channelRow(c)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		return fresh(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row), c.Name)
	})
}

// fresh makes a name that is taken a fault.
func fresh(made *gorm.DB, name string) error {
	if made.Error != nil || made.RowsAffected > 0 {
		return made.Error
	}
	f := fault.New(fault.Conflict, "alert.name_taken", "there is one named %s already", name).With("name", name)
	f.Fields = []fault.Field{{Path: "name", Reason: "alert.name_taken", Message: f.Message, Args: f.Args}}
	return f
}

// ChangeChannel changes a channel in one transaction; what waits for recipients that are no longer in it is given up.
func (s *Store) ChangeChannel(ctx context.Context, name, actor string, change func(*post.Channel) error) (post.Channel, error) {
	var c post.Channel
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var row channelRow
		if err := tx.Where("name = ?", name).Take(&row).Error; err != nil {
			return found(err, alert.ErrNoChannel(name))
		}
		var err error
		if c, err = s.channel(row); err != nil {
			return err
		}
		before := recipients(c)
		if err := change(&c); err != nil {
			return err
		}
		if row, err = s.channelRow(c); err != nil {
			return err
		}
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
		for _, r := range before {
			if !slices.Contains(recipients(c), r) {
				if err := giveUp(tx.Where("channel = ? AND recipient = ?", name, r), actor); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return c, err
}

func recipients(c post.Channel) []string {
	if c.Form.Mail == nil {
		return []string{""}
	}
	return c.Form.Mail.Recipients
}

func giveUp(db *gorm.DB, actor string) error {
	return db.Model(&messageRow{}).Where("state IN ?", unsent).Updates(map[string]any{"state": api.MessageGaveUp, "sender": actor}).Error
}

// DeleteChannel deletes a channel; what it has not taken is given up.
func (s *Store) DeleteChannel(ctx context.Context, name, actor string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := affected(tx.Where("name = ?", name).Delete(&channelRow{}), alert.ErrNoChannel(name)); err != nil {
			return err
		}
		return giveUp(tx.Where("channel = ?", name), actor)
	})
}

type alertRuleRow struct {
	Name  string `gorm:"primaryKey"`
	Place int
	Body  api.AlertRule `gorm:"serializer:json"`
}

func (alertRuleRow) TableName() string { return "alert_rules" }

func errNoAlertRule(name string) *fault.Error {
	return fault.New(fault.NotFound, "alertrule.not_found", "there is no rule %s", name).With("name", name)
}

// AlertRules returns all rules in their order.
func (s *Store) AlertRules(ctx context.Context) ([]api.AlertRule, error) {
	return alertRules(s.reader(ctx))
}

func alertRules(db *gorm.DB) ([]api.AlertRule, error) {
	var rows []alertRuleRow
	if err := db.Order("place, name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]api.AlertRule, 0, len(rows))
	for _, r := range rows {
		r.Body.Name = r.Name
		list = append(list, r.Body)
	}
	return list, nil
}

// AddAlertRule keeps a new rule before those that there are: behind the first one, which takes everything, it would decide nothing.
func (s *Store) AddAlertRule(ctx context.Context, r api.AlertRule) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		var first int
		if err := tx.Model(&alertRuleRow{}).Select("COALESCE(MIN(place), 1)").Scan(&first).Error; err != nil {
			return err
		}
		row := alertRuleRow{Name: r.Name, Place: first - 1, Body: r}
		return fresh(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row), r.Name)
	})
}

// ChangeAlertRule changes a rule at its place.
func (s *Store) ChangeAlertRule(ctx context.Context, r api.AlertRule) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		row := alertRuleRow{Name: r.Name, Body: r}
		return affected(tx.Model(&row).Select("body").Updates(&row), errNoAlertRule(r.Name))
	})
}

// DeleteAlertRule deletes a rule.
func (s *Store) DeleteAlertRule(ctx context.Context, name string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		return affected(tx.Where("name = ?", name).Delete(&alertRuleRow{}), errNoAlertRule(name))
	})
}
