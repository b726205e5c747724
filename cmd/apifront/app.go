package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"apifront/cloud"
	"apifront/handlers"
	"apifront/probe"
	"apifront/setup"
	"apifront/store"
	"apifront/worker"
)

// patience is how long Next and Start wait for what DNS says of the hosted zone.
// Most answers are there after a second or two.
const patience = 8 * time.Second

// stopTimeout is how long a stopping server lets requests and the worker's
// current passes finish.
const stopTimeout = 10 * time.Second

// stopLimit is when a stopping process ends whatever hangs. It is below the 30 s
// after which Kubernetes kills one.
const stopLimit = 15 * time.Second

// config is what a server needs to know.
type config struct {
	entry    entry
	database string // path of the SQLite file, or postgres:// URL
	cloud    cloud.Settings
	probe    probe.Settings
	demo     *handlers.Demo // nil: a real account
	oidc     *handlers.OIDC // nil: people sign in with passwords
	metrics  string         // the token of GET /metrics; "": there is none
	// checksPerMinute is how many checks are begun by schedule in a minute; 0: as the
	// worker has it.
	checksPerMinute int
	// cookieKeys finds the keys of cookies, the newest first, once the database
	// is known to be good; nil, or no keys: they are in the database.
	cookieKeys func() ([][]byte, error)
	notices    noticeConfig
	region     string // the API region a new draft begins with; "": us-east-1
	log        *slog.Logger
	prepare    func(context.Context, *store.Store) error // before the first page; nil: nothing
	pace       func(time.Duration) time.Duration         // scales the worker's waits; nil: as they are
}

// An app is a server that listens: pages, worker and store, wired together.
type app struct {
	url     string
	welcome string // one-time code of /welcome; "" once there is a user

	cfg      config
	listener net.Listener
	store    *store.Store
	worker   *worker.Worker
	handler  http.Handler
	stopping context.CancelFunc // ends the event streams
	streams  context.Context
}

// open binds the address, opens the database and wires the parts. On return
// the address is taken, and run is to be called.
func open(ctx context.Context, cfg config) (_ *app, err error) {
	a := &app{cfg: cfg}
	defer func() {
		if err != nil {
			a.close()
			err = refusal(cfg.database, err)
		}
	}()
	var lc net.ListenConfig
	if a.listener, err = lc.Listen(ctx, "tcp", cfg.entry.listen); err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w. Stop what listens there, or choose another address with --listen", cfg.entry.listen, unwrapNet(err))
	}
	a.url = cfg.entry.address(a.listener.Addr())
	if text := cfg.entry.warning(a.listener.Addr()); text != "" {
		cfg.log.WarnContext(ctx, "the way to this server is not safe", "why", text)
	}
	if a.store, err = store.Open(ctx, cfg.database); err != nil {
		return nil, err
	}
	var keys [][]byte
	if cfg.cookieKeys != nil {
		if keys, err = cfg.cookieKeys(); err != nil {
			return nil, err
		}
	}
	if cfg.prepare != nil {
		if err = cfg.prepare(ctx, a.store); err != nil {
			return nil, err
		}
	}
	if err := a.store.Ready(ctx); err != nil {
		return nil, err
	}
	had, err := a.store.HadAdmin(ctx)
	if err != nil {
		return nil, err
	}
	if !had {
		a.welcome = rand.Text()[:20]
		if err := handlers.KeepFirstCode(ctx, a.store, a.welcome); err != nil {
			return nil, err
		}
		cfg.log.InfoContext(ctx, "first start: create the administrator", "url", a.url+"/welcome", "code", a.welcome)
	}
	install, err := a.store.Secret(ctx, "install", func() []byte { return []byte(rand.Text()[:16]) })
	if err != nil {
		return nil, err
	}
	cfg.cloud.Turn, cfg.cloud.Hold = a.store.TakeTurn, a.store.HoldTurns
	cfg.cloud.Connection = a.connection
	cfg.cloud.Log, cfg.cloud.Install = cfg.log, string(install)
	aws := cloud.New(cfg.cloud)
	sender, noticePages, seals, err := cfg.notices.sender(cfg.entry.pagesAt(a.url))
	if err != nil {
		return nil, err
	}
	a.worker, err = worker.New(worker.Config{Store: a.store, Cloud: aws, Probe: cfg.probe, Log: cfg.log, Install: string(install), Pace: cfg.pace, ChecksPerMinute: cfg.checksPerMinute, Notices: sender, Seals: seals})
	if err != nil {
		return nil, err
	}
	if err = a.worker.Prepare(ctx); err != nil {
		return nil, err
	}
	a.streams, a.stopping = context.WithCancel(context.WithoutCancel(ctx))
	a.handler = site(handlers.Config{
		Store: a.store, Log: cfg.log, Version: version(), Demo: cfg.demo, Region: cfg.region,
		Profiles: aws.Profiles, Install: string(install), Done: a.streams.Done(), Front: cfg.entry.Front,
		OIDC:       cfg.oidc,
		ProbeKeys:  slices.Sorted(maps.Keys(cfg.probe.Keys)),
		CookieKeys: keys, Patience: patience, Notices: noticePages, Seals: seals, Metrics: cfg.metrics,
	})
	return a, nil
}

