package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apifront/store/storetest"
)

// BenchmarkSearchSetups asks for the first page of the list of setups, each with eight
// things in AWS: as it is opened, by a part of a name, and by an ID, which looks at
// everything that setups have. The ratio is to the list as it is opened.
func BenchmarkSearchSetups(b *testing.B) {
	const things = 8
	for _, n := range []int{500, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ctx := context.Background()
			s, err := Open(ctx, storetest.File(b, filepath.Join(b.TempDir(), "test.db"), migrate))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			for _, q := range []string{
				`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
				INSERT INTO setups (id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at, account_id, region, connection)
				SELECT printf('s%05d', i), printf('n%05d.shop.example', i), printf('{"api":{"mappings":[{"api_id":"a%05d"}]},"domain":{"name":"n%05d.shop.example"}}', i, i), 1, 1, 'Ada', 1, 'Ada', 1,
					printf('4821773%05d', i / 100), 'eu-west-1', 'default' FROM n`,
				fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 * %d - 1)
				INSERT INTO resources (setup_id, key, number, type, id, arn, region, owned, state, token, attributes, saved_at, unwanted_since, left_since, removed_at)
				SELECT printf('s%%05d', 1 + i / %d), printf('key-%%d', i %% %d), 0, 'Distribution', printf('E%%013d', i), printf('arn:aws:cloudfront::482177301954:distribution/E%%013d', i), 'us-east-1', 1, 'Deployed', 'token',
					printf('{"domain-name":"d%%013d.cloudfront.net","record-name":"_%%032d.shop.example","record-value":"_%%032d.acm-validations.aws"}', i, i, i), 1, 0, 0, 0 FROM n`, things, things, things),
			} {
				if _, err := s.Writer().ExecContext(ctx, q, n); err != nil {
					b.Fatal(err)
				}
			}
			queries := []struct {
				name, q string
				finds   int
			}{{"opened", "", 25}, {"part of a name", "n00042", 1}, {"ID", fmt.Sprintf("E%013d", 8*400), 1}, {"nothing", "E9999", 0}}
			took := make([]time.Duration, len(queries))
			for b.Loop() {
				for i, x := range queries { // in turn, so that what else the machine does is shared
					began := time.Now()
					list, _, err := s.Setups(ctx, SetupFilter{Query: x.q, Limit: 25})
					took[i] += time.Since(began)
					if err != nil || len(list) != x.finds {
						b.Fatalf("%s: %d setups, %v", x.name, len(list), err)
					}
				}
			}
			b.ReportMetric(float64(took[0].Milliseconds())/float64(b.N), "ms/opened")
			for i, x := range queries[1:] {
				b.ReportMetric(float64(took[i+1])/float64(took[0]), "ratio:"+strings.ReplaceAll(x.name, " ", "-"))
			}
		})
	}
}
