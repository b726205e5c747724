-- What is wanted for a domain name is a numbered revision that never changes.
-- There is one setup for each account and name; setups of one account and name
-- that earlier versions made become one, with their specs as its revisions. A
-- job keeps the revision that it carries out. What is still in the wizard is a
-- draft, in a table of its own.
--
-- No table that others refer to is made anew: on SQLite that empties those.

-- +goose Up
CREATE TABLE revisions (
	setup_id   TEXT   NOT NULL REFERENCES setups (id) ON DELETE CASCADE,
	number     BIGINT NOT NULL, -- from 1
	spec       TEXT   NOT NULL, -- JSON of setup.Spec
	format     BIGINT NOT NULL, -- of the spec: setup.SpecFormat of the day
	came_from  BIGINT NOT NULL, -- the revision it goes back to; 0: none
	why        TEXT   NOT NULL, -- what was done
	created_by TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (setup_id, number)
);

CREATE TABLE drafts (
	id         TEXT   NOT NULL PRIMARY KEY,
	setup_id   TEXT   REFERENCES setups (id) ON DELETE SET NULL, -- NULL: of a new setup
	began_from BIGINT NOT NULL, -- the newest revision when it was begun
	came_from  BIGINT NOT NULL, -- the older revision whose answers it began with; 0: none
	name       TEXT   NOT NULL, -- the spec's domain name, '' while it has none
	spec       TEXT   NOT NULL, -- JSON of setup.Spec
	page       TEXT   NOT NULL, -- the wizard page it stands on
	version    BIGINT NOT NULL,
	job        BIGINT NOT NULL, -- that it was started as; 0: not started
	created_by TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	updated_by TEXT   NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE INDEX drafts_open ON drafts (updated_at) WHERE job = 0;
CREATE INDEX drafts_setup ON drafts (setup_id) WHERE setup_id IS NOT NULL;

-- Where a setup went that became part of another one. Old links lead on.
CREATE TABLE former_setups (
	old_id   TEXT   NOT NULL PRIMARY KEY,
	setup_id TEXT   NOT NULL REFERENCES setups (id) ON DELETE CASCADE,
	number   BIGINT NOT NULL -- the revision that its spec became
);

ALTER TABLE setups ADD COLUMN account_id TEXT NOT NULL DEFAULT ''; -- '': no job has learnt it
ALTER TABLE setups ADD COLUMN revision BIGINT NOT NULL DEFAULT 0; -- the newest
ALTER TABLE jobs ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN changes TEXT NOT NULL DEFAULT ''; -- JSON array of setup.Change, '' if none
ALTER TABLE attempts ADD COLUMN removals TEXT NOT NULL DEFAULT ''; -- JSON array of setup.Removal, '' if none

INSERT INTO drafts (id, began_from, came_from, name, spec, page, version, job, created_by, created_at, updated_by, updated_at)
	SELECT id, 0, 0, name, spec, page, version, 0, created_by, created_at, updated_by, updated_at
	FROM setups WHERE draft = 1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.setup_id = setups.id);
DELETE FROM setups WHERE draft = 1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.setup_id = setups.id);

-- The account is in the spec, which the two databases read in different ways,
-- and in each job, which they read alike.
UPDATE setups SET account_id = COALESCE((SELECT MAX(j.account_id) FROM jobs j WHERE j.setup_id = setups.id), '');

INSERT INTO former_setups (old_id, setup_id, number)
	SELECT id, FIRST_VALUE(id) OVER w, ROW_NUMBER() OVER w
	FROM (
		SELECT s.id, s.name, CASE s.account_id WHEN '' THEN s.id ELSE s.account_id END AS account,
			COALESCE((SELECT MIN(j.id) FROM jobs j WHERE j.setup_id = s.id), 0) AS first_job
		FROM setups s
	) f
	WINDOW w AS (PARTITION BY name, account ORDER BY first_job, id);
INSERT INTO revisions (setup_id, number, spec, format, came_from, why, created_by, created_at)
	SELECT f.setup_id, f.number, s.spec, 1, 0, 'Before revisions were kept', s.created_by, s.created_at
	FROM former_setups f JOIN setups s ON s.id = f.old_id;
UPDATE jobs SET
	revision = (SELECT f.number FROM former_setups f WHERE f.old_id = jobs.setup_id),
	setup_id = (SELECT f.setup_id FROM former_setups f WHERE f.old_id = jobs.setup_id);

