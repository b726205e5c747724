// Package handlerstest lets tests visit the whole site as a browser does, over a
// real store and with answers and steps that a worker would give.
package handlerstest
