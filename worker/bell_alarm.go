package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// River asks the database for bells when it is told of one, and by itself only
// every pollEvery. This process knows when the bells that it ordered are to ring,
// so alarms make River ask then. The poll finds those of processes that died, and
// those that a clock that was put forward made due.
const pollEvery = 2 * time.Second

// askAgain is when River is made to ask again for a bell that it did not find at
// its time, each after the one before: on PostgreSQL the transaction that ordered
// it may not have ended, or the server's clock may be behind ours; and River's
// leader may not have made it available yet.
var askAgain = []time.Duration{30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, time.Second}

// alarms are the times at which River is made to ask for bells.
type alarms struct {
	ask func(queue string)

	mu     sync.Mutex
	timers map[int64]*alarm // by bell
	closed bool
}

// An alarm is for one bell.
type alarm struct {
	timer *time.Timer
	asked int // how often
}

// set makes River ask for the bell after a while. It takes the place of an
// earlier alarm for the bell.
func (a *alarms) set(bell int64, queue string, in time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	if old := a.timers[bell]; old != nil {
		old.timer.Stop()
	}
	if a.timers == nil {
		a.timers = map[int64]*alarm{}
	}
	al := &alarm{}
	a.timers[bell] = al
	al.timer = time.AfterFunc(max(in, 0), func() { a.fire(bell, queue, al) })
}

func (a *alarms) fire(bell int64, queue string, al *alarm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timers[bell] != al {
		return // it was stopped, or set anew
	}
	if al.asked < len(askAgain) {
		al.timer.Reset(askAgain[al.asked])
		al.asked++
	} else {
		delete(a.timers, bell)
	}
	a.ask(queue)
}

// stop ends the alarm of a bell that rang.
func (a *alarms) stop(bell int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if al := a.timers[bell]; al != nil {
		al.timer.Stop()
		delete(a.timers, bell)
	}
}

// close ends all alarms.
func (a *alarms) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for bell, al := range a.timers {
		al.timer.Stop()
		delete(a.timers, bell)
	}
}

// An alarmListener tells River of bells as its database would, when it is made
// to ask for them. What the database itself tells comes through.
type alarmListener struct {
	riverdriver.Listener            // of the database
	told                 chan heard // by the database; nil: nobody waits for it

	mu     sync.Mutex
	queues []string // to ask about, each once
	more   chan struct{}
}

// heard is how waiting for the database ended.
type heard struct {
	n   *riverdriver.Notification
	err error
}

func newAlarmListener(database riverdriver.Listener) *alarmListener {
	return &alarmListener{Listener: database, more: make(chan struct{}, 1)}
}

// ask makes River ask for bells of the queue.
func (l *alarmListener) ask(queue string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.queues, queue) {
		l.queues = append(l.queues, queue)
	}
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// next is what River takes for its database's word that a queue has a bell.
func (l *alarmListener) next() (*riverdriver.Notification, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queues) == 0 {
		return nil, false
	}
	queue := l.queues[0]
	l.queues = l.queues[1:]
	return &riverdriver.Notification{Topic: "river_insert", Payload: fmt.Sprintf(`{"queue": %q}`, queue)}, true
}

// WaitForNotification implements riverdriver.Listener. River calls it again and
// again with one context. When that ends, nothing waits on the connection any
// more, as River expects.
func (l *alarmListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	if l.told == nil {
		told := make(chan heard, 1)
		l.told = told
		go func() {
			n, err := l.Listener.WaitForNotification(ctx)
			told <- heard{n, err}
		}()
	}
	for ctx.Err() == nil {
		if n, ok := l.next(); ok {
			return n, nil
		}
		select {
		case <-l.more:
			continue
		case <-ctx.Done():
		case h := <-l.told:
			l.told = nil
			return h.n, h.err
		}
	}
	h := <-l.told
	l.told = nil
	return h.n, h.err
}

// A silentListener is one to a database that tells nothing.
type silentListener struct{}

func (silentListener) Connect(context.Context) error          { return nil }
func (silentListener) Close(context.Context) error            { return nil }
func (silentListener) Listen(context.Context, string) error   { return nil }
func (silentListener) Unlisten(context.Context, string) error { return nil }
func (silentListener) Ping(context.Context) error             { return nil }
func (silentListener) Schema() string                         { return "" }
func (silentListener) SetAfterConnectExec(string)             {}

func (silentListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// An alarmDriver is River's driver with a listener that this process can make
// ask.
type alarmDriver[T any] struct {
	riverdriver.Driver[T]
	listens  bool // to the database, else only to the alarms
	listener *alarmListener
}

func newAlarmDriver[T any](d riverdriver.Driver[T], listens bool) *alarmDriver[T] {
	a := &alarmDriver[T]{Driver: d, listens: listens}
	a.listener = newAlarmListener(silentListener{})
	if listens {
		a.listener.Listener = d.GetListener(&riverdriver.GetListenenerParams{})
	}
	return a
}

// GetListener implements riverdriver.Driver.
func (a *alarmDriver[T]) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return a.listener
}

// SupportsListener implements riverdriver.Driver.
func (a *alarmDriver[T]) SupportsListener() bool { return true }

// SupportsListenNotify implements riverdriver.Driver. Where nobody listens, as on
// SQLite, nothing is written for listeners.
func (a *alarmDriver[T]) SupportsListenNotify() bool {
	return a.listens && a.Driver.SupportsListenNotify()
}
