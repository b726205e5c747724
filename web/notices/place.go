package notices

import (
	"fmt"

	"apifront/setup"
	"apifront/web"
)

// A PlaceView is the page that changes one place.
type PlaceView struct {
	ID, Name, What string
	Facts          []web.Pair
	Missing        string
	Signs          bool // what is sent there is signed
	Typed          Typed
	Errors         web.FieldErrors
}

// NewPlace decides what that page shows.
func NewPlace(c web.Times, p setup.NoticePlace, missing string, typed Typed, errs web.FieldErrors) PlaceView {
	v := PlaceView{ID: p.ID, Name: p.Name, What: kindWords(p), Missing: missing, Signs: p.Kind == setup.NoticeHook, Typed: typed, Errors: errs}
	v.Facts = []web.Pair{{Key: "Added", Value: c.Past(p.CreatedAt) + " by " + p.CreatedBy.Name, Num: true}}
	return v
}

// A HandOverView is the key of a program, which is shown once.
type HandOverView struct {
	Title, Lede, Key string
	State, Word      string // how the test went
	Detail           string
}

// NewHandOver decides what the page with the key shows.
func NewHandOver(c web.Times, p setup.NoticePlace, last setup.Delivery, key string) HandOverView {
	r := placeRow(c, p, last)
	v := HandOverView{
		Title: "The key of " + p.Name, Key: key, State: r.State, Word: r.Word, Detail: r.Detail,
		Lede: fmt.Sprintf("Give it to the program at %s: with it, the program can tell that what it gets comes from here.", p.Host),
	}
	if r.Quote != "" {
		v.Detail = r.Quote
	}
	return v
}
