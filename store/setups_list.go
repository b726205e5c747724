package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// A SetupRow is a setup with how things stand and its newest job.
type SetupRow struct {
	Setup    setup.Setup
	LastJob  *setup.Job // nil: none
	State    setup.State
	Plan     setup.Schedule
	Guard    setup.Guard
	Findings int // outstanding ones that nobody muted
}

// A SetupGroup is setups that a list shows together.
type SetupGroup string

// The groups. Each setup is in one.
const (
	GroupNeeds    SetupGroup = "need-you"
	GroupServing  SetupGroup = "serving"
	GroupChanging SetupGroup = "being-changed"
	GroupNotInUse SetupGroup = "not-in-use"
	GroupDown     SetupGroup = "taken-down"
)

// CertificatesFilter is which certificates the setups of a list have.
type CertificatesFilter string

// The filters of certificates. What is not known of them fits none.
const (
	CertificatesStopped CertificatesFilter = "stopped" // one will not renew by itself
	CertificatesUnder30 CertificatesFilter = "30"      // one ends within so many days
	CertificatesUnder60 CertificatesFilter = "60"
)

// days is the limit of the filter; 0: none.
func (c CertificatesFilter) days() int {
	switch c {
	case CertificatesUnder30:
		return 30
	case CertificatesUnder60:
		return 60
	case CertificatesStopped:
	}
	return 0
}

// A SetupFilter says which setups are listed.
type SetupFilter struct {
	Query         string     // in the name, or how the ID of something that the setup has begins; see meant
	Group         SetupGroup // "": all but those that are taken down
	Certificates  CertificatesFilter
	Account       string // its number; "": any
	Region        string // of the API; "": any
	Tag           string // "name=value", or "name" for any value; "": whatever tags they have
	Limit, Offset int
}

const (
	// setupsJoined are the setups of a list, with what decides their places.
	setupsJoined = `
		FROM setups s
		LEFT JOIN jobs j ON j.id = (SELECT MAX(id) FROM jobs WHERE setup_id = s.id)
		LEFT JOIN states st ON st.setup_id = s.id AND st.number = (SELECT MAX(number) FROM states WHERE setup_id = s.id)
		LEFT JOIN guards g ON g.setup_id = s.id`
	// setupRank is the place of a setup in a list, by what it needs. A certificate
	// that was made so, such as an imported one, counts once a check complains.
	setupRank = `CASE
			WHEN st.state IN ('taken-down', 'given-back') THEN 9
			WHEN st.state = 'not-answering' THEN 0
			WHEN j.state = 'needs-you' OR (j.failed > 0 AND j.state = 'running') THEN 1
			WHEN st.state = 'not-finished' OR st.state IS NULL THEN 2
			WHEN st.state = 'not-checked' THEN 3
			WHEN st.state = 'drifted' THEN 4
			WHEN g.stopped = 1 AND EXISTS (SELECT 1 FROM findings x WHERE x.setup_id = s.id AND x.closed_at = 0 AND x.muted_at = 0
				AND (x.key LIKE 'renewal/%' OR x.key LIKE 'validation/%')) THEN 5
			WHEN st.state IN ('being-made', 'being-changed', 'being-taken-down') THEN 6
			WHEN st.state IN ('ready', 'moved-back') THEN 7
			ELSE 8 END`
)

// SetupCounts is how many setups there are of each group.
type SetupCounts map[SetupGroup]int

// Of is how many a list of the group has.
func (c SetupCounts) Of(g SetupGroup) int {
	if g != "" {
		return c[g]
	}
	return c[GroupNeeds] + c[GroupChanging] + c[GroupNotInUse] + c[GroupServing]
}

// groupOf is the group of a rank.
func groupOf(rank int) SetupGroup {
	switch rank {
	case 6:
		return GroupChanging
	case 7:
		return GroupNotInUse
	case 8:
		return GroupServing
	case 9:
		return GroupDown
	}
	return GroupNeeds
}

