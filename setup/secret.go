package setup

// redactedSecret stands where a secret was.
const redactedSecret = "[redacted]"

// A Secret is a text that nobody may see. However it is printed, written as JSON or
// logged, it does not show. It is in a function because whatever looks into values by
// reflection stops there.
type Secret struct{ value func() string }

// NewSecret makes a Secret of a text.
func NewSecret(value string) Secret { return Secret{func() string { return value }} }

// IsZero says whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil || s.value() == "" }

// Reveal is the text. It may go into the header of a request, and nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// String keeps the secret out of what is printed.
func (s Secret) String() string { return redactedSecret }

// GoString is String.
func (s Secret) GoString() string { return redactedSecret }

// MarshalText is String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redactedSecret), nil }

// A TypedKey is a key that somebody typed for one look. It is kept nowhere.
type TypedKey struct {
	Header string // in which it is sent, such as "X-Api-Key"
	Value  Secret
}

// IsZero says whether there is no key.
func (k TypedKey) IsZero() bool { return k.Value.IsZero() }
