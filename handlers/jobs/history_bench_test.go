package jobs_test

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
)

// BenchmarkHistory is the page of the job history with 100,000 jobs of 2,000
// names, beside one without any: each operation asks both. x-empty is a
// percentile of the long one over that of the empty one.
//
//	go test -run '^$' -bench History -benchtime 200x ./handlers
func BenchmarkHistory(b *testing.B) {
	empty, long := handlerstest.NewJobSite(b), handlerstest.NewJobSite(b)
	history(long, 2000, 50)
	for _, c := range []struct{ name, path string }{
		{"newest", "/jobs"},
		{"deep", "/jobs?before=5000"},
		{"failed", "/jobs?status=failed&before=60000"},
		{"running", "/jobs?status=running"},
		{"kind", "/jobs?kind=invalidate"},
		{"week", "/jobs?when=week"},
		{"domain", "/jobs?q=n01234.harborview.example"},
		{"part-of-all", "/jobs?q=harborview"},
		{"resource", "/jobs?q=E01234"},
		{"request", "/jobs?q=req-54321-1"},
		{"person", "/jobs?person=nobody"},
		{"tag", "/jobs?tag=team%3Dpay"},
		{"nothing", "/jobs?q=there-is-no-such-thing"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var first, second []time.Duration
			for range b.N {
				first = append(first, timed(empty, c.path))
				second = append(second, timed(long, c.path))
			}
			slices.Sort(first)
			slices.Sort(second)
			at := func(d []time.Duration, percent int) float64 {
				return float64(d[len(d)*percent/100].Microseconds()) / 1000
			}
			b.ReportMetric(at(second, 50), "ms-p50")
			b.ReportMetric(at(second, 95), "ms-p95")
			b.ReportMetric(at(second, 50)/at(first, 50), "x-empty-p50")
			b.ReportMetric(at(second, 95)/at(first, 95), "x-empty-p95")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// timed reads a page and says how long that took.
func timed(s *handlerstest.JobSite, path string) time.Duration {
	s.T.Helper()
	r, err := http.NewRequestWithContext(s.T.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, c := range s.Cookies {
		r.AddCookie(c)
	}
	began := time.Now()
	resp, err := s.Client.Do(r)
	if err != nil {
		s.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		s.T.Fatalf("GET %s: status %d, error %v", path, resp.StatusCode, err)
	}
	return time.Since(began)
}

// history fills the database with so many names, each with so many finished
// jobs, one in fifty of them failed, and three calls for each.
func history(s *handlerstest.JobSite, names, each int) {
	s.T.Helper()
	db, now := s.Store.Writer(), strconv.FormatInt(s.Store.Now().UnixMilli(), 10)
	for _, q := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO setups (id, account_id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at)
		SELECT printf('s%05d', i), '482177301954', printf('n%05d.harborview.example', i), '{}', 1, 1, 'Mira Okafor', 1, 'Mira Okafor', 1 FROM n WHERE $2 > 0`,
		`INSERT INTO resources (setup_id, number, unwanted_since, left_since, removed_at, key, type, id, arn, region, owned, state, token, attributes, saved_at)
		SELECT id, 0, 0, 0, 0, 'distribution', 'AWS::CloudFront::Distribution', 'E' || substr(id, 2), 'arn:aws:cloudfront::482177301954:distribution/E' || substr(id, 2),
			'us-east-1', 1, 'Deployed', '', '{}', 1 FROM setups WHERE $1 > 0 AND $2 > 0`,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1 * $2)
		INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
		SELECT i, 1, printf('s%05d', 1 + i % $1), printf('n%05d.harborview.example', 1 + i % $1), CASE i % 10 WHEN 0 THEN 'invalidate' ELSE 'apply' END,
			CASE i % 50 WHEN 0 THEN 'failed' ELSE 'succeeded' END, '{}', 'default', '482177301954', 'eu-west-1', 'Mira Okafor',
			NOW - ($1 * $2 - i) * 60000, 1, 2, 3, 0, 0 FROM n`,
		`INSERT INTO calls (job_id, id, step, attempt, service, operation, region, status, code, message, request_id, writes, started_at, took)
		SELECT j.id, k.i, 'identity', 1, 'sts', 'GetCallerIdentity', 'us-east-1', 200, '', '', 'req-' || j.id || '-' || k.i, 0, 1, 1
		FROM jobs j, (SELECT 1 AS i UNION SELECT 2 UNION SELECT 3) AS k WHERE $1 > 0 AND $2 > 0`,
	} {
		if _, err := db.ExecContext(s.T.Context(), strings.ReplaceAll(q, "NOW", now), names, each); err != nil {
			s.T.Fatal(err)
		}
	}
}
