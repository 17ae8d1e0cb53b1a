-- +goose Up
-- What was promised for a service, in seconds; nothing where NULL.
CREATE TABLE targets (
  cluster TEXT NOT NULL REFERENCES clusters (name) ON DELETE CASCADE,
  service TEXT NOT NULL,
  rto_planned BIGINT,
  rto_unplanned BIGINT,
  rpo_planned BIGINT,
  rpo_unplanned BIGINT,
  PRIMARY KEY (cluster, service)
);

-- +goose Down
DROP TABLE targets;
