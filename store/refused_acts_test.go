package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store/db"
)

// A world is a database in which something of every kind is under way.
type world struct {
	s   *Store
	now time.Time // by the clock, which stands

	draft, spare string // setups in the wizard
	setup        string // has the jobs
	running      int64  // its job: a is done, b is held by pass, c is due
	failed       int64  // the job of another setup: a failed
	pass         *Pass
	due          stepRow // step c
	role         setup.Connection
	look, held   setup.LookKey // one that waits, one that the worker w is at
	invitation   string        // ID of a link
	place        setup.NoticePlace
	delivery     string // ID of one that waits: a test of the place
}

// txBell is a bell whose numbers come out of the transaction, so that a try
// that was refused leaves none.
type txBell struct{}

func (txBell) Ring(ctx context.Context, tx *sql.Tx, due Due, _ time.Duration) (int64, error) {
	var bell int64
	return bell, tx.QueryRowContext(ctx, `SELECT bell + 1 FROM steps WHERE id = $1`, due.ID).Scan(&bell)
}

func (txBell) Cancel(context.Context, *sql.Tx, int64) error { return nil }

// newWorld fills an open database.
func newWorld(t *testing.T, s *Store) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{s: s, now: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	w.tie(s)
	for _, u := range []User{
		{ID: "ada", Email: "ada@example.com", Name: "Ada", Role: RoleAdmin},
		{ID: "bob", Email: "bob@example.com", Name: "Bob", Role: RoleAdmin},
		{ID: "eve", Email: "eve@example.com", Name: "Eve", Role: RoleViewer},
	} {
		must(t, s.CreateUser(ctx, u))
	}
	must(t, s.Disable(ctx, "eve"))
	must(t, s.CreateSession(ctx, Session{TokenHash: "token", UserID: "bob", CreatedAt: w.now, SeenAt: w.now, ExpiresAt: w.now.Add(time.Hour), Idle: time.Hour}))
	must(t, s.CreateLink(ctx, "invite", Link{Email: "new@example.com", Role: RoleOperator, CreatedBy: "Ada", CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour)}))
	must(t, s.CreateLink(ctx, "reset", Link{UserID: "bob", Email: "bob@example.com", Role: RoleAdmin, CreatedBy: "Ada", CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour)}))
	links, err := s.Invitations(ctx)
	must(t, err)
	w.invitation = links[0].ID

	w.place = setup.NoticePlace{ID: "019a0000-0000-7000-8000-000000000001", Kind: setup.NoticeChat, Name: "#law", Host: "chat.example.com", Sealed: "sealed", Topics: setup.NoticeTopics()}
	must(t, s.AddNoticePlace(ctx, w.place, "Ada"))
	waiting, err := s.Deliveries(ctx, "", 10)
	must(t, err)
	w.delivery = waiting[0].ID

	w.draft, w.spare = draft(t, s, "draft.example.com").ID, draft(t, s, "spare.example.com").ID
	w.setup = draft(t, s, "a.example.com").ID
	w.running = start(t, s, w.setup)
	end(t, s, w.running, "a", setup.StepDone)
	w.pass = claim(t, s, w.running, "b")
	w.due = row(t, s, w.running, "c")
	_, err = s.TakeTurn(ctx, "domain", Holder(w.running, "c"), time.Hour)
	must(t, err)
	for _, step := range []setup.StepID{"b", "c"} { // two places in a line
		_, err = s.TakeTurn(ctx, "domain", Holder(w.running, step), time.Hour)
		must(t, err)
	}
	w.failed = start(t, s, draft(t, s, "b.example.com").ID)
	end(t, s, w.failed, "a", setup.StepFailed)
	must(t, s.SaveResource(ctx, w.setup, setup.Resource{Key: "known", ID: "1"}))

	w.role, err = s.CreateConnection(ctx, setup.Connection{Name: "team", Kind: setup.ConnectionRole, RoleARN: "arn:aws:iam::111122223333:role/a", Source: "default"}, "Ada")
	must(t, err)
	w.held = setup.LookKey{Kind: "zones", Connection: "default"}
	w.look = setup.LookKey{Kind: "apis", Connection: "default", Region: "eu-west-1"}
	_, err = s.AskLook(ctx, w.held, 0)
	must(t, err)
	if k, found, err := s.NextLook(ctx, "w"); err != nil || !found || k != w.held {
		t.Fatalf("the worker is at %v %v %v", k, found, err)
	}
	_, err = s.AskLook(ctx, w.look, 0)
	must(t, err)
	_, err = s.Try(ctx, Limit{Subject: "eve", Free: 3, First: time.Second, Longest: time.Minute})
	must(t, err)
	return w
}

