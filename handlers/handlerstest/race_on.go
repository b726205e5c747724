//go:build race

package handlerstest

// UnderRace says that the race detector runs, which makes a test five to ten
// times as slow. What reads sources and runs nothing, and what asks for the same
// page a thousand times, is left to the run without it.
const UnderRace = true
