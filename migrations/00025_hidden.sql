-- A setup of which nothing is left in AWS may be removed from the list. Its rows
-- stay.

-- +goose Up
ALTER TABLE setups ADD COLUMN hidden_at BIGINT NOT NULL DEFAULT 0; -- 0: it is in the list

-- +goose Down
ALTER TABLE setups DROP COLUMN hidden_at;
