-- Questions that pages have for AWS, with the last answer to each. Asking
-- twice is one question: the key is the question.

-- +goose Up
CREATE TABLE looks (
	kind        TEXT    NOT NULL,
	connection  TEXT    NOT NULL,
	region      TEXT    NOT NULL,
	subject     TEXT    NOT NULL,
	result      TEXT    NOT NULL, -- JSON, '' while there is none
	problem     TEXT    NOT NULL, -- JSON of setup.Problem, '' if the last look went well
	asked_at    BIGINT  NOT NULL,
	done_at     BIGINT  NOT NULL,
	pending     INTEGER NOT NULL CHECK (pending IN (0, 1)),
	again       INTEGER NOT NULL CHECK (again IN (0, 1)), -- asked for while an answer was on its way
	lease_by    TEXT    NOT NULL,
	lease_until BIGINT  NOT NULL,
	PRIMARY KEY (kind, connection, region, subject)
);
CREATE INDEX looks_pending ON looks (asked_at) WHERE pending = 1;

-- +goose Down
DROP TABLE looks;
