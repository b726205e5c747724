package jobs

import "apifront/web"

// ListView is the job history.
type ListView struct {
	Tabs    []web.Tab
	Query   string
	Kinds   []web.Option
	Times   []web.Option
	Status  string       // kept by the search form
	People  []web.Option // who started them; none: one person started all
	Setups  []web.Option // none: there is one
	Tags    []web.Option // none: no setup has any
	Rows    []web.JobRow
	Caption string
	Pages   web.PagerView
	Clear   string // where to go to see everything; "" without a filter
}
