package sim

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go/encoding/cbor"
)

// readMonitoring reads the body of a request by the protocol in which it came.
func readMonitoring(req *request, v any) error {
	if !req.speaksCBOR() {
		return readJSON(req, v)
	}
	body, err := cbor.Decode(req.body)
	if err != nil {
		return refuse("SerializationException", "The body is no CBOR: %v", err)
	}
	plain, err := fromCBOR(body)
	if err != nil {
		return refuse("SerializationException", "%v", err)
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return refuse("SerializationException", "%v", err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return refuse("SerializationException", "%v", err)
	}
	return nil
}

// monitoringAnswer writes an answer by the protocol in which the request came.
func monitoringAnswer(req *request, out metricDataOutput) (answer, error) {
	if !req.speaksCBOR() {
		return typedJSON(http.StatusOK, "application/x-amz-json-1.0", out)
	}
	results := make([]any, 0, len(out.MetricDataResults))
	for _, r := range out.MetricDataResults {
		times, values := make([]any, 0, len(r.Timestamps)), make([]any, 0, len(r.Values))
		for i := range r.Timestamps {
			times, values = append(times, r.Timestamps[i]), append(values, r.Values[i])
		}
		results = append(results, map[string]any{"Id": r.ID, "Label": r.Label, "StatusCode": r.StatusCode, "Timestamps": times, "Values": values})
	}
	return answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/cbor"}, "Smithy-Protocol": {"rpc-v2-cbor"}},
		Body:   encodeCBOR(map[string]any{"MetricDataResults": results, "Messages": []any{}}),
	}, nil
}

// encodeCBOR writes what answers are made of: maps, lists, texts, numbers and times.
func encodeCBOR(v any) []byte { return cbor.Encode(toCBOR(v)) }

// epochTag marks a number as seconds since 1970.
// https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.2
const epochTag = 1

func toCBOR(v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		m := cbor.Map{}
		for k, x := range v {
			m[k] = toCBOR(x)
		}
		return m
	case []any:
		l := cbor.List{}
		for _, x := range v {
			l = append(l, toCBOR(x))
		}
		return l
	case string:
		return cbor.String(v)
	case float64:
		return cbor.Float64(v)
	case wireTime:
		return &cbor.Tag{ID: epochTag, Value: cbor.Float64(v)}
	}
	return &cbor.Nil{}
}

// fromCBOR is a value as JSON has it; times are seconds.
func fromCBOR(v cbor.Value) (any, error) {
	switch v := v.(type) {
	case cbor.Map:
		m := map[string]any{}
		for k, x := range v {
			y, err := fromCBOR(x)
			if err != nil {
				return nil, err
			}
			m[k] = y
		}
		return m, nil
	case cbor.List:
		l := make([]any, 0, len(v))
		for _, x := range v {
			y, err := fromCBOR(x)
			if err != nil {
				return nil, err
			}
			l = append(l, y)
		}
		return l, nil
	case *cbor.Tag:
		if v.ID != epochTag {
			return nil, fmt.Errorf("the tag %d is not expected", v.ID)
		}
		return fromCBOR(v.Value)
	case cbor.String:
		return string(v), nil
	case cbor.Uint:
		return uint64(v), nil
	case cbor.NegInt:
		return -float64(v), nil
	case cbor.Float32:
		return float64(v), nil
	case cbor.Float64:
		return float64(v), nil
	case cbor.Bool:
		return bool(v), nil
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil //nolint:nilnil // null is a value
	}
	return nil, fmt.Errorf("a %T is not expected", v)
}
