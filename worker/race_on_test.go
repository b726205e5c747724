//go:build race

package worker_test

// underRace says that the race detector runs, which makes a law five to ten
// times as slow.
const underRace = true
