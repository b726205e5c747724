package handlers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/store"
)

// from sends requests that other sites made, as if from an address.
func (s *wizardSite) from(address string, times int) {
	s.t.Helper()
	for range times {
		s.do(http.MethodPost, "/theme", nil, map[string]string{"Sec-Fetch-Site": "cross-site", "X-Forwarded-For": address})
	}
}

// lines counts the lines of the trail that a function picks.
func (s *wizardSite) lines(pick func(store.AuditLine) bool) (n int) {
	s.t.Helper()
	for _, l := range s.trail(0) {
		if pick(l) {
			n++
		}
	}
	return n
}

// behindProxy lets a test say which address a request comes from.
func behindProxy(c *Config) { c.Front.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// However much one stranger is refused, refusals of others, of another kind,
// and of people who are signed in are written. What is left out is counted, to
// the last one.
func TestOneStrangerSilencesNobody(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	s := newWizardSite(t, func(c *Config) { behindProxy(c); c.Done = done })
	s.user("Mira Okafor", testEmail)
	const bad, good = "198.51.100.7", "203.0.113.9"
	s.from(bad, 200)
	at := func(address, action string) int {
		return s.lines(func(l store.AuditLine) bool { return l.Address == address && l.Action == action })
	}
	if n := at(bad, store.ActRequest); n != lineBurst {
		t.Errorf("%d lines about the one, want %d", n, lineBurst)
	}
	s.from(good, 3)
	if n := at(good, store.ActRequest); n != 3 {
		t.Errorf("%d lines about another address, want 3", n)
	}
	s.do(http.MethodPost, "/sign-in", url.Values{"email": {"x@example.com"}, "password": {"wrong"}}, map[string]string{"X-Forwarded-For": bad})
	if n := at(bad, store.ActSignIn); n != 1 {
		t.Errorf("%d lines of another kind, want 1", n)
	}
	// One subscriber of IPv6 has many addresses.
	for i := range 60 {
		s.from(fmt.Sprintf("2001:db8:1:2::%x", i+1), 1)
	}
	if n := s.lines(func(l store.AuditLine) bool { return strings.HasPrefix(l.Address, "2001:db8:1:2:") }); n != lineBurst {
		t.Errorf("%d lines about a network of IPv6, want %d", n, lineBurst)
	}
	if err := s.store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", PasswordHash: HashPassword(testPassword), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	s.do(http.MethodPost, "/sign-in", url.Values{"email": {"vera@example.com"}, "password": {testPassword}}, map[string]string{"X-Forwarded-For": good})
	for range 50 { // at a route, and before anybody asked who it is
		s.do(http.MethodGet, "/settings/users", nil, map[string]string{"X-Forwarded-For": bad})
		s.from(bad, 1)
	}
	if n := s.lines(func(l store.AuditLine) bool { return l.Who == "Vera" && l.Result == store.ResultRefused }); n != 100 {
		t.Errorf("%d lines about somebody who is signed in, want 100", n)
	}
	close(done)
	want := fmt.Sprintf("%d more of these", 200-lineBurst+60-lineBurst)
	told := func(l store.AuditLine) bool {
		return l.On == want && l.Action == store.ActRequest && l.Result == store.ResultRefused && strings.Contains(l.Detail, "180 of them came from "+bad)
	}
	for began := time.Now(); s.lines(told) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("what was left out is not told: %+v", s.trail(0)[len(s.trail(0))-1])
		}
	}
}

// One site of IPv6 has 65,536 networks. It uses up neither what is written of a
// kind nor the buckets of others, and what is left out of it is counted.
func TestOneSiteSilencesNobody(t *testing.T) {
	t.Parallel()
	var q lineLimits
	k := lineKind{store.ActSignIn, store.ResultWrong}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(text string) (n int) {
		for range lineBurst {
			if ok, _ := q.take(k, network(text), now); ok {
				n++
			}
		}
		return n
	}
	written := 0
	for i := range 1 << 16 {
		ok, _ := q.take(k, network(fmt.Sprintf("2001:db8:1:%x::1", i)), now)
		if ok {
			written++
		}
	}
	if want := lineBurst * wideShare; written < want-1 || written > want {
		t.Errorf("%d lines of one site, want %d", written, want)
	}
	for _, other := range []string{"203.0.113.9", "203.0.113.10", "2001:db8:2:1::1"} {
		if n := at(other); n != lineBurst {
			t.Errorf("%d lines about %s, want %d", n, other, lineBurst)
		}
	}
	list := q.losses(now)
	if len(list) != 1 || list[0].lines != 1<<16-written || list[0].from != "2001:db8:1::/48" {
		t.Errorf("it is told as %+v", list)
	}
}

// Laws of the limits, over random strangers: what is written and what is told
// as left out are together what came; what is kept has a bound; and the lines
// of one kind have one over all addresses.
func TestLineLimits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var q lineLimits
	kinds := []lineKind{{store.ActSignIn, store.ResultWrong}, {store.ActRequest, store.ResultRefused}}
	began := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	now, came, written, told, waits := began, 0, map[lineKind]int{}, 0, false
	tell := func(full int) { // one in so many times the disk is full
		for _, one := range q.losses(now) {
			if r.IntN(full) == 0 {
				q.back(one)
				continue
			}
			if one.since.Before(began) {
				t.Fatalf("lines left out since %s", one.since)
			}
			told += one.lines
		}
		if q.rest() {
			waits = false
		}
	}
	for i := range 100_000 {
		from := network(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String())
		switch i % 6 {
		case 0, 3:
			from = "198.51.100.7"
		case 1:
			from = network(fmt.Sprintf("2001:db8:%x:%x::1", i>>14, i))
		}
		k := kinds[r.IntN(len(kinds))]
		ok, begin := q.take(k, from, now)
		if begin && waits {
			t.Fatal("two wait to tell")
		}
		if !ok && !begin && !waits {
			t.Fatal("nobody waits to tell what was left out")
		}
		waits = waits || begin
		if came++; ok {
			written[k]++
		}
		if r.IntN(5000) == 0 && waits {
			tell(4)
		}
		if len(q.kinds[k].by) > mostBuckets+1 {
			t.Fatalf("%d buckets are kept", len(q.kinds[k].by))
		}
		now = now.Add(time.Duration(r.IntN(3)) * time.Millisecond)
		if r.IntN(20_000) == 0 {
			now = now.Add(-time.Hour) // a clock that is put back gives nothing away
			began = began.Add(-time.Hour)
		}
	}
	for waits {
		tell(4)
	}
	sum := told
	for k, n := range written {
		sum += n
		if most := kindBurst + int(200*time.Second/kindEvery) + 1; n > most {
			t.Errorf("%d lines of %s, want at most %d", n, k.action, most)
		}
	}
	if sum != came {
		t.Errorf("%d lines are written or told as left out, %d came", sum, came)
	}
	now = now.Add(24 * time.Hour)
	q.losses(now)
	for k, l := range q.kinds {
		if len(l.by) > 0 {
			t.Errorf("a day later %d buckets of %s are kept", len(l.by), k.action)
		}
	}
}
