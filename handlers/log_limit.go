package handlers

import (
	"context"
	"log"
	"log/slog"
	"net"
	"strings"
	"time"

	"apifront/store"
)

// A logLimit limits the warnings and errors that strangers can cause in the
// log, for each message by itself and as the audit trail is limited (see
// lineBurst). What is left out is counted, and the counts are lines too. Lines
// about requests of signed-in people, and lines that are about no request, are
// always written. A panic counts as a stranger's: the code that catches it does
// not know the user.
type logLimit struct {
	lines lineLimits
	now   func() time.Time
	done  <-chan struct{}
	to    slog.Handler
}

// A limitedLog is a slog.Handler with a limit. Handlers that With makes of it
// share the limit.
type limitedLog struct {
	slog.Handler
	limit *logLimit
}

// limited is the log with a limit. now is its clock. When done is closed, it
// tells for the last time what it left out.
func limited(l *slog.Logger, now func() time.Time, done <-chan struct{}) *slog.Logger {
	h := l.Handler()
	return slog.New(limitedLog{h, &logLimit{now: now, done: done, to: h}})
}

// Handle implements slog.Handler.
func (l limitedLog) Handle(ctx context.Context, r slog.Record) error {
	who := store.ActorOf(ctx)
	if r.Level < slog.LevelWarn || who.UserID != "" || who.Address == "" || l.limit.take(r.Message, who.Address) {
		return l.Handler.Handle(ctx, r) //nolint:wrapcheck // it is the handler's own error
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (l limitedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return limitedLog{l.Handler.WithAttrs(attrs), l.limit}
}

// WithGroup implements slog.Handler.
func (l limitedLog) WithGroup(name string) slog.Handler {
	return limitedLog{l.Handler.WithGroup(name), l.limit}
}

// take says whether a line may be written. The messages are constants of this
// program, so there are few.
func (l *logLimit) take(message, address string) bool {
	ok, begin := l.lines.take(lineKind{action: message}, network(address), l.now())
	if begin {
		l.lines.tellLater(l.done, l.tell)
	}
	return ok
}

// tell writes how many lines were left out.
func (l *logLimit) tell() {
	for _, one := range l.lines.losses(l.now()) {
		slog.New(l.to).Warn("lines were left out of the log", "line", one.action, "lines", one.lines, "since", one.since.UTC(), "most", one.most, "from", one.from)
	}
}

// ServerLog is the log of an http.Server, within the limits of strangers. The
// server writes a line for each TLS handshake that a client gives up.
func ServerLog(l *slog.Logger, done <-chan struct{}) *log.Logger {
	h := l.Handler()
	return log.New(serverLog{&logLimit{now: time.Now, done: done, to: h}}, "", 0)
}

type serverLog struct{ limit *logLimit }

// Write writes one line of net/http. Only lines about a handshake name an
// address that can be read safely. All others share one limit.
func (l serverLog) Write(p []byte) (int, error) {
	const handshake = "http: TLS handshake error"
	text, kind, from := strings.TrimSpace(string(p)), "http", ""
	if rest, ok := strings.CutPrefix(text, handshake+" from "); ok {
		peer, _, _ := strings.Cut(rest, ": ")
		if host, _, err := net.SplitHostPort(peer); err == nil {
			kind, from = handshake, host
		}
	}
	if l.limit.take(kind, from) {
		slog.NewLogLogger(l.limit.to, slog.LevelWarn).Print(text)
	}
	return len(p), nil
}
