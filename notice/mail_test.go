package notice

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"apifront/setup"
)

// A mailServer is a real SMTP server: it keeps what it takes.
type mailServer struct {
	addr  string
	roots *x509.CertPool

	mu   sync.Mutex
	mail []string // sender, mailbox and message
	auth []string // user and password
	tls  bool     // the last session was encrypted
}

func (s *mailServer) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mail
}

// A mailSession is one connection to it.
type mailSession struct {
	s        *mailServer
	c        *smtp.Conn
	from, to string
}

func (m *mailSession) Reset()                                      {}
func (m *mailSession) Logout() error                               { return nil }
func (m *mailSession) AuthMechanisms() []string                    { return []string{sasl.Plain} }
func (m *mailSession) Mail(from string, _ *smtp.MailOptions) error { m.from = from; return nil }

func (m *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		m.s.mu.Lock()
		defer m.s.mu.Unlock()
		m.s.auth = append(m.s.auth, user+" "+password)
		if password != "right-password" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody-secret") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "there is no mailbox " + to}
	}
	m.to = to
	return nil
}

func (m *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	_, encrypted := m.c.TLSConnectionState()
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.s.mail, m.s.tls = append(m.s.mail, m.from+"\n"+m.to+"\n"+string(text)), encrypted
	return err
}

// newMailServer is a server with a certificate for localhost; plain: it has no TLS,
// whole: it speaks TLS from the first byte on.
func newMailServer(t *testing.T, plain, whole bool) *mailServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{roots: x509.NewCertPool()}
	s.roots.AddCert(leaf)
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{s: s, c: c}, nil }))
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Domain, server.ReadTimeout, server.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	server.ErrorLog = discard{}
	if !plain && !whole {
		server.TLSConfig = config
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.addr = "localhost:" + port
	if whole {
		l = tls.NewListener(l, config)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-done); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// A mailbox gets the message over STARTTLS, with what the page says, one ID on every
// try, and the password only over TLS.
func TestAMailboxIsTold(t *testing.T) {
	t.Parallel()
	keys := testKeys(t)
	for name, whole := range map[string]bool{StartTLS: false, TLS: true} {
		server := newMailServer(t, false, whole)
		s := New(Settings{URL: "https://apifront.example.com", Keys: keys, Mail: &Mail{
			Server: server.addr, From: "apifront <apifront@example.com>", User: "ada", Password: "right-password", Encryption: name, CA: server.roots,
		}})
		n := message()
		n.Title, n.Text = "Job 34 failed:\r\nBcc: eve@example.com café", "It stopped.\nBcc: eve@example.com"
		p := place(t, keys, setup.NoticeMail, setup.NoticeSecret{Address: "ops@harborview.example"})
		for range 2 {
			if a := s.Send(t.Context(), p, n); !a.Taken || a.Text != "by localhost" {
				t.Fatalf("%s: %+v", name, a)
			}
		}
		if len(server.got()) != 2 || !server.tls || server.auth[0] != "ada right-password" {
			t.Fatalf("%s: %q, %v, %t", name, server.got(), server.auth, server.tls)
		}
		parts := strings.SplitN(server.got()[0], "\n", 3)
		if parts[0] != "apifront@example.com" || parts[1] != "ops@harborview.example" {
			t.Errorf("%s: from %s to %s", name, parts[0], parts[1])
		}
		m, err := netmail.ReadMessage(strings.NewReader(parts[2]))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "Job 34 failed: Bcc: eve@example.com café" || m.Header.Get("Bcc") != "" {
			t.Errorf("%s: %q, %v, %v", name, subject, m.Header, err)
		}
		if id := m.Header.Get("Message-ID"); id != "<"+n.ID+"@example.com>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("%s: %v", name, m.Header)
		}
		body, err := io.ReadAll(m.Body)
		if err != nil || !strings.Contains(string(body), "https://apifront.example.com/jobs/34") || !strings.Contains(string(body), "4 May 2026 03:02:01 UTC") {
			t.Errorf("%s: %s, %v", name, body, err)
		}
	}
}

