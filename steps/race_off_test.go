//go:build !race

package steps

// UnderRace says that the race detector runs, which makes a law ten times as
// slow.
const UnderRace = false
