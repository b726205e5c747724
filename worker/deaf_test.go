package worker

import (
	"context"
	"database/sql"
	"time"

	"apifront/store"
)

// deafBell loses every bell.
type deafBell struct{}

func (deafBell) Ring(context.Context, *sql.Tx, store.Due, time.Duration) (int64, error) {
	return 1, nil
}
func (deafBell) Cancel(context.Context, *sql.Tx, int64) error { return nil }
