-- Notices to people and programs outside, the places that are told, and what
-- became of each notice at each place. A notice is written in the transaction of
-- what it tells, and delivered by whichever worker takes it.

-- +goose Up
CREATE TABLE notice_places (
	id            TEXT   PRIMARY KEY, -- UUIDv7
	kind          TEXT   NOT NULL CHECK (kind IN ('chat', 'mail', 'hook')),
	name          TEXT   NOT NULL,
	host          TEXT   NOT NULL, -- of the address
	sealed        TEXT   NOT NULL, -- setup.NoticeSecret, sealed with a key that is not in the database
	topics        TEXT   NOT NULL, -- JSON of []setup.NoticeTopic
	created_by    TEXT   NOT NULL,
	created_by_id TEXT   NOT NULL,
	created_at    BIGINT NOT NULL,
	failing_since BIGINT NOT NULL, -- 0: the last try succeeded, or there was none
	paused_at     BIGINT NOT NULL  -- 0: it is not paused
);
CREATE UNIQUE INDEX notice_places_name ON notice_places (name);

CREATE TABLE notices (
	id       TEXT    PRIMARY KEY, -- UUIDv7
	setup_id TEXT    NOT NULL, -- '' for a test
	topic    TEXT    NOT NULL, -- '' for a test
	about    TEXT    NOT NULL, -- what is never put together with something else
	body     TEXT    NOT NULL, -- JSON of setup.NoticeBody, of the newest if it stands for several
	count    INTEGER NOT NULL, -- how often it happened
	told_at  BIGINT  NOT NULL, -- when it last did
	due_at   BIGINT  NOT NULL, -- when it goes out, or went out
	begun    INTEGER NOT NULL CHECK (begun IN (0, 1)) -- 1: somebody has begun to deliver it, so it stays as it is
);
CREATE INDEX notices_last ON notices (setup_id, topic, about, due_at);
CREATE INDEX notices_old ON notices (due_at);

CREATE TABLE deliveries (
	id          TEXT    PRIMARY KEY, -- UUIDv7
	notice_id   TEXT    NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
	place_id    TEXT    NOT NULL REFERENCES notice_places (id) ON DELETE CASCADE,
	state       TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
	due_at      BIGINT  NOT NULL, -- waiting: not before
	first_at    BIGINT  NOT NULL, -- of the first try, or the first since somebody asked for it again; 0: none yet
	tries       INTEGER NOT NULL,
	tried_at    BIGINT  NOT NULL, -- 0: never
	answer      TEXT    NOT NULL, -- JSON of setup.NoticeAnswer of the last try; '' for none
	lease_by    TEXT    NOT NULL,
	lease_until BIGINT  NOT NULL
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (notice_id, place_id);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_place ON deliveries (place_id, id);

-- What people were told of a setup and is not over yet.
CREATE TABLE notice_known (
	setup_id TEXT    PRIMARY KEY REFERENCES setups (id),
	drifted  INTEGER NOT NULL CHECK (drifted IN (0, 1)),
	silent   INTEGER NOT NULL CHECK (silent IN (0, 1))
);

-- +goose Down
DROP TABLE notice_known;
DROP TABLE deliveries;
DROP TABLE notices;
DROP TABLE notice_places;
