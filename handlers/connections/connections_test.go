package connections_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

const shopRole = "arn:aws:iam::482177301954:role/apifront"

// addRole adds a connection by the form, and returns its page.
func addRole(s *handlerstest.JobSite, name string) string {
	s.T.Helper()
	resp := s.Request(http.MethodPost, "/connections/new", url.Values{
		"name": {name}, "kind": {"role"}, "role": {shopRole}, "source": {"default"}, "regions": {"eu-west-1, us-east-1"},
	}, nil)
	to := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/connections/") {
		s.T.Fatalf("add: status %d to %q", resp.StatusCode, to)
	}
	return to
}

// do sends a request and reads the page that comes back.
func do(s *handlerstest.JobSite, method, path string, form url.Values) (status int, body string, doc *goquery.Document) {
	s.T.Helper()
	resp := s.Request(method, path, form, nil)
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	if doc, err = goquery.NewDocumentFromReader(bytes.NewReader(b)); err != nil {
		s.T.Fatal(err)
	}
	return resp.StatusCode, string(b), doc
}

// The state of a connection is the same on its page and in the list, in
// whatever order the quick look and the full test were made.
func TestAConnectionHasOneState(t *testing.T) {
	t.Parallel()
	who, full := setup.LookIdentity, setup.LookConnection
	identity := setup.Identity{AccountID: "482177301954", ARN: "arn:aws:iam::482177301954:user/mira"}
	refused := &setup.Problem{What: "The AWS credentials have expired.", Why: "The session is over.", Fix: "Sign in again."}
	for _, c := range []struct {
		name string
		ask  []setup.LookKind
		bad  []bool
		word string
	}{
		{"never", nil, nil, "Not tested"},
		{"whose it is", []setup.LookKind{who}, []bool{false}, "Works"},
		{"in full", []setup.LookKind{full}, []bool{false}, "Works"},
		{"worked, then not", []setup.LookKind{who, full}, []bool{false, true}, "Failed"},
		{"tested, then signed out", []setup.LookKind{full, who}, []bool{false, true}, "Failed"},
		{"signed out, then tested", []setup.LookKind{who, full}, []bool{true, false}, "Works"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := handlerstest.NewJobSite(t)
			for i, kind := range c.ask {
				var value any = setup.ConnectionTest{Identity: identity}
				if kind == who {
					value = identity
				}
				var problem *setup.Problem
				if c.bad[i] {
					value, problem = nil, refused
				}
				key := setup.LookKey{Kind: kind, Connection: setup.DefaultConnection}
				if _, err := s.Store.AskLook(t.Context(), key, 0); err != nil {
					t.Fatal(err)
				}
				if _, _, err := s.Store.NextLook(t.Context(), "test"); err != nil {
					t.Fatal(err)
				}
				var answer []byte
				if value != nil {
					var err error
					if answer, err = json.Marshal(value); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(3 * time.Millisecond) // the answers have different times
				if err := s.Store.FinishLook(t.Context(), "test", key, answer, problem); err != nil {
					t.Fatal(err)
				}
			}
			for _, at := range []string{"/connections", "/connections/default"} {
				if got := handlerstest.Squash(s.Page(at, http.StatusOK).Find("main .st").First().Text()); got != c.word {
					t.Errorf("%s says %q, want %s", at, got, c.word)
				}
			}
		})
	}
}

