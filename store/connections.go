package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"apifront/setup"
)

// An InUseError says which setups and drafts keep a connection from being
// deleted. It is an ErrConflict.
type InUseError struct{ By []string }

// Error says it in a sentence.
func (e *InUseError) Error() string { return "it is used by " + strings.Join(e.By, ", ") }

// Unwrap makes it an ErrConflict.
func (e *InUseError) Unwrap() error { return ErrConflict }

const connectionColumns = `id, name, kind, profile, role_arn, external_id, source, regions, version,
	created_by, created_by_id, created_at, updated_by, updated_by_id, updated_at`

func scanConnection(row scanner) (setup.Connection, error) {
	var c setup.Connection
	var kind, regions string
	var created, updated int64
	err := row.Scan(&c.ID, &c.Name, &kind, &c.Profile, &c.RoleARN, &c.ExternalID, &c.Source, &regions, &c.Version,
		&c.CreatedBy.Name, &c.CreatedBy.ID, &created, &c.UpdatedBy.Name, &c.UpdatedBy.ID, &updated)
	if err != nil {
		return c, translate(err)
	}
	c.Kind, c.CreatedAt, c.UpdatedAt = setup.ConnectionKind(kind), at(created), at(updated)
	return c, decode(regions, &c.Regions)
}

// Connections lists the stored connections by name.
func (s *Store) Connections(ctx context.Context) ([]setup.Connection, error) {
	list, err := all(ctx, s.reader, scanConnection, `SELECT `+connectionColumns+` FROM connections ORDER BY name_folded`)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	return list, nil
}

// Connection is the stored connection with the ID, or ErrNotFound.
func (s *Store) Connection(ctx context.Context, id string) (setup.Connection, error) {
	return readConnection(ctx, s.reader, id)
}

