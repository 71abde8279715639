// Package eval measures an engine's judgement against labelled meetings:
// accuracy, F1 for each category, calibration, and what suggestions would have
// been right. Judging itself, and reading rule files, live in rules.
package eval
