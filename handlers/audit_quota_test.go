package handlers

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"apifront/store"
)

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
