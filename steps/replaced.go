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

// attrWas is the attribute with the records that apifront put at the name
// earlier and is about to replace: JSON of the []Record. It exists from before
// the change until Route 53 has confirmed it.
const attrWas = "was"

// keepReplaced stores the records of other people that a change of the traffic
// record is about to replace, before those stored earlier. stands are all
// records at the name.
func keepReplaced(e *Env, r *setup.Resource, stands []setup.Record) {
	put := readRecordsJSON(r.Attributes[setup.AttrRecords])
	for _, row := range e.writtenTraffic() {
		put = slices.Concat(put, recordsOf(row), readRecordsJSON(row.Attributes[attrWas]))
	}
	var was, others []setup.Record
	for _, s := range stands {
		// What leads to a distribution of ours is never put back, whoever set it.
		if slices.ContainsFunc(put, func(p setup.Record) bool {
			return s.Value == p.Value && (s.Alias && p.Alias && s.Zone == p.Zone || s.Type == "CNAME")
		}) {
			was = append(was, s)
		} else {
			others = append(others, s)
		}
	}
	others = e.asFound(others)
	r.Attributes[attrWas] = recordsJSON(was)
	kept, known := r.Attributes[setup.AttrPrevious]
	previous := readRecordsJSON(kept)
	switch {
	case !known:
		r.Attributes[setup.AttrPrevious] = recordsJSON(others)
	case len(others) == 0 || sameRecords(others, previous):
	case sameRecords(withoutTTL(others), previous): // public DNS did not say the TTL, and Route 53 does
		r.Attributes[setup.AttrPrevious] = recordsJSON(others)
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

func withoutTTL(records []setup.Record) []setup.Record {
	list := slices.Clone(records)
	for i := range list {
		list[i].TTL = 0
	}
	return list
}

func readRecordsJSON(text string) []setup.Record {
	var list []setup.Record
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil // no list is stored
	}
	return list
}

func olderJSON(lists [][]setup.Record) string {
	b, err := json.Marshal(lists)
	if err != nil { // strings, numbers and booleans can always be encoded
		return "[]"
	}
	return string(b)
}

// deletions deletes record sets exactly as they were seen. If one of them has
// changed since, Route 53 refuses the batch.
func deletions(sets []types.ResourceRecordSet) []types.Change {
	var changes []types.Change
	for _, s := range sets {
		changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
	}
	return changes
}

// changeAsSeen sends a batch that was made for the record sets that were seen
// at the names. If Route 53 refuses it although the sets are still the same, it
// is sent once more: the obstacle may have been there for a moment only.
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

// changedMeanwhile is the error for a refused batch. If the sets at the names
// are not those that were seen, somebody changed them, or an earlier try
// succeeded. Then the step looks at them again. Otherwise it is Route 53's
// refusal itself.
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

// routing names the routing policy with which Route 53 chooses among several
// record sets; "" for a simple set. A record of Traffic Flow counts too,
// because Traffic Flow changes it by itself.
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
