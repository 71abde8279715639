// Package rules judges meetings. It holds the Placeless Taxonomy
// ([Category]), the rule files and their strict reader, the classifier
// ([Engine.Judge], a pure function from a [Subject] to a [Verdict]), and the
// words in which a verdict explains itself.
//
// The rules themselves are data: default.toml is embedded, and an organization
// may lay a file of its own over it. What may not live here: calendars' formats,
// the database, and everything that depends on the reader or the clock (short
// notice, a first meeting, silences): that is the policy of suggestions.
package rules
