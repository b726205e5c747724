package setup

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// And joins the items of a list for a sentence: "a", "a and b", "a, b and c".
func And(items []string) string { return listed(items, " and ") }

// Or joins the items of a choice for a sentence: "a", "a or b", "a, b or c".
func Or(items []string) string { return listed(items, " or ") }

func listed(items []string, last string) string {
	n := len(items)
	if n < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:n-1], ", ") + last + items[n-1]
}

// LowerFirst is a text as it stands within a sentence: without its first capital, unless
// the first word is a name or an acronym, such as TXT, CloudFront or Route 53.
func LowerFirst(text string) string {
	if text == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text[n:], " ")
	if strings.ContainsFunc(word, unicode.IsUpper) || properNoun.MatchString(text) {
		return text
	}
	return string(unicode.ToLower(r)) + text[n:]
}

var properNoun = regexp.MustCompile(`^(Amazon|Lambda|Regional|Route 53)\b`)

// Count is a number and a noun: "1 path", "2 paths".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Span is a length of time to the second: "8 s", "6 min 41 s", "2 h 5 min", "3
// days 2 h". Lengths that differ by a second have different texts, because
// pages compare the answers of a setup by these texts.
func Span(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 s"
	case d < time.Second:
		return "less than 1 s"
	}
	var words []string
	for _, u := range []struct {
		name   string
		length time.Duration
	}{{"days", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}} {
		if u.name == "days" && d < 2*u.length {
			continue // below two days, hours are clear
		}
		if n := d / u.length; n > 0 {
			words = append(words, strconv.FormatInt(int64(n), 10)+" "+u.name)
			d -= n * u.length
		}
	}
	return strings.Join(words, " ")
}

// Clip shortens a text from outside so that it fits into a sentence: at most n
// characters, and a "…" if some were left out.
func Clip(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if first := First(text, n); first != text {
		return first + "…"
	}
	return text
}

// First is the first n characters of a text. The result does not keep the rest
// in memory.
func First(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return strings.Clone(text[:i])
		}
		n--
	}
	return text
}

// maxMessage is the limit of the Message of a Call, in octets.
const maxMessage = 1024

// ClipMessage shortens a message for a Call. The result is valid UTF-8 of at
// most maxMessage octets, including the "…" if something was left out.
func ClipMessage(s string) string {
	const more = "…"
	if s = strings.ToValidUTF8(s, string(utf8.RuneError)); len(s) <= maxMessage {
		return s
	}
	end := maxMessage - len(more)
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more
}

// Thousands is a whole number as people read it: "1,000".
func Thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
