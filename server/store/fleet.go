package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/server/fleet"
)

type hostRow struct {
	ID       string `gorm:"primaryKey"`
	Name     string
	Cluster  string
	Agent    string
	Facts    ha.Facts `gorm:"serializer:json"`
	Enrolled int64
	Expires  int64
	Seen     int64
	Revoked  bool
	AckSeq   int64
}

func (hostRow) TableName() string { return "hosts" }

func (r hostRow) host() fleet.Host {
	return fleet.Host{
		ID: r.ID, Name: r.Name, Cluster: r.Cluster, Agent: r.Agent, Facts: r.Facts, Enrolled: timeOf(r.Enrolled),
		Expires: timeOf(r.Expires), Seen: timeOf(r.Seen), Revoked: r.Revoked, AckSeq: uint64(r.AckSeq),
	}
}

func hostRowOf(h fleet.Host) hostRow {
	return hostRow{
		ID: h.ID, Name: h.Name, Cluster: h.Cluster, Agent: h.Agent, Facts: h.Facts, Enrolled: micros(h.Enrolled),
		Expires: micros(h.Expires), Seen: micros(h.Seen), Revoked: h.Revoked, AckSeq: int64(h.AckSeq),
	}
}

type certificateRow struct {
	Serial  string `gorm:"primaryKey"`
	Host    string
	Expires int64
}

func (certificateRow) TableName() string { return "certificates" }

type tokenRow struct {
	Hash     string `gorm:"primaryKey"`
	Actor    string
	Created  int64
	Expires  int64
	Host     string
	AgentKey string
}

func (tokenRow) TableName() string { return "tokens" }

func tokenRowOf(t fleet.Token) tokenRow {
	return tokenRow{Hash: t.Hash, Actor: t.Actor, Created: micros(t.Created), Expires: micros(t.Expires), Host: t.Host, AgentKey: t.Key}
}

type clusterRow struct {
	Name     string `gorm:"primaryKey"`
	Label    string
	Engine   string
	Created  int64
	Setup    ha.Setup  `gorm:"serializer:json"`
	State    *ha.State `gorm:"serializer:json"`
	Seen     int64
	Config   []byte      // sealed: the configuration and its XML
	LastMove *api.Outage `gorm:"serializer:json"`
}

func (clusterRow) TableName() string { return "clusters" }

// keptConfig is what is sealed of a cluster's configuration.
type keptConfig struct {
	Config *ha.Config `json:"config"`
	XML    string     `json:"xml"`
}

func errNoHost(id string) *fault.Error {
	return fault.New(fault.NotFound, "host.not_found", "there is no host %s", id).With("host", id)
}

func errNoCluster(name string) *fault.Error {
	return fault.New(fault.NotFound, "cluster.not_found", "there is no cluster %s", name).With("cluster", name)
}

// Hosts returns all hosts.
func (s *Store) Hosts(ctx context.Context) ([]fleet.Host, error) { return hosts(s.reader(ctx)) }

func hosts(db *gorm.DB) ([]fleet.Host, error) {
	var rows []hostRow
	if err := db.Order("enrolled, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]fleet.Host, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.host())
	}
	return list, nil
}

// Clusters returns all clusters.
func (s *Store) Clusters(ctx context.Context) ([]fleet.Cluster, error) {
	var rows []clusterRow
	if err := s.reader(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]fleet.Cluster, 0, len(rows))
	for _, r := range rows {
		c := fleet.Cluster{
			Name: r.Name, Label: r.Label, Engine: r.Engine, Created: timeOf(r.Created), Setup: r.Setup, State: r.State, Seen: timeOf(r.Seen), LastMove: r.LastMove,
		}
		data, err := s.seal.open("cluster/"+r.Name, r.Config)
		if err != nil {
			return nil, err
		}
		if data != nil {
			var k keptConfig
			if err := json.Unmarshal(data, &k); err != nil {
				return nil, fmt.Errorf("read configuration of %s: %w", r.Name, err)
			}
			c.Config, c.XML = k.Config, k.XML
		}
		latest, err := s.LatestRevision(ctx, r.Name)
		if err != nil {
			return nil, err
		}
		c.Revision = latest.Number
		list = append(list, c)
	}
	return list, nil
}

// CreateToken keeps an enrolment token, and forgets those that expired a day ago.
func (s *Store) CreateToken(ctx context.Context, t fleet.Token) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("expires < ?", micros(t.Created.Add(-24*time.Hour))).Delete(&tokenRow{}).Error; err != nil {
			return err
		}
		row := tokenRowOf(t)
		return tx.Create(&row).Error
	})
}

