-- How much a setup is expected to be used, for the cost note of the review. It is
-- no answer: revisions do not have it.

-- +goose Up
ALTER TABLE drafts ADD COLUMN requests BIGINT NOT NULL DEFAULT 0; -- a month; 0: not said
ALTER TABLE drafts ADD COLUMN answer_size BIGINT NOT NULL DEFAULT 0; -- octets of an answer on average; 0: not said

-- +goose Down
ALTER TABLE drafts DROP COLUMN answer_size;
ALTER TABLE drafts DROP COLUMN requests;
