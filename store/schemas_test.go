package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"apifront/migrations"
	"apifront/setup"
)

// rowsOf are rows for the tables that a migration makes, as the program of
// that day wrote them. A new migration that makes a table, or that moves rows,
// adds its own here; no line is changed afterwards.
var rowsOf = map[int64]string{
	1: `
		INSERT INTO users VALUES ('u1', 'ada@example.com', 'Ada', 'hash', 'admin', 'dark', 1700000000000);
		INSERT INTO sessions VALUES ('t1', 'u1', 1700000000000, 1700000001000, 9900000000000, '::1', 'browser');
		INSERT INTO secrets VALUES ('install', 'AAEC', 1700000000000);`,
	2: `
		INSERT INTO setups VALUES ('s1', 'api.example.com', '{"domain":{"name":"api.example.com"}}', 0, 'review', 7, 1, 'Ada', 1700000000000, 'Ada', 1700000002000);
		INSERT INTO setups VALUES ('s2', 'next.example.com', '{"domain":{"name":"next.example.com"}}', 1, 'domain', 2, 1, 'Ada', 1700000000000, 'Ada', 1700000002000);
		INSERT INTO resources VALUES ('s1', 'distribution', 'Distribution', 'E123', 'arn:aws:cloudfront::1:distribution/E123', '', 1, 'Deployed', 'tok', '{"domain-name":"d1.cloudfront.net"}', 1700000003000);`,
	3: `
		INSERT INTO counters VALUES ('jobs', 41);
		INSERT INTO counters VALUES ('steps', 502);
		INSERT INTO jobs VALUES (41, 's1', 'api.example.com', 'apply', 'running', '{}', 'default', '123456789012', 'eu-west-1', 'Ada', 1700000000000, 1700000001000, 0, 3, 0, 0);
		INSERT INTO steps VALUES (501, 41, 'identity', 1, 'Identity', 'STS', 'done', '[]', 'It is 123456789012.', '', '', 1700000002000, 1700000001000, 1700000002000, 1, 0, 'worker', 0, 0, 1, 1, 0, 0, 0);
		INSERT INTO steps VALUES (502, 41, 'distribution', 2, 'Distribution', 'CloudFront', 'running', '["identity"]', 'In progress', '', '', 1700000003000, 1700000002000, 0, 1, 1, 'worker', 0, 1700000002000, 2, 2, 0, 1700000004000, 9);
		INSERT INTO attempts VALUES (41, 'distribution', 1, 'worker', 'running', '', 1700000002000, 0);
		INSERT INTO calls VALUES (41, 2, 'distribution', 1, 'CloudFront', 'CreateDistribution', 'us-east-1', 201, '', '', 'req-1', 1, 1700000002000, 345678);
		INSERT INTO events VALUES (41, 1, 1700000000000, 'job', '', 0, 'Started by Ada.');
		INSERT INTO events VALUES (41, 2, 1700000002000, 'call', 'distribution', 1, 'CloudFront CreateDistribution');
		INSERT INTO events VALUES (41, 3, 1700000003000, 'step', 'distribution', 1, 'In progress');`,
	4: `
		INSERT INTO looks VALUES ('zones', 'default', '', '', '[]', '', 1700000000000, 1700000001000, 1, 0, '', 0);`,
	5: `
		INSERT INTO turns VALUES ('123456789012/eu-west-1/apigateway:CreateDomainName', 1700000000000);
		INSERT INTO places VALUES ('123456789012/eu-west-1/apigateway:CreateDomainName', 'job 41 domain', 1700000030000);`,
	9: `
		INSERT INTO links VALUES ('l1', 'hash', NULL, 'ida@example.com', 'operator', 'Ada', 1700000000000, 9900000000000);
		INSERT INTO tries VALUES ('hash', 3, 1700000000000, 1700000000000);`,
	10: `
		INSERT INTO counters VALUES ('audit', 1);
		INSERT INTO audit VALUES (1, 1700000000000, 'u1', 'Ada', 'ada@example.com', '::1', 'sign-in', 'user ada@example.com', 'done', 'browser', '', 'hash');`,
	11: `
		INSERT INTO identities VALUES ('https://id.example.com', 'sub', 'u1', 1700000000000);`,
	12: `
		INSERT INTO connections VALUES ('c1', 'Shop', 'shop', 'role', '', 'arn:aws:iam::123456789012:role/apifront', 'apifront-X', 'default', '["eu-west-1"]', 1, 'Ada', 1700000000000, 'Ada', 1700000000000);
		INSERT INTO external_ids VALUES ('apifront-X', 'c1', 1700000000000);`,
	14: `
		INSERT INTO trips VALUES ('hash', 9900000000000);`,
	15: `
		INSERT INTO revisions VALUES ('s1', 2, '{"domain":{"name":"api.example.com"}}', 1, 1, 'Go back to revision 1', 'Ada', 1700000000000);
		INSERT INTO former_setups VALUES ('s0', 's1', 1);`,
	16: `
		INSERT INTO revisions VALUES ('s1', 3, '{"domain":{"name":"api.example.com"}}', 1, 0, 'Change', 'Ada', 1700000000000, 'u1');
		INSERT INTO drafts VALUES ('d1', 's1', 3, 0, 'api.example.com', '{"domain":{"name":"api.example.com"}}', 'edge', 1, 0, 'Ada', 1700000000000, 'Ada', 1700000000000, 'u1', 'u1');`,
	19: `
		INSERT INTO checks VALUES ('k1', 's1', 1, 'person', 'Ada', 'u1', 1700000000000, 1700000000000, 1700000001000, 'findings', '{"here":"yes","answers":"no"}', '', 1, '[]', '', 0);
		INSERT INTO findings VALUES ('f1', 's1', 'distribution/Enabled', 1, '{"key":"distribution/Enabled"}', 1700000000000, 1700000001000, 0, 'Ada', 'u1', 1700000002000);
		INSERT INTO states VALUES ('s1', 2, 'drifted', 0, 1700000001000);`,
	20: `
		INSERT INTO checks VALUES ('k2', 's1', 1, 'schedule', '', '', 1700000000000, 1700000000000, 1700000001000, 'healthy', '{"here":"yes","answers":"yes"}', '', 0, '', '', 0, 7, 1690000001000);
		INSERT INTO paces VALUES ('checks', 1700000002000);`,
	28: `
		INSERT INTO trails VALUES ('f1', 'known', '{"last":{"event":"UpdateDistribution","at":"2023-11-14T22:13:20Z","who":"jonas"}}', 'default/us-east-1', 1690000000000, 1700000000000, 1, 1700000000000, 1700001200000, '', 0);`,
	29: `INSERT INTO diagnoses VALUES ('d1', 'api.example.com', '/health', 'default', 'eu-west-1', 'Ada', 'u1', 1700000000000, 1700000000100, 1700000007000, '', '', 'wrong', '2 wrong', 'Callers get 502.', '{"verdict":"wrong","head":"2 wrong"}', 1, '', 0);`,
	23: `INSERT INTO guards VALUES ('s1', '[{"key":"certificate-edge"}]', 1700000000000, 0, 1700000001000, 1700000001000);`,
	26: `INSERT INTO dns_looks VALUES ('s1', '{"zone":"example.com"}', 1700000001000);`,
	27: `INSERT INTO hops VALUES ('s1', 'k2', 1700000001000, '[{"part":"name","state":"right","claim":"Leads to CloudFront"}]');`,
	21: `INSERT INTO step_times VALUES (41, 'identity', 'apply', 0, 1000, 0, 0);`,
	22: `
		INSERT INTO notice_places VALUES ('p1', 'hook', 'deploy-bot', 'bots.example.com', 'c2VhbGVk', '["turn","drift"]', 'Ada', 'u1', 1700000000000, 1700000001000, 0);
		INSERT INTO notices VALUES ('n1', 's1', 'drift', '', '{"event":"setup.drifted","setup_id":"s1","setup":"api.example.com","title":"Changed","text":"Changed."}', 2, 1700000001000, 1700000000000, 1);
		INSERT INTO deliveries VALUES ('e1', 'n1', 'p1', 'waiting', 1700000060000, 1700000000000, 1, 1700000000000, '{"Status":503}', '', 0);
		INSERT INTO notice_known VALUES ('s1', 1, 0);`,
	17: `INSERT INTO probe_keys VALUES ('APIFRONT_PROBE_KEY_A', 'api.example.com', 'X-Api-Key', 'Ada', 'u1', 1700000000000);`,
	18: `INSERT INTO evidence VALUES (41, 'distribution', 1, 0, 1700000003000, '{"requests":[{"rung":"name","path":"/","method":"GET","url":"https://api.example.com/","at":"2023-11-14T22:13:20Z"}]}', '{"0":"hello"}', 1700604803000);`,
}

