package worker_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// keyed is a draft whose one path is tested with the key, at an API that wants
// it and answers so.
func (w *world) keyed(answer *sim.Answer) (s setup.Setup, api string) {
	w.t.Helper()
	api = w.sim.AddAPI(w.demo.AccountID, "eu-west-1", keyedAPI(answer))
	return w.draft(variant{rest: true, change: func(sp *setup.Spec) {
		sp.API.Mappings = []setup.Mapping{{
			Path: "orders", APIID: api, APIName: "keyed", Kind: setup.APIKindREST, Stage: "prod",
			Test: setup.Test{Path: "/health", Status: 200, Key: theKey},
		}}
	}}), api
}

func keyedAPI(answer *sim.Answer) sim.API {
	return sim.API{
		Name: "keyed", Kind: "REST", Stages: []string{"prod"}, Keys: []string{theSecret},
		Methods: []sim.Method{{Key: "GET /health", APIKey: true, Answer: answer}},
	}
}

// again ends the process and starts another one, after what do changes.
func (w *world) again(do func()) {
	w.t.Helper()
	w.stop()
	do()
	w.start()
}

// bound binds the key to a host, as an administrator does.
func (w *world) bound(host, header string) {
	w.t.Helper()
	must(w.t, w.store.BindProbeKey(w.t.Context(), setup.ProbeKey{Variable: theKey, Host: host, Header: header}, "Ada"))
}

// preview is the step that tests through CloudFront.
func (w *world) preview(job int64) setup.Step {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	for _, p := range list {
		if p.ID == "preview" {
			return p
		}
	}
	w.t.Fatal("the job has no such step")
	return setup.Step{}
}

// stopsFor waits until a job has failed at its test, and checks what the person
// is told.
func (w *world) stopsFor(job int64, code, fix string) *setup.Problem {
	w.t.Helper()
	j, p := w.end(job), w.preview(job)
	if j.State != setup.JobFailed || p.Problem == nil {
		w.t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
	}
	if p.Problem.Code != code || !strings.Contains(p.Problem.Fix, fix) || p.Problem.What == "" || p.Problem.Why == "" {
		w.t.Errorf("said: %+v", p.Problem)
	}
	return p.Problem
}

// A job whose key cannot be sent asks nothing of the API, and names the act
// that helps.
func TestJobWithoutItsKey(t *testing.T) {
	t.Parallel()
	const header = "X-Api-Key"
	for name, c := range map[string]struct {
		key       string // its value; "": the variable is not set
		host      string // to which it is bound; "": to none
		header    string
		code, fix string
	}{
		"not in the environment": {"", theName, header, "KeyMissing", "Set " + theKey + " where apifront runs and start it again"},
		"not bound":              {theSecret, "", header, "KeyUnbound", "Bind " + theKey + " to " + theName + " on the page Test keys"},
		"bound to another host":  {theSecret, "other." + theZone, header, "KeyUnbound", "Bind " + theKey + " to " + theName + " on the page Test keys"},
		"bound to the parent":    {theSecret, theZone, header, "KeyUnbound", "on the page Test keys"},
		"neither":                {"", "", header, "KeyUnbound", "on the page Test keys"},
		"with a newline":         {"12345678\r\nX-Admin: yes", theName, header, "KeyUnusable", "at least 8 visible ASCII characters"},
		"with a control":         {"1234\x005678", theName, header, "KeyUnusable", "at least 8 visible ASCII characters"},
		"with a letter of ours":  {"schlüssel-12", theName, header, "KeyUnusable", "at least 8 visible ASCII characters"},
		"too short":              {"1234567", theName, header, "KeyUnusable", "at least 8 visible ASCII characters"},
		"in a header that frames": {theSecret, theName, "Transfer-Encoding", "KeyUnusable",
			"Correct the header's name, or the key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				w.again(func() {
					w.keys = map[string]probe.Key{}
					if c.key != "" {
						w.keys[theKey] = probe.NewKey(c.key)
					}
				})
				s, _ := w.keyed(nil)
				if c.host != "" {
					w.bound(c.host, c.header)
				}
				job := w.begin(setup.JobApply, s)
				p := w.stopsFor(job, c.code, c.fix)
				if c.key != "" && strings.Contains(p.What+p.Why+p.Fix+p.Said, c.key) {
					t.Errorf("the key is in %+v", p)
				}
				calls, err := w.store.Calls(w.t.Context(), job, "preview", 10_000, 0)
				must(t, err)
				for _, call := range calls {
					if call.Service == "https" {
						t.Errorf("asked: %+v", call)
					}
				}
			})
		})
	}
}

