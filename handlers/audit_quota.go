package handlers

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"apifront/store"
)

// Lines of the audit trail that a stranger can cause without end are limited,
// for each kind of them by itself: lineBurst from one network and one more
// every lineEvery, wideShare times as many from one site of IPv6, and kindBurst
// from all addresses and one more every kindEvery, for the disk's sake. What is left out is counted, and the counts
// are lines too, one for each kind in lostEvery.
//
// Lines of people who are signed in are never left out.
const (
	lineBurst = 20
	lineEvery = 20 * time.Second
	kindBurst = 600
	kindEvery = 2 * time.Second
	lostEvery = time.Minute

	// wideShare is how many networks a site may use up. A site of IPv6 has up to
	// 65,536 of them (RFC 6177), and may be one stranger.
	wideShare = 5

	// mostBuckets is how many addresses have a bucket of their own. All further
	// addresses share one.
	mostBuckets = 4096
)

// A bucket holds lines and fills again.
type bucket struct {
	left float64
	at   time.Time // when left was so many; zero: it is new
	lost int       // lines that were left out, and are not told yet
}

// fill is what the bucket holds now.
func (b *bucket) fill(now time.Time, burst float64, every time.Duration) float64 {
	if b.at.IsZero() {
		return burst
	}
	return min(burst, b.left+max(0, float64(now.Sub(b.at))/float64(every)))
}

// lineKind is what lines have in common that share their limits.
type lineKind struct{ action, result string }

// lineLimit is what may still be written of one kind.
type lineLimit struct {
	all     bucket
	by      map[string]*bucket // by network
	since   time.Time          // when the first line was left out that is not told yet
	swept   int                // lines left out that were counted in buckets no longer kept
	refused time.Time          // when there was last no room for a bucket
}

// of is the bucket of a network.
func (l *lineLimit) of(from string, now time.Time) *bucket {
	if b := l.by[from]; b != nil {
		return b
	}
	if len(l.by) >= mostBuckets {
		if now.Sub(l.refused).Abs() > lineEvery { // sweeping looks at each, so not each time
			l.sweep(now)
		}
		if len(l.by) >= mostBuckets {
			l.refused, from = now, ""
		}
	}
	b := l.by[from]
	if b == nil {
		b = &bucket{}
		l.by[from] = b
	}
	return b
}

// sweep forgets the buckets that are full again.
func (l *lineLimit) sweep(now time.Time) {
	for from, b := range l.by {
		if b.fill(now, lineBurst, lineEvery) >= lineBurst {
			l.swept += b.lost
			delete(l.by, from)
		}
	}
}

// fits takes a line from the buckets it needs. If one of them is empty, fits
// takes nothing and returns the bucket that counts the line as left out.
func (l *lineLimit) fits(from string, now time.Time) (full *bucket) {
	var wide *bucket
	if site := siteOf(from); site != "" {
		if b := l.of(site, now); b != l.by[""] {
			wide = b
			if wide.left, wide.at = wide.fill(now, lineBurst, lineEvery), now; wide.left < 1./wideShare {
				return wide // its networks get no buckets of their own, which others need
			}
		}
	}
	b := l.of(from, now)
	b.left, b.at = b.fill(now, lineBurst, lineEvery), now
	l.all.left, l.all.at = l.all.fill(now, kindBurst, kindEvery), now
	if b.left < 1 || l.all.left < 1 {
		return b
	}
	b.left--
	l.all.left--
	if wide != nil {
		wide.left -= 1. / wideShare
	}
	return nil
}

// siteOf is the /48 prefix around a network of IPv6, which one site may have;
// "" for other networks.
func siteOf(from string) string {
	p, err := netip.ParsePrefix(from)
	if err != nil {
		return ""
	}
	site, err := p.Addr().Prefix(48)
	if err != nil { // of version 4
		return ""
	}
	return site.String()
}

