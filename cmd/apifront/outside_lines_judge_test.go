//go:build outside

package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
)

// repeat lets setups be checked, and runs what their pages print: of each kind of line
// that has the same kind of answer, one.
func (w *lineWorld) repeat(when string, list ...setup.Setup) {
	w.t.Helper()
	w.nameServers()
	for _, s := range list {
		w.v.open("/setups/" + s.ID)
		w.v.press("Check now", nil)
	}
	var all []printedLine
	take := func(l printedLine) {
		if l.line != "" && !w.tried[l.kind()] {
			w.tried[l.kind()] = true
			all = append(all, l)
		}
	}
	for _, s := range list {
		w.v.until("/setups/"+s.ID, 40*time.Second, "it is checked", func() bool { return !strings.Contains(w.v.text(), "Checking…") })
		w.v.page.Find("ul.asked > li").Each(func(_ int, li *goquery.Selection) {
			answer := squeeze(li.Find("p > span").Text())
			what, _ := strings.CutSuffix(squeeze(li.Find("p").Text()), answer)
			l := printedLine{strings.TrimSuffix(strings.TrimSpace(what), ":"), answer, li.Find(".cmd code").Text()}
			take(l)
		})
		// A check by schedule that found all right prints those of the hops instead.
		way, err := w.demo.app.store.Way(w.t.Context(), s.ID)
		w.must(err)
		for _, h := range way.Hops {
			for _, a := range h.Asked {
				take(printedLine{a.What, a.Answer, a.Line})
			}
		}
	}
	for _, l := range all {
		words := strings.Fields(l.line)
		if w.ran[words[0]] = true; words[0] == "aws" {
			w.ran[strings.Join(words[:3], " ")] = true
		}
		if field, _, is := strings.Cut(l.answer, ": "); is {
			w.ran["field "+field] = true
		}
	}
	began := time.Now()
	var each sync.WaitGroup
	room := make(chan struct{}, 4)
	for _, l := range all {
		each.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			out, code := w.paste(l.line)
			if wrong := l.judge(out, code); wrong != "" {
				w.t.Errorf("%s, %s: %s\n%s\nends with %d and says:\n%s\nwhich is not what the page says: %s", when, l.what, l.answer, l.line, code, out, wrong)
			}
		})
	}
	each.Wait()
	w.t.Logf("%s: %d lines in %s", when, len(all), time.Since(began).Round(100*time.Millisecond))
}

// kind is a line with its answer, without what differs from setup to setup.
func (l printedLine) kind() string {
	var kept []string
	words := strings.Fields(l.line)
	answer := regexp.MustCompile(`[0-9]+`).ReplaceAllString(l.answer, "")
	switch words[0] {
	case "aws":
		kept = words[:3]
		if _, query, has := strings.Cut(l.line, "--query "); has {
			kept = append(kept, regexp.MustCompile(`=='[^']*'`).ReplaceAllString(query, ""))
		}
		answer = fmt.Sprint(strings.HasSuffix(answer, ": nothing"), strings.Contains(answer, "There is none"))
	case "dig":
		server := "the default"
		switch {
		case strings.Contains(l.line, "+norecurse"):
			server = "above"
		case strings.Contains(l.what, "at resolver"):
			server = "a resolver"
		case strings.Contains(l.line, "@"):
			server = "a name server"
		}
		kept = []string{"dig", strings.Fields(l.what)[0], server}
		if strings.Contains(answer, ".") || strings.Contains(answer, "::") {
			answer, _, _ = strings.Cut(answer, " ")
			answer = fmt.Sprint(answer == "by")
		}
	default:
		kept, answer = words[:min(len(words), 4)], answer[:min(len(answer), 8)]
	}
	return strings.Join(kept, " ") + " -> " + answer
}

// judge says in what the answer to a line is not what the page says; "" if it is.
func (l printedLine) judge(out string, code int) string {
	switch tool, _, _ := strings.Cut(l.line, " "); tool {
	case "dig":
		return l.judgeDNS(out)
	case "curl":
		return l.judgeRequest(out, code)
	case "openssl":
		return l.judgeTLS(out)
	case "aws":
		return l.judgeAWS(out, code)
	}
	return "nobody knows this tool"
}

var (
	digStatus = regexp.MustCompile(`status: ([A-Z]+)`)
	digFlags  = regexp.MustCompile(`flags:([a-z ]*);`)
)

