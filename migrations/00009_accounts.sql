-- People come and go: accounts can be disabled, links invite a person or let
-- one in again, sessions end when they are not used, and wrong tries to sign
-- in are counted where a restart and every replica see them.

-- +goose Up
ALTER TABLE users ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0; -- last sign-in
ALTER TABLE sessions ADD COLUMN idle BIGINT NOT NULL DEFAULT 7200000; -- milliseconds without use after which it ends

CREATE TABLE links (
	id         TEXT   NOT NULL PRIMARY KEY,
	token_hash TEXT   NOT NULL UNIQUE, -- the token itself is only in the link
	user_id    TEXT   REFERENCES users (id) ON DELETE CASCADE, -- whose password it sets; NULL: it invites a new user
	email      TEXT   NOT NULL, -- lower case
	role       TEXT   NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
	created_by TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX links_email ON links (email);

CREATE TABLE tries (
	subject TEXT    NOT NULL PRIMARY KEY, -- a hash: people type passwords where the email belongs
	wrong   INTEGER NOT NULL,
	next_at BIGINT  NOT NULL, -- no try before
	seen_at BIGINT  NOT NULL
);
CREATE INDEX tries_seen ON tries (seen_at);

-- +goose Down
DROP TABLE tries;
DROP TABLE links;
ALTER TABLE sessions DROP COLUMN idle;
ALTER TABLE users DROP COLUMN seen_at;
ALTER TABLE users DROP COLUMN disabled_at;
