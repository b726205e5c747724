-- Pacing: AWS allows some actions only so often, and that clock must survive
-- a restart and be shared by all jobs. A place is a turn somebody waits for.

-- +goose Up
CREATE TABLE turns (
	key     TEXT   NOT NULL PRIMARY KEY, -- account, region and action
	last_at BIGINT NOT NULL              -- when the last turn was used
);

CREATE TABLE places (
	key    TEXT   NOT NULL REFERENCES turns (key) ON DELETE CASCADE,
	holder TEXT   NOT NULL,
	at     BIGINT NOT NULL,
	PRIMARY KEY (key, holder)
);

-- +goose Down
DROP TABLE places;
DROP TABLE turns;
