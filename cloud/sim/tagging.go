package sim

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"
)

// taggingOperations are the modelled operations of the tagging API.
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/
var taggingOperations = map[string]operation{
	"GetResources": (*Sim).getResources,
}

// tagging answers the Resource Groups Tagging API's JSON 1.1 protocol.
func (s *Sim) tagging(req *request) (answer, error) {
	op, _ := strings.CutPrefix(req.r.Header.Get("X-Amz-Target"), "ResourceGroupsTaggingAPI_20170126.")
	run, ok := taggingOperations[op]
	if !ok {
		req.op = op
		return answer{}, notModelled("the tagging operation %q", op)
	}
	return s.perform(req, op, run)
}

// A taggedResource is a resource with the tags it has, or had when the index
// last looked.
type taggedResource struct {
	Account string
	Region  string
	Tags    map[string]string
}

// A tagIndex is what GetResources answers from: it lags behind, and shows for
// a while what is gone.
type tagIndex struct {
	shown   map[string]taggedResource // by ARN
	noted   map[string]taggedResource // the world when last looked at
	pending []indexed
}

// An indexed change is in the index from At on; no tags: it is out of it.
type indexed struct {
	At       time.Time
	ARN      string
	Resource taggedResource
}

// indexTags notes what changed since it last looked. With no lag there is no
// index: GetResources looks at the world.
func (s *Sim) indexTags() {
	lag := s.cfg.Pace.TagIndex
	if lag == 0 {
		return
	}
	x, now, world := &s.tagIndex, s.now(), s.taggedResources()
	for _, arn := range slices.Sorted(maps.Keys(world)) {
		if !maps.Equal(x.noted[arn].Tags, world[arn].Tags) {
			x.pending = append(x.pending, indexed{now.Add(lag), arn, world[arn]})
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(x.noted)) {
		if _, there := world[arn]; !there {
			x.pending = append(x.pending, indexed{At: now.Add(lag), ARN: arn})
		}
	}
	x.noted = world
}

// indexedResources is what the index has now.
func (s *Sim) indexedResources() map[string]taggedResource {
	if s.cfg.Pace.TagIndex == 0 {
		return s.taggedResources()
	}
	s.indexTags()
	x, now := &s.tagIndex, s.now()
	if x.shown == nil {
		x.shown = map[string]taggedResource{}
	}
	for len(x.pending) > 0 && !now.Before(x.pending[0].At) {
		p := x.pending[0]
		x.pending = x.pending[1:]
		if len(p.Resource.Tags) == 0 {
			delete(x.shown, p.ARN)
		} else {
			x.shown[p.ARN] = p.Resource
		}
	}
	return x.shown
}

// taggedResources is every resource of the world that has tags. Global ones
// are in us-east-1.
func (s *Sim) taggedResources() map[string]taggedResource {
	out := map[string]taggedResource{}
	put := func(arn, account, region string, tags map[string]string) {
		if len(tags) > 0 {
			out[arn] = taggedResource{account, region, maps.Clone(tags)}
		}
	}
	for key, r := range s.regions {
		for arn, c := range r.certificates {
			put(arn, key.account, key.region, c.Tags)
		}
		for _, d := range r.domains {
			put(d.arn(), key.account, key.region, d.Tags)
		}
		for _, a := range r.apis {
			put(a.arn(key.region), key.account, key.region, a.Tags)
		}
	}
	for _, d := range s.distributions {
		put(d.ARN, d.Account, "us-east-1", d.Tags)
	}
	for id, z := range s.zones {
		put("arn:aws:route53:::hostedzone/"+id, z.Account, "us-east-1", z.Tags)
	}
	return out
}

type tagFilter struct {
	Key    string
	Values []string
}

type getResourcesInput struct {
	ResourceARNList     []string
	ResourceTypeFilters []string
	TagFilters          []tagFilter
	ResourcesPerPage    *int
	TagsPerPage         *int
	PaginationToken     string
}

// matches is whether the resource fits every filter.
func (in getResourcesInput) matches(arn string, tags map[string]string) bool {
	if len(in.ResourceARNList) > 0 && !slices.Contains(in.ResourceARNList, arn) {
		return false
	}
	kind := resourceType(arn)
	ofType := func(f string) bool { return f == kind || (!strings.Contains(f, ":") && strings.HasPrefix(kind, f+":")) }
	if len(in.ResourceTypeFilters) > 0 && !slices.ContainsFunc(in.ResourceTypeFilters, ofType) {
		return false
	}
	return !slices.ContainsFunc(in.TagFilters, func(f tagFilter) bool {
		v, there := tags[f.Key]
		return !there || (len(f.Values) > 0 && !slices.Contains(f.Values, v))
	})
}

// resourceType is service:type, as in acm:certificate, apigateway:domainnames
// and cloudfront:distribution.
func resourceType(arn string) string {
	f := strings.SplitN(arn, ":", 6)
	kind, _, _ := strings.Cut(strings.TrimPrefix(f[5], "/"), "/")
	return f[2] + ":" + kind
}

func (in getResourcesInput) check() error {
	invalid := func(message string) error { return refuse("InvalidParameterException", "%s", message) }
	if len(in.ResourceARNList) > 0 && (len(in.ResourceTypeFilters)+len(in.TagFilters) > 0 || in.ResourcesPerPage != nil || in.PaginationToken != "") {
		return invalid("ResourceARNList cannot be specified with filters or pagination parameters.")
	}
	if in.TagsPerPage != nil {
		return notModelled("TagsPerPage of GetResources")
	}
	if n := in.ResourcesPerPage; n != nil && (*n < 1 || *n > 100) {
		return invalid("ResourcesPerPage must be between 1 and 100 (inclusive)")
	}
	if len(in.TagFilters) > 50 || len(in.ResourceTypeFilters) > 100 {
		return invalid("The request has too many filters.")
	}
	for _, f := range in.TagFilters {
		if f.Key == "" || len(f.Key) > 128 || len(f.Values) > 20 {
			return invalid("A tag filter has a key of 1 to 128 characters and at most 20 values.")
		}
	}
	return nil
}

// getResources answers GetResources: what has tags in the region of the call,
// page by page.
func (s *Sim) getResources(req *request) (answer, error) {
	var in getResourcesInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	if err := in.check(); err != nil {
		return answer{}, err
	}
	all := s.indexedResources()
	var found []string
	for arn, r := range all {
		if r.Account == req.account.ID && r.Region == req.region && in.matches(arn, r.Tags) {
			found = append(found, arn)
		}
	}
	slices.Sort(found)
	if in.PaginationToken != "" {
		last, err := base64.RawURLEncoding.DecodeString(in.PaginationToken)
		if err != nil {
			return answer{}, refuse("InvalidParameterException", "The PaginationToken is not valid.")
		}
		found = slices.DeleteFunc(found, func(arn string) bool { return arn <= string(last) })
	}
	type mapping struct {
		ResourceARN string
		Tags        []acmTag
	}
	out := struct {
		PaginationToken        string
		ResourceTagMappingList []mapping
	}{ResourceTagMappingList: []mapping{}}
	asked := 50
	if in.ResourcesPerPage != nil {
		asked = *in.ResourcesPerPage
	}
	size := s.pageSize(asked, 100)
	for i, arn := range found {
		if i == size {
			out.PaginationToken = base64.RawURLEncoding.EncodeToString([]byte(found[i-1]))
			break
		}
		m := mapping{ResourceARN: arn}
		tags := all[arn].Tags
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			m.Tags = append(m.Tags, acmTag{k, tags[k]})
		}
		out.ResourceTagMappingList = append(out.ResourceTagMappingList, m)
	}
	return json11Answer(out)
}
