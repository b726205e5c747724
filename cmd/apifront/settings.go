package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"

	"apifront/probe"
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
