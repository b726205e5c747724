package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A listed setup is one as a test of the list knows it.
type listed struct {
	name    string
	state   setup.StateID
	turn    bool // its job waits for a person
	hidden  bool
	stopped bool
	told    bool // a check complains that its certificate will not renew
	days    int  // until its first certificate ends; 0: not known

	account, region, connection string // region: "" before its first revision
}

// place is where the list has it, by the words of the guide: not answering, needs you
// (a turn, what is not finished, what cannot be checked), drifted, will not renew,
// changing, not in use, serving; and the tab of that.
func (l listed) place() (place int, tab SetupGroup) {
	switch {
	case l.state == setup.StateGone:
		return 9, GroupDown
	case l.state == setup.StateNotAnswering:
		return 0, GroupNeeds
	case l.turn:
		return 1, GroupNeeds
	case l.state == setup.StateNotFinished:
		return 2, GroupNeeds
	case l.state == setup.StateNotChecked:
		return 3, GroupNeeds
	case l.state == setup.StateDrifted:
		return 4, GroupNeeds
	case l.stopped && l.told:
		return 5, GroupNeeds
	case l.state == setup.StateBeingMade, l.state == setup.StateBeingChanged, l.state == setup.StateBeingGone:
		return 6, GroupChanging
	case l.state == setup.StateReady, l.state == setup.StateMovedBack:
		return 7, GroupNotInUse
	}
	return 8, GroupServing
}

// The list has the setups of its tab and filters, in the order of the guide, page by
// page, and each tab's count is what it shows with the same filters.
func TestTheListOfSetups(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := stopped(s)
	r := rand.New(rand.NewPCG(5, 11))
	states := []setup.StateID{
		setup.StateBeingMade, setup.StateBeingChanged, setup.StateBeingGone, setup.StateNotFinished, setup.StateGone, setup.StateNotChecked,
		setup.StateNotAnswering, setup.StateMovedBack, setup.StateReady, setup.StateDrifted, setup.StateServing,
	}
	var all []listed
	must(t, s.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, `INSERT INTO connections VALUES ('shop', 'Shop', 'shop', 'profile', 'shop', '', '', 'default', '[]', 1, 'Ada', 1, 'Ada', 1, '', '')`); err != nil {
			return err
		}
		for i := range 120 {
			l := listed{name: fmt.Sprintf("n%03d.example.com", r.Perm(1000)[0]*1000+i), state: states[i%len(states)], turn: r.IntN(8) == 0, hidden: r.IntN(10) == 0}
			if r.IntN(4) > 0 {
				l.days, l.stopped = 1+r.IntN(90), r.IntN(3) == 0
				l.told = l.stopped && r.IntN(2) == 0
			}
			l.turn = l.turn && l.state != setup.StateGone
			l.account, l.region = []string{"111111111111", "222222222222", ""}[r.IntN(3)], []string{"eu-west-1", "us-east-1", ""}[r.IntN(3)]
			l.connection = []string{"default", "shop", "deleted"}[r.IntN(3)]
			job := "succeeded"
			if l.turn {
				job = "needs-you"
			} else if r.IntN(4) == 0 {
				job = ""
			}
			id, hidden := fmt.Sprintf("s%03d", i), 0
			if l.hidden {
				hidden = 1
			}
			exec := func(q string, args ...any) error {
				_, err := tx.exec(ctx, q, args...)
				return err
			}
			err := exec(`INSERT INTO setups (id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at, hidden_at, account_id, region, connection) VALUES ($1, $2, $3, 1, 1, 'Ada', 1, 'Ada', 1, $4, $5, $6, $7)`,
				id, l.name, `{"domain":{"name":"`+l.name+`"}}`, hidden, l.account, l.region, l.connection)
			if err == nil {
				err = exec(`INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, 1, 'serving', 0, 1), ($1, 2, $2, 0, 2)`, id, string(l.state))
			}
			if err == nil && job != "" { // wherever it worked: what is wanted may be elsewhere by now
				err = exec(`INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
					VALUES ($1, 1, $2, $3, 'apply', $4, '{}', 'default', $5, $6, 'Ada', 1, 1, 0, 1, 0, 1)`, 1000+i, id, l.name, job, l.account, []string{"eu-west-1", "us-east-1"}[r.IntN(2)])
			}
			if err == nil && l.days > 0 {
				// Half a day more, so that a day is not a question of milliseconds.
				g := setup.Guard{Terms: []setup.Term{{Key: setup.KeyCertificateEdge, Ends: now.Add(time.Duration(l.days)*24*time.Hour + 12*time.Hour)}}}
				if l.stopped {
					g.Terms[0].Stops = []setup.Stop{{Kind: setup.StopCAA}}
				}
				err = tx.keepGuard(ctx, id, g)
			}
			if err == nil && l.told {
				err = exec(`INSERT INTO findings (id, setup_id, key, revision, body, since, seen_at, closed_at, muted_by, muted_by_id, muted_at) VALUES ($1, $2, 'renewal/caa', 1, '{}', 1, 1, 0, '', '', 0)`, id, id)
			}
			if err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	}))
	for _, certificates := range []CertificatesFilter{"", CertificatesStopped, CertificatesUnder30, CertificatesUnder60} {
		for _, group := range []SetupGroup{"", GroupNeeds, GroupServing, GroupChanging, GroupNotInUse, GroupDown} {
			for n, query := range []string{"", "9", "", "9", ""} {
				account, region := []string{"", "", "111111111111", "", "222222222222"}[n], []string{"", "", "", "us-east-1", "eu-west-1"}[n]
				want, counts := []string{}, SetupCounts{}
				sorted := slices.Clone(all)
				slices.SortFunc(sorted, func(a, b listed) int {
					pa, _ := a.place()
					pb, _ := b.place()
					return cmp.Or(pa-pb, strings.Compare(a.name, b.name))
				})
				for _, l := range sorted {
					_, tab := l.place()
					fits := !l.hidden && strings.Contains(l.name, query) && (account == "" || l.account == account) && (region == "" || l.region == region)
					switch certificates {
					case CertificatesStopped:
						fits = fits && l.stopped
					case CertificatesUnder30:
						fits = fits && l.days > 0 && l.days < 30
					case CertificatesUnder60:
						fits = fits && l.days > 0 && l.days < 60
					}
					if !fits {
						continue
					}
					counts[tab]++
					if group == tab || group == "" && tab != GroupDown {
						want = append(want, l.name)
					}
				}
				got := []string{}
				for {
					list, found, err := s.Setups(ctx, SetupFilter{Query: query, Group: group, Certificates: certificates, Account: account, Region: region, Limit: 7, Offset: len(got)})
					must(t, err)
					if d := gocmp.Diff(counts, found); d != "" {
						t.Fatalf("%q %q %q %q %q: counts %s", certificates, group, query, account, region, d)
					}
					for _, row := range list {
						got = append(got, row.Setup.Name())
					}
					if len(list) < 7 {
						break
					}
				}
				if d := gocmp.Diff(want, got); d != "" {
					t.Errorf("%q %q %q %q %q: %s", certificates, group, query, account, region, d)
				}
			}
		}
	}
	want := map[SetupPlace]bool{}
	for _, l := range all {
		if !l.hidden {
			want[SetupPlace{l.account, l.region, l.connection, map[string]string{"shop": "Shop"}[l.connection], 0}] = true
		}
	}
	places, err := s.SetupPlaces(ctx)
	must(t, err)
	got := map[SetupPlace]bool{}
	for _, p := range places {
		got[p] = true
	}
	if d := gocmp.Diff(want, got); d != "" || len(got) != len(places) {
		t.Errorf("places: %s", d)
	}
}

