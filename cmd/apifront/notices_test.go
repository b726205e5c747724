package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The settings of e-mail are read whole or refused; the password is taken out of the
// environment, or read from a file.
func TestMailServerSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{"SERVER": "mail.example.com:587", "FROM": "apifront@example.com", "USER": "ada", "PASSWORD": "planted-password"}
	with := func(more map[string]string, without ...string) map[string]string {
		env := map[string]string{}
		for _, list := range []map[string]string{whole, more} {
			for k, v := range list {
				env[k] = v
			}
		}
		for _, k := range without {
			delete(env, k)
		}
		return env
	}
	for name, c := range map[string]struct {
		env   map[string]string
		wrong string // "-": there is no mail server; "": all is well
		pass  string
	}{
		"nothing":         {nil, "-", ""},
		"all":             {with(nil), "", "planted-password"},
		"from a file":     {with(map[string]string{"PASSWORD_FILE": file}, "PASSWORD"), "", "from-a-file"},
		"both":            {with(map[string]string{"PASSWORD_FILE": file}), "both set", ""},
		"no server":       {with(nil, "SERVER"), "APIFRONT_SMTP_SERVER is missing", ""},
		"no port":         {with(map[string]string{"SERVER": "mail.example.com"}), "HOST:PORT", ""},
		"no sender":       {with(nil, "FROM"), "sender", ""},
		"no password":     {with(nil, "PASSWORD"), "go together", ""},
		"no such TLS":     {with(map[string]string{"TLS": "ssl"}), "starttls, tls or none", ""},
		"another TLS":     {with(map[string]string{"TLS": "TLS"}), "", "planted-password"},
		"plain password":  {with(map[string]string{"TLS": "none"}), "no password is sent", ""},
		"no certificates": {with(map[string]string{"CA": file}), "no PEM certificate", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, k := range []string{"SERVER", "FROM", "USER", "PASSWORD", "PASSWORD_FILE", "TLS", "CA"} {
				t.Setenv("APIFRONT_SMTP_"+k, c.env[k])
			}
			p := &program{getenv: os.Getenv}
			m, err := p.mailServer()
			switch {
			case c.wrong == "-":
				if m != nil || err != nil {
					t.Errorf("%v, %v", m, err)
				}
			case c.wrong != "":
				if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "planted") {
					t.Errorf("%v", err)
				}
			case err != nil || m.Password != c.pass || m.Server != whole["SERVER"]:
				t.Errorf("%v, %v", m, err)
			}
			if os.Getenv("APIFRONT_SMTP_PASSWORD") != "" && c.wrong != "both set" {
				t.Error("the password is left in the environment")
			}
		})
	}
}
