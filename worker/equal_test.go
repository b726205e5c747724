package worker_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// Two accounts are equal if they hold the same things with the same settings,
// which lead to each other in the same way. What that leaves out is of two
// kinds, and nothing else is left out:
//
//   - What AWS or apifront makes up for a thing is its name only: IDs, ARNs,
//     host names under AWS's domains, the names of cache policies, the ID of a
//     setup. Each is replaced by what the thing is ("the distribution of
//     api.harborview.example"), wherever it stands, so that a reference still
//     has to lead to the right thing. See things.
//   - What the table exceptions names, for the reason it gives.
//
// A DNS name is the same with and without the dot of the root, and an empty list
// or map says as much as none.
//
// The world is all that the simulator would save: a member that it gets one day
// is compared from then on. TestEqualityLeavesOutOnlyItsExceptions holds that.

// An exception is a part of the world in which two equal accounts may differ.
type exception struct {
	at  string // the members from the world down; * is any one
	why string
	// only says which of the parts at that place are meant, nil: all of them.
	only func(h history, p part) bool
}

// A part of the world is one member of the state and its value.
type part struct {
	key   string
	value any
}

// A history is what came before the state that is compared: the specs that were
// carried out one after the other, the last one being wanted now.
type history struct{ specs []setup.Spec }

func (h history) now() setup.Spec {
	if len(h.specs) == 0 {
		return setup.Spec{}
	}
	return h.specs[len(h.specs)-1]
}

// before says whether an earlier spec was so.
func (h history) before(is func(setup.Spec) bool) bool {
	return len(h.specs) > 1 && slices.ContainsFunc(h.specs[:len(h.specs)-1], is)
}

// exceptions is the whole table.
var exceptions = []exception{
	{at: "saved_at", why: "the time"},
	{at: "authority", why: "the simulator's own keys: no part of the account"},
	{at: "serial", why: "counts the IDs that were given"},
	{at: "spent", why: "caller references that CloudFront does not take again"},
	{at: "faults", why: "orders to the simulator"},
	{at: "accounts/*", why: "keys of a session end by themselves", only: func(_ history, p part) bool {
		key, _ := p.value.(map[string]any)
		return key["Token"] != ""
	}},

	{at: "roles/*/ID", why: "an ID that nothing leads to"},
	{at: "roles/*/ExternalID", why: "made up for a connection"},
	{at: "regions/*/domains/*/Mappings/*/ID", why: "an ID that nothing leads to"},

	{at: "regions/*/account", why: "is in the key: a region in which there was only a look is no difference"},
	{at: "regions/*/region", why: "as account"},
	{at: "globals/*/account", why: "as account of a region"},
	{at: "regions/*/last_mutation", why: "times: the quotas' clocks"},
	{at: "regions/*/gateway_used", why: "requests of the last second"},
	{at: "regions/*/gateway_at", why: "a time"},
	{at: "regions/*/tokens", why: "ACM forgets idempotency tokens after an hour"},
	{at: "globals/*/changes", why: "Route 53's list of changes is history; what they changed is in the zones"},
	{at: "globals/*/zone_requests", why: "requests of the last second"},

	{at: "regions/*/certificates/*/Token", why: "an idempotency token"},
	{at: "regions/*/certificates/*/CreatedAt", why: "a time"},
	{at: "regions/*/certificates/*/LookedAt", why: "a time"},
	{at: "regions/*/certificates/*/SeenAt", why: "a time"},
	{at: "regions/*/certificates/*/IssuedAt", why: "a time"},
	{at: "regions/*/certificates/*/NotBefore", why: "a time"},
	{at: "regions/*/certificates/*/NotAfter", why: "a time"},
	{at: "regions/*/certificates/*/InUseBy/*", why: "a use that ended: ACM shows it for some minutes more", only: func(_ history, p part) bool {
		return p.value != "0001-01-01T00:00:00Z"
	}},
	{at: "regions/*/domains/*/CreatedAt", why: "a time"},
	{at: "regions/*/domains/*/UpdatingTill", why: "a time"},
	{at: "regions/*/domains/*/StrictFrom", why: "a time"},
	{at: "regions/*/domains/*/AwayTill", why: "a time"},
	{at: "regions/*/domains/*/Mappings/*/Since", why: "a time"},
	{at: "regions/*/domains/*/Mappings/*/Before", why: "what answered until that time"},

	{at: "globals/*/cache_policies/*/ETag", why: "an ETag"},
	{at: "globals/*/cache_policies/*/ModifiedAt", why: "a time"},
	{at: "distributions/*/ETag", why: "an ETag"},
	{at: "distributions/*/ModifiedAt", why: "a time"},
	{at: "distributions/*/DeployedAt", why: "a time"},
	{at: "distributions/*/Invalidations", why: "history: what was cleared from the caches"},
	{at: "distributions/*/Config/CallerReference", why: "an idempotency token"},
	{at: "distributions/*/Edges/*/Config/CallerReference", why: "an idempotency token"},
	{at: "distributions/*/Config/Origins/Items/*/CustomHeaders/Items/*/Value", why: "a secret of the setup is random", only: randomSecret},
	{at: "distributions/*/Edges/*/Config/Origins/Items/*/CustomHeaders/Items/*/Value", why: "a secret of the setup is random", only: randomSecret},
	{at: "distributions/*/Edges/*/Before", why: "what the edge served until that time"},
	{at: "distributions/*/Edges/*/From", why: "a time"},
	{at: "zones/*/BusyTill", why: "a time"},
	{at: "zones/*/Pending", why: "on their way to the name servers; compared when they are there"},

	{at: "regions/*/certificates/*/Tags/*", why: personsTag, only: ofPerson},
	{at: "regions/*/domains/*/Tags/*", why: personsTag, only: ofPerson},
	{at: "distributions/*/Tags/*", why: personsTag, only: ofPerson},
	{at: "zones/*/Records/*", why: "other certificates of the name are renewed by it, so it stays when ours need it no more", only: validates},
	{at: "zones/*/Served/*", why: "as in Records", only: validates},
	{at: "zones/*/Records/*", why: "once a person moves traffic, at another provider or later, the record is not ours to take away", only: leftRecord},
	{at: "zones/*/Served/*", why: "as in Records", only: leftRecord},
	{at: "buckets/*/Delivers", why: "AWS opens the policy of a bucket when a delivery is made, and nobody shuts it"},
	{at: "regions/*/logs/groups/*/Delivers", why: "as with buckets"},
	{at: "regions/*/domains/*/Mappings/*", why: "a person chose to leave it", only: func(h history, p part) bool {
		return slices.ContainsFunc(h.specs, func(s setup.Spec) bool { return slices.Contains(s.API.Left, p.key) }) &&
			!slices.ContainsFunc(h.now().API.Mappings, func(m setup.Mapping) bool { return m.Path == p.key })
	}},
}

