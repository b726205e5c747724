// Package jobs shows jobs: the list, the page of one as it is and as its stream
// changes it, and the question before a cancel.
package jobs
