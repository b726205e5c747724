package wizard

import (
	"apifront/setup"
	webwizard "apifront/web/wizard"
)

// NewCertificate is the answer that a new certificate is wanted.
const NewCertificate = newCertificate

// What tests ask of the inside.
var (
	Anchor  = anchor
	Anchors = anchors
)

// Differ is what a review says of a change of a spec; "" for nothing.
func Differ(is, want setup.Spec) string {
	blocks := func(sp setup.Spec) []webwizard.AnswerBlock {
		return answerBlocks(func(id string) string { return id }, setup.Draft{Spec: sp}, "")
	}
	said := ""
	for _, b := range diffBlocks(blocks(is), blocks(want)) {
		for _, r := range b.Rows {
			said += r.Field + ": " + r.Is + " becomes " + r.Want + "; "
		}
	}
	return said
}
