package notice

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"apifront/setup"
)

// A got is one request that a receiver got.
type got struct {
	header http.Header
	body   string
}

// A receiver is the other side: it keeps what it gets.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	all []got
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.all = append(r.all, got{q.Header, string(body)})
		r.mu.Unlock()
		if answer != nil {
			answer(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) host() string { return strings.TrimPrefix(r.URL, "http://") }

func (r *receiver) got() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

func testKeys(t *testing.T) Keys {
	t.Helper()
	keys, err := NewKeys([][]byte{[]byte(strings.Repeat("k", 64))})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// place seals a place.
func place(t *testing.T, keys Keys, kind setup.NoticeKind, secret setup.NoticeSecret) setup.NoticePlace {
	t.Helper()
	p := setup.NoticePlace{ID: "p1", Kind: kind, Name: "it"}
	var err error
	if p.Sealed, err = keys.Seal(p, secret); err != nil {
		t.Fatal(err)
	}
	return p
}

func message() setup.Notice {
	return setup.Notice{
		ID: "019a0000-0000-7000-8000-00000000000a", At: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), Count: 1,
		NoticeBody: setup.NoticeBody{
			Event: setup.NoticeFailed, SetupID: "s1", Setup: "api.example.com", Job: 34, State: "failed", Title: "Job 34 failed: api.example.com",
			Text: "It stopped.", Problem: &setup.Problem{What: "What.", Why: "Why.", Fix: "Fix."},
		},
	}
}

// A program that uses the library of Standard Webhooks takes what is sent, and
// nothing that was changed on the way, or is signed with another key.
func TestAProgramCanVerify(t *testing.T) {
	t.Parallel()
	r, key := newReceiver(t, nil), NewKey()
	keys := testKeys(t)
	s := New(Settings{URL: "https://apifront.example.com/", Keys: keys, Inner: []string{r.host()}})
	p := place(t, keys, setup.NoticeHook, setup.NoticeSecret{Address: r.URL + "/in", Key: key})
	for range 2 {
		if a := s.Send(t.Context(), p, message()); !a.Taken || a.Status != 200 {
			t.Fatalf("%+v", a)
		}
	}
	all := r.got()
	if all[0].header.Get("webhook-id") != all[1].header.Get("webhook-id") {
		t.Error("the same message has two IDs")
	}
	wh, err := webhooks.NewWebhook(key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := webhooks.NewWebhook(NewKey())
	if err != nil {
		t.Fatal(err)
	}
	one := all[0]
	if err := wh.Verify([]byte(one.body), one.header); err != nil {
		t.Errorf("not verified: %v", err)
	}
	if wh.Verify([]byte(one.body+" "), one.header) == nil || other.Verify([]byte(one.body), one.header) == nil {
		t.Error("what is not ours is verified")
	}
	for _, name := range []string{"webhook-id", "webhook-timestamp"} {
		h := one.header.Clone()
		h.Set(name, h.Get(name)[:len(h.Get(name))-1]+"0")
		if h.Get(name) != one.header.Get(name) && wh.VerifyIgnoringTimestamp([]byte(one.body), h) == nil {
			t.Errorf("another %s is verified", name)
		}
	}
	var body struct {
		Type      string
		Timestamp time.Time
		Data      struct {
			ID, Setup, State, Text, URL string
			Job                         int64
			Count                       int
			Problem                     *setup.Problem
		}
	}
	if err := json.Unmarshal([]byte(one.body), &body); err != nil {
		t.Fatal(err)
	}
	d := body.Data
	if body.Type != "job.failed" || !body.Timestamp.Equal(message().At) || d.ID != message().ID || d.Setup != "api.example.com" || d.Job != 34 || d.State != "failed" ||
		d.Count != 1 || d.URL != "https://apifront.example.com/jobs/34" || d.Problem == nil || d.Problem.Fix != "Fix." {
		t.Errorf("%s", one.body)
	}
	if one.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", one.header)
	}
}

// What comes from AWS or DNS makes no mention, no link and no style in a chat.
func TestAChatShowsTextAsItIs(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	keys := testKeys(t)
	s := New(Settings{URL: "https://apifront.example.com", Keys: keys, Inner: []string{r.host()}})
	n := message()
	n.Title, n.Text, n.Count = "Changed: api.example.com", "Is: <!channel> @here [click](https://evil.example) <https://evil.example|us> & *bold*.", 3
	n.Job, n.Event = 0, setup.NoticeDrifted
	if a := s.Send(t.Context(), place(t, keys, setup.NoticeChat, setup.NoticeSecret{Address: r.URL}), n); !a.Taken {
		t.Fatalf("%+v", a)
	}
	var body map[string]string
	if err := json.Unmarshal([]byte(r.got()[0].body), &body); err != nil || len(body) != 1 {
		t.Fatal(r.got()[0].body, err)
	}
	text := body["text"]
	for _, bad := range []string{"<!", "@here", "](", "<https://evil", "*bold*"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in %q", bad, text)
		}
	}
	for _, want := range []string{"*Changed: api.example.com*\n", "&lt;!channel&gt;", "newest of 3 messages", "<https://apifront.example.com/setups/s1|Open api.example.com>"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
}

// What the other side answers is kept in its first visible characters, and never
// what is secret, whatever it says back.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const token = "T0SECRET/B0SECRET99/xoxSECRETxoxSECRET"
	key := NewKey()
	elsewhere := newReceiver(t, nil)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		taken  bool
		status int
		text   string
		gone   bool
		after  time.Duration
	}{
		"taken":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, true, 200, "ok", false, 0},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, true, 204, "", false, 0},
		"refused":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no_service", 404) }, false, 404, "no_service", false, 0},
		"gone":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusGone) }, false, 410, "", true, 0},
		"busy":       {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, false, 429, "", false, 2 * time.Minute},
		"busy for ever": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999999")
			w.WriteHeader(503)
		}, false, 503, "", false, 6 * time.Hour},
		"moved": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, false, 307, "It leads to another address, which is not followed. Enter the address that it leads to.", false, 0},
		"long": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, strings.Repeat("a", 1<<20))
		}, false, 500, strings.Repeat("a", answerShown) + "…", false, 0},
		"not text": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "a\x00\x1b[31m\xff\u202e\r\n\tb")
		}, false, 500, "a[31m\uFFFD b", false, 0},
		"breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "half")
		}, false, 500, "half", false, 0},
		"says all back": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, r.URL.String()+" "+key+" "+strings.TrimPrefix(key, keyPrefix))
		}, false, 500, "… … …", false, 0},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, 0, "No answer: EOF.", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, c.answer)
			keys := testKeys(t)
			s := New(Settings{Keys: keys, Inner: []string{r.host(), elsewhere.host()}})
			a := s.Send(t.Context(), place(t, keys, setup.NoticeHook, setup.NoticeSecret{Address: r.URL + "/services/" + token, Key: key}), message())
			if a.Taken != c.taken || a.Status != c.status || a.Text != c.text || a.Gone != c.gone || a.After != c.after || a.Took <= 0 {
				t.Errorf("%+v", a)
			}
			if strings.Contains(a.Text, "SECRET") {
				t.Errorf("%q holds a secret", a.Text)
			}
		})
	}
	if n := len(elsewhere.got()); n > 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// In the demo nothing is sent to others.
func TestTheDemoSendsNothing(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	keys := testKeys(t)
	for inner, want := range map[string]int{"": 0, r.host(): 1} {
		s := New(Settings{Keys: keys, Demo: true, Inner: []string{inner}})
		a := s.Send(t.Context(), place(t, keys, setup.NoticeChat, setup.NoticeSecret{Address: r.URL}), message())
		if !a.Taken || (a.Status == 200) != (want == 1) {
			t.Errorf("%+v", a)
		}
	}
	if n := len(r.got()); n != 1 {
		t.Errorf("%d were sent", n)
	}
}
