// Package rules judges meetings. It holds the Placeless Taxonomy
// ([Category]), the rule files and their strict reader ([Load]), the classifier
// ([Engine.Judge], a pure function from a [Subject] to a [Verdict]), the words
// in which a verdict explains itself ([Engine.Explain]), and the async form that
// fits a meeting ([Engine.Form]).
//
// The rules themselves are data: default.toml and one file for each further
// language are embedded, and an organization may lay a file of its own over
// them. How a rule is written stands at the head of default.toml.
//
// Judging goes in four steps: fold.go cuts title and description into words,
// lexicon.go finds the phrases of all rules in one pass, weigh.go decides how
// strongly each rule speaks, engine.go adds the weights up. What no rule knows
// speaks faintly by the word list words.tsv (vocabulary.go), which
// rules/internal/learn makes from labelled meetings. Measuring against
// labelled meetings is rules/eval, fitting weights rules/fit.
//
// What may not live here: calendars' formats, the database, and everything that
// depends on the reader or the clock (short notice, a first meeting, silences):
// that is the policy of suggestions.
package rules
