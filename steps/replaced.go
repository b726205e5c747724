package steps

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// attrWas is what apifront put at the name earlier and is about to replace:
// JSON of the []Record. It is there from before the change until Route 53 has
// confirmed it.
const attrWas = "was"

// keepReplaced keeps what a change of the traffic record takes away from
// others, before what was kept earlier. It is told all that stands at the name.
func keepReplaced(e *Env, r *setup.Resource, stands []setup.Record) {
	have := e.Resources[setup.KeyRecordTraffic].Attributes
	put := slices.Concat(readRecordsJSON(have[setup.AttrRecords]), readRecordsJSON(have[attrWas]), readRecordsJSON(r.Attributes[setup.AttrRecords]))
	var was, others []setup.Record
	for _, s := range stands {
		// An alias to a distribution of ours is no way back, whoever set it.
		if slices.ContainsFunc(put, func(p setup.Record) bool { return s.Alias && p.Alias && s.Zone == p.Zone && s.Value == p.Value }) {
			was = append(was, s)
		} else {
			others = append(others, s)
		}
	}
	r.Attributes[attrWas] = recordsJSON(was)
	kept, known := r.Attributes[setup.AttrPrevious]
	previous := readRecordsJSON(kept)
	switch {
	case !known:
		r.Attributes[setup.AttrPrevious] = recordsJSON(others)
	case len(others) == 0 || sameRecords(others, previous):
	default:
		older := e.Resources.OlderRecords()
		older = slices.DeleteFunc(older, func(o []setup.Record) bool { return sameRecords(o, others) || sameRecords(o, previous) })
		if len(previous) > 0 {
			older = slices.Insert(older, 0, previous)
		}
		r.Attributes[setup.AttrPrevious] = recordsJSON(others)
		delete(r.Attributes, setup.AttrOlder)
		if len(older) > 0 {
			r.Attributes[setup.AttrOlder] = olderJSON(older)
		}
	}
}

func readRecordsJSON(text string) []setup.Record {
	var list []setup.Record
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil // there is none
	}
	return list
}

func olderJSON(lists [][]setup.Record) string {
	b, err := json.Marshal(lists)
	if err != nil { // strings, numbers and booleans always marshal
		return "[]"
	}
	return string(b)
}

// deletions delete record sets exactly as they were seen. Route 53 refuses the
// batch when one of them is another by now.
func deletions(sets []types.ResourceRecordSet) []types.Change {
	var changes []types.Change
	for _, s := range sets {
		changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
	}
	return changes
}

// changeAsSeen sends a batch that goes by what was seen at the names. A refusal
// is tried once more where nothing is other than it was: what was in the way may
// have gone in the moment between.
func changeAsSeen(ctx context.Context, e *Env, changes []types.Change, seen []types.ResourceRecordSet, names ...string) (string, error) {
	var err error
	for range 2 {
		var id string
		if id, err = changeRecords(ctx, e, changes); !code(err, "InvalidChangeBatch") {
			return id, err
		}
		if err = changedMeanwhile(ctx, e, seen, err, names...); !code(err, "InvalidChangeBatch") {
			return "", err
		}
	}
	return "", err
}

// changedMeanwhile is what becomes of a refused batch. Where the records at the
// names are not those that were seen, somebody was faster, or an earlier try
// went through: they are looked at again. Else it is Route 53's refusal itself.
func changedMeanwhile(ctx context.Context, e *Env, seen []types.ResourceRecordSet, refusal error, names ...string) error {
	var now []types.ResourceRecordSet
	for _, name := range names {
		sets, err := listRecordSets(ctx, e, name)
		if err != nil {
			return err
		}
		now = append(now, sets...)
	}
	if len(now) == len(seen) && (len(now) == 0 || reflect.DeepEqual(now, seen)) {
		return refusal
	}
	return notYet(time.Second, "The records of "+setup.And(names)+" were changed in between. They are looked at again.")
}

// routing names what makes a record set one of several that Route 53 chooses
// from; "" for a simple one. Traffic Flow keeps its record by itself.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
func routing(s types.ResourceRecordSet) string {
	switch {
	case s.SetIdentifier != nil:
		return "set " + aws.ToString(s.SetIdentifier)
	case s.TrafficPolicyInstanceId != nil:
		return "traffic policy instance " + aws.ToString(s.TrafficPolicyInstanceId)
	}
	return ""
}
