// Package fit finds weights that agree with labelled meetings: by maximum a
// posteriori with a strong Gaussian prior to the weights that stand in the
// files, cross-validated by organization. It is deterministic: the same files
// and meetings give the same numbers. It also learns what words say that no rule
// knows, those that mean much the same together (LearnWords, Kindred), which
// rules/internal/learn writes into the word list. How good they are is measured by
// rules/eval; what they mean, and rewriting files, lives in rules.
package fit
