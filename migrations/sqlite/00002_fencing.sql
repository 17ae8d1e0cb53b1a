-- +goose Up
-- The last successful fencing of each node: Pacemaker forgets its history when all nodes have stopped.
CREATE TABLE fencings (
  cluster TEXT NOT NULL REFERENCES clusters (name) ON DELETE CASCADE,
  node TEXT NOT NULL,
  at BIGINT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (cluster, node)
);
