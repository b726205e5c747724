package steps

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/setup"
)

// things lists what is taken over, and what belongs to it and is not.
func (a *adopting) things() {
	take := func(t setup.AdoptedThing) { a.adoption.Taken = append(a.adoption.Taken, t) }
	stay := func(t setup.Thing) { a.adoption.Stays = append(a.adoption.Stays, t) }
	if a.atHome() {
		r := a.e.Resources[setup.KeyRecordTraffic]
		var kinds []string
		for _, rec := range recordsOf(r) {
			kinds = append(kinds, rec.Type)
		}
		take(setup.AdoptedThing{Thing: setup.Thing{What: setup.Count(len(kinds), "DNS record"), ID: setup.And(kinds) + " " + a.Name, State: "Route 53"}})
	}
	if a.d != nil {
		t := setup.AdoptedThing{Thing: setup.Thing{What: "Distribution", ID: a.d.id(), State: aws.ToString(a.d.Status)}}
		if others := a.d.others(a.Name); len(others) > 0 {
			t.Others = setup.Count(len(others), "other name") + ": " + firstOf(others)
			t.Stays = "Other names are on it, so only " + a.Name + " is taken off."
		}
		take(t)
	}
	target, _, _ := strings.Cut(a.target(), ".")
	take(setup.AdoptedThing{Thing: setup.Thing{What: "Custom domain", Region: a.Domain.Region, ID: target, State: "Regional"}})
	take(setup.AdoptedThing{Thing: setup.Thing{What: setup.Count(len(a.spec.API.Mappings), "path mapping"), Region: a.Domain.Region, ID: pathsText(a.spec.API.Mappings), State: a.stages()}})
	for _, p := range a.places() {
		take(a.certificate(p))
	}
	a.stays(stay)
}

// stages says whether the stages to which paths lead are deployed.
func (a *adopting) stages() string {
	for _, api := range a.Configured.APIs {
		if api.Kind != "" && !api.Deployed {
			return "A stage is not deployed"
		}
	}
	return "Deployed stages"
}

// places are those of the certificates that are reused, each certificate once.
func (a *adopting) places() (list []certificatePlace) {
	for _, p := range []certificatePlace{edgeCertificate(a.spec), regionalCertificate(a.spec)} {
		if p.reuse != "" && !slices.ContainsFunc(list, func(q certificatePlace) bool { return q.reuse == p.reuse }) {
			list = append(list, p)
		}
	}
	return list
}

func (a *adopting) certificate(p certificatePlace) setup.AdoptedThing {
	_, id, _ := strings.Cut(p.reuse, "certificate/")
	t := setup.AdoptedThing{
		Thing: setup.Thing{What: "Certificate", Region: p.region, ID: id},
		Stays: "Certificates are reused and never changed or deleted from here.",
	}
	c := a.Certificates[p.reuse]
	if c == nil {
		t.State = "Not read"
		return t
	}
	t.State = string(c.Status)
	if c.NotAfter != nil {
		if left := c.NotAfter.Sub(a.adoption.ReadAt); left > 0 {
			t.State = setup.Count(int(left/(24*time.Hour)), "day") + " left"
		} else {
			t.State = "Expired"
		}
	}
	fronts, others := 0, 0
	for _, arn := range c.InUseBy {
		switch parts := strings.SplitN(arn, ":", 6); {
		case a.d != nil && arn == aws.ToString(a.d.ARN), strings.HasSuffix(arn, "/domainnames/"+a.Name):
		case len(parts) == 6 && parts[2] == "cloudfront":
			fronts++
		case len(parts) == 6 && parts[4] != a.Who: // API Gateway's own load balancers are in accounts of AWS
		default:
			others++
		}
	}
	var words []string
	if fronts > 0 {
		words = append(words, setup.Count(fronts, "other distribution"))
	}
	if others > 0 {
		words = append(words, setup.Count(others, "other resource"))
	}
	t.Others = setup.And(words)
	return t
}

