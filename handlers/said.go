package handlers

import (
	"fmt"
	"net/http"
)

// What was done is said once, on the page that the answer leads to: a sealed cookie has
// the sentence, and the page that shows it deletes it.
const (
	saidEnd   = "-said" // of the cookie's name, behind that of the session's
	saidItem  = "said"
	saidLasts = 60 // seconds
)

// Say keeps a sentence for the next page that shows one.
func (s *Server) Say(w http.ResponseWriter, r *http.Request, sentence string) error {
	return s.keepSaid(w, r, sentence, saidLasts)
}

// Said is the sentence that was kept for the page; "" for none. It is gone after that.
func (s *Server) Said(w http.ResponseWriter, r *http.Request) (string, error) {
	if _, err := r.Cookie(s.cookieName() + saidEnd); err != nil {
		return "", nil //nolint:nilerr // nothing was done just now
	}
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return "", err
	}
	sentence := ""
	if c, err := cookies.New(r, s.cookieName()+saidEnd); err == nil { // a forged one says nothing
		sentence, _ = c.Values[saidItem].(string)
	}
	return sentence, s.keepSaid(w, r, "", -1)
}

func (s *Server) keepSaid(w http.ResponseWriter, r *http.Request, sentence string, lasts int) error {
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return err
	}
	c, err := cookies.New(r, s.cookieName()+saidEnd)
	if c == nil {
		return fmt.Errorf("make cookie: %w", err)
	}
	c.Values[saidItem] = sentence
	c.Options = s.cookieOptions(lasts)
	if err := c.Save(r, w); err != nil {
		return fmt.Errorf("write cookie: %w", err)
	}
	return nil
}