// ranks are the ranks of the filter's group, from the first to the last.
func (f SetupFilter) ranks() (first, last int) {
	switch f.Group {
	case GroupNeeds:
		return 0, 5
	case GroupChanging:
		return 6, 6
	case GroupNotInUse:
		return 7, 7
	case GroupServing:
		return 8, 8
	case GroupDown:
		return 9, 9
	}
	return 0, 8
}

// meant is the condition that a setup is one that people mean who type q: a part of its
// name or of that of its connection, its account number, or the beginning of an ID, a
// domain name or an ARN of something that it has, or of the ID of an API that it maps.
// What begins with a slash is the beginning of a path that it maps; a slash alone is the
// path of that name.
func meant(q string) (string, []any) {
	name := `LOWER(s.name) LIKE $1 ESCAPE '\'`
	if strings.TrimSpace(q) == "" {
		return name, []any{like(q)}
	}
	if path, is := strings.CutPrefix(strings.TrimSpace(q), "/"); is {
		path = strconv.Quote(strings.TrimSuffix(path, "/")) // a path has no letter that JSON writes in another way
		if path != `""` {
			path = strings.TrimSuffix(path, `"`)
		}
		return `LOWER(s.spec) LIKE $1 ESCAPE '\'`, []any{like(`"path":` + path)}
	}
	q = strings.TrimSuffix(strings.TrimSpace(q), ".")
	begins := strings.TrimPrefix(like(q), "%")
	account := strings.NewReplacer(" ", "", "-", "").Replace(q)
	return `(` + name + ` OR s.account_id = $2 OR LOWER(s.spec) LIKE $3 ESCAPE '\'
		OR EXISTS (SELECT 1 FROM connections n WHERE n.id = s.connection AND LOWER(n.name) LIKE $1 ESCAPE '\')
		OR EXISTS (SELECT 1 FROM resources r WHERE r.setup_id = s.id AND (LOWER(r.id) LIKE $4 ESCAPE '\' OR LOWER(r.arn) LIKE $4 ESCAPE '\'
			OR LOWER(r.attributes) LIKE $5 ESCAPE '\')))`,
		[]any{like(q), account, `%"api_id":"` + begins, begins, `%"` + setup.AttrDomainName + `":"` + begins}
}

// where is the condition of the filter, but for its group, and its arguments.
func (f SetupFilter) where(now time.Time) (string, []any) {
	where, args := meant(f.Query)
	where = `s.hidden_at = 0 AND ` + where
	if f.Certificates == CertificatesStopped {
		where += ` AND g.stopped = 1`
	} else if days := f.Certificates.days(); days > 0 {
		args = append(args, ms(now.Add(time.Duration(days)*24*time.Hour)))
		where += fmt.Sprintf(` AND g.ends_at > 0 AND g.ends_at < $%d`, len(args))
	}
	if f.Account != "" {
		args = append(args, f.Account)
		where += fmt.Sprintf(` AND s.account_id = $%d`, len(args))
	}
	if f.Region != "" {
		args = append(args, f.Region)
		where += fmt.Sprintf(` AND s.region = $%d`, len(args))
	}
	if f.Tag != "" {
		args = append(args, tagText(f.Tag))
		where += fmt.Sprintf(` AND `+hasTag, len(args))
	}
	return where, args
}

