package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"apifront/notice"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A told is one message that a receiver got.
type told struct {
	at       time.Time
	path, id string
	kind     string
	count    int
	text     string
}

// A listener is the other side of notices, without a network.
type listener struct {
	conns  chan net.Conn
	done   chan struct{}
	refuse atomic.Bool
	takes  atomic.Int64 // how long an answer takes

	mu  sync.Mutex
	all []told
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept, Close and Addr make it a net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { close(l.done); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ServeHTTP keeps what it gets, and refuses it if that was said.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var p struct {
		Type string
		Data struct {
			Count int
			Text  string
		}
	}
	_ = json.Unmarshal(body, &p)
	l.mu.Lock()
	l.all = append(l.all, told{time.Now(), r.URL.Path, r.Header.Get("webhook-id"), p.Type, p.Data.Count, p.Data.Text})
	l.mu.Unlock()
	time.Sleep(time.Duration(l.takes.Load()))
	if strings.HasPrefix(r.URL.Path, "/slow") {
		time.Sleep(15 * time.Second)
	}
	if l.refuse.Load() {
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}
}

func (l *listener) got() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func (l *listener) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// tellers are a sender to host, and a function that adds places there.
func tellers(t *testing.T, s *store.Store, host string, settings notice.Settings) (*notice.Sender, func(path string)) {
	t.Helper()
	keys, err := notice.NewKeys([][]byte{[]byte(strings.Repeat("k", 64))})
	must(t, err)
	settings.Keys, settings.Inner, settings.URL = keys, []string{host}, "https://apifront.example.com"
	return notice.New(settings), func(path string) {
		t.Helper()
		id, err := store.NewNoticePlaceID()
		must(t, err)
		p := setup.NoticePlace{ID: id, Kind: setup.NoticeHook, Name: path, Topics: setup.NoticeTopics()}
		p.Sealed, err = keys.Seal(p, setup.NoticeSecret{Address: "http://" + host + "/" + path, Key: notice.NewKey()})
		must(t, err)
		must(t, s.AddNoticePlace(t.Context(), p, "Ada"))
	}
}

// A tellingRig is what delivers notices, in a bubble of its own time.
type tellingRig struct {
	*listener
	t     *testing.T
	store *store.Store
}

// tellingBubble is a worker's deliveries in a bubble. Its one place has taken the
// test.
func tellingBubble(t *testing.T, test func(*testing.T, *tellingRig)) {
	t.Helper()
	path := bubbleName(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		r := &tellingRig{newListener(), t, s}
		server := &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
		served := make(chan error, 1)
		go func() { served <- server.Serve(r) }()
		defer func() {
			must(t, server.Close())
			<-served
		}()
		sender, add := tellers(t, s, "bots.test:80", notice.Settings{Dial: r.dial})
		c := testConfig(s, nil, NewMemoryBell())
		c.Notices = sender
		w, err := New(c)
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.deliveries(ctx) }()
		defer func() {
			cancel()
			must(t, <-ended)
		}()
		add("in")
		time.Sleep(10 * time.Second)
		if all := r.got(); len(all) != 1 || all[0].kind != string(setup.NoticeTest) {
			t.Fatalf("the test is %+v", all)
		}
		r.forget()
		test(t, r)
	})
}

// happens lets something happen that is told: a job that has nothing to do has
// succeeded at once.
func happens(t *testing.T, s *store.Store, setupID, name string) setup.Job {
	t.Helper()
	if setupID == "" {
		nothing := says("a", nil, steps.Ready)
		nothing.Applies = func(setup.Spec) (bool, string) { return false, "It is not needed" }
		return startJobOn(t, s, name, []steps.Step{nothing})
	}
	n, err := s.StartJob(t.Context(), store.NewJob{SetupID: setupID, Kind: setup.JobApply, By: "Ada", Steps: []store.NewStep{{ID: "a", Title: "a", Skip: "It is not needed"}}})
	must(t, err)
	j, err := s.Job(t.Context(), n)
	must(t, err)
	return j
}

