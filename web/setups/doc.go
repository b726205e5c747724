// Package setups shows setups: the first page with all of them, the page of one,
// and the IAM policies that its connection needs.
package setups
