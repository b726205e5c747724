package people

// What tests hold the room to.
const (
	AuditBatch      = auditBatch
	AuditPerPage    = auditPerPage
	InvitationLasts = invitationLasts
)

// FirstOf is the first character of a text.
func FirstOf(text string) string { return firstOf(text) }
