-- Who somebody is at an OIDC provider. Issuer and subject are the identity,
-- since an email may be given to another person.

-- +goose Up
CREATE TABLE identities (
	issuer     TEXT   NOT NULL,
	subject    TEXT   NOT NULL,
	user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject),
	UNIQUE (issuer, user_id)
);
CREATE INDEX identities_user ON identities (user_id);

-- +goose Down
DROP TABLE identities;
