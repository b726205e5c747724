package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A browser in which somebody signed in keeps a sealed cookie that says so. It
// opens nothing: it only gives the browser its own count of tries, so that a
// stranger who guesses passwords cannot lock the owner of the account out.
const (
	deviceEnd   = "-device" // of the cookie's name, behind that of the session's
	deviceItem  = "device"  // number of the browser
	deviceUsers = "users"   // IDs of those who signed in, the last one first
	mostUsers   = 5
	deviceLasts = 180 * 24 * 60 * 60 // seconds
)

// deviceOf is the number of the request's browser if the user signed in with it
// before, and "" otherwise.
func (s *Server) deviceOf(r *http.Request, userID string) (string, error) {
	if userID == "" {
		return "", nil
	}
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return "", err
	}
	c, err := cookies.New(r, s.cookieName()+deviceEnd)
	if err != nil {
		return "", nil //nolint:nilerr // a forged or old cookie is the same as no cookie
	}
	users, _ := c.Values[deviceUsers].(string)
	device, _ := c.Values[deviceItem].(string)
	if !slices.Contains(strings.Fields(users), userID) {
		return "", nil
	}
	return device, nil
}

// knowDevice notes in the browser that the user signed in with it.
func (s *Server) knowDevice(w http.ResponseWriter, r *http.Request, userID string) error {
	cookies, err := s.cookieStore(r.Context())
	if err != nil {
		return err
	}
	c, err := cookies.New(r, s.cookieName()+deviceEnd)
	if c == nil {
		return fmt.Errorf("make cookie: %w", err)
	}
	text, _ := c.Values[deviceUsers].(string)
	users := slices.DeleteFunc(strings.Fields(text), func(id string) bool { return id == userID })
	users = slices.Insert(users, 0, userID)
	c.Values[deviceUsers] = strings.Join(users[:min(len(users), mostUsers)], " ")
	if device, _ := c.Values[deviceItem].(string); device == "" {
		c.Values[deviceItem] = rand.Text()
	}
	c.Options = s.cookieOptions(deviceLasts)
	if err := c.Save(r, w); err != nil {
		return fmt.Errorf("write cookie: %w", err)
	}
	return nil
}