func readConnection(ctx context.Context, q querier, id string) (setup.Connection, error) {
	c, err := scanConnection(q.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections WHERE id = $1`, id))
	if err != nil {
		return c, fmt.Errorf("connection %s: %w", id, err)
	}
	return c, nil
}

// CreateConnection stores a new connection under a new ID and, if it assumes a
// role, with an external ID that no connection has or had. ErrConflict if the
// name is taken.
func (s *Store) CreateConnection(ctx context.Context, c setup.Connection, by string) (setup.Connection, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return c, fmt.Errorf("make a connection ID: %w", err)
	}
	c.ID, c.Version, c.ExternalID = id.String(), 1, ""
	if c.Kind == setup.ConnectionRole {
		c.ExternalID = "apifront-" + rand.Text()
	}
	regions, err := encode(append([]string{}, c.Regions...))
	if err != nil {
		return c, err
	}
	stored, err := write(ctx, s, func(t *tx) (setup.Connection, error) {
		c := c
		c.CreatedBy, c.UpdatedBy = personOf(ctx, by), personOf(ctx, by)
		c.CreatedAt, c.UpdatedAt = at(ms(t.now)), at(ms(t.now))
		if c.ExternalID != "" {
			if err := t.burn(ctx, c); err != nil {
				return c, err
			}
		}
		_, err := t.exec(ctx, `
			INSERT INTO connections (`+connectionColumns+`, name_folded)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10, $11, $12, $13)`,
			c.ID, c.Name, string(c.Kind), c.Profile, c.RoleARN, c.ExternalID, c.Source, regions, c.Version,
			c.CreatedBy.Name, c.CreatedBy.ID, ms(t.now), strings.ToLower(c.Name))
		if err != nil {
			return c, err
		}
		t.Wake(watchAll)
		return c, t.audit(ctx, Act{Action: ActConnectionCreate, On: onConnection(c), By: by, Detail: leadsTo(c)})
	})
	if err != nil {
		return setup.Connection{}, fmt.Errorf("create connection %s: %w", c.Name, err)
	}
	return stored, nil
}

func onConnection(c setup.Connection) string { return "connection " + c.Name + " (" + c.ID + ")" }

// leadsTo is what a connection leads to, for the audit trail.
func leadsTo(c setup.Connection) string {
	switch c.Kind {
	case setup.ConnectionRole:
		return "role " + c.RoleARN + " from " + c.Source
	case setup.ConnectionProfile:
		return "profile " + c.Profile
	case setup.ConnectionDefault:
	}
	return "default chain"
}

// burn keeps the connection's external ID from ever being given to another
// connection.
func (t *tx) burn(ctx context.Context, c setup.Connection) error {
	_, err := t.exec(ctx, `INSERT INTO external_ids (external_id, connection, created_at) VALUES ($1, $2, $3)`, c.ExternalID, c.ID, ms(t.now))
	return err
}

// UpdateConnection changes name, profile, role, source and regions of a
// connection as it was read (Version): ErrConflict if the name is taken or
// somebody else changed it meanwhile. Another role gets another external ID;
// the kind stays. What was found out about the connection before is forgotten.
func (s *Store) UpdateConnection(ctx context.Context, c setup.Connection, by string) (setup.Connection, error) {
	regions, err := encode(append([]string{}, c.Regions...))
	if err != nil {
		return setup.Connection{}, err
	}
	stored, err := write(ctx, s, func(t *tx) (setup.Connection, error) {
		c := c
		old, err := readConnection(ctx, t, c.ID)
		if err != nil {
			return c, err
		}
		if old.Version != c.Version {
			return c, conflict("%s changed it", old.UpdatedBy)
		}
		c.ExternalID, c.Kind = old.ExternalID, old.Kind
		c.CreatedBy, c.CreatedAt = old.CreatedBy, old.CreatedAt
		c.UpdatedBy, c.UpdatedAt = personOf(ctx, by), at(ms(t.now))
		if c.Kind == setup.ConnectionRole && c.RoleARN != old.RoleARN {
			c.ExternalID = "apifront-" + rand.Text()
			if err := t.burn(ctx, c); err != nil {
				return c, err
			}
		}
		n, err := t.exec(ctx, `
			UPDATE connections SET name = $1, name_folded = $2, profile = $3, role_arn = $4, external_id = $5, source = $6, regions = $7,
				version = version + 1, updated_by = $8, updated_by_id = $9, updated_at = $10 WHERE id = $11 AND version = $12`,
			c.Name, strings.ToLower(c.Name), c.Profile, c.RoleARN, c.ExternalID, c.Source, regions, c.UpdatedBy.Name, c.UpdatedBy.ID, ms(t.now), c.ID, c.Version)
		if err == nil && n == 0 {
			err = conflict("somebody else changed it")
		}
		if err != nil {
			return c, err
		}
		c.Version++
		t.Wake(watchAll)
		if err := t.audit(ctx, Act{Action: ActConnectionChange, On: onConnection(old), By: by, Detail: leadsTo(old) + " → " + c.Name + ", " + leadsTo(c)}); err != nil {
			return c, err
		}
		if c.Profile == old.Profile && c.RoleARN == old.RoleARN && c.Source == old.Source {
			return c, nil
		}
		_, err = t.exec(ctx, `DELETE FROM looks WHERE connection = $1`, c.ID)
		return c, err
	})
	if err != nil {
		return setup.Connection{}, fmt.Errorf("change connection %s: %w", c.Name, err)
	}
	return stored, nil
}

// DeleteConnection forgets a connection; an *InUseError while setups, drafts
// or jobs under way use it, for AWS or for DNS.
func (s *Store) DeleteConnection(ctx context.Context, id string) error {
	err := s.write(ctx, func(t *tx) error {
		// The row is taken first. So two deletes, or a delete and a change,
		// follow each other.
		if err := t.one(ctx, `UPDATE connections SET version = version WHERE id = $1`, id); err != nil {
			return err
		}
		c, err := readConnection(ctx, t, id)
		if err != nil {
			return err
		}
		used, err := usersOf(ctx, t, id)
		if err != nil {
			return err
		}
		if len(used) > 0 {
			e := &InUseError{}
			for _, u := range used {
				e.By = append(e.By, u.Name)
			}
			return e
		}
		if _, err := t.exec(ctx, `DELETE FROM looks WHERE connection = $1`, id); err != nil {
			return err
		}
		if err := t.one(ctx, `DELETE FROM connections WHERE id = $1`, id); err != nil {
			return err
		}
		t.Wake(watchAll)
		return t.audit(ctx, Act{Action: ActConnectionDelete, On: onConnection(c), Detail: leadsTo(c)})
	})
	if err != nil {
		return fmt.Errorf("delete connection %s: %w", id, err)
	}
	return nil
}

// A ConnectionUse is a setup, or a draft that has not been started, that uses a
// connection.
type ConnectionUse struct {
	SetupID string // "": it is a draft
	DraftID string // "": it is a setup
	Name    string // domain name, or what to call it while it has none
	Spec    setup.Spec
}

// ConnectionUsers lists the setups and drafts that use a connection, for AWS
// or for DNS, the setups first.
func (s *Store) ConnectionUsers(ctx context.Context, id string) ([]ConnectionUse, error) {
	return usersOf(ctx, s.reader, id)
}

// usersOf looks for candidates by text, since the two databases share no query
// for JSON. Then it reads them.
func usersOf(ctx context.Context, q querier, id string) ([]ConnectionUse, error) {
	setups, err := all(ctx, q, scanSetup, `
		SELECT `+setupColumns+` FROM setups s WHERE LOWER(s.spec) LIKE $1 ESCAPE '\' ORDER BY s.name, s.id`, like(id))
	if err != nil {
		return nil, fmt.Errorf("setups of connection %s: %w", id, err)
	}
	drafts, err := all(ctx, q, scanDraft, `
		SELECT `+draftColumns+` FROM drafts d WHERE d.job = 0 AND LOWER(d.spec) LIKE $1 ESCAPE '\' ORDER BY d.name, d.id`, like(id))
	if err != nil {
		return nil, fmt.Errorf("drafts of connection %s: %w", id, err)
	}
	var list []ConnectionUse
	for _, v := range setups {
		list = append(list, ConnectionUse{SetupID: v.ID, Name: v.Name(), Spec: v.Spec})
	}
	for _, d := range drafts {
		list = append(list, ConnectionUse{DraftID: d.ID, Name: d.Name(), Spec: d.Spec})
	}
	return slices.DeleteFunc(list, func(u ConnectionUse) bool {
		return u.Spec.Account.Connection != id && u.Spec.Domain.Connection != id
	}), nil
}
