package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
)

// hasTag is the condition that the setup s has a tag; the argument is its tagText. Both
// databases compare letters exactly there, as AWS does with tags, and LIKE does not.
const hasTag = `REPLACE(s.spec, $%d, '') <> s.spec`

// tagText is how a spec is stored that has the tag, "name=value", or "name" for one with
// any value. In JSON, quotes within a text are escaped, so nothing that somebody typed
// elsewhere looks like it, and only a setup.Tag has a key and then a value.
func tagText(tag string) string {
	key, value, whole := strings.Cut(tag, "=")
	quoted := func(text string) string {
		b, _ := json.Marshal(text) //nolint:errchkjson // a text always has a JSON
		return string(b)
	}
	if !whole {
		return `{"key":` + quoted(key) + `,"value":"`
	}
	return `{"key":` + quoted(key) + `,"value":` + quoted(value) + `}`
}

// tagsIn are the tags of a stored spec. To decode the whole spec takes ten times as long,
// and a list of many setups wants nothing else of it. Only Edge has tags.
func tagsIn(text string) (tags []setup.Tag, err error) {
	if _, list, found := strings.Cut(text, `"tags":`); found {
		err = json.NewDecoder(strings.NewReader(list)).Decode(&tags)
	}
	return tags, err
}

// MostTags is how many tags SetupTags lists.
const MostTags = 100

// SetupTags are the tags of the setups of the list, as "name=value": the most used ones
// if there are many, by name.
func (s *Store) SetupTags(ctx context.Context) ([]string, error) {
	lists, err := all(ctx, s.reader, func(row scanner) ([]setup.Tag, error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return nil, err
		}
		return tagsIn(text)
	}, `SELECT s.spec FROM setups s WHERE s.hidden_at = 0 AND s.spec LIKE '%"tags":[{%'`)
	if err != nil {
		return nil, fmt.Errorf("list the tags of setups: %w", err)
	}
	used := map[string]int{}
	for _, tags := range lists {
		for _, t := range tags {
			used[t.Key+"="+t.Value]++
		}
	}
	list := make([]string, 0, len(used))
	for t := range used {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(used[b]-used[a], strings.Compare(a, b)) })
	list = list[:min(len(list), MostTags)]
	slices.Sort(list)
	return list, nil
}
