//go:build browser

package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var sheet = flag.Bool("sheet", false, "write docs/pages.jpg, docs/pages.md and the pictures of docs/tour.md from those of TestBrowserStates")

// onTour are the states that docs/tour.md shows, in its order.
var onTour = []string{"domain-fresh", "review-passed", "job-new", "job-needs-you", "job-failed", "check-drifted", "doctor-result"}

// tourHeight is how much of a page a picture of the tour shows, in px.
const tourHeight = 900

// onSheet is what the contact sheet shows, row by row: the state and how it is
// looked at.
var onSheet = [][]string{
	{"sign-in 1280-light", "welcome 1280-light", "home 1280-light", "home-200 1280-dark", "jobs 1280-light", "connections-failed 1280-dark"},
	{"account-fresh 1280-light", "api-long 1280-light", "domain-422 1280-light", "certificates-fresh 1280-dark", "edge-fresh 1280-light", "review-passed 1280-light"},
	{"job-new 1280-light", "job-running-with-failure 1280-light", "job-needs-you 1280-dark", "job-failed 1280-light", "job-cancelled 1280-dark", "job-succeeded 1280-light"},
	{"setup 1280-light", "setup 1280-dark", "doctor-result 1280-light", "404 1280-light", "503-draft 1280-light", "edge-fresh forced-colours"},
	{"home 390-light", "domain-fresh 390-light", "review-blocked 390-light", "job-running-with-failure 390-dark", "doctor-running 390-light", "setup 640-text-200"},
}

const (
	cellWidth, cellHeight = 300, 330
	cellGap               = 10
)

// writeSheet draws the contact sheet and says what is on it.
func writeSheet(t *testing.T) {
	t.Helper()
	columns := len(onSheet[0])
	out := image.NewRGBA(image.Rect(0, 0, columns*(cellWidth+cellGap)+cellGap, len(onSheet)*(cellHeight+cellGap)+cellGap))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{Y: 0x77}), image.Point{}, draw.Src)
	var text strings.Builder
	fmt.Fprintf(&text, "# Pages\n\nWhat `TestBrowserStates` looks at, in extracts: the top of each page as headless Chromium shows it.\nThe whole pictures of all states are in `.ci/out/screens` after a run with `-pictures`.\n\n![Contact sheet](pages.jpg)\n\n"+
		"Width in px and theme stand beside the name of the state.\n\n| Row |%s\n|---|%s\n", strings.Repeat(" |", columns), strings.Repeat("---|", columns))
	for y, row := range onSheet {
		fmt.Fprintf(&text, "| %d |", y+1)
		for x, cell := range row {
			name, how, _ := strings.Cut(cell, " ")
			picture := pictureOf(t, name, how)
			at := image.Pt(cellGap+x*(cellWidth+cellGap), cellGap+y*(cellHeight+cellGap))
			shrink(out, at, picture, cellWidth, cellHeight)
			fmt.Fprintf(&text, " %s, %s |", name, strings.ReplaceAll(how, "-", " "))
		}
		text.WriteString("\n")
	}
	text.WriteString("\nMade by `go test -tags browser -run '^TestBrowserStates$' ./cmd/apifront -sheet`.\n")
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 82}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"pages.jpg": b.Bytes(), "pages.md": []byte(text.String())}
	for _, name := range onTour {
		files[tourFile(name)] = topOf(t, pictureOf(t, name, "1280-light"))
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join("..", "..", "docs", name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tourFile is where the picture of a state is, in docs.
func tourFile(name string) string { return "tour-" + name + ".png" }

// pictureOf is what TestBrowserStates took of a state.
func pictureOf(t *testing.T, name, how string) image.Image {
	t.Helper()
	return screenOf(t, "TestBrowserStates-look-"+name+"-"+how)
}

// screenOf is a picture that was kept.
func screenOf(t *testing.T, name string) image.Image {
	t.Helper()
	b, err := os.ReadFile(screenFile(name))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return picture
}

// topOf is the top of a page in 256 colours, as PNG.
func topOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	bounds := picture.Bounds()
	bounds.Max.Y = min(bounds.Max.Y, bounds.Min.Y+tourHeight)
	out := image.NewPaletted(image.Rect(0, 0, bounds.Dx(), bounds.Dy()), coloursOf(picture, bounds))
	draw.Draw(out, out.Bounds(), picture, bounds.Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// coloursOf are the 256 colours that a part of a picture has most of.
func coloursOf(picture image.Image, part image.Rectangle) color.Palette {
	dots := map[color.Color]int{}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			dots[color.RGBAModel.Convert(picture.At(x, y))]++
		}
	}
	most := slices.SortedFunc(maps.Keys(dots), func(a, b color.Color) int { return dots[b] - dots[a] })
	return most[:min(len(most), 256)]
}

// shrink draws the top of a picture into a cell, each dot being the mean of
// those it stands for.
func shrink(out *image.RGBA, at image.Point, picture image.Image, wide, high int) {
	width := picture.Bounds().Dx()
	for y := range high {
		for x := range wide {
			var r, g, b, n uint32
			for sy := y * width / wide; sy <= (y+1)*width/wide-1 && sy < picture.Bounds().Dy(); sy++ {
				for sx := x * width / wide; sx <= (x+1)*width/wide-1; sx++ {
					cr, cg, cb, _ := picture.At(sx, sy).RGBA()
					r, g, b, n = r+cr>>8, g+cg>>8, b+cb>>8, n+1
				}
			}
			if n > 0 { // else the page is shorter
				out.Set(at.X+x, at.Y+y, color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255})
			}
		}
	}
}

// sheetIsOf says which states of the sheet there are not.
func sheetIsOf(t *testing.T, states []state) {
	t.Helper()
	for _, row := range onSheet {
		for _, cell := range row {
			name, _, _ := strings.Cut(cell, " ")
			if !slices.ContainsFunc(states, func(st state) bool { return st.name == name }) {
				t.Errorf("the contact sheet shows %s, which is no state", name)
			}
		}
	}
	tour := rootFile(t, "docs/tour.md")
	for _, name := range onTour {
		if !slices.ContainsFunc(states, func(st state) bool { return st.name == name }) {
			t.Errorf("the tour shows %s, which is no state", name)
		}
		if !strings.Contains(tour, "]("+tourFile(name)+")") {
			t.Errorf("docs/tour.md does not show %s", tourFile(name))
		}
	}
}
