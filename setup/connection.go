package setup

import (
	"regexp"
	"strings"
	"time"
)

// ConnectionKind is how a connection gets its credentials.
type ConnectionKind string

// The kinds of connection. None of them stores an access key.
const (
	ConnectionDefault ConnectionKind = "default" // the AWS default chain of the server
	ConnectionProfile ConnectionKind = "profile" // a named profile of the AWS config files
	ConnectionRole    ConnectionKind = "role"    // a role that another connection assumes
)

// profilePrefix begins the ID of a profile's connection, which is not stored.
const profilePrefix = "profile:"

// A Connection is how apifront reaches an AWS account. The default chain and
// the profiles of the config files are connections too, and are not stored;
// their IDs are DefaultConnection and "profile:NAME".
type Connection struct {
	ID         string
	Name       string // unique among the stored connections, ignoring case
	Kind       ConnectionKind
	Profile    string   // ConnectionProfile: name of the profile
	RoleARN    string   // ConnectionRole: ARN of the role to assume
	ExternalID string   // ConnectionRole: made by apifront at random, for this connection alone
	Source     string   // ConnectionRole: ID of the connection that assumes the role; that one is of another kind
	Regions    []string // regions of its APIs; empty: any region
	Version    int
	CreatedBy  Person
	CreatedAt  time.Time
	UpdatedBy  Person
	UpdatedAt  time.Time
}

// BuiltIn returns the connection with this ID, if it is one that is not stored.
// "" is DefaultConnection.
func BuiltIn(id string) (Connection, bool) {
	if id == DefaultConnection || id == "" {
		return Connection{ID: DefaultConnection, Name: "Default chain", Kind: ConnectionDefault}, true
	}
	if name, ok := strings.CutPrefix(id, profilePrefix); ok && name != "" {
		return Connection{ID: id, Name: "Profile " + name, Kind: ConnectionProfile, Profile: name}, true
	}
	return Connection{}, false
}

// ProfileConnection is the ID of the connection of a profile.
func ProfileConnection(profile string) string { return profilePrefix + profile }

// In says whether the connection is meant for APIs in the region.
func (c Connection) In(region string) bool {
	for _, r := range c.Regions {
		if r == region {
			return true
		}
	}
	return len(c.Regions) == 0
}

// rolePattern matches the ARN of an IAM role, with its path.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var rolePattern = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role(/[\x21-\x7e]*)?/[\w+=,.@-]{1,64}$`)

// RoleAccount is the account in the ARN of a role; "" if the text is no such
// ARN.
func RoleAccount(arn string) string {
	if m := rolePattern.FindStringSubmatch(arn); m != nil && len(arn) <= 2048 {
		return m[1]
	}
	return ""
}

// keyPattern matches what looks like an access key ID. The prefixes are those
// of users' keys, of temporary keys, and two that AWS itself uses.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
var keyPattern = regexp.MustCompile(`(?i)(^|[^A-Za-z0-9])(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}`)

// secretPattern matches forty characters of base64, the form of a secret access
// key. LooksLikeKey checks which sorts of characters are among them.
var secretPattern = regexp.MustCompile(`(^|[^A-Za-z0-9/+])[A-Za-z0-9/+]{40}($|[^A-Za-z0-9/+])`)

// LooksLikeKey says whether a text contains an access key ID or a secret access
// key. Forty characters count as a secret only if they have upper case letters,
// lower case letters and digits, so a long name is not taken for one.
func LooksLikeKey(text string) bool {
	if keyPattern.MatchString(text) {
		return true
	}
	s := secretPattern.FindString(text)
	return strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") &&
		strings.ContainsAny(s, "0123456789")
}

// longestSession is the limit of the name of a role session, in characters.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const longestSession = 64

// SessionName is the name of a role session, "apifront-USER-JOB", which
// CloudTrail shows with every call. Characters that STS does not accept become
// "-". If the name is too long, the user's part is cut first.
func SessionName(user, job string) string {
	const program = "apifront"
	clean := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=,.@-", r)) {
				b.WriteRune(r)
			} else {
				b.WriteByte('-')
			}
		}
		return b.String()
	}
	user, job = clean(user), clean(job)
	room := longestSession - len(program) - len("-") - len("-") - len(job)
	switch {
	case room < 0:
		job, user = job[:len(job)+room], ""
	case len(user) > room:
		user = user[:room]
	}
	name := program
	for _, part := range []string{user, job} {
		if part != "" {
			name += "-" + part
		}
	}
	return name
}
