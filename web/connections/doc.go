// Package connections shows how apifront reaches AWS accounts: the list of
// connections, the page of one, and the form that adds or changes one.
package connections
