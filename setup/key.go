package setup

import "strings"

// Kinds of certificate keys as ACM names them in requests. ACM's answers have
// hyphens instead of underscores: RSA-2048, EC-prime256v1.
const (
	KeyRSA1024 = "RSA_1024"
	KeyRSA2048 = "RSA_2048"
	KeyRSA3072 = "RSA_3072"
	KeyRSA4096 = "RSA_4096"
	KeyP256    = "EC_prime256v1"
	KeyP384    = "EC_secp384r1"
	KeyP521    = "EC_secp521r1"
)

// keyTitles are the kinds of key as people write them.
var keyTitles = map[string]string{
	KeyRSA1024: "RSA 1024", KeyRSA2048: "RSA 2048", KeyRSA3072: "RSA 3072", KeyRSA4096: "RSA 4096",
	KeyP256: "ECDSA P-256", KeyP384: "ECDSA P-384", KeyP521: "ECDSA P-521",
}

// KeyTitle is a kind of key as people write it: RSA 2048, ECDSA P-256. It
// accepts both spellings of ACM, and returns an unknown kind as it is.
func KeyTitle(key string) string {
	if title, ok := keyTitles[asRequested(key)]; ok {
		return title
	}
	return key
}

// KnownKey says whether KeyTitle knows the kind of key.
func KnownKey(key string) bool {
	_, ok := keyTitles[asRequested(key)]
	return ok
}

// asRequested is the kind of key in the spelling of requests.
func asRequested(key string) string {
	for k := range keyTitles {
		if strings.EqualFold(k, strings.ReplaceAll(key, "-", "_")) {
			return k
		}
	}
	return key
}
