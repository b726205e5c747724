package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/store"
)

// What a stranger's answer carries, each a text that stands nowhere else.
const (
	strangersBody   = "BODY-OF-A-STRANGER"
	strangersCookie = "COOKIE-OF-A-STRANGER"
)

// A pad is a log that is kept.
type pad struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *pad) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *pad) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// tables are all rows of the database, by "table.column".
func (w *world) tables() map[string]string {
	w.t.Helper()
	ctx := w.t.Context()
	db := w.store.Writer()
	names, err := db.QueryContext(ctx, `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`)
	must(w.t, err)
	defer func() { must(w.t, names.Close()) }()
	var columns [][2]string
	for names.Next() {
		var c [2]string
		must(w.t, names.Scan(&c[0], &c[1]))
		columns = append(columns, c)
	}
	must(w.t, names.Err())
	all := map[string]string{}
	for _, c := range columns {
		var text string
		must(w.t, db.QueryRowContext(ctx, fmt.Sprintf(`SELECT COALESCE(GROUP_CONCAT(CAST(%q AS TEXT), char(10)), '') FROM %q`, c[1], c[0])).Scan(&text))
		all[c[0]+"."+c[1]] = text
	}
	return all
}

// evidence is what a step has seen, newest first.
func (w *world) evidence(job int64, step setup.StepID) []setup.Seen {
	w.t.Helper()
	_, seen, err := w.store.AttemptsSeen(w.t.Context(), job, store.WhatSeen{Excerpts: true})
	must(w.t, err)
	return seen[step]
}

// A preview that meets a stranger fails and, tried again, passes: both attempts
// keep what they saw. Of what the stranger says, the beginning of the body is in
// one place for a week; its cookie and our key, which it repeats, are in none.
func TestEvidenceOfAStranger(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		t := w.t
		w.stop()
		log := &pad{}
		w.log = slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
		w.start()
		id := w.sim.AddAPI(w.demo.AccountID, "eu-west-1", sim.API{
			Name: "keyed", Kind: "REST", Stages: []string{"prod"}, Keys: []string{theSecret},
			Methods: []sim.Method{{Key: "GET /health", APIKey: true}},
		})
		must(t, w.sim.AddSite(sim.Site{Names: []string{theName}, Answer: sim.Answer{
			Status: 403, Body: `{"message":"` + strangersBody + ` with ` + theSecret + `"}`,
			Header: map[string]string{"Content-Type": "application/json", "Server": "a stranger " + theSecret, "Set-Cookie": "session=" + strangersCookie, "Location": "https://elsewhere.example/?token=" + strangersCookie},
		}}))
		var astray atomic.Bool
		astray.Store(true)
		w.wire.net = func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err == nil && astray.Load() && port == "443" && (host == "127.0.0.2" || host == "127.0.0.3") {
				address = "127.0.0.5:443"
			}
			return w.sim.Dial(ctx, network, address)
		}
		s := w.draft(variant{rest: true, change: func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{
				Path: "orders", APIID: id, APIName: "keyed", Kind: setup.APIKindREST, Stage: "prod",
				Test: setup.Test{Path: "/health", Status: 200, Key: theKey},
			}}
		}})
		w.bindKey(&s.Spec)
		job := w.begin(setup.JobApply, s)
		if j := w.end(job); j.State != setup.JobFailed {
			t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
		}
		astray.Store(false)
		must(t, w.store.RerunStep(t.Context(), job, "preview", "Grace"))
		w.done(job)

		looks := w.evidence(job, "preview")
		kinds := ""
		for _, l := range looks {
			kinds += fmt.Sprint(l.Attempt, " ", l.Ended, "; ")
		}
		if kinds != "2 true; 1 true; 1 false; " {
			t.Fatalf("the looks are %s", kinds)
		}
		at := func(l setup.Seen, r setup.Rung) (e setup.Evidence) {
			for _, e := range l.Requests {
				if e.Rung == r && !e.Below {
					return e
				}
			}
			t.Fatalf("%s was not asked: %+v", r, l.Requests)
			return e
		}
		if e := at(looks[0], setup.RungDistribution); e.Status != 200 || e.AnsweredBy() != setup.ByAPIGateway || e.Key != theKey || e.Excerpt != "" || e.Message != "" {
			t.Errorf("the attempt that passed saw %+v", e)
		}
		for _, l := range looks[1:] {
			e := at(l, setup.RungDistribution)
			if e.Status != 403 || e.AnsweredBy() != "" || !strings.Contains(e.Excerpt, strangersBody) || e.Key != theKey || e.Address != "127.0.0.2:443" || len(e.Names) == 0 || e.Begins.IsZero() || e.Expires.IsZero() {
				t.Errorf("the attempt that failed saw %+v", e)
			}
			if e := at(l, setup.RungRegional); e.AnsweredBy() != setup.ByAPIGateway || e.Status != 200 {
				t.Errorf("below it, the attempt that failed saw %+v", e)
			}
		}
		if live := w.evidence(job, "live"); len(live) == 0 || len(live[0].Answers) < 4 {
			t.Errorf("of DNS is kept: %+v", live)
		}

		where := func(text string) (places []string) {
			for place, rows := range w.tables() {
				if strings.Contains(rows, text) {
					places = append(places, place)
				}
			}
			if strings.Contains(log.String(), text) {
				places = append(places, "the log")
			}
			return places
		}
		if got := where(strangersBody); len(got) != 1 || got[0] != "evidence.excerpts" {
			t.Errorf("the body stands in %v", got)
		}
		if got := append(where(strangersCookie), where(theSecret)...); len(got) != 0 {
			t.Errorf("the cookie or the key stands in %v", got)
		}
		if got := where(theKey); len(got) == 0 {
			t.Error("nothing was looked at")
		}
		w.stop()
		time.Sleep(store.ExcerptsKept + time.Hour)
		w.start()
		time.Sleep(10 * time.Second)
		if got := where(strangersBody); len(got) != 0 {
			t.Errorf("after a week the body stands in %v", got)
		}
		if l := w.evidence(job, "preview"); len(l) != 3 || !l[1].Erased || l[0].Erased || at(l[1], setup.RungDistribution).Status != 403 {
			t.Errorf("after a week there are %+v", l)
		}
		if !strings.Contains(log.String(), "erased the beginnings") {
			t.Error("the log does not say that something was erased")
		}
	})
}
