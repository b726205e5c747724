package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/handlers"
	"apifront/policy"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
)

// What the keys of the law hold, and nothing else in the world: one that works,
// and one that cannot stand in a header.
const (
	plantedKey    = "Zq7Law9Key-works-0001"
	plantedBroken = "Zq7Law9Key-broken-\r\nX-Admin: yes"
)

// spelled are the ways in which the keys could stand somewhere.
func spelled() [][]byte {
	core := []byte("Zq7Law9Key")
	all := [][]byte{core, []byte(hex.EncodeToString(core)), []byte(strings.ToUpper(hex.EncodeToString(core)))}
	for skip := range 3 { // base64, wherever the core begins in what was encoded
		whole := base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte{'x'}, skip), core...))
		all = append(all, []byte(whole[4:len(whole)-4]))
	}
	return all
}

// A place is where a key must not stand, with what is there.
type place struct {
	name string
	text []byte
}

// A secretLaw is a server with keys, and what was found of it.
type secretLaw struct {
	t         *testing.T
	app       *app
	sim       *sim.Sim
	world     sim.DemoWorld
	file      string
	log       *syncBuffer
	client    *http.Client
	places    []place
	secrets   [][]byte // of the headers that setups let CloudFront add
	notices   noticeConfig
	receivers []string // of notices
}

// keep notes what stands at a place.
func (l *secretLaw) keep(name string, text []byte) { l.places = append(l.places, place{name, text}) }

// startSecretLaw runs a server whose log has everything, with a key in the
// environment of one API that says each key back to who sends it.
func startSecretLaw(t *testing.T) *secretLaw {
	t.Helper()
	bare(t)
	t.Setenv("APIFRONT_PROBE_KEY_WORKS", plantedKey)
	t.Setenv("APIFRONT_PROBE_KEY_BROKEN", plantedBroken)
	keys, err := probeKeys()
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	l := &secretLaw{t: t, sim: sim.New(sim.Config{}), file: filepath.Join(t.TempDir(), "apifront.db"), log: &syncBuffer{}}
	l.world = l.sim.Demo()
	l.notices, l.receivers = plantedNotices(t)
	t.Cleanup(l.sim.Close)
	net, err := l.sim.Listen(ctx, sim.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.Close)
	l.app, err = open(ctx, config{
		entry: at("127.0.0.1:0"), database: l.file, region: "eu-west-1", pace: looks("instant"), notices: l.notices, metrics: metricsOfLaw,
		cloud: cloud.Settings{Endpoint: net.AWSEndpoint, Credentials: credentials.NewStaticCredentialsProvider(l.world.KeyID, l.world.Secret, ""), Pace: pacing(sim.Pace{})},
		probe: probe.Settings{DNS: []string{net.DNS}, Port: net.ProbePort, CA: l.sim.CA(), AllowPrivate: true, Keys: keys},
		log:   slog.New(slog.NewJSONHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})),
		prepare: func(ctx context.Context, st *store.Store) error {
			return st.CreateUser(ctx, store.User{Email: demoEmail, Name: demoName, Role: store.RoleAdmin, PasswordHash: handlers.HashPassword(demoPassword)})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.app.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return l
}

// job starts a job on a name whose path is tested with a key.
func (l *secretLaw) job(name string, test setup.Test, bind bool) int64 {
	l.t.Helper()
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = l.world.AccountID, "eu-west-1"
	spec.Domain.ZoneName, spec.Domain.Name = "harborview.example", name+".harborview.example"
	spec.Domain.ZoneID = l.world.Zones[spec.Domain.ZoneName]
	spec.Edge.Caching, spec.Edge.TTL = setup.CachingFixed, 60
	spec.Edge.OriginHeader = setup.OriginHeader
	id := l.sim.AddAPI(l.world.AccountID, "eu-west-1", sim.API{
		Name: name, Kind: "REST", Stages: []string{"prod"}, Keys: []string{plantedKey}, Methods: []sim.Method{{Key: "GET /health", APIKey: true}},
	})
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: id, APIName: name, Kind: setup.APIKindREST, Stage: "prod", Test: test}}
	ctx := l.t.Context()
	if bind {
		if err := l.app.store.BindProbeKey(ctx, setup.ProbeKey{Variable: test.Key, Host: spec.Domain.Name, Header: "X-Api-Key"}, demoName); err != nil {
			l.t.Fatal(err)
		}
	}
	draft, err := l.app.store.CreateDraft(ctx, demoName, spec)
	if err != nil {
		l.t.Fatal(err)
	}
	n := store.NewJob{DraftID: draft.ID, Kind: setup.JobApply, By: demoName}
	for _, r := range steps.Rows(setup.JobApply, spec) {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	job, err := l.app.store.StartJob(ctx, n)
	if err != nil {
		l.t.Fatal(err)
	}
	return job
}

