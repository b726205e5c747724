//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// stageSeen is a look at so many paths by four ways and at so many servers of DNS.
func stageSeen(paths, servers int) *setup.Seen {
	at := time.Now()
	v := &setup.Seen{}
	for i := range paths {
		for _, rung := range []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName} {
			e := setup.Evidence{
				Rung: rung, Path: fmt.Sprintf("/orders-%d", i), Method: "GET", URL: fmt.Sprintf("https://api.harborview.example/orders-%d/health", i), At: at, Status: 200,
				Dialed: "d2k7hqz1x9wqpl.cloudfront.net", Key: "APIFRONT_PROBE_KEY_ORDERS", Address: "203.0.113.7:443",
				Header: map[string]string{"X-Amzn-Requestid": "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", "X-Cache": "Miss from cloudfront", "Content-Type": "application/json", "Via": "1.1 " + strings.Repeat("0123456789abcdef", 4) + ".cloudfront.net (CloudFront)"},
				Names:  []string{"api.harborview.example", "*.harborview.example"}, Begins: at.Add(-30 * 24 * time.Hour), Expires: at.Add(300 * 24 * time.Hour),
				Resolve: 12 * time.Millisecond, Connect: 21 * time.Millisecond, TLS: 34 * time.Millisecond, FirstByte: 187 * time.Millisecond,
			}
			switch {
			case i%3 == 1 && rung == setup.RungDistribution:
				e.Status, e.Header = 502, map[string]string{"Server": "nginx/1.24.0"}
				e.Excerpt = "<!DOCTYPE html> <html> <head> <title>Welcome to nginx!</title> </head> <body> <h1>Welcome to nginx!</h1> " + strings.Repeat("W", 120)
			case i%3 == 2 && rung == setup.RungName:
				e.Status, e.Header, e.Failed, e.Error = 0, nil, "tls", "tls: failed to verify certificate: x509: certificate is valid for *.cloudfront.net, not api.harborview.example"
			}
			v.Requests = append(v.Requests, e)
		}
	}
	for i := range servers {
		a := setup.DNSAnswer{Name: "api.harborview.example", Type: "A", Server: fmt.Sprintf("ns-%d.awsdns-04.com", 64+i), Address: "203.0.113.53:53", Code: "NOERROR", Records: []string{"203.0.113.7", "203.0.113.8"}, TTL: 5 * time.Minute}
		switch i % 4 {
		case 2:
			a.Server, a.Address, a.Resolver, a.CNAMEs = "1.1.1.1:53", "", true, []string{"d2k7hqz1x9wqpl.cloudfront.net"}
		case 3:
			a.Code, a.Records, a.TTL, a.Error = "", nil, 0, "read udp 192.0.2.9:40112->203.0.113.53:53: i/o timeout"
		}
		v.Answers = append(v.Answers, a)
	}
	return v
}

// seenStates are what steps saw from outside: a little, and as much as is kept.
func seenStates(t *testing.T) []state {
	s := newStage(t, true)
	start := func(name string) *stagedJob {
		j := s.start(s.draft(stageSpec(name+".harborview.example", 2)), setup.JobApply, setup.JobInput{})
		j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed")
		return j
	}
	failed := store.Outcome{State: setup.StepFailed, Summary: "1 of 2 requests passed. /orders-1 answered 502", Problem: &setup.Problem{
		What: "The test of /orders-1 did not reach the API.", Why: "GET /orders-1 answered 502.", Fix: "Look at the origin, then re-run the step.", Service: "apifront",
	}}
	some, much := start("some"), start("much")
	some.pass("preview", store.Outcome{State: setup.StepRunning, Summary: "Tried again", After: time.Hour, Seen: stageSeen(2, 2)}, stageCall("https", "GET api.harborview.example/orders-1"))
	failed.Seen = stageSeen(2, 4)
	some.pass("preview", failed)
	failed.Seen = stageSeen(14, 24)
	much.pass("preview", failed)
	page := func(j *stagedJob) string { return fmt.Sprintf("/jobs/%d", j.id) }
	return []state{
		{name: "job-seen", on: s, path: page(some)},
		{name: "job-seen-much", on: s, path: page(much)},
		{name: "seen", on: s, path: page(some) + "/steps/preview/seen"},
		{name: "seen-before", on: s, path: page(some) + "/steps/preview/seen?attempt=1"},
		{name: "seen-much", on: s, path: page(much) + "/steps/preview/seen"},
		{name: "seen-nothing", on: s, path: page(some) + "/steps/identity/seen"},
	}
}
