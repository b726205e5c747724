-- What people want (setups, of which drafts are still in the wizard) and what
-- exists in AWS for each.

-- +goose Up
CREATE TABLE setups (
	id         TEXT    NOT NULL PRIMARY KEY,
	name       TEXT    NOT NULL, -- the spec's domain name, '' while it has none
	spec       TEXT    NOT NULL, -- JSON of setup.Spec
	draft      INTEGER NOT NULL CHECK (draft IN (0, 1)),
	page       TEXT    NOT NULL, -- the wizard page a draft stands on
	version    BIGINT  NOT NULL,
	generation BIGINT  NOT NULL,
	created_by TEXT    NOT NULL,
	created_at BIGINT  NOT NULL,
	updated_by TEXT    NOT NULL,
	updated_at BIGINT  NOT NULL
);
CREATE INDEX setups_name ON setups (draft, name);

CREATE TABLE resources (
	setup_id   TEXT    NOT NULL REFERENCES setups (id) ON DELETE CASCADE,
	key        TEXT    NOT NULL, -- setup.KeyDomain, …
	type       TEXT    NOT NULL,
	id         TEXT    NOT NULL, -- '' while only intended
	arn        TEXT    NOT NULL,
	region     TEXT    NOT NULL,
	owned      INTEGER NOT NULL CHECK (owned IN (0, 1)),
	state      TEXT    NOT NULL, -- AWS's own word
	token      TEXT    NOT NULL, -- idempotency token, stored before the create call
	attributes TEXT    NOT NULL, -- JSON object of strings
	saved_at   BIGINT  NOT NULL,
	PRIMARY KEY (setup_id, key)
);
CREATE INDEX resources_id ON resources (id);

-- +goose Down
DROP TABLE resources;
DROP TABLE setups;
