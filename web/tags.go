package web

import (
	"slices"
	"strings"

	"apifront/setup"
)

// fewTags is how many tags of a setup a list shows.
const fewTags = 3

// TagWords are the first tags of a setup.
func TagWords(tags []setup.Tag) string {
	var words []string
	for _, t := range tags[:min(len(tags), fewTags)] {
		words = append(words, t.Key+"="+t.Value)
	}
	if more := len(tags) - len(words); more > 0 {
		return strings.Join(words, ", ") + " and " + setup.Count(more, "more tag")
	}
	return strings.Join(words, ", ")
}

// TagOptions are the tags that a list can be filtered by; none where no setup has any.
func TagOptions(tags []string, chosen string) (list []Option) {
	if chosen != "" && !slices.Contains(tags, chosen) {
		tags = append([]string{chosen}, tags...)
	}
	if len(tags) == 0 {
		return nil
	}
	list = append(list, Option{Text: "Any tag", Chosen: chosen == ""})
	for _, t := range tags {
		list = append(list, Option{Value: t, Text: setup.Clip(t, 60), Chosen: t == chosen})
	}
	return list
}
