-- Where a setup is, by its newest revision: the list of setups is filtered by it. So
-- far the newest job said so, and jobs are what changed either.

-- +goose Up
ALTER TABLE setups ADD COLUMN region TEXT NOT NULL DEFAULT ''; -- of the API; '': no revision yet
ALTER TABLE setups ADD COLUMN connection TEXT NOT NULL DEFAULT ''; -- to the account
UPDATE setups SET
	region = COALESCE((SELECT j.region FROM jobs j WHERE j.id = (SELECT MAX(n.id) FROM jobs n WHERE n.setup_id = setups.id)), ''),
	connection = COALESCE((SELECT j.connection FROM jobs j WHERE j.id = (SELECT MAX(n.id) FROM jobs n WHERE n.setup_id = setups.id)), '');

-- +goose Down
ALTER TABLE setups DROP COLUMN connection;
ALTER TABLE setups DROP COLUMN region;
