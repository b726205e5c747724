package sim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// trailRecord is CloudTrail's record of a call.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (s *Sim) trailRecord(req *request, e trailEvent, refused *apiError) map[string]any {
	agent := req.r.UserAgent()
	host, _, err := net.SplitHostPort(req.r.RemoteAddr)
	if err != nil {
		host = "203.0.113.7" // no socket: a test's transport
	}
	r := map[string]any{
		"eventVersion": "1.11", "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true, "readOnly": false,
		"eventID": e.id, "eventTime": e.at.UTC().Format(time.RFC3339), "eventName": e.name, "eventSource": e.source,
		"awsRegion": e.region, "recipientAccountId": e.account, "requestID": req.id,
		"sourceIPAddress": host, "userAgent": agent,
		"userIdentity": s.trailIdentity(req.account), "requestParameters": requestParameters(req), "responseElements": nil,
	}
	if strings.HasPrefix(agent, "Mozilla/") {
		r["sessionCredentialFromConsole"] = "true"
	}
	if refused != nil {
		r["errorCode"], r["errorMessage"] = refused.Code, refused.Message
	}
	return r
}

// trailName is the name of the user, or of the session of a role.
func (a *account) trailName() string { return a.Principal[strings.LastIndex(a.Principal, "/")+1:] }

// trailIdentity is who made a call.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (s *Sim) trailIdentity(a *account) map[string]any {
	id := map[string]any{"principalId": a.UserID, "arn": a.Principal, "accountId": a.ID, "accessKeyId": a.KeyID}
	switch {
	case a.Role != "":
		id["type"] = "AssumedRole"
		name := a.Role[strings.LastIndex(a.Role, "/")+1:]
		id["sessionContext"] = map[string]any{
			"sessionIssuer": map[string]any{"type": "Role", "principalId": strings.Split(a.UserID, ":")[0], "arn": a.Role, "accountId": a.ID, "userName": name},
			"attributes":    map[string]any{"creationDate": a.Expires.Add(-time.Hour).UTC().Format(time.RFC3339), "mfaAuthenticated": "false"},
		}
	case strings.HasSuffix(a.Principal, ":root"):
		id["type"] = "Root"
	default:
		id["type"], id["userName"] = "IAMUser", a.trailName()
	}
	return id
}

// hidden is what CloudTrail writes in the place of a distribution's comment.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/logging_using_cloudtrail.html
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// requestParameters are the members of a call's input under the names of AWS's models,
// each beginning with a small letter, as in AWS's own samples: "id", "ifMatch",
// "hostedZoneId", "tTL", "hTTPSPort".
func requestParameters(req *request) map[string]any {
	p := map[string]any{}
	switch req.service {
	case "acm", "apigateway", "logs":
		var body map[string]any
		if json.Unmarshal(req.body, &body) == nil {
			for k, v := range body {
				p[smallFirst(k)] = smallNames(v)
			}
		}
	case "cloudfront", "route53":
		if root, name, ok := readTree(req.body); ok {
			switch name {
			case "DistributionConfig", "CachePolicyConfig", "OriginRequestPolicyConfig", "InvalidationBatch", "Tags", "TagKeys", "DistributionConfigWithTags":
				p[smallFirst(name)] = root
			default: // …Request
				if members, is := root.(map[string]any); is {
					p = members
				}
			}
		}
		if c, is := p["distributionConfig"].(map[string]any); is {
			c["comment"] = hidden
		}
		if etag := req.r.Header.Get("If-Match"); etag != "" {
			p["ifMatch"] = etag
		}
		for _, k := range []string{"Resource", "Alias"} {
			if v := req.query(k); v != "" {
				p[smallFirst(k)] = v
			}
		}
	}
	for arg, v := range req.args {
		if name := parameterOf(req, arg); name != "" {
			p[name] = v
		}
	}
	if keys := req.r.URL.Query()["tagKeys"]; len(keys) > 0 {
		p["tagKeys"] = keys
	}
	return p
}

// parameterOf is the name in AWS's models of a part of the path.
func parameterOf(req *request, arg string) string {
	path := req.r.URL.Path
	switch {
	case req.service == "route53" && arg == "zone":
		return "hostedZoneId"
	case req.service == "cloudfront" && arg == "id" && req.op == "AssociateAlias":
		return "targetDistributionId"
	case req.service == "cloudfront" && arg == "id":
		return "id"
	case req.service != "apigateway":
		return ""
	case arg == "arn":
		return "resourceArn"
	case arg == "name":
		return "domainName"
	case arg == "path":
		return "basePath"
	case arg == "stage":
		return "stageName"
	case arg == "id" && strings.Contains(path, "/apimappings/"):
		return "apiMappingId"
	case arg == "id" && strings.HasPrefix(path, "/restapis/"):
		return "restApiId"
	case arg == "id":
		return "apiId"
	}
	return ""
}

// smallFirst is a name with a small first letter, whatever follows.
func smallFirst(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[n:]
}

// smallNames gives all members of a JSON value small first letters.
func smallNames(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, one := range v {
			out[smallFirst(k)] = smallNames(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = smallNames(v[i])
		}
		return out
	}
	return v
}

// xmlLists are elements whose children are the entries of a list.
var xmlLists = []string{"Items", "Changes", "ResourceRecords"}

// readTree reads an XML body as JSON would have it.
func readTree(body []byte) (root any, name string, ok bool) {
	if len(body) == 0 {
		return nil, "", false
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return nil, "", false
		}
		if start, is := t.(xml.StartElement); is {
			root, err = readElement(d, start.Name.Local, 0)
			return root, start.Name.Local, err == nil
		}
	}
}

// treeDepth is how deep an XML body may be.
const treeDepth = 40

func readElement(d *xml.Decoder, name string, depth int) (any, error) {
	members, list, text := map[string]any{}, []any{}, ""
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			text += string(t)
		case xml.StartElement:
			if depth > treeDepth {
				return nil, xml.UnmarshalError("too deep")
			}
			v, err := readElement(d, t.Name.Local, depth+1)
			if err != nil {
				return nil, err
			}
			members[smallFirst(t.Name.Local)] = v
			list = append(list, v)
		case xml.EndElement:
			switch {
			case slices.Contains(xmlLists, name):
				return list, nil
			case len(members) > 0:
				return members, nil
			}
			return plainValue(strings.TrimSpace(text)), nil
		}
	}
}

// plainValue is a text of XML as JSON has it.
func plainValue(text string) any {
	if b, err := strconv.ParseBool(text); err == nil && (text == "true" || text == "false") {
		return b
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n
	}
	return text
}
