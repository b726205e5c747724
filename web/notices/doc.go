// Package notices shows what is told to people and programs outside: the places,
// what goes where, what became of it, and the forms that change that.
package notices