// A key that is taken away while the test waits is not sent any more; once it is
// there again, the same step goes on by itself.
func TestKeyIsUnboundWhileTheTestWaits(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s, api := w.keyed(&sim.Answer{Status: 500})
		w.bound(theName, "X-Api-Key")
		job := w.begin(setup.JobApply, s)
		untilSays := func(what string) {
			t.Helper()
			for range 3600 {
				p := w.preview(job)
				if p.Problem != nil && strings.Contains(p.Summary+p.Problem.Code, what) {
					return
				}
				if p.State == setup.StepDone || p.State == setup.StepFailed {
					break
				}
				time.Sleep(time.Second)
			}
			t.Fatalf("never %q:\n%s", what, w.story(job))
		}
		untilSays("answered 500")
		must(t, w.store.UnbindProbeKey(w.t.Context(), theKey, theName, "Ada"))
		// From now on the key would open the API.
		changed, err := w.sim.ChangeAPI(api, keyedAPI(nil))
		if err != nil || !changed {
			t.Fatal(changed, err)
		}
		untilSays("KeyUnbound")
		time.Sleep(30 * time.Second)
		p := w.preview(job)
		if p.State != setup.StepRunning || p.Problem == nil || !strings.Contains(p.Problem.Fix, "Bind "+theKey+" to "+theName+" on the page Test keys") {
			t.Fatalf("%s: %+v", p.State, p.Problem)
		}
		w.bound(theName, "X-Api-Key")
		w.done(job)
	})
}

// An impostor is who answers at the port of HTTPS in place of the servers of the
// simulator, and what it is sent.
type impostor struct {
	dial    func(net.Conn) // serves one connection
	mu      sync.Mutex
	got     bytes.Buffer
	visited int
}

// stand puts the impostor there.
func (i *impostor) stand(next dial) dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasSuffix(address, ":443") {
			return next(ctx, network, address)
		}
		i.mu.Lock()
		i.visited++
		i.mu.Unlock()
		near, far := net.Pipe()
		go func() {
			i.dial(readAhead(far))
			_ = far.Close() // in memory
		}()
		return near, nil
	}
}

// An ahead is a connection that takes what it is sent before anybody reads it, as
// a socket does. On a pipe of package net, a client that refuses a certificate
// while the server still writes would wait for the server, and the server for it.
type ahead struct {
	net.Conn
	sent chan []byte
	rest []byte
}

func readAhead(c net.Conn) *ahead {
	a := &ahead{Conn: c, sent: make(chan []byte, 1000)}
	go func() {
		defer close(a.sent)
		for {
			b := make([]byte, 4096)
			n, err := c.Read(b)
			a.sent <- b[:n]
			if err != nil {
				return
			}
		}
	}()
	return a
}

func (a *ahead) Read(b []byte) (int, error) {
	for len(a.rest) == 0 {
		more, open := <-a.sent
		if !open {
			return 0, io.EOF
		}
		a.rest = more
	}
	n := copy(b, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// hear keeps what was sent, until a request ends, and answers it.
func (i *impostor) hear(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		i.mu.Lock()
		i.got.WriteString(line)
		i.mu.Unlock()
		if err != nil {
			return
		}
		if strings.TrimSpace(line) == "" {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) // whoever hangs up does not want it
			return
		}
	}
}

