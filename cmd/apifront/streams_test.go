package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
)

// How much is done to the viewers of the law below.
const (
	lawViewers = 20
	lawCuts    = 50
)

// lawPatience is for how long a viewer follows a job of a few seconds: long enough for
// a machine that is busy with other tests, too.
const lawPatience = 3 * time.Minute

// TestViewersSeeEachEventOnce is the law of the streams, with the real worker
// on the simulator: whatever cuts a viewer's connections, also in the middle
// of a message, and though the server is restarted, the messages that it has
// received whole follow each other without gap or overlap up to the last
// event, and the page that they have made of the first one is the page that a
// newcomer gets.
func TestViewersSeeEachEventOnce(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := startRestartable(t)
	visit := newVisitor(t, s.demo.app.url)
	visit.signIn()
	job := startJob(t, s.demo, 1)
	path := "/jobs/" + strconv.FormatInt(job, 10)

	var all sync.WaitGroup
	viewers := make([]*streamViewer, lawViewers)
	for i := range viewers {
		v := &streamViewer{client: visit.client, url: visit.at.Scheme + "://" + visit.at.Host, path: path, random: rand.New(rand.NewPCG(seed, uint64(i)))}
		v.cuts = lawCuts / lawViewers
		if i < lawCuts%lawViewers {
			v.cuts++
		}
		viewers[i] = v
		all.Go(func() {
			if v.err = v.open(); v.err == nil {
				v.err = v.follow(t.Context())
			}
		})
	}
	s.untilSeq(job, 25)
	s.restart()
	all.Wait()

	j, err := s.demo.app.store.Job(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if j.State != setup.JobSucceeded {
		t.Fatalf("the job is %s", j.State)
	}
	events, err := s.demo.app.store.Events(t.Context(), job, 0, int(j.Seq))
	if err != nil || int64(len(events)) != j.Seq {
		t.Fatalf("%d events of %d, error %v", len(events), j.Seq, err)
	}
	visit.open(path)
	want := shown(visit.page)
	for i, v := range viewers {
		if v.err != nil {
			t.Errorf("viewer %d: %v", i, v.err)
			continue
		}
		if v.cuts > 0 {
			t.Errorf("viewer %d: %d cuts were left when the job ended", i, v.cuts)
		}
		if v.connected < 3 {
			t.Errorf("viewer %d connected %d times only", i, v.connected)
		}
		at := v.first
		for _, m := range v.took {
			if m.id <= at {
				t.Errorf("viewer %d: a message up to event %d came after one up to %d", i, m.id, at)
			}
			checkSteps(t, i, events[at:], m)
			at = m.id
		}
		if at != j.Seq {
			t.Errorf("viewer %d has the events up to %d of %d", i, at, j.Seq)
		}
		if got := shown(v.page); got != want {
			t.Errorf("viewer %d does not see what a newcomer sees: %s", i, firstDifference(got, want))
		}
	}
}

// checkSteps says whether a message is about its own events: the calls of every
// step of theirs when it is the first of a connection, and of no step whose
// events the viewer has all.
func checkSteps(t *testing.T, viewer int, after []setup.Event, m taken) {
	t.Helper()
	later := map[setup.StepID]bool{}
	for _, e := range after {
		later[e.StepID] = true
		if m.first && e.Seq <= m.id && e.StepID != "" && !m.steps[string(e.StepID)] {
			t.Errorf("viewer %d: the message up to event %d lacks event %d of %s: %s", viewer, m.id, e.Seq, e.StepID, e.Text)
		}
	}
	for step := range m.steps {
		if !later[setup.StepID(step)] {
			t.Errorf("viewer %d: the message up to event %d doubles the calls of %s", viewer, m.id, step)
		}
	}
}

// A taken is a message that a viewer has received whole.
type taken struct {
	id    int64
	first bool            // of its connection
	steps map[string]bool // whose calls are in it
}

// A streamViewer is a browser on a job page: it keeps the page as the messages
// make it.
type streamViewer struct {
	client    *http.Client
	url, path string
	random    *rand.Rand
	cuts      int // connections that are still to be cut
	connected int

	page  *goquery.Document
	first int64 // the last event that the page had when it was loaded
	took  []taken
	fresh bool // nothing has come on this connection
	err   error
}

// open loads the page.
func (v *streamViewer) open() error {
	resp, err := v.client.Get(v.url + v.path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if v.page, err = goquery.NewDocumentFromReader(resp.Body); err != nil {
		return err
	}
	_, after, ok := strings.Cut(v.connection().AttrOr("hx-sse:connect", ""), "?after=")
	if !ok {
		return fmt.Errorf("status %d, and no stream on the page", resp.StatusCode)
	}
	v.first, err = strconv.ParseInt(after, 10, 64)
	return err
}

// connection is the element that names the stream.
func (v *streamViewer) connection() *goquery.Selection {
	return v.page.Find("div[hidden]").FilterFunction(func(_ int, e *goquery.Selection) bool {
		_, ok := e.Attr("hx-sse:connect")
		return ok
	})
}

// follow connects again and again until the stream says that it is over.
func (v *streamViewer) follow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lawPatience)
	defer cancel()
	for {
		over, err := v.connect(ctx)
		if over || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the stream was not over within %s, after %d connections: %w", lawPatience, v.connected, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// connect reads one stream until it ends or is cut. A server that is away is
// no error.
func (v *streamViewer) connect(ctx context.Context) (over bool, err error) {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+v.path+"/events?after="+strconv.FormatInt(v.first, 10), nil)
	if err != nil {
		return false, err
	}
	if n := len(v.took); n > 0 {
		r.Header.Set("Last-Event-ID", strconv.FormatInt(v.took[n-1].id, 10))
	}
	resp, err := v.client.Do(r)
	if err != nil {
		return false, nil // the server is being restarted
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("status %d", resp.StatusCode)
	}
	v.connected++
	v.fresh = true
	var body io.Reader = resp.Body
	if v.cuts > 0 {
		body = io.LimitReader(body, int64(v.random.IntN(1<<v.random.IntN(16))))
	}
	var have strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := body.Read(buf)
		have.Write(buf[:n])
		for {
			whole, rest, ok := strings.Cut(have.String(), "\n\n")
			if !ok {
				break
			}
			have.Reset()
			have.WriteString(rest)
			if over, err := v.take(whole); over || err != nil {
				return over, err
			}
		}
		if err != nil { // the end of the server, or of what this viewer reads
			if l, ok := body.(*io.LimitedReader); ok && l.N <= 0 {
				v.cuts--
			}
			return false, nil
		}
	}
}

