package setups

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"apifront/setup"
	"apifront/web"
)

// A SeenView is what a check saw.
type SeenView struct {
	Title string
	At    web.Moment
	Lines []LineView
	None  string // why there are no lines
}

// A LineView is what one look of a check showed.
type LineView struct {
	Mark, Word, Title, Text, Took string

	Asked []web.AskedView
}

// checkWord is the icon and the words for how a check ended.
func checkWord(c setup.Checkup) (mark, word string) {
	switch c.Result {
	case setup.CheckHealthy:
		return "done", "All right"
	case setup.CheckFindings:
		if c.Sight.Silent() {
			return "failed", "No right answer"
		}
		if c.Findings == 0 {
			return "you", "Something is not right"
		}
		return "you", setup.Count(c.Findings, "finding")
	case setup.CheckCouldNot:
		return "unsure", "It could not look"
	case setup.CheckEnded:
		return "stop", "Ended by a job that began"
	}
	return "wait", "Not known"
}

// seen is what the newest check saw, line by line.
func (v *Standing) seen(f Facts, ended []setup.Checkup) {
	i := slices.IndexFunc(ended, func(c setup.Checkup) bool { return c.Result != setup.CheckEnded })
	if i < 0 {
		return
	}
	c := ended[i]
	v.Seen = &SeenView{At: f.Times.Second(c.DoneAt), None: "What each look showed is kept for a week, but not of a check that nobody asked for and that found everything right. Check now shows each look."}
	var right, bad int
	for _, l := range c.Lines {
		mark, word := lineWord(l.Result)
		switch l.Result {
		case setup.LineRight, setup.LineRemark:
			right++
		case setup.LineWrong:
			bad++
		}
		took := ""
		if l.Took > 0 {
			took = strconv.FormatFloat(max(l.Took, 100*time.Millisecond).Seconds(), 'f', 1, 64) + " s"
		}
		v.Seen.Lines = append(v.Seen.Lines, LineView{Mark: mark, Word: word, Title: l.Title, Text: setup.Clip(setup.Printable(l.Text), 600), Took: took, Asked: web.AskedViews(l.Asked)})
	}
	_, v.Seen.Title = checkWord(c)
	if n := len(c.Lines); n > 0 {
		v.Seen.Title = looksText(n, right, bad)
	}
}

// looksText says what became of the looks of a check.
func looksText(all, right, bad int) string {
	if right == all {
		return fmt.Sprintf("%s passed", map[bool]string{true: "The look", false: fmt.Sprintf("All %d looks", all)}[all == 1])
	}
	text := fmt.Sprintf("%d of %s passed", right, setup.Count(all, "look"))
	if bad > 0 {
		text += fmt.Sprintf(", %d found something wrong", bad)
	}
	if unknown := all - right - bad; unknown > 0 {
		text += fmt.Sprintf(", %d could not tell", unknown)
	}
	return text
}

func lineWord(result string) (mark, word string) {
	switch result {
	case setup.LineRight:
		return "done", "Right"
	case setup.LineWrong:
		return "failed", "Wrong"
	case setup.LineRemark:
		return "you", "Remark"
	}
	return "unsure", "Not known"
}

// reasonWords says why a check was made, and who asked for it.
func reasonWords(c setup.Checkup) string {
	switch c.Reason {
	case setup.CheckByPerson:
		return "Asked for by " + cmp.Or(c.By.Name, "somebody")
	case setup.CheckOfMany:
		return "Asked for with those of other setups by " + cmp.Or(c.By.Name, "somebody")
	case setup.CheckAfterJob:
		return "A job had ended"
	case setup.CheckAgain:
		return "The name had not answered"
	case setup.CheckBySchedule:
		return "By schedule"
	}
	return ""
}
