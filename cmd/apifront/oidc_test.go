package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/handlers"
	"apifront/store"
)

func TestOIDCSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(env map[string]string, args ...string) (*handlers.OIDC, error) {
		p := &program{stdout: os.Stdout, stderr: os.Stderr, getenv: func(k string) string { return env[k] }}
		f := p.flags("serve")
		settings := p.oidcFlags(f)
		if err := parse(f, args, 0); err != nil {
			return nil, err
		}
		return settings()
	}
	good := map[string]string{
		"APIFRONT_OIDC_ISSUER": "https://id.example.com", "APIFRONT_OIDC_CLIENT_ID": "c", "APIFRONT_OIDC_CLIENT_SECRET_FILE": file,
		"APIFRONT_OIDC_ROLES": "admin=platform-admins, operator=platform,viewer=*",
	}
	got, err := read(good, "--oidc-scopes", "openid email,groups", "--oidc-only")
	if err != nil {
		t.Fatal(err)
	}
	want := &handlers.OIDC{
		Issuer: "https://id.example.com", ClientID: "c", ClientSecret: "hush", Scopes: []string{"email", "groups"}, GroupsClaim: "groups", Only: true,
		Roles: []handlers.GroupRole{{Role: store.RoleAdmin, Group: "platform-admins"}, {Role: store.RoleOperator, Group: "platform"}, {Role: store.RoleViewer, Group: "*"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := read(nil); got != nil || err != nil {
		t.Errorf("without settings: %+v, %v", got, err)
	}
	for name, bad := range map[string]struct{ key, value, says string }{
		"no issuer":     {"ISSUER", "", "APIFRONT_OIDC_ISSUER is missing"},
		"issuer":        {"ISSUER", "id.example.com", "is not a URL"},
		"no client":     {"CLIENT_ID", "", "APIFRONT_OIDC_CLIENT_ID is missing"},
		"no roles":      {"ROLES", "", "APIFRONT_OIDC_ROLES is missing"},
		"unknown role":  {"ROLES", "root=x", `"root=x" is not ROLE=GROUP`},
		"no group":      {"ROLES", "admin=", `"admin=" is not ROLE=GROUP`},
		"secret twice":  {"CLIENT_SECRET", "x", "are both set"},
		"no such file":  {"CLIENT_SECRET_FILE", file + "x", "APIFRONT_OIDC_CLIENT_SECRET_FILE"},
		"issuer's part": {"ISSUER", "https://id.example.com/?x", "is not a URL"},
	} {
		env := map[string]string{}
		for k, v := range good {
			env[k] = v
		}
		env["APIFRONT_OIDC_"+bad.key] = bad.value
		if _, err := read(env); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%s: %v, want %q", name, err, bad.says)
		}
	}
}