// until waits until the test of a job says what it has to.
func (l *secretLaw) until(job int64, says string) {
	l.t.Helper()
	var last string
	for range 600 {
		list, err := l.app.store.Steps(l.t.Context(), job)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, p := range list {
			if p.ID != "preview" {
				continue
			}
			last = string(p.State) + ": " + p.Summary
			if p.Problem != nil {
				last += " " + p.Problem.Code
			}
		}
		if strings.Contains(last, says) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	l.t.Fatalf("job %d: %s, never %q", job, last, says)
}

// ask sends a request as the administrator's browser does, and keeps the whole
// answer.
func (l *secretLaw) ask(method, path string) int {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	if strings.HasSuffix(path, "/events") { // it never ends by itself
		ctx, cancel = context.WithTimeout(ctx, time.Second)
		defer cancel()
	}
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(url.Values{}.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, l.app.url+path, body)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if path == "/metrics" {
		r.Header.Set("Authorization", "Bearer "+metricsOfLaw)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := l.client.Do(r)
	if err != nil {
		l.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		l.t.Fatalf("%s %s: %v", method, path, err)
	}
	var all bytes.Buffer
	if err := resp.Header.Write(&all); err != nil {
		l.t.Fatal(err)
	}
	l.keep(method+" "+path, append(all.Bytes(), text...))
	return resp.StatusCode
}

// paths fill a pattern of the router in, with all that there is.
func (l *secretLaw) paths(pattern string) []string {
	l.t.Helper()
	ctx, st := l.t.Context(), l.app.store
	var ids []string
	switch {
	case strings.HasPrefix(pattern, "/jobs/{n}/calls/"):
		for job := range int64(4) {
			calls, err := st.Calls(ctx, job+1, "", 10_000, 0)
			if err != nil {
				l.t.Fatal(err)
			}
			for _, c := range calls {
				if id := strconv.FormatInt(c.ID, 10); c.Write && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	case strings.HasPrefix(pattern, "/setups/"):
		list, _, err := st.Setups(ctx, store.SetupFilter{Limit: 100})
		if err != nil {
			l.t.Fatal(err)
		}
		for _, s := range list {
			ids = append(ids, s.Setup.ID)
		}
	case strings.HasPrefix(pattern, "/drafts/"):
		s, _, err := st.Setups(ctx, store.SetupFilter{Limit: 100})
		if err != nil || len(s) == 0 {
			l.t.Fatal(s, err)
		}
		d, err := st.CreateDraft(ctx, demoName, s[0].Setup.Spec)
		if err != nil {
			l.t.Fatal(err)
		}
		ids = append(ids, d.ID)
	case strings.HasPrefix(pattern, "/doctor/"):
		ids = append(ids, l.diagnosed())
		if strings.HasSuffix(pattern, "/adopt") {
			l.adoptable(ids[0])
		}
	case strings.HasPrefix(pattern, "/connections/"):
		list, err := st.Connections(ctx)
		if err != nil {
			l.t.Fatal(err)
		}
		if len(list) == 0 {
			c, err := st.CreateConnection(ctx, setup.Connection{Name: "staging", Kind: setup.ConnectionProfile, Profile: "staging"}, demoName)
			if err != nil {
				l.t.Fatal(err)
			}
			list = append(list, c)
		}
		ids = append(ids, setup.DefaultConnection, list[0].ID)
	case strings.HasPrefix(pattern, "/settings/notices/"):
		places, err := st.NoticePlaces(ctx)
		if err != nil || len(places) == 0 {
			l.t.Fatal(places, err)
		}
		ids = append(ids, places[0].ID)
	case strings.HasPrefix(pattern, "/settings/deliveries/"):
		list, err := st.Deliveries(ctx, "", 1)
		if err != nil || len(list) == 0 {
			l.t.Fatal(list, err)
		}
		ids = append(ids, list[0].ID)
	case strings.HasPrefix(pattern, "/settings/users/"):
		u, err := st.UserByEmail(ctx, demoEmail)
		if err != nil {
			l.t.Fatal(err)
		}
		ids = append(ids, u.ID)
	}
	list := []string{pattern}
	fill := func(name string, values ...string) {
		if !strings.Contains(pattern, "{"+name+"}") {
			return
		}
		var more []string
		for _, p := range list {
			for _, v := range values {
				more = append(more, strings.ReplaceAll(p, "{"+name+"}", v))
			}
		}
		list = more
	}
	fill("id", ids...)
	fill("n", "1", "2", "3", "4")
	fill("step", "preview")
	fill("token", "x")
	fill("file", "app.js", policy.TemplateFile)
	var pages, topics []string
	for _, p := range setup.Pages() {
		pages = append(pages, string(p.ID))
	}
	for _, h := range web.HelpTopics(nil) {
		topics = append(topics, h.ID)
	}
	fill("page", pages...)
	fill("topic", topics...)
	return list
}

// diagnosed is a diagnosis of the name whose tests send a key.
func (l *secretLaw) diagnosed() string {
	l.t.Helper()
	ctx, st := l.t.Context(), l.app.store
	list, _, err := st.Setups(ctx, store.SetupFilter{Limit: 1})
	if err != nil || len(list) == 0 {
		l.t.Fatal(list, err)
	}
	d, err := st.AskDiagnosis(ctx, store.NewDiagnosis{Name: list[0].Setup.Spec.Domain.Name, Connection: setup.DefaultConnection, By: demoName})
	for end := time.Now().Add(time.Minute); err == nil && d.Open() && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		d, err = st.Diagnosis(ctx, d.ID)
	}
	if err != nil || d.Open() {
		l.t.Fatal(d, err)
	}
	return d.ID
}

// typed types the key on the page of a diagnosis, and waits until the look with it has
// ended. The key is sent, since the name's API answers it.
func (l *secretLaw) typed(id string) {
	l.t.Helper()
	resp, err := l.client.PostForm(l.app.url+"/doctor/"+id, url.Values{"header": {"X-Api-Key"}, "key": {plantedKey}})
	if err != nil {
		l.t.Fatal(err)
	}
	_ = resp.Body.Close()
	_, next, found := strings.Cut(resp.Header.Get("Location"), "/doctor/")
	if resp.StatusCode != http.StatusSeeOther || !found {
		l.t.Fatalf("a key that was typed: status %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	var d setup.Diagnosis
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if d, err = l.app.store.Diagnosis(l.t.Context(), next); err != nil || !d.Open() {
			break
		}
	}
	if err != nil || d.Open() || d.KeyHeader != "X-Api-Key" {
		l.t.Fatalf("the look with a key: %+v, %v", d, err)
	}
	l.ask(http.MethodGet, "/doctor/"+next)
	l.ask(http.MethodGet, "/doctor")
}

// metricsOfLaw is the token of the law's server.
const metricsOfLaw = "the-token-of-metrics"

// The law of the keys: what a key holds stands in no page, no export, no
// stream, no log however much it says, no table, no file of the database, and
// not in what is left of a process that dies. The API says the key back in its
// answers, one job passes with it, one fails for its status, one has a key that
// cannot be sent, and one has a key that is not bound. One was typed for a look of the
// doctor.
func TestKeysStandNowhere(t *testing.T) {
	l := startSecretLaw(t)
	const echo = "/health?sim-tell=X-Api-Key"
	l.tellPlanted(l.notices, l.receivers)
	works, broken := "APIFRONT_PROBE_KEY_WORKS", "APIFRONT_PROBE_KEY_BROKEN"
	l.until(l.job("passes", setup.Test{Path: echo, Status: 200, Key: works}, true), "done: 1 of 1 request passed")
	l.until(l.job("fails", setup.Test{Path: echo, Status: 299, Key: works}, true), "other-status")
	l.until(l.job("broken", setup.Test{Path: echo, Status: 200, Key: broken}, true), "KeyUnusable")
	l.until(l.job("unbound", setup.Test{Path: echo, Status: 200, Key: works}, false), "KeyUnbound")

	l.plantHeaders()
	v := newVisitor(t, l.app.url)
	v.signIn()
	l.client = v.client
	l.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	routes := map[string][]string{}
	err := chi.Walk(l.app.handler.(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes[method] = append(routes[method], pattern)
		return nil
	})
	if err != nil || len(routes[http.MethodGet]) < 30 || len(routes[http.MethodPost]) < 30 {
		t.Fatal(routes, err)
	}
	l.typed(l.diagnosed())
	var hidden []string // of which no page was shown; /console is for demos alone
	for _, pattern := range routes[http.MethodGet] {
		shown := false
		for _, path := range l.paths(pattern) {
			shown = l.ask(http.MethodGet, path) == http.StatusOK || shown
		}
		if !shown {
			hidden = append(hidden, pattern)
		}
	}
	slices.Sort(hidden)
	if diff := cmp.Diff([]string{"/console", "/drafts/{id}", "/link/{token}", "/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback", "/static/{file}", "/welcome"}, hidden); diff != "" {
		t.Errorf("a page that was not shown proves nothing; paths fills in what it needs: %s", diff)
	}
	last := func(pattern string) bool { // they end what the others need
		return strings.Contains(pattern, "sessions") || strings.HasPrefix(pattern, "/sign-out") || strings.HasPrefix(pattern, "/settings/users/")
	}
	slices.SortStableFunc(routes[http.MethodPost], func(a, b string) int {
		return strings.Compare(strconv.FormatBool(last(a)), strconv.FormatBool(last(b)))
	})
	for _, pattern := range routes[http.MethodPost] {
		for _, path := range l.paths(pattern) {
			l.ask(http.MethodPost, path)
		}
	}
	for job := range int64(4) {
		calls, err := l.app.store.Calls(t.Context(), job+1, "", 10_000, 0)
		if err != nil || len(calls) == 0 {
			t.Fatal(job, calls, err)
		}
		l.keep("calls", fmt.Appendf(nil, "%+v", calls))
	}
	l.tables()
	for _, end := range []string{"", "-wal", "-shm"} {
		if b, err := os.ReadFile(l.file + end); err == nil {
			l.keep("file"+end, b)
		}
	}
	l.keep("log", []byte(l.log.String()))
	l.keep("a panic", l.panicked())
	l.judge()
}

// judge looks for the keys at all places.
func (l *secretLaw) judge() {
	l.t.Helper()
	size := 0
	for _, p := range l.places {
		size += len(p.text)
		for _, s := range spelled() {
			if at := bytes.Index(p.text, s); at >= 0 {
				l.t.Errorf("%s holds a key: …%q…", p.name, p.text[max(0, at-80):min(len(p.text), at+60)])
				break
			}
		}
	}
	l.judgeSecrets()
	if !bytes.Contains([]byte(l.log.String()), []byte(`"level":"DEBUG"`)) {
		l.t.Log("nothing is logged at the level of debugging")
	}
	l.t.Logf("%d places, %d octets", len(l.places), size)
}
