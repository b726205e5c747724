package handlers

import (
	"slices"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/web"
)

type pageAccount struct{}

func (pageAccount) id() setup.PageID { return setup.PageAccount }

func (pageAccount) words() (title, intro, next string) {
	return "Account and region", "Say which AWS account apifront works in, and where your API is.", "Next: API and paths"
}

// defaultRegion is the region of a new draft.
func (s *Server) defaultRegion() string {
	if isRegion(s.Region) {
		return s.Region
	}
	return setup.EdgeRegion
}

func (pageAccount) read(c *visit) error {
	a := &c.spec().Account
	a.Connection, a.Region = c.form.Get("connection"), c.form.Get("region")
	who, err := stored[setup.Identity](c, c.s, identityKey(*a))
	if err != nil {
		return err
	}
	a.AccountID = who.Value.AccountID
	return nil
}

func (pageAccount) check(c *visit) (web.FieldErrors, error) {
	var errs web.FieldErrors
	a := c.spec().Account
	list, _ := c.s.connections()
	if !slices.Contains(list, a.Connection) {
		text := "Choose a connection"
		if a.Connection != "" {
			text = "Choose another connection: this server has no AWS profile " + connectionTitle(a.Connection, false) + " any more"
		}
		errs = append(errs, web.FieldError{ID: "connection-default", Text: text})
	}
	if !isRegion(a.Region) {
		errs = append(errs, web.FieldError{ID: "region", Text: "Choose the region of your API"})
	}
	return errs, nil
}

func (pageAccount) refresh(c *visit) error { return c.s.again(c, identityKey(c.spec().Account)) }

func (pageAccount) show(c *visit, w web.WizardView) (func(web.Frame) templ.Component, error) {
	a := c.spec().Account
	region := a.Region
	if region == "" {
		region = c.s.defaultRegion()
	}
	who, err := ask[setup.Identity](c, c.s, identityKey(a), c.draft.CreatedAt.Add(-freshFor))
	if err != nil {
		return nil, err
	}
	c.pending = who.Pending
	v := web.AccountView{Who: lookView(c.times, "Who AWS says we are", "Ask again", who), Stamp: c.s.Now().UnixMilli()}
	if who.Have && who.Problem == nil {
		v.AccountID, v.ARN = who.Value.AccountID, who.Value.ARN
		v.Who.Have = false // the line above says it
		if !who.Pending {
			v.Who = web.LookView{}
		}
	}
	list, note := c.s.connections()
	v.Note = note
	for _, id := range list {
		o := web.Option{Value: id, Text: connectionTitle(id, c.s.Demo != nil), Chosen: id == a.Connection}
		if id == setup.DefaultConnection {
			o.ID = "connection-default"
			o.Detail = "The AWS default chain of this server."
			if c.s.Demo != nil {
				o.Detail = "The simulator on this server."
			}
		} else {
			o.Detail = "A named profile of the AWS config files on this server."
		}
		v.Connections = append(v.Connections, o)
	}
	for _, r := range regions() {
		v.Regions = append(v.Regions, web.Option{Value: r.Code, Text: r.Code + " (" + r.Name + ")", Chosen: r.Code == region})
	}
	if a.Region != "" && !isRegion(a.Region) {
		v.Regions = append([]web.Option{{Value: a.Region, Text: a.Region, Chosen: true}}, v.Regions...)
	}
	c.preview(&w, func(sp *setup.Spec) { sp.Account.Region = region })
	return func(f web.Frame) templ.Component { return web.PageAccount(f, w, v) }, nil
}
