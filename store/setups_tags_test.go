package store

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// The tags of a stored spec are those that decoding all of it gives, whatever stands in
// its other answers, and the text that is looked for is in it.
func FuzzTagsOfASpec(f *testing.F) {
	f.Add("team", "pay", "comment")
	f.Add("a", "", `"tags":[{"key":"team","value":"shop"}]`)
	f.Add("x]", `"}],"tags":[`, `\"tags\":`)
	f.Add("<&>", "\u2028é", "\\")
	f.Fuzz(func(t *testing.T, key, value, text string) {
		spec := setup.DefaultSpec()
		spec.Edge.Comment, spec.Domain.Name, spec.API.Mappings = text, text, []setup.Mapping{{Path: text, APIName: text}}
		for _, tags := range [][]setup.Tag{nil, {{Key: key, Value: value}}, {{Key: "first", Value: text}, {Key: key, Value: value}}} {
			spec.Edge.Tags = tags
			stored, err := encode(spec)
			if err != nil {
				t.Fatal(err)
			}
			var whole setup.Spec
			if err := json.Unmarshal([]byte(stored), &whole); err != nil {
				t.Fatal(err)
			}
			got, err := tagsIn(stored)
			if d := cmp.Diff(whole.Edge.Tags, got); d != "" || err != nil {
				t.Errorf("%s: %s, %v", stored, d, err)
			}
			looked := tagText(key + "=" + value)
			if strings.Contains(key, "=") {
				continue // no such name can be typed
			}
			if has := strings.Contains(stored, looked); has != (len(tags) > 0) {
				t.Errorf("%s: %s is in it: %v", stored, looked, has)
			}
		}
	})
}
