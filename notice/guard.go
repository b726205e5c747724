package notice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"apifront/setup"
)

// errInside says that a name leads into the network of this server.
var errInside = errors.New("its name leads to an address inside a network, which is not told unless APIFRONT_NOTICE_INNER names it")

// newClient is an HTTP client for addresses that people typed. It follows no
// redirect and knows no proxy. The address that DNS gives is judged when it is
// dialled, so a name that leads elsewhere a moment later helps nobody.
func (s *Sender) newClient() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            s.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.CA},
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  tryLimit,
			MaxResponseHeaderBytes: 16 << 10,
			DisableKeepAlives:      true,
			DisableCompression:     true,
		},
	}
}

const dialLimit = 10 * time.Second

// dial connects to a host and port that an address names.
func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if slices.Contains(s.Inner, strings.ToLower(address)) {
		if s.Dial != nil {
			return s.Dial(ctx, network, address)
		}
		return (&net.Dialer{Timeout: dialLimit, Resolver: s.Resolver}).DialContext(ctx, network, address)
	}
	if s.Dial != nil { // in tests, names are addresses
		if err := judge(address); err != nil {
			return nil, err
		}
		return s.Dial(ctx, network, address)
	}
	return (&net.Dialer{
		Timeout: dialLimit, Resolver: s.Resolver,
		Control: func(_, address string, _ syscall.RawConn) error { return judge(address) },
	}).DialContext(ctx, network, address)
}

// judge says whether an address that is about to be dialled is outside.
func judge(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !setup.PublicAddress(to.Addr()) {
		return errInside
	}
	return nil
}

// inner says whether an address leads to a host and port that may be inside.
func (s *Sender) inner(address string) bool {
	u, err := url.Parse(address)
	return err == nil && slices.Contains(s.Inner, hostPort(u))
}

// hostPort is what is dialled for an address.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// longestAddress is how long an address may be.
const longestAddress = 2000

// Check says what is wrong with an address of a place that somebody typed, as a form says it, or which host it has.
func (s *Sender) Check(kind setup.NoticeKind, address string) (host, wrong string) {
	if kind == setup.NoticeMail {
		return checkMailbox(address)
	}
	const want = "Enter the whole address, such as https://hooks.example.com/services/T0/B0/x"
	u, err := url.Parse(address)
	switch {
	case len(address) > longestAddress:
		return "", fmt.Sprintf("Enter an address of at most %d characters", longestAddress)
	case err != nil || u.Hostname() == "" || u.Opaque != "" || strings.ContainsAny(address, " \t\r\n"):
		return "", want
	case u.Scheme != "https" && u.Scheme != "http":
		return "", want
	case u.User != nil:
		return "", "Enter an address without a name and password in it"
	case u.Fragment != "":
		return "", "Enter the address without the part from # on"
	case slices.Contains(s.Inner, hostPort(u)):
		return u.Host, ""
	case u.Scheme == "http":
		return "", "Enter an address that begins with https://: by plain HTTP, everybody on the way can read what is told"
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !setup.PublicAddress(addr) || strings.EqualFold(u.Hostname(), "localhost") {
		return "", "Enter an address on the Internet. One inside this network is told only if the server's setting APIFRONT_NOTICE_INNER names it"
	}
	return u.Host, ""
}

// ReadInner reads HOST:PORT, separated by commas.
func ReadInner(text string) (list []string, err error) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.ToLower(strings.TrimSpace(one)); one == "" {
			continue
		}
		host, port, err := net.SplitHostPort(one)
		if err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("%q is not HOST:PORT, such as chat.corp.example:443", one)
		}
		list = append(list, net.JoinHostPort(host, port))
	}
	return list, nil
}
