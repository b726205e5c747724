-- Setups are checked by schedule, and equal checks of long ago are one row.

-- +goose Up
CREATE TABLE checks_next (
	id          TEXT    PRIMARY KEY, -- UUIDv7
	setup_id    TEXT    NOT NULL REFERENCES setups (id),
	revision    INTEGER NOT NULL,
	reason      TEXT    NOT NULL CHECK (reason IN ('person', 'job', 'again', 'schedule')),
	asked_by    TEXT    NOT NULL, -- '' if nobody asked
	asked_by_id TEXT    NOT NULL,
	asked_at    BIGINT  NOT NULL,
	due_at      BIGINT  NOT NULL, -- it does not begin before
	done_at     BIGINT  NOT NULL, -- 0: it has not ended
	result      TEXT    NOT NULL CHECK (result IN ('', 'healthy', 'findings', 'unknown', 'ended')),
	sight       TEXT    NOT NULL, -- JSON of setup.Sight
	problem     TEXT    NOT NULL, -- JSON of setup.Problem, '' for none
	findings    INTEGER NOT NULL, -- how many were open at the end
	lines       TEXT    NOT NULL, -- JSON of []setup.CheckLine, '' for none or forgotten
	lease_by    TEXT    NOT NULL,
	lease_until BIGINT  NOT NULL,
	times       INTEGER NOT NULL, -- how many equal checks the row stands for
	first_at    BIGINT  NOT NULL  -- when the first of them ended; 0: it is the only one
);
INSERT INTO checks_next (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, times, first_at)
SELECT id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, 1, 0 FROM checks;
DROP TABLE checks;
ALTER TABLE checks_next RENAME TO checks;
CREATE UNIQUE INDEX checks_open ON checks (setup_id) WHERE done_at = 0;
CREATE INDEX checks_due ON checks (due_at) WHERE done_at = 0;
CREATE INDEX checks_setup ON checks (setup_id, done_at);
CREATE INDEX checks_lines ON checks (done_at) WHERE lines <> '';

CREATE TABLE schedules (
	setup_id  TEXT   PRIMARY KEY REFERENCES setups (id),
	every     BIGINT NOT NULL, -- milliseconds between two checks; 0: off
	next_at   BIGINT NOT NULL, -- of the next check; 0: none is to come
	told_at   BIGINT NOT NULL, -- when a check last said how things stand; 0: never
	folded_to BIGINT NOT NULL  -- equal checks that ended before are one row
);
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at > 0;
CREATE INDEX schedules_folded ON schedules (folded_to);

CREATE TABLE paces (
	name    TEXT   PRIMARY KEY,
	free_at BIGINT NOT NULL -- when the next one may begin
);

-- Setups of before are overdue, so they are checked one after the other, as fast as
-- the server may, and then by their own hours.
INSERT INTO schedules (setup_id, every, next_at, told_at, folded_to)
SELECT s.setup_id, 10800000, CASE WHEN s.state IN ('not-checked', 'not-answering', 'moved-back', 'ready', 'drifted', 'serving') THEN 1 ELSE 0 END,
	COALESCE((SELECT MAX(c.done_at) FROM checks c WHERE c.setup_id = s.setup_id AND c.result IN ('healthy', 'findings')), 0), 0
FROM states s WHERE s.number = (SELECT MAX(n.number) FROM states n WHERE n.setup_id = s.setup_id);

-- +goose Down
DROP TABLE paces;
DROP TABLE schedules;
CREATE TABLE checks_next (
	id          TEXT    PRIMARY KEY,
	setup_id    TEXT    NOT NULL REFERENCES setups (id),
	revision    INTEGER NOT NULL,
	reason      TEXT    NOT NULL CHECK (reason IN ('person', 'job', 'again')),
	asked_by    TEXT    NOT NULL,
	asked_by_id TEXT    NOT NULL,
	asked_at    BIGINT  NOT NULL,
	due_at      BIGINT  NOT NULL,
	done_at     BIGINT  NOT NULL,
	result      TEXT    NOT NULL CHECK (result IN ('', 'healthy', 'findings', 'unknown', 'ended')),
	sight       TEXT    NOT NULL,
	problem     TEXT    NOT NULL,
	findings    INTEGER NOT NULL,
	lines       TEXT    NOT NULL,
	lease_by    TEXT    NOT NULL,
	lease_until BIGINT  NOT NULL
);
INSERT INTO checks_next (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until)
SELECT id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until FROM checks WHERE reason <> 'schedule';
DROP TABLE checks;
ALTER TABLE checks_next RENAME TO checks;
CREATE UNIQUE INDEX checks_open ON checks (setup_id) WHERE done_at = 0;
CREATE INDEX checks_due ON checks (due_at) WHERE done_at = 0;
CREATE INDEX checks_setup ON checks (setup_id, done_at);
CREATE INDEX checks_lines ON checks (done_at) WHERE lines <> '';
