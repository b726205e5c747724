package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of what the edges keep.
const (
	cacheEntries = 2000
	cacheBody    = 1 << 20 // bytes of one answer
)

// errorTTL is how long errors stay without a word from origin or config.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
const errorTTL = 10 * time.Second

// A cacheEntry is one answer that an edge keeps.
type cacheEntry struct {
	of     *distribution
	path   string // escaped, with what the key has of the query
	stored time.Time
	till   time.Time
	saved  answer
	failed int // the origin's error status, 0 for none
}

// answer is the entry as a hit.
func (e *cacheEntry) answer(now time.Time) answer {
	a := e.saved
	a.Header = e.saved.Header.Clone()
	a.Header.Set("Age", strconv.Itoa(int(now.Sub(e.stored)/time.Second)))
	setCacheState(&a, "Hit", e.failed)
	return a
}

// kept is what the edge has for the key, nil if nothing or if it was
// invalidated. One that is too old is not fresh: with an ETag the origin can say
// that it still holds, without one it is gone.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
func (s *Sim) kept(key string, edge int, h *holder, now time.Time) (e *cacheEntry, fresh bool) {
	e = s.net.cache[key]
	if e == nil || now.Before(e.stored) { // not there yet
		return nil, false
	}
	fresh = now.Before(e.till)
	if e.of != h.distribution || e.invalidated(edge, now) || !fresh && (e.failed != 0 || e.saved.Header.Get("Etag") == "") {
		delete(s.net.cache, key)
		return nil, false
	}
	return e, fresh
}

// invalidated says whether an invalidation that was asked for after the
// answer was stored has come to this edge: the first edge acts half way, the
// second when the invalidation is Completed.
func (e *cacheEntry) invalidated(edge int, now time.Time) bool {
	for _, inv := range e.of.Invalidations {
		acts := inv.DoneAt
		if edge == 0 {
			acts = inv.CreatedAt.Add(inv.DoneAt.Sub(inv.CreatedAt) / 2)
		}
		if e.stored.After(inv.CreatedAt) || now.Before(acts) {
			continue
		}
		if slices.ContainsFunc(inv.Paths, func(p string) bool { return invalidates(p, e.path) }) {
			return true
		}
	}
	return false
}

// invalidates says whether an invalidation path clears a cached path (V34).
// Without a * at the end the two must be equal, the query string included. With
// one, the cached path must begin with what stands before the *.
//
// AWS's guide says so of query strings that are in the cache key. That other
// query strings do not matter follows from it and was not seen.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
func invalidates(pattern, path string) bool {
	if prefix, wild := strings.CutSuffix(pattern, "*"); wild {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == path
}

// keep stores an answer if it may be kept. One with Vary: * is kept where the
// minimum TTL is not 0; otherwise the origin is asked each time.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#ResponseCustomContentNegotiation
func (s *Sim) keep(key string, v visit, h *holder, f forwarding, a answer, failed int, now time.Time) {
	ttl := f.ttl(a.Header, failed, h.config, now)
	if f.min == 0 && slices.Contains(varies(a.Header), "*") {
		return
	}
	if ttl <= 0 || len(a.Body) > cacheBody || a.Status == http.StatusNotModified {
		return
	}
	if s.net.cache == nil {
		s.net.cache = map[string]*cacheEntry{}
	}
	if len(s.net.cache) >= cacheEntries {
		clear(s.net.cache)
	}
	path := v.path
	if query := pickQuery(v, f.key.QueryStrings.takes); query != "" {
		path += "?" + query
	}
	saved := a
	saved.Header, saved.late = a.Header.Clone(), 0
	s.net.cache[key] = &cacheEntry{of: h.distribution, path: path, stored: now, till: now.Add(ttl), saved: saved, failed: failed}
}

// ttl is how long an answer stays at the edge.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
func (f forwarding) ttl(header http.Header, failed int, c *distributionConfig, now time.Time) time.Duration {
	said, age, no := cacheControl(header, now)
	if failed != 0 {
		floor := errorTTL
		if custom := c.errorResponse(failed); custom != nil && custom.ErrorCachingMinTTL != nil {
			floor = time.Duration(*custom.ErrorCachingMinTTL) * time.Second
		} else if !keptError(failed) && !said {
			return 0
		}
		if no || !said {
			return floor
		}
		return max(age, floor)
	}
	low, high := time.Duration(f.min)*time.Second, time.Duration(f.max)*time.Second
	switch {
	case high == 0:
		return 0
	case no:
		return low
	case said:
		return min(max(age, low), high)
	default:
		return min(max(time.Duration(f.usual)*time.Second, low), high)
	}
}

// keptError says which errors stay without the origin asking for it.
func keptError(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusRequestURITooLong, http.StatusInternalServerError, http.StatusNotImplemented,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// cacheControl is what the origin says of keeping its answer. said: for so long
// as age. no: not at all (no-store, no-cache, private).
func cacheControl(h http.Header, now time.Time) (said bool, age time.Duration, no bool) {
	shared := false
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "no-store", "no-cache", "private":
			no = true
		case "s-maxage", "max-age":
			n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32)
			if err != nil || shared && name == "max-age" {
				continue
			}
			said, age, shared = true, time.Duration(n)*time.Second, name == "s-maxage"
		}
	}
	if !said && !no {
		if at, err := http.ParseTime(h.Get("Expires")); err == nil {
			return true, max(0, at.Sub(now)), false
		}
	}
	return said, age, no
}