// place is the only place, and last its newest delivery.
func (r *tellingRig) place() setup.NoticePlace {
	r.t.Helper()
	list, err := r.store.NoticePlaces(r.t.Context())
	must(r.t, err)
	return list[0]
}

func (r *tellingRig) last() setup.Delivery {
	r.t.Helper()
	last, err := r.store.LastDeliveries(r.t.Context())
	must(r.t, err)
	return last[r.place().ID]
}

// What is not taken is tried for a day, later and later, under one ID.
func TestNoticesAreTriedForADay(t *testing.T) {
	t.Parallel()
	tellingBubble(t, func(t *testing.T, r *tellingRig) {
		r.refuse.Store(true)
		began := time.Now()
		happens(t, r.store, "", "api.example.com")
		time.Sleep(25 * time.Hour)
		var at []time.Duration
		for _, one := range r.got() {
			at = append(at, one.at.Sub(began).Round(time.Minute))
			if one.id != r.got()[0].id || one.kind != "job.succeeded" {
				t.Errorf("%+v is another message", one)
			}
		}
		want := []time.Duration{0, time.Minute, 6 * time.Minute, 36 * time.Minute, 126 * time.Minute, 486 * time.Minute, 846 * time.Minute, 1206 * time.Minute}
		if !slices.Equal(at, want) {
			t.Errorf("it was tried at %v, want %v", at, want)
		}
		if d := r.last(); d.State != setup.DeliveryGivenUp || d.Tries != len(want) || d.Status != 503 || d.Text != "not now" {
			t.Errorf("%+v", d)
		}
		if p := r.place(); p.FailingSince.Sub(began) > time.Minute || !p.PausedAt.IsZero() {
			t.Errorf("%+v", p)
		}
	})
}

// However often something happens to a setup, its messages are 15 minutes apart,
// nothing waits longer than that, all that happened is counted, and the last message
// tells the newest.
func TestFloodsBecomeCounts(t *testing.T) {
	t.Parallel()
	tellingBubble(t, func(t *testing.T, r *tellingRig) {
		first := happens(t, r.store, "", "api.example.com")
		random := rand.New(rand.NewPCG(1, 2))
		happened := []time.Time{time.Now()}
		for range 60 {
			time.Sleep(time.Duration(random.IntN(9*60)) * time.Second)
			if random.IntN(10) == 0 {
				time.Sleep(40 * time.Minute)
			}
			happens(t, r.store, first.SetupID, "")
			happened = append(happened, time.Now())
		}
		time.Sleep(time.Hour)
		counted := 0
		var before time.Time
		all := r.got()
		for _, one := range all {
			if gap := one.at.Sub(before); gap < 15*time.Minute-time.Millisecond {
				t.Errorf("a message came %s after the one before", gap)
			}
			if wait := one.at.Sub(happened[counted]); wait > 15*time.Minute+2*sweepEvery {
				t.Errorf("what happened waited for %s", wait)
			}
			if single := one.count == 1; single == strings.Contains(one.text, "messages in one") {
				t.Errorf("%d: %q", one.count, one.text)
			}
			counted += one.count
			before = one.at
		}
		if counted != len(happened) || len(all) >= len(happened)/2 {
			t.Errorf("%d messages count %d of %d", len(all), counted, len(happened))
		}
		t.Logf("%d messages for %d", len(all), counted)
	})
}

// As many slow places as there may be hold up no other.
func TestSlowPlacesHoldUpNoOther(t *testing.T) {
	t.Parallel()
	tellingBubble(t, func(t *testing.T, r *tellingRig) {
		_, add := tellers(t, r.store, "bots.test:80", notice.Settings{})
		for i := range store.MostNoticePlaces - 1 {
			add(fmt.Sprint("slow", i))
		}
		time.Sleep(time.Minute)
		r.forget()
		began := time.Now()
		for i := range 5 {
			happens(t, r.store, "", fmt.Sprintf("n%d.example.com", i))
		}
		time.Sleep(2 * time.Minute)
		seen := map[string]int{}
		for _, one := range r.got() {
			seen[one.path+one.id]++
			if wait := one.at.Sub(began); one.path == "/in" && wait > time.Second {
				t.Errorf("the quick place got its message after %s", wait)
			}
		}
		if len(seen) != 5*store.MostNoticePlaces {
			t.Errorf("%d deliveries", len(seen))
		}
		for what, n := range seen {
			if n != 1 {
				t.Errorf("%s came %d times", what, n)
			}
		}
	})
}

