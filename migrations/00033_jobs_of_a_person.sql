-- The history of jobs is filtered by who started them.

-- +goose Up
CREATE INDEX jobs_person ON jobs (created_by_id, state, id);

-- +goose Down
DROP INDEX jobs_person;
