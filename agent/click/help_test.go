package click

// Step is that of the usual holds.
var Step = DefaultHolds.Step
