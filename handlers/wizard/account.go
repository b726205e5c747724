package wizard

import (
	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type account struct{}

func (account) id() setup.PageID { return setup.PageAccount }

func (account) words() (title, intro, next string) {
	return "Account and region", "Say which AWS account apifront works in, and where your API is.", "Next: API and paths"
}

// defaultRegion is the region of a new draft.
func (s *room) defaultRegion() string {
	if setup.IsRegion(s.Region) {
		return s.Region
	}
	return setup.EdgeRegion
}

func (account) read(c *visit) error {
	a := &c.spec().Account
	a.Connection, a.Region = c.form.Get("connection"), c.form.Get("region")
	if !setup.IsRegion(a.Region) {
		a.Region = "" // a region that could not be chosen is neither stored nor asked about
	}
	who, err := handlers.Stored[setup.Identity](c.ctx, c.s.Server, identityKey(*a))
	if err != nil {
		return err
	}
	if who.Have || a.Connection != c.stored.Account.Connection { // what was known of the connection stays known
		a.AccountID = who.Value.AccountID
	}
	return nil
}

func (account) check(c *visit) (web.FieldErrors, error) { return c.pageErrors(setup.PageAccount) }

func (account) refresh(c *visit) error { return c.s.LookAgain(c.ctx, identityKey(c.spec().Account)) }

func (account) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	a := c.spec().Account
	region := a.Region
	if region == "" {
		region = c.s.defaultRegion()
	}
	who, err := handlers.Ask[setup.Identity](c.ctx, c.s.Server, identityKey(a), c.draft.CreatedAt.Add(-handlers.FreshFor))
	if err != nil {
		return nil, err
	}
	c.pending = who.Pending
	v := webwizard.AccountView{Who: lookView(c.times, "Who AWS says we are", "Ask again", who), Stamp: c.s.Now().UnixMilli()}
	if who.Have && who.Problem == nil {
		v.AccountID, v.ARN = who.Value.AccountID, who.Value.ARN
		v.Who.Have = false // the line above says who it is
		if !who.Pending {
			v.Who = webwizard.LookView{}
		}
	}
	list, note, err := c.s.Connections(c.ctx)
	if err != nil {
		return nil, err
	}
	v.Note = note
	for _, conn := range list {
		o := web.Option{Value: conn.ID, Text: c.s.ConnectionName(c.ctx, conn.ID), Chosen: conn.ID == a.Connection, Detail: c.s.ConnectionKind(conn) + "."}
		if conn.ID == setup.DefaultConnection {
			o.ID = "connection-default"
			o.Detail = "The AWS default chain of this server."
			if c.s.Demo != nil {
				o.Detail = "The simulator on this server."
			}
		}
		v.Connections = append(v.Connections, o)
	}
	for _, r := range setup.Regions() {
		v.Regions = append(v.Regions, web.Option{Value: r.Code, Text: regionTitle(r.Code), Chosen: r.Code == region})
	}
	if a.Region != "" && !setup.IsRegion(a.Region) {
		v.Regions = append([]web.Option{{Value: a.Region, Text: a.Region, Chosen: true}}, v.Regions...)
	}
	c.preview(&w, func(sp *setup.Spec) { sp.Account.Region = region })
	return func(f web.Frame) templ.Component { return webwizard.Account(f, w, v) }, nil
}

// regionTitle is a region's code and name: "eu-west-1 (Ireland)".
func regionTitle(code string) string {
	for _, r := range setup.Regions() {
		if r.Code == code {
			return r.Code + " (" + r.Name + ")"
		}
	}
	return code
}