// randomSecret: it is as long as the value of a secret header that apifront makes.
func randomSecret(_ history, p part) bool {
	text, _ := p.value.(string)
	return len(text) >= 52
}

const personsTag = "a tag that no spec ever had is a person's own"

func ofPerson(h history, p part) bool {
	return !strings.HasPrefix(p.key, "apifront:") && !slices.ContainsFunc(h.specs, func(s setup.Spec) bool {
		return slices.ContainsFunc(s.Edge.Tags, func(t setup.Tag) bool { return t.Key == p.key })
	})
}

// validates: it is the record that proves the name to ACM, and only earlier
// specs had it added.
func validates(h history, p part) bool {
	name, kind, _ := record(p)
	adds := func(s setup.Spec) bool {
		return s.Certificates.Edge == "" || !s.OneCertificate() && s.Certificates.Regional == ""
	}
	return kind == "CNAME" && strings.HasPrefix(name, "_") && strings.HasSuffix(name, "."+h.now().Domain.Name+".") &&
		!adds(h.now()) && h.before(adds)
}

// leftRecord: it leads visitors to the name, an earlier spec had it, and by the
// spec of now a person sees to it.
func leftRecord(h history, p part) bool {
	name, kind, _ := record(p)
	writes := func(s setup.Spec) bool {
		return s.Domain.Switch != setup.SwitchLater && s.Domain.DNS == setup.DNSRoute53
	}
	moved := func(s setup.Spec) bool { return s.Domain.Switch != setup.SwitchLater }
	return name == h.now().Domain.Name+"." && slices.Contains([]string{"A", "AAAA", "CNAME"}, kind) &&
		!writes(h.now()) && h.before(moved)
}

// record is the name, the type and the members of a record.
func record(p part) (name, kind string, r map[string]any) {
	r, _ = p.value.(map[string]any)
	name, _ = r["Name"].(string)
	kind, _ = r["Type"].(string)
	return name, kind, r
}

// keyed are the lists of the world whose order says nothing: each is read as a
// map, by the members that tell its elements apart.
var keyed = map[string][]string{
	"regions":         {"account", "region"},
	"globals":         {"account"},
	"zones":           {"ID"},
	"zones/*/Records": {"Name", "Type", "SetIdentifier"},
	"zones/*/Served":  {"Name", "Type", "SetIdentifier"},
}

// A thing has a name that AWS or apifront made up, which is no part of the
// equality.
type thing struct {
	at    string                                     // where things of the kind are
	names func(id string, t map[string]any) []string // that were made up for it
	is    func(t map[string]any) string              // what it is, as far as that tells it apart
}

