package handlers

import (
	"fmt"
	"net/url"

	"apifront/setup"
)

// Rooms link to each other by address alone. These are the addresses that more
// than one room needs.

// JobURL is the page of a job.
func JobURL(n int64) string { return fmt.Sprintf("/jobs/%d", n) }

// SetupURL is the page of a setup.
func SetupURL(id string) string { return "/setups/" + id }

// DraftURL is where a draft was left.
func DraftURL(id string) string { return "/drafts/" + id }

// DraftPageURL is a page of a draft in the wizard.
func DraftPageURL(id string, page setup.PageID) string { return DraftURL(id) + "/" + string(page) }

// DoctorURL is the page that asks for a name, with the name and a connection filled in.
func DoctorURL(name, connection string) string {
	return "/doctor?" + url.Values{"name": {name}, "connection": {connection}}.Encode()
}

// DiagnosisURL is the page of what the doctor found out.
func DiagnosisURL(id string) string { return "/doctor/" + id }