// lineLimits are the limits of all kinds. Only this package names kinds, so
// there are few.
type lineLimits struct {
	mu    sync.Mutex
	kinds map[lineKind]*lineLimit
	told  bool // somebody waits to tell what was left out
}

// take says whether a line may be written. begin is true for the first line
// that is left out: the caller must then start tellLater.
func (q *lineLimits) take(k lineKind, from string, now time.Time) (ok, begin bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.kinds == nil {
		q.kinds = map[lineKind]*lineLimit{}
	}
	l := q.kinds[k]
	if l == nil {
		l = &lineLimit{by: map[string]*bucket{}}
		q.kinds[k] = l
	}
	b := l.fits(from, now)
	if b == nil {
		return true, false
	}
	b.lost++
	if l.since.IsZero() {
		l.since = now
	}
	begin, q.told = !q.told, true
	return false, begin
}

// A loss is lines of one kind that were left out.
type loss struct {
	lineKind
	lines, networks int
	most            int    // of lines from one network
	from            string // that network; "": those without a bucket of their own
	since           time.Time
}

// losses takes the losses that no line has told yet.
func (q *lineLimits) losses(now time.Time) (list []loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, l := range q.kinds {
		one := loss{lineKind: k, since: l.since, lines: l.swept}
		for from, b := range l.by {
			if b.lost == 0 {
				continue
			}
			one.networks++
			one.lines += b.lost
			if b.lost > one.most {
				one.most, one.from = b.lost, from
			}
			b.lost = 0
		}
		l.swept, l.since = 0, time.Time{}
		if one.lines > 0 {
			list = append(list, one)
		}
		l.sweep(now)
	}
	return list
}

// back puts a loss back whose line could not be written.
func (q *lineLimits) back(one loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.kinds[one.lineKind]
	l.swept += one.lines
	if l.since.IsZero() || one.since.Before(l.since) {
		l.since = one.since
	}
}

// rest says whether no loss is left to tell. Then tellLater ends.
func (q *lineLimits) rest() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.kinds {
		if !l.since.IsZero() {
			return false
		}
	}
	q.told = false
	return true
}

// act is the line that tells the loss.
func (l loss) act(now time.Time) store.Act {
	const clock = "2006-01-02T15:04:05Z"
	a := store.Act{Action: l.action, Result: l.result, On: fmt.Sprintf("%d more of these", l.lines)}
	a.Detail = fmt.Sprintf("they were not taken and not written one by one, from %s to %s", l.since.UTC().Format(clock), now.UTC().Format(clock))
	if l.most > 0 && l.from != "" {
		a.Detail += fmt.Sprintf("; %d of them came from %s", l.most, l.from)
	}
	return a
}

// tellLosses writes a line for each loss. A line that cannot be written is
// tried again later.
func (s *Server) tellLosses(ctx context.Context) {
	now := s.Now()
	for _, one := range s.lines.losses(now) {
		if err := s.Store.Audit(ctx, one.act(now)); err != nil {
			s.lines.back(one)
			s.Log.ErrorContext(ctx, "lines left out of the audit trail are not counted there yet", "action", one.action, "lines", one.lines, "error", err)
		}
	}
}

// tellLater waits, then tells what was left out meanwhile. It outlives the
// request, and ends when the server stops. Lines that the last requests leave
// out after that are not told.
func (s *Server) tellLater(ctx context.Context) {
	ctx = store.WithActor(context.WithoutCancel(ctx), store.Actor{})
	s.lines.tellLater(s.Done, func() { s.tellLosses(ctx) })
}

// tellLater has what was left out told until nothing is left to tell, or it is
// done.
func (q *lineLimits) tellLater(done <-chan struct{}, tell func()) {
	select {
	case <-done:
		return
	default:
	}
	go func() {
		for stopped := false; !stopped; {
			wait := time.NewTimer(lostEvery)
			select {
			case <-wait.C:
			case <-done:
				stopped = true
			}
			wait.Stop()
			tell()
			if q.rest() {
				return
			}
		}
	}()
}
