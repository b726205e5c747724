-- Who did something is known by the user's ID; the name beside it is for
-- reading, as it was then. Two users may have one name, and a user may get
-- another one. '': no user, such as the worker, or not known.
--
-- Rows of before get the ID where one user alone has the name.

-- +goose Up
ALTER TABLE setups ADD COLUMN created_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE setups ADD COLUMN updated_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN created_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN created_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN updated_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN created_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN attempt_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN started_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN created_by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN updated_by_id TEXT NOT NULL DEFAULT '';

CREATE TABLE only_bearers (
	name TEXT NOT NULL PRIMARY KEY,
	id   TEXT NOT NULL
);
INSERT INTO only_bearers (name, id)
	SELECT name, MIN(id) FROM users WHERE name <> '' AND name <> 'the worker' GROUP BY name HAVING COUNT(*) = 1;
UPDATE setups SET created_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = setups.created_by)
	WHERE created_by IN (SELECT name FROM only_bearers);
UPDATE setups SET updated_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = setups.updated_by)
	WHERE updated_by IN (SELECT name FROM only_bearers);
UPDATE revisions SET created_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = revisions.created_by)
	WHERE created_by IN (SELECT name FROM only_bearers);
UPDATE drafts SET created_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = drafts.created_by)
	WHERE created_by IN (SELECT name FROM only_bearers);
UPDATE drafts SET updated_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = drafts.updated_by)
	WHERE updated_by IN (SELECT name FROM only_bearers);
UPDATE jobs SET created_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = jobs.created_by)
	WHERE created_by IN (SELECT name FROM only_bearers);
UPDATE steps SET attempt_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = steps.attempt_by)
	WHERE attempt_by IN (SELECT name FROM only_bearers);
UPDATE attempts SET started_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = attempts.started_by)
	WHERE started_by IN (SELECT name FROM only_bearers);
UPDATE connections SET created_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = connections.created_by)
	WHERE created_by IN (SELECT name FROM only_bearers);
UPDATE connections SET updated_by_id = (SELECT b.id FROM only_bearers b WHERE b.name = connections.updated_by)
	WHERE updated_by IN (SELECT name FROM only_bearers);
DROP TABLE only_bearers;

-- +goose Down
ALTER TABLE connections DROP COLUMN updated_by_id;
ALTER TABLE connections DROP COLUMN created_by_id;
ALTER TABLE attempts DROP COLUMN started_by_id;
ALTER TABLE steps DROP COLUMN attempt_by_id;
ALTER TABLE jobs DROP COLUMN created_by_id;
ALTER TABLE drafts DROP COLUMN updated_by_id;
ALTER TABLE drafts DROP COLUMN created_by_id;
ALTER TABLE revisions DROP COLUMN created_by_id;
ALTER TABLE setups DROP COLUMN updated_by_id;
ALTER TABLE setups DROP COLUMN created_by_id;
