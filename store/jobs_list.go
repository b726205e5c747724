package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// JobFilter says which jobs to list. Zero fields do not filter.
type JobFilter struct {
	States  []setup.JobState
	Kind    setup.JobKind
	Query   string // part of a domain name, a resource's ID or ARN, a request ID, or a job's number
	SetupID string
	Person  string    // ID of who started them
	Tag     string    // of their setups, as in SetupFilter
	Since   time.Time // created at or after
	Before  int64     // with a lower number: the next page
	Limit   int       // 0: 25

	found *[]string // names that the query is a part of, as Find found them
}

// Find looks up the names that the filter's query is a part of, for a filter
// that is used more than once. Jobs and CountJobs do it themselves for any other
// filter.
func (s *Store) Find(ctx context.Context, f JobFilter) (JobFilter, error) {
	q := strings.TrimSpace(f.Query)
	if q == "" || f.found != nil {
		return f, nil
	}
	names, err := all(ctx, s.reader, func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM setups WHERE LOWER(name) LIKE $1 ESCAPE '\' LIMIT $2`, like(q), fewNames+1)
	if err != nil {
		return f, fmt.Errorf("find jobs: %w", err)
	}
	f.found = &names
	return f, nil
}

// Counted is up to how many jobs of a state CountJobs counts: a history of any
// length is counted in the same time.
const Counted = 1000

// Limits of a search.
const (
	// countedFound is Counted for a search that finds many names.
	countedFound = 100
	// fewNames is how many names a search may find for their jobs to be looked
	// up by name. With more, most jobs are among them, so that reading the
	// history from its end finds a page of them sooner.
	fewNames = 20
	// clocks is how far the clocks of replicas may differ.
	clocks = time.Minute
)

// A condition is a part of a query's WHERE with its arguments.
type condition struct {
	text []string
	args []any
}

func (c *condition) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *condition) and(text string) { c.text = append(c.text, text) }

// where is all of it, with one part more if that is not "".
func (c *condition) where(more string) string {
	text := c.text
	if more != "" {
		text = append(text[:len(text):len(text)], more)
	}
	if len(text) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(text, " AND ")
}

// condition is the filter without States and Before. few: a search that finds
// few names, and so few jobs.
func (s *Store) condition(ctx context.Context, f JobFilter) (c *condition, few bool, err error) {
	c = &condition{}
	if f.Kind != "" {
		c.and("j.kind = " + c.arg(string(f.Kind)))
	}
	if f.SetupID != "" {
		c.and("j.setup_id = " + c.arg(f.SetupID))
	}
	if f.Person != "" {
		c.and("j.created_by_id = " + c.arg(f.Person))
	}
	if f.Tag != "" {
		c.arg(tagText(f.Tag))
		c.and(fmt.Sprintf("j.setup_id IN (SELECT s.id FROM setups s WHERE "+hasTag+")", len(c.args)))
	}
	if !f.Since.IsZero() {
		// Numbers rise with time, so that the older jobs need not be read.
		c.and("j.created_at >= " + c.arg(ms(f.Since)))
		c.and("j.id >= COALESCE((SELECT id FROM jobs WHERE created_at >= " + c.arg(ms(f.Since.Add(-clocks))) + " ORDER BY created_at, id LIMIT 1), 0)")
	}
	q := strings.TrimSpace(f.Query)
	if q == "" {
		return c, false, nil
	}
	if f, err = s.Find(ctx, f); err != nil {
		return nil, false, err
	}
	exact := c.arg(q)
	others := `SELECT id FROM jobs WHERE setup_id IN (SELECT setup_id FROM resources WHERE id = ` + exact + ` UNION SELECT setup_id FROM resources WHERE arn = ` + exact + `)
		UNION SELECT job_id FROM calls WHERE request_id <> '' AND request_id = ` + exact
	if n, err := strconv.ParseInt(strings.TrimPrefix(q, "#"), 10, 64); err == nil {
		others += ` UNION SELECT id FROM jobs WHERE id = ` + c.arg(n)
	}
	if few = len(*f.found) <= fewNames; !few {
		c.and(`(LOWER(j.setup_name) LIKE ` + c.arg(like(q)) + ` ESCAPE '\' OR j.id IN (` + others + `))`)
		return c, few, nil
	}
	if len(*f.found) > 0 {
		others += ` UNION SELECT id FROM jobs WHERE setup_name IN (` + placeholders(len(c.args)+1, len(*f.found)) + `)`
		for _, name := range *f.found {
			c.arg(name)
		}
	}
	c.and(`j.id IN (` + others + `)`)
	return c, few, nil
}

// Jobs lists jobs, the newest first.
func (s *Store) Jobs(ctx context.Context, f JobFilter) ([]setup.Job, error) {
	c, _, err := s.condition(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	if len(f.States) > 0 {
		list := "j.state IN (" + placeholders(len(c.args)+1, len(f.States)) + ")"
		for _, state := range f.States {
			c.arg(string(state))
		}
		c.and(list)
	}
	if f.Before > 0 {
		c.and("j.id < " + c.arg(f.Before))
	}
	if f.Limit <= 0 {
		f.Limit = 25
	}
	list, err := all(ctx, s.reader, scanJob, `SELECT `+jobColumns+` FROM jobs j `+c.where("")+` ORDER BY j.id DESC LIMIT `+c.arg(f.Limit), c.args...)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return list, nil
}

// CountJobs counts the jobs of a filter by state. It passes over States, Before
// and Limit of the filter. A count that is below limit is exact; one that is
// equal to it means "at least so many". limit is Counted or less. For a setup,
// and for a search that finds few names, all counts are exact.
func (s *Store) CountJobs(ctx context.Context, f JobFilter) (counts map[setup.JobState]int, limit int, err error) {
	c, few, err := s.condition(ctx, f)
	if err != nil {
		return nil, 0, fmt.Errorf("count jobs: %w", err)
	}
	limit = Counted
	if f.Query != "" {
		limit = countedFound
	}
	query := `SELECT j.state, COUNT(*) FROM jobs j ` + c.where("") + ` GROUP BY j.state`
	if !few && f.SetupID == "" {
		most, each := c.arg(limit), []string{}
		for _, state := range setup.JobStates() {
			each = append(each, `SELECT '`+string(state)+`' AS state, COUNT(*) FROM (SELECT 1 FROM jobs j `+
				c.where(`j.state = '`+string(state)+`'`)+` ORDER BY j.id DESC LIMIT `+most+`) AS newest`)
		}
		query = strings.Join(each, " UNION ALL ")
	} else {
		limit = 1 << 30
	}
	counts = map[setup.JobState]int{}
	_, err = all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var state string
		var n int
		err := row.Scan(&state, &n)
		if n > 0 {
			counts[setup.JobState(state)] = n
		}
		return struct{}{}, err
	}, query, c.args...)
	if err != nil {
		return nil, 0, fmt.Errorf("count jobs: %w", err)
	}
	return counts, limit, nil
}
