package handlers

import (
	"errors"
	"mime"
	"net/http"

	"apifront/web"
)

// mostForm is how large a form may be: some hundred times the largest that the
// pages send.
const mostForm = 1 << 20

// forms reads the form of a request once, here, with a limit. A form that is
// too large, of another kind or broken is answered with an error, and never
// taken for an empty one.
func (s *Server) forms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			// The body of a GET, HEAD or OPTIONS request means nothing and is
			// never read.
			next.ServeHTTP(w, r)
			return
		}
		if err := readForm(w, r); err != nil {
			// The server does not wait for the rest of the body.
			w.Header().Set("Connection", "close")
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func readForm(w http.ResponseWriter, r *http.Request) error {
	tooLarge := &PageError{http.StatusRequestEntityTooLarge, web.ErrorView{
		Title: "This form is too large",
		Text:  "The server takes forms of up to 1 MiB. It did not keep what was sent. Nothing was changed.",
		Fix:   "Go back, shorten what was typed or pasted, and send it again.",
	}}
	if r.ContentLength > mostForm {
		return tooLarge
	}
	if kind := r.Header.Get("Content-Type"); kind != "" || r.ContentLength > 0 {
		media, _, err := mime.ParseMediaType(kind)
		if err != nil || media != "application/x-www-form-urlencoded" {
			return &PageError{http.StatusUnsupportedMediaType, web.ErrorView{
				Title: "This is not a form of apifront",
				Text:  "Its forms are sent as application/x-www-form-urlencoded. Nothing was changed.",
			}}
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	err := r.ParseForm()
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge
	}
	if err != nil {
		return &PageError{http.StatusBadRequest, web.ErrorView{
			Title: "This form could not be read",
			Text:  "It arrived broken or only in part. Nothing was changed.",
			Fix:   "Go back and send it again.",
		}}
	}
	bound(r.PostForm)
	r.Form = nil // whoever asks for it gets it bounded
	return nil
}
