package worker_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"

	"apifront/cloud/sim"
	"apifront/setup"
)

// The custom domain is made within seconds of the certificate, with one call.
// API Gateway may learn of the certificate at once or seconds later, and AWS's
// clock may differ from ours.
func TestDomainSecondsAfterTheCertificate(t *testing.T) {
	for i, lag := range []time.Duration{0, 2 * time.Second, sim.RealPace().GatewayLag} {
		for k, ahead := range []time.Duration{0, 3 * time.Minute, -3 * time.Minute, 0, 0} {
			if underRace && k != i { // all of them without it
				continue
			}
			t.Run(fmt.Sprintf("API Gateway knows after %s, AWS's clock %s, %d", lag, ahead, k), func(t *testing.T) {
				pace := sim.RealPace()
				pace.GatewayLag = lag
				// Looks at ACM fall into all parts of the second after ISSUED.
				pace.IssueDelay += time.Duration(3*k+i) * 800 * time.Millisecond
				inPacedWorld(t, pace, func(w *world) {
					w.wire.edit = func(r *http.Response) { moveClock(w.t, r, ahead) }
					job := w.begin(setup.JobApply, w.draft(variant{}))
					w.done(job)
					made, refused := w.domainCalls()
					if len(refused) > 0 || len(made) != 1 {
						w.t.Fatalf("CreateDomainName was answered %d times and refused at %v", len(made), refused)
					}
					// A look at ACM comes every 5 s. API Gateway gets 5 s, and answers take their time.
					if took := made[0]; took > 11*time.Second {
						w.t.Errorf("the custom domain was asked for %s after ISSUED", took)
					}
					w.t.Logf("ISSUED to CreateDomainName: %s", made[0].Round(100*time.Millisecond))
				})
			})
		}
	}
}

// An API Gateway that takes longer than usual refuses once. What is said
// meanwhile names the certificate and no quota, and the turn is used once more
// only.
func TestDomainWhenAPIGatewayLearnsLate(t *testing.T) {
	pace := sim.RealPace()
	pace.GatewayLag = 20 * time.Second
	inPacedWorld(t, pace, func(w *world) {
		job := w.begin(setup.JobApply, w.draft(variant{}))
		said := map[string]setup.StepState{}
		for range 1200 {
			list, err := w.store.Steps(w.t.Context(), job)
			must(w.t, err)
			for _, p := range list {
				if p.ID == "domain" {
					said[p.Summary] = p.State
				}
			}
			time.Sleep(500 * time.Millisecond)
		}
		w.done(job)
		made, refused := w.domainCalls()
		if len(refused) != 1 || len(made) != 1 || made[0] > refused[0]+32*time.Second {
			w.t.Errorf("CreateDomainName was refused %v and answered %v after ISSUED; want the next turn", refused, made)
		}
		named := false
		for text, state := range said {
			if strings.Contains(text, "allows one") {
				w.t.Errorf("the step says of a certificate that is not known yet: %s", text)
			}
			if strings.Contains(text, "does not know yet that ACM has issued") {
				named = true
				if state != setup.StepRunning || !regexp.MustCompile(`in \d+ s`).MatchString(text) {
					w.t.Errorf("%s: %s", state, text)
				}
			}
		}
		if !named {
			w.t.Errorf("the step never says what it waits for: %v", said)
		}
		attempts, err := w.store.Attempts(w.t.Context(), job)
		must(w.t, err)
		for _, a := range attempts {
			if a.StepID == "domain" && a.Number > 1 {
				w.t.Errorf("attempt %d", a.Number)
			}
		}
		w.t.Logf("ISSUED to the custom domain: refused after %v, made after %v", refused, made)
	})
}

// domainCalls are how long after ISSUED each CreateDomainName came, by how it
// ended.
func (w *world) domainCalls() (made, refused []time.Duration) {
	w.t.Helper()
	list, err := w.outside("eu-west-1").ACM("eu-west-1").ListCertificates(w.t.Context(), &acm.ListCertificatesInput{})
	must(w.t, err)
	var issued time.Time
	for _, c := range list.CertificateSummaryList {
		if aws.ToString(c.DomainName) == theName {
			issued = aws.ToTime(c.IssuedAt)
		}
	}
	for _, c := range w.sim.Calls() {
		switch {
		case c.Operation != "CreateDomainName":
		case c.Status == http.StatusCreated:
			made = append(made, c.At.Sub(issued))
		default:
			refused = append(refused, c.At.Sub(issued))
		}
	}
	return made, refused
}

// moveClock makes an answer one of an AWS whose clock is ahead.
func moveClock(t *testing.T, r *http.Response, ahead time.Duration) {
	if at, err := http.ParseTime(r.Header.Get("Date")); err == nil {
		r.Header.Set("Date", at.Add(ahead).Format(http.TimeFormat))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	body = regexp.MustCompile(`"IssuedAt":[0-9.eE+]+`).ReplaceAllFunc(body, func(b []byte) []byte {
		at, err := strconv.ParseFloat(strings.TrimPrefix(string(b), `"IssuedAt":`), 64)
		if err != nil {
			t.Error(err)
		}
		return fmt.Appendf(nil, `"IssuedAt":%.3f`, at+ahead.Seconds())
	})
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
}
