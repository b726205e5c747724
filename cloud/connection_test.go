package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

const (
	roleAccount = "999988887777"
	roleARN     = "arn:aws:iam::" + roleAccount + ":role/team/apifront"
)

// roleConnection is a stored connection that assumes roleARN.
func roleConnection() setup.Connection {
	return setup.Connection{ID: "c1", Name: "Shop", Kind: setup.ConnectionRole, RoleARN: roleARN, ExternalID: "apifront-XYZ", Source: setup.DefaultConnection}
}

// withConnections makes the settings know stored connections.
func withConnections(list ...setup.Connection) func(*cloud.Settings) {
	return func(s *cloud.Settings) {
		s.Connection = func(_ context.Context, id string) (setup.Connection, bool, error) {
			for _, c := range list {
				if c.ID == id {
					return c, true, nil
				}
			}
			return setup.Connection{}, false, nil
		}
	}
}

// identity asks who a connection is, as a job's step.
func identity(t *testing.T, c *cloud.Cloud, id string, rec setup.Recorder) (setup.Identity, error) {
	t.Helper()
	a, err := c.OpenAs(t.Context(), id, "eu-west-1", "job 7 step x", setup.SessionName("ada@example.com", "7"), rec)
	if err != nil {
		return setup.Identity{}, err
	}
	return a.Identity(t.Context())
}

func TestRoleWithExternalID(t *testing.T) {
	w := newWorld(t, sim.Config{}, withConnections(roleConnection()))
	w.sim.AddRole(roleAccount, "team/apifront", "apifront-XYZ")
	for range 2 {
		got, err := identity(t, w.cloud, "c1", w.calls.record)
		if err != nil {
			t.Fatal(err)
		}
		if want := "arn:aws:sts::" + roleAccount + ":assumed-role/apifront/apifront-ada@example.com-7"; got.ARN != want || got.AccountID != roleAccount {
			t.Errorf("AWS says %+v, want %s", got, want)
		}
	}
	var seen []string
	for _, c := range w.calls.all() {
		seen = append(seen, c.Operation)
	}
	if got := strings.Join(seen, " "); got != "AssumeRole GetCallerIdentity GetCallerIdentity" {
		t.Errorf("the ledger has %s", got)
	}
}

// Each way in which a connection can be wrong is a problem that names the line
// to change.
func TestWrongConnections(t *testing.T) {
	vanished := setup.Connection{ID: "c2", Name: "Old", Kind: setup.ConnectionProfile, Profile: "vanished"}
	chained := setup.Connection{ID: "c3", Name: "Chained", Kind: setup.ConnectionRole, RoleARN: roleARN, Source: "c1"}
	open := func(change func(w world)) func(t *testing.T) error {
		return func(t *testing.T) error {
			w := newWorld(t, sim.Config{}, withConnections(roleConnection(), vanished, chained))
			id := "c1"
			change(w)
			_, err := identity(t, w.cloud, id, w.calls.record)
			return err
		}
	}
	const refused = "The role could not be assumed."
	for name, test := range map[string]struct {
		do         func(t *testing.T) error
		code, what string
		fix        []string
		signIn     bool
	}{
		"there is no such role": {open(func(world) {}), "AccessDenied", refused, []string{roleARN, "user/ada", "apifront-XYZ"}, false},
		"the role trusts nobody": {open(func(w world) {
			w.sim.SetTrust(w.sim.AddRole(roleAccount, "team/apifront", "apifront-XYZ"), "arn:aws:iam::1:user/other")
		}), "AccessDenied", refused, []string{"trust policy of " + roleARN, "Principal must be arn:aws:iam::" + accountID + ":user/ada"}, false},
		"another external ID": {open(func(w world) { w.sim.AddRole(roleAccount, "team/apifront", "something-else") }),
			"AccessDenied", refused, []string{"sts:ExternalId must be “apifront-XYZ”"}, false},
		"the source has expired": {open(func(w world) {
			w.sim.AddRole(roleAccount, "team/apifront", "apifront-XYZ")
			w.sim.ExpireKey(w.key.ID, time.Now().Add(-time.Hour))
		}), "ExpiredToken", "The AWS credentials have expired.", []string{"aws sso login"}, true},
		"a role of a role": {func(t *testing.T) error {
			w := newWorld(t, sim.Config{}, withConnections(roleConnection(), chained))
			_, err := identity(t, w.cloud, "c3", nil)
			return err
		}, "SourceIsRole", "The role was not assumed.", []string{"Choose another source"}, false},
		"deleted": {func(t *testing.T) error {
			w := newWorld(t, sim.Config{}, withConnections())
			_, err := identity(t, w.cloud, "c1", nil)
			return err
		}, "UnknownConnection", `The connection "c1" could not be used.`, []string{"Account and region"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.do(t)
			p := cloud.Explain(err)
			if p == nil || p.Code != test.code || p.What != test.what || cloud.SignIn(err) != test.signIn {
				t.Fatalf("got %+v, sign in %v", p, cloud.SignIn(err))
			}
			for _, part := range test.fix {
				if !strings.Contains(p.Fix, part) {
					t.Errorf("the fix does not name %q: %s", part, p.Fix)
				}
			}
		})
	}
}

