package sim

import (
	"maps"
	"slices"
)

func (s *Sim) deleteCertificate(req *request) (answer, error) {
	var in arnInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	c, err := s.findCertificate(req, in.CertificateArn)
	if err != nil {
		return answer{}, err
	}
	// V9: in use, or released less than Pace.Release ago.
	if len(c.users(s.now(), s.cfg.Pace.Release)) > 0 {
		return answer{}, refuse("ResourceInUseException", "Certificate %s in account %s is in use.", c.ARN, c.Account)
	}
	delete(s.region(c.Account, c.Region).certificates, c.ARN)
	return json11Answer(struct{}{})
}

type tagsInput struct {
	CertificateArn string
	Tags           []acmTag
}

func (s *Sim) addTagsToCertificate(req *request) (answer, error) {
	var in tagsInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	c, err := s.findCertificate(req, in.CertificateArn)
	if err != nil {
		return answer{}, err
	}
	if err := checkACMTags(in.Tags); err != nil {
		return answer{}, err
	}
	tags := maps.Clone(c.Tags)
	for _, t := range in.Tags {
		tags[t.Key] = t.Value
	}
	if len(tags) > 50 {
		return answer{}, refuse("TooManyTagsException", "The request contains too many tags. A resource has at most 50.")
	}
	c.Tags = tags
	return json11Answer(struct{}{})
}

// removeTagsFromCertificate removes tags. With a value it removes the tag only
// if the value is equal; without one it removes the key.
func (s *Sim) removeTagsFromCertificate(req *request) (answer, error) {
	var in struct {
		CertificateArn string
		Tags           []struct {
			Key   string
			Value *string
		}
	}
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	c, err := s.findCertificate(req, in.CertificateArn)
	if err != nil {
		return answer{}, err
	}
	for _, t := range in.Tags {
		if t.Value == nil || c.Tags[t.Key] == *t.Value {
			delete(c.Tags, t.Key)
		}
	}
	return json11Answer(struct{}{})
}

func (s *Sim) listTagsForCertificate(req *request) (answer, error) {
	var in arnInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	c, err := s.findCertificate(req, in.CertificateArn)
	if err != nil {
		return answer{}, err
	}
	tags := []map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		tags = append(tags, map[string]string{"Key": k, "Value": c.Tags[k]})
	}
	return json11Answer(map[string]any{"Tags": tags})
}
