-- The way of a request as the last check of a setup saw it.

-- +goose Up
CREATE TABLE hops (
	setup_id TEXT   PRIMARY KEY REFERENCES setups (id),
	check_id TEXT   NOT NULL, -- of the check that saw it
	seen_at  BIGINT NOT NULL,
	hops     TEXT   NOT NULL  -- JSON of []setup.Hop
);

-- +goose Down
DROP TABLE hops;
