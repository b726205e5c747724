package worker

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"apifront/store"
)

// newPostgresBell is River on PostgreSQL. It listens where the store listens.
// Its processes choose one of them as leader, for the work that one is enough
// for.
func newPostgresBell(s *store.Store, atOnce map[store.DueKind]int, log *slog.Logger, poll time.Duration) (Doorbell, error) {
	b, err := bellOn(newAlarmDriver(riverpgxv5.New(s.Pool()), s.Listens()), atOnce, log, poll, nil)
	if err != nil {
		return nil, err
	}
	b.within, b.commits = onConn, askAgain[0]
	b.tables = func(ctx context.Context) error {
		return s.Alone(ctx, func(pool *pgxpool.Pool) error { return migrateRiver(ctx, riverpgxv5.New(pool), log) })
	}
	return b, nil
}

// connTx is a transaction for River that the store has begun on the connection.
type connTx struct{ *conn }

// conn gives the connection a name that the method Conn leaves free.
type conn = pgx.Conn

// errNotOurs says that the transaction is the store's to end.
var errNotOurs = errors.New("the transaction belongs to the store")

func (connTx) Begin(context.Context) (pgx.Tx, error) { return nil, errNotOurs }
func (connTx) Commit(context.Context) error          { return errNotOurs }
func (connTx) Rollback(context.Context) error        { return errNotOurs }
func (connTx) LargeObjects() pgx.LargeObjects        { return pgx.LargeObjects{} }
func (c connTx) Conn() *pgx.Conn                     { return c.conn }

// onConn carries out do on the connection under a transaction of database/sql.
// pgx hands its connection to the first argument of a statement if that is a
// QueryRewriter. So do runs within a statement, where nothing else uses the
// connection. The statement itself is never sent.
func onConn(ctx context.Context, tx *sql.Tx, do func(pgx.Tx) error) error {
	v := &visit{do: do}
	_, err := tx.ExecContext(ctx, "SELECT 1", v)
	if v.done {
		return v.err
	}
	return err
}

// A visit is the argument that is handed the connection.
type visit struct {
	do   func(pgx.Tx) error
	done bool
	err  error
}

// errVisited keeps the statement from being sent.
var errVisited = errors.New("visited")

// RewriteQuery implements pgx.QueryRewriter.
func (v *visit) RewriteQuery(_ context.Context, conn *pgx.Conn, _ string, _ []any) (string, []any, error) {
	v.done = true
	v.err = v.do(connTx{conn})
	return "", nil, errVisited
}
