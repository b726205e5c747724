package wizard

import (
	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
)

// readDNSConnection reads which connection leads to the hosted zone. If it is
// the API's own connection, the spec names none.
func readDNSConnection(c *visit) error {
	d := &c.spec().Domain
	if !c.form.Has("dns-connection") { // the form is from a version without this choice
		return nil
	}
	before := *d
	d.Connection, d.AccountID = c.form.Get("dns-connection"), ""
	if d.DNS == setup.DNSElsewhere || d.Connection == c.spec().Account.Connection {
		d.Connection = ""
	}
	if d.Connection == "" {
		return nil
	}
	who, err := handlers.Stored[setup.Identity](c.ctx, c.s.Server, identityKey(c.spec().DNSAccount()))
	if err != nil {
		return err
	}
	d.AccountID = who.Value.AccountID
	if !who.Have && d.Connection == before.Connection { // what was known of the connection stays known
		d.AccountID = before.AccountID
	}
	return nil
}

// dnsConnections are the connections whose hosted zones can be chosen; nil when
// there is only one.
func dnsConnections(c *visit) ([]web.Option, error) {
	list, _, err := c.s.Connections(c.ctx)
	if err != nil {
		return nil, err
	}
	a, d := c.spec().Account, c.spec().Domain
	options := []web.Option{{Value: "", Text: "The account of the API (" + c.s.ConnectionName(c.ctx, a.Connection) + ")", Chosen: d.Connection == ""}}
	for _, o := range list {
		if o.ID != a.Connection {
			options = append(options, web.Option{Value: o.ID, Text: c.s.ConnectionName(c.ctx, o.ID), Chosen: o.ID == d.Connection})
		}
	}
	if len(options) == 1 {
		return nil, nil
	}
	return options, nil
}
