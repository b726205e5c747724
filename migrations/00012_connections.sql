-- Connections that somebody stored: ways to AWS beyond the default chain and
-- the profiles of the config files. No key is ever in here.

-- +goose Up
CREATE TABLE connections (
	id          TEXT   NOT NULL PRIMARY KEY,
	name        TEXT   NOT NULL,
	name_folded TEXT   NOT NULL UNIQUE, -- lower case
	kind        TEXT   NOT NULL CHECK (kind IN ('default', 'profile', 'role')),
	profile     TEXT   NOT NULL,
	role_arn    TEXT   NOT NULL,
	external_id TEXT   NOT NULL, -- '' where no role is assumed
	source      TEXT   NOT NULL, -- 'default' or 'profile:NAME'
	regions     TEXT   NOT NULL, -- JSON array
	version     BIGINT NOT NULL,
	created_by  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	updated_by  TEXT   NOT NULL,
	updated_at  BIGINT NOT NULL
);

-- An external ID is for one connection, for ever: whoever got to know it has
-- nothing from it for another one, not even after that one is deleted.
CREATE TABLE external_ids (
	external_id TEXT   NOT NULL PRIMARY KEY,
	connection  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE external_ids;
DROP TABLE connections;
