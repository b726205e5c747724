package people

import (
	"apifront/web"
	"regexp"
)

// AuditView is the audit log.
type AuditView struct {
	Who, Text string
	Actions   []web.Option
	Results   []web.Option
	Times     []web.Option
	Rows      []AuditRow
	Caption   string
	Pages     web.PagerView
	Clear     string // where to go to see everything; "" without a filter
	CSV, JSON string // downloads with this filter
	Lines     int64  // of the whole trail
	Head      string // its last hash
}

// AuditRow is one line of the audit log.
type AuditRow struct {
	Number      string
	At          web.Moment
	Who         string // "" when nobody was signed in
	Account     string
	Address     string
	What        string
	On          string
	State, Word string // of Status
	Detail      string
}

// auditActions are what acts are called in the audit log, in the order of its
// filter.
var auditActions = []struct{ id, text string }{
	{"sign-in", "Sign in"},
	{"sign-out", "Sign out"},
	{"session-end", "End a session"},
	{"user-create", "Create a user"},
	{"user-invite", "Invite a user"},
	{"user-role", "Change a role"},
	{"user-password", "Change a password"},
	{"user-reset", "Reset a password"},
	{"user-disable", "Disable a user"},
	{"user-enable", "Enable a user"},
	{"user-delete", "Delete a user"},
	{"user-bind", "Bind a user to the provider"},
	{"draft-create", "Create a draft"},
	{"draft-delete", "Delete a draft"},
	{"draft-rebase", "Bring a draft up to the newest revision"},
	{"job-start", "Start a job"},
	{"job-invalidate", "Clear cached answers"},
	{"job-restore", "Put the old record back"},
	{"job-teardown", "Take a setup down"},
	{"setup-hide", "Remove a setup from the list"},
	{"setup-adopt", "Adopt a setup"},
	{"setup-give-back", "Give an adopted setup back"},
	{"job-cancel", "Cancel a job"},
	{"step-rerun", "Re-run a step"},
	{"step-rerun-from", "Re-run from a step"},
	{"step-go-on", "Went on where a job asked"},
	{"connection-test", "Test a connection"},
	{"connection-create", "Add a connection"},
	{"connection-change", "Change a connection"},
	{"connection-delete", "Delete a connection"},
	{"key-bind", "Bind a key of tests"},
	{"key-unbind", "Unbind a key of tests"},
	{"place-add", "Add a place for notices"},
	{"place-change", "Change a place for notices"},
	{"place-remove", "Remove a place for notices"},
	{"place-test", "Send a test notice"},
	{"notice-resend", "Send a notice again"},
	{"finding-keep", "Keep a finding as it is"},
	{"finding-mute", "Mute a finding"},
	{"finding-unmute", "Let a finding count again"},
	{"check-schedule", "Set how often a setup is checked"},
	{"secret-show", "Show a secret header"},
	{"settings", "Change a setting"},
	{"export", "Download"},
	{"request", "Refused request"},
}

// AuditAction is what people call an act; its ID where it has no name.
func AuditAction(id string) string {
	for _, a := range auditActions {
		if a.id == id {
			return a.text
		}
	}
	return id
}

// AuditActions offers the acts as a filter.
func AuditActions(chosen string) []web.Option {
	list := []web.Option{{Value: "", Text: "Anything", Chosen: chosen == ""}}
	for _, a := range auditActions {
		list = append(list, web.Option{Value: a.id, Text: a.text, Chosen: chosen == a.id})
	}
	return list
}

// AuditResult is how a result is shown: the state and the word of Status.
func AuditResult(id string) (state, word string) {
	switch id {
	case "done":
		return "done", "Done"
	case "wrong":
		return "failed", "Wrong"
	case "limited":
		return "stop", "Too many tries"
	case "refused":
		return "stop", "Refused"
	}
	return "wait", id
}

// AuditResults offers the results as a filter.
func AuditResults(chosen string) []web.Option {
	list := []web.Option{{Value: "", Text: "Any result", Chosen: chosen == ""}}
	for _, id := range []string{"done", "wrong", "limited", "refused"} {
		_, word := AuditResult(id)
		list = append(list, web.Option{Value: id, Text: word, Chosen: chosen == id})
	}
	return list
}

var accountInText = regexp.MustCompile(`\baccount \d{12}\b`)

// AuditText is a stored text with account numbers as people read them.
func AuditText(text string) string {
	return accountInText.ReplaceAllStringFunc(text, func(m string) string {
		return "account " + web.AccountNumber(m[len("account "):])
	})
}
