package web

// JobsView is the job history.
type JobsView struct {
	Tabs    []Tab
	Query   string
	Kinds   []Option
	Times   []Option
	Status  string // kept by the search form
	SetupID string // kept by the search form
	Rows    []JobRow
	Caption string
	Pages   PagerView
	Clear   string // where to go to see everything; "" without a filter
}
