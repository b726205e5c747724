-- Who may use this installation: people, their sessions, and the secrets that
-- the installation made for itself (cookie keys, its own ID).
--
-- Conventions of every table: identifiers are TEXT made in Go (UUIDv7), times
-- are BIGINT milliseconds since 1970 in UTC with 0 for "never", JSON and
-- base64 are TEXT, and booleans are INTEGER 0 or 1.

-- +goose Up
CREATE TABLE users (
	id            TEXT    NOT NULL PRIMARY KEY,
	email         TEXT    NOT NULL UNIQUE, -- lower case
	name          TEXT    NOT NULL,
	password_hash TEXT    NOT NULL,
	role          TEXT    NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
	theme         TEXT    NOT NULL CHECK (theme IN ('', 'light', 'dark')), -- '': as the system has it
	created_at    BIGINT  NOT NULL
);

CREATE TABLE sessions (
	token_hash TEXT   NOT NULL PRIMARY KEY, -- the token itself is only in the browser
	user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	address    TEXT   NOT NULL,
	agent      TEXT   NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE secrets (
	name       TEXT   NOT NULL PRIMARY KEY,
	value      TEXT   NOT NULL, -- base64
	created_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE secrets;
DROP TABLE sessions;
DROP TABLE users;
