// Package people shows who may use apifront and what they did: users, one's own
// account, and the audit log.
package people
