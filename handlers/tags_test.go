package handlers

import (
	"fmt"
	"strings"
	"testing"
)

// Reading tags ends at the first one that is too many: what stands after it is
// never looked at, so that a long form costs no more than a short one.
func TestReadTagsEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range mostTags {
		fmt.Fprintf(&b, "tag%d=v\n", i)
	}
	if tags, wrong := readTags(b.String()); wrong != "" || len(tags) != mostTags {
		t.Fatalf("%d tags: %q", len(tags), wrong)
	}
	b.WriteString("onemore=v\n")
	for _, after := range []string{"", "no tag at all\n", "aws:x=y\n", "tag1=again\n", strings.Repeat("x", 1000) + "=y\n"} {
		if _, wrong := readTags(b.String() + after); wrong != "Use at most 40 tags" {
			t.Errorf("with %.20q after the limit: %q", after, wrong)
		}
	}
	if _, wrong := readTags("tag1=v\n" + b.String()); !strings.HasPrefix(wrong, "Take out one of the two tags") {
		t.Errorf("a double before the limit: %q", wrong)
	}
}
