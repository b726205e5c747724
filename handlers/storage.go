package handlers

import (
	"errors"
	"net/http"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// StorageProblem says why the database does not do its work, and what to do
// about it. what says what that did to the request.
func StorageProblem(what string, err error) *setup.Problem {
	p := &setup.Problem{
		What: what + ": the database does not answer as it should.",
		Why:  "It cannot be reached, or its disk fails.",
		Fix:  "Look for the cause in the server's log, mend the database, then try again.",
		Code: "Storage",
	}
	switch {
	case errors.Is(err, store.ErrFull):
		p.What = what + ": the disk is full."
		p.Why = "The disk that holds the database of apifront has no room left."
		p.Fix = "Make room on that disk, then try again."
		p.Code = "StorageFull"
	case errors.Is(err, store.ErrReadOnly):
		p.What = what + ": the database is read-only."
		p.Why = "The file system that holds the database of apifront, or the file, cannot be written any more."
		p.Fix = "Make the file and its directory writable for apifront, or the PostgreSQL server, then try again."
		p.Code = "StorageReadOnly"
	case errors.Is(err, store.ErrMoved):
		p.What = what + ": the file of the database is not where it was."
		p.Why = "The file that apifront has open was renamed, replaced or deleted. What is written to it now would be lost."
		p.Fix = "Stop apifront, put the right file in its place, and start it again."
		p.Code = "StorageMoved"
	case errors.Is(err, store.ErrSilent):
		p.What = what + ": the database does not answer."
		p.Why = "It is out of reach, or busy with something else."
	case errors.Is(err, store.ErrUncertain):
		p.Why = "The connection to it was lost."
	}
	p.Why += " Jobs that are under way wait, and go on by themselves as soon as they can."
	return p
}

// storageWhat says what became of a request to such a database. A database that
// does not answer may still carry out what was sent to it.
func storageWhat(r *http.Request, err error) string {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return "This page could not be made"
	case errors.Is(err, store.ErrSilent), errors.Is(err, store.ErrUncertain):
		return "Look first whether it was saved, which is not known"
	}
	return "Nothing was saved"
}

// storageError is the page for a request to a database that does not do its
// work. Its status is 503 and not 507, because proxies and scripts know 503 as
// trouble that passes. Only people who were signed in here read the cause and
// the file. While the database cannot be read, the cookie alone tells them from
// strangers.
func (s *Server) storageError(r *http.Request, err error) *PageError {
	p := StorageProblem(storageWhat(r, err), err)
	v := web.ErrorView{Title: p.What, Text: p.Why, Fix: p.Fix}
	if s.hasSealedCookie(r) {
		v.Said, v.File = err.Error(), s.Store.Path()
	}
	return &PageError{http.StatusServiceUnavailable, v}
}