// schemas are the versions of all migrations, in order.
func schemas(t *testing.T) []int64 {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	must(t, err)
	var list []int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		must(t, err)
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

// A database of any earlier schema, with rows in each of its tables, is
// brought to the newest one: every row is there with all it had, and the
// database works.
func TestEveryEarlierSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for i := range all {
		t.Run(fmt.Sprint("from ", all[i]), func(t *testing.T) {
			t.Parallel()
			name := databaseName(t)
			old := oldDatabase(t, name, all[:i+1])
			s, err := Open(t.Context(), name)
			must(t, err)
			defer func() { must(t, s.Close()) }()
			for table, rows := range old {
				if diff := cmp.Diff(rows.lines, found(t, s.Writer(), table, rows.columns)); diff != "" {
					t.Errorf("the rows of %s are not what they were (before -, after +):\n%s", table, diff)
				}
			}
			works(t, s, all[i])
			if s.Postgres() {
				return
			}
			copies, err := filepath.Glob(s.Path() + fmt.Sprintf(".schema-%d.*", all[i]))
			must(t, err)
			if want := min(len(all)-1-i, 1); len(copies) != want {
				t.Errorf("there are %d copies of before, want %d", len(copies), want)
			}
		})
	}
}

// works uses what a database that had the schema holds.
func works(t *testing.T, s *Store, schema int64) {
	t.Helper()
	ctx := t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)
	if u, err := s.UserByEmail(ctx, "ada@example.com"); err != nil || u.Theme != "dark" {
		t.Errorf("the user is %+v, %v", u, err)
	}
	if schema < 2 {
		draft(t, s, "api.example.com")
		return
	}
	_, err := s.SaveDraft(ctx, "s2", 2, setup.PageEdge, "Ada", func(sp *setup.Spec) { sp.Account.Region = "eu-west-1" })
	must(t, err)
	n, err := s.StartJob(ctx, NewJob{DraftID: "s2", Kind: setup.JobApply, By: "Ada", Steps: []NewStep{{ID: "identity", Title: "Identity"}}})
	must(t, err)
	if schema < 3 {
		return
	}
	if n != 42 {
		t.Errorf("the next job has the number %d, want 42", n)
	}
	_, err = s.RingAll(ctx)
	must(t, err)
	bell := b.last
	for b.rung[bell] != 502 {
		if bell--; bell < 0 {
			t.Fatal("nobody rang for the old job's step")
		}
	}
	p, _, err := s.Claim(ctx, 502, bell, 1)
	must(t, err)
	if p == nil || p.Resources["distribution"].Token != "tok" {
		t.Fatalf("the old job's step was claimed as %+v", p)
	}
	must(t, s.Settle(ctx, p, Outcome{State: setup.StepDone}))
	if j, err := s.Job(ctx, 41); err != nil || j.State != setup.JobSucceeded {
		t.Errorf("the old job is %s, %v", j.State, err)
	} else if j.CreatedBy != (setup.Person{ID: "u1", Name: "Ada"}) {
		t.Errorf("the old job is by %+v", j.CreatedBy)
	}
}

