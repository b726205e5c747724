package notice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"apifront/setup"
)

// How the connection to a mail server is encrypted.
const (
	StartTLS = "starttls" // by STARTTLS, or nothing is sent
	TLS      = "tls"      // from the first byte on
	NoTLS    = "none"     // not at all; then no password is sent either
)

// Mail is the server that takes e-mail for all mailboxes. Nil: there is none.
type Mail struct {
	Server         string // HOST:PORT
	From           string // an address, maybe with a name
	User, Password string // "": the server asks for none
	Encryption     string // StartTLS, TLS or NoTLS
	CA             *x509.CertPool
}

// LogValue keeps the password out of logs.
func (m Mail) LogValue() slog.Value { return slog.StringValue(m.String()) }

// String keeps the password out of what a broken program prints.
func (m Mail) String() string { return "mail server " + m.Server }

// GoString is String.
func (m Mail) GoString() string { return m.String() }

// Validate says what of it cannot work.
func (m Mail) Validate() error {
	if _, _, err := m.split(); err != nil {
		return err
	}
	if _, err := netmail.ParseAddress(m.From); err != nil {
		return fmt.Errorf("the sender %q is no address such as apifront@example.com", m.From)
	}
	if (m.User == "") != (m.Password == "") {
		return errors.New("the user and the password go together: set both, or neither")
	}
	switch m.Encryption {
	case StartTLS, TLS:
	case NoTLS:
		if m.User != "" {
			return errors.New("without TLS no password is sent: use starttls or tls")
		}
	default:
		return fmt.Errorf("%q is not starttls, tls or none", m.Encryption)
	}
	return nil
}

func (m Mail) split() (host string, port int, err error) {
	host, text, err := net.SplitHostPort(m.Server)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is not HOST:PORT, such as mail.example.com:587", m.Server)
	}
	return host, port, nil
}

// mail sends a notice to a mailbox. The message has the same ID on every try.
func (s *Sender) mail(ctx context.Context, secret setup.NoticeSecret, n setup.Notice) setup.NoticeAnswer {
	if s.Mail == nil {
		return setup.NoticeAnswer{Text: "This server has no mail server any more. Whoever runs it sets APIFRONT_SMTP_SERVER."}
	}
	page, words := s.link(n)
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.Mail.From), m.To(secret.Address)); err != nil {
		return setup.NoticeAnswer{Text: "The address cannot be used. Enter it again."}
	}
	from, err := netmail.ParseAddress(s.Mail.From)
	if err != nil {
		return setup.NoticeAnswer{Text: "The sender of the settings cannot be used."}
	}
	m.SetMessageIDWithValue(n.ID + from.Address[strings.LastIndex(from.Address, "@"):])
	m.SetDateWithValue(s.Now())
	m.Subject(oneLine(n.Title))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody answers it by a machine
	m.SetBodyString(mail.TypeTextPlain, fmt.Sprintf("%s\r\n\r\n%s:\r\n%s\r\n\r\n%s UTC\r\n", text(n), words, page, n.At.UTC().Format("2 Jan 2006 15:04:05")))
	c, err := s.Mail.client()
	if err != nil {
		return setup.NoticeAnswer{Text: "The mail server of the settings cannot be used."}
	}
	if err := c.DialAndSendWithContext(ctx, m); err != nil {
		return refusedMail(ctx, err)
	}
	host, _, err := s.Mail.split()
	if err != nil {
		host = s.Mail.Server
	}
	return setup.NoticeAnswer{Taken: true, Text: "by " + host}
}

// client is a client of the mail server.
func (m Mail) client() (*mail.Client, error) {
	host, port, err := m.split()
	if err != nil {
		return nil, err
	}
	options := []mail.Option{
		mail.WithTimeout(tryLimit), mail.WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: m.CA}),
	}
	switch m.Encryption {
	case TLS:
		options = append(options, mail.WithSSL())
	case NoTLS:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.User), mail.WithPassword(m.Password))
	}
	return mail.NewClient(host, append(options, mail.WithPort(port))...)
}

// refusedMail is what a mail server said, or why it said nothing.
func refusedMail(ctx context.Context, err error) setup.NoticeAnswer {
	if refusal, ok := errors.AsType[*mail.SendError](err); ok && refusal.ErrorCode() != 0 {
		return setup.NoticeAnswer{Status: refusal.ErrorCode(), Text: refusal.Error()}
	}
	if ctx.Err() != nil {
		return setup.NoticeAnswer{Text: unreached(ctx.Err())}
	}
	return setup.NoticeAnswer{Text: "The mail server did not take it: " + err.Error() + "."}
}

// oneLine is a text that can stand in a header.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// checkMailbox says what is wrong with a mailbox that somebody typed, as a form says
// it, or which domain it has.
func checkMailbox(address string) (domain, wrong string) {
	a, err := netmail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return "", "Enter one address, such as ops@example.com"
	}
	return address[strings.LastIndex(address, "@")+1:], ""
}
