// Package seal encrypts what the database keeps and nobody but apifront is to read.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
)

// Keys seal texts: the first one seals, all of them open. They are not in the
// database, so a copy of it tells nobody what is sealed.
type Keys struct{ list []cipher.AEAD }

// New makes them of secrets of 32 bytes or more, the newest first. Keys of one
// purpose open nothing of another.
func New(secrets [][]byte, purpose string) (Keys, error) {
	var k Keys
	for _, secret := range secrets {
		if len(secret) < 32 {
			return k, errors.New("a key has fewer than 32 bytes")
		}
		key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
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

// Seal seals a text. It opens only as what it is about.
func (k Keys) Seal(about string, plain []byte) (string, error) {
	if k.Missing() {
		return "", errors.New("there is no key to seal with")
	}
	nonce := make([]byte, k.list[0].NonceSize())
	// Read of crypto/rand never fails and fills nonce entirely.
	_, _ = rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(k.list[0].Seal(nonce, nonce, plain, []byte(about))), nil
}

// Open opens what was sealed as being about the same. The error holds nothing of it.
func (k Keys) Open(about, sealed string) ([]byte, error) {
	text, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errors.New("what is sealed is not whole")
	}
	for _, key := range k.list {
		n := key.NonceSize()
		if len(text) < n {
			break
		}
		plain, err := key.Open(nil, text[:n], text[n:], []byte(about))
		if err == nil {
			return plain, nil
		}
	}
	return nil, errors.New("no key opens it")
}
