-- Which key a test may send, to which host and in which header. The key itself
-- is in the environment variable, and never in here.

-- +goose Up
CREATE TABLE probe_keys (
	variable      TEXT   NOT NULL, -- such as 'APIFRONT_PROBE_KEY_ORDERS'
	host          TEXT   NOT NULL, -- lower case, A-labels
	header        TEXT   NOT NULL,
	created_by    TEXT   NOT NULL,
	created_by_id TEXT   NOT NULL,
	created_at    BIGINT NOT NULL,
	PRIMARY KEY (variable, host)
);

-- +goose Down
DROP TABLE probe_keys;
