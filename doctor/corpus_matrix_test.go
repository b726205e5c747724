package doctor_test

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
)

// healedWords say how a world becomes healthy.
var healedWords = map[healing]string{byNothing: "–", byFix: "a job of its setup", byAdopt: "adopted, with what differs put right", byHand: "by hand, as the fix says"}

// doctorMatrix is what was said of each world, for docs/diagnosis.md.
func doctorMatrix(list []ward, found []chartOf) string {
	var b strings.Builder
	count, healed := map[string]int{}, map[healing]int{}
	for _, f := range found {
		healed[f.heals]++
		kind := "healthy"
		switch {
		case len(f.wrong) > 0:
			kind = "wrong"
		case len(f.remarks) > 0:
			kind = "remarks"
		}
		count[kind]++
		if len(f.wrong) > 0 {
			count["outside "+string(f.outside)]++
		}
	}
	fmt.Fprintf(&b, "%d worlds: in %d something is wrong, in %d callers are served and something is worth a remark, and %d are healthy. All that is wrong was named, and nothing else. %d were healed by a job of the setup that had the name before, %d by adopting what is there and putting right what differs, and %d by hand, as the fix says; then nothing was wrong any more.\n",
		len(list), count["wrong"], count["remarks"], count["healthy"], healed[byFix], healed[byAdopt], healed[byHand])
	fmt.Fprintf(&b, "Of the %d wrong ones, from outside alone %d were named, in %d the truth was among several causes that look alike, %d were said by the verdict (another server, past CloudFront, no such name), and of %d callers see nothing.\n",
		count["wrong"], count["outside "+string(setup.VerdictWrong)], count["outside "+string(setup.VerdictUnsure)],
		count["outside "+string(setup.VerdictStranger)]+count["outside "+string(setup.VerdictPastCloudFront)]+count["outside "+string(setup.VerdictNoName)]+count["outside "+string(setup.VerdictNotDelegated)],
		count["outside "+string(setup.VerdictHealthy)]+count["outside "+string(setup.VerdictRemarks)])
	served, doors := 0, map[string]int{}
	for _, f := range found {
		if f.verdict == setup.VerdictHealthy || f.verdict == setup.VerdictRemarks {
			served++
			for _, kind := range strings.Fields(f.doors) {
				doors[kind]++
			}
		}
	}
	fmt.Fprintf(&b, "Of the %d in which callers are served, the default endpoint of the API was seen open in %d and the Regional name of the custom domain in %d, with an account; that is said beside the findings and is none. From outside nobody knows these names.\n",
		served, doors[string(setup.DoorEndpoint)], doors[string(setup.DoorRegional)])
	part := ""
	for i, w := range list {
		if w.part != part {
			part = w.part
			fmt.Fprintf(&b, "\n### %s\n\n| what is there | notes | with an account: wrong | remarks | healed | from outside alone |\n|---|---|---|---|---|---|\n", part)
		}
		f := found[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", w.what, w.source, settingWords(f.wrong), settingWords(f.remarks), healedWords[f.heals], outsideWords(f))
	}
	return b.String()
}

// settingWords are settings as people read them.
func settingWords(list []string) string {
	if len(list) == 0 {
		return "–"
	}
	var words []string
	for _, s := range list {
		text := "`" + strings.ReplaceAll(strings.TrimPrefix(s, "~"), "|", "` or `") + "`"
		if strings.HasPrefix(s, "~") {
			text += " (passing)"
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

// outsideWords are what was told without an account.
func outsideWords(f chartOf) string {
	switch {
	case len(f.bare) > 0:
		return settingWords(f.bare)
	case len(f.open) > 0:
		return "one of " + settingWords(slices.Clone(f.open))
	}
	return string(f.outside)
}
