package setup

// PolicyRunJobs is what people know the IAM policy as that a connection needs
// for the jobs of a setup.
const PolicyRunJobs = "Run jobs"
