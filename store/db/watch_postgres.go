package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// How the listening connection is kept.
const (
	earRest    = time.Second      // between two tries to connect; watchers look by themselves meanwhile
	earSilence = 10 * time.Second // after which the connection is asked whether it is alive
	earAnswer  = 3 * time.Second  // for its answer
)

// maxPayload is what a notification may hold, in octets.
const maxPayload = 7999

// everyone is the payload that wakes every watcher.
const everyone = "*"

// An ear is the one connection of a process on which commits of all processes
// are heard. It wakes this process's watchers; they never wait for each other.
type ear struct {
	config  *pgx.ConnConfig
	channel string
	off     bool        // behind a pooler without LISTEN: only wake once a second
	hears   atomic.Bool // a commit of this process comes back on the connection
	cancel  context.CancelFunc
	ended   chan struct{}
}

// start listens until stop.
func (e *ear) start(ctx context.Context, w *watches) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.cancel, e.ended = cancel, make(chan struct{})
	go func() {
		defer close(e.ended)
		for ctx.Err() == nil {
			if !e.off {
				e.listen(ctx, w)
				e.hears.Store(false)
			}
			w.wakeAll() // whatever was missed is looked for
			select {
			case <-ctx.Done():
			case <-time.After(earRest):
			}
		}
	}()
}

func (e *ear) stop() {
	e.cancel()
	<-e.ended
}

// listen wakes watchers until the connection is lost or ctx ends. Why it was
// lost does not matter: the pool's errors tell.
func (e *ear) listen(ctx context.Context, w *watches) {
	connecting, done := context.WithTimeout(ctx, earSilence)
	defer done()
	conn, err := pgx.ConnectConfig(connecting, e.config.Copy())
	if err != nil {
		return
	}
	defer func() {
		closing, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		_ = conn.Close(closing) // it is given up
	}()
	if _, err := conn.Exec(connecting, "LISTEN "+pgx.Identifier{e.channel}.Sanitize()); err != nil {
		return
	}
	e.hears.Store(true)
	w.wakeAll()
	for {
		n, err := e.next(ctx, conn)
		if err != nil {
			return
		}
		if n != "" {
			w.wakePayload(n)
		}
	}
}

// next waits for a notification; "" if there was none for a while and the
// connection lives.
func (e *ear) next(ctx context.Context, conn *pgx.Conn) (string, error) {
	waiting, done := context.WithTimeout(ctx, earSilence)
	defer done()
	n, err := conn.WaitForNotification(waiting)
	if err == nil {
		return n.Payload, nil
	}
	if waiting.Err() == nil || ctx.Err() != nil {
		return "", err
	}
	asking, asked := context.WithTimeout(ctx, earAnswer)
	defer asked()
	return "", conn.Ping(asking)
}

// notify tells all processes, at the commit, what has changed.
func (t *Tx) notify(ctx context.Context, channel string) error {
	if len(t.wake) == 0 {
		return nil
	}
	keys := make([]string, 0, len(t.wake))
	for key := range t.wake {
		keys = append(keys, strconv.FormatInt(key, 10))
	}
	payload := strings.Join(keys, ",")
	if len(payload) > maxPayload {
		payload = everyone
	}
	if _, err := t.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload); err != nil {
		return fmt.Errorf("tell of the change: %w", err)
	}
	return nil
}

// wakePayload wakes those whom a notification is for.
func (w *watches) wakePayload(payload string) {
	keys := map[int64]bool{}
	for text := range strings.SplitSeq(payload, ",") {
		key, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			w.wakeAll()
			return
		}
		keys[key] = true
	}
	w.wake(keys)
}

// wakeAll wakes everybody.
func (w *watches) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.list {
		w.ring(key)
	}
}
