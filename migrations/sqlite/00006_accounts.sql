-- +goose Up
ALTER TABLE users ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN password_set BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN past TEXT;
-- The second factor: secret, last code, hashes of recovery codes; encrypted.
ALTER TABLE users ADD COLUMN factor BLOB;
UPDATE users SET password_set = created;
CREATE TABLE api_tokens (
  hash TEXT PRIMARY KEY,
  user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  label TEXT NOT NULL,
  role TEXT NOT NULL,
  clusters TEXT,
  address TEXT NOT NULL,
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX api_tokens_user ON api_tokens (user_name);
CREATE TABLE policy (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  body TEXT NOT NULL
);

-- +goose Down
DROP TABLE policy;
DROP TABLE api_tokens;
ALTER TABLE users DROP COLUMN factor;
ALTER TABLE users DROP COLUMN past;
ALTER TABLE users DROP COLUMN password_set;
ALTER TABLE users DROP COLUMN must_change;
