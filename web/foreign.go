package web

import "github.com/a-h/templ"

// Foreign is on every element that holds text from outside: AWS's words and
// names, DNS, what people typed. templ escapes it, so it is text; and should
// that ever fail, htmx looks at no attribute in there: htmx 4.0.1 does not
// process what is within [hx-ignore], read in static/app.js.
var Foreign = templ.Attributes{"hx-ignore": true}
