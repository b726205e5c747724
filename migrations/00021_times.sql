-- How long the steps of earlier jobs took: what pages expect, and when the worker
-- looks next, come from it.

-- +goose Up
CREATE TABLE step_times (
	job_id   BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	step     TEXT    NOT NULL,
	kind     TEXT    NOT NULL, -- of the job
	later    INTEGER NOT NULL, -- 1: the setup had things in place before the job
	whole    BIGINT  NOT NULL, -- milliseconds from its beginning to its end
	unready  BIGINT  NOT NULL, -- milliseconds that AWS was at it for certain; 0 if it was not
	ready    BIGINT  NOT NULL, -- milliseconds after which it was done for certain; 0 if it was not waited for
	PRIMARY KEY (job_id, step)
);
CREATE INDEX step_times_newest ON step_times (step, job_id);

-- +goose Down
DROP TABLE step_times;