func (l printedLine) judgeDNS(out string) string {
	status := ""
	if m := digStatus.FindStringSubmatch(out); m != nil {
		status = m[1]
	}
	own := false
	if m := digFlags.FindStringSubmatch(out); m != nil {
		own = slices.Contains(strings.Fields(m[1]), "aa")
	}
	records := map[string][]string{}
	for line := range strings.SplitSeq(out, "\n") {
		if f := strings.Fields(line); len(f) > 4 && !strings.HasPrefix(line, ";") && f[2] == "IN" {
			records[f[3]] = append(records[f[3]], strings.ToLower(strings.TrimSuffix(strings.Join(f[4:], " "), ".")))
		}
	}
	qtype, values := strings.Fields(l.what)[0], l.answer
	if strings.HasPrefix(l.what, "DNS, ") { // a step's own words
		for words, say := range dnsWords {
			if strings.Contains(l.answer, words) {
				if !regexp.MustCompile(say).MatchString(out) {
					return "it does not say " + say
				}
				return ""
			}
		}
		if _, is, ok := strings.Cut(l.answer, ": "); !ok || !strings.Contains(out, is+".") {
			return "it does not say so"
		}
		return ""
	}
	if chain, end, is := strings.Cut(strings.TrimPrefix(l.answer, "by way of "), ": "); is && strings.HasPrefix(l.answer, "by way of ") {
		for c := range strings.SplitSeq(chain, ", ") {
			if !slices.Contains(records["CNAME"], c) {
				return "there is no CNAME " + c
			}
		}
		values = end
	}
	has := slices.Sorted(slices.Values(records[qtype]))
	switch {
	case values == "No such name":
		if status != "NXDOMAIN" {
			return "status " + status
		}
	case values == "No record", values == "no record":
		if status != "NOERROR" || len(has) > 0 {
			return "status " + status
		}
	case strings.HasPrefix(values, "No use"), values == "No answer":
		if status == "NOERROR" && own {
			return "it answers"
		}
	case regexp.MustCompile(`^[A-Z]+$`).MatchString(values):
		if status != values {
			return "status " + status
		}
	default:
		if want := slices.Sorted(slices.Values(strings.Split(values, ", "))); !slices.Equal(want, has) {
			return fmt.Sprintf("%q, want %q", has, want)
		}
	}
	return ""
}

// dnsWords are what pages say of DNS that is elsewhere, and what dig then says.
var dnsWords = map[string]string{
	"found in public DNS": `IN\s+CNAME`, ": nothing": `SERVFAIL|NXDOMAIN|ANSWER: 0`, "Waits for your CNAME record": `status:`,
}

var httpStatus = regexp.MustCompile(`(?m)^HTTP/[0-9.]+ ([0-9]{3})`)

func (l printedLine) judgeRequest(out string, code int) string {
	m := httpStatus.FindAllStringSubmatch(out, -1)
	if phase, none := strings.CutPrefix(l.answer, "No answer: "); none {
		codes := []int{5, 6, 7, 28, 52, 56} // https://curl.se/libcurl/c/libcurl-errors.html
		if strings.HasPrefix(phase, "TLS") {
			codes = []int{35, 60}
		}
		if len(m) > 0 || !slices.Contains(codes, code) {
			return fmt.Sprintf("it ends with %d", code)
		}
		return ""
	}
	if len(m) == 0 || m[len(m)-1][1] != l.answer[:3] {
		return fmt.Sprintf("status %q", m)
	}
	for part := range strings.SplitSeq(l.answer, ", ") {
		name, value, is := strings.Cut(part, ": ")
		switch {
		case !is, name == "Age", name == "X-Cache" && !strings.HasPrefix(value, "Error"), strings.HasSuffix(value, "…"):
		case !strings.Contains(strings.ToLower(out), strings.ToLower(value)):
			return "it does not say " + part
		}
	}
	return ""
}

var notAfter = regexp.MustCompile(`Not After *: (.*)`)

func (l printedLine) judgeTLS(out string) string {
	names, until, ok := strings.Cut(strings.TrimPrefix(l.answer, "Certificate for "), ", until ")
	if !ok {
		return "the page says nothing"
	}
	for n := range strings.SplitSeq(names, ", ") {
		if !strings.Contains(out, "DNS:"+n) {
			return "there is no name " + n
		}
	}
	m := notAfter.FindStringSubmatch(out)
	if m == nil {
		return "it does not say until when it is valid"
	}
	end, err := time.Parse("Jan _2 15:04:05 2006 MST", m[1])
	if err != nil || end.Format("2 Jan 2006") != until {
		return m[0]
	}
	return ""
}

// awsWords are what pages say of things as a whole, and what then stands in AWS's answer.
var awsWords = map[string]string{
	"issued": `"ISSUED"`, "issued already": `"ISSUED"`, "deployed": `Deployed`, "A and AAAA alias": `cloudfront.net`,
	"API Gateway": `"regionalDomainName"`, "CloudFront, GET answers kept for 5 min": `"DefaultTTL": 300`,
	"1 record for both certificates": `acm-validations.aws`, "1 record for the certificate": `acm-validations.aws`,
}