var things = []thing{
	{"regions/*/certificates/*", func(id string, _ map[string]any) []string { return []string{id} },
		func(t map[string]any) string {
			return fmt.Sprint(t["Key"], " certificate of ", t["Names"], " in ", t["Region"], ", ", of(t, "Tags", "apifront:role"), " of ", of(t, "Tags", "apifront:install"))
		}},
	{"regions/*/apis/*", func(id string, _ map[string]any) []string { return []string{id} },
		func(t map[string]any) string { return fmt.Sprint("API ", t["Name"]) }},
	{"regions/*/domains/*", func(_ string, t map[string]any) []string { return made(t["Target"], t["EdgeTarget"]) },
		func(t map[string]any) string { return fmt.Sprint("target of ", t["Name"], " in ", t["Region"]) }},
	{"globals/*/cache_policies/*", func(id string, t map[string]any) []string { return append(made(of(t, "Config", "Name")), id) },
		func(t map[string]any) string { return fmt.Sprint("cache policy ", of(t, "Config", "Comment")) }},
	{"distributions/*", func(id string, t map[string]any) []string { return append(made(t["DomainName"]), id) },
		func(t map[string]any) string {
			return fmt.Sprint("distribution of ", of(t, "Config", "Aliases", "Items"))
		}},
	{"regions/*/logs/deliveries/*", func(id string, _ map[string]any) []string { return []string{id} },
		func(t map[string]any) string {
			return fmt.Sprint("delivery of ", of(t, "Tags", "apifront:domain"), " by ", t["Kind"])
		}},
	{"zones/*", func(id string, _ map[string]any) []string { return []string{id} },
		func(t map[string]any) string { return fmt.Sprint("zone ", t["Name"], " of ", t["NameServers"]) }},
}

func made(names ...any) []string {
	var list []string
	for _, n := range names {
		if text, ok := n.(string); ok && text != "" {
			list = append(list, text)
		}
	}
	return list
}

// of is a member of a member.
func of(t map[string]any, path ...string) any {
	var v any = t
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// An account is a world in the form in which two are compared: one line for
// each setting, sorted.
type account []string

// canonical is the form of a world.
func canonical(world any, h history) account {
	c := &form{history: h}
	c.name(world)
	var lines account
	c.lines("", "", world, func(line string) { lines = append(lines, line) })
	slices.Sort(lines)
	return lines
}

// A form writes a world down.
type form struct {
	history  history
	replacer *strings.Replacer
}

// A named thing is one thing of the world with the names that were made up for
// it and what it is.
type named struct {
	at     string
	value  any
	names  []string
	is     string
	number int // of several that are the same by what they are
}

// namedThings are the things of a world, and the setups that their tags name.
func namedThings(world any) []named {
	var all []named
	setups := map[string]string{}
	visit("", "", world, func(at, key string, v any) (deeper bool) {
		t, ok := v.(map[string]any)
		if tags, _ := t["Tags"].(map[string]any); ok && tags != nil {
			if id, _ := tags["apifront:setup"].(string); id != "" {
				setups[id] = fmt.Sprint("setup of ", tags["apifront:domain"])
			}
		}
		for _, k := range things {
			if k.at == at && ok {
				all = append(all, named{at: at, value: v, names: k.names(key, t), is: k.is(t), number: 1})
			}
			deeper = deeper || at == "" || strings.HasPrefix(k.at, at+"/")
		}
		return deeper
	})
	for _, id := range slices.Sorted(maps.Keys(setups)) {
		all = append(all, named{names: []string{id}, is: setups[id], number: 1})
	}
	return all
}

// name makes up one name for each thing that two equal worlds have in common.
// Of several things that are the same by what they are, the settings decide the
// number; if those are the same too, it does not matter which is which.
func (c *form) name(world any) {
	all := namedThings(world)
	c.replacer = replacer(all)
	same := map[string][]int{}
	for i, n := range all {
		same[n.is] = append(same[n.is], i)
	}
	for _, list := range same {
		if len(list) == 1 {
			continue
		}
		content := map[int]string{}
		for _, i := range list {
			var lines []string
			c.lines(all[i].at, "", all[i].value, func(line string) { lines = append(lines, line) })
			slices.Sort(lines)
			content[i] = strings.Join(lines, "\n")
		}
		slices.SortStableFunc(list, func(a, b int) int { return strings.Compare(content[a], content[b]) })
		for n, i := range list {
			all[i].number = n + 1
		}
	}
	c.replacer = replacer(all)
}

func replacer(all []named) *strings.Replacer {
	type pair struct{ name, is string }
	var pairs []pair
	for _, o := range all {
		is := "<" + o.is + ">"
		if o.number > 1 {
			is = fmt.Sprint("<", o.is, ", number ", o.number, ">")
		}
		for _, n := range o.names {
			pairs = append(pairs, pair{n, is})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return len(b.name) - len(a.name) }) // an ARN before the ID in it
	var list []string
	for _, p := range pairs {
		list = append(list, p.name, p.is)
	}
	return strings.NewReplacer(list...)
}

// lines tells every setting of a part of the world that is no exception. An
// empty list or map says as much as none.
func (c *form) lines(at, path string, v any, tell func(string)) {
	switch v := v.(type) {
	case nil:
	case map[string]any, []any:
		for key, m := range members(at, v) {
			below := join(at, key, v)
			if !c.excepted(below, part{key, m}) {
				c.lines(below, path+"/"+c.replacer.Replace(key), m, tell)
			}
		}
	case string:
		if v = strings.TrimSuffix(v, "."); v != "" { // a DNS name may end with its root or not
			tell(path + " = " + c.replacer.Replace(v))
		}
	default:
		tell(path + " = " + fmt.Sprint(v))
	}
}

func (c *form) excepted(at string, p part) bool {
	return slices.ContainsFunc(exceptions, func(e exception) bool {
		return e.at == at && (e.only == nil || e.only(c.history, p))
	})
}

// visit calls see with every part of the world: where it is, under which key,
// and what. It goes on to the members of a part where see says so. Sorted, so
// that two visits are alike.
func visit(at, key string, v any, see func(at, key string, v any) bool) {
	if !see(at, key, v) {
		return
	}
	all := members(at, v)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		visit(join(at, k, v), k, all[k], see)
	}
}