// Setups lists the setups of the filter: those that do not answer first, then those
// that need somebody, that differ, whose certificates will not renew, at work, not in
// use, and serving, each by name. counts is how many of each group there are, whatever
// the filter's group. Whatever is found, it asks the database twice. Those removed
// from the list are not among them.
func (s *Store) Setups(ctx context.Context, f SetupFilter) (list []SetupRow, counts SetupCounts, err error) {
	where, args := f.where(s.Now())
	type count struct{ rank, n int }
	ranks, err := all(ctx, s.reader, func(row scanner) (c count, err error) { return c, row.Scan(&c.rank, &c.n) },
		`SELECT r.k, COUNT(*) FROM (SELECT `+setupRank+` AS k`+setupsJoined+` WHERE `+where+`) r GROUP BY r.k`, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("count setups: %w", err)
	}
	counts = SetupCounts{}
	for _, r := range ranks {
		counts[groupOf(r.rank)] += r.n
	}
	first, last := f.ranks()
	n := len(args)
	list, err = all(ctx, s.reader, scanSetupRow, fmt.Sprintf(`
		SELECT `+setupColumns+`, COALESCE(st.state, ''), COALESCE(st.job, 0), COALESCE(st.since, 0),
			COALESCE(p.every, 0), COALESCE(p.next_at, 0), COALESCE(p.told_at, 0), COALESCE(g.terms, ''), COALESCE(g.seen_at, 0),
			(SELECT COUNT(*) FROM findings WHERE setup_id = s.id AND closed_at = 0 AND muted_at = 0
				AND seen_at >= COALESCE((SELECT CASE WHEN e.state = 'succeeded' THEN e.finished_at ELSE 0 END FROM jobs e
					WHERE e.setup_id = s.id AND e.kind <> 'invalidate' AND e.state NOT IN `+activeStates+` ORDER BY e.id DESC LIMIT 1), 0)), `+jobColumns+
		`%s LEFT JOIN schedules p ON p.setup_id = s.id
		WHERE %s AND %s BETWEEN $%d AND $%d ORDER BY %s, s.name, s.id LIMIT $%d OFFSET $%d`,
		setupsJoined, where, setupRank, n+1, n+2, setupRank, n+3, n+4), append(args, first, last, f.Limit, f.Offset)...)
	if err != nil {
		return nil, nil, fmt.Errorf("list setups: %w", err)
	}
	return list, counts, nil
}

// A SetupPlace is an account and a Region in which there are setups, and a connection by
// which they are reached.
type SetupPlace struct {
	Account, Region string
	Connection      string // ID
	Name            string // of the connection, if it is stored; "" for others and deleted ones
	Waits           int    // how many checks of its setups were ordered with many others, and wait for their turn
}

// SetupPlaces are the accounts and Regions of all setups of the list, whatever the filter.
func (s *Store) SetupPlaces(ctx context.Context) ([]SetupPlace, error) {
	list, err := all(ctx, s.reader, func(row scanner) (p SetupPlace, err error) {
		return p, row.Scan(&p.Account, &p.Region, &p.Connection, &p.Name, &p.Waits)
	}, fmt.Sprintf(`
		SELECT s.account_id, s.region, s.connection, COALESCE(n.name, ''), COUNT(c.id) FROM setups s
		LEFT JOIN connections n ON n.id = s.connection
		LEFT JOIN checks c ON c.setup_id = s.id AND `+waiting+`
		WHERE s.hidden_at = 0 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3`, 1, 2), ms(s.Now()), ms(s.Now().Add(longestLease)))
	if err != nil {
		return nil, fmt.Errorf("list the accounts and regions of setups: %w", err)
	}
	return list, nil
}

func scanSetupRow(row scanner) (SetupRow, error) {
	var r setupRow
	var j optionalJob
	var l SetupRow
	var state, terms string
	var since, every, next, told, seen int64
	if err := row.Scan(slices.Concat(r.dest(), []any{&state, &l.State.Job, &since, &every, &next, &told, &terms, &seen, &l.Findings}, j.dest())...); err != nil {
		return SetupRow{}, err
	}
	l.State.ID, l.State.Since, l.Plan = setup.StateID(state), at(since), schedule(every, next, told)
	if state == "" {
		l.State.ID = setup.StateNotFinished // no job was ever begun
	}
	l.Guard.SeenAt = at(seen)
	err := decode(terms, &l.Guard.Terms)
	if err != nil {
		return l, err
	}
	if l.Setup, err = r.value(); err != nil {
		return SetupRow{}, err
	}
	l.LastJob, err = j.value()
	return l, err
}
