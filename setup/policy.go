package setup

// PolicyRunJobs is the name, on pages, of the IAM policy that a connection
// needs for the jobs of a setup.
const PolicyRunJobs = "Run jobs"
