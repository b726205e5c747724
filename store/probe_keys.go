package store

import (
	"context"
	"fmt"
	"slices"

	"apifront/setup"
)

const probeKeyColumns = `variable, host, header, created_by, created_by_id, created_at`

func scanProbeKey(row scanner) (setup.ProbeKey, error) {
	var k setup.ProbeKey
	var created int64
	err := row.Scan(&k.Variable, &k.Host, &k.Header, &k.CreatedBy.Name, &k.CreatedBy.ID, &created)
	k.CreatedAt = at(created)
	return k, translate(err)
}

// ProbeKeys lists the keys that tests may send, by host.
func (s *Store) ProbeKeys(ctx context.Context) ([]setup.ProbeKey, error) {
	list, err := all(ctx, s.reader, scanProbeKey, `SELECT `+probeKeyColumns+` FROM probe_keys ORDER BY host, variable`)
	if err != nil {
		return nil, fmt.Errorf("list keys of tests: %w", err)
	}
	return list, nil
}

// BindProbeKey lets tests of a host send the key of a variable. ErrConflict if
// it is bound to the host already.
func (s *Store) BindProbeKey(ctx context.Context, k setup.ProbeKey, by string) error {
	err := s.write(ctx, func(t *tx) error {
		who := personOf(ctx, by)
		_, err := t.exec(ctx, `INSERT INTO probe_keys (`+probeKeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.Variable, k.Host, k.Header, who.Name, who.ID, ms(t.now))
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActKeyBind, On: onProbeKey(k), By: by, Detail: "header " + k.Header})
	})
	if err != nil {
		return fmt.Errorf("bind %s to %s: %w", k.Variable, k.Host, err)
	}
	return nil
}

// UnbindProbeKey ends what BindProbeKey began; ErrNotFound if that is not bound.
// Setups that use the key keep its name: a job says that it is missing.
func (s *Store) UnbindProbeKey(ctx context.Context, variable, host, by string) error {
	err := s.write(ctx, func(t *tx) error {
		k, err := scanProbeKey(t.QueryRowContext(ctx, `SELECT `+probeKeyColumns+` FROM probe_keys WHERE variable = $1 AND host = $2`, variable, host))
		if err != nil {
			return err
		}
		if err := t.one(ctx, `DELETE FROM probe_keys WHERE variable = $1 AND host = $2`, variable, host); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActKeyUnbind, On: onProbeKey(k), By: by, Detail: "header " + k.Header})
	})
	if err != nil {
		return fmt.Errorf("unbind %s from %s: %w", variable, host, err)
	}
	return nil
}

func onProbeKey(k setup.ProbeKey) string { return "key " + k.Variable + " for " + k.Host }

// ProbeKeyUsers are the names of the setups and drafts whose tests send the key
// of a variable to the host.
func (s *Store) ProbeKeyUsers(ctx context.Context, variable, host string) ([]string, error) {
	setups, err := all(ctx, s.reader, scanSetup, `
		SELECT `+setupColumns+` FROM setups s WHERE LOWER(s.spec) LIKE $1 ESCAPE '\' ORDER BY s.name, s.id`, like(variable))
	if err != nil {
		return nil, fmt.Errorf("setups with the key %s: %w", variable, err)
	}
	drafts, err := all(ctx, s.reader, scanDraft, `
		SELECT `+draftColumns+` FROM drafts d WHERE d.job = 0 AND LOWER(d.spec) LIKE $1 ESCAPE '\' ORDER BY d.name, d.id`, like(variable))
	if err != nil {
		return nil, fmt.Errorf("drafts with the key %s: %w", variable, err)
	}
	uses := func(sp setup.Spec) bool {
		return setup.AnyOf(sp.Domain.Name) == host && slices.ContainsFunc(sp.API.Mappings, func(m setup.Mapping) bool { return m.Test.Key == variable })
	}
	var list []string
	for _, v := range setups {
		if uses(v.Spec) {
			list = append(list, v.Name())
		}
	}
	for _, d := range drafts {
		if uses(d.Spec) {
			list = append(list, "a draft of "+d.Name())
		}
	}
	return list, nil
}
