-- Jobs, their steps, and the history of both. These tables are the only truth
-- about the work: what rings the worker (the doorbell) holds no state.

-- +goose Up

-- Numbers that people read, such as the job's, without gaps and without the
-- dialects' own sequences.
CREATE TABLE counters (
	name  TEXT   NOT NULL PRIMARY KEY,
	value BIGINT NOT NULL
);

CREATE TABLE jobs (
	id          BIGINT  NOT NULL PRIMARY KEY,
	setup_id    TEXT    NOT NULL REFERENCES setups (id) ON DELETE CASCADE,
	setup_name  TEXT    NOT NULL, -- as it was when the job started
	kind        TEXT    NOT NULL,
	state       TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'needs-you', 'succeeded', 'failed', 'cancelled')),
	input       TEXT    NOT NULL, -- JSON of setup.JobInput
	connection  TEXT    NOT NULL,
	account_id  TEXT    NOT NULL,
	region      TEXT    NOT NULL,
	created_by  TEXT    NOT NULL,
	created_at  BIGINT  NOT NULL,
	started_at  BIGINT  NOT NULL,
	finished_at BIGINT  NOT NULL,
	seq         BIGINT  NOT NULL, -- number of the last event; every change takes this row first
	failed      BIGINT  NOT NULL, -- steps in state failed
	needs_you   BIGINT  NOT NULL  -- steps in state needs-you
);
CREATE INDEX jobs_setup ON jobs (setup_id, id);
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_name ON jobs (setup_name, id);

-- One active job per setup and per domain name, whatever the code does.
CREATE UNIQUE INDEX jobs_active_setup ON jobs (setup_id) WHERE state IN ('queued', 'running', 'needs-you');
CREATE UNIQUE INDEX jobs_active_name ON jobs (setup_name) WHERE state IN ('queued', 'running', 'needs-you');

CREATE TABLE steps (
	id            BIGINT  NOT NULL PRIMARY KEY, -- what a bell carries
	job_id        BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	step          TEXT    NOT NULL, -- the step's name: 'distribution'
	number        BIGINT  NOT NULL,
	title         TEXT    NOT NULL,
	service       TEXT    NOT NULL,
	state         TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'needs-you', 'skipped', 'cancelled')),
	needs         TEXT    NOT NULL, -- JSON array of names
	summary       TEXT    NOT NULL,
	problem       TEXT    NOT NULL, -- JSON of setup.Problem, '' if none
	records       TEXT    NOT NULL, -- JSON array of setup.Record, '' if none
	checked_at    BIGINT  NOT NULL,
	started_at    BIGINT  NOT NULL,
	finished_at   BIGINT  NOT NULL,

	attempt       BIGINT  NOT NULL, -- number of the current attempt, 0 before the first
	attempt_open  INTEGER NOT NULL CHECK (attempt_open IN (0, 1)), -- 0: the next pass begins a new one
	attempt_by    TEXT    NOT NULL, -- who asked for the next attempt
	tries         BIGINT  NOT NULL, -- automatic retries in a row
	pending_since BIGINT  NOT NULL, -- since when AWS is at it, for the step's limit

	epoch         BIGINT  NOT NULL, -- fence: rises with every claim, re-run and cancel
	leased        BIGINT  NOT NULL, -- epoch of the claim that took the lease
	lease_until   BIGINT  NOT NULL, -- 0: nobody is at it
	next_at       BIGINT  NOT NULL, -- when it is to be looked at; 0: not to be looked at
	bell          BIGINT  NOT NULL, -- the bell that rings then; others are stale

	UNIQUE (job_id, step)
);
CREATE INDEX steps_due ON steps (next_at) WHERE next_at > 0;

CREATE TABLE attempts (
	job_id      BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	step        TEXT   NOT NULL,
	number      BIGINT NOT NULL,
	started_by  TEXT   NOT NULL,
	state       TEXT   NOT NULL,
	problem     TEXT   NOT NULL,
	started_at  BIGINT NOT NULL,
	finished_at BIGINT NOT NULL,
	PRIMARY KEY (job_id, step, number)
);

CREATE TABLE calls (
	job_id     BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	id         BIGINT  NOT NULL, -- the number of its event
	step       TEXT    NOT NULL,
	attempt    BIGINT  NOT NULL,
	service    TEXT    NOT NULL,
	operation  TEXT    NOT NULL,
	region     TEXT    NOT NULL,
	status     BIGINT  NOT NULL,
	code       TEXT    NOT NULL,
	message    TEXT    NOT NULL,
	request_id TEXT    NOT NULL,
	writes     INTEGER NOT NULL CHECK (writes IN (0, 1)),
	started_at BIGINT  NOT NULL,
	took       BIGINT  NOT NULL, -- microseconds
	PRIMARY KEY (job_id, id)
);
CREATE INDEX calls_request ON calls (request_id) WHERE request_id <> '';
CREATE INDEX calls_step ON calls (job_id, step, id);

CREATE TABLE events (
	job_id  BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	seq     BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	kind    TEXT   NOT NULL CHECK (kind IN ('job', 'step', 'call')),
	step    TEXT   NOT NULL,
	attempt BIGINT NOT NULL,
	text    TEXT   NOT NULL,
	PRIMARY KEY (job_id, seq)
);

-- +goose Down
DROP TABLE events;
DROP TABLE calls;
DROP TABLE attempts;
DROP TABLE steps;
DROP TABLE jobs;
DROP TABLE counters;
