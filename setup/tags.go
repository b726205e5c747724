package setup

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of tags. AWS allows 50 on a resource, and apifront needs some of them
// itself.
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	MaxTags     = 40
	maxTagKey   = 128 // characters
	maxTagValue = 256 // characters
)

// ReadTags reads one tag a line, as name=value. An error is an InputError, a
// sentence for the person who typed the tags. ReadTags stops at the first line
// that is wrong, and at the first tag that is too many.
func ReadTags(text string) ([]Tag, error) {
	var tags []Tag
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		t := Tag{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)}
		if !ok || t.Key == "" {
			return nil, errTagForm
		}
		if err := t.check(seen); err != nil {
			return nil, err
		}
		tags = append(tags, t)
	}
	return tags, nil
}

const errTagForm = InputError("Write each tag as name=value, one a line")

// CheckTags says why the tags cannot be put on resources; nil if they can. The
// error is an InputError.
func CheckTags(tags []Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if t.Key == "" {
			return errTagForm
		}
		if err := t.check(seen); err != nil {
			return err
		}
	}
	return nil
}

// check says what is wrong with a tag. seen has the names of the tags before
// it.
func (t Tag) check(seen map[string]bool) error {
	wrong := func(format string, a ...any) error { return InputError(fmt.Sprintf(format, a...)) }
	switch {
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return wrong("Choose another tag name than %s: names that begin with aws: belong to AWS", brief(t.Key))
	case utf8.RuneCountInString(t.Key) > maxTagKey || utf8.RuneCountInString(t.Value) > maxTagValue:
		return wrong("Shorten the tag %s: a name has at most %d and a value at most %d characters", brief(t.Key), maxTagKey, maxTagValue)
	case seen[t.Key]:
		return wrong("Take out one of the two tags named %s", t.Key)
	case len(seen) == MaxTags:
		return wrong("Use at most %d tags", MaxTags)
	}
	if i := strings.IndexFunc(t.Key+t.Value, notInTags); i >= 0 {
		c, _ := utf8.DecodeRuneInString((t.Key + t.Value)[i:])
		return wrong("Take %q out of the tag %s. Letters, digits, spaces and _.:/=+-@ can be used", string(c), brief(t.Key))
	}
	seen[t.Key] = true
	return nil
}

// notInTags says whether a tag cannot contain the character. ACM and CloudFront
// document the same pattern {doc}.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_Tag.html
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Tag.html
func notInTags(c rune) bool {
	return !unicode.In(c, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", c)
}
