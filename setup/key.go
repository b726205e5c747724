package setup

import "strings"

// Keys of certificates as ACM names them in requests. Its answers have a
// hyphen instead: RSA-2048, EC-prime256v1.
const (
	KeyRSA1024 = "RSA_1024"
	KeyRSA2048 = "RSA_2048"
	KeyRSA3072 = "RSA_3072"
	KeyRSA4096 = "RSA_4096"
	KeyP256    = "EC_prime256v1"
	KeyP384    = "EC_secp384r1"
	KeyP521    = "EC_secp521r1"
)

// keyTitles are the keys as people write them.
var keyTitles = map[string]string{
	KeyRSA1024: "RSA 1024", KeyRSA2048: "RSA 2048", KeyRSA3072: "RSA 3072", KeyRSA4096: "RSA 4096",
	KeyP256: "ECDSA P-256", KeyP384: "ECDSA P-384", KeyP521: "ECDSA P-521",
}

// KeyTitle is a certificate's key as people write it: RSA 2048, ECDSA P-256. It
// takes either spelling of ACM; a key that nobody knows stays as it is.
func KeyTitle(key string) string {
	if title, ok := keyTitles[asRequested(key)]; ok {
		return title
	}
	return key
}

// KnownKey says whether there are words for the key of a certificate.
func KnownKey(key string) bool {
	_, ok := keyTitles[asRequested(key)]
	return ok
}

// asRequested is a key in the spelling of requests.
func asRequested(key string) string {
	for k := range keyTitles {
		if strings.EqualFold(k, strings.ReplaceAll(key, "-", "_")) {
			return k
		}
	}
	return key
}
