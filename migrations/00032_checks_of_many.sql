-- Which checks somebody ordered for many setups at once: they begin one after the other,
-- in the line of those by schedule.

-- +goose Up
ALTER TABLE checks ADD COLUMN many INTEGER NOT NULL DEFAULT 0; -- 1: it is one of many

-- +goose Down
ALTER TABLE checks DROP COLUMN many;
