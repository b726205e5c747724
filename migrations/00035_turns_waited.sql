-- How long the current attempt of a step waited in apifront's own line for calls that AWS limits.

-- +goose Up
ALTER TABLE steps ADD COLUMN turn_limit TEXT NOT NULL DEFAULT '';   -- what AWS allows, as a clause; '': it did not wait
ALTER TABLE steps ADD COLUMN turn_since BIGINT NOT NULL DEFAULT 0;  -- since when it waits now; 0: it does not
ALTER TABLE steps ADD COLUMN turn_waited BIGINT NOT NULL DEFAULT 0; -- milliseconds, without the wait since then

-- +goose Down
ALTER TABLE steps DROP COLUMN turn_waited;
ALTER TABLE steps DROP COLUMN turn_since;
ALTER TABLE steps DROP COLUMN turn_limit;
