package web

import "github.com/a-h/templ"

// Foreign is on every element that holds text from outside: AWS's words and
// names, DNS, what people typed. templ escapes the text. If that ever failed,
// htmx would still ignore every attribute in there: htmx 4.0.1 does not process
// what is within [hx-ignore], as its source in static/app.js says.
var Foreign = templ.Attributes{"hx-ignore": true}
