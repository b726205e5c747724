package probe

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"apifront/setup"
)

// Bounds of what is kept of one answer of DNS.
const (
	mostValues = 20  // records, and links of a chain
	mostValue  = 255 // characters; more has no name
)

// gatewayWords are the messages of answers that API Gateway makes itself. All
// others may be the API's own words, which are nobody's but its callers'.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
var gatewayWords = []string{
	"Forbidden", "Missing Authentication Token", "Not Found", "Unauthorized", "Too Many Requests", "Limit Exceeded",
	"Internal server error", "Internal Server Error", "Endpoint request timed out", "Service Unavailable",
}

// Said is what an answer says in words that are not those of the API: the
// message of API Gateway, or the name of its error.
func Said(e *setup.Evidence) string {
	if !fromGateway(e) {
		return ""
	}
	if slices.Contains(gatewayWords, e.Message) {
		return e.Message
	}
	name, _, _ := strings.Cut(e.Header["X-Amzn-Errortype"], ":")
	return name
}

// Kept is what is stored of evidence: no word of an API's own answers.
func Kept(list []setup.Evidence) []setup.Evidence {
	list = slices.Clone(list)
	for i := range list {
		e := &list[i]
		e.Message = Said(e)
		if fromGateway(e) {
			e.Excerpt = ""
		}
	}
	return list
}

// Kept is what is stored of an answer.
func (a Answer) Kept(err error) setup.DNSAnswer {
	k := setup.DNSAnswer{
		Name: clean(cmp.Or(a.Name, ".")), Type: dns.TypeToString[a.Type], Server: clean(a.Server),
		CNAMEs: cleanAll(a.CNAMEs), Records: cleanAll(a.Records), TTL: a.TTL, Negative: a.Negative,
	}
	if err == nil {
		k.Code = dns.RcodeToString[a.Rcode]
		return k
	}
	k.Error = clean(err.Error())
	if failed, ok := errors.AsType[*LookupError](err); ok {
		switch {
		case failed.Rcode != 0:
			k.Code, k.Error = dns.RcodeToString[failed.Rcode], ""
		case failed.Err != nil:
			k.Error = clean(failed.Err.Error())
		}
	}
	return k
}

// Kept is what is stored of a view.
func (v View) Kept() setup.DNSAnswer {
	k := v.Answer.Kept(v.Err)
	k.Resolver, k.Server = v.Resolver, clean(v.Server)
	if at := v.Answer.Server; at != v.Server && !v.Resolver {
		k.Address = clean(at)
	}
	return k
}

// KeptViews is Kept of each view.
func KeptViews(views ...View) []setup.DNSAnswer {
	list := make([]setup.DNSAnswer, 0, len(views))
	for _, v := range views {
		list = append(list, v.Kept())
	}
	return list
}

// Kept is what is stored of a walk: for each zone on the way the delegation, and
// how the servers that it names answer.
func (w Walk) Kept() []setup.DNSAnswer {
	var list []setup.DNSAnswer
	for _, c := range w.Cuts {
		question := setup.DNSAnswer{Name: clean(c.Zone), Type: dns.TypeToString[dns.TypeNS]}
		above := question
		above.Code, above.Records = dns.RcodeToString[dns.RcodeSuccess], cleanAll(c.Parent)
		above.Address = clean(c.Above)
		list = append(list, above)
		for _, s := range c.Servers {
			k := question
			k.Server, k.Code = clean(s.Name), dns.RcodeToString[dns.RcodeSuccess]
			if s.Address.IsValid() {
				k.Address = s.Address.String()
			}
			if s.Err != nil {
				k.Code, k.Error = "", clean(s.Err.Error())
			} else {
				k.Records = cleanAll(c.Own)
			}
			list = append(list, k)
		}
	}
	if w.Broken != nil {
		list = append(list, setup.DNSAnswer{Name: clean(w.Name), Type: dns.TypeToString[dns.TypeNS], Error: clean(w.Broken.Error())})
	}
	return list
}

func clean(s string) string { return setup.Clip(printable(s), mostValue) }

func cleanAll(list []string) []string {
	var all []string
	for _, s := range list[:min(len(list), mostValues)] {
		all = append(all, clean(s))
	}
	return all
}
