package web

import (
	"strings"

	"apifront/setup"
)

// KeyText is what tells kept answers apart: "Authorization, Host and query
// string".
func KeyText(e setup.Edge) string {
	if len(e.KeyHeaders) == 0 {
		return "query string only"
	}
	return strings.Join(e.KeyHeaders, ", ") + " and query string"
}
