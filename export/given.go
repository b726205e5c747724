package export

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"apifront/setup"
)

// A Thing is something that AWS or a person has named, such as a distribution by its ID.
// Scripts of one setup call it alike, so that a later one finds what an earlier one made.
type Thing struct {
	Name  string // in the shell: "DISTRIBUTION_ID"
	Value string
}

// Things are what a setup has and had, in the account and zone of its job.
func Things(job setup.Job, spec setup.Spec, have setup.Resources, former setup.Former) (list []Thing) {
	taken, values := names{}, map[string]bool{}
	add := func(name, value string) {
		if value = trimmed(value); value != "" && !values[value] {
			values[value] = true
			list = append(list, Thing{taken.free(name), value})
		}
	}
	add("ACCOUNT_ID", job.AccountID)
	add("DNS_ACCOUNT_ID", spec.DNSAccount().AccountID)
	add("HOSTED_ZONE_ID", spec.Domain.ZoneID)
	add("WEB_ACL", spec.Edge.WebACL)
	for _, m := range spec.API.Mappings {
		add("API_"+shellName(cmp.Or(m.APIName, m.APIID)), m.APIID)
	}
	rows := slices.Clone([]setup.Resource(former))
	for _, r := range have {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b setup.Resource) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return a.Number - b.Number
	})
	for _, r := range rows {
		number := ""
		if r.Number > 0 {
			number = fmt.Sprintf("_%d", r.Number)
		}
		switch {
		case r.Key == setup.KeyCertificateEdge || r.Key == setup.KeyCertificateRegional:
			add(shellName(strings.ReplaceAll(r.Key, "-", "_"))+number, r.ARN)
			add("VALIDATION_NAME"+number, r.Attributes[setup.AttrRecordName])
			add("VALIDATION_VALUE"+number, r.Attributes[setup.AttrRecordValue])
		case r.Key == setup.KeyDomain:
			add("DOMAIN_TARGET"+number, r.Attributes[setup.AttrTarget])
		case r.Key == setup.KeyDistribution:
			add("DISTRIBUTION_ID"+number, r.ID)
			add("DISTRIBUTION_DOMAIN_NAME"+number, r.Attributes[setup.AttrDomainName])
		case r.Key == setup.KeyCachePolicy:
			add("CACHE_POLICY_ID"+number, r.ID)
		case r.Key == setup.KeyAccessLogs:
			add("LOG_DELIVERY_ID"+number, r.Attributes[setup.AttrDelivery])
		case strings.HasPrefix(r.Key, setup.MappingKey("")):
			path := strings.TrimPrefix(r.Key, setup.MappingKey(""))
			add("MAPPING_"+pathName(path)+number, r.ID)
			add("API_"+shellName(r.Attributes[setup.AttrAPI]), r.Attributes[setup.AttrAPI])
		}
	}
	return list
}

// pathName is a path in a name of the shell. Paths that are not plain get their sum, so
// that two of them have two names.
func pathName(path string) string {
	switch {
	case path == "":
		return "ROOT"
	case plainPath.MatchString(path):
		return strings.ToUpper(path)
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(path)) // it never fails
	return fmt.Sprintf("%s_%08X", shellName(path), sum.Sum32())
}

var plainPath = regexp.MustCompile(`^[a-z0-9]+$`)

// things makes a variable of each thing of the setup.
func (b *builder) things() {
	for _, t := range b.about.Things {
		b.names[t.Name] = true
		b.given = append(b.given, &variable{name: t.Name, value: trimmed(t.Value), given: true})
	}
}

// block writes what is carried out once, also if the script is run again. key is what the
// file says of it, name is how people call it; "" is a person's part.
func (b *builder) block(key, name string, write func()) {
	outer, defined := b.body, b.defined
	b.body, b.defined = strings.Builder{}, nil
	write()
	inner, mine := b.body.String(), b.defined
	b.body, b.defined = outer, append(defined, mine...)
	b.line("if todo %s %s; then", key, setup.ShellWord(name))
	b.body.WriteString(inner)
	did, again := "", ""
	for _, v := range mine {
		n := b.names.of(v)
		did += fmt.Sprintf(` "%s=$%s"`, n, n)
		again += fmt.Sprintf("%s=$(had %s)\nplain %s \"$%s\"\n", n, n, n, n)
	}
	b.line("did %s%s", key, did)
	if again != "" {
		b.body.WriteString("else\n" + again)
	}
	b.line("fi")
}

// match writes down the ETag that a write of something of before needs. As long as the
// script is about the very thing of the job, it is that of the job.
func (b *builder) match(i *item) {
	match, id := i.in.member("IfMatch"), i.in.member("Id")
	if match == nil || match.splice != nil {
		return
	}
	b.comment("The ETag is as it was then. If somebody has changed this since, AWS refuses with 412.")
	if id == nil || len(id.splice) != 1 || id.splice[0].value == nil || !id.splice[0].value.given {
		return
	}
	v := id.splice[0].value
	etag := &variable{of: i, path: "IfMatch", name: b.names.free(nameOf(&variable{of: i, path: "ETag"}))}
	b.line("%s=%s", etag.name, setup.ShellWord(match.value()))
	words := []string{"aws", i.call.Command, "get-" + strings.ToLower(strings.ReplaceAll(shellName(nounOf(i.call.Operation)), "_", "-"))}
	b.line(`[ "$%s" = %s ] || %s=$(%s --id "$%s" --query ETag --output text)`, v.name, setup.ShellWord(v.value), etag.name, setup.ShellLine(words...), v.name)
	b.line(`plain %s "$%s"`, etag.name, etag.name)
	match.splice = []piece{{value: etag}}
}

// unnamed makes a variable of what a write is about, if nothing else tells that it was
// there: rows that are kept of a setup do not have all that it had.
func (b *builder) unnamed(t *tracer, in *node, operation string) {
	id := in.member("Id").value()
	if !plainID.MatchString(id) || in.member("IfMatch") != nil || t.knows(id) || slices.ContainsFunc(t.given, func(v *variable) bool { return v.value == id }) {
		return
	}
	b.given = append(b.given, &variable{name: b.names.free(shellName(nounOf(operation)) + "_ID"), value: id, given: true})
	t.given = b.given
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9-]{8,}$`)

// givens writes down what was there before the job, which somebody may call otherwise.
func (b *builder) givens() string {
	var t strings.Builder
	for _, v := range b.given {
		if !v.used || v.name == "ACCOUNT_ID" || v.name == "DNS_ACCOUNT_ID" {
			continue
		}
		fmt.Fprintf(&t, "%s=${USE_%s:-$(had %s %s)}\ngiven %s \"$%s\" %s\n", v.name, v.name, v.name, setup.ShellWord(v.value), v.name, v.name, setup.ShellWord(v.value))
	}
	return t.String()
}
