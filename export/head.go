package export

import (
	"fmt"
	"strings"
	"time"

	"apifront/setup"
)

// head is how the script begins: what it is, what it needs, and what a second run does.
func (b *builder) head(s Script) string {
	var t strings.Builder
	say := func(format string, args ...any) {
		text := setup.Printable(fmt.Sprintf(format, args...))
		for i, line := range wrapped(text, 92) {
			if i == 0 || line != "" {
				t.WriteString("# " + line + "\n")
			}
		}
	}
	j := b.about.Job
	t.WriteString("#!/bin/sh\n")
	say("Job %d of %s as a script: %s.", j.ID, j.SetupName, kindWords(j.Kind))
	t.WriteString("#\n")
	say("It was made on %s from what apifront asked of AWS in this job, begun on %s, and from what AWS answered. It does the %s that AWS carried out, in the order of the job. Calls made only to look are left out%s.",
		stamp(b.about.Made), stamp(j.CreatedAt), setup.Count(s.Writes, "write"), butFor(s.Reads))
	if j.State.Active() {
		say("THE JOB WAS STILL RUNNING THEN, so this is what it had done so far, and not all of it.")
	} else if j.State != setup.JobSucceeded {
		say("The job did not end well, so this is what it had done, and not all that was wanted.")
	}
	t.WriteString("#\n")
	say("It needs the AWS CLI and credentials that may do all this%s. Values of what it makes are asked of AWS.", in(b.about.Account))
	if len(s.Given) > 0 {
		t.WriteString("#\n")
		say("What was there before the job is called as it was in the job, unless an environment variable says otherwise, or the file that scripts of this setup keep in the directory where they run (%s): so a script finds what the script of an earlier job made, also in another account. The variables:", b.file()+"ACCOUNT.txt")
		t.WriteString("#   USE_ACCOUNT_ID\n")
		for _, g := range s.Given {
			if g.Name != "ACCOUNT_ID" {
				t.WriteString("#   USE_" + g.Name + "\n")
			}
		}
	}
	if b.about.DNS != "" {
		say("The hosted zone is in account %s: name a profile for it in DNS_PROFILE.", b.about.DNS)
	}
	t.WriteString("#\n")
	say("If a command fails, the script stops there and says where. Put right what the command said, and run it again in the same directory: it goes on there, because the file says what was done. If AWS had carried out the last write all the same, it refuses it now; then add to the file the line that the script shows, and before it the values of its answer, a line NAME=VALUE for each.")
	say("Without the file, a second run begins anew: %s", b.second())
	for _, l := range b.left {
		t.WriteString("#\n")
		say("Left out: %s", l)
	}
	t.WriteString("set -eu\nAWS_PAGER=''\nexport AWS_PAGER\n\n")
	t.WriteString(sayFunction)
	for _, f := range functions {
		if b.has[f.name] {
			t.WriteString("\n" + f.text)
		}
	}
	t.WriteString("\n")
	for _, secret := range s.Secrets {
		fmt.Fprintf(&t, ": \"${%s:?has to be set to the secret %s}\"\n%s_JSON=$(json_string \"$%s\")\n", secret.Env, plainWords(secret.Name), secret.Env, secret.Env)
	}
	fmt.Fprintf(&t, accountCheck, setup.ShellWord(b.about.Account), setup.ShellWord(b.file()))
	if b.about.DNS != "" {
		fmt.Fprintf(&t, dnsCheck, setup.ShellWord(b.about.DNS))
	}
	t.WriteString(b.givens())
	if first := b.first(); first != "" {
		fmt.Fprintf(&t, "if ! grep -qx 'call %s' \"$FILE\"; then\n%sfi\n", keyOf(b.items[0]), first)
	}
	return t.String()
}

// plainWords is a text that means nothing to a shell within double quotes and braces.
func plainWords(s string) string {
	return strings.Map(func(r rune) rune {
		if wordRune(r) || r == '-' || r == ' ' {
			return r
		}
		return ' '
	}, s)
}

