package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// fetch asks the origin: API Gateway, another distribution, or a site. It does what CloudFront does
// on the way: it looks up the origin's name, connects with the origin's
// protocol, sends the Host header also as SNI, and checks that the certificate
// covers the origin's name or that Host.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html
func (s *Sim) fetch(number int, v visit, h *holder, b *cacheBehavior, f forwarding, now time.Time) answer {
	o := h.config.origin(b.TargetOriginID)
	if o == nil {
		return errorPage(http.StatusBadGateway, noConnectText)
	}
	to := visit{
		host: strings.ToLower(o.DomainName), method: v.method, query: f.query(v), header: f.originHeader(v),
		path: o.OriginPath + v.path, body: v.body, from: []string{addressEdge0, addressEdge1}[number], hops: v.hops + 1,
	}
	if v.path == "/" && h.config.DefaultRootObject != "" {
		to.path = o.OriginPath + "/" + h.config.DefaultRootObject
	}
	if f.sends("Host") {
		to.host = v.host
	}
	if o.CustomHeaders != nil {
		for _, c := range o.CustomHeaders.Items {
			to.header.Set(c.Name, c.Value)
		}
	}
	to.header.Add("Via", "2.0 "+s.net.token(32)+".cloudfront.net (CloudFront)")
	to.header.Set("X-Amz-Cf-Id", s.net.token(54)+"==")

	addresses := s.addresses(o.DomainName, now)
	if len(addresses) == 0 {
		return errorPage(http.StatusBadGateway, noResolveText)
	}
	to.tls = o.speaksTLS(v.tls)
	if to.tls {
		to.sni = to.host
	}
	return o.patient(s.reach(number, o, addresses[0], to, now), to)
}

// patient gives up an answer that comes too late. "GET and HEAD requests – If the
// origin doesn't respond or stops responding within the duration of the response
// timeout, CloudFront drops the connection. CloudFront tries again to connect
// according to the value of Connection attempts." Each attempt takes as long as the
// first here, since answers of the simulator do.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout
func (o *origin) patient(a answer, to visit) answer {
	wait := 30 * time.Second
	if c := o.CustomOriginConfig; c != nil && c.OriginReadTimeout != nil {
		wait = time.Duration(*c.OriginReadTimeout) * time.Second
	}
	if a.late <= wait {
		return a
	}
	attempts := 1
	if to.method == http.MethodGet || to.method == http.MethodHead {
		attempts = 3
		if o.ConnectionAttempts != nil {
			attempts = *o.ConnectionAttempts
		}
	}
	page := errorPage(http.StatusGatewayTimeout, noAnswerText)
	page.late = wait * time.Duration(attempts)
	return page
}

// speaksTLS says whether the origin is asked by https.
func (o *origin) speaksTLS(viewer bool) bool {
	switch o.protocolPolicy() {
	case "http-only":
		return false
	case "match-viewer":
		return viewer
	default:
		return true
	}
}

// port is where the origin is asked.
func (o *origin) port(tls bool) int {
	c := o.CustomOriginConfig
	switch {
	case tls && c != nil && c.HTTPSPort != nil:
		return *c.HTTPSPort
	case tls:
		return 443
	case c != nil && c.HTTPPort != nil:
		return *c.HTTPPort
	default:
		return 80
	}
}

// reach connects to the origin's address. API Gateway listens on 443 and
// nowhere else; other CloudFront distributions on 80 and 443.
func (s *Sim) reach(number int, o *origin, address string, to visit, now time.Time) answer {
	_, region, execute := splitExecute(strings.ToLower(o.DomainName))
	regional := address == addressRegional || s.net.flat && execute
	edge := address == addressEdge0 || address == addressEdge1 || s.net.flat && !execute && address == addressDNS
	port := o.port(to.tls)
	site := s.siteNamed(strings.ToLower(o.DomainName))
	switch {
	case address == addressForeign || s.net.flat && site != nil:
		if site = s.siteFor(to.host); site == nil || to.tls != (port == 443) || !to.tls && port != 80 || to.tls && !o.accepts(site.shows(), to.host, now) {
			return errorPage(http.StatusBadGateway, noConnectText)
		}
		return s.foreign(to, now)
	case regional && to.tls && port == 443:
		cert, d := s.regionalCertificate(to.sni, region)
		if !o.accepts(cert, to.host, now) || !o.speaksWith(d) || d != nil && d.Truststore != "" {
			return errorPage(http.StatusBadGateway, noConnectText)
		}
		to.region = region
		return s.regional(to, now)
	case edge && (to.tls && port == 443 || !to.tls && port == 80):
		if cert := s.edgeCertificate(s.holderOf(number, to.sni, now), to.sni); to.tls && !o.accepts(cert, to.host, now) {
			return errorPage(http.StatusBadGateway, noConnectText)
		}
		a := s.edge(number, to, now)
		if a.Status < http.StatusBadRequest {
			a.Header.Del("X-Cache") // the outer edge says its own
		}
		return a
	case regional, edge:
		return errorPage(http.StatusBadGateway, noConnectText) // refused: the port is closed
	default: // an address outside this world: no answer in time
		return errorPage(http.StatusGatewayTimeout, noAnswerText)
	}
}

// accepts says whether CloudFront takes the origin's certificate: in date,
// and for the origin's domain name or the Host header sent.
func (o *origin) accepts(c shown, host string, now time.Time) bool {
	return c.validAt(now) && (setup.CoversAny(c.Names, o.DomainName) || setup.CoversAny(c.Names, host))
}

// speaksWith says whether origin and domain have a TLS version in common.
// The list of the origin is a minimum up to TLSv1.2; TLS 1.3 CloudFront speaks by
// itself since November 2025 (AWS's announcement; not seen with API Gateway).
//
// https://aws.amazon.com/about-aws/whats-new/2025/11/amazon-cloudfront-tls13-origin/
func (o *origin) speaksWith(d *domain) bool {
	var versions []string
	if c := o.CustomOriginConfig; c != nil && c.OriginSslProtocols != nil {
		versions = c.OriginSslProtocols.Items
	}
	if d != nil && d.Security == "TLS_1_0" {
		return len(versions) == 0 || slices.Contains(versions, "TLSv1.2") || slices.Contains(versions, "TLSv1.1") || slices.Contains(versions, "TLSv1")
	}
	return len(versions) == 0 || slices.Contains(versions, "TLSv1.2")
}
