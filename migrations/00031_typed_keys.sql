-- Which process alone may make a diagnosis: the one that has in its memory the key that
-- somebody typed for it. The key is in no table.

-- +goose Up
ALTER TABLE diagnoses ADD COLUMN process TEXT NOT NULL DEFAULT ''; -- '': any process

-- +goose Down
ALTER TABLE diagnoses DROP COLUMN process;
