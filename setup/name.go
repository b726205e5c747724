package setup

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// A CleanedName is a domain name as it is stored, with one sentence for each
// change that was made to the typed text.
type CleanedName struct {
	Name  string // lower case, A-labels, no trailing dot
	Notes []string
}

// An InputError says why a typed text cannot be used. It is a sentence for the
// person who typed it.
type InputError string

func (e InputError) Error() string { return string(e) }

// The errors of CleanName.
const (
	errNameEmpty      = InputError("Enter a domain name, like api.example.com")
	errNameAddress    = InputError("Enter a name, not an IP address: a certificate is issued for a name, like api.example.com")
	errNameSingle     = InputError("Enter a full domain name, like api.example.com, with at least two parts")
	errNameLong       = InputError("Enter a shorter name: a domain name has at most 253 characters")
	errLabelLong      = InputError("Shorten the part between two dots that is longer than 63 characters")
	errLabelEmpty     = InputError("Take out one of the two dots that stand together, or the one in front")
	errLabelHyphen    = InputError("Take the hyphen away from the start or end of a part: names like -api.example.com do not work")
	errNameWildcard   = InputError("Enter * alone and first, such as *.example.com, or a name without it")
	errNameUnderscore = InputError("Take out the underscore: certificates are not issued for names with _")
	errNameCharacters = InputError("Use letters, digits, hyphens and dots only, like api.example.com")
	errNameNumeric    = InputError("Enter a name whose last part is not a number, like api.example.com")
	errNameUnicode    = InputError("This name has characters that cannot be written in DNS. Use letters, digits and hyphens, like api.example.com")
	errNameRegistry   = InputError("Enter a name of your own: this one belongs to a registry, which gives out names below it")
	errNameAWS        = InputError("Enter a name of your own: names under amazonaws.com and cloudfront.net belong to AWS")
)

// CleanName makes a domain name from what a person typed or pasted. It removes
// scheme, path, port, user, blanks around the name and a trailing dot, lowers
// upper case, turns a name in another script into A-labels, and notes each of
// these changes. A text that is no domain name for clients to call is an
// InputError.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
func CleanName(typed string) (CleanedName, error) {
	var c CleanedName
	note := func(text string) { c.Notes = append(c.Notes, text) }
	name := strings.TrimFunc(typed, isBlank)
	if name == "" {
		return c, errNameEmpty
	}
	if scheme, rest, ok := strings.Cut(name, "://"); ok && !strings.ContainsAny(scheme, "./") {
		note("Left out " + scheme + "://, which is not part of the name.")
		name = rest
	} else if strings.HasPrefix(name, "//") {
		note("Left out the slashes in front.")
		name = name[2:]
	}
	if i := strings.IndexAny(name, "/?#"); i >= 0 {
		if name[i:] == "/" {
			note("Left out the slash at the end.")
		} else {
			note("Left out " + brief(name[i:]) + ", which is not part of the name. Paths are on the page API and paths.")
		}
		name = name[:i]
	}
	if i := strings.LastIndex(name, "@"); i >= 0 {
		note("Left out what stood before @.")
		name = name[i+1:]
	}
	if isAddress(name) {
		return c, errNameAddress
	}
	if host, port, ok := strings.Cut(name, ":"); ok {
		if strings.Trim(port, "0123456789") != "" {
			return c, errNameCharacters
		}
		if port != "" {
			note("Left out port " + brief(port) + ": clients use 443 for HTTPS.")
		}
		name = host
	}
	if strings.HasSuffix(name, ".") {
		name = strings.TrimSuffix(name, ".")
		note("Left out the dot at the end.")
	}
	name = strings.TrimFunc(name, isBlank)
	if isAddress(name) {
		return c, errNameAddress
	}
	ascii, err := toASCII(name)
	if err != nil {
		return c, err
	}
	if lower := strings.ToLower(name); ascii != lower {
		note("Written as " + ascii + ", as DNS knows it.")
	} else if name != lower {
		note("Written in lower case, as DNS does.")
	}
	if err := checkName(ascii); err != nil {
		return c, err
	}
	c.Name = ascii
	return c, nil
}

// CleanServed is CleanName for the name of a setup: a wildcard for the first label, such
// as *.example.com, is a name for CloudFront and for API Gateway too. Callers use one
// label in its place, since a certificate covers no more.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-wildcard
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html#http-wildcard-custom-domain-names
func CleanServed(typed string) (CleanedName, error) {
	before, name, ok := strings.Cut(typed, "*.")
	before = strings.TrimLeftFunc(before, isBlank)
	wild := ok && (before == "" || strings.HasSuffix(before, "/") || strings.HasSuffix(before, "@"))
	if wild {
		typed = before + name
	}
	c, err := CleanName(typed)
	switch {
	case err != nil:
		return c, err
	case IsRegistry(c.Name):
		return CleanedName{}, errNameRegistry
	case !wild:
		return c, nil
	case len(c.Name)+len("*.") > longestHost:
		return CleanedName{}, errNameLong
	}
	c.Name = "*." + c.Name
	return c, nil
}

// toASCII turns a name in any script into A-labels in lower case. It only
// lowers an ASCII name, so that checkName can say what is wrong with it.
func toASCII(name string) (string, error) {
	ascii := true
	for _, r := range name {
		if r >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(name), nil
	}
	if strings.Contains(name, "*") {
		return "", errNameWildcard
	}
	out, err := idna.Lookup.ToASCII(strings.ToLower(name))
	if err != nil || out == "" {
		return "", errNameUnicode
	}
	return strings.TrimSuffix(out, "."), nil
}

// longestHost is the longest name of DNS in octets, without the dot at its end.
const longestHost = 253

// checkName says why an ASCII name in lower case is no domain name for clients;
// nil if it is one.
func checkName(name string) error {
	switch {
	case name == "":
		return errNameEmpty
	case strings.Contains(name, "*"):
		return errNameWildcard
	case strings.Contains(name, "_"):
		return errNameUnderscore
	case hasOther(name):
		return errNameCharacters
	case isAddress(name):
		return errNameAddress
	case len(name) > longestHost:
		return errNameLong
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		switch {
		case l == "":
			return errLabelEmpty
		case len(l) > 63:
			return errLabelLong
		case strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-"):
			return errLabelHyphen
		case strings.HasPrefix(l, "xn--"):
			if _, err := idna.Lookup.ToUnicode(l); err != nil {
				return errNameUnicode
			}
		}
	}
	last := labels[len(labels)-1]
	switch {
	case len(labels) < 2:
		return errNameSingle
	case strings.Trim(last, "0123456789") == "":
		return errNameNumeric
	case InZone(name, "amazonaws.com") || InZone(name, "cloudfront.net"):
		return errNameAWS
	}
	return nil
}

func hasOther(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// isAddress says whether the text is an IP address. The address may have
// brackets, a port or percent-encoding.
func isAddress(text string) bool {
	if un, err := url.PathUnescape(text); err == nil {
		text = un
	}
	if _, err := netip.ParseAddrPort(text); err == nil {
		return true
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	_, err := netip.ParseAddr(text)
	return err == nil
}

func isBlank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0x85, 0xA0, 0x200B, 0x2060, 0xFEFF, 0x3000:
		return true
	}
	return false
}

// brief cuts a typed text to the length that an error repeats.
func brief(text string) string { return Clip(text, 40) }
