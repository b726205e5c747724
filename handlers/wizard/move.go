package wizard

import (
	"strings"

	"apifront/handlers"
	"apifront/setup"
	webwizard "apifront/web/wizard"
)

// readMove reads from which distribution the name moves. A page that did not ask it of
// this name leaves the answer, unless the name is another one.
func readMove(c *visit, before setup.Domain) {
	d := &c.spec().Domain
	switch {
	case c.form.Get("move-from") != "" && c.form.Get("move-name") == d.Name:
		d.MoveFrom = c.form.Get("move")
	case d.Name != before.Name:
		d.MoveFrom = ""
	}
}

// moveView offers to move the name, where a distribution of the account has it and the
// setup has none yet; nil: there is nothing to offer. A wildcard is not moved: where
// CloudFront looks for its proof is not documented.
func moveView(c *visit, name string, facts handlers.Answer[setup.NameFacts]) *webwizard.MoveView {
	d := c.spec().Domain
	if id := facts.Value.HolderID; facts.Have && id != "" && !strings.HasPrefix(d.Name, "*.") && c.unmade() {
		return &webwizard.MoveView{Name: name, From: id, On: d.MoveFrom == id, DNS: d.DNS == setup.DNSRoute53}
	}
	return nil
}

// unmade says whether there is no distribution of the setup yet: none was made, or the job
// that was to make it has stopped before.
func (c *visit) unmade() bool {
	if c.fresh() {
		return true
	}
	v, err := c.changed(c.ctx)
	if err != nil || v == nil {
		return false
	}
	resources, _, err := c.s.Store.AllResources(c.ctx, v.ID)
	return err == nil && resources.ID(setup.KeyDistribution) == ""
}