// take takes a message that was received whole.
func (v *streamViewer) take(message string) (over bool, err error) {
	var html strings.Builder
	for line := range strings.SplitSeq(message, "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch field {
		case "id":
			m := taken{first: v.fresh, steps: map[string]bool{}}
			if m.id, err = strconv.ParseInt(value, 10, 64); err != nil {
				return false, err
			}
			v.took, v.fresh = append(v.took, m), false
		case "event":
			over = value == "end"
		case "data":
			html.WriteString(value + "\n")
		}
	}
	if over {
		return true, nil
	}
	return false, v.swap(html.String())
}

// swap replaces parts of the page as htmx does.
func (v *streamViewer) swap(html string) error {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader("<body>" + html))
	if err != nil {
		return err
	}
	if title := doc.Find("title"); title.Length() > 0 {
		v.page.Find("head title").SetText(title.Text())
	}
	doc.Find("hx-partial").EachWithBreak(func(_ int, p *goquery.Selection) bool {
		name := p.AttrOr("hx-target", "")
		target := v.page.Find(name)
		if target.Length() != 1 {
			err = fmt.Errorf("the page has %d elements %q", target.Length(), name)
			return false
		}
		if step, ok := strings.CutSuffix(strings.TrimPrefix(name, "#step-"), "-calls"); ok {
			v.took[len(v.took)-1].steps[step] = true
		}
		var body string
		if body, err = p.Html(); err != nil {
			return false
		}
		switch how := p.AttrOr("hx-swap", ""); how {
		case "innerMorph":
			target.SetHtml(body)
		case "outerMorph", "outerHTML":
			target.ReplaceWithHtml(strings.TrimSpace(body))
		default:
			err = fmt.Errorf("a part is swapped by %q", how)
		}
		return err == nil
	})
	return err
}

// shown is what a page shows, without what only a page that goes on has, and
// without what the reader has opened.
func shown(doc *goquery.Document) string {
	main := doc.Find("main").Clone()
	main.Find("noscript, #live").Remove()
	main.Find("div[hidden]").FilterFunction(func(_ int, e *goquery.Selection) bool {
		_, ok := e.Attr("hx-sse:connect")
		return ok
	}).Remove()
	main.Find("details").RemoveAttr("open")
	html, err := main.Html()
	if err != nil {
		return err.Error()
	}
	html = squeeze(html)
	html = strings.ReplaceAll(strings.ReplaceAll(html, "> ", ">"), " <", "<")
	return doc.Find("head title").Text() + html
}

// firstDifference is where two texts part.
func firstDifference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-120)
	return fmt.Sprintf("\n… %s\nwant\n… %s", got[from:min(len(got), i+120)], want[from:min(len(want), i+120)])
}

// A restartable is a demo whose server can be restarted on the same database,
// at the same address, before the same AWS.
type restartable struct {
	t    *testing.T
	demo *demo
	stop func() // as on SIGTERM
}

// startRestartable runs a demo that does everything at once.
func startRestartable(t *testing.T) *restartable {
	t.Helper()
	d, err := openDemo(context.Background(), &program{stdout: io.Discard, stderr: testWriter{t}, getenv: func(string) string { return "" }}, at("127.0.0.1:0"), "instant", "")
	if err != nil {
		t.Fatal(err)
	}
	s := &restartable{t: t, demo: d}
	t.Cleanup(func() {
		s.stop()
		if err := d.close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	s.run()
	return s
}

func (s *restartable) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func(a *app) { ended <- a.run(ctx) }(s.demo.app)
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the server ended with %v", err)
		}
	})
}

// restart stops the server, which closes the database, and starts another.
func (s *restartable) restart() {
	s.t.Helper()
	cfg := s.demo.app.cfg
	cfg.entry.listen = strings.TrimPrefix(s.demo.app.url, "http://")
	s.stop()
	a, err := open(context.Background(), cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	s.demo.app = a
	s.run()
}

// untilSeq waits until a job that goes on has so many events.
func (s *restartable) untilSeq(job, seq int64) {
	s.t.Helper()
	for range 1000 {
		j, err := s.demo.app.store.Job(s.t.Context(), job)
		if err != nil {
			s.t.Fatal(err)
		}
		if !j.State.Active() {
			s.t.Fatalf("the job was %s at event %d already", j.State, j.Seq)
		}
		if j.Seq >= seq {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("there were no %d events within 10 s", seq)
}
