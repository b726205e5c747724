package notice

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"apifront/setup"
)

// What is sealed opens with the key, for its place alone, and with no other; a new
// key before the old one opens it too.
func TestSealed(t *testing.T) {
	t.Parallel()
	old, fresh := bytes.Repeat([]byte("o"), 64), bytes.Repeat([]byte("f"), 64)
	make := func(secrets ...[]byte) Keys {
		k, err := NewKeys(secrets)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	p := setup.NoticePlace{ID: "p1", Kind: setup.NoticeHook}
	secret := setup.NoticeSecret{Address: "https://bots.example.com/secret-part", Key: NewKey()}
	var err error
	if p.Sealed, err = make(old).Seal(p, secret); err != nil {
		t.Fatal(err)
	}
	again, err := make(old).Seal(p, secret)
	if err != nil || again == p.Sealed {
		t.Error("the same is sealed to the same", err)
	}
	raw, err := base64.RawStdEncoding.DecodeString(p.Sealed)
	if err != nil || bytes.Contains(raw, []byte("secret-part")) {
		t.Errorf("%q, %v", raw, err)
	}
	for name, k := range map[string]Keys{"the key": make(old), "a new one before it": make(fresh, old)} {
		if got, err := k.Open(p); err != nil || got != secret {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, kind, cut, changed := p, p, p, p
	other.ID, kind.Kind, cut.Sealed = "p2", setup.NoticeChat, p.Sealed[:8]
	changed.Sealed = p.Sealed[:len(p.Sealed)-4] + "AAAA"
	for name, c := range map[string]struct {
		k Keys
		p setup.NoticePlace
	}{
		"another key": {make(fresh), p}, "no key": {Keys{}, p}, "another place": {make(old), other}, "another kind": {make(old), kind},
		"cut off": {make(old), cut}, "changed": {make(old), changed}, "nothing": {make(old), setup.NoticePlace{ID: "p1", Kind: setup.NoticeHook}},
	} {
		if got, err := c.k.Open(c.p); err == nil || got != (setup.NoticeSecret{}) || strings.Contains(err.Error(), "secret-part") {
			t.Errorf("%s: %v, %v", name, got.Address, err)
		}
	}
	if _, err := (Keys{}).Seal(p, secret); err == nil {
		t.Error("it is sealed without a key")
	}
	if _, err := NewKeys([][]byte{[]byte("short")}); err == nil {
		t.Error("a short key is taken")
	}
}

// Neither keys nor what they seal is printed.
func TestNothingSecretIsPrinted(t *testing.T) {
	t.Parallel()
	k, err := NewKeys([][]byte{bytes.Repeat([]byte("planted!"), 8)})
	if err != nil {
		t.Fatal(err)
	}
	secret := setup.NoticeSecret{Address: "https://planted", Key: "whsec_planted"}
	var log bytes.Buffer
	s := New(Settings{Keys: k})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k, "sender", s, "secret", secret.String())
	text := fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v", k, k, k, k, secret, secret, secret, s.Keys) + log.String()
	if strings.Contains(text, "planted") || strings.Contains(text, "112 108 97") {
		t.Errorf("%s", text)
	}
}

// Keys of programs have the form that Standard Webhooks asks for, and differ.
func TestNewKey(t *testing.T) {
	t.Parallel()
	a, b := NewKey(), NewKey()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a, "whsec_"))
	if err != nil || len(raw) < 24 || len(raw) > 64 || a == b || !strings.HasPrefix(a, "whsec_") {
		t.Error(a, b, err)
	}
}
