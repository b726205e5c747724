-- Who did what, on what, from where, and what came of it. Rows are only ever
-- added. Each carries the hash of the one before, so that a row that is
-- changed, left out or put elsewhere later is found. What refuses changes to
-- the table is made when the database is opened (store/audit_guard.go), since
-- the two databases write it differently.

-- +goose Up
CREATE TABLE audit (
	seq      BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 … without a gap; counters has the last one
	at       BIGINT NOT NULL,
	user_id  TEXT   NOT NULL, -- '': nobody was signed in
	who      TEXT   NOT NULL, -- the name at that time
	account  TEXT   NOT NULL, -- the email, also one that was only tried
	address  TEXT   NOT NULL, -- where the request came from
	action   TEXT   NOT NULL,
	subject  TEXT   NOT NULL, -- on what
	result   TEXT   NOT NULL,
	detail   TEXT   NOT NULL,
	previous TEXT   NOT NULL, -- hash of the row before; '' in the first
	hash     TEXT   NOT NULL  -- SHA-256 of all the above, in hex
);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_at ON audit (at);

-- +goose Down
DROP TABLE audit;
