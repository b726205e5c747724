package notice

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"apifront/setup"
)

// Keys seal what is known of places: the first one seals, all of them open. They
// are not in the database, so a copy of it tells nobody where notices go.
type Keys struct{ list []cipher.AEAD }

// NewKeys makes them of secrets of 32 bytes or more, the newest first.
func NewKeys(secrets [][]byte) (Keys, error) {
	var k Keys
	for _, secret := range secrets {
		if len(secret) < 32 {
			return k, errors.New("a key has fewer than 32 bytes")
		}
		key, err := hkdf.Key(sha256.New, secret, nil, "apifront places of notices", 32)
		if err != nil {
			return k, fmt.Errorf("derive a key: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return k, fmt.Errorf("make a cipher: %w", err)
		}
		seal, err := cipher.NewGCM(block)
		if err != nil {
			return k, fmt.Errorf("make a cipher: %w", err)
		}
		k.list = append(k.list, seal)
	}
	return k, nil
}

// Missing says whether there is no key, so that nothing can be sealed.
func (k Keys) Missing() bool { return len(k.list) == 0 }

// String keeps keys out of what a broken program prints.
func (k Keys) String() string { return fmt.Sprintf("%d keys", len(k.list)) }

// GoString is String.
func (k Keys) GoString() string { return k.String() }

// LogValue keeps keys out of logs.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// about is what a sealed text belongs to: it opens for no other place, and no other
// kind of place.
func about(p setup.NoticePlace) []byte { return []byte("place " + p.ID + " " + string(p.Kind)) }

// Seal seals what is known of the place with the ID and kind.
func (k Keys) Seal(p setup.NoticePlace, secret setup.NoticeSecret) (string, error) {
	if k.Missing() {
		return "", errors.New("there is no key for places of notices")
	}
	plain, err := json.Marshal(secret)
	if err != nil {
		return "", fmt.Errorf("encode a secret: %w", err)
	}
	nonce := make([]byte, k.list[0].NonceSize())
	// Read of crypto/rand never fails and fills nonce entirely.
	_, _ = rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(k.list[0].Seal(nonce, nonce, plain, about(p))), nil
}

// Open opens what is sealed of the place. The error holds nothing of it.
func (k Keys) Open(p setup.NoticePlace) (secret setup.NoticeSecret, err error) {
	sealed, err := base64.RawStdEncoding.DecodeString(p.Sealed)
	if err != nil {
		return secret, errors.New("what is sealed is not whole")
	}
	for _, key := range k.list {
		n := key.NonceSize()
		if len(sealed) < n {
			break
		}
		plain, err := key.Open(nil, sealed[:n], sealed[n:], about(p))
		if err != nil {
			continue // of another key
		}
		if json.Unmarshal(plain, &secret) == nil {
			return secret, nil
		}
	}
	return setup.NoticeSecret{}, errors.New("no key opens it")
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
