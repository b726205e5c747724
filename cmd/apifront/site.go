package main

import (
	"net/http"

	"apifront/handlers"
	"apifront/handlers/connections"
	"apifront/handlers/doctor"
	"apifront/handlers/jobs"
	"apifront/handlers/notices"
	"apifront/handlers/people"
	"apifront/handlers/setups"
	"apifront/handlers/wizard"
)

// site is the whole site: what all its rooms answer.
func site(c handlers.Config) http.Handler {
	return handlers.New(c, connections.Routes, doctor.Routes, people.Routes, jobs.Routes, notices.Routes, setups.Routes, wizard.Routes)
}
