-- What each AWS call asked for, in the form of the AWS CLI, without secrets.

-- +goose Up
ALTER TABLE calls ADD COLUMN command TEXT NOT NULL DEFAULT ''; -- the CLI's name of the service; '': not known what was asked
ALTER TABLE calls ADD COLUMN input TEXT NOT NULL DEFAULT ''; -- JSON object as --cli-input-json takes it; '': not known, or too long
ALTER TABLE calls ADD COLUMN answer TEXT NOT NULL DEFAULT ''; -- JSON object: path in JMESPath to value; '' for none

-- +goose Down
ALTER TABLE calls DROP COLUMN answer;
ALTER TABLE calls DROP COLUMN input;
ALTER TABLE calls DROP COLUMN command;