// tie gives a store the world's clock and bell.
func (w *world) tie(s *Store) {
	s.SetClock(func() time.Time { return w.now })
	s.SetBell(txBell{})
}

// An act calls one method that writes and returns all that it returned, the
// error last.
type act struct {
	do    func(*world, context.Context) []any
	prep  string // SQL that makes the world fit for it
	quick bool   // it chooses before the transaction, and leaves alone what somebody else did meanwhile
}

func does(do func(*world, context.Context) error) act {
	return act{do: func(w *world, ctx context.Context) []any { return []any{do(w, ctx)} }}
}

func gives[T any](do func(*world, context.Context) (T, error)) act {
	return act{do: func(w *world, ctx context.Context) []any {
		v, err := do(w, ctx)
		return []any{v, err}
	}}
}

// acts are all methods of a Store that write, each where it has something to
// write.
func acts() map[string]act {
	first := does(func(w *world, ctx context.Context) error {
		return w.s.CreateFirstUser(ctx, User{ID: "one", Email: "one@example.com", Name: "One", Role: RoleAdmin, CreatedAt: w.now})
	})
	first.prep = `DELETE FROM milestones`
	overdue := gives(func(w *world, ctx context.Context) (int, error) { return w.s.RingOverdue(ctx, time.Minute) })
	overdue.prep = `UPDATE steps SET lease_until = 1 WHERE lease_until > 0`
	all := gives(func(w *world, ctx context.Context) (int, error) { return w.s.RingAll(ctx) })
	all.prep = overdue.prep
	overdue.quick, all.quick = true, true
	goOn := does(func(w *world, ctx context.Context) error { return w.s.GoOn(ctx, w.running, "c", "Ada") })
	goOn.prep = `UPDATE steps SET state = 'needs-you', problem = '{"what":"38 requests","code":"CallersCome"}' WHERE step = 'c'`
	unbind := does(func(w *world, ctx context.Context) error {
		return w.s.UnbindProbeKey(ctx, "APIFRONT_PROBE_KEY_A", "api.example.com", "Ada")
	})
	unbind.prep = `INSERT INTO probe_keys VALUES ('APIFRONT_PROBE_KEY_A', 'api.example.com', 'X-Api-Key', 'Ada', 'u1', 1700000000000)`
	const ended = `UPDATE jobs SET state = 'succeeded', finished_at = 1700000000000 WHERE setup_name = 'a.example.com'`
	const down = ended + `; UPDATE jobs SET kind = 'teardown' WHERE setup_name = 'a.example.com'; UPDATE setups SET spec = REPLACE(spec, '"domain":', '"gone":{"name":"nowhere"},"domain":')`
	const hour = ended + `; UPDATE schedules SET next_at = 1 WHERE setup_id = (SELECT setup_id FROM jobs WHERE setup_name = 'a.example.com')`
	const old = ended + `; INSERT INTO checks SELECT 'k1', setup_id, 1, 'person', 'Ada', 'u1', 1, 1, 2, 'healthy', '', '', 0, '[]', '', 0, 1, 0, 0, 0 FROM jobs WHERE setup_name = 'a.example.com'`
	const taken = ended + `; INSERT INTO checks SELECT 'k1', setup_id, 1, 'person', 'Ada', 'u1', 1700000000000, 1700000000000, 0, '', '', '', 0, '', 'w', 1700000100000, 1, 0, 0, 0 FROM jobs WHERE setup_name = 'a.example.com';
		INSERT INTO findings SELECT 'f1', setup_id, 'distribution/Enabled', 1, '{"key":"distribution/Enabled","step":"distribution"}', 1700000000000, 1700000000000, 0, '', '', 0 FROM jobs WHERE setup_name = 'a.example.com'`
	const due = taken + `; INSERT INTO trails VALUES ('f1', 'waiting', '{}', 'default/us-east-1', 1700000000000, 1700000000000, 1, 1700000000000, 1, '', 0)`
	const asking = `; UPDATE trails SET lease_by = 'w 1', lease_until = 1900000000000`
	check := func(prep string, do func(*world, context.Context) []any) act { return act{prep: prep, do: do} }
	fold := check(hour, func(w *world, ctx context.Context) []any {
		n, err := w.s.FoldChecks(ctx)
		return []any{n, err}
	})
	fold.quick = true
	const sending = `UPDATE deliveries SET lease_by = 'w', lease_until = 1900000000000, tries = 1, first_at = 1700000000000`
	forget := gives(func(w *world, ctx context.Context) (int64, error) { return w.s.ForgetNotices(ctx) })
	forget.prep = `UPDATE notices SET due_at = 1`
	place := func(do func(w *world, ctx context.Context, id string) error) act {
		return does(func(w *world, ctx context.Context) error { return do(w, ctx, w.place.ID) })
	}
	retest := place(func(w *world, ctx context.Context, id string) error { return w.s.TestNoticePlace(ctx, id, "Ada") })
	retest.prep = `UPDATE deliveries SET state = 'delivered'`
	erase := gives(func(w *world, ctx context.Context) (int64, error) { return w.s.EraseExcerpts(ctx) })
	erase.prep = `INSERT INTO evidence SELECT a.job_id, a.step, a.number, 0, 1700000000000, '{}', '{"0":"hello"}', 1700000000001 FROM attempts a ORDER BY a.job_id, a.step, a.number LIMIT 1`
	limit := Limit{Subject: "eve", Free: 3, First: time.Second, Longest: time.Minute}
	list := map[string]act{
		"Ready": does(func(w *world, ctx context.Context) error { return db.SignOfLife(ctx, w.s.DB) }), // Ready itself remembers
		"AddFirstCode": {prep: `DELETE FROM milestones`, do: func(w *world, ctx context.Context) []any {
			return []any{w.s.AddFirstCode(ctx, "law")}
		}},
		"Audit":       does(func(w *world, ctx context.Context) error { return w.s.Audit(ctx, Act{Action: ActSignIn, On: "x"}) }),
		"RingAll":     all,
		"RingOverdue": overdue,
		"RecordCall": does(func(w *world, ctx context.Context) error {
			return w.s.RecordCall(ctx, setup.Call{JobID: w.running, StepID: "b", Attempt: 1, Service: "acm", Operation: "X", StartedAt: w.now})
		}),
		"CreateConnection": gives(func(w *world, ctx context.Context) (setup.Connection, error) {
			return w.s.CreateConnection(ctx, setup.Connection{Name: "other", Kind: setup.ConnectionRole, RoleARN: "arn:aws:iam::111122223333:role/b", Source: "default"}, "Ada")
		}),
		"UpdateConnection": gives(func(w *world, ctx context.Context) (setup.Connection, error) {
			c := w.role
			c.RoleARN += "2"
			return w.s.UpdateConnection(ctx, c, "Bob")
		}),
		"BindProbeKey": does(func(w *world, ctx context.Context) error {
			return w.s.BindProbeKey(ctx, setup.ProbeKey{Variable: "APIFRONT_PROBE_KEY_A", Host: "api.example.com", Header: "X-Api-Key"}, "Ada")
		}),
		"UnbindProbeKey":   unbind,
		"DeleteConnection": does(func(w *world, ctx context.Context) error { return w.s.DeleteConnection(ctx, w.role.ID) }),
		"SignInIdentity": gives(func(w *world, ctx context.Context) (User, error) {
			return w.s.SignInIdentity(ctx, Identity{Issuer: "https://id.example", Subject: "7", Email: "bob@example.com", EmailVerified: true, Role: RoleViewer})
		}),
		"CancelJob": does(func(w *world, ctx context.Context) error { return w.s.CancelJob(ctx, w.running, "Ada") }),
		"RerunStep": does(func(w *world, ctx context.Context) error { return w.s.RerunStep(ctx, w.failed, "a", "Ada") }),
		"GoOn":      goOn,
		"RerunFrom": does(func(w *world, ctx context.Context) error { return w.s.RerunFrom(ctx, w.failed, "a", "Ada") }),
		"StartJob": gives(func(w *world, ctx context.Context) (int64, error) {
			return w.s.StartJob(ctx, NewJob{DraftID: w.draft, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
		}),
		"Secret": gives(func(w *world, ctx context.Context) ([]byte, error) {
			return w.s.Secret(ctx, "law", func() []byte { return []byte("law") })
		}),
		"CreateLink": does(func(w *world, ctx context.Context) error {
			return w.s.CreateLink(ctx, "other", Link{Email: "other@example.com", Role: RoleViewer, CreatedBy: "Ada", CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour)})
		}),
		"DeleteLink": does(func(w *world, ctx context.Context) error { return w.s.DeleteLink(ctx, w.invitation) }),
		"AcceptInvitation": gives(func(w *world, ctx context.Context) (User, error) {
			return w.s.AcceptInvitation(ctx, "invite", User{ID: "new", Name: "New", CreatedAt: w.now})
		}),
		"AcceptReset": gives(func(w *world, ctx context.Context) (string, error) {
			return w.s.AcceptReset(ctx, "reset", "hash")
		}),
		"AskLook": gives(func(w *world, ctx context.Context) (setup.Look, error) {
			return w.s.AskLook(ctx, setup.LookKey{Kind: "certificates", Connection: "default"}, time.Minute)
		}),
		"AskLooks": does(func(w *world, ctx context.Context) error {
			return w.s.AskLooks(ctx, []setup.LookKey{{Kind: "certificates", Connection: "default"}, w.look})
		}),
		"NextLook": {do: func(w *world, ctx context.Context) []any {
			k, found, err := w.s.NextLook(ctx, "me")
			return []any{k, found, err}
		}},
		"FinishLook": does(func(w *world, ctx context.Context) error {
			return w.s.FinishLook(ctx, "w", w.held, []byte(`{}`), nil)
		}),
		"AddNoticePlace": does(func(w *world, ctx context.Context) error {
			return w.s.AddNoticePlace(ctx, setup.NoticePlace{ID: "019a0000-0000-7000-8000-000000000002", Kind: setup.NoticeHook, Name: "bot"}, "Ada")
		}),
		"ChangeNoticePlace": place(func(w *world, ctx context.Context, id string) error {
			return w.s.ChangeNoticePlace(ctx, id, "#other", "other.example.com", "sealed anew", "Ada")
		}),
		"TestNoticePlace":   retest,
		"RemoveNoticePlace": place(func(w *world, ctx context.Context, id string) error { return w.s.RemoveNoticePlace(ctx, id, "Ada") }),
		"SetNoticeTopics": place(func(w *world, ctx context.Context, id string) error {
			return w.s.SetNoticeTopics(ctx, map[string][]setup.NoticeTopic{id: {setup.TopicTurn}}, "Ada")
		}),
		"ForgetNotices": forget,
		"NextDelivery": {do: func(w *world, ctx context.Context) []any {
			p, found, err := w.s.NextDelivery(ctx, "me")
			return []any{p.Delivery.ID, p.Delivery.Tries, found, err}
		}},
		"FinishDelivery": check(sending, func(w *world, ctx context.Context) []any {
			p := DeliveryPass{Place: w.place, Delivery: setup.Delivery{ID: w.delivery, Notice: setup.Notice{NoticeBody: setup.NoticeBody{Event: setup.NoticeTurn}}}}
			return []any{w.s.FinishDelivery(ctx, "w", p, setup.NoticeAnswer{Status: 503})}
		}),
		"FreeDeliveries": check(sending, func(w *world, ctx context.Context) []any { return []any{w.s.FreeDeliveries(ctx, "w")} }),
		"ResendDelivery": does(func(w *world, ctx context.Context) error { return w.s.ResendDelivery(ctx, w.delivery, "Ada") }),
		"EraseExcerpts":  erase,
		"AskCheck":       check(ended, func(w *world, ctx context.Context) []any { return []any{w.s.AskCheck(ctx, w.setup, "Ada")} }),
		"AskChecks": check(ended+`; UPDATE states SET state = 'serving', job = 0`, func(w *world, ctx context.Context) []any {
			o, err := w.s.AskChecks(ctx, SetupFilter{}, "Ada")
			return []any{o, err}
		}),
		"NextCheck": check(strings.ReplaceAll(taken, "'w', 1700000100000", "'', 0"), func(w *world, ctx context.Context) []any {
			p, found, err := w.s.NextCheck(ctx, "me", 0)
			return []any{p.Check.ID, p.Setup.ID, found, err}
		}),
		"RenewCheck": check(taken, func(w *world, ctx context.Context) []any { return []any{w.s.RenewCheck(ctx, "w", "k1")} }),
		"FinishCheck": check(taken, func(w *world, ctx context.Context) []any {
			return []any{w.s.FinishCheck(ctx, "w", CheckPass{Check: setup.Checkup{ID: "k1"}, Setup: setup.Setup{ID: w.setup, Revision: 1}}, CheckOutcome{
				Result: setup.CheckFindings, Looked: []setup.StepID{"distribution"}, Again: time.Minute,
				Findings: []setup.FindingBody{{Key: "dns/A", StepID: "dns"}},
			})}
		}),
		"NextScheduled": check(hour, func(w *world, ctx context.Context) []any {
			p, _, found, err := w.s.NextScheduled(ctx, "me", time.Second)
			return []any{p.Setup.ID, found, err}
		}),
		"SetSchedule": check(ended, func(w *world, ctx context.Context) []any {
			return []any{w.s.SetSchedule(ctx, w.setup, time.Hour, "Ada")}
		}),
		"ForgetCheckLines": check(old, func(w *world, ctx context.Context) []any {
			n, err := w.s.ForgetCheckLines(ctx)
			return []any{n, err}
		}),
		"FoldChecks": fold,
		"NextTrail": check(due, func(w *world, ctx context.Context) []any {
			p, wait, found, err := w.s.NextTrail(ctx, "me")
			return []any{p.Setup.ID, len(p.Findings), wait, found, err}
		}),
		"FinishTrail": check(due+asking, func(w *world, ctx context.Context) []any {
			t := setup.Trail{State: setup.TrailNone, Tries: 2}
			p := TrailPass{Setup: setup.Setup{ID: w.setup}, Findings: []setup.Finding{{ID: "f1", FindingBody: setup.FindingBody{Trail: &t}}}, lease: "w 1"}
			return []any{w.s.FinishTrail(ctx, p)}
		}),
		"FreeTrails": check(due+asking, func(w *world, ctx context.Context) []any { return []any{w.s.FreeTrails(ctx, "w")} }),
		"FreeChecks": check(taken, func(w *world, ctx context.Context) []any { return []any{w.s.FreeChecks(ctx, "w")} }),
		"HideSetup": check(down, func(w *world, ctx context.Context) []any {
			return []any{w.s.HideSetup(ctx, w.setup, "Ada")}
		}),
		"MuteFinding": check(taken, func(w *world, ctx context.Context) []any {
			return []any{w.s.MuteFinding(ctx, w.setup, "f1", true, "Ada")}
		}),
		"KeepFindings": check(taken, func(w *world, ctx context.Context) []any {
			want := setup.DefaultSpec()
			want.Domain.Name = "a.example.com"
			return []any{w.s.KeepFindings(ctx, Keeping{SetupID: w.setup, By: "Ada", From: 1, Want: want, Why: "Keep", Findings: []string{"f1"}, Rows: func(setup.Resources, setup.Former, time.Time) []setup.Resource {
				return []setup.Resource{{Key: "x"}}
			}})}
		}),
		"FreeLooks": does(func(w *world, ctx context.Context) error { return w.s.FreeLooks(ctx, "w") }),
		"Claim": {do: func(w *world, ctx context.Context) []any {
			p, wait, err := w.s.Claim(ctx, w.due.id, w.due.bell, time.Minute)
			return []any{p, wait, err}
		}},
		"Settle": does(func(w *world, ctx context.Context) error {
			return w.s.Settle(ctx, w.pass, Outcome{State: setup.StepDone, AccountID: "111122223333"})
		}),
		"HandBack": does(func(w *world, ctx context.Context) error { return w.s.HandBack(ctx, w.pass, 0) }),
		"Renew":    does(func(w *world, ctx context.Context) error { return w.s.Renew(ctx, w.pass, time.Minute) }),
		"SaveResource": does(func(w *world, ctx context.Context) error {
			return w.s.SaveResource(ctx, w.setup, setup.Resource{Key: "x", ID: "1"})
		}),
		"SavePassResource": does(func(w *world, ctx context.Context) error {
			return w.s.SavePassResource(ctx, w.pass, setup.Resource{Key: "x", ID: "1"})
		}),
		"CreateSession": does(func(w *world, ctx context.Context) error {
			return w.s.CreateSession(ctx, Session{TokenHash: "next", UserID: "bob", CreatedAt: w.now, SeenAt: w.now, ExpiresAt: w.now.Add(time.Hour), Idle: time.Hour})
		}),
		"EndSession":  does(func(w *world, ctx context.Context) error { return w.s.EndSession(ctx, "bob", "token") }),
		"EndSessions": does(func(w *world, ctx context.Context) error { return w.s.EndSessions(ctx, "bob", "") }),
		"TouchSession": does(func(w *world, ctx context.Context) error {
			return w.s.TouchSession(ctx, "token", w.now.Add(time.Second))
		}),
		"DeleteSession": does(func(w *world, ctx context.Context) error { return w.s.DeleteSession(ctx, "token") }),
		"CreateDraft": gives(func(w *world, ctx context.Context) (setup.Draft, error) {
			return w.s.CreateDraft(ctx, "Ada", setup.DefaultSpec())
		}),
		"OpenChange": gives(func(w *world, ctx context.Context) (OpenedChange, error) {
			return w.s.OpenChange(ctx, Change{By: "Ada", Setup: w.pass.Setup, Spec: w.pass.Setup.Spec})
		}),
		"RebaseDraft": does(func(w *world, ctx context.Context) error { return w.s.RebaseDraft(ctx, w.draft, w.setup, 1, "Ada") }),
		"SaveDraft": gives(func(w *world, ctx context.Context) (SaveResult, error) {
			return w.s.SaveDraft(ctx, w.draft, 1, setup.PageDomain, "Bob", func(sp *setup.Spec) { sp.Domain.Name += "x" })
		}),
		"SaveUsage": does(func(w *world, ctx context.Context) error {
			return w.s.SaveUsage(ctx, w.draft, setup.Usage{Requests: 7, AnswerSize: 9})
		}),
		"DeleteDraft": does(func(w *world, ctx context.Context) error { return w.s.DeleteDraft(ctx, w.spare) }),
		"LookNow":     does(func(w *world, ctx context.Context) error { return w.s.LookNow(ctx, w.running, "c") }),
		"Try":         gives(func(w *world, ctx context.Context) (time.Duration, error) { return w.s.Try(ctx, limit) }),
		"RightTry":    does(func(w *world, ctx context.Context) error { return w.s.RightTry(ctx, limit) }),
		"TakeTurn": gives(func(w *world, ctx context.Context) (time.Duration, error) {
			return w.s.TakeTurn(ctx, "certificates", "job 1 c", time.Minute)
		}),
		"HoldTurns": does(func(w *world, ctx context.Context) error {
			return w.s.HoldTurns(ctx, "certificates", "job 1 c", time.Minute)
		}),
		"CreateUser": does(func(w *world, ctx context.Context) error {
			return w.s.CreateUser(ctx, User{ID: "one", Email: "one@example.com", Name: "One", Role: RoleAdmin, CreatedAt: w.now})
		}),
		"CreateFirstUser": first,
		"SetRole":         does(func(w *world, ctx context.Context) error { return w.s.SetRole(ctx, "bob", RoleViewer) }),
		"UseTrip":         does(func(w *world, ctx context.Context) error { return w.s.UseTrip(ctx, "state", w.now.Add(time.Hour)) }),
		"GiveRole":        does(func(w *world, ctx context.Context) error { return w.s.GiveRole(ctx, "bob", RoleViewer) }),
		"Disable":         does(func(w *world, ctx context.Context) error { return w.s.Disable(ctx, "bob") }),
		"Enable":          does(func(w *world, ctx context.Context) error { return w.s.Enable(ctx, "eve") }),
		"SetPassword":     does(func(w *world, ctx context.Context) error { return w.s.SetPassword(ctx, "bob", "hash", "") }),
		"SetTheme":        does(func(w *world, ctx context.Context) error { return w.s.SetTheme(ctx, "bob", "dark") }),
		"SetTimeZone":     does(func(w *world, ctx context.Context) error { return w.s.SetTimeZone(ctx, "bob", "Europe/Vienna") }),
	}
	maps.Copy(list, doctorActs())
	return list
}

// lastError is the error that a method returned.
func lastError(out []any) error {
	err, _ := out[len(out)-1].(error)
	return err
}

// told is what a method returned, as text.
func told(out []any) string {
	text := ""
	for _, v := range out {
		if err, ok := v.(error); ok {
			text += "error " + err.Error() + "\n"
			continue
		}
		json, err := encode(v)
		if err != nil {
			json = fmt.Sprint(err)
		}
		text += json + "\n"
	}
	return text
}
