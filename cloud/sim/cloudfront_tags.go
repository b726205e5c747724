package sim

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// tagsXML is the Tags document.
type tagsXML struct {
	Items []tagXML `xml:"Items>Tag"`
}

type tagXML struct {
	Key   string
	Value string
}

func (t *tagsXML) tags() map[string]string {
	out := map[string]string{}
	for _, i := range t.Items {
		out[i.Key] = i.Value
	}
	return out
}

var tagPattern = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkDistributionTags checks new tags beside those that are there.
func checkDistributionTags(have, add map[string]string) error {
	all := copyTags(have)
	maps.Copy(all, add)
	for k, v := range add {
		if k == "" || len(k) > 128 || len(v) > 256 || strings.HasPrefix(strings.ToLower(k), "aws:") || !tagPattern.MatchString(k+v) {
			return refuse("InvalidTagging", "The tagging specified is not valid: %s=%s", k, v)
		}
	}
	if len(all) > maxTags {
		return refuse("InvalidTagging", "The tagging specified is not valid: a resource can have at most %d tags.", maxTags)
	}
	return nil
}

// taggedDistribution is the distribution of the Resource parameter.
func (s *Sim) taggedDistribution(req *request) (*distribution, error) {
	arn := req.query("Resource")
	for _, d := range s.distributions {
		if d.ARN == arn && d.Account == req.account.ID {
			return d, nil
		}
	}
	if !strings.HasPrefix(arn, "arn:aws:cloudfront::") {
		return nil, invalidArgument("The parameter Resource is not valid: %s", arn)
	}
	if !strings.Contains(arn, ":distribution/") {
		return nil, notModelled("tags of %s", arn)
	}
	return nil, refuseWith(http.StatusNotFound, "NoSuchResource", "The specified resource does not exist: %s", arn)
}

// listDistributionTags answers ListTagsForResource.
func (s *Sim) listDistributionTags(req *request) (answer, error) {
	d, err := s.taggedDistribution(req)
	if err != nil {
		return answer{}, err
	}
	var out tagsXML
	for _, k := range slices.Sorted(maps.Keys(d.Tags)) {
		out.Items = append(out.Items, tagXML{k, d.Tags[k]})
	}
	return cloudFrontAnswer(http.StatusOK, "Tags", out, "")
}

// tagDistribution answers TagResource.
func (s *Sim) tagDistribution(req *request) (answer, error) {
	d, err := s.taggedDistribution(req)
	if err != nil {
		return answer{}, err
	}
	var in tagsXML
	if _, err := decodeXML(req, "Tags", &in); err != nil {
		return answer{}, err
	}
	if err := checkDistributionTags(d.Tags, in.tags()); err != nil {
		return answer{}, err
	}
	maps.Copy(d.Tags, in.tags())
	return emptyAnswer(http.StatusNoContent)
}

// untagDistribution answers UntagResource.
func (s *Sim) untagDistribution(req *request) (answer, error) {
	d, err := s.taggedDistribution(req)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Items []string `xml:"Items>Key"`
	}
	if _, err := decodeXML(req, "TagKeys", &in); err != nil {
		return answer{}, err
	}
	for _, k := range in.Items {
		delete(d.Tags, k)
	}
	return emptyAnswer(http.StatusNoContent)
}