// rows are what a table held.
type tableRows struct{ columns, lines []string }

// unmigrated is an empty database, and what carries migrations out on it.
func unmigrated(t *testing.T, name string) (*sql.DB, *goose.Provider) {
	t.Helper()
	var db *sql.DB
	dialect := goose.DialectSQLite3
	if isPostgres(name) {
		cfg, err := pgxpool.ParseConfig(name)
		must(t, err)
		dialect, db = goose.DialectPostgres, stdlib.OpenDB(*cfg.ConnConfig)
	} else {
		var err error
		db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: name}).EscapedPath(), RawQuery: "_pragma=foreign_keys(ON)"}).String())
		must(t, err)
	}
	p, err := goose.NewProvider(dialect, db, migrations.FS, goose.WithDisableGlobalRegistry(true))
	must(t, err)
	return db, p
}

// oldDatabase makes a database with the last of the schemas and rows in each
// table, and returns those.
func oldDatabase(t *testing.T, name string, upTo []int64) map[string]tableRows {
	t.Helper()
	ctx := t.Context()
	db, p := unmigrated(t, name)
	defer func() { must(t, db.Close()) }()
	for _, v := range upTo {
		_, err := p.UpTo(ctx, v)
		must(t, err)
		for statement := range strings.SplitSeq(rowsOf[v], ";\n") {
			_, err = db.ExecContext(ctx, statement)
			must(t, err)
		}
	}
	held := map[string]tableRows{}
	for _, table := range tables(t, db, isPostgres(name)) {
		columns := columnsOf(t, db, table)
		held[table] = tableRows{columns, dump(t, db, table, columns)}
		if len(held[table].lines) == 0 {
			t.Fatalf("with schema %d the table %s has no row: add one to rowsOf under the migration that makes the table", upTo[len(upTo)-1], table)
		}
	}
	return held
}

