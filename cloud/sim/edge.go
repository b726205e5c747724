package sim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// hopLimit is how many distributions a request may pass: one that comes back
// to CloudFront once more is in a loop.
const hopLimit = 2

// edge answers as a CloudFront edge does. Call it with s.mu held.
func (s *Sim) edge(number int, v visit, now time.Time) answer {
	h := s.holderOf(number, v.host, now)
	var a answer
	switch {
	case v.hops > hopLimit:
		a = errorPage(http.StatusForbidden, badRequestText)
	case h == nil || h.distribution != nil && !h.config.Enabled:
		a = errorPage(http.StatusForbidden, badRequestText)
	case v.tls && v.hops == 0 && s.fronted(number, v, h, now):
		a = errorPage(http.StatusMisdirectedRequest, "The distribution does not match the certificate for which the HTTPS connection was established with. We can't connect to the server for this app or website at this time.")
	case h.distribution == nil:
		a = s.edgeOptimized(v, h, now)
	default:
		s.countRequest(h.distribution.ID, now)
		a = s.distribute(number, v, h, now)
	}
	s.sign(number, &a)
	return a
}

// fronted says whether the connection was made for another account's name
// than the request is for (domain fronting).
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
func (s *Sim) fronted(number int, v visit, h *holder, now time.Time) bool {
	if v.sni == "" || v.sni == v.host {
		return false
	}
	connected := s.holderOf(number, v.sni, now)
	return connected == nil || connected.account() != h.account()
}

// sign adds what every answer of an edge carries.
func (s *Sim) sign(number int, a *answer) {
	a.Header.Add("Via", "1.1 "+s.net.token(32)+".cloudfront.net (CloudFront)")
	a.Header.Set("X-Amz-Cf-Pop", []string{"FRA56-P1", "DUB56-P3"}[number])
	a.Header.Set("X-Amz-Cf-Id", s.net.token(54)+"==")
}

// edgeOptimized passes a request on to API Gateway as AWS's own distribution
// before an edge-optimized API does.
func (s *Sim) edgeOptimized(v visit, h *holder, now time.Time) answer {
	var a answer
	switch {
	case !v.tls:
		a = errorPage(http.StatusForbidden, badRequestText)
		return a
	case h.domain != nil && v.host == h.domain.Name:
		a = s.viaDomain(v, h.domain, now)
	case h.api != nil:
		a = s.viaExecute(v, h.api)
	default:
		a = s.forbidden()
	}
	setCacheState(&a, "Miss", 0)
	return a
}

// distribute serves one request of a distribution.
func (s *Sim) distribute(number int, v visit, h *holder, now time.Time) answer {
	b := h.config.behavior(v.path)
	if b == nil {
		return errorPage(http.StatusForbidden, badRequestText)
	}
	if page := s.keptOut(v, h.config); page != nil {
		return *page
	}
	if !v.tls {
		switch b.ViewerProtocolPolicy {
		case "redirect-to-https":
			return redirectPage(v)
		case "https-only":
			return errorPage(http.StatusForbidden, badRequestText)
		}
	}
	if !slices.Contains(b.methods(), v.method) {
		return errorPage(http.StatusForbidden, "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.")
	}
	a := s.supply(number, v, h, b, now)
	b.addHeaders(v, &a)
	return a
}

// supply answers by function, from the cache or from the origin.
func (s *Sim) supply(number int, v visit, h *holder, b *cacheBehavior, now time.Time) answer {
	if a := s.atViewer(b); a != nil {
		return *a
	}
	f := s.forwarding(h, b)
	key := f.cacheKey(number, h, b, v)
	cached := b.cached(v.method) && !v.upgrades()
	var stale *cacheEntry
	if cached {
		e, fresh := s.kept(key, number, h, now)
		if fresh {
			return e.answer(now)
		}
		if stale = e; stale != nil && len(v.header["If-None-Match"]) == 0 {
			v.header = v.header.Clone()
			v.header.Set("If-None-Match", stale.saved.Header.Get("Etag"))
		} else {
			stale = nil
		}
	}
	a := s.fetch(number, v, h, b, f, now)
	f.passed(a.Header)
	if stale != nil && a.Status == http.StatusNotModified {
		again := stale.saved
		again.Header, again.late = stale.saved.Header.Clone(), a.late
		again.Header.Del("X-Cache")
		s.keep(key, v, h, f, again, 0, now.Add(a.late))
		setCacheState(&again, "RefreshHit", 0)
		return again
	}
	failed := 0
	if a.Status >= http.StatusBadRequest {
		failed = a.Status
		a = s.customError(number, v, h, b, f, a, now)
	}
	if cached {
		s.keep(key, v, h, f, a, failed, now.Add(a.late))
	}
	setCacheState(&a, "Miss", failed)
	return a
}

// customError replaces an error's answer by the page the distribution has
// for it, fetched from the same origin.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html
func (s *Sim) customError(number int, v visit, h *holder, b *cacheBehavior, f forwarding, a answer, now time.Time) answer {
	c := h.config.errorResponse(a.Status)
	if c == nil || c.ResponsePagePath == "" {
		return a
	}
	v.path, v.query, v.method, v.body = c.ResponsePagePath, "", http.MethodGet, 0
	page := s.fetch(number, v, h, b, f, now)
	f.passed(page.Header)
	page.late += a.late
	if page.Status != http.StatusOK {
		return a
	}
	page.Status = a.Status
	if n, err := strconv.Atoi(c.ResponseCode); err == nil {
		page.Status = n
	}
	return page
}

// setCacheState says in X-Cache where the answer came from. failed is the
// origin's error that a custom page stands for, 0 for none.
func setCacheState(a *answer, state string, failed int) {
	if a.Header.Get("X-Cache") != "" {
		return // CloudFront's own page says it already
	}
	if a.Status >= http.StatusBadRequest || failed != 0 {
		state = "Error"
	}
	a.Header.Set("X-Cache", state+" from cloudfront")
}