func in(account string) string {
	if account == "" {
		return ""
	}
	return " in account " + account + " (it asks, and stops in another one)"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func kindWords(k setup.JobKind) string {
	switch k {
	case setup.JobInvalidate:
		return "clears cached answers"
	case setup.JobRestore:
		return "puts the old DNS record back"
	case setup.JobTeardown:
		return "deletes what was made for the name"
	default:
		return "makes or changes what puts CloudFront in front of the API"
	}
}

// butFor says which reads are in it.
func butFor(reads int) string {
	if reads == 0 {
		return ""
	}
	return ", but for " + setup.Count(reads, "read") + " whose answer is needed"
}

// file is how the name of the file begins that the setup's scripts keep.
func (b *builder) file() string {
	return "apifront-" + setup.Printable(b.about.Job.SetupID) + "-"
}

// second is what a second run in the same account does.
func (b *builder) second() string {
	var says []string
	add := func(op, text string) {
		for _, i := range b.items {
			if i.call.Operation == op || strings.HasPrefix(i.call.Operation, op+"With") {
				says = append(says, text)
				return
			}
		}
	}
	if b.first() != "" {
		says = append(says, "It looks first for what it would make, and stops before it has changed anything.")
	}
	// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html (documented: within one hour)
	add("RequestCertificate", "Within an hour ACM answers a request with the certificate of the first run, since the idempotency tokens are as recorded; later it would request another one.")
	// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html (documented: DistributionAlreadyExists)
	add("CreateDistribution", "CloudFront refuses a second distribution with the same caller reference, which is as recorded.")
	add("CreateInvalidation", "CloudFront answers the same caller reference and paths with the invalidation of the first run.")
	add("UpdateDistribution", "An ETag that stands in it is outdated then, so CloudFront refuses with 412.")
	if len(says) == 0 {
		says = append(says, "AWS refuses what is there already, or is gone already, and the script stops at it.")
	}
	return strings.Join(says, " ")
}

// first looks for what the script would make, so that a second run changes nothing.
func (b *builder) first() string {
	var t strings.Builder
	edge, domains := false, map[string]bool{}
	for _, i := range b.items {
		switch op := i.call.Operation; {
		case op == "CreateDomainName" && !domains[i.in.member("DomainName").value()]:
			name := i.in.member("DomainName").value()
			domains[name] = true
			words := setup.ShellLine("aws", i.call.Command, "get-domain-name", "--region", i.call.Region, "--domain-name", name)
			fmt.Fprintf(&t, "if %s >/dev/null 2>&1; then\n\tstop %s\nfi\n", words, setup.ShellWord("The custom domain "+setup.Printable(name)+" is there already."))
		case strings.HasPrefix(op, "CreateDistribution") && !edge:
			for _, name := range aliases(i.in) {
				query := "DistributionList.Items[?Aliases.Items && contains(Aliases.Items, `" + quotedJMES(name) + "`)].Id"
				fmt.Fprintf(&t, "HAS=$(%s)\ncase $HAS in\n'' | None) ;;\n*) stop %s ;;\nesac\n",
					setup.ShellLine("aws", "cloudfront", "list-distributions", "--query", query, "--output", "text"),
					setup.ShellWord("A distribution has the name "+setup.Printable(name)+" already."))
			}
		}
		switch op := i.call.Operation; {
		case op == "DeleteDomainName":
			domains[i.in.member("DomainName").value()] = true
		case i.call.Command == "cloudfront" && !tags(op):
			edge = true
		}
	}
	return t.String()
}

// quotedJMES is a string as JSON within backticks, as JMESPath has literals.
// https://jmespath.org/specification.html#literal-expressions (documented)
func quotedJMES(s string) string { return strings.ReplaceAll(quoted(s), "`", "\\`") }

// aliases are the names that a new distribution has.
func aliases(in *node) (list []string) {
	config := in.member("DistributionConfig")
	if config == nil {
		config = in.member("DistributionConfigWithTags", "DistributionConfig")
	}
	if items := config.member("Aliases", "Items"); items != nil {
		for _, n := range items.inner {
			list = append(list, n.value())
		}
	}
	return list
}

// wrapped is a text in lines of at most about so many characters.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

const sayFunction = `say() {
	printf '%s\n' "$*"
}

stop() {
	printf '%s\n' "$*" >&2
	exit 1
}

# stopped says how to go on.
stopped() {
	[ -z "$AT" ] || printf '%s\n' "It stopped at $AT." \
		"Put right what is said above, and run it again: what $FILE says was done is not done again." \
		"The line of this write there: call $CALL" >&2
}

# todo says whether something was not done by an earlier run, by the file.
todo() {
	AT=$2 CALL=$1
	! grep -qx "call $1" "$FILE" || { say "  Done by an earlier run${2:+: $2}"; false; }
}

# did notes in the file that something was done, and the values of its answer.
did() {
	AT=
	call="call $1"
	shift
	printf '%s\n' "$@" "$call" >>"$FILE"
}

# had is a value in the file, or else the second word.
had() {
	value=$(sed -n "s/^$1=//p" "$FILE" | tail -n 1)
	printf '%s\n' "${value:-${2-}}"
}

# plain stops unless a value is there and can stand in JSON as it is.
plain() {
	case $2 in
	'' | None | *[[:cntrl:][:space:]\"\\]*) stop "$1 is not as expected: $2" ;;
	esac
}

# given says what is not as it was in the job.
given() {
	plain "$1" "$2"
	[ "$2" = "$3" ] || say "$1 is $2; in the job it was $3."
}
`

const accountCheck = `ACCOUNT_ID=${USE_ACCOUNT_ID:-%s}
ACCOUNT=$(aws sts get-caller-identity --query Account --output text)
ACCOUNT_ID=${ACCOUNT_ID:-$ACCOUNT}
if [ "$ACCOUNT" != "$ACCOUNT_ID" ]; then
	stop "The credentials are of account $ACCOUNT, and this is for $ACCOUNT_ID. Nothing was changed."
fi
FILE=${USE_FILE:-%s"$ACCOUNT_ID.txt"}
touch "$FILE" || stop "$FILE cannot be written. Nothing was changed."
AT=
trap 'code=$?; rm -f "${SENT-}"; [ "$code" = 0 ] || stopped' EXIT
`

const dnsCheck = `DNS_ACCOUNT_ID=${USE_DNS_ACCOUNT_ID:-%s}
ACCOUNT=$(dns sts get-caller-identity --query Account --output text)
if [ "$ACCOUNT" != "$DNS_ACCOUNT_ID" ]; then
	stop "The credentials of DNS_PROFILE are of account $ACCOUNT, and the hosted zone is in $DNS_ACCOUNT_ID. Nothing was changed."
fi
`

// functions are what scripts may need.
var functions = []struct{ name, text string }{
	{"tab", "TAB=$(printf '\\t')\n"},
	{"json", `# json_string is a text as it stands within quotes in JSON.
json_string() {
	case $1 in
	*[[:cntrl:]]*) stop 'A secret has to be one line.' ;;
	esac
	printf '%s\n' "$1" | sed 's/[\\"]/\\&/g'
}
`},
	{"tries", `# tries asks again for five minutes: so long CloudFront and API Gateway may not know yet that a
# certificate is issued.
tries() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 30 ] || stop 'AWS refused this for five minutes.'
		sleep 10
	done
}
`},
	{"sent", `# sent gives a command its input in a file that only its owner may read: whoever may list
# the processes of a machine sees their words. The file is gone with the script.
sent() {
	printf '%s' "$INPUT" >"$SENT"
	"$@"
	: >"$SENT"
}
SENT=$(mktemp)
trap 'exit 130' INT
trap 'exit 143' TERM
`},
	{"ask", `# ask asks until the whole answer is there, for five minutes.
ask() {
	tries=0
	while :; do
		answer=$("$@") || answer=None
		case " $(printf '%s' "$answer" | tr '\t\n' '  ') " in
		'  ' | *' None '*) ;;
		*)
			printf '%s\n' "$answer"
			return
			;;
		esac
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || stop 'The answer was not there after five minutes.'
		sleep 5
	done
}
`},
	{"until", `# until_is asks until the answer is as wanted, for an hour.
until_is() {
	wanted=$1
	shift
	tries=0
	while :; do
		answer=$("$@") || answer=
		case $answer in
		"$wanted") return ;;
		FAILED | VALIDATION_TIMED_OUT) stop "It is not $wanted, but $answer." ;;
		esac
		tries=$((tries + 1))
		[ "$tries" -lt 360 ] || stop "It was not $wanted after an hour."
		sleep 10
	done
}
`},
	{"person", `# person waits for somebody who presses Enter.
person() {
	printf 'Press Enter when it is so. '
	read -r _ || stop 'Nobody is there to press Enter.'
}
`},
	{"dns", `# dns is the AWS CLI with the credentials for the account of the hosted zone.
dns() {
	aws "$@" --profile "${DNS_PROFILE:?has to name a profile for the account of the hosted zone}"
}
`},
}
