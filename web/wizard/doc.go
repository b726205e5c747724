// Package wizard shows the pages that ask what a setup should be, the plan beside
// them, and the review before the start.
package wizard
