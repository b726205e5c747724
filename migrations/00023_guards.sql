-- What the last check saw of the certificates of a setup: until when they are valid,
-- and what keeps ACM from renewing them.

-- +goose Up
CREATE TABLE guards (
	setup_id   TEXT    PRIMARY KEY REFERENCES setups (id),
	terms      TEXT    NOT NULL, -- JSON of the certificates
	ends_at    BIGINT  NOT NULL, -- of the one that ends first
	stopped    INTEGER NOT NULL, -- 1: one will not renew by itself
	seen_at    BIGINT  NOT NULL,
	guarded_at BIGINT  NOT NULL  -- when all name servers were last asked for what renewals need
);

-- +goose Down
DROP TABLE guards;
