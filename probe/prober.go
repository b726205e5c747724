// Package probe sees the world as a visitor does, without AWS. It sends DNS
// queries to resolvers and to authoritative name servers, and HTTPS requests. It
// keeps of each request how far it came, how long each phase took and what tells
// who answered, and decodes that, with what AWS says of the configuration: which
// paths work, and which setting is wrong where one does not. Steps use it to
// prove what they made; the worker and the doctor use it to look. It changes
// nothing, because it never sends a method that could.
package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"apifront/setup"
)

// The values of Call.Service for probes.
const (
	serviceDNS   = "dns"
	serviceHTTPS = "https"
)

// dialTimeout is the time limit of one connection attempt.
const dialTimeout = 3 * time.Second

// ErrUnneeded is the cause of a context that ends because the answer is known
// otherwise. What was under way then did not fail.
var ErrUnneeded = errors.New("not waited for any more")

// Settings say how to reach the Internet. The zero value is right except in
// tests, with a simulator, and in networks with a DNS of their own.
type Settings struct {
	// DNS are the resolvers to ask, as "host:port". If it is empty, the prober
	// asks the system's resolvers, or public ones if the system names none.
	DNS []string
	// Port is the HTTPS port; 0 means 443.
	Port int
	// CA are the trusted root certificates; nil means the system's.
	CA *x509.CertPool
	// AllowPrivate allows probes to loopback, private and link-local addresses.
	AllowPrivate bool
	// Keys are the keys that open APIs, by the variables of the environment that
	// hold them. Each goes only where a target binds it.
	Keys map[string]Key
	// Dial makes the connections; nil means that a net.Dialer does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Prober sends DNS queries and HTTPS requests from outside, as a visitor
// does, and records each of them. Several goroutines may use it. It remembers
// the name servers of zones and of the root, so each pass makes a new one.
type Prober struct {
	settings Settings
	record   setup.Recorder

	mu    sync.Mutex
	zones map[string][]string // name servers by name; empty: no zone begins at the name
	root  []NameServer        // that walks begin with; nil: not looked up yet
}

// New returns a Prober that calls rec after each query and request; rec may be
// nil.
func New(s Settings, rec setup.Recorder) *Prober {
	return &Prober{settings: s, record: rec, zones: map[string][]string{}}
}

// tell passes one call to the recorder.
func (p *Prober) tell(ctx context.Context, c setup.Call) {
	if p.record == nil {
		return
	}
	if c.Code != "" && errors.Is(context.Cause(ctx), ErrUnneeded) {
		c.Code, c.Message = "", ErrUnneeded.Error()
	}
	c.StartedAt = c.StartedAt.UTC()
	c.Message = setup.ClipMessage(c.Message)
	p.record(context.WithoutCancel(ctx), c)
}

// dialGuarded connects to an address that DNS gave for the name, if the guard
// allows exactly this address.
func (p *Prober) dialGuarded(ctx context.Context, network, name string, addr netip.AddrPort) (net.Conn, error) {
	if err := p.guard(name, addr.Addr()); err != nil {
		return nil, err
	}
	return p.dial(ctx, network, addr.String())
}

// dial connects to an address that the settings name or that the guard has
// allowed.
func (p *Prober) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if p.settings.Dial != nil {
		return p.settings.Dial(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Aside is a prober that records nothing by itself. Who asks many questions for
// one answer records that, with Tell.
func (p *Prober) Aside() *Prober { return New(p.settings, nil) }

// Tell records what a prober set aside has found, as one line.
func (p *Prober) Tell(ctx context.Context, c setup.Call) { p.tell(ctx, c) }
