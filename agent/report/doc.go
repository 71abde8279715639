// Package report counts hours: how long the organization's people sat in
// meetings, how much of it an update in writing would give back, and what
// became of the rest.
//
// [Build] reads a store; [Count] is the pure core, from rows to a [Report]; its
// methods render it as a table for the terminal, JSON, CSV and Markdown.
// [BuildFunnel], [CountFunnel] and the methods of [Funnel] are the same for what
// became of suggestions. A [Page] shows both as charts and tables, of files or as
// [BuildPage] makes it of a store. What may not live here: SQL, the sharing of double-booked time
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
// weeks in which fewer people met are left out. A figure that is 0 beside such is not
// shown ([NotShown], null in JSON), whether or not it is one of those that something
// is held back of. So people are counted by week,
// and are the mean of the weeks shown in which anybody met; an occurrence that reaches into two weeks is
// one of each; and no meeting is listed. What changes between two reports of the
// same weeks, because calendars, people or rules did, is not hidden.
//
// # The funnel
//
// [BuildFunnel] tells what became of suggestions: to recover → suggested → accepted →
// recovered, declines and trials apart. All hours belong to the time of the occurrence
// that they are of, whenever it was suggested or answered, so that a period's stages
// are about the same meetings. Each is what one person's time at one occurrence would
// give back, counted once however often it was suggested:
//
//   - a decline gives back that person's share less 5 minutes of reading; a trial, the
//     net of the occurrence, allotted to our people by share. What other plans have
//     taken somebody out of at the same time keeps its share, so that double-booked
//     time is given back once;
//   - suggested: what was asked about when it was asked, and what was accepted beyond
//     that ("from now on"). What was offered twice counts as the larger;
//   - accepted: the plan of an answer, frozen when its hold was over. Declined once: one
//     occurrence. From now on, and kept async after a trial: to the series' own end, at
//     most 26 weeks; beyond what calendars showed then by its rule, each as much as the
//     median of those shown. A trial: its own. What is taken back, or cannot be done, is
//     out from then on. An occurrence that somebody is out of by one plan is in no other
//     one; the net of a later trial is counted without them;
//   - recovered: what of that calendars have come to show. The person's answer is no
//     (by their own calendar or the organizer's), or it is cancelled, or it is absent
//     from all calendars, where the person's own (else the organizer's) were read whole
//     over its time before it was over. What is not known, or out of sight, shows
//     nothing. Of what only followed from a rule, absence shows something only where
//     nothing of the series comes after it and its rule does not say it any more. Once
//     an occurrence is over, only what calendars say of it alone is believed, for an
//     answer to a series changes its past;
//   - met again: what a person attends of the lineage in a week beyond what they were
//     expected to when they answered, less what they were freed of, comes in the stead
//     of an occurrence of that week, else of the last one in the eight weeks before, and
//     takes its hours back. So does attending it after all. An occurrence is of the week
//     (Monday to Sunday in the zone of its series) that it was first planned for. What is
//     found out of a week that is over is not changed by what calendars come to say of
//     their past, and eight weeks after an occurrence began nothing of it changes;
//   - an occurrence of a trial counts as recovered only once its update was sent; what is
//     kept async after a trial needs no such word;
//   - to recover is what the report of the same weeks says (recoverable and worth a
//     trial), and what accepted plans took out of calendars, which do not show it any
//     more: so an acceptance does not make it less. Calendars need to show that it is
//     out, but no update need be sent. Both of its figures, that of informing and that
//     of collaborating, are what trials are taken from, so trials may come to more than
//     trial_hours.
//
// Splitting or shortening a meeting is in none of these figures. The four weeks before
// the period are told for comparison.
//
// Of a week are told, with a MinGroup, kinds and steps (suggested only, accepted only,
// recovered) that each concern MinGroup people or more, within them categories that do,
// and within those groups that do. What fewer are concerned with is in others, and
// nowhere else; within a step it is in a row others. Whom it gives nothing back is not
// counted among them. With a Person, all figures are that
// person's alone, and nothing is held back.
//
// Its JSON:
//
//	from, to, zone, people  as in the report
//	person                  with a Person only: whose figures these are
//	recoverable_hours       to recover of informing
//	trial_hours             to recover of collaborating; trials are taken from both
//	declines, trials        suggested_hours, accepted_hours, recovered_hours of each
//	others                  suggested_hours of what is not told otherwise; figures that
//	                        would be 0 are null where something is held back
//	cost                    with a Price only, and no Person: per_hour, currency,
//	                        recoverable, trial, and of declines and trials
//	                        suggested, accepted, recovered; in whole currency
//	before                  the four weeks before: from, to, meeting_hours,
//	                        recoverable_hours, trial_hours, declines, trials, as a
//	                        funnel of these has them; missing where nobody met
//	categories, groups      as asked: category or group, and the four figures
//	weeks                   always: from, to, and the four figures
//	weeks_left_out          as in the report, of what is to recover
//	balance                 asked for only, and with no Person: from, to, meeting_hours,
//	                        written_hours, async_cost_hours of each week; null where
//	                        not shown; missing where no trial is told of
//	connected, known        people whose calendars are read, of those known
//	not_read                of those connected, people whose calendars were not read of
//	                        late: all their connections fail, or none is fresh
//
// # The balance
//
// A balance weighs, week by week, what was met against what was done in writing instead,
// from the first week on in which the update of a trial stood for its meeting, at most 26
// weeks before the period's end:
//
//   - met: the meeting hours of the week, as the report says them;
//   - in writing: the hours that people would have met, by positive evidence: of
//     everything that was recovered in the week, by a decline or a trial, what it gave
//     back and what it cost. So it is their shares as planned, and no estimate;
//   - cost: of these, reading (5 minutes each, as it was when it was suggested) and, of a
//     trial, writing (20 minutes for each occurrence, allotted to its people by what it
//     gives back). In writing less cost is what the funnel says was recovered.
//
// What gives nothing back is in none of it. With a MinGroup, in writing is of the parts
// of the funnel that are told, and the first week is the first of which a part by trials
// is; met is not shown of weeks that are left out.
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
//	cost                    with a Price only, in whole currency: per_hour,
//	                        currency, and what meetings, recoverable and trial
//	                        hours come to. Rows have none
//	categories              always all seven, from the easiest to the hardest to
//	                        do async: category, occurrences, meeting_hours,
//	                        recoverable_hours, trial_hours
//	others                  with a MinGroup only, where cells were folded:
//	                        occurrences, meeting_hours, in no category. With it, or
//	                        weeks left out, figures that would be 0 are null
//	weeks_left_out          with a MinGroup only: from and to of each
//	weeks                   from, to, the same four figures, and categories:
//	                        the meeting hours of each; an occurrence that
//	                        reaches into two weeks is an occurrence of both
//	previous                the period before, of as many days: from, to, people,
//	                        categories and the same four figures, as a report of
//	                        it alone has them. Missing where the two cannot be
//	                        compared (see [Report.Compare])
//	meetings                largest first: title, organizer, category, the same
//	                        four figures, why. A meeting whose occurrences go
//	                        under several titles shows the one with most hours,
//	                        with its category and its why
//	skipped                 what could not be read: file, line (0: none), reason
//
// CSV has the rows of one of categories, meetings or weeks, under the same
// names.
package report