// Profiles that lead to no credentials, from real files and real programs.
func TestWrongProfiles(t *testing.T) {
	const line = "[profile x]\nregion = eu-west-1\n"
	for name, test := range map[string]struct {
		config, connection, code string
		parts                    []string
		secret                   string
	}{
		"no such profile":      {"[default]\n", "profile:x", "ProfileNotFound", []string{`"x"`, "--profile x"}, ""},
		"the process fails":    {line + "credential_process = /bin/false\n", "profile:x", "CredentialProcessFailed", []string{"credential_process of [profile x]"}, ""},
		"it writes garbage":    {line + `credential_process = /bin/echo {"SecretAccessKey": "topsecret"` + "\n", "profile:x", "CredentialProcessFailed", []string{"credential_process of [profile x]"}, "topsecret"},
		"it writes no key":     {line + `credential_process = /bin/echo '{"Version": 1}'` + "\n", "profile:x", "CredentialProcessFailed", []string{"credential_process of [profile x]"}, ""},
		"SSO was never begun":  {line + "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = r\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://sso.example\n", "profile:x", "SignedOut", []string{"aws sso login --profile x"}, ""},
		"the file is a folder": {"DIR", "default", "ConfigurationUnreadable", []string{"config"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			config, _ := files(t, test.config, "")
			t.Setenv("HOME", t.TempDir())
			if test.config == "DIR" {
				if err := errors.Join(os.Remove(config), os.Mkdir(config, 0o700)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := identity(t, cloud.New(cloud.Settings{}), test.connection, nil)
			p := cloud.Explain(err)
			if p == nil || p.Code != test.code {
				t.Fatalf("got %+v", p)
			}
			for _, part := range test.parts {
				if !strings.Contains(p.Fix, part) {
					t.Errorf("the fix does not name %q: %s", part, p.Fix)
				}
			}
			if test.secret != "" && strings.Contains(p.Said+p.Why+err.Error(), test.secret) {
				t.Errorf("what the program wrote is shown: %+v", p)
			}
		})
	}
}

// A credential_process that hangs is named before the call's own limit is over.
func TestHangingCredentialProcess(t *testing.T) {
	defer cloud.SetProcessTimeout(100 * time.Millisecond)()
	files(t, "[profile x]\nregion = eu-west-1\ncredential_process = /bin/sleep 1\n", "")
	_, err := identity(t, cloud.New(cloud.Settings{}), "profile:x", nil)
	p := cloud.Explain(err)
	if p == nil || p.Code != "CredentialsTookTooLong" && p.Code != "CredentialProcessFailed" || !strings.Contains(p.Fix, "credential_process of [profile x]") {
		t.Errorf("got %+v", p)
	}
}

// A clock that is off is named with the difference, in the words of every
// protocol; a wrong secret is not taken for it.
func TestClockThatIsOff(t *testing.T) {
	for _, test := range []struct {
		code, message string
		off           time.Duration
		why           string
	}{
		{"SignatureDoesNotMatch", "Signature expired: 20261126T000000Z is now earlier than …", -7 * time.Minute, "is 7 min behind AWS's"},
		{"InvalidSignatureException", "Signature not yet current", 90 * time.Minute, "is 1 h 30 min ahead of AWS's"},
		{"RequestExpired", "Request has expired.", -2 * time.Hour, "is 2 h behind AWS's"},
		{"RequestTimeTooSkewed", "", 0, "differs from AWS's by more than five minutes"},
		{"SignatureDoesNotMatch", "The request signature we calculated does not match", 0, "secret key"},
	} {
		answer := xmlError(403, test.code, test.message)
		a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
			res, err := answer(r)
			res.Header.Set("Date", time.Now().Add(-test.off).UTC().Format(http.TimeFormat))
			return res, err
		})
		_, err := a.Identity(t.Context())
		if p := cloud.Explain(err); p == nil || !strings.Contains(p.Why, test.why) || p.Code != test.code {
			t.Errorf("%s, %s off: got %+v", test.code, test.off, p)
		}
	}
}

// Guard asks STS once for a key, and stops what leads elsewhere.
func TestGuard(t *testing.T) {
	w := newWorld(t, sim.Config{})
	for range 3 {
		if err := w.open(t, "eu-west-1").Guard(t.Context(), accountID); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.calls.all()); n != 1 {
		t.Errorf("AWS was asked %d times", n)
	}
	err := w.open(t, "eu-west-1").Guard(t.Context(), "222233334444")
	if p := cloud.Explain(err); p == nil || p.Code != "ForeignAccount" || !strings.Contains(p.Why, "2222-3333-4444") || !strings.Contains(p.Why, "1111-2222-3333") {
		t.Errorf("got %+v", p)
	}
}
