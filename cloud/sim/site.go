package sim

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Site is a host of the simulated Internet that AWS does not run for the
// account: a server of before, a bucket, another website. It listens at
// 127.0.0.5, on 443 with TLS and on 80 without.
type Site struct {
	// Names are its host names. DNS answers for those that no zone of the world
	// covers; a record that leads to one of them, or to 127.0.0.5, leads there. A
	// request for a name that no site has gets the first site.
	Names       []string `json:"names"`
	Like        string   `json:"like,omitempty"`        // nginx: its welcome page; s3: 404 NoSuchKey; "": Answer
	Answer      Answer   `json:"answer,omitzero"`       // to every request
	Certificate []string `json:"certificate,omitempty"` // names of its certificate; none: Names
}

// siteKinds are the values of Site.Like.
var siteKinds = []string{"", "nginx", "s3"}

// addressForeign is where all sites are.
const addressForeign = "127.0.0.5"

func (site Site) check() error {
	switch {
	case len(site.Names) == 0:
		return errors.New("a site has at least one name")
	case !slices.Contains(siteKinds, site.Like):
		return fmt.Errorf("a site is like nginx, s3 or nothing known, not %q", site.Like)
	default:
		return site.Answer.check()
	}
}

// clone shares nothing with the site, so worlds that are given the same one do
// not meet in it.
func (site Site) clone() Site {
	site.Names, site.Certificate = slices.Clone(site.Names), slices.Clone(site.Certificate)
	site.Answer = site.Answer.clone()
	return site
}

// AddSite puts a site on the Internet. It takes the place of one with the same
// first name.
func (s *Sim) AddSite(site Site) error {
	if err := site.check(); err != nil {
		return err
	}
	site = site.clone()
	for i, name := range site.Names {
		site.Names[i] = relative(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sites = slices.DeleteFunc(s.sites, func(o *Site) bool { return o.Names[0] == site.Names[0] })
	s.sites = append(s.sites, &site)
	s.dnsChanged()
	s.changed()
	return nil
}

// Sites are the sites, in the order in which they came.
func (s *Sim) Sites() []Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Site{}
	for _, site := range s.sites {
		all = append(all, site.clone())
	}
	return all
}

// siteNamed is the site with a host name, nil if there is none.
func (s *Sim) siteNamed(host string) *Site {
	for _, site := range s.sites {
		if slices.Contains(site.Names, host) {
			return site
		}
	}
	return nil
}

// siteFor is the site that takes requests for a host, nil if there is no site.
func (s *Sim) siteFor(host string) *Site {
	if site := s.siteNamed(host); site != nil || len(s.sites) == 0 {
		return site
	}
	return s.sites[0]
}

// shows is the certificate of the site.
func (site *Site) shows() shown {
	if len(site.Certificate) > 0 {
		return shown{Names: site.Certificate}
	}
	return shown{Names: site.Names}
}

// foreignTLS chooses the certificate for one handshake at 127.0.0.5.
func (s *Sim) foreignTLS(sni string) (*tls.Config, error) {
	s.mu.Lock()
	site := s.siteFor(sni)
	s.mu.Unlock()
	if site == nil {
		return nil, errors.New("no site is there")
	}
	leaf, err := s.ca.leaf(site.shows())
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{*leaf}}, nil
}

// nginxPage is what a new nginx shows.
const nginxPage = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>
</body>
</html>
`

// foreign answers as a site.
func (s *Sim) foreign(v visit, _ time.Time) answer {
	site := s.siteFor(v.host)
	if site == nil {
		return answer{Status: http.StatusBadGateway}
	}
	out := answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}}
	switch site.Like {
	case "nginx":
		out.Header.Set("Server", "nginx/1.24.0")
		out.Body = []byte(nginxPage)
	case "s3":
		// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
		request, host := strings.ToUpper(s.net.token(16)), s.net.token(74)+"=="
		out.Status = http.StatusNotFound
		out.Header.Set("Content-Type", "application/xml")
		out.Header.Set("Server", "AmazonS3")
		out.Header.Set("X-Amz-Request-Id", request)
		out.Header.Set("X-Amz-Id-2", host)
		out.Body = fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>%s</Key><RequestId>%s</RequestId><HostId>%s</HostId></Error>`,
			strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(strings.TrimPrefix(v.path, "/")), request, host)
	default:
		site.Answer.into(&out, false)
	}
	return out
}
