-- +goose Up
-- When the sides of a replicated volume were not alike; ended is 0 while it goes on.
CREATE TABLE exposures (
  cluster TEXT NOT NULL REFERENCES clusters (name) ON DELETE CASCADE,
  volume TEXT NOT NULL,
  started BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (cluster, volume, started)
);
-- When a target was set; 0 where that is not known.
ALTER TABLE targets ADD COLUMN since BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE targets DROP COLUMN since;
DROP TABLE exposures;
