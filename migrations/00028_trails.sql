-- Who changed what a finding is about, as CloudTrail tells. The row stays with the
-- finding.

-- +goose Up
CREATE TABLE trails (
	finding_id  TEXT    PRIMARY KEY REFERENCES findings (id),
	state       TEXT    NOT NULL CHECK (state IN ('known', 'waiting', 'none', 'many', 'refused', 'silent', 'unread')),
	body        TEXT    NOT NULL, -- JSON of setup.TrailBody
	place       TEXT    NOT NULL, -- connection and Region that are asked
	from_at     BIGINT  NOT NULL, -- since when a call can have done it
	until_at    BIGINT  NOT NULL, -- when it was seen
	tries       INTEGER NOT NULL,
	asked_at    BIGINT  NOT NULL, -- 0: nobody was asked
	due_at      BIGINT  NOT NULL, -- when CloudTrail is asked again; 0: never
	lease_by    TEXT    NOT NULL,
	lease_until BIGINT  NOT NULL
);
CREATE INDEX trails_due ON trails (due_at) WHERE due_at > 0;
CREATE INDEX trails_refused ON trails (place, asked_at) WHERE state = 'refused';

ALTER TABLE checks ADD COLUMN begun_at BIGINT NOT NULL DEFAULT 0; -- when a worker took it; 0: not known

-- +goose Down
ALTER TABLE checks DROP COLUMN begun_at;
DROP TABLE trails;
