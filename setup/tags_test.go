package setup

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// ReadTags ends at the first tag that is too many. It never looks at the lines
// after that, so a long form costs no more than a short one.
func TestReadTagsEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range MaxTags {
		fmt.Fprintf(&b, "tag%d=v\n", i)
	}
	if tags, err := ReadTags(b.String()); err != nil || len(tags) != MaxTags || CheckTags(tags) != nil {
		t.Fatalf("%d tags: %v", len(tags), err)
	}
	b.WriteString("onemore=v\n")
	for _, after := range []string{"", "no tag at all\n", "aws:x=y\n", "tag1=again\n", strings.Repeat("x", 1000) + "=y\n"} {
		if _, err := ReadTags(b.String() + after); !errors.Is(err, InputError("Use at most 40 tags")) {
			t.Errorf("with %.20q after the limit: %v", after, err)
		}
	}
	if _, err := ReadTags("tag1=v\n" + b.String()); !errors.Is(err, InputError("Take out one of the two tags named tag1")) {
		t.Errorf("a double before the limit: %v", err)
	}
}

func TestReadTags(t *testing.T) {
	t.Parallel()
	tags, err := ReadTags("\n team = pay \n\n\ta=b=c\nempty=\n")
	if want := []Tag{{"team", "pay"}, {"a", "b=c"}, {"empty", ""}}; err != nil || !reflect.DeepEqual(tags, want) {
		t.Errorf("tags %q: %v", tags, err)
	}
	for _, text := range []string{"team", "=x", " = "} {
		if _, err := ReadTags(text); !errors.Is(err, errTagForm) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadTags(strings.Repeat("é", 129) + "=x"); err == nil || !strings.HasPrefix(err.Error(), "Shorten the tag "+strings.Repeat("é", 40)+"…:") {
		t.Errorf("a long tag: %v", err)
	}
}
