package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
)

// Secret is a secret of this installation, such as the key of its cookies or
// its own ID. The first call makes and stores it; all later ones return that.
func (s *Store) Secret(ctx context.Context, name string, fresh func() []byte) ([]byte, error) {
	text, err := secret(ctx, s.reader, name)
	if errors.Is(err, ErrNotFound) {
		text, err = write(ctx, s, func(t *tx) (string, error) {
			_, err := t.exec(ctx, `
				INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO NOTHING`,
				name, base64.StdEncoding.EncodeToString(fresh()), ms(t.now))
			if err != nil {
				return "", err
			}
			return secret(ctx, t, name)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("secret %s is damaged: %w", name, err)
	}
	return value, nil
}

func secret(ctx context.Context, q querier, name string) (string, error) {
	var text string
	err := q.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = $1`, name).Scan(&text)
	return text, translate(err)
}
