package worker_test

import (
	"os"
	"strings"
	"testing"
)

// sampleEvery says which part of the points of a law is tried: every one with
// APIFRONT_LAWS=all, else every so many, others for each variant; on PostgreSQL
// and under the race detector fewer.
//
//	APIFRONT_LAWS=all go test -run Anywhere -timeout 30m ./worker
func sampleEvery(t *testing.T) int {
	switch {
	case os.Getenv("APIFRONT_LAWS") == "all":
		return 1
	case underRace && strings.HasPrefix(t.Name(), "TestWorldOnPostgres/"):
		return 197
	case underRace:
		return 97
	case testing.Short(), strings.HasPrefix(t.Name(), "TestWorldOnPostgres/"):
		return 29
	default:
		return 9
	}
}
