-- What the last check saw of a setup's name in DNS, at every server: where each of
-- them leads callers, and what stood there before.

-- +goose Up
CREATE TABLE dns_looks (
	setup_id TEXT   PRIMARY KEY REFERENCES setups (id),
	look     TEXT   NOT NULL, -- JSON of setup.DNSLook
	seen_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE dns_looks;
