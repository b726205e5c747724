package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func keys(t *testing.T, purpose string, secrets ...string) Keys {
	t.Helper()
	var list [][]byte
	for _, s := range secrets {
		list = append(list, bytes.Repeat([]byte(s), 32))
	}
	k, err := New(list, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A text opens with its key, for its purpose, as what it is about, and not otherwise.
func TestSealed(t *testing.T) {
	t.Parallel()
	const plain = "planted-secret"
	sealed, err := keys(t, "one", "a").Seal("setup 1", []byte(plain))
	if err != nil || strings.Contains(sealed, plain) {
		t.Fatal(sealed, err)
	}
	for name, k := range map[string]Keys{"the key": keys(t, "one", "a"), "a new one before it": keys(t, "one", "b", "a")} {
		if text, err := k.Open("setup 1", sealed); err != nil || string(text) != plain {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for name, c := range map[string]struct {
		k             Keys
		about, sealed string
	}{
		"another key": {keys(t, "one", "b"), "setup 1", sealed}, "no key": {Keys{}, "setup 1", sealed}, "another purpose": {keys(t, "two", "a"), "setup 1", sealed},
		"another setup": {keys(t, "one", "a"), "setup 2", sealed}, "cut off": {keys(t, "one", "a"), "setup 1", sealed[:8]}, "no base64": {keys(t, "one", "a"), "setup 1", "?"},
	} {
		if text, err := c.k.Open(c.about, c.sealed); err == nil || strings.Contains(err.Error(), plain) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if _, err := (Keys{}).Seal("setup 1", []byte(plain)); err == nil {
		t.Error("it is sealed without a key")
	}
	if _, err := New([][]byte{[]byte("short")}, "one"); err == nil {
		t.Error("a short key is taken")
	}
}

// A secret shows only where it is asked for, and is random.
func TestSecretDoesNotShow(t *testing.T) {
	t.Parallel()
	s := NewSecret("planted-secret")
	text, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "in", struct{ S Secret }{s})
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v", s, s, s, s, s, s, s, struct{ S Secret }{s}) + string(text) + log.String()
	if strings.Contains(shown, "planted") || strings.Contains(shown, "706c616e746564") || s.Reveal() != "planted-secret" || s.IsZero() {
		t.Error(shown)
	}
	if a, b := RandomSecret().Reveal(), RandomSecret().Reveal(); a == b || len(a) != 52 || !NewSecret(a).IsMade() || s.IsMade() {
		t.Errorf("%d characters", len(a))
	}
	if !(Secret{}).IsZero() || (Secret{}).Reveal() != "" {
		t.Error("the zero value holds something")
	}
}
