package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"apifront/setup"
)

// A page prints what its address says only when it was this server that said
// it: anybody can make a link with any text, and the page would print it in our
// voice. So sentences are chosen by known words, and where one holds a text (a
// name, what somebody typed), the text comes sealed, for one draft alone.

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
