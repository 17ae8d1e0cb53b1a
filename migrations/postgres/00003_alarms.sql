-- +goose Up
CREATE TABLE alarms (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  severity INTEGER NOT NULL,
  is_open BOOLEAN NOT NULL,
  notice BOOLEAN NOT NULL,
  opened BIGINT NOT NULL,
  last BIGINT NOT NULL,
  resolved BIGINT NOT NULL,
  count INTEGER NOT NULL,
  event TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  args TEXT,
  resolved_by TEXT NOT NULL,
  ack_by TEXT NOT NULL,
  ack_at BIGINT NOT NULL,
  ack_note TEXT NOT NULL,
  silenced BOOLEAN NOT NULL
);
-- One open alarm for each key, whatever is told at once.
CREATE UNIQUE INDEX alarms_open ON alarms (cluster, kind, object) WHERE is_open;
CREATE INDEX alarms_key ON alarms (cluster, kind, object, id);
CREATE TABLE channels (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  secrets BYTEA
);
CREATE TABLE alert_rules (
  name TEXT PRIMARY KEY,
  place INTEGER NOT NULL,
  body TEXT NOT NULL
);
-- Whoever sets up a channel is told what matters, without having to think of rules first.
INSERT INTO alert_rules (name, place, body) VALUES ('default', 1, '{"name":"default","enabled":true,"severity":"warning","waitSeconds":10,"everySeconds":300}');
CREATE TABLE silences (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE TABLE messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  cluster TEXT NOT NULL,
  language TEXT NOT NULL,
  severity INTEGER NOT NULL,
  state TEXT NOT NULL,
  created BIGINT NOT NULL,
  due BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  frozen BOOLEAN NOT NULL,
  repeats BOOLEAN NOT NULL,
  first_event BIGINT NOT NULL,
  event_key TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  html TEXT NOT NULL,
  fault TEXT,
  refused BOOLEAN NOT NULL,
  sender TEXT NOT NULL
);
CREATE UNIQUE INDEX messages_message_id ON messages (message_id);
CREATE INDEX messages_channel ON messages (channel, state, id);
-- What a message says: each of these is said once to each recipient.
CREATE TABLE message_alarms (
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  alarm BIGINT NOT NULL,
  phase TEXT NOT NULL,
  occurrence INTEGER NOT NULL,
  message BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  PRIMARY KEY (channel, recipient, alarm, phase, occurrence)
);
CREATE INDEX message_alarms_message ON message_alarms (message);
CREATE INDEX message_alarms_alarm ON message_alarms (alarm);

-- +goose Down
DROP TABLE message_alarms;
DROP TABLE messages;
DROP TABLE silences;
DROP TABLE alert_rules;
DROP TABLE channels;
DROP TABLE alarms;