// tables are ours in a database.
func tables(t *testing.T, db *sql.DB, postgres bool) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`
	if postgres {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	list, err := all(t.Context(), db, func(row scanner) (string, error) {
		var name string
		return name, row.Scan(&name)
	}, query)
	must(t, err)
	return slices.DeleteFunc(list, func(name string) bool { return strings.HasPrefix(name, "goose_") })
}

func columnsOf(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM `+table+` LIMIT 1`)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	columns, err := rows.Columns()
	must(t, err)
	must(t, rows.Err())
	return columns
}

// found is dump for a table of any schema, wherever its rows went since.
func found(t *testing.T, db *sql.DB, table string, columns []string) []string {
	t.Helper()
	if table != "setups" || !slices.Contains(columns, "draft") {
		return dump(t, db, table, columns)
	}
	// Schema 15 made two tables of setups and drafts.
	keep := func(more map[string]string) []string {
		list := slices.Clone(columns)
		for i, c := range list {
			if v, ok := more[c]; ok {
				list[i] = v + " AS " + c
			}
		}
		return list
	}
	setups := dump(t, db, "setups", keep(map[string]string{"draft": "0", "page": "'review'", "version": "7"}))
	drafts := dump(t, db, "drafts", keep(map[string]string{"draft": "1", "generation": "1"}))
	all := slices.Concat(setups, drafts)
	for i := range all {
		all[i] = asBefore(all[i])
	}
	slices.Sort(all)
	return all
}

// asBefore is a line of dump without the words by which a column was named.
func asBefore(line string) string {
	return regexp.MustCompile(`\S+ AS (\w+)=`).ReplaceAllString(line, "$1=")
}

// dump is a table's rows, each as a line with the columns' names.
func dump(t *testing.T, db *sql.DB, table string, columns []string) []string {
	t.Helper()
	lines, err := all(t.Context(), db, func(row scanner) (string, error) {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range dest {
			dest[i] = &values[i]
		}
		err := row.Scan(dest...)
		line := ""
		for i, c := range columns {
			line += fmt.Sprintf("%s=%v ", c, values[i])
		}
		return line, err
	}, `SELECT `+strings.Join(columns, ", ")+` FROM `+table)
	must(t, err)
	slices.Sort(lines)
	return lines
}

// A migration that was released is never edited: databases that have carried
// it out would differ from new ones.
func TestMigrationsAreNeverEdited(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../migrations/released.sum")
	must(t, err)
	edited(t, migrations.FS, string(text), t.Errorf)
}

// edited complains about files that are not as the list has them.
func edited(t *testing.T, files fs.FS, list string, complain func(string, ...any)) {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(list) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			sum, name, _ := strings.Cut(line, "  ")
			sums[name] = sum
		}
	}
	names, err := fs.Glob(files, "*.sql")
	must(t, err)
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		must(t, err)
		sum := sha256.Sum256(text)
		switch is := hex.EncodeToString(sum[:]); sums[name] {
		case is:
		case "":
			complain("migrations/%s is not in migrations/released.sum. Until it is released, its line may change with it; add\n%s  %s", name, is, name)
		default:
			complain("migrations/%s was edited. If a version with it was released, put the file back and write a further migration that changes what it made. If none was, its line in migrations/released.sum is now\n%s  %s", name, is, name)
		}
		delete(sums, name)
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		complain("migrations/%s is gone: a released migration stays", name)
	}
}

func TestAnEditedMigrationIsSeen(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("a"))
	list := "# why\n" + hex.EncodeToString(sum[:]) + "  00001_a.sql\n"
	for want, files := range map[string]fstest.MapFS{
		"":           {"00001_a.sql": {Data: []byte("a")}},
		"was edited": {"00001_a.sql": {Data: []byte("b")}},
		"is not in":  {"00001_a.sql": {Data: []byte("a")}, "00002_b.sql": {Data: []byte("b")}},
		"is gone":    {},
	} {
		var said []string
		edited(t, files, list, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) })
		if got := strings.Join(said, "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