// members are those of a map, or those of a list by key or place.
func members(at string, v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		all := map[string]any{}
		for i, e := range v {
			all[elementKey(at, i, e, all)] = e
		}
		return all
	}
	return nil
}

func elementKey(at string, i int, e any, taken map[string]any) string {
	fields, ok := keyed[at]
	t, isMap := e.(map[string]any)
	if !ok || !isMap {
		return fmt.Sprint(i)
	}
	var words []string
	for _, f := range fields {
		if text, _ := t[f].(string); text != "" {
			words = append(words, text)
		}
	}
	key := strings.Join(words, " ")
	for n := 2; taken[key] != nil; n++ {
		key = fmt.Sprint(strings.Join(words, " "), " again ", n)
	}
	return key
}

// join is the place of a member: * stands for every key of a map that is no
// struct, and for every element of a list.
func join(at, key string, of any) string {
	_, list := of.([]any)
	if list || collections[at] {
		key = "*"
	}
	if at == "" {
		return key
	}
	return at + "/" + key
}

// collections are the maps of the world whose keys are data.
var collections = map[string]bool{
	"accounts": true, "distributions": true, "roles": true, "spent": true,
	"regions/*/certificates": true, "regions/*/apis": true, "regions/*/domains": true,
	"regions/*/apis/*/Stages": true, "regions/*/apis/*/Tags": true,
	"regions/*/certificates/*/Tags": true, "regions/*/certificates/*/InUseBy": true,
	"regions/*/domains/*/Mappings": true, "regions/*/domains/*/Tags": true,
	"globals/*/cache_policies": true, "globals/*/origin_request_policies": true,
	"distributions/*/Tags": true, "zones/*/Tags": true, "buckets": true,
	"regions/*/logs/sources": true, "regions/*/logs/destinations": true, "regions/*/logs/deliveries": true, "regions/*/logs/groups": true,
}

// state is the account now, when everything that was asked of AWS has come to
// its end.
func (w *world) state() any {
	w.t.Helper()
	time.Sleep(20 * time.Minute) // longer than any pace's Deploy, Insync and Release
	b, err := w.sim.World()
	must(w.t, err)
	return decoded(w.t, b)
}

func decoded(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	must(t, json.Unmarshal(b, &v))
	return v
}

// differ is how another account differs from the wanted one, "" if they are
// equal: the lines that it lacks, and those that it has too many. What edges
// and name servers have as well is not told twice.
func (a account) differ(got account) string {
	var told, more []string
	for sign, lines := range map[string][]string{"- ": a.without(got), "+ ": got.without(a)} {
		for _, line := range lines {
			if strings.Contains(line, "/Edges/") || strings.Contains(line, "/Served/") {
				more = append(more, sign+line)
			} else {
				told = append(told, sign+line)
			}
		}
	}
	if len(told) == 0 {
		told = more
	}
	slices.SortFunc(told, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(told, "\n")
}

// without are the lines that the other one does not have.
func (a account) without(other account) []string {
	n := map[string]int{}
	for _, line := range other {
		n[line]++
	}
	var list []string
	for _, line := range a {
		if n[line]--; n[line] < 0 {
			list = append(list, line)
		}
	}
	return list
}
