-- Diagnoses: what the doctor finds out about a name that somebody asked about, with
-- or without a setup. A diagnosis only looks, so it is neither a job nor a check.

-- +goose Up
CREATE TABLE diagnoses (
	id            TEXT    PRIMARY KEY, -- UUIDv7
	name          TEXT    NOT NULL,
	path          TEXT    NOT NULL, -- '' or with a slash before it
	connection    TEXT    NOT NULL, -- by which AWS is asked; '': by none
	region        TEXT    NOT NULL,
	asked_by      TEXT    NOT NULL,
	asked_by_id   TEXT    NOT NULL,
	asked_at      BIGINT  NOT NULL,
	begun_at      BIGINT  NOT NULL, -- 0: no worker took it
	done_at       BIGINT  NOT NULL, -- 0: it has not ended
	stopped_by    TEXT    NOT NULL, -- '' if nobody stopped it
	stopped_by_id TEXT    NOT NULL,
	verdict       TEXT    NOT NULL, -- '': it has not ended
	head          TEXT    NOT NULL,
	text          TEXT    NOT NULL,
	body          TEXT    NOT NULL, -- JSON of setup.DiagnosisBody, of what was seen so far; '' for nothing
	takes         INTEGER NOT NULL, -- how often a worker took it
	lease_by      TEXT    NOT NULL,
	lease_until   BIGINT  NOT NULL
);
CREATE INDEX diagnoses_open ON diagnoses (asked_at) WHERE done_at = 0;
CREATE INDEX diagnoses_asked ON diagnoses (asked_at);
CREATE INDEX diagnoses_person ON diagnoses (asked_by_id, asked_at);

-- +goose Down
DROP TABLE diagnoses;
