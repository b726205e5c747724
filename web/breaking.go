package web

import (
	"context"
	"io"
	"regexp"

	"github.com/a-h/templ"
)

// breaking is a text that may end a line within a name such as
// "cloudfront:UpdateDistribution", after the colon.
func breaking(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, nameColon.ReplaceAllString(templ.EscapeString(text), "$1:<wbr>$2"))
		return err
	})
}

var nameColon = regexp.MustCompile(`([a-z0-9]):([A-Z])`)