// What a mail server refuses is said with its words, without the mailbox; without TLS,
// or with a foreign certificate, neither message nor password is sent.
func TestMailThatIsNotTaken(t *testing.T) {
	t.Parallel()
	keys := testKeys(t)
	server, plain := newMailServer(t, false, false), newMailServer(t, true, false)
	for name, c := range map[string]struct {
		mail   *Mail
		to     string
		status int
		text   string
	}{
		"no mailbox":          {&Mail{Server: server.addr, CA: server.roots}, "nobody-secret@harborview.example", 550, "there is no mailbox …"},
		"wrong password":      {&Mail{Server: server.addr, CA: server.roots, User: "ada", Password: "wrong-password"}, "ops@harborview.example", 0, "did not take it"},
		"foreign certificate": {&Mail{Server: server.addr, User: "ada", Password: "never-sent"}, "ops@harborview.example", 0, "certificate"},
		"no TLS":              {&Mail{Server: plain.addr, User: "ada", Password: "never-sent"}, "ops@harborview.example", 0, "STARTTLS"},
		"nobody there":        {&Mail{Server: "127.0.0.1:1"}, "ops@harborview.example", 0, "refused"},
		"no server":           {nil, "ops@harborview.example", 0, "APIFRONT_SMTP_SERVER"},
	} {
		if c.mail != nil {
			c.mail.From, c.mail.Encryption = "apifront@example.com", StartTLS
		}
		s := New(Settings{Keys: keys, Mail: c.mail})
		a := s.Send(t.Context(), place(t, keys, setup.NoticeMail, setup.NoticeSecret{Address: c.to}), message())
		if a.Taken || a.Status != c.status || !strings.Contains(a.Text, c.text) || strings.Contains(a.Text, "secret") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if len(server.got())+len(plain.got()) > 0 {
		t.Error("something was taken")
	}
	for _, s := range []*mailServer{server, plain} {
		if all := strings.Join(s.auth, ","); strings.Contains(all, "never-sent") {
			t.Errorf("the password was sent: %s", all)
		}
	}
}

// Only if the setting says so, mail goes without TLS, as to a server on the same
// machine.
func TestMailWithoutTLS(t *testing.T) {
	t.Parallel()
	keys, plain := testKeys(t), newMailServer(t, true, false)
	s := New(Settings{Keys: keys, Mail: &Mail{Server: plain.addr, From: "apifront@example.com", Encryption: NoTLS}})
	if a := s.Send(t.Context(), place(t, keys, setup.NoticeMail, setup.NoticeSecret{Address: "ops@harborview.example"}), message()); !a.Taken || len(plain.got()) != 1 {
		t.Errorf("%+v", a)
	}
}

// Which mailboxes people may type, and which settings of a mail server work.
func TestMailSettings(t *testing.T) {
	t.Parallel()
	s := New(Settings{})
	for address, domain := range map[string]string{
		"ops@harborview.example": "harborview.example", "a+b@x.example": "x.example",
		"": "", "ops": "", "ops@": "", "Ops <ops@x.example>": "", "a@x.example, b@x.example": "", "a@x.example\r\nBcc: b@x.example": "",
		strings.Repeat("a", 250) + "@x.example": "",
	} {
		if got, wrong := s.Check(setup.NoticeMail, address); got != domain || (wrong == "") != (domain != "") {
			t.Errorf("%q: %q, %q", address, got, wrong)
		}
	}
	good := Mail{Server: "mail.example.com:587", From: "apifront@example.com", Encryption: StartTLS}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Mail){
		"server": func(m *Mail) { m.Server = "mail.example.com" }, "port": func(m *Mail) { m.Server = "mail.example.com:0" },
		"from": func(m *Mail) { m.From = "apifront" }, "user": func(m *Mail) { m.User = "ada" }, "password": func(m *Mail) { m.Password = "x" },
		"encryption":     func(m *Mail) { m.Encryption = "ssl" },
		"plain password": func(m *Mail) { m.Encryption, m.User, m.Password = NoTLS, "ada", "x" },
	} {
		m := good
		change(&m)
		if m.Validate() == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	secret := Mail{Server: "s", Password: "planted"}
	if text := fmt.Sprintf("%v %+v %#v %v", secret, secret, secret, secret.LogValue()); strings.Contains(text, "planted") {
		t.Error(text)
	}
}
