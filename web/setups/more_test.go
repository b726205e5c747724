package setups

import (
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// Every line of the menu says what it does, or why it cannot be done; and one that
// cannot is no link.
func TestMoreSaysWhatEachDoes(t *testing.T) {
	spec := setup.DefaultSpec()
	spec.Domain.Name = "api.harborview.example"
	made := setup.Resources{setup.KeyDistribution: {Key: setup.KeyDistribution, ID: "E1", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}}
	kept := spec
	kept.Edge.Caching = setup.CachingFixed
	for name, c := range map[string]struct {
		spec      setup.Spec
		resources setup.Resources
		job       int64
		clear     bool
		says      string
	}{
		"not made":    {spec, nil, 0, false, "There is no distribution yet. The job makes it."},
		"caching off": {spec, made, 0, true, "Caching is off: nothing is kept"},
		"kept":        {kept, made, 0, true, "CloudFront asks the API again"},
		"at work":     {kept, made, 7, false, "Job 7 is at work on this setup. One job at a time: clear when it is over."},
	} {
		v := NewView(Facts{Times: web.Times{Now: time.Now()}, Setup: setup.Setup{ID: "s", Spec: c.spec}, Resources: c.resources, History: setup.History{Active: c.job}})
		n := 0
		for _, group := range v.Menu {
			for _, m := range group {
				n++
				if m.Text == "" || m.Does == "" || m.why(false) == "" || m.Href != "" && m.Post != "" {
					t.Errorf("%s: %+v", name, m)
				}
				if m.Post != "" && m.offered(false) {
					t.Errorf("%s: %s is offered to somebody who may not act", name, m.Text)
				}
			}
		}
		if clear := v.Menu[0][0]; n < 3 || clear.offered(true) != c.clear || clear.Does != c.says {
			t.Errorf("%s: %d lines, the first %+v", name, n, clear)
		}
	}
}
