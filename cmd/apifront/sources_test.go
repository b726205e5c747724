package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
)

// onlyReads skips a test of sources under the race detector: it runs nothing of
// ours, and .ci/run has it without.
func onlyReads(t *testing.T) {
	t.Helper()
	if handlerstest.UnderRace {
		t.Skip("it reads sources; .ci/run runs it without the race detector")
	}
}

// sources are the Go files of folders of ours and of the packages below them,
// without tests. The simulator below cloud speaks as AWS and is left out.
func sources(t *testing.T, folders ...string) (files []string) {
	t.Helper()
	onlyReads(t)
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join("../..", folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "handlerstest" || d.Name() == "storetest" || strings.HasSuffix(filepath.ToSlash(path), "cloud/sim")):
				return filepath.SkipDir
			case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
