-- A history of a hundred thousand jobs is searched, filtered and counted
-- without reading all of it.

-- +goose Up
CREATE INDEX jobs_created ON jobs (created_at);
CREATE INDEX jobs_kind ON jobs (kind, id);
CREATE INDEX jobs_kind_state ON jobs (kind, state, id);
CREATE INDEX resources_arn ON resources (arn);

-- +goose Down
DROP INDEX resources_arn;
DROP INDEX jobs_kind_state;
DROP INDEX jobs_kind;
DROP INDEX jobs_created;
