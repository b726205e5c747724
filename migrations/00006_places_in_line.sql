-- Who came first is first, also when its turn came to nothing; and when AWS
-- asks for time, it asks all who share the clock.

-- +goose Up
ALTER TABLE turns ADD COLUMN held_till BIGINT NOT NULL DEFAULT 0; -- no turn before
ALTER TABLE places ADD COLUMN arrived BIGINT NOT NULL DEFAULT 0;  -- order of arrival in the line

-- +goose Down
ALTER TABLE places DROP COLUMN arrived;
ALTER TABLE turns DROP COLUMN held_till;
