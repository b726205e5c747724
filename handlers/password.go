package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The work of one password check: 19 MiB, two passes, one lane, as OWASP's
// password storage advice says for argon2id.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
)

// HashPassword makes the stored form of a password: argon2id with a random
// salt, in the usual "$argon2id$v=19$m=…" notation.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	// Read of crypto/rand never fails and fills salt entirely.
	_, _ = rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// checkPassword says whether password has the stored form. It takes as long
// for a stored form that cannot be read.
func checkPassword(stored, password string) bool {
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(stored, "$")
	readable := len(parts) == 6 && parts[1] == "argon2id"
	var salt, want []byte
	if readable {
		_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads)
		var err3, err4 error
		salt, err3 = base64.RawStdEncoding.DecodeString(parts[4])
		want, err4 = base64.RawStdEncoding.DecodeString(parts[5])
		readable = err1 == nil && err2 == nil && err3 == nil && err4 == nil &&
			version == argon2.Version && passes > 0 && threads > 0 && memory <= 1<<20 && len(want) > 0 && len(want) <= 1<<10
	}
	if !readable {
		argon2.IDKey([]byte(password), make([]byte, argonSalt), argonPasses, argonMemory, argonThreads, argonKey)
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want))) //nolint:gosec // G115: at most 1 KiB, see above
	return subtle.ConstantTimeCompare(got, want) == 1
}