// Whoever types a path finds the setups that map it or a path that begins so, and none
// that only asks there in a test.
func TestSetupsAreFoundByPath(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	for name, mappings := range map[string][]setup.Mapping{
		"root.example.com":   {{Path: ""}},
		"orders.example.com": {{Path: "Orders"}, {Path: "orders/v2"}, {Path: "a_b"}},
		"both.example.com":   {{Path: ""}, {Path: "v1/orders"}},
		"test.example.com":   {{Path: "axb", Test: setup.Test{Path: "/orders"}}},
	} {
		d := draft(t, s, name)
		_, err := s.SaveDraft(ctx, d.ID, d.Version, setup.PageAPI, "Ada", func(v *setup.Spec) { v.API.Mappings = mappings })
		must(t, err)
		start(t, s, d.ID)
	}
	for query, want := range map[string]string{
		"/":            "both root",
		"/orders":      "orders",
		" /orders/ ":   "orders",
		"/ORDERS/v2":   "orders",
		"/v1":          "both",
		"/a_b":         "orders",
		"/a":           "orders test",
		"/api_id":      "",
		`/"`:           "",
		"/orders/v2/x": "",
		"orders":       "orders", // of the name
	} {
		list, counts, err := s.Setups(ctx, SetupFilter{Query: query, Limit: 10})
		must(t, err)
		var got []string
		for _, row := range list {
			got = append(got, strings.TrimSuffix(row.Setup.Name(), ".example.com"))
		}
		slices.Sort(got)
		if n := len(list); strings.Join(got, " ") != want || counts[GroupChanging] != n {
			t.Errorf("%q finds %q, counts %v; want %q", query, got, counts, want)
		}
	}
}

// A setup is where its newest revision is, whatever its jobs did.
func TestASetupIsWhereItsNewestRevisionIs(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	job := start(t, s, d.ID)
	where := func(region, connection string) {
		t.Helper()
		got, err := s.SetupPlaces(ctx)
		must(t, err)
		if diff := gocmp.Diff([]SetupPlace{{Account: "111122223333", Region: region, Connection: connection}}, got); diff != "" {
			t.Error(diff)
		}
		list, _, err := s.Setups(ctx, SetupFilter{Region: region, Limit: 10})
		must(t, err)
		if len(list) != 1 {
			t.Errorf("%d setups are in %s", len(list), region)
		}
	}
	where("eu-west-1", setup.DefaultConnection)
	must(t, s.CancelJob(ctx, job, "Ada"))
	_, err := change(t, s, d.ID, func(sp *setup.Spec) { sp.Account.Region, sp.Account.Connection = "us-east-1", "profile:shop" })
	must(t, err)
	where("us-east-1", "profile:shop")
	_, err = s.Writer().ExecContext(ctx, `UPDATE jobs SET region = 'eu-west-1', connection = 'default'`)
	must(t, err)
	where("us-east-1", "profile:shop")
}
