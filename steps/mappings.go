package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/setup"
)

func mappingsStep() Step {
	return Step{
		ID:       "mappings",
		Thing:    "path mappings",
		Title:    "Map paths",
		Why:      "API Gateway picks the API by the name and the base path of a request. A path without a mapping is answered with 403.",
		Service:  "API Gateway",
		Tutorial: 2,
		Settings: []setup.Setting{setup.SettingMapping},
		Needs:    []setup.StepID{"domain"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartGateway},
		Page:     setup.PageAPI,
		Keys:     []string{setup.MappingKey("")},
		Wait:     Wait{Every: 2 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 3 * time.Second},
		Brief:    func(s setup.Spec) (string, bool) { return pathsText(s.API.Mappings), true },
		Actions:  []string{"apigateway:GET", "apigateway:POST", "apigateway:PATCH"},
		Grants:   mappingGrants,
		TitleFor: func(s setup.Spec) string { return "Map " + setup.Count(len(s.API.Mappings), "path") },
		Reads:    readsMappings,
		Observe:  observeMappings,
		Apply:    applyMappings,
		Wants:    wantsMapping,
		Remove:   removeMapping,
	}
}

func mappingGrants(s Scope) []Grant {
	list := s.domain("/apimappings")
	grants := []Grant{
		{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{s.domain(""), list}},
		{For: "Create", Use: Writes, Actions: []string{"apigateway:POST"}, Resources: []string{list}},
		{For: "Change", Use: Writes, Actions: []string{"apigateway:PATCH"}, Resources: []string{list + "/*"}},
	}
	if (s.Spec.Domain.FromEdge || s.wasStricter()) && !canMapV1(s.Spec) { // it is read while v2 does not know it
		grants = append(grants, Grant{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{s.domain("/basepathmappings")}})
	}
	if canMapV1(s.Spec) { // in case somebody makes the domain's TLS policy stricter
		list := s.domain("/basepathmappings")
		grants = append(grants,
			Grant{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{list}},
			Grant{For: "Create", Use: Writes, Actions: []string{"apigateway:POST"}, Resources: []string{list}},
			Grant{For: "Change", Use: Writes, Actions: []string{"apigateway:PATCH"}, Resources: []string{list + "/*"}},
		)
	}
	for _, m := range s.Spec.API.Mappings {
		if !idPattern.MatchString(m.APIID) || !stagePattern.MatchString(m.Stage) {
			continue // AWS has no such resource
		}
		api := "/apis/"
		if m.Kind == setup.APIKindREST {
			api = "/restapis/"
		}
		api += Literal(m.APIID)
		grants = append(grants, Grant{For: "Explain", Actions: []string{"apigateway:GET"}, Resources: []string{
			s.gateway(api), s.gateway(api + "/stages/" + Literal(m.Stage)),
		}, Explains: true})
	}
	return grants
}

// canMapV1 says whether API Gateway v1 can map all mappings: it maps REST APIs
// only, and paths of one level.
func canMapV1(s setup.Spec) bool {
	return !slices.ContainsFunc(s.API.Mappings, func(m setup.Mapping) bool {
		return m.Kind != setup.APIKindREST || strings.Contains(m.Path, "/")
	})
}

// The two versions of API Gateway, as in setup.AttrVia. v2 maps every kind of
// API and paths of several levels. v1 is for domains that v2 cannot manage.
const (
	viaV1 = "v1"
	viaV2 = "v2"
)

// mappingState compares a wanted mapping with the one at its path.
func mappingState(e *Env, m setup.Mapping, found map[string]aMapping) State {
	is, ok := found[m.Path]
	switch {
	case !ok:
		return Absent
	case is.api == m.APIID && is.stage == m.Stage:
		return Ready
	case ourMapping(e, m.Path, is):
		return Drifted
	default:
		return Foreign
	}
}

// ourMapping says whether a job of this setup made the mapping. It did if the
// mapping's ID is recorded, or if the job stored that it would make exactly
// this mapping and the answer was lost.
func ourMapping(e *Env, path string, is aMapping) bool {
	r, _ := e.known(mappingAt(path, e.Setup.Spec.Account.Region))
	return r.Owned && asRecorded(r, is)
}

// asRecorded says whether the mapping is that of the row. IDs can be compared
// only within one version of API Gateway, because each version has its own.
func asRecorded(r setup.Resource, is aMapping) bool {
	if r.ID != "" && r.Attributes[setup.AttrVia] == is.via {
		return r.ID == is.id
	}
	return r.Attributes[setup.AttrAPI] == is.api && r.Attributes[setup.AttrStage] == is.stage
}

// mappingAt is the row of the mapping of a path in a region, without what AWS
// returns about it.
func mappingAt(path, region string) setup.Resource {
	return setup.Resource{Key: setup.MappingKey(path), Type: "Path mapping", Region: region}
}

