-- What a step saw from outside: answers to its requests, and of DNS. It belongs
-- to an attempt, of which two looks are kept: the newest that did not end it, and
-- the one that did. The beginnings of bodies are beside the rest, so that they
-- can be erased by themselves.

-- +goose Up
CREATE TABLE evidence (
	job_id   BIGINT  NOT NULL,
	step     TEXT    NOT NULL,
	attempt  BIGINT  NOT NULL,
	ended    INTEGER NOT NULL CHECK (ended IN (0, 1)), -- 1: the look that ended the attempt
	seen_at  BIGINT  NOT NULL,
	seen     TEXT    NOT NULL, -- JSON of store.keptSeen
	excerpts TEXT    NOT NULL, -- JSON of the beginnings of bodies, by number of the request; '' if there are none
	erase_at BIGINT  NOT NULL, -- when these are erased; 0: there are none; -1: they are
	PRIMARY KEY (job_id, step, attempt, ended),
	FOREIGN KEY (job_id, step, attempt) REFERENCES attempts (job_id, step, number) ON DELETE CASCADE
);
CREATE INDEX evidence_erase ON evidence (erase_at) WHERE erase_at > 0;

-- +goose Down
DROP TABLE evidence;
