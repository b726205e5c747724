-- Ways back from the OIDC provider that somebody was signed in by: each is good
-- once, on every replica.

-- +goose Up
CREATE TABLE trips (
	hash  TEXT   NOT NULL PRIMARY KEY, -- of the state; the state itself is only in the browser
	until BIGINT NOT NULL -- it is worth nothing anyway afterwards
);
CREATE INDEX trips_until ON trips (until);

-- +goose Down
DROP TABLE trips;
