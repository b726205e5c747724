package setups

// PerPage is how many setups a page lists.
const PerPage = perPage

// PolicyWords are the names of the kinds of policies.
var PolicyWords = policyWords
