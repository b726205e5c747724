-- What somebody may do can end in more ways than an administrator's: who keeps
-- an account out is stored, and links know their maker by ID, so that what a
-- person gave out ends with the role that allowed it. That there was an administrator
-- is kept for ever: the door of the first one is open until then.

-- +goose Up
ALTER TABLE users ADD COLUMN disabled_by TEXT NOT NULL DEFAULT ''; -- '': an administrator; 'provider': the groups at the OIDC provider
ALTER TABLE links ADD COLUMN created_by_id TEXT NOT NULL DEFAULT ''; -- '': made on the server's machine
DELETE FROM links WHERE created_by <> 'apifront user reset'
	AND NOT EXISTS (SELECT 1 FROM users WHERE users.name = links.created_by AND users.role = 'admin' AND users.disabled_at = 0);
UPDATE links SET created_by_id = COALESCE(
	(SELECT MIN(users.id) FROM users WHERE users.name = links.created_by AND users.role = 'admin' AND users.disabled_at = 0), '');

CREATE TABLE milestones (
	name TEXT   NOT NULL PRIMARY KEY, -- what happened for the first time
	at   BIGINT NOT NULL
);
INSERT INTO milestones (name, at) SELECT 'administrator', created_at FROM users WHERE role = 'admin' ORDER BY created_at LIMIT 1;

-- +goose Down
DROP TABLE milestones;
ALTER TABLE links DROP COLUMN created_by_id;
ALTER TABLE users DROP COLUMN disabled_by;
