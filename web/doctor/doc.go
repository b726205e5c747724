// Package doctor shows what the doctor finds out about a name: the page that asks for
// one, the looks while they are made, and what they came to.
package doctor
