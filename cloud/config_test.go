package cloud_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/setup"
)

// files makes AWS configuration files the environment's only ones.
func files(t *testing.T, config, credentials string) (configFile, credentialsFile string) {
	t.Helper()
	dir := t.TempDir()
	configFile, credentialsFile = filepath.Join(dir, "config"), filepath.Join(dir, "credentials")
	for name, text := range map[string]string{configFile: config, credentialsFile: credentials} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", configFile)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", credentialsFile)
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return configFile, credentialsFile
}

func TestProfiles(t *testing.T) {
	files(t, "[default]\nregion = eu-west-1\n[profile prod]\n[ profile  dev ]\n[sso-session corp]\n[services s]\n# [profile no]\n",
		"[default]\naws_access_key_id = A\n[legacy]\n[prod]\n")
	got, err := cloud.New(cloud.Settings{}).Profiles()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"default", "dev", "legacy", "prod"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestProfilesWithoutFiles(t *testing.T) {
	files(t, "", "")
	if got, err := cloud.New(cloud.Settings{}).Profiles(); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOpenMissingProfile(t *testing.T) {
	files(t, "[default]\n", "")
	c := cloud.New(cloud.Settings{})
	_, err := c.Open(t.Context(), "profile:nowhere", "eu-west-1", "", nil)
	p := cloud.Explain(err)
	if p == nil || p.Code != "ProfileNotFound" || !strings.Contains(p.What, `"nowhere"`) || !strings.Contains(p.Fix, "--profile nowhere") {
		t.Errorf("got %+v", p)
	}
	t.Setenv("AWS_PROFILE", "vanished")
	_, err = c.Open(t.Context(), setup.DefaultConnection, "eu-west-1", "", nil)
	if p := cloud.Explain(err); p == nil || !strings.Contains(p.What, `"vanished"`) || !strings.Contains(p.Fix, "AWS_PROFILE") {
		t.Errorf("got %+v", p)
	}
	_, err = c.Open(t.Context(), "carrier pigeon", "eu-west-1", "", nil)
	if p := cloud.Explain(err); p == nil || p.Code != "UnknownConnection" {
		t.Errorf("got %+v", p)
	}
}

func TestOpenBrokenConfiguration(t *testing.T) {
	name, _ := files(t, "[profile x]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = nope\n", "")
	_, err := cloud.New(cloud.Settings{}).Open(t.Context(), "profile:x", "eu-west-1", "", nil)
	if p := cloud.Explain(err); p == nil || !strings.Contains(p.What, `"nope"`) {
		t.Errorf("a profile that another one names: got %+v", p)
	}
	t.Setenv("AWS_MAX_ATTEMPTS", "many")
	_, err = cloud.New(cloud.Settings{}).Open(t.Context(), setup.DefaultConnection, "eu-west-1", "", nil)
	if p := cloud.Explain(err); p == nil || p.Code != "ConfigurationUnreadable" || !strings.Contains(p.Fix, name) || !strings.Contains(p.Said, "many") {
		t.Errorf("got %+v", p)
	}
}

// TestOpenProfile: a profile's keys sign, the wanted region is asked, the
// global services are signed for us-east-1, and a changed file is read anew.
func TestOpenProfile(t *testing.T) {
	_, name := files(t, "", "[prod]\naws_access_key_id = AKONE\naws_secret_access_key = s\n")
	var seen []string
	c := cloud.New(cloud.Settings{HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		scope, _, _ = strings.Cut(scope, ",")
		parts := strings.Split(scope, "/")
		seen = append(seen, parts[0]+" "+parts[2]+" "+parts[3]+" "+r.URL.Host)
		return jsonError(400, "ValidationException", "")(r)
	})})
	ask := func(calls ...func(*cloud.Account) error) {
		t.Helper()
		a, err := c.Open(t.Context(), "profile:prod", "eu-west-1", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			if err := call(a); err == nil {
				t.Fatal("no error")
			}
		}
	}
	ask(func(a *cloud.Account) error { return requestCertificate(t.Context(), a) },
		func(a *cloud.Account) error { return createDomain(t.Context(), a) },
		func(a *cloud.Account) error { return deleteDistribution(t.Context(), a) },
		func(a *cloud.Account) error { return changeRecords(t.Context(), a) })
	if err := os.WriteFile(name, []byte("[prod]\naws_access_key_id = AKANOTHER\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(func(a *cloud.Account) error { return whoAmI(t.Context(), a) })
	want := []string{
		"AKONE eu-west-1 acm acm.eu-west-1.amazonaws.com",
		"AKONE eu-west-1 apigateway apigateway.eu-west-1.amazonaws.com",
		"AKONE us-east-1 cloudfront cloudfront.amazonaws.com",
		"AKONE us-east-1 route53 route53.amazonaws.com",
		"AKANOTHER eu-west-1 sts sts.eu-west-1.amazonaws.com",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

// TestOpenWithoutCredentials: nothing names credentials, and people are told
// so at the first call.
func TestOpenWithoutCredentials(t *testing.T) {
	files(t, "[profile empty]\nregion = eu-west-1\n", "")
	a, err := cloud.New(cloud.Settings{}).Open(t.Context(), "profile:empty", "eu-west-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Identity(t.Context())
	if p := cloud.Explain(err); p == nil || p.Code != "NoCredentials" || !strings.Contains(p.Fix, "--profile empty") {
		t.Errorf("got %+v", p)
	}
}
