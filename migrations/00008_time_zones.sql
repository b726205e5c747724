-- Times are shown in the viewer's time zone, where the viewer chose one.

-- +goose Up
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT ''; -- a name of the tz database; '': the browser's

-- +goose Down
ALTER TABLE users DROP COLUMN time_zone;
