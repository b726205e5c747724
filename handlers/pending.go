package handlers

import "net/http"

// Pages that are being written; each line goes when its page comes.

func (s *Server) setupPage(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
func (s *Server) invalidate(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
func (s *Server) connectionsPage(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
func (s *Server) testConnection(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
func (s *Server) helpPage(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
func (s *Server) helpTopic(http.ResponseWriter, *http.Request) error {
	return notFound("There is no such page yet")
}
