package setup

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAndOr(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		items   []string
		and, or string
	}{
		{nil, "", ""},
		{[]string{"a"}, "a", "a"},
		{[]string{"a", "b"}, "a and b", "a or b"},
		{[]string{"a", "b", "c"}, "a, b and c", "a, b or c"},
	} {
		if got := And(x.items); got != x.and {
			t.Errorf("And(%q) is %q, want %q", x.items, got, x.and)
		}
		if got := Or(x.items); got != x.or {
			t.Errorf("Or(%q) is %q, want %q", x.items, got, x.or)
		}
	}
}

// Only what is no name and no acronym begins small within a sentence.
func TestLowerFirst(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "A": "a", "A record to add": "a record to add", "Certificate, us-east-1": "certificate, us-east-1", "Ähnlich": "ähnlich", "/orders": "/orders",
		"TXT record for the move": "TXT record for the move", "API mapping": "API mapping", "CloudFront answers": "CloudFront answers", "IPv6 is off": "IPv6 is off",
		"Route 53 record": "Route 53 record", "Routes": "routes", "Regional endpoint": "Regional endpoint", "Amazon's certificate": "Amazon's certificate",
	} {
		if got := LowerFirst(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// The text of a span reads back as the same number of seconds, so no two texts
// are alike.
func TestSpanReadsBack(t *testing.T) {
	t.Parallel()
	units := map[string]int{"s": 1, "min": 60, "h": 3600, "days": 86400}
	check := func(seconds int) {
		text := Span(time.Duration(seconds) * time.Second)
		words := strings.Fields(text)
		sum := 0
		for i := 0; i+1 < len(words); i += 2 {
			n, err := strconv.Atoi(words[i])
			if err != nil || n == 0 && seconds > 0 {
				t.Fatalf("%d s read %q", seconds, text)
			}
			sum += n * units[words[i+1]]
		}
		if sum != seconds {
			t.Fatalf("%d s read %q, which is %d s", seconds, text, sum)
		}
	}
	for s := range 3 * 86400 {
		check(s)
	}
	for range 10_000 {
		check(rand.IntN(400 * 86400))
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", time.Millisecond: "less than 1 s",
		8 * time.Second: "8 s", 90 * time.Second: "1 min 30 s", 401 * time.Second: "6 min 41 s", time.Hour: "1 h",
		125 * time.Minute: "2 h 5 min", 24 * time.Hour: "24 h", 36 * time.Hour: "36 h", 74 * time.Hour: "3 days 2 h",
		365 * 24 * time.Hour: "365 days", 86461 * time.Second: "24 h 1 min 1 s",
	} {
		if got := Span(d); got != want {
			t.Errorf("%s reads %q, want %q", d, got, want)
		}
	}
}

// A cut text is a beginning of the whole text with a mark, and never ends
// within a character. A text that fits is unchanged.
func TestClip(t *testing.T) {
	t.Parallel()
	for range 20_000 {
		text := someText(rand.IntN(30))
		n := rand.IntN(25)
		first, clipped := First(text, n), Clip(text, n)
		if !strings.HasPrefix(text, first) || utf8.RuneCountInString(first) != min(n, utf8.RuneCountInString(text)) {
			t.Fatalf("First(%q, %d) is %q", text, n, first)
		}
		valid := strings.ToValidUTF8(text, "\uFFFD")
		want := valid
		if utf8.RuneCountInString(valid) > n {
			want = string([]rune(valid)[:n]) + "…"
		}
		if clipped != want {
			t.Fatalf("Clip(%q, %d) is %q, want %q", text, n, clipped, want)
		}
	}
}

func TestClipMessage(t *testing.T) {
	t.Parallel()
	for range 2000 {
		text := someText(rand.IntN(1400))
		got := ClipMessage(text)
		valid := strings.ToValidUTF8(text, "\uFFFD")
		switch {
		case !utf8.ValidString(got) || len(got) > 1024 || ClipMessage(got) != got:
			t.Fatalf("%q became %q", text, got)
		case len(valid) <= 1024 && got != valid:
			t.Fatalf("%q fits, and became %q", text, got)
		case len(valid) > 1024 && (!strings.HasSuffix(got, "…") || !strings.HasPrefix(valid, strings.TrimSuffix(got, "…")) || len(got) < 1020):
			t.Fatalf("%q became %q", text, got)
		}
	}
}

// someText is n characters of all widths. Invalid octets are among them.
func someText(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString([]string{"a", "é", "“", "𝄞", "\xff", "…"}[rand.IntN(6)])
	}
	return b.String()
}