func (l printedLine) judgeAWS(out string, code int) string {
	gone := strings.Contains(l.answer, "There is none")
	if code != 0 {
		if gone && regexp.MustCompile(`NoSuch|NotFound`).MatchString(out) {
			return ""
		}
		return "it fails"
	}
	var v any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		return err.Error()
	}
	all := scalars(v)
	if gone {
		if len(all) > 0 {
			return "there is one"
		}
		return ""
	}
	if tag, _ := strings.CutSuffix(l.answer, ": nothing"); strings.HasPrefix(l.answer, "Tag ") {
		if strings.Contains(out, tag[4:]) || !strings.Contains(out, `"apifront:`) {
			return "the tag is there, or none is"
		}
		return ""
	}
	if strings.Contains(l.line, "get-api-mappings") && strings.HasPrefix(l.answer, "/") {
		for _, path := range strings.FieldsFunc(l.answer, func(r rune) bool { return r == ' ' || r == ',' }) {
			if path != "and" && path != "/" && !slices.Contains(all, strings.TrimPrefix(path, "/")) {
				return path + " is not mapped"
			}
		}
		return ""
	}
	if id, is := strings.CutPrefix(l.answer, "CloudFront "); is && strings.HasSuffix(l.line, id) {
		if !strings.Contains(out, `"DistributionConfig"`) {
			return "it is no distribution"
		}
		return ""
	}
	field, value, is := strings.Cut(l.answer, ": ")
	if is && !strings.Contains(field, ", ") {
		want := strings.Split(value, ", ")
		if value == "nothing" {
			want = nil
		}
		for i := range want { // of a mapping: "a1b2c3, stage prod"
			want[i] = strings.TrimPrefix(want[i], "stage ")
		}
		slices.Sort(want)
		if strings.Contains(l.line, "--query") && !slices.Equal(want, all) && !slices.Equal([]string{value}, all) {
			return fmt.Sprintf("%q, want %q", all, want)
		}
		for _, one := range want {
			if !slices.Contains(all, one) && !slices.Contains(all, value) {
				return "it does not say " + one
			}
		}
		return ""
	}
	told := false
	for words, say := range awsWords {
		if strings.HasSuffix(l.answer, words) || strings.HasPrefix(l.answer, words+", ") {
			if told = true; !strings.Contains(out, say) {
				return "it does not say " + say
			}
		}
	}
	if told {
		return ""
	}
	if id := regexp.MustCompile(`[0-9]{4}-[0-9]{4}-[0-9]{4}`).FindString(l.answer); id != "" {
		if !slices.Contains(all, strings.ReplaceAll(id, "-", "")) {
			return "another account"
		}
		return ""
	}
	return "nobody knows these words"
}

// scalars are the values in JSON that are not empty, sorted.
func scalars(v any) (all []string) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for _, inner := range v {
			all = append(all, scalars(inner)...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, scalars(inner)...)
		}
	default:
		if s := fmt.Sprint(v); s != "" {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

// printedKinds are the lines of the AWS CLI that steps/reads.go can make, by service and
// operation, and the settings of a distribution to which a query leads. To each line stand
// its words, as far as they are the same for all setups.
func printedKinds(t *testing.T) map[string][]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "steps", "reads.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	word := func(e ast.Expr) string {
		l, ok := e.(*ast.BasicLit)
		if !ok {
			return ""
		}
		s, err := strconv.Unquote(l.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	kinds := map[string][]string{"dig": nil, "curl": nil, "openssl": nil}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "awsLine" {
				words := []string{"aws"}
				for _, e := range n.Args[1:] {
					words = append(words, word(e))
				}
				kinds[strings.Join(words[:3], " ")] = append(words, "--query", word(n.Args[0]))
			}
		case *ast.ValueSpec:
			if n.Names[0].Name != "distributionQueries" {
				return true
			}
			for _, e := range n.Values[0].(*ast.CompositeLit).Elts {
				if field := word(e.(*ast.KeyValueExpr).Key); field != "" {
					kinds["field "+field] = nil
				}
			}
		}
		return true
	})
	return kinds
}

// lists runs the lines that a page would print of what was never made. Nothing of such a
// setup is checked, so no page of this test has them; they list what is there of others.
func (w *lineWorld) lists(kinds map[string][]string, has map[string]string) {
	w.t.Helper()
	for kind, id := range has {
		words := kinds[kind]
		if i := slices.Index(words, ""); i > 0 {
			words[i] = setup.EdgeRegion
		}
		if out, code := w.paste(setup.ShellLine(words...)); code != 0 || id == "" || !strings.Contains(out, id) {
			w.t.Errorf("%s ends with %d and does not say %q:\n%s", setup.ShellLine(words...), code, id, out)
		}
		w.ran[kind] = true
	}
}