// refusal says in one sentence why the database keeps a server from starting.
// Any other error is returned as it is.
func refusal(database string, err error) error {
	var fix string
	switch {
	case errors.Is(err, store.ErrFull):
		fix = "its disk is full; make room there"
	case errors.Is(err, store.ErrReadOnly):
		fix = "it is read-only; make it writable"
	case errors.Is(err, store.ErrSilent):
		fix = "it does not answer; see that it can be reached"
	case errors.Is(err, store.ErrStorage):
		return fmt.Errorf("the database %s takes nothing: %w. Mend it, then start again", store.Redacted(database), err)
	default:
		return err
	}
	return fmt.Errorf("the database %s takes nothing: %s, then start again", store.Redacted(database), fix)
}

// connection finds a stored connection.
func (a *app) connection(ctx context.Context, id string) (setup.Connection, bool, error) {
	c, err := a.store.Connection(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return c, false, nil
	}
	return c, err == nil, err
}

// run serves until ctx ends or a part fails, then stops everything within
// stopTimeout and closes the database. What hangs longer than stopLimit, such as
// a database that does not answer, is left behind: the process ends.
func (a *app) run(ctx context.Context) error {
	server := newServer(a.handler, a.cfg.log, a.streams.Done())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.worker.Run(ctx) })
	g.Go(func() error {
		if err := a.cfg.entry.serve(server, a.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		a.stopping()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return server.Shutdown(late)
	})
	err := within(ctx, stopLimit, func() error {
		defer a.close()
		return g.Wait()
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// within returns what wait returns, or an error when wait takes longer than the
// limit after ctx has ended.
func within(ctx context.Context, limit time.Duration, wait func() error) error {
	ended, late := make(chan error, 1), make(chan struct{})
	go func() { ended <- wait() }()
	defer context.AfterFunc(ctx, func() {
		time.Sleep(limit)
		close(late)
	})()
	select {
	case err := <-ended:
		return err
	case <-late:
		return fmt.Errorf("not everything ended within %s of being asked to stop, most likely because the database does not answer. Nothing is lost: what was under way is taken up again at the next start", limit)
	}
}

// close gives back what open took. It may be called twice.
func (a *app) close() {
	if a.stopping != nil {
		a.stopping()
	}
	if a.listener != nil {
		_ = a.listener.Close() // already closed by Shutdown in the usual case
	}
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			a.cfg.log.Error("close the database", "err", err)
		}
		a.store = nil
	}
}

// unwrapNet takes the address off a network error that names it again.
func unwrapNet(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