func TestAddTestChangeAndDeleteAConnection(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	handlerstest.Contains(t, s.Page("/connections", http.StatusOK), "main", "Add a connection")
	handlerstest.Contains(t, s.Page("/connections/new", http.StatusOK), "main", "takes no access keys", "Role to assume", "Named profile", "Default chain")
	at := addRole(s, "Shop")
	id := strings.TrimPrefix(at, "/connections/")
	doc := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "Shop", "Not tested", shopRole, "External ID", "apifront-", "Test that connection first", "No setup and no draft uses it")
	c, err := s.Store.Connection(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}

	// A test: everything it found is shown, with the trust policy for who asked.
	if resp := s.Request(http.MethodPost, "/connections", url.Values{"connection": {id}, "page": {"1"}}, nil); resp.Header.Get("Location") != at {
		t.Errorf("test leads to %q", resp.Header.Get("Location"))
	}
	handlerstest.Contains(t, s.Page(at, http.StatusOK), "h1", "Testing")
	result, err := json.Marshal(setup.ConnectionTest{
		Identity: setup.Identity{AccountID: "482177301954", ARN: "arn:aws:sts::482177301954:assumed-role/apifront/apifront-look"},
		Source:   "arn:aws:iam::111122223333:user/apifront", Expires: time.Now().Add(50 * time.Minute),
		Checks: []setup.Check{{Result: setup.CheckBad, Title: "AWS does not allow it", Items: []string{"acm:ListCertificates"}, Fix: "Allow it."}, {Result: setup.CheckUnknown, Title: "Writes were not tried"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k, _, err := s.Store.NextLook(t.Context(), "w")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Store.FinishLook(t.Context(), "w", k, result, nil); err != nil {
			t.Fatal(err)
		}
	}
	doc = s.Page(at, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "Works", "4821-7730-1954", "assumed-role/apifront/apifront-look", "They are renewed before", "Missing: acm:ListCertificates. Allow it.", "Writes were not tried")
	handlerstest.Contains(t, doc, "pre", "arn:aws:iam::111122223333:user/apifront", "sts:ExternalId", c.ExternalID)

	// A profile with a slash in its name has a page as well.
	if resp := s.Request(http.MethodGet, "/connections/profile:no%2Fsuch", nil, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a profile that is not there: status %d", resp.StatusCode)
	}

	// Changed, and refused when somebody else was quicker.
	form := url.Values{"name": {"Store"}, "role": {shopRole}, "source": {"default"}, "version": {"1"}}
	if resp := s.Request(http.MethodPost, at+"/edit", form, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("change: status %d", resp.StatusCode)
	}
	if resp := s.Request(http.MethodPost, at+"/edit", form, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("change of an old version: status %d, want 409", resp.StatusCode)
	}
	if resp := s.Request(http.MethodPost, "/connections/default/edit", form, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("change of the machine's own: status %d, want 409", resp.StatusCode)
	}

	// Not deleted while a draft uses it, which is named.
	spec := setup.DefaultSpec()
	spec.Account.Connection, spec.Domain.Name = id, "api.used.example"
	d, err := s.Store.CreateDraft(t.Context(), "Ada", spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		status, _, doc := do(s, method, at+"/delete", url.Values{})
		if status != http.StatusConflict {
			t.Errorf("%s delete in use: status %d, want 409", method, status)
		}
		handlerstest.Contains(t, doc, "main", "is in use", "api.used.example")
	}
	if err := s.Store.DeleteDraft(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	handlerstest.Contains(t, s.Page(at+"/delete", http.StatusOK), "main", "Delete the connection Store?")
	if resp := s.Request(http.MethodPost, at+"/delete", url.Values{}, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("delete: status %d", resp.StatusCode)
	}
	s.Page(at, http.StatusNotFound)
}

func TestAConnectionThatIsNotTaken(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	addRole(s, "Shop")
	const key, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	good := url.Values{"name": {"Other"}, "kind": {"role"}, "role": {shopRole}, "source": {"default"}}
	for _, test := range []struct{ field, value, says string }{
		{"name", "", "Enter a name"},
		{"name", strings.Repeat("x", 61), "at most 60 characters"},
		{"name", "two\nlines", "on one line"},
		{"name", "sHOP", "there is a connection sHOP already"},
		{"kind", "telepathy", "what kind of connection"},
		{"kind", "profile", "Choose the profile"},
		{"role", "apifront", "Enter the ARN of a role"},
		{"role", "arn:aws:iam::482177301954:user/mira", "Enter the ARN of a role"},
		{"source", "", "Choose who assumes the role"},
		{"source", "0190-some-role", "Choose who assumes the role"},
		{"regions", "eu-west-1 mars", "“mars” is none"},
		{"role", key, "apifront takes and stores none"},
		{"name", "key " + key, "apifront takes and stores none"},
		{"name", secret, "apifront takes and stores none"},
		{"anything", secret, "apifront takes and stores none"},
	} {
		form := url.Values{test.field: {test.value}}
		for name, v := range good {
			if name != test.field {
				form[name] = v
			}
		}
		status, body, doc := do(s, http.MethodPost, "/connections/new", form)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s %q: status %d, want 422", test.field, test.value, status)
			continue
		}
		handlerstest.Contains(t, doc, "#errors", test.says)
		if strings.Contains(body, key) || strings.Contains(body, secret) {
			t.Errorf("%s %q is shown again", test.field, test.value)
		}
	}
	list, err := s.Store.Connections(t.Context())
	if err != nil || len(list) != 1 {
		t.Errorf("stored: %+v, %v", list, err)
	}
}

// The fields that one kind of connection needs stand in a group that says so, for who
// sees all of them.
func TestFieldsOfAKindStandTogether(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	for group, want := range map[string]string{"For a role to assume": "role source", "For a named profile": "profile"} {
		var got []string
		for _, f := range s.Page("/connections/new", http.StatusOK).Find("form.by-kind fieldset").EachIter() {
			if strings.TrimSpace(f.Find("legend").Text()) == group {
				for _, i := range f.Find(".input").EachIter() {
					got = append(got, i.AttrOr("name", ""))
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", group, got, want)
		}
	}
}
