package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/setup"
)

// Metrics are numbers of the whole installation, for programs that watch it. All
// replicas on one database have the same.
type Metrics struct {
	Setups        map[setup.StateID]int // by their state; those removed from the list are not among them
	ActiveJobs    map[setup.JobState]int
	OpenFindings  int                         // of checks, that nobody has put back, kept or silenced
	OverdueChecks int                         // scheduled checks whose time came more than a minute ago
	Deliveries    map[setup.DeliveryState]int // of notices that have not arrived
	Certificates  []CertificateEnd
}

// A CertificateEnd says until when the certificates of a setup last.
type CertificateEnd struct {
	Name, Account, Region string    // of the setup
	At                    time.Time // when the first of its certificates ends
}

// overdue is how late a check may be before it counts: checks keep a distance.
const overdue = time.Minute

// Metrics counts what there is now.
func (s *Store) Metrics(ctx context.Context) (m Metrics, err error) {
	counts := func(query string, args ...any) map[string]int {
		list := map[string]int{}
		_, e := all(ctx, s.reader, func(row scanner) (struct{}, error) {
			var key string
			var n int
			err := row.Scan(&key, &n)
			list[key] = n
			return struct{}{}, err
		}, query, args...)
		err = errors.Join(err, e)
		return list
	}
	m.Setups, m.ActiveJobs = map[setup.StateID]int{}, map[setup.JobState]int{}
	for state, n := range counts(`SELECT st.state, COUNT(*) FROM states st JOIN setups s ON s.id = st.setup_id
		WHERE s.hidden_at = 0 AND st.number = (SELECT MAX(number) FROM states WHERE setup_id = s.id) GROUP BY st.state`) {
		m.Setups[setup.StateID(state)] = n
	}
	for state, n := range counts(`SELECT state, COUNT(*) FROM jobs WHERE state IN ` + activeStates + ` GROUP BY state`) {
		m.ActiveJobs[setup.JobState(state)] = n
	}
	m.Deliveries = map[setup.DeliveryState]int{}
	for state, n := range counts(`SELECT state, COUNT(*) FROM deliveries WHERE state <> 'delivered' GROUP BY state`) {
		m.Deliveries[setup.DeliveryState(state)] = n
	}
	m.OpenFindings = counts(`SELECT 'open', COUNT(*) FROM findings f JOIN setups s ON s.id = f.setup_id
		WHERE s.hidden_at = 0 AND f.closed_at = 0 AND f.muted_at = 0`)["open"]
	m.OverdueChecks = counts(`SELECT 'overdue', COUNT(*) FROM schedules p JOIN setups s ON s.id = p.setup_id
		WHERE s.hidden_at = 0 AND p.every > 0 AND p.next_at > 0 AND p.next_at < $1`, ms(s.Now().Add(-overdue)))["overdue"]
	if err != nil {
		return Metrics{}, fmt.Errorf("count for metrics: %w", err)
	}
	m.Certificates, err = all(ctx, s.reader, func(row scanner) (c CertificateEnd, err error) {
		var ends int64
		err = row.Scan(&c.Name, &c.Account, &c.Region, &ends)
		c.At = at(ends)
		return c, err
	}, `SELECT s.name, s.account_id, s.region, g.ends_at FROM guards g JOIN setups s ON s.id = g.setup_id
		WHERE s.hidden_at = 0 AND g.ends_at > 0 ORDER BY s.name, s.account_id`)
	if err != nil {
		return Metrics{}, fmt.Errorf("certificates for metrics: %w", err)
	}
	return m, nil
}
