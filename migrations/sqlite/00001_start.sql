-- +goose Up
-- Times are microseconds of Unix time: the same on both databases, and in order as numbers.
CREATE TABLE users (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  hash TEXT NOT NULL,
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL
);
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  address TEXT NOT NULL,
  bearer BOOLEAN NOT NULL,
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_name);
CREATE TABLE hosts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  cluster TEXT NOT NULL,
  agent TEXT NOT NULL,
  facts TEXT NOT NULL,
  enrolled BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  revoked BOOLEAN NOT NULL,
  ack_seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX hosts_name ON hosts (name) WHERE NOT revoked;
CREATE INDEX hosts_cluster ON hosts (cluster);
CREATE TABLE certificates (
  serial TEXT PRIMARY KEY,
  host TEXT NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
  expires BIGINT NOT NULL
);
CREATE INDEX certificates_host ON certificates (host);
CREATE TABLE tokens (
  hash TEXT PRIMARY KEY,
  actor TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  host TEXT NOT NULL,
  agent_key TEXT NOT NULL
);
CREATE TABLE clusters (
  name TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  engine TEXT NOT NULL,
  created BIGINT NOT NULL,
  setup TEXT NOT NULL,
  state TEXT,
  seen BIGINT NOT NULL,
  config BLOB,
  last_move TEXT
);
CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  cluster TEXT NOT NULL,
  object TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  percent INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  fault TEXT,
  started BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  memo BLOB
);
CREATE INDEX operations_started ON operations (started);
CREATE INDEX operations_ended ON operations (ended);
CREATE TABLE steps (
  operation TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (operation, place)
);
CREATE TABLE revisions (
  cluster TEXT NOT NULL REFERENCES clusters (name) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  at BIGINT NOT NULL,
  author TEXT NOT NULL,
  origin TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  state TEXT NOT NULL,
  fault TEXT,
  operation TEXT NOT NULL,
  admin_epoch INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  num_updates INTEGER NOT NULL,
  differences TEXT,
  reverts INTEGER NOT NULL,
  before_body BLOB,
  after_body BLOB,
  PRIMARY KEY (cluster, number)
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at BIGINT NOT NULL,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  severity INTEGER NOT NULL,
  object TEXT NOT NULL,
  actor TEXT NOT NULL,
  args TEXT,
  dedupe TEXT NOT NULL
);
CREATE UNIQUE INDEX events_dedupe ON events (dedupe);
CREATE INDEX events_at ON events (at);
CREATE INDEX events_cluster ON events (cluster, id);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  outcome TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  body BLOB NOT NULL
);

-- +goose Down
DROP TABLE secrets;
DROP TABLE audit;
DROP TABLE events;
DROP TABLE revisions;
DROP TABLE steps;
DROP TABLE operations;
DROP TABLE clusters;
DROP TABLE tokens;
DROP TABLE certificates;
DROP TABLE hosts;
DROP TABLE sessions;
DROP TABLE users;