// refuse is what a server without TLS does with a handshake.
func (i *impostor) refuse(c net.Conn) {
	first := make([]byte, 4096)
	n, _ := c.Read(first) // whoever hangs up has sent nothing
	i.mu.Lock()
	i.got.Write(first[:n])
	i.mu.Unlock()
	_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
}

// unknown is a certificate for the name that nobody has signed whom a process
// trusts.
func unknown(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	now := time.Now()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: theName}, DNSNames: []string{theName},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: theName}}, &key.PublicKey, key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Whoever answers without TLS, or with a certificate that nobody has signed, is
// not sent the key: what counts is what has arrived there.
func TestKeyIsNotSentToAnImpostor(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain HTTP", "an unknown certificate"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				i := &impostor{}
				i.dial = i.refuse
				if name != "plain HTTP" {
					config := &tls.Config{Certificates: []tls.Certificate{unknown(t)}, MinVersion: tls.VersionTLS12}
					i.dial = func(c net.Conn) { i.hear(tls.Server(c, config)) }
				}
				w.again(func() { w.around = i.stand })
				s, _ := w.keyed(nil)
				w.bound(theName, "X-Api-Key")
				job := w.begin(setup.JobApply, s)
				if j := w.end(job); j.State != setup.JobFailed {
					t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
				}
				p := w.preview(job).Problem
				if p == nil || p.Fix == "" || !strings.Contains(p.Said, "tls: ") {
					t.Fatalf("said: %+v", p)
				}
				w.stop()
				i.mu.Lock()
				defer i.mu.Unlock()
				if i.visited == 0 || bytes.Contains(i.got.Bytes(), []byte(theSecret)) || bytes.Contains(i.got.Bytes(), []byte("X-Api-Key")) {
					t.Errorf("visited %d times, and was sent %q", i.visited, i.got.Bytes())
				}
				if name == "an unknown certificate" && i.got.Len() > 0 {
					t.Errorf("was sent %q", i.got.Bytes())
				}
				w.start()
			})
		})
	}
}

// A redirect to another host is not followed, with the key or without it.
func TestKeyDoesNotFollowARedirect(t *testing.T) {
	t.Parallel()
	const elsewhere = "elsewhere.example"
	for _, status := range []int{301, 302, 307, 308} {
		if underRace && status != 307 { // all of them without it
			continue
		}
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				must(t, w.sim.AddSite(sim.Site{Names: []string{elsewhere}}))
				var mu sync.Mutex
				var there []string
				w.again(func() {
					w.around = func(next dial) dial {
						return func(ctx context.Context, network, address string) (net.Conn, error) {
							if strings.HasPrefix(address, "127.0.0.5:") && !strings.HasSuffix(address, ":53") {
								mu.Lock()
								there = append(there, address)
								mu.Unlock()
							}
							return next(ctx, network, address)
						}
					}
				})
				// The way there is open, so the test would see it.
				if r, err := probe.New(w.internet(w.newWire()), nil).Get(w.t.Context(), probe.Request{URL: "https://" + elsewhere + "/"}); err != nil || len(there) != 1 {
					t.Fatalf("%+v, %v, %v", r, err, there)
				}
				there = nil
				s, _ := w.keyed(&sim.Answer{Status: status, Header: map[string]string{"Location": "https://" + elsewhere + "/health"}})
				w.bound(theName, "X-Api-Key")
				job := w.begin(setup.JobApply, s)
				if j := w.end(job); j.State != setup.JobFailed {
					t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
				}
				p := w.preview(job)
				if p.Problem == nil || p.Problem.Code != "other-status" || !strings.Contains(p.Summary, "answered "+strconv.Itoa(status)) ||
					!strings.Contains(p.Problem.Fix, "Change the test of /orders on the page API and paths") {
					t.Errorf("said: %s, %+v", p.Summary, p.Problem)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(there) > 0 {
					t.Errorf("asked the other host: %v", there)
				}
			})
		})
	}
}
