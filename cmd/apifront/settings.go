package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"

	"apifront/notice"
	"apifront/probe"
	"apifront/worker"
)

const (
	defaultListen   = "127.0.0.1:8080" // loopback: the tool can change an AWS account
	defaultDatabase = "apifront.db"
)

// probeSettings reads how probes reach the outside:
//
//	APIFRONT_PROBE_DNS    resolvers to ask, HOST:PORT, separated by commas; default: the system's
//	APIFRONT_PROBE_PORT   port of HTTPS probes; default 443
//	APIFRONT_PROBE_CA     PEM file of the only certificate authorities to trust; default: the system's
//
// They exist for split horizons and for the simulator. With any of them set,
// probes may also dial private and loopback addresses.
func (p *program) probeSettings(s *probe.Settings) error {
	if v := p.getenv("APIFRONT_PROBE_DNS"); v != "" {
		for server := range strings.SplitSeq(v, ",") {
			server = strings.TrimSpace(server)
			if _, _, err := net.SplitHostPort(server); err != nil {
				return fmt.Errorf("APIFRONT_PROBE_DNS: %q is not HOST:PORT", server)
			}
			s.DNS = append(s.DNS, server)
		}
		s.AllowPrivate = true
	}
	if v := p.getenv("APIFRONT_PROBE_PORT"); v != "" {
		port, err := strconv.Atoi(v)
		if err != nil || port < 1 || port > 65535 {
			return fmt.Errorf("APIFRONT_PROBE_PORT: %q is not a port from 1 to 65535", v)
		}
		s.Port, s.AllowPrivate = port, true
	}
	if v := p.getenv("APIFRONT_PROBE_CA"); v != "" {
		pem, err := os.ReadFile(v)
		if err != nil {
			return fmt.Errorf("APIFRONT_PROBE_CA: %w", err)
		}
		s.CA = x509.NewCertPool()
		if !s.CA.AppendCertsFromPEM(pem) {
			return fmt.Errorf("APIFRONT_PROBE_CA: %s holds no PEM certificate", v)
		}
		s.AllowPrivate = true
	}
	return nil
}

// probeKeys takes the keys of tests out of the environment: the variables
// APIFRONT_PROBE_KEY_…. Programs that are started later, such as a
// credential_process, do not get them.
func probeKeys() (map[string]probe.Key, error) {
	keys := map[string]probe.Key{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, probe.KeyPrefix) || value == "" {
			continue
		}
		if !keyVariable.MatchString(name) {
			return nil, fmt.Errorf("%q: the name of a variable with a key is %s and at most 60 capital letters, digits and underscores", name, probe.KeyPrefix)
		}
		keys[name] = probe.NewKey(value)
		if err := os.Unsetenv(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return keys, nil
}

// keyVariable matches the name of a variable with a key.
var keyVariable = regexp.MustCompile(`^` + probe.KeyPrefix + `[A-Z0-9_]{1,60}$`)

// mostChecks is the most checks a minute that may be chosen. Each is about 20 calls of
// AWS.
const mostChecks = 600

// checksFlag adds the flag for how many checks are begun by schedule in a minute. Call
// the function after parsing.
func (p *program) checksFlag(f *flag.FlagSet) func() (int, error) {
	text := f.String("checks-per-minute", p.or("APIFRONT_CHECKS_PER_MINUTE", strconv.Itoa(worker.ChecksPerMinute)), "`number` of setups at most that are checked in a minute, by all servers on the database together, 1 to 600; a check that is ordered begins at once and counts, those ordered for many setups wait in line (APIFRONT_CHECKS_PER_MINUTE)")
	return func() (int, error) {
		n, err := strconv.Atoi(*text)
		if err != nil || n < 1 || n > mostChecks {
			return 0, fmt.Errorf("--checks-per-minute (APIFRONT_CHECKS_PER_MINUTE): %q is not a number from 1 to %d. How often a setup is checked, or that it is not, is set on its page", *text, mostChecks)
		}
		return n, nil
	}
}

// logger writes text to a terminal and JSON elsewhere.
func logger(w io.Writer) *slog.Logger {
	if f, ok := w.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
			return slog.New(slog.NewTextHandler(w, nil))
		}
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

// announce writes the first line of a --json command: one object.
func announce(w io.Writer, v any) error {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// mailServer reads the server that takes e-mail; nil: there is none.
//
//	APIFRONT_SMTP_SERVER         HOST:PORT; without it there is no e-mail
//	APIFRONT_SMTP_FROM           the sender, such as apifront@example.com
//	APIFRONT_SMTP_USER           if the server asks for one
//	APIFRONT_SMTP_PASSWORD       or APIFRONT_SMTP_PASSWORD_FILE, a file with it
//	APIFRONT_SMTP_TLS            starttls (default), tls or none
//	APIFRONT_SMTP_CA             PEM file of the only authorities to trust; default: the system's
//
// The password is taken out of the environment, so that programs that are started
// later do not get it.
func (p *program) mailServer() (*notice.Mail, error) {
	password, err := p.secret("APIFRONT_SMTP_PASSWORD")
	if err != nil {
		return nil, err
	}
	if err := os.Unsetenv("APIFRONT_SMTP_PASSWORD"); err != nil {
		return nil, fmt.Errorf("APIFRONT_SMTP_PASSWORD: %w", err)
	}
	m := &notice.Mail{
		Server: p.getenv("APIFRONT_SMTP_SERVER"), From: p.getenv("APIFRONT_SMTP_FROM"), User: p.getenv("APIFRONT_SMTP_USER"), Password: password,
		Encryption: strings.ToLower(p.or("APIFRONT_SMTP_TLS", notice.StartTLS)),
	}
	if m.Server == "" {
		if m.From != "" || m.User != "" || m.Password != "" {
			return nil, errors.New("APIFRONT_SMTP_SERVER is missing: the other settings of e-mail need it")
		}
		return nil, nil
	}
	if file := p.getenv("APIFRONT_SMTP_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("APIFRONT_SMTP_CA: %w", err)
		}
		m.CA = x509.NewCertPool()
		if !m.CA.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("APIFRONT_SMTP_CA: %s holds no PEM certificate", file)
		}
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("the settings APIFRONT_SMTP_… of e-mail: %w", err)
	}
	return m, nil
}
