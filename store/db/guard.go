package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// guardAudit makes the database refuse to change or delete lines of the audit
// trail. That keeps mistakes out, not an administrator of the database; what
// such a one changes is found by verifying. It is made here and not by a
// migration, since the two databases share no way to write it; one that was
// taken away is there again after the next start.
func (d *DB) guardAudit(ctx context.Context) error {
	have, want := 0, len(auditTriggers)
	query := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'`
	if d.Postgres() {
		query, want = `SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'audit'::regclass AND NOT tgisinternal AND tgenabled <> 'D'`, 1
	}
	err := d.writer.QueryRowContext(ctx, query).Scan(&have)
	if err == nil && have < want {
		err = d.makeAuditGuard(ctx)
	}
	if err != nil {
		return d.noRoom(err, fmt.Errorf("the audit trail of the database %s could not be protected: %s", d.path, OneLine(err)))
	}
	return nil
}

func (d *DB) makeAuditGuard(ctx context.Context) error {
	if d.Postgres() {
		return d.Alone(ctx, func(p *pgxpool.Pool) error {
			_, err := p.Exec(ctx, auditTriggerPostgres)
			return err
		})
	}
	for _, trigger := range auditTriggers {
		if _, err := d.writer.ExecContext(ctx, trigger); err != nil {
			return err
		}
	}
	return nil
}

// auditTriggers are for SQLite. The third refuses INSERT OR REPLACE, which
// deletes without asking the second.
var auditTriggers = []string{
	`CREATE TRIGGER IF NOT EXISTS audit_keeps_rows BEFORE UPDATE ON audit
		BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TRIGGER IF NOT EXISTS audit_keeps_all BEFORE DELETE ON audit
		BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
	`CREATE TRIGGER IF NOT EXISTS audit_keeps_numbers BEFORE INSERT ON audit
		WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
		BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
}

// auditTriggerPostgres refuses the statement itself, so TRUNCATE too.
const auditTriggerPostgres = `
	CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		RAISE EXCEPTION 'the audit trail is append-only';
	END $$;
	DROP TRIGGER IF EXISTS audit_keeps_all ON audit;
	CREATE TRIGGER audit_keeps_all BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
		FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()`
