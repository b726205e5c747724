package setups

import (
	"strings"
	"time"

	"apifront/setup"
)

// A TrailView says who made a difference, as CloudTrail tells.
type TrailView struct {
	Text  string
	Allow string // URL of the IAM policy that would tell; "" where it is no question of permissions
}

// newTrail is nil where CloudTrail has nothing to say.
func newTrail(f Facts, x setup.Finding) *TrailView {
	if x.Trail == nil {
		return nil
	}
	v := &TrailView{Text: x.Trail.Words(func(t time.Time) string {
		text := f.Times.Day(t).Text
		cut := strings.LastIndex(text, " ")
		return text[:cut] + " at" + text[cut:]
	})}
	if x.Trail.State == setup.TrailRefused {
		v.Allow = "/setups/" + f.Setup.ID + "/policy"
		if x.Part == setup.PartName && f.Setup.Spec.DNSAccount().Connection != f.Setup.Spec.Account.Connection {
			v.Allow += "?for=dns"
		}
	}
	return v
}
