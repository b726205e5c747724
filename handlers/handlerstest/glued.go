package handlerstest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// inline are the elements that stand within a line of text.
var inline = []string{"a", "abbr", "b", "code", "em", "i", "kbd", "q", "s", "small", "strong", "sub", "sup", "time", "u"}

// Glued are words of a page that run into the next element without a blank,
// such as "until" and "1 Dec": a template drops blanks before a part.
func Glued(doc *goquery.Document) []string {
	endsInWord, beginsWord := regexp.MustCompile(`[\pL\pN,;:]$`), regexp.MustCompile(`^[\pL\pN]`)
	var all []string
	// A span is part of the line, unless its style gives it a place of its own.
	inLine := func(n *html.Node) bool {
		return n != nil && n.Type == html.ElementNode && (slices.Contains(inline, n.Data) || n.Data == "span" && class(n) == "num")
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && slices.Contains([]string{"pre", "script", "style", "svg", "textarea"}, n.Data) {
			return
		}
		if next := n.NextSibling; next != nil && inText(n.Parent) && (n.Type == html.TextNode && inLine(next) || inLine(n) && (next.Type == html.TextNode || inLine(next))) {
			left, right := textOf(n), textOf(next)
			if n.Type != html.TextNode || strings.TrimSpace(left) != "" {
				if endsInWord.MatchString(left) && beginsWord.MatchString(right) {
					all = append(all, last(left)+"|"+first(right))
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	for _, n := range doc.Find("main").Nodes {
		walk(n)
	}
	return all
}

// inText says whether an element has words of its own between its elements.
func inText(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return true
		}
	}
	return false
}

func class(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	return goquery.NewDocumentFromNode(n).Text()
}

func last(s string) string { return s[max(0, len(s)-20):] }

func first(s string) string { return s[:min(20, len(s))] }