-- The newest row of a key is the current one. It is owned if any row of the same
-- thing was. An older row of the same thing is kept as one that is removed; an
-- older row of another thing that was ours is one that is not wanted any more.
-- The record that led visitors before the first job stays the way back.
ALTER TABLE resources RENAME TO resources_before;
DROP INDEX resources_id;
DROP INDEX resources_arn;
CREATE TABLE resources (
	setup_id       TEXT    NOT NULL REFERENCES setups (id) ON DELETE CASCADE,
	key            TEXT    NOT NULL, -- setup.KeyDomain, …
	number         BIGINT  NOT NULL, -- counts the things that had the key, from 0
	type           TEXT    NOT NULL,
	id             TEXT    NOT NULL, -- '' while only intended
	arn            TEXT    NOT NULL,
	region         TEXT    NOT NULL,
	owned          INTEGER NOT NULL CHECK (owned IN (0, 1)),
	state          TEXT    NOT NULL, -- AWS's own word
	token          TEXT    NOT NULL, -- idempotency token, stored before the create call
	attributes     TEXT    NOT NULL, -- JSON object of strings
	saved_at       BIGINT  NOT NULL,
	unwanted_since BIGINT  NOT NULL, -- 0: it is wanted
	left_since     BIGINT  NOT NULL, -- a person left it as it is; 0: nobody did
	removed_at     BIGINT  NOT NULL, -- it was seen to be gone; 0: it is there, as far as is known
	PRIMARY KEY (setup_id, key, number)
);
INSERT INTO resources (setup_id, key, number, type, id, arn, region, owned, state, token, attributes, saved_at, unwanted_since, left_since, removed_at)
	SELECT setup_id, key, place - 1, type, id, arn, region,
		ever_owned,
		state,
		CASE WHEN newest = 1 AND token = '' THEN kept_token ELSE token END,
		CASE WHEN newest = 1 AND way_back <> '' THEN way_back ELSE attributes END,
		saved_at,
		CASE WHEN newest > 1 AND same = 1 AND ever_owned = 1 AND id <> '' THEN saved_at ELSE 0 END, 0,
		CASE WHEN newest > 1 AND (same > 1 OR ever_owned = 0 OR id = '') THEN saved_at ELSE 0 END
	FROM (
		SELECT f.setup_id, f.number, r.key, r.type, r.id, r.arn, r.region, r.owned, r.state, r.token, r.attributes, r.saved_at,
			MAX(r.owned) OVER (PARTITION BY f.setup_id, r.key, r.id, r.arn) AS ever_owned,
			FIRST_VALUE(r.token) OVER (
				PARTITION BY f.setup_id, r.key, r.id, r.arn ORDER BY CASE r.token WHEN '' THEN 1 ELSE 0 END, f.number DESC) AS kept_token,
			COALESCE((
				SELECT o.attributes FROM resources_before o JOIN former_setups g ON g.old_id = o.setup_id
				WHERE g.setup_id = f.setup_id AND o.key = r.key AND r.key = 'record-traffic'
					AND r.attributes NOT LIKE '%"previous":"[{%' AND o.attributes LIKE '%"previous":"[{%'
				ORDER BY g.number DESC LIMIT 1), '') AS way_back,
			ROW_NUMBER() OVER (PARTITION BY f.setup_id, r.key ORDER BY f.number) AS place,
			ROW_NUMBER() OVER (PARTITION BY f.setup_id, r.key ORDER BY f.number DESC) AS newest,
			ROW_NUMBER() OVER (PARTITION BY f.setup_id, r.key, r.id, r.arn ORDER BY f.number DESC) AS same
		FROM resources_before r JOIN former_setups f ON f.old_id = r.setup_id
	) m;
DROP TABLE resources_before;
CREATE INDEX resources_id ON resources (id);
CREATE INDEX resources_arn ON resources (arn);

DELETE FROM setups WHERE id IN (SELECT old_id FROM former_setups WHERE old_id <> setup_id);
UPDATE setups SET
	revision = (SELECT MAX(r.number) FROM revisions r WHERE r.setup_id = setups.id),
	spec = (SELECT r.spec FROM revisions r WHERE r.setup_id = setups.id ORDER BY r.number DESC LIMIT 1);
DELETE FROM former_setups WHERE old_id = setup_id;

DROP INDEX setups_name;
ALTER TABLE setups DROP COLUMN draft;
ALTER TABLE setups DROP COLUMN page;
ALTER TABLE setups DROP COLUMN version;
CREATE INDEX setups_name ON setups (name);
CREATE UNIQUE INDEX setups_one ON setups (account_id, name) WHERE account_id <> '';

-- There is no way down: setups that became one cannot be told apart again. The
-- copy that is made before a migration is the way back.
