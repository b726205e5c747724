package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
)

// redacted stands where a secret is printed.
const redacted = "[redacted]"

// A Secret is a text that shows only where Reveal is called: not printed, not logged,
// not in JSON. It is in a function because whatever looks into values by reflection
// stops there.
type Secret struct{ value func() string }

// NewSecret makes one of a text.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// secretBytes is how many random bytes a secret has, and secretPrefix tells whoever
// meets one what made it.
const (
	secretBytes  = 32
	secretPrefix = "apifront-"
)

// RandomSecret makes one of 32 random bytes, as base64url, which can stand in a header.
func RandomSecret() Secret {
	b := make([]byte, secretBytes)
	// Read of crypto/rand never fails and fills b entirely.
	_, _ = rand.Read(b)
	return NewSecret(secretPrefix + base64.RawURLEncoding.EncodeToString(b))
}

// IsMade says whether RandomSecret made it.
func (s Secret) IsMade() bool {
	text, ok := strings.CutPrefix(s.Reveal(), secretPrefix)
	return ok && len(text) == base64.RawURLEncoding.EncodedLen(secretBytes)
}

// Reveal is the text.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// IsZero says whether there is none.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue keeps secrets out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format keeps secrets out of whatever verb prints them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// OriginPurpose is what the keys are for that seal the values of origin headers.
const OriginPurpose = "apifront secrets of origins"

// AboutOrigin is what the value of a setup's origin header is sealed as.
func AboutOrigin(setupID string) string { return "origin header of setup " + setupID }
