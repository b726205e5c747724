package wizard_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Each of the ten questions that people have before their first job has an answer, and
// the page on which it comes up leads to that answer, in the words of its title.
func TestQuestionsHaveAnswers(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	help := s.Page("/help/questions")
	handlerstest.CheckPage(t, "questions", help)
	answers := map[string]string{}
	for _, section := range help.Find("section.sec[id]").EachIter() {
		title, text := section.Find("h2").Text(), handlerstest.Squash(section.Find("p").Text())
		answers[section.AttrOr("id", "")] = title
		if !strings.HasSuffix(title, "?") || len(text) < 80 || len(text) > 480 {
			t.Errorf("%q is answered with %d characters", title, len(text))
		}
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	comesUp := map[string]string{
		"which-api": "api", "old-record": "domain", "cost": "review", "how-long": "review", "close": "review",
		"who": "account", "undo": "review", "test": "domain", "fail": "review", "remove": "review",
	}
	if len(answers) != len(comesUp) {
		t.Errorf("%d answers, want %d", len(answers), len(comesUp))
	}
	led := map[string]bool{}
	for _, p := range setup.Pages() {
		links := s.Page(draft + "/" + string(p.ID)).Find("aside a[href^='/help/questions#']")
		if links.Length() == 0 {
			t.Errorf("%s leads to no answer", p.ID)
		}
		links.Each(func(_ int, a *goquery.Selection) {
			_, id, _ := strings.Cut(a.AttrOr("href", ""), "#")
			a.Find(".vh").Remove()
			if title := answers[id]; title == "" || title != a.Text() {
				t.Errorf("%s: %q leads to the answer to %q", p.ID, a.Text(), title)
			}
			if a.AttrOr("target", "") != "_blank" {
				t.Errorf("%s: %q takes the page away with what was typed", p.ID, a.Text())
			}
			if comesUp[id] == string(p.ID) {
				led[id] = true
			}
		})
	}
	for id, page := range comesUp {
		if !led[id] {
			t.Errorf("the page %s does not lead to the answer to %s", page, id)
		}
	}
}