// stays lists what the setup only uses.
func (a *adopting) stays(add func(setup.Thing)) {
	seen := map[string]bool{}
	for _, m := range slices.Concat(a.spec.API.Mappings, a.left) {
		if seen[m.APIID] {
			continue
		}
		seen[m.APIID] = true
		state := m.APIName
		if m.Kind == "" {
			state = "Gone: " + m.DisplayPath() + " leads to nothing, and stays mapped"
		}
		add(setup.Thing{What: "API", Region: a.Domain.Region, ID: m.APIID, State: state})
	}
	if a.spec.Domain.ZoneID != "" {
		add(setup.Thing{What: "Hosted zone", ID: a.spec.Domain.ZoneID, State: a.spec.Domain.ZoneName})
	}
	if a.d == nil {
		return
	}
	c := a.d.DistributionConfig
	if c.Logging != nil && aws.ToString(c.Logging.Bucket) != "" {
		bucket, _, _ := strings.Cut(aws.ToString(c.Logging.Bucket), ".s3.")
		add(setup.Thing{What: "Log bucket", ID: bucket})
	}
	if id := aws.ToString(c.WebACLId); id != "" {
		add(setup.Thing{What: "Web ACL", ID: id})
	}
	if b := c.DefaultCacheBehavior; aws.ToString(b.CachePolicyId) != "" && setup.Managed(*b.CachePolicyId) == "" {
		add(setup.Thing{What: "Cache policy", ID: *b.CachePolicyId})
	}
}

// A sign is a tag by which a tool is known, and the line that makes it let go of what
// it made: line is called with the type of the resource.
type sign struct {
	tool  string
	is    func(tags map[string]string) (key string)
	line  func(what string) string
	among string // of which other tool it is a part
}

// cdkID matches the logical IDs that CDK gives: a path in words, and eight digits.
// https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html#identifiers-logical-ids (documented)
var cdkID = regexp.MustCompile(`[a-z][0-9A-F]{8}$`)

// retain keeps a resource that is taken out of a template.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html (documented)
func retain(string) string { return "DeletionPolicy: Retain" }

// signs are those of tools, the narrower ones first.
//   - CloudFormation gives the tags aws:cloudformation:… by itself.
//     https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html (documented)
//   - The Serverless Framework deploys by CloudFormation and gives its stacks the tag STAGE.
//     https://github.com/serverless/serverless, lib/plugins/aws/lib/get-create-change-set-params.js (seen)
//   - SAM gives httpapi:createdBy and lambda:createdBy.
//     https://github.com/aws/serverless-application-model/issues/1510 (reported)
//   - Terraform and OpenTofu give no tag by themselves; people write one (convention).
//     https://developer.hashicorp.com/terraform/cli/commands/state/rm (documented: the line)
var signs = []sign{
	{tool: "Serverless Framework", among: stackTag, is: hasTag("STAGE"), line: retain},
	{tool: "AWS SAM", among: stackTag, is: hasTag("httpapi:createdBy", "lambda:createdBy"), line: retain},
	{tool: "AWS CDK", among: stackTag, is: func(tags map[string]string) string {
		if cdkID.MatchString(tags["aws:cloudformation:logical-id"]) {
			return "aws:cloudformation:logical-id"
		}
		return ""
	}, line: func(string) string { return "applyRemovalPolicy(RemovalPolicy.RETAIN)" }},
	{tool: "CloudFormation", is: hasTag(stackTag), line: retain},
	{tool: "Terraform", is: saysTerraform, line: func(what string) string { return "terraform state rm " + what + ".NAME" }},
}

// stackTag is the tag with the name of the stack that made a resource.
const stackTag = "aws:cloudformation:stack-name"

func hasTag(keys ...string) func(map[string]string) string {
	return func(tags map[string]string) string {
		for _, k := range keys {
			if tags[k] != "" {
				return k
			}
		}
		return ""
	}
}

// saysTerraform is the key of a tag with which people say that Terraform made it.
func saysTerraform(tags map[string]string) string {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		says := strings.ToLower(tags[k])
		if strings.Contains(says, "terraform") || strings.Contains(says, "opentofu") || strings.EqualFold(k, "terraform") && says != "false" {
			return k
		}
	}
	return ""
}

// makers finds the tools that look after what is taken over.
func (a *adopting) makers() {
	look := func(what, kind string, tags map[string]string) {
		for _, s := range signs {
			key := s.is(tags)
			if key == "" || s.among != "" && tags[s.among] == "" {
				continue
			}
			text := "Its tag says " + key + ": " + setup.Clip(tags[key], 60)
			if s.among != "" {
				text = "It is in the stack " + setup.Clip(tags[s.among], 60) + ", and its tag says " + key + ": " + setup.Clip(tags[key], 60)
			}
			a.adoption.Makers = append(a.adoption.Makers, setup.Maker{Tool: s.tool, What: what, Sign: text, Line: s.line(kind)})
			return
		}
	}
	look("this distribution", "aws_cloudfront_distribution", a.tags)
	look("this custom domain", "aws_api_gateway_domain_name", a.domain.Tags)
}