// Enrol claims a token for a host.
func (s *Store) Enrol(ctx context.Context, hash string, claim func(t *fleet.Token, hosts []fleet.Host) (fleet.Host, error)) (fleet.Host, error) {
	var h fleet.Host
	err := s.tx(ctx, func(tx *gorm.DB) error {
		var t *fleet.Token
		var rows []tokenRow
		if err := tx.Where("hash = ?", hash).Limit(1).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			t = &fleet.Token{Hash: r.Hash, Actor: r.Actor, Created: timeOf(r.Created), Expires: timeOf(r.Expires), Host: r.Host, Key: r.AgentKey}
		}
		all, err := hosts(tx)
		if err != nil {
			return err
		}
		if h, err = claim(t, all); err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(other fleet.Host) bool { return other.ID == h.ID }) {
			return nil
		}
		row := hostRowOf(h)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if h.Cluster != "" {
			// The host that it was before it came back is no member any more.
			if err := tx.Model(&hostRow{}).Where("name = ? AND id <> ?", h.Name, h.ID).Update("cluster", "").Error; err != nil {
				return err
			}
		}
		used := tokenRowOf(*t)
		return tx.Save(&used).Error
	})
	return h, err
}

// AddCertificate notes a certificate.
func (s *Store) AddCertificate(ctx context.Context, host, serial string, expires time.Time) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := affected(tx.Model(&hostRow{}).Where("id = ? AND NOT revoked", host).Update("expires", micros(expires)), errNoHost(host)); err != nil {
			return err
		}
		return tx.Create(&certificateRow{Serial: serial, Host: host, Expires: micros(expires)}).Error
	})
}

// RevokedSerials returns the serials of all certificates of revoked hosts.
func (s *Store) RevokedSerials(ctx context.Context) ([]string, error) {
	var list []string
	err := s.reader(ctx).Model(&certificateRow{}).Where("host IN (SELECT id FROM hosts WHERE revoked)").Pluck("serial", &list).Error
	return list, err
}

// RevokeHost puts a host out.
func (s *Store) RevokeHost(ctx context.Context, id string) ([]string, error) {
	var serials []string
	err := s.tx(ctx, func(tx *gorm.DB) error {
		if err := affected(tx.Model(&hostRow{}).Where("id = ?", id).Update("revoked", true), errNoHost(id)); err != nil {
			return err
		}
		return tx.Model(&certificateRow{}).Where("host = ?", id).Pluck("serial", &serials).Error
	})
	return serials, err
}

// SaveHost keeps what a host tells of itself. Membership, revocation and the newest event have their own methods.
func (s *Store) SaveHost(ctx context.Context, h fleet.Host) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		row := hostRowOf(h)
		return tx.Model(&row).Select("agent", "facts", "seen").Updates(&row).Error
	})
}

// SaveObserved keeps a cluster's state.
func (s *Store) SaveObserved(ctx context.Context, cluster string, st *ha.State, seen time.Time, lastMove *api.Outage) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		row := clusterRow{Name: cluster, State: st, Seen: micros(seen), LastMove: lastMove}
		columns := []string{"state", "seen", "last_move"}
		if st != nil && st.Engine != "" {
			row.Engine = st.Engine
			columns = append(columns, "engine")
		}
		return tx.Model(&row).Select(columns).Updates(&row).Error
	})
}

// SaveConfig keeps a cluster's configuration.
func (s *Store) SaveConfig(ctx context.Context, cluster string, c *ha.Config, xml string) error {
	data, err := json.Marshal(keptConfig{Config: c, XML: xml})
	if err != nil {
		return fmt.Errorf("encode configuration: %w", err)
	}
	sealed, err := s.seal.seal("cluster/"+cluster, data)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&clusterRow{}).Where("name = ?", cluster).Update("config", sealed), errNoCluster(cluster))
	})
}

// CreateCluster keeps a new cluster and its members.
func (s *Store) CreateCluster(ctx context.Context, c fleet.Cluster, members []string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		row := clusterRow{Name: c.Name, Label: c.Label, Engine: c.Engine, Created: micros(c.Created), Setup: c.Setup, State: c.State, Seen: micros(c.Seen), LastMove: c.LastMove}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if made.Error != nil {
			return made.Error
		}
		if made.RowsAffected == 0 {
			return fault.New(fault.Conflict, "cluster.name_taken", "there is a cluster %s already", c.Name).With("name", c.Name)
		}
		return join(tx, c.Name, members)
	})
}

// SetMembers gives a cluster another set-up and exactly these members.
func (s *Store) SetMembers(ctx context.Context, cluster string, setup ha.Setup, members []string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		row := clusterRow{Name: cluster, Setup: setup}
		if err := affected(tx.Model(&row).Select("setup").Updates(&row), errNoCluster(cluster)); err != nil {
			return err
		}
		return join(tx, cluster, members)
	})
}

func join(tx *gorm.DB, cluster string, members []string) error {
	if err := tx.Model(&hostRow{}).Where("cluster = ?", cluster).Update("cluster", "").Error; err != nil {
		return err
	}
	for _, id := range members {
		done := tx.Model(&hostRow{}).Where("id = ? AND cluster = ''", id).Update("cluster", cluster)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.Conflict, "host.taken", "host %s is not free", id).With("host", id)
		}
	}
	return nil
}

// DeleteCluster forgets a cluster with its revisions; its hosts stay.
func (s *Store) DeleteCluster(ctx context.Context, name string) error {
	return s.tx(ctx, func(tx *gorm.DB) error {
		if err := join(tx, name, nil); err != nil {
			return err
		}
		return affected(tx.Where("name = ?", name).Delete(&clusterRow{}), errNoCluster(name))
	})
}
