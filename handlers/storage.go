package handlers

import (
	"errors"
	"net/http"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// StorageProblem says why the database takes nothing, and what to do about it;
// what is what came of that.
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

// storageWhat is what came of a request that met such a database. One that says
// nothing may still do what was sent to it.
func storageWhat(r *http.Request, err error) string {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return "This page could not be made"
	case errors.Is(err, store.ErrSilent), errors.Is(err, store.ErrUncertain):
		return "Look first whether it was saved, which is not known"
	}
	return "Nothing was saved"
}

// storageError is the page of a request that met a database that takes nothing.
// 503, not 507: proxies and scripts know that as trouble that passes. The cause
// and the file are for people who were signed in here, not for strangers; while
// the database cannot be read, the cookie alone tells them apart.
func (s *Server) storageError(r *http.Request, err error) *PageError {
	p := StorageProblem(storageWhat(r, err), err)
	v := web.ErrorView{Title: p.What, Text: p.Why, Fix: p.Fix}
	if s.hasSealedCookie(r) {
		v.Said, v.File = err.Error(), s.Store.Path()
	}
	return &PageError{http.StatusServiceUnavailable, v}
}
