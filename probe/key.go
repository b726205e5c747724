package probe

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"apifront/setup"
)

// redactedText stands where a secret was.
const redactedText = "[redacted]"

// A Key is a secret that opens an API to probes.
type Key = setup.Secret

// NewKey makes a Key of the value of a header.
func NewKey(value string) Key { return setup.NewSecret(value) }

// A KeyHeader says where a key may go: to one host, in one header, over TLS
// with a certificate that is valid for the host.
type KeyHeader struct {
	Host     string // such as "api.example.com"; no wildcard
	Header   string // such as "X-Api-Key"
	Variable string // of the environment: "APIFRONT_PROBE_KEY_…"
	Unbound  bool   // no administrator lets it be sent there: it is not
	Typed    Key    // typed for one climb and stored nowhere; it goes before Variable
}

// KeyPrefix is how the variables begin that hold keys.
const KeyPrefix = "APIFRONT_PROBE_KEY_"

// unlock adds the keys that are bound to the host of a request, and says which
// secrets it has now.
func (p *Prober) unlock(header http.Header, host string, keys []KeyHeader) (secrets []string, err error) {
	for _, k := range keys {
		if setup.FoldName(k.Host) != setup.FoldName(host) {
			continue
		}
		name, value, err := p.open(k)
		if err != nil {
			return nil, err
		}
		header.Set(name, value)
		secrets = append(secrets, value)
	}
	return secrets, nil
}

// named are the names of the keys that are bound to the host of a request: the
// variable that holds one, or the header of one that somebody typed.
func named(host string, keys []KeyHeader) []string {
	var names []string
	for _, k := range keys {
		if setup.FoldName(k.Host) == setup.FoldName(host) {
			names = append(names, cmp.Or(k.Variable, k.Header))
		}
	}
	return names
}

// open is the header of a key and its value, or why it cannot be sent.
func (p *Prober) open(k KeyHeader) (name, value string, err error) {
	key := k.Typed
	if key.IsZero() {
		key = p.settings.Keys[k.Variable]
	}
	switch {
	case k.Unbound:
		return "", "", unbound(k)
	case key.IsZero():
		return "", "", noKey(k)
	}
	name, value = textproto.CanonicalMIMEHeaderKey(k.Header), key.Reveal()
	if !sendable(name, value) {
		return "", "", badKey(k)
	}
	return name, value, nil
}

// Locked says which key of a target is missing or cannot be sent; nil if all
// are there.
func (p *Prober) Locked(t Target) *setup.Problem {
	keys := t.Keys
	for _, path := range t.Paths {
		keys = slices.Concat(keys, path.Keys)
	}
	for _, k := range keys {
		_, _, err := p.open(k)
		if problem, ok := errors.AsType[*setup.Problem](err); ok {
			return problem
		}
	}
	return nil
}

// sendable says whether a key can be a header's value.
func sendable(name, value string) bool {
	return setup.CanCarryKey(name) && setup.SendableKey(setup.NewSecret(value))
}

func noKey(k KeyHeader) error {
	return &setup.Problem{
		What: "A test request was not sent.",
		Why:  fmt.Sprintf("It wants a key in the header %s, and the environment variable %s is not set.", k.Header, k.Variable),
		Fix:  fmt.Sprintf("Set %s where apifront runs and start it again, or test without a key.", k.Variable),
		Code: "KeyMissing",
	}
}

func unbound(k KeyHeader) error {
	return &setup.Problem{
		What: "A test request was not sent.",
		Why:  fmt.Sprintf("It wants the key %s, and no administrator lets tests of %s send it.", k.Variable, k.Host),
		Fix:  fmt.Sprintf("Bind %s to %s on the page Test keys, or change the setup and test the path without a key.", k.Variable, k.Host),
		Code: "KeyUnbound",
	}
}

func badKey(k KeyHeader) error {
	return &setup.Problem{
		What: "A test request was not sent.",
		Why:  fmt.Sprintf("The key for the header %s cannot stand in a header, or a key has no place in that one.", k.Header),
		Fix:  "Correct the header's name, or the key: at least 8 visible ASCII characters, without a blank at its ends.",
		Code: "KeyUnusable",
	}
}

// redact takes secrets out of an answer that repeats them.
func (r *Response) redact(secrets []string) {
	for _, s := range spellings(secrets) {
		for _, values := range r.Header {
			for i := range values {
				values[i] = strings.ReplaceAll(values[i], s, redactedText)
			}
		}
		r.Body = bytes.ReplaceAll(r.Body, []byte(s), []byte(redactedText))
	}
}

// redacted is an error without secrets; its type and phase stay.
func redacted(err error, secrets []string) error {
	failed, ok := errors.AsType[*RequestError](err)
	if !ok {
		return err
	}
	said := failed.Err.Error()
	for _, s := range spellings(secrets) {
		said = strings.ReplaceAll(said, s, redactedText)
	}
	if said == failed.Err.Error() {
		return err
	}
	return &RequestError{failed.Phase, failed.Host, errors.New(said)}
}

// spellings are secrets as they may come back: in a JSON text, in an address,
// without the word before them ("Bearer").
func spellings(secrets []string) []string {
	var all []string
	add := func(s string) {
		if len(s) < setup.MinKey {
			return
		}
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		if quoted, err := json.Marshal(s); err == nil {
			all = append(all, string(quoted[1:len(quoted)-1]))
		}
	}
	for _, s := range secrets {
		add(s)
		for _, word := range strings.Fields(s) {
			add(word)
		}
	}
	// The longest first, since one may hold another.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(all)
}
