package notice

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"apifront/seal"
	"apifront/setup"
)

// Keys seal what is known of places: the first one seals, all of them open. They
// are not in the database, so a copy of it tells nobody where notices go.
type Keys struct{ seal.Keys }

// NewKeys makes them of secrets of 32 bytes or more, the newest first.
func NewKeys(secrets [][]byte) (Keys, error) {
	k, err := seal.New(secrets, "apifront places of notices")
	return Keys{k}, err
}

// about is what a sealed text belongs to: it opens for no other place, and no other
// kind of place.
func about(p setup.NoticePlace) string { return "place " + p.ID + " " + string(p.Kind) }

// Seal seals what is known of the place with the ID and kind.
func (k Keys) Seal(p setup.NoticePlace, secret setup.NoticeSecret) (string, error) {
	plain, err := json.Marshal(secret)
	if err != nil {
		return "", fmt.Errorf("encode a secret: %w", err)
	}
	sealed, err := k.Keys.Seal(about(p), plain)
	if err != nil {
		return "", fmt.Errorf("seal a place of notices: %w", err)
	}
	return sealed, nil
}

// Open opens what is sealed of the place. The error holds nothing of it.
func (k Keys) Open(p setup.NoticePlace) (secret setup.NoticeSecret, err error) {
	plain, err := k.Keys.Open(about(p), p.Sealed)
	if err != nil {
		return secret, err
	}
	if json.Unmarshal(plain, &secret) != nil {
		return setup.NoticeSecret{}, errors.New("what is sealed cannot be read")
	}
	return secret, nil
}

// Rekey seals a place anew, with another key that signs what goes there.
func (k Keys) Rekey(p setup.NoticePlace) (sealed, key string, err error) {
	secret, err := k.Open(p)
	if err != nil {
		return "", "", err
	}
	secret.Key = NewKey()
	sealed, err = k.Seal(p, secret)
	return sealed, secret.Key, err
}

// keyPrefix begins a key of Standard Webhooks, and keyBytes is how long one of ours
// is: 24 to 64 bytes are allowed.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const (
	keyPrefix = "whsec_"
	keyBytes  = 32
)

// NewKey makes the key with which notices to a program are signed.
func NewKey() string {
	b := make([]byte, keyBytes)
	// Read of crypto/rand never fails and fills b entirely.
	_, _ = rand.Read(b)
	return keyPrefix + base64.StdEncoding.EncodeToString(b)
}
