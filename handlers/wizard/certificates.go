package wizard

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type certificates struct{}

func (certificates) id() setup.PageID { return setup.PageCertificates }

func (certificates) words() (title, intro, next string) {
	return "Certificates", "CloudFront and API Gateway each show a certificate for your name. Reuse one that fits, or have new ones made.", "Next: edge settings"
}

const newCertificate = "new"

func (certificates) read(c *visit) error {
	if !c.form.Has("edge") {
		return nil // nothing could be chosen yet, so the earlier choice stays
	}
	get := func(name string) string {
		if v := c.form.Get(name); v != newCertificate {
			return v
		}
		return ""
	}
	c.spec().Certificates = setup.Certificates{Edge: get("edge"), Regional: get("regional"), Answered: true}
	return nil
}

func (certificates) check(c *visit) (web.FieldErrors, error) {
	return c.pageErrors(setup.PageCertificates)
}

func (certificates) refresh(c *visit) error {
	return c.s.LookAgain(c.ctx, certificatesKey(c.spec().Account, c.spec().Domain.Name))
}

func (certificates) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	sp := c.spec()
	v := webwizard.CertificatesView{One: sp.OneCertificate(), Stamp: c.s.Now().UnixMilli()}
	var list handlers.Answer[[]setup.CertificateInfo]
	if _, nameErr := setup.CleanServed(sp.Domain.Name); nameErr == nil && sp.Account.Region != "" {
		var err error
		if list, err = handlers.Ask[[]setup.CertificateInfo](c.ctx, c.s.Server, certificatesKey(sp.Account, sp.Domain.Name), c.draft.CreatedAt.Add(-handlers.FreshFor)); err != nil {
			return nil, err
		}
		v.Look = lookView(c.times, "Certificates that name "+sp.Domain.Name, "Refresh list", list)
	}
	c.pending, v.Pending = list.Pending, list.Pending
	if list.Pending && !list.Have {
		// Nothing can be chosen yet, so the page must not look answered.
		return func(f web.Frame) templ.Component { return webwizard.Certificates(f, w, v) }, nil
	}
	edge := webwizard.CertificateGroup{Name: "edge", Legend: "For CloudFront, in us-east-1", Hint: "CloudFront looks for its certificates there and nowhere else."}
	if v.One {
		edge.Legend, edge.Hint = "For CloudFront and API Gateway, in us-east-1", "Both use this one."
	}
	fillCertificates(&edge, list.Value, setup.EdgeRegion, *sp, sp.Certificates.Edge, c.times)
	edge.Error = c.errors.Of("edge-new")
	v.Groups = append(v.Groups, edge)
	if !v.One {
		regional := webwizard.CertificateGroup{Name: "regional", Legend: "For API Gateway, in " + sp.Account.Region, Hint: "API Gateway looks in the region of the API."}
		fillCertificates(&regional, list.Value, sp.Account.Region, *sp, sp.Certificates.Regional, c.times)
		regional.Error = c.errors.Of("regional-new")
		v.Groups = append(v.Groups, regional)
	}
	c.preview(&w, func(sp *setup.Spec) {
		for _, g := range v.Groups {
			for _, o := range g.Options {
				switch {
				case !o.Chosen || o.Value == newCertificate:
				case g.Name == "edge":
					sp.Certificates.Edge = o.Value
				default:
					sp.Certificates.Regional = o.Value
				}
			}
		}
	})
	return func(f web.Frame) templ.Component { return webwizard.Certificates(f, w, v) }, nil
}

// fillCertificates lists what can be chosen in a region. At first, the
// certificate that fits and lasts longest is chosen, and an imported one only where
// none can be made.
func fillCertificates(g *webwizard.CertificateGroup, list []setup.CertificateInfo, region string, sp setup.Spec, chosen string, times web.Times) {
	var fit []setup.CertificateInfo
	for _, x := range list {
		if x.Region != region {
			continue
		}
		switch {
		case x.Unread:
			g.Refused = append(g.Refused, webwizard.RefusedAPI{Name: strings.Join(x.Names, ", "), Reason: x.Refused})
			continue
		case x.Refused != "":
			g.Refused = append(g.Refused, webwizard.RefusedAPI{Name: strings.Join(x.Names, ", "), ID: certificateID(x.ARN), Reason: x.Refused})
			continue
		}
		fit = append(fit, x)
	}
	slices.SortStableFunc(fit, func(a, b setup.CertificateInfo) int {
		if a.Imported() != b.Imported() {
			return map[bool]int{true: 1, false: -1}[a.Imported()]
		}
		return b.NotAfter.Compare(a.NotAfter)
	})
	name := sp.Domain.Name
	none := name != "" && sp.CertificateName() == ""
	if (!sp.Certificates.Answered || none) && chosen == "" && len(fit) > 0 && (none || !fit[0].Imported()) {
		chosen = fit[0].ARN
	}
	known := chosen == ""
	for i, x := range fit {
		o := web.Option{Value: x.ARN, Text: "Reuse the certificate for " + strings.Join(x.Names, ", "), Chosen: x.ARN == chosen,
			Detail: certificateID(x.ARN) + ", " + setup.KeyTitle(x.Key) + ", valid until " + times.Date(x.NotAfter).Text + ", " + setup.Count(int(x.NotAfter.Sub(times.Now)/(24*time.Hour)), "day") + " left. It stays as it is."}
		if more := x.Remark(); more != "" {
			o.Tag, o.Detail = "Imported", o.Detail+" "+more
		}
		if i == 0 && !x.Imported() {
			o.Tag = "Fits"
		}
		known = known || o.Chosen
		g.Options = append(g.Options, o)
	}
	if !known {
		g.Options = append(g.Options, web.Option{Value: chosen, Text: "The certificate chosen before", Detail: chosen + " is not in the list.", Chosen: true})
	}
	made := web.Option{Value: newCertificate, ID: g.Name + "-new", Text: "Request a new one", Detail: "Made by AWS Certificate Manager at no cost, validated by a DNS record.", Chosen: chosen == ""}
	switch wild := sp.CertificateName(); {
	case none:
		made.Off, made.Chosen = true, false
		made.ID = "" // so that it does not take the focus
		if len(g.Options) > 0 {
			g.Options[0].ID = g.Name + "-new"
		}
		made.Detail = setup.TooLongText(name)
		if len(fit) == 0 {
			made.Detail += " " + setup.CoveringText(name) + "."
		}
	case wild != name:
		made.Text = "Request a new one for " + wild
		made.Detail = setup.TooLongText(name) + " " + setup.WildcardText(wild) + " It costs nothing and is validated by a DNS record."
	}
	g.Options = append(g.Options, made)
}

func certificateID(arn string) string {
	if i := strings.LastIndex(arn, "/"); i >= 0 {
		return arn[i+1:]
	}
	return arn
}
