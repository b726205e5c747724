package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"apifront/setup"
)

// Anybody can make a link with any text in it, and a page that printed the text
// would say it in our voice. So an address names a sentence by a known word. A
// text within the sentence (a name, what somebody typed) is sealed by this
// server, for one draft alone.

// Seal makes a text fit for an address of the page about a thing.
func (s *Server) Seal(ctx context.Context, what, about, text string) (string, error) {
	cookies, err := s.cookieStore(ctx)
	if err != nil {
		return "", err
	}
	sealed, err := cookies.Codecs[0].Encode("address-"+what, about+"\n"+setup.Clip(text, 500))
	if err != nil {
		return "", fmt.Errorf("seal a text for an address: %w", err)
	}
	return sealed, nil
}

// Unseal reads what Seal made from the request's address; "" for anything else.
func (s *Server) Unseal(r *http.Request, what, about string) string {
	sealed := r.URL.Query().Get(what)
	if sealed == "" {
		return ""
	}
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return ""
	}
	for _, codec := range cookies.Codecs {
		var value string
		if codec.Decode("address-"+what, sealed, &value) != nil {
			continue // of another key, or not ours
		}
		if of, text, _ := strings.Cut(value, "\n"); of == about {
			return text
		}
	}
	return ""
}
