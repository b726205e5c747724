-- Checks of setups, what they found, and the states that followed. A check only
-- looks, so it is no job.

-- +goose Up
CREATE TABLE checks (
	id          TEXT    PRIMARY KEY, -- UUIDv7
	setup_id    TEXT    NOT NULL REFERENCES setups (id),
	revision    INTEGER NOT NULL,
	reason      TEXT    NOT NULL CHECK (reason IN ('person', 'job', 'again')),
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
	lease_until BIGINT  NOT NULL
);
CREATE UNIQUE INDEX checks_open ON checks (setup_id) WHERE done_at = 0;
CREATE INDEX checks_due ON checks (due_at) WHERE done_at = 0;
CREATE INDEX checks_setup ON checks (setup_id, done_at);
CREATE INDEX checks_lines ON checks (done_at) WHERE lines <> '';

CREATE TABLE findings (
	id          TEXT    PRIMARY KEY, -- UUIDv7
	setup_id    TEXT    NOT NULL REFERENCES setups (id),
	key         TEXT    NOT NULL,
	revision    INTEGER NOT NULL, -- that it was last compared with
	body        TEXT    NOT NULL, -- JSON of setup.FindingBody
	since       BIGINT  NOT NULL,
	seen_at     BIGINT  NOT NULL,
	closed_at   BIGINT  NOT NULL, -- 0: it is open
	muted_by    TEXT    NOT NULL, -- '' if nobody muted it
	muted_by_id TEXT    NOT NULL,
	muted_at    BIGINT  NOT NULL
);
CREATE UNIQUE INDEX findings_open ON findings (setup_id, key) WHERE closed_at = 0;

CREATE TABLE states (
	setup_id TEXT    NOT NULL REFERENCES setups (id),
	number   INTEGER NOT NULL, -- from 1; the newest is the state of now
	state    TEXT    NOT NULL,
	job      BIGINT  NOT NULL, -- the job at work; 0: none
	since    BIGINT  NOT NULL,
	PRIMARY KEY (setup_id, number)
);

-- Setups of before have the state that their jobs tell, and no time since when.
INSERT INTO states (setup_id, number, state, job, since)
SELECT f.id, 1, CASE
	WHEN f.active > 0 AND f.made = 0 THEN 'being-made'
	WHEN f.active > 0 THEN 'being-changed'
	WHEN f.made = 0 THEN 'not-finished'
	WHEN f.later = 1 AND f.kind = 'restore' THEN 'moved-back'
	WHEN f.later = 1 THEN 'ready'
	ELSE 'serving' END, f.active, 0
FROM (SELECT s.id,
	CASE WHEN s.spec LIKE '%"switch":"later"%' THEN 1 ELSE 0 END AS later,
	COALESCE((SELECT MAX(j.id) FROM jobs j WHERE j.setup_id = s.id AND j.kind <> 'invalidate' AND j.state IN ('queued', 'running', 'needs-you')), 0) AS active,
	COALESCE((SELECT MAX(j.id) FROM jobs j WHERE j.setup_id = s.id AND j.kind = 'apply' AND j.state = 'succeeded'), 0) AS made,
	(SELECT j.kind FROM jobs j WHERE j.setup_id = s.id AND j.kind <> 'invalidate' ORDER BY j.id DESC LIMIT 1) AS kind
	FROM setups s) f;

-- +goose Down
DROP TABLE states;
DROP TABLE findings;
DROP TABLE checks;