// Mapped is what a setup has mapped on the custom domain in a region, as far as its
// jobs know for certain. The kinds of the APIs are not among it.
func Mapped(resources setup.Resources, former setup.Former, region string) []setup.Mapping {
	var list []setup.Mapping
	add := func(r setup.Resource) {
		path, ok := strings.CutPrefix(r.Key, setup.MappingKey(""))
		_, changing := r.Attributes[attrWas]
		if ok && !changing && r.ID != "" && r.RemovedAt.IsZero() && r.Region == region {
			list = append(list, setup.Mapping{Path: path, APIID: r.Attributes[setup.AttrAPI], Stage: r.Attributes[setup.AttrStage]})
		}
	}
	for _, r := range resources {
		add(r)
	}
	for _, r := range former {
		add(r)
	}
	slices.SortFunc(list, func(a, b setup.Mapping) int { return strings.Compare(a.Path, b.Path) })
	return list
}

func mappingResource(e *Env, m setup.Mapping, via, id string, owned bool) setup.Resource {
	r := mappingAt(m.Path, e.Setup.Spec.Account.Region)
	row, _ := e.known(r)
	r.ID, r.Owned = id, owned
	if owned {
		r.Token = row.Token
	}
	r.Attributes = map[string]string{setup.AttrVia: via, setup.AttrAPI: m.APIID, setup.AttrStage: m.Stage}
	return r
}

// paths names the display paths of mappings in words.
func paths(mappings []setup.Mapping) string {
	var words []string
	for _, m := range mappings {
		words = append(words, m.DisplayPath())
	}
	return setup.And(words)
}

// mappingField stands before the path of a mapping in the name of a change's field.
const mappingField = "Mapping "

func observeMappings(ctx context.Context, e *Env) (Observation, error) {
	wanted := e.Setup.Spec.API.Mappings
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return Observation{}, err
	}
	if ours := d != nil && foreignDomain(e, d) == nil; !ours { // the step domain stops if the domain is not ours
		return absent(paths(wanted)), nil
	}
	via, pr := mapVia(e, d)
	if moving(e, d) { // in a plan: it is mapped once it is Regional, and v1 alone knows it before
		via, pr = viaV1, nil
	}
	switch {
	case pr != nil && (d.SecurityPolicy == agtypes.SecurityPolicyTls10 || becomesTLS12(e, d)): // the step before puts that right
		o := pending("Waits until the custom domain takes TLS 1.2")
		o.Problem = pr
		return o, nil
	case pr != nil:
		o := foreign(pr)
		if d.RoutingMode == agtypes.RoutingModeRoutingRuleOnly {
			o.Setting = setup.SettingRoutingMode
		}
		return o, nil
	}
	via, there, err := standingMappings(ctx, e, via)
	if err != nil {
		return Observation{}, err
	}
	var missing []setup.Mapping
	var changes, deleted []setup.Change
	for _, m := range wanted {
		is := there[m.Path]
		switch mappingState(e, m, there) {
		case Absent:
			missing = append(missing, m)
			if e.Resources[setup.MappingKey(m.Path)].ID != "" { // it was there once
				deleted = append(deleted, setup.Change{Field: mappingField + m.DisplayPath(), Want: m.APIID + ", stage " + m.Stage})
			}
		case Drifted:
			changes = append(changes, setup.Change{Field: mappingField + m.DisplayPath(), Is: is.api + ", stage " + is.stage, Want: m.APIID + ", stage " + m.Stage})
		case Ready:
			if err := e.keep(ctx, mappingResource(e, m, via, is.id, ourMapping(e, m.Path, is))); err != nil {
				return Observation{}, err
			}
		default:
			return foreign(problem(
				"Path "+m.DisplayPath()+" was not mapped.",
				"It leads to API "+is.api+", stage "+is.stage+" already, and that mapping was not made by this setup. It is not overwritten.",
				"Delete the mapping of "+m.DisplayPath()+" on "+e.name()+" in API Gateway, or choose another path on the page API and paths, then re-run this step.",
			)), nil
		}
	}
	o := ready(paths(wanted))
	switch {
	case len(changes) > 0:
		summary := setup.Count(len(changes), "mapping") + " to change"
		if len(missing) > 0 {
			summary += ", and " + paths(missing) + " to map"
		}
		o = Observation{State: Drifted, Summary: summary, Changes: append(changes, deleted...)}
	case len(missing) > 0:
		o = absent(paths(missing))
		o.Changes = deleted
	}
	o.Mappings = otherMappings(ctx, e, there)
	return o, nil
}

func applyMappings(ctx context.Context, e *Env) error {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return err
	}
	if d == nil {
		return domainGone(e)
	}
	if p := foreignDomain(e, d); p != nil {
		return p
	}
	via, pr := mapVia(e, d)
	if pr != nil {
		return pr
	}
	via, there, err := standingMappings(ctx, e, via)
	if err != nil {
		return err
	}
	// If AWS refuses one path, the others are mapped all the same. What is mapped is
	// changed first: a WebSocket API may be the next beside it, or no longer.
	list := slices.Clone(e.Setup.Spec.API.Mappings)
	slices.SortStableFunc(list, func(a, b setup.Mapping) int {
		return apart(mappingState(e, a, there)) - apart(mappingState(e, b, there))
	})
	var first error
	for _, m := range list {
		if err := applyMapping(ctx, e, via, m, there); err != nil && first == nil {
			first = err
		}
	}
	// If all mappings are right by what was read and by AWS's answers to the
	// writes, they need no second look. If an update was sent, they are read
	// again.
	if !slices.ContainsFunc(e.Setup.Spec.API.Mappings, func(m setup.Mapping) bool { return mappingState(e, m, there) != Ready }) {
		e.remember(readMappings, there)
	}
	return first
}

