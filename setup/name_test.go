package setup

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCleanNameTakesWhatPeoplePaste(t *testing.T) {
	tests := []struct {
		typed, want string
		notes       []string
	}{
		{"api.example.com", "api.example.com", nil},
		{"  api.example.com\n", "api.example.com", nil},
		{"https://api.example.com", "api.example.com", []string{"Left out https://, which is not part of the name."}},
		{"HTTPS://API.Example.com/", "api.example.com", []string{"Left out HTTPS://, which is not part of the name.", "Left out the slash at the end.", "Written in lower case, as DNS does."}},
		{"api.example.com/v1/orders?x=1", "api.example.com", []string{"Left out /v1/orders?x=1, which is not part of the name. Paths are on the page API and paths."}},
		{"api.example.com.", "api.example.com", []string{"Left out the dot at the end."}},
		{"api.example.com:8443", "api.example.com", []string{"Left out port 8443: clients use 443 for HTTPS."}},
		{"mira@api.example.com", "api.example.com", []string{"Left out what stood before @."}},
		{"Bücher.example", "xn--bcher-kva.example", []string{"Written as xn--bcher-kva.example, as DNS knows it."}},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", nil},
		{"3.example.com", "3.example.com", nil},
		{strings.Repeat("a", 63) + ".example.com", strings.Repeat("a", 63) + ".example.com", nil},
	}
	for _, test := range tests {
		t.Run(test.typed, func(t *testing.T) {
			got, err := CleanName(test.typed)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if diff := cmp.Diff(CleanedName{test.want, test.notes}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCleanNameRefusesInOneSentence(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat("abcdefgh.", 29), ".") // 260 octets
	tests := []struct {
		typed string
		want  InputError
	}{
		{"", errNameEmpty},
		{" \t", errNameEmpty},
		{"https://", errNameEmpty},
		{"203.0.113.7", errNameAddress},
		{"http://203.0.113.7:8080/x", errNameAddress},
		{"[2001:db8::1]", errNameAddress},
		{"2001:db8::1", errNameAddress},
		{"https://[2001:db8::1]:443/", errNameAddress},
		{"localhost", errNameSingle},
		{long, errNameLong},
		{strings.Repeat("a", 64) + ".example.com", errLabelLong},
		{"api..example.com", errLabelEmpty},
		{".example.com", errLabelEmpty},
		{"-api.example.com", errLabelHyphen},
		{"api-.example.com", errLabelHyphen},
		{"*.example.com", errNameWildcard},
		{"api.*.com", errNameWildcard},
		{"*.bücher.example", errNameWildcard},
		{"my_api.example.com", errNameUnderscore},
		{"api example.com", errNameCharacters},
		{"api.example.com:abc", errNameCharacters},
		{"api!.example.com", errNameCharacters},
		{"api.example.1", errNameNumeric},
		{"xn--a.example", errNameUnicode},
		{"d-abc.execute-api.eu-west-1.amazonaws.com", errNameAWS},
		{"d111111abcdef8.cloudfront.net", errNameAWS},
	}
	for _, test := range tests {
		t.Run(test.typed, func(t *testing.T) {
			got, err := CleanName(test.typed)
			var sentence InputError
			if !errors.As(err, &sentence) || sentence != test.want {
				t.Errorf("got %+v, %v; want %q", got, err, test.want)
			}
		})
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"api.example.com", "HTTPS://Api.Example.com./x", "bücher.example", "*.a.b", "1.2.3.4", "[::1]:80", "a_b.c", "xn--a.b", "a@b.c:1", "．example。com", "\u200bapi.example.com", "a\x00.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := CleanName(typed)
		if err != nil {
			var sentence InputError
			if !errors.As(err, &sentence) || c.Name != "" {
				t.Fatalf("%q: error %T %v, name %q", typed, err, err, c.Name)
			}
			return
		}
		if err := checkName(c.Name); err != nil {
			t.Fatalf("%q became %q, which is refused itself: %v", typed, c.Name, err)
		}
		again, err := CleanName(c.Name)
		if err != nil || again.Name != c.Name || len(again.Notes) > 0 {
			t.Fatalf("%q became %q, which becomes %+v, %v", typed, c.Name, again, err)
		}
	})
}

// A setup may be of a wildcard for the first label, and of no other.
func TestCleanServed(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"*.api.example.com": "*.api.example.com", " HTTPS://*.Api.Example.com/v1 ": "*.api.example.com", "//*.example.com.": "*.example.com",
		"user@*.example.com:443": "*.example.com", "*.bücher.example": "*.xn--bcher-kva.example", "api.example.com": "api.example.com",
		"*.com": "", "*": "", "*.": "", "*.*.example.com": "", "a*.example.com": "", "api.*.example.com": "", "**.example.com": "", "*example.com": "",
		"*." + strings.Repeat("a.", 125) + "b": "*." + strings.Repeat("a.", 125) + "b", "*." + strings.Repeat("a.", 126) + "b": "",
	} {
		c, err := CleanServed(typed)
		if c.Name != want && err == nil || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", typed, c.Name, err)
		}
		if err == nil {
			if again, err := CleanServed(c.Name); err != nil || again.Name != c.Name || len(again.Notes) > 0 {
				t.Errorf("%q is not clean: %q %v %v", c.Name, again.Name, again.Notes, err)
			}
		}
	}
}