// On PostgreSQL two workers deliver each notice once, and if they are killed in the
// middle, again and again, each arrives: twice only where the answer was lost, and
// then under the same ID and with the same words.
func TestTwoWorkersDeliverOnce(t *testing.T) {
	t.Parallel()
	name := databaseName(t)
	s, err := store.Open(t.Context(), name)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	l := newListener()
	var lc net.ListenConfig
	socket, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: l, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { must(t, server.Close()) })
	host := socket.Addr().String()
	var ahead atomic.Int64 // the clock of all
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	s.SetClock(clock)
	_, add := tellers(t, s, host, notice.Settings{})
	for _, place := range []string{"a", "b", "c"} {
		add(place)
	}
	run := func() (kill func()) {
		mine := s
		if s.Postgres() {
			mine, err = store.Open(t.Context(), name)
			must(t, err)
			mine.SetClock(clock)
		}
		sender, _ := tellers(t, mine, host, notice.Settings{})
		c := testConfig(mine, nil, NewMemoryBell())
		c.Notices = sender
		c.Log = slog.New(slog.DiscardHandler)
		w, err := New(c)
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = w.deliveries(ctx)
		}()
		return func() {
			if s.Postgres() {
				must(t, mine.Close()) // nothing can be written from now on, as in a dead process
			}
			cancel()
			<-ended
		}
	}
	done := func() int {
		list, err := s.Deliveries(t.Context(), "", 1000)
		must(t, err)
		return len(slices.DeleteFunc(list, func(d setup.Delivery) bool { return d.State != setup.DeliveryDone }))
	}
	wait := func(want int) { // until no more comes, or all has come
		t.Helper()
		for quiet, last := 0, -1; quiet < 40 && last < want; quiet++ {
			if n := done(); n != last {
				quiet, last = 0, n
			}
			time.Sleep(25 * time.Millisecond)
		}
	}
	tell := func(n int, names string) {
		for i := range n {
			happens(t, s, "", fmt.Sprintf("%s%d.example.com", names, i))
		}
	}
	kill1, kill2 := run(), run()
	tell(10, "x")
	wait(3 + 30)
	seen := map[string]int{}
	for _, one := range l.got() {
		seen[one.path+one.id]++
	}
	if len(seen) != 33 || len(l.got()) != 33 {
		t.Errorf("%d messages, %d in all", len(seen), len(l.got()))
	}
	kills := 0
	if s.Postgres() {
		l.takes.Store(int64(10 * time.Millisecond)) // most kills come between message and answer
		tell(20, "y")
		for range 6 {
			time.Sleep(15 * time.Millisecond)
			kill1()
			kill1, kill2 = kill2, run()
			kills++
		}
		wait(33 + 60)
		ahead.Add(int64(2 * time.Minute)) // the leases of the dead end
		places, err := s.NoticePlaces(t.Context())
		must(t, err)
		must(t, s.TestNoticePlace(t.Context(), places[0].ID, "Ada")) // which wakes those who live
		wait(33 + 60 + 1)
		if n := done(); n != 33+60+1 {
			t.Errorf("%d of %d were delivered", n, 33+60+1)
		}
	}
	kill1()
	kill2()
	words := map[string]string{}
	twice := 0
	for _, one := range l.got() {
		key := one.path + one.id
		if words[key] != "" {
			twice++
			if words[key] != one.text {
				t.Errorf("%s says %q, then %q", key, words[key], one.text)
			}
		}
		words[key] = one.text
	}
	if want := 33 + 61*min(kills, 1); len(words) != want || twice > kills*3 {
		t.Errorf("%d of %d messages arrived, %d of them twice", len(words), want, twice)
	}
	t.Logf("%d messages, %d kills, %d came twice", len(words), kills, twice)
}
