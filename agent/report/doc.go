// Package report counts hours: how long the organization's people sat in
// meetings, how much of it an update in writing would give back, and what
// became of the rest.
//
// [Build] reads a store; [Count] is the pure core, from rows to a [Report];
// the methods of [Report] render it as a table for the terminal, JSON, CSV and
// Markdown. What may not live here: SQL, the sharing of double-booked time
// (store/hours), and judging (rules).
//
// # What the figures mean
//
// Meeting hours are the shares of the organization's people: an hour that a
// person spends in two meetings at once is half an hour of each. Every
// occurrence then falls in exactly one place, the first that fits:
//
//   - neither informing nor collaborating: counted in its category, and no more;
//   - left alone: a guard holds it back, or nobody knows how many are invited;
//   - not sure enough: its verdict does not reach the threshold of the rules;
//   - suggestable: its net (what remains after 20 minutes of writing for the
//     occurrence and 5 of reading for each of our people who attend) is
//     recoverable when it is informing, worth a trial when it is collaborating;
//     the rest of its hours is what writing and reading cost.
//
// So this holds to the second:
//
//	informing + collaborating − left alone − not sure − async cost = recoverable + worth a trial
//
// and the figures of categories, of meetings and of weeks each add up to the
// total. Net runs evenly from the start of an occurrence to its end, and a
// period gets what lies inside it; where midnight cuts a double-booked
// occurrence, a period's async cost may so come out lower than its share, even
// below zero, and the next day's higher.
//
// People are those of the organization who attend at least one occurrence that
// counts in the period. Nobody is named.
//
// # Groups
//
// With a MinGroup, nothing is told of fewer people than that, nor can it be worked
// out by comparing reports: a report is then the sum of its weeks, and a week is
// told in cells (a category, what became of it, whether headcounts are known) that
// each belong to MinGroup people or more. Smaller cells are folded into others;
// weeks in which fewer people met are left out. So people are counted by week,
// and are the mean of the weeks shown in which anybody met; an occurrence that reaches into two weeks is
// one of each; and no meeting is listed. What changes between two reports of the
// same weeks, because calendars, people or rules did, is not hidden.
//
// # JSON
//
// Hours are numbers in hours with up to six decimals. That tells every second:
// times 3600 and rounded they are whole seconds, and add up exactly.
//
//	from, to                first day, and the day after the last ("2026-10-26")
//	zone                    IANA name of the zone the days are of
//	people                  see above
//	occurrences             that count and reach into the period
//	meeting_hours           all of them
//	recoverable_hours       net of informing
//	trial_hours             net of collaborating
//	async_cost_hours        writing and reading instead, of those two
//	left_alone_hours        informing and collaborating, but guarded
//	unsure_hours            informing and collaborating, but not sure enough
//	unknown_headcount_hours of all events whose guests are not known, whether
//	                        they count as meetings or not
//	categories              always all seven, from the easiest to the hardest to
//	                        do async: category, occurrences, meeting_hours,
//	                        recoverable_hours, trial_hours
//	others                  with a MinGroup only, where cells were folded:
//	                        occurrences, meeting_hours, in no category
//	weeks_left_out          with a MinGroup only: from and to of each
//	weeks                   with --by week only: from, to, and the same four
//	                        figures; an occurrence that reaches into two weeks
//	                        is an occurrence of both
//	meetings                largest first: title, organizer, category, the same
//	                        four figures, why. A meeting whose occurrences go
//	                        under several titles shows the one with most hours,
//	                        with its category and its why
//	skipped                 what could not be read: file, line (0: none), reason
//
// CSV has the rows of one of categories, meetings or weeks, under the same
// names.
package report
