//go:build browser

package main

import (
	"github.com/chromedp/chromedp"
)

// medium looks at the open page as print, in forced colours and with reduced
// motion.
func (s *screen) medium(st state) {
	s.t.Helper()
	s.run("print", s.media("print", "light", "none", "no-preference"), chromedp.EmulateViewport(794, 1123)) // A4 at 96 dpi
	s.settle()
	s.straight("print")
	if got := s.eval(overlaps); got != "" {
		s.t.Errorf("printed, texts overlap: %s", got)
	}
	if s.eval(`document.querySelector("main h1").getClientRects().length`) == "0" {
		s.t.Error("printed, the heading is gone")
	}
	s.run("forced colours", s.media("screen", "dark", "active", "no-preference"), chromedp.EmulateViewport(1280, 900))
	s.settle()
	if got := s.eval(overlaps); got != "" {
		s.t.Errorf("in forced colours, texts overlap: %s", got)
	}
	if got := s.eval(obscured); got != "" {
		s.t.Errorf("what has the focus is covered: %s", got)
	}
	if got := s.eval(vanished); got != "" {
		s.t.Errorf("in forced colours, nothing shows of %s", got)
	}
	s.shot("forced-colours")
	s.run("reduced motion", s.media("screen", "light", "none", "reduce"))
	s.settle()
	s.run("another theme", s.media("screen", "dark", "none", "reduce")) // starts what transitions there are
	if got := s.eval(moving); got != "" {
		s.t.Errorf("with reduced motion animations run: %s", got)
	}
}

// moving names up to three animations of what is shown. One that began within details
// which were closed meanwhile stands still for ever, and nobody sees it.
const moving = `document.getAnimations().filter(a => a.effect.target.checkVisibility()).slice(0, 3).map(a => (a.animationName || a.transitionProperty) + " of " + a.effect.target.outerHTML.slice(0, 80)).join("; ")`

// overlaps names two texts that lie on each other. A bar that stays in view lies on
// what is scrolled below it, so it is measured where it stands in the page; that it
// covers nothing that has the focus is looked at by obscured.
const overlaps = `(() => {
	const bars = [...document.querySelectorAll(".startbar")];
	for (const bar of bars) bar.style.position = "static";
	const found = lying();
	for (const bar of bars) bar.style.position = "";
	return found;
	function lying() {
	const boxes = [], range = document.createRange();
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = texts.nextNode(); ) {
		if (!n.data.trim() || n.parentElement.closest(".vh, .skip, .menu-pop, svg, select, noscript, .scroll")) continue;
		let cut = false;
		for (let e = n.parentElement; e && !cut; e = e.parentElement) cut = getComputedStyle(e).clipPath !== "none";
		if (cut) continue;
		if (!n.parentElement.checkVisibility({checkVisibilityCSS: true})) continue;
		range.selectNodeContents(n);
		for (const r of range.getClientRects()) if (r.width > 2 && r.height > 2) boxes.push([r, n.data.trim()]);
	}
	boxes.sort((a, b) => a[0].top - b[0].top);
	for (let i = 0; i < boxes.length; i++)
		for (let j = i + 1; j < boxes.length && boxes[j][0].top < boxes[i][0].bottom - 6; j++) {
			const [a, b] = [boxes[i][0], boxes[j][0]];
			if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3)
				return JSON.stringify([boxes[i][1].slice(0, 60), boxes[j][1].slice(0, 60)]);
		}
	return "";
	}
})()`

// obscured names what lies under a bar that stays in view when it has the focus (WCAG
// 2.2, 2.4.11).
const obscured = `(() => {
	if (!document.querySelector(".startbar")) return "";
	for (const e of document.querySelectorAll("main a[href], main button, main input, main summary, main select, main textarea")) {
		if (!e.checkVisibility({checkVisibilityCSS: true}) || e.disabled || e.matches("[type=hidden]")) continue;
		e.focus();
		const r = e.getClientRects()[0];
		if (!r || r.width < 2) continue;
		const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
		if (!top || top !== e && !e.contains(top) && !top.contains(e)) return e.outerHTML.slice(0, 120) + " under " + (top ? top.outerHTML.slice(0, 80) : "nothing");
	}
	document.activeElement.blur();
	scrollTo(0, 0);
	return "";
})()`

// vanished names a field or a button without a border, or a chosen radio
// button that looks like the others.
const vanished = `(() => {
	for (const e of document.querySelectorAll("main button, main input:not([type=hidden]), main select, main textarea, main a.btn, main .btn")) {
		if (!e.checkVisibility() || e.closest(".vh, .bare") || e.matches(".vh, .bare, [type=radio], [type=checkbox]")) continue;
		const c = getComputedStyle(e);
		if (c.borderTopStyle === "none" || c.borderTopWidth === "0px") {
			if (c.textDecorationLine === "none") return e.outerHTML.slice(0, 120);
		}
	}
	return "";
})()`
