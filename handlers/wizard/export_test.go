package wizard

import (
	"apifront/setup"
	webwizard "apifront/web/wizard"
)

// NewCertificate is the form value for a new certificate.
const NewCertificate = newCertificate

// What tests need from inside the package.
var (
	Anchor  = anchor
	Anchors = anchors
)

// Differ is what a review says about the difference of two specs; "" if there
// is none.
func Differ(is, want setup.Spec) string {
	blocks := func(sp setup.Spec, leaves bool) []webwizard.AnswerBlock {
		return answerBlocks(func(id string) string { return id }, setup.Draft{Spec: sp}, "", leaves, standing{})
	}
	said := ""
	for _, b := range diffBlocks(blocks(is, false), blocks(want, leavesRoute53(is, want))) {
		for _, r := range b.Rows {
			said += r.Field + ": " + r.Is + " becomes " + r.Want + "; "
		}
	}
	return said
}
