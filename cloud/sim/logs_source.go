package sim

import "strings"

type nameInput struct {
	Name string `json:"name"`
}

// putDeliverySource guards rule V38: CloudFront's logs are set up in us-east-1, and a
// distribution has one source. The refusal in other Regions and that of a distribution
// which does not exist have words of ours.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
func (s *Sim) putDeliverySource(req *request) (answer, error) {
	var in struct {
		Name        string            `json:"name"`
		ResourceARN string            `json:"resourceArn"`
		LogType     string            `json:"logType"`
		Tags        map[string]string `json:"tags"`
	}
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	if err := checkDeliveryName(in.Name); err != nil {
		return answer{}, err
	}
	if !strings.HasPrefix(in.ResourceARN, "arn:aws:cloudfront:") {
		return answer{}, notModelled("log delivery of %q", in.ResourceARN)
	}
	d := s.distributions[in.ResourceARN[strings.LastIndex(in.ResourceARN, "/")+1:]]
	switch {
	case req.region != "us-east-1":
		return answer{}, refuse("ValidationException", "CloudFront logs are delivered from us-east-1.")
	case in.LogType != "ACCESS_LOGS":
		return answer{}, refuse("ValidationException", " This service is not allowed for this LogSource.")
	case d == nil || d.ARN != in.ResourceARN || d.Account != req.account.ID:
		return answer{}, refuse("ResourceNotFoundException", "The resource %s does not exist in this account.", in.ResourceARN)
	}
	l := s.logsOf(req)
	for _, other := range l.Sources {
		if other.Resource == in.ResourceARN && other.Name != in.Name {
			return answer{}, refuse("ConflictException", "This ResourceId has already been used in another Delivery Source in this account")
		}
	}
	source, there := l.Sources[in.Name]
	switch {
	case there && len(in.Tags) > 0:
		return answer{}, refuse("ConflictException", tagsOnlyAtFirst)
	case there && source.Resource != in.ResourceARN:
		return answer{}, refuse("ConflictException", "Update to existing Delivery Source with new ResourceId is not allowed. Please create a new Delivery Source instead.")
	case !there:
		source = &deliverySource{
			Name: in.Name, ARN: "arn:aws:logs:" + req.region + ":" + req.account.ID + ":delivery-source:" + in.Name,
			Resource: in.ResourceARN, Tags: in.Tags,
		}
		l.Sources[in.Name] = source
	}
	return json11Answer(map[string]any{"deliverySource": s.shownSource(source)})
}

// shownSource is a source as AWS answers it. One whose distribution is gone is not
// active any more.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeliverySource.html
func (s *Sim) shownSource(source *deliverySource) map[string]any {
	shown := withTags(map[string]any{
		"name": source.Name, "arn": source.ARN, "resourceArns": []string{source.Resource}, "service": "cloudfront", "logType": "ACCESS_LOGS",
	}, source.Tags)
	if s.distributions[source.Resource[strings.LastIndex(source.Resource, "/")+1:]] == nil {
		shown["status"], shown["statusReason"] = "INACTIVE", "RESOURCE_DELETED"
	}
	return shown
}

func (s *Sim) getDeliverySource(req *request) (answer, error) {
	var in nameInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	source := s.logsOf(req).Sources[in.Name]
	if source == nil {
		return answer{}, refuse("ResourceNotFoundException", noDeliverySource)
	}
	return json11Answer(map[string]any{"deliverySource": s.shownSource(source)})
}

func (s *Sim) describeDeliverySources(req *request) (answer, error) {
	page, next, err := pageOfDeliveries(s, req, s.logsOf(req).Sources)
	if err != nil {
		return answer{}, err
	}
	return listed("deliverySources", page, next, s.shownSource)
}

// deleteDeliverySource guards rule V38: not while a delivery has it. The words of that
// refusal are ours.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliverySource.html
func (s *Sim) deleteDeliverySource(req *request) (answer, error) {
	var in nameInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	l := s.logsOf(req)
	if l.Sources[in.Name] == nil {
		return answer{}, refuse("ResourceNotFoundException", noDeliverySource)
	}
	for _, d := range l.Deliveries {
		if d.Source == in.Name {
			return answer{}, refuse("ConflictException", "The Delivery Source is associated with a Delivery. Please delete the Delivery first.")
		}
	}
	delete(l.Sources, in.Name)
	return json11Answer(struct{}{})
}
