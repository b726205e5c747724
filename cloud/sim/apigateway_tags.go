package sim

import (
	"maps"
	"net/http"
	"strings"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// taggable is the tags of the resource with the ARN: a domain or an API.
func (s *Sim) taggable(req *request) (*map[string]string, error) {
	arn := req.arg("arn")
	path, ok := strings.CutPrefix(arn, "arn:aws:apigateway:"+req.region+"::/")
	if !ok {
		return nil, badRequest("Invalid ARN: %s", arn)
	}
	kind, id, _ := strings.Cut(path, "/")
	r := s.region(req.account.ID, req.region)
	switch kind {
	case "domainnames":
		if d := r.domains[id]; d != nil {
			return &d.Tags, nil
		}
	case "restapis", "apis":
		if a := r.apis[id]; a != nil && (a.Kind == "REST") == (kind == "restapis") {
			return &a.Tags, nil
		}
	default:
		return nil, notModelled("tags of %s", arn)
	}
	return nil, gatewayNotFound("Invalid resource identifier specified: %s", arn)
}

// checkTags checks new tags beside those that are there.
func checkTags(have, add map[string]string) error {
	all := copyTags(have)
	maps.Copy(all, add)
	for k, v := range add {
		switch {
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return badRequest("Invalid tag key: %s. Tag keys cannot begin with aws:", k)
		case k == "" || len(k) > 128 || len(v) > 256:
			return badRequest("Invalid tag: the key must have 1 to 128 characters, the value at most 256")
		case strings.ContainsAny(k+v, "*"):
			return badRequest("Invalid tag: %s=%s contains invalid characters", k, v)
		}
	}
	if len(all) > maxTags {
		return badRequest("A resource can have at most %d tags", maxTags)
	}
	return nil
}

func copyTags(tags map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, tags)
	return out
}

// addGatewayTags is TagResource of both versions.
func (s *Sim) addGatewayTags(req *request) error {
	tags, err := s.taggable(req)
	if err != nil {
		return err
	}
	var in struct {
		Tags map[string]string `json:"tags"`
	}
	if err := decodeJSON(req, &in); err != nil {
		return err
	}
	if err := checkTags(*tags, in.Tags); err != nil {
		return err
	}
	all := copyTags(*tags)
	maps.Copy(all, in.Tags)
	*tags = all
	return nil
}

// tagGatewayV1 answers TagResource of v1 with 204.
func (s *Sim) tagGatewayV1(req *request) (answer, error) {
	if err := s.addGatewayTags(req); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusNoContent)
}

// tagGatewayV2 answers TagResource of v2 with 201.
func (s *Sim) tagGatewayV2(req *request) (answer, error) {
	if err := s.addGatewayTags(req); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, map[string]any{})
}

// untagGateway answers UntagResource.
func (s *Sim) untagGateway(req *request) (answer, error) {
	tags, err := s.taggable(req)
	if err != nil {
		return answer{}, err
	}
	all := copyTags(*tags)
	for _, k := range req.r.URL.Query()["tagKeys"] {
		for _, one := range strings.Split(k, ",") { // v1's older clients join them
			delete(all, one)
		}
	}
	*tags = all
	return emptyAnswer(http.StatusNoContent)
}

// getGatewayTags answers GetTags.
func (s *Sim) getGatewayTags(req *request) (answer, error) {
	tags, err := s.taggable(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, map[string]any{"tags": copyTags(*tags)})
}