// apart is 0 for a mapping that is changed, 1 for any other.
func apart(s State) int {
	if s == Drifted {
		return 0
	}
	return 1
}

func applyMapping(ctx context.Context, e *Env, via string, m setup.Mapping, there map[string]aMapping) error {
	switch mappingState(e, m, there) {
	case Absent:
		r, err := e.intend(ctx, mappingResource(e, m, via, "", true), func(r *setup.Resource) { r.Token = e.Token(r.Number, m.Path) })
		if err != nil {
			return err
		}
		e.forget(readMappings)
		is, err := createMapping(ctx, e, via, m)
		if err != nil {
			return mappingRefused(ctx, e, m, err)
		}
		there[m.Path] = is
		r.ID = is.id
		return e.keep(ctx, r)
	case Drifted:
		// The old target is stored before the change. So if the answer is lost,
		// a mapping with the old or the new target is known to be ours.
		r := mappingResource(e, m, via, there[m.Path].id, true)
		r.Attributes[attrWas] = there[m.Path].api + "/" + there[m.Path].stage
		if err := e.keep(ctx, r); err != nil {
			return err
		}
		e.forget(readMappings)
		if err := updateMapping(ctx, e, via, m, there[m.Path]); err != nil {
			return mappingRefused(ctx, e, m, err)
		}
		return e.keep(ctx, mappingResource(e, m, via, there[m.Path].id, true))
	default:
		return nil // as wanted, or not ours, which Observe says
	}
}

func createMapping(ctx context.Context, e *Env, via string, m setup.Mapping) (aMapping, error) {
	if via == viaV1 {
		in := &apigateway.CreateBasePathMappingInput{DomainName: aws.String(e.name()), RestApiId: aws.String(m.APIID), Stage: aws.String(m.Stage)}
		if m.Path != "" {
			in.BasePath = aws.String(m.Path)
		}
		out, err := e.Account.APIGateway().CreateBasePathMapping(ctx, in)
		if err != nil {
			return aMapping{}, fmt.Errorf("map %s on %s: %w", m.DisplayPath(), e.name(), err)
		}
		return mappingV1(&m.Path, out.RestApiId, out.Stage), nil
	}
	out, err := e.Account.APIGatewayV2().CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{
		DomainName: aws.String(e.name()), ApiId: aws.String(m.APIID), Stage: aws.String(m.Stage), ApiMappingKey: aws.String(m.Path),
	})
	if err != nil {
		return aMapping{}, fmt.Errorf("map %s on %s: %w", m.DisplayPath(), e.name(), err)
	}
	return aMapping{id: aws.ToString(out.ApiMappingId), via: viaV2, path: m.Path, api: aws.ToString(out.ApiId), stage: aws.ToString(out.Stage)}, nil
}

func updateMapping(ctx context.Context, e *Env, via string, m setup.Mapping, is aMapping) error {
	if via == viaV1 {
		_, err := e.Account.APIGateway().UpdateBasePathMapping(ctx, &apigateway.UpdateBasePathMappingInput{
			DomainName: aws.String(e.name()), BasePath: aws.String(is.id),
			PatchOperations: []agtypes.PatchOperation{
				{Op: agtypes.OpReplace, Path: aws.String("/restapiId"), Value: aws.String(m.APIID)},
				{Op: agtypes.OpReplace, Path: aws.String("/stage"), Value: aws.String(m.Stage)},
			},
		})
		if err != nil {
			return fmt.Errorf("change mapping %s on %s: %w", m.DisplayPath(), e.name(), err)
		}
		return nil
	}
	_, err := e.Account.APIGatewayV2().UpdateApiMapping(ctx, &apigatewayv2.UpdateApiMappingInput{
		DomainName: aws.String(e.name()), ApiMappingId: aws.String(is.id), ApiId: aws.String(m.APIID),
		Stage: aws.String(m.Stage), ApiMappingKey: aws.String(m.Path),
	})
	if err != nil {
		return fmt.Errorf("change mapping %s on %s: %w", m.DisplayPath(), e.name(), err)
	}
	return nil
}

func domainGone(e *Env) *setup.Problem {
	return from("domain", "Create the custom domain again", problem("The custom domain is gone.", "API Gateway does not know "+e.name()+" any more, so nothing can be mapped on it.",
		`Choose "Re-run from here" at the step `+domainTitle(e.Setup.Spec)+"."))
}

// pathsText names paths: "/orders, /billing and 3 more".
func pathsText(list []setup.Mapping) string {
	var paths []string
	for _, m := range list[:min(3, len(list))] {
		paths = append(paths, m.DisplayPath())
	}
	text := strings.Join(paths, ", ")
	if more := len(list) - len(paths); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
