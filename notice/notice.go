// Package notice sends notices to people and programs outside: chats in Slack's
// format, mailboxes, and programs that take Standard Webhooks. It knows no store: the worker
// gives it a place and a notice, and stores what the other side answered. What is
// known of a place and shown to nobody is sealed here too.
package notice

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"apifront/setup"
)

// tryLimit is how long one try takes at most.
const tryLimit = 20 * time.Second

// Settings are what a sender works with.
type Settings struct {
	URL     string // of this server's pages, without the path
	Version string
	Keys    Keys     // that seal what is known of places
	Inner   []string // HOST:PORT inside the network that may be told, also by plain HTTP
	Mail    *Mail    // that takes e-mail; nil: there is none
	// Demo says that nothing leaves this machine: what goes to others than Inner is
	// only said to be taken.
	Demo bool
	// Dial connects, after the address was judged; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Resolver asks DNS; nil: the system's.
	Resolver *net.Resolver
	// CA are the authorities that are trusted; nil: the system's.
	CA *x509.CertPool
	// Now is the time that signatures have; nil: Go's.
	Now func() time.Time
}

// A Sender sends notices. It is safe for concurrent use.
type Sender struct {
	Settings
	client *http.Client
}

// New is a sender.
func New(s Settings) *Sender {
	if s.Now == nil {
		s.Now = time.Now
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	n := &Sender{Settings: s}
	n.client = n.newClient()
	return n
}

// LogValue keeps keys out of logs.
func (s *Sender) LogValue() slog.Value { return slog.StringValue("sender of notices") }

// Send tries once to bring a notice to a place, and says what the other side
// answered.
func (s *Sender) Send(ctx context.Context, p setup.NoticePlace, n setup.Notice) (a setup.NoticeAnswer) {
	secret, err := s.Keys.Open(p)
	if err != nil {
		return setup.NoticeAnswer{Text: "The address could not be read: this server does not have the key that it was sealed with. Enter it again."}
	}
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	began := time.Now()
	defer func() {
		a.Took = time.Since(began)
		a.Text = shown(a.Text, secret)
	}()
	if s.Demo && (p.Kind == setup.NoticeMail || !s.inner(secret.Address)) {
		return setup.NoticeAnswer{Taken: true, Text: "Kept here: the demo sends nothing to others."}
	}
	switch p.Kind {
	case setup.NoticeChat:
		return s.chat(ctx, secret, n)
	case setup.NoticeHook:
		return s.hook(ctx, secret, n)
	case setup.NoticeMail:
		return s.mail(ctx, secret, n)
	}
	return setup.NoticeAnswer{Text: fmt.Sprintf("This version of apifront cannot send to a place of the kind %q.", p.Kind)}
}

// link is the page that helps.
func (s *Sender) link(n setup.Notice) (address, text string) {
	switch {
	case n.Job != 0:
		return fmt.Sprintf("%s/jobs/%d", s.URL, n.Job), fmt.Sprintf("Open job %d", n.Job)
	case n.SetupID != "":
		return s.URL + "/setups/" + n.SetupID, "Open " + n.Setup
	}
	return s.URL + "/settings/notices", "Open the notices"
}

// text is what a notice says, with how often it happened.
func text(n setup.Notice) string {
	if n.Count > 1 {
		return fmt.Sprintf("%s This is the newest of %d messages in one.", n.Text, n.Count)
	}
	return n.Text
}
