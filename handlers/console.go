package handlers

import (
	"net/http"

	"apifront/web"
)

// consolePage shows what an arrow would open in AWS's console, in demo mode. It shows no
// address but one of AWS's console, and leads to none: that console knows nothing of what
// the simulator has made.
func (s *Server) consolePage(w http.ResponseWriter, r *http.Request) error {
	address := r.URL.Query().Get("address")
	if s.Demo == nil || !web.IsConsoleAddress(address) {
		return NotFound("There is no such address of the AWS console")
	}
	return s.Render(w, r, http.StatusOK, web.ConsoleAddress(s.Frame(r, "AWS console", ""), address))
}
