package web

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A record is drawn by one component, so no page can call a field of a provider's form
// otherwise than another.
func TestRecordsAreDrawnInOnePlace(t *testing.T) {
	t.Parallel()
	drawn := regexp.MustCompile(`RecordName\(|RecordRow\b|>(Value|Target)</th>|data-l="(Value|Target)"`)
	var files []string
	for _, pattern := range []string{"*.templ", "*/*.templ"} {
		list, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, list...)
	}
	if len(files) < 30 {
		t.Fatalf("%d templates", len(files))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := drawn.FindString(string(b)); found != "" && file != "records.templ" {
			t.Errorf("%s draws a record itself: %s", file, found)
		}
	}
}
