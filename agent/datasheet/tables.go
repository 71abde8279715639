package datasheet

// Words that many tables share.
const (
	byKeepDays   = "{keep}; sooner if its person is disconnected or forgotten"
	withEvent    = "until the event lies {keep} back, or leaves the calendar; sooner if the calendar is disconnected or its person forgotten"
	withSuggest  = "{keep} after the last of it; what names the person and the meeting goes as soon as they leave"
	seenByPerson = "the person, in their export; nobody else, but in sums of at least {group} people"
	seenByNobody = "nobody: it is for the program's own work"
	fromCalendar = "calendars that people connected"
	fromWork     = "unmeet's own work"
)

// Tables are all tables of the database, each with all of its columns.
var Tables = []Table{
	{
		Name: "meta", What: "Facts about the organization and the program, not about people.", From: "the configuration, and " + fromWork,
		Kept: "as long as the database", Seen: "whoever runs unmeet, in part",
		Fields: []Field{
			{"name", "What it is: the organization, from when on things are kept, whether and why mails are paused, whether the mail server is away, when a backup was made, the key of the hashes in forgotten"},
			{"value", "What it says"},
		},
	},
	{
		Name: "person", What: "Everybody that a connected calendar names, and whether they take part.", From: fromCalendar + ", and the person's own settings",
		Kept: "as long as anything else names them; the address is erased by unmeet forget", Seen: "the person; whoever runs unmeet sees who takes part, and since when mails do not reach them",
		Fields: []Field{
			{"id", "Number in a person's stead"}, {"email", "Address; nothing once they are forgotten"}, {"zone", "Time zone of their calendar"},
			{"state", "Seen in guest lists only, enrolled, out, or erased"}, {"language", "Of their mails"}, {"rhythm", "How often they are asked: weekly, fortnightly, not at all"},
			{"unsubscribed", "When they ended all mail"}, {"subscribed", "When they took that back"}, {"turn_at", "When to think next of what to ask them"},
			{"alone_at", "Since when they want nobody to answer for them"},
		},
	},
	{
		Name: "address", What: "Addresses that one person has.", From: fromCalendar, Kept: "as long as the person", Seen: seenByPerson,
		Fields: []Field{{"addr", "The address"}, {"person_id", "Whose"}},
	},
	{
		Name: "alias", What: "Under which addresses a calendar says that it knows its owner.", From: fromCalendar, Kept: "as long as the calendar is connected", Seen: seenByPerson,
		Fields: []Field{{"addr", "The address"}, {"connection_id", "Which calendar"}},
	},
	{
		Name: "connection", What: "A person's way in to their calendar.", From: "the person, when they connect; an administrator under delegation",
		Kept: "until unmeet disconnect or the person's own word erases account, secret and permissions; that somebody was disconnected stays, so that no list connects them again",
		Seen: "whoever runs unmeet: whose, since when, and what ails it, but no secret; the person",
		Fields: []Field{
			{"id", "Number, by which logs name it"}, {"kind", "Google, CalDAV, a published address, a file"}, {"owner", "Address of its person"},
			{"account", "The name that the other side never changes"}, {"via", "How it was given: by the person, by delegation"}, {"via_group", "The directory's group by which somebody is read for"},
			{"secret", "Permission, password or address of a feed, encrypted with a key that is not in the database"}, {"secret_key", "Which key that was"},
			{"scopes", "What was permitted"}, {"state", "Connected, failing, paused, stopped, disconnected"}, {"why", "What ails it"}, {"hint", "What to do about it"},
			{"since_s", "When it came into that state"}, {"next_at", "When it is read next"}, {"lease_by", "Which process reads it now"}, {"lease_until", "Until when that one may"},
			{"failures", "How often reading failed in a row"}, {"last_ok", "When it last went well"},
		},
	},
	{
		Name: "collection", What: "One calendar of a connection.", From: fromCalendar, Kept: "as long as it is connected", Seen: seenByPerson,
		Fields: []Field{
			{"id", "Number"}, {"connection_id", "Of which connection"}, {"remote", "Its name on the other side"}, {"cursor", "How far it was read"},
			{"span_from", "Read from"}, {"span_to", "Read to"}, {"read_ms", "When it last was as it is kept"},
		},
	},
	{
		Name: "copy", What: "What one calendar says of one event. Private and confidential events are kept without their words.", From: fromCalendar,
		Kept: withEvent, Seen: seenByPerson,
		Fields: []Field{
			{"collection_id", "Of which calendar"}, {"remote", "Its name there"}, {"uid", "Number of the event across calendars"}, {"organizer", "Address"}, {"instance", "Which of a series"},
			{"etag", "Version, as the calendar counts"}, {"sequence", "Version, as the organizer counts"}, {"modified_s", "When it was changed last"},
			{"title", "Title"}, {"body", "Description, kept {descriptions}"}, {"body_hash", "Fingerprint of the description, to see changes"}, {"whole", "Whether body is all of it"},
			{"location", "Place"}, {"private", "Whether it is private or confidential"}, {"busy", "Whether it takes time"}, {"status", "Confirmed, tentative, cancelled"},
			{"start_s", "Begin"}, {"end_s", "End"}, {"all_day", "Whether it is of whole days"}, {"zone", "Time zone"}, {"rrule", "Rule of repeating"}, {"spans", "When the series takes place"},
			{"heads_known", "Whether its guests are told"}, {"people_json", "Organizer and guests: names, addresses, answers"}, {"type", "Whether it is an absence, focus time or a place of work"},
			{"ended", "Whether it has left the calendar, and is kept for its past"}, {"hash", "Fingerprint of the whole"}, {"since_ms", "When these times were first seen"}, {"split_from", "Which series it was split off"},
		},
	},
	{
		Name: "withdrawn", What: "Meetings that their organizer's calendar holds no more.", From: fromCalendar, Kept: withEvent, Seen: seenByNobody,
		Fields: []Field{{"uid", "Number of the event"}, {"organizer", "Address"}, {"collection_id", "Of which calendar"}, {"at_ms", "When that was first seen"}},
	},
	{
		Name: "lineage", What: "Which meetings are one over time, split or moved: numbers alone.", From: fromWork, Kept: "as long as the meeting", Seen: seenByNobody,
		Fields: []Field{{"id", "Number"}},
	},
	{
		Name: "meeting", What: "A meeting across all calendars that hold it.", From: fromCalendar, Kept: withEvent, Seen: seenByPerson,
		Fields: []Field{{"id", "Number"}, {"uid", "Number of the event"}, {"organizer", "Address"}, {"lineage_id", "Of which lineage"}, {"news_ms", "When something new was last seen of it"}},
	},
	{
		Name: "subject", What: "What a meeting is judged by.", From: fromCalendar, Kept: withEvent, Seen: seenByPerson,
		Fields: []Field{
			{"meeting_id", "Of which meeting"}, {"hash", "Fingerprint"}, {"title", "Title"}, {"body", "Description, kept {descriptions}"}, {"body_hash", "Fingerprint of the description"},
			{"whole", "Whether body is all of it"}, {"private", "Whether it is private: then it has no words"}, {"minutes", "Length"}, {"rrule", "Rule of repeating"},
			{"heads", "Number of people invited"}, {"heads_known", "Whether that is known"}, {"external", "How many of them are from outside"}, {"optional", "How many are optional"},
			{"accepted", "How many accepted"}, {"declined", "How many declined"}, {"unanswered", "How many did not answer"}, {"guests_json", "Names and addresses of the guests, to know them in the title"},
		},
	},
	{
		Name: "occurrence", What: "A meeting at one time.", From: fromCalendar, Kept: "{keep} and a week; sooner if its calendars are disconnected", Seen: "sums of at least {group} people; the person",
		Fields: []Field{
			{"id", "Number"}, {"meeting_id", "Of which meeting"}, {"instance", "Which of the series"}, {"start_s", "Begin"}, {"end_s", "End"}, {"all_day", "Whether it is of whole days"},
			{"state", "Confirmed, tentative, cancelled"}, {"subject_hash", "What it is judged by"}, {"heads", "Number of people invited"}, {"heads_known", "Whether that is known"},
			{"counts", "Whether it counts as a meeting"}, {"people", "How many of {organization} attend"}, {"gross_s", "Seconds it takes them, together"},
		},
	},
	{
		Name: "attendance", What: "One person at one occurrence.", From: fromCalendar, Kept: "{keep} and a week; sooner if the calendars that tell of it are disconnected", Seen: "sums of at least {group} people; the person",
		Fields: []Field{
			{"occurrence_id", "Of which occurrence"}, {"person_id", "Who; once they are forgotten, a number that leads nowhere"}, {"response", "Their answer to the invitation"}, {"source", "Whose calendar says so"},
			{"busy", "Whether it takes their time"}, {"optional", "Whether they are optional"}, {"share_s", "Seconds counted for them"}, {"start_s", "Begin"},
		},
	},
	{
		Name: "verdict", What: "What the rules say of a meeting: which of seven kinds, how sure, and why.", From: fromWork, Kept: "until the last meeting it is of goes", Seen: "whoever is asked about the meeting; sums",
		Fields: []Field{
			{"subject_hash", "Of what"}, {"rules_hash", "By which rules"}, {"category", "Kind of meeting"}, {"verdict", "How sure, and the phrases that mattered"}, {"words", "Fingerprint of the words judged"},
		},
	},
	{
		Name: "pending", What: "Attempts to connect that are under way.", From: "the person's browser", Kept: "ten minutes; erased by the next attempt, or within a day", Seen: seenByNobody,
		Fields: []Field{{"state_hash", "Fingerprint of what the browser carries"}, {"sealed", "What must be known when it comes back, encrypted"}, {"expires_s", "Until when"}},
	},
	{
		Name: "suggestion", What: "What one person was asked, and answered.", From: fromWork + ", and the person's clicks", Kept: withSuggest, Seen: seenByPerson + "; whoever answers for them, if somebody is named",
		Fields: []Field{
			{"id", "Number"}, {"person_id", "Who; nothing once they left"}, {"mail_id", "With which mail"}, {"offered_at", "When"}, {"uid", "Which event"}, {"organizer", "Its organizer"}, {"instance", "Which of the series"},
			{"kind", "Decline, trial, split or shorten"}, {"recurring", "Whether it repeats"}, {"minutes", "That it would give back"}, {"category", "What the meeting was classified as"}, {"starts_s", "When it begins"},
			{"expires_s", "Until when it can be answered"}, {"closes_s", "Until when the answer can be undone"}, {"subject_hash", "What was judged"}, {"rules_hash", "By which rules"},
			{"snapshot", "What the mail showed: title, time, reasons"}, {"state", "Offered, held, accepted, kept, expired, withdrawn"}, {"why", "Why it was withdrawn"},
			{"choice", "The answer"}, {"scope", "For this once, or from then on"}, {"note", "Their note to the organizer"}, {"visitor", "Fingerprint of the browser that answered"}, {"known", "Whether that was known as theirs"},
			{"pressed_at", "When they answered"}, {"commit_at", "When the hold was over"}, {"epoch", "Number of the answer"}, {"wrong", "Whether they called the classification wrong"}, {"said", "What they said it is"},
			{"never", "Whether they never want to be asked about it"}, {"stray_verb", "Last answer from an unknown browser"}, {"stray_scope", "Its scope"}, {"stray_at", "When"},
			{"stood", "What stood before such answers"}, {"voided_at", "When two of them cancelled each other"}, {"next_at", "When time changes it"}, {"write_s", "What writing the update costs, as shown"},
			{"read_s", "What reading it costs, as shown"}, {"acting", "Address of the assistant who answered, if one did; the person's own where they took that back"},
		},
	},
	{
		Name: "suggestion_rule", What: "Which rules spoke for a suggestion.", From: fromWork, Kept: withSuggest, Seen: "sums of at least {group} people",
		Fields: []Field{{"suggestion_id", "Which suggestion"}, {"rule", "Name of the rule"}},
	},
	{
		Name: "token", What: "What links in mails stand for. Of the secret in a link only a fingerprint is kept.", From: fromWork, Kept: "{keep} after the link expired; those that end all mail hold for good, unless their person is forgotten", Seen: seenByPerson,
		Fields: []Field{
			{"hash", "Fingerprint of the link"}, {"mail_id", "In which mail"}, {"suggestion_id", "About which suggestion"}, {"person_id", "Whose"}, {"verb", "What it does"}, {"epoch", "Which answer a receipt tells of"},
			{"expires_s", "Until when it works"}, {"trial_id", "About which trial"}, {"ordinal", "About which of its occurrences"}, {"acting", "Address of the assistant whom the mail went to"},
		},
	},
	{
		Name: "visit", What: "That a link was opened or pressed. No address of a machine, and no name of a browser.", From: "the browser or program that did", Kept: byKeepDays, Seen: seenByPerson,
		Fields: []Field{{"token_hash", "Which link"}, {"at", "When"}, {"how", "Looked at or pressed"}},
	},
	{
		Name: "browser", What: "Browsers that are known as a person's, by the fingerprint of a cookie.", From: "the person's answers", Kept: "90 days", Seen: seenByPerson,
		Fields: []Field{
			{"hash", "Fingerprint of the cookie"}, {"person_id", "Whose"}, {"suggestion_id", "By which answer it became known"}, {"since_s", "Since when"}, {"from_s", "From when it counts"}, {"until_s", "Until when"},
		},
	},
	{
		Name: "silence", What: "What somebody, or nobody, is asked about.", From: "the person's answers", Kept: "until it is over; for good where the person said never, without their name once they left", Seen: seenByPerson,
		Fields: []Field{
			{"id", "Number"}, {"suggestion_id", "Whose answer it is"}, {"person_id", "Who is not asked; nothing: nobody is"}, {"uid", "Which meeting; nothing: all of the organizer's"}, {"organizer", "Its organizer"},
			{"from_s", "From when"}, {"until_s", "Until when"}, {"why", "Why"},
		},
	},
	{
		Name: "outcome", What: "What came of suggestions, for counting. Rows are added and never changed; once a person leaves, they tell nobody's.", From: fromWork, Kept: "{keep}, and on until all weeks that are told together have passed that", Seen: "sums of at least {group} people; the person",
		Fields: []Field{
			{"id", "Number"}, {"at", "When"}, {"suggestion_id", "Of which suggestion"}, {"person_id", "Who; nothing once they left"}, {"counts_as", "A random key in place of who left, so that sums still count one"},
			{"outcome", "Suggested, pressed, accepted, kept and so on"}, {"kind", "Of suggestion"}, {"minutes", "That it would give back"}, {"via", "How the answer came"}, {"rules_hash", "By which rules"},
			{"detail", "Kind of meeting, rules, time, answer and what the person called it; no name and no title"},
		},
	},
	{
		Name: "mail", What: "Mails on their way out.", From: fromWork, Kept: "words until it was sent or dropped; that there was one, {keep}", Seen: "the person; whoever runs unmeet sees whether mails arrive",
		Fields: []Field{
			{"id", "Number"}, {"message_id", "Its name in mail"}, {"person", "Address of whom it is about"}, {"kind", "Kind of mail"}, {"sender", "Sent from"}, {"recipient", "Sent to"},
			{"mime", "The mail itself, erased once it was sent or dropped"}, {"hash", "Fingerprint of it"}, {"state", "Waiting, sent, dropped, refused for good"}, {"why", "Why"}, {"tries", "How often it was tried"},
			{"unsure", "How often there was no answer"}, {"queued_at", "When it was written"}, {"ended_at", "When it was sent or dropped"}, {"next_at", "When it is tried next"}, {"deadline_s", "Until when"},
			{"lease_by", "Which process sends it now"}, {"lease_until", "Until when that one may"},
		},
	},
	{
		Name: "suppressed", What: "Addresses that the mail server does not know. Nothing is sent there.", From: "the mail server", Kept: "until somebody says that the address is right, or its person is forgotten", Seen: "whoever runs unmeet; the person",
		Fields: []Field{{"address", "Address"}, {"why", "What the server said"}, {"at", "Since when"}},
	},
	{
		Name: "look", What: "Who looked at what is one person's own, and why.", From: "whoever runs unmeet", Kept: "{keep}", Seen: "the person, in their export",
		Fields: []Field{{"id", "Number"}, {"at", "When"}, {"person_id", "At whose; nothing once they left"}, {"by_whom", "Who looked"}, {"what", "At what"}, {"why", "The reason that they gave"}},
	},
	{
		Name: "action", What: "What is to be done in people's calendars, and what came of it. No words of a meeting.", From: "the person's answers", Kept: withSuggest, Seen: "the person; whoever runs unmeet sees what could not be done, and why",
		Fields: []Field{
			{"id", "Number"}, {"key", "Which answer it carries out"}, {"suggestion_id", "Of which suggestion"}, {"epoch", "Of which answer"}, {"undoes", "What it takes back"}, {"instance", "Which of the series"}, {"verb", "What is done"},
			{"intent", "How: answer, times, rule of repeating, and the note that the person gave"}, {"receipt", "What stood there before, for undoing it"}, {"state", "How far it is"}, {"needs", "What it waits for"},
			{"overtaken", "How the world was faster"}, {"why", "Why it failed or waits"}, {"hint", "What to do about it"}, {"tries", "How often it was tried"}, {"made_at", "When it was written down"},
			{"ended_at", "When it ended"}, {"next_at", "When it is tried next"}, {"until_s", "Until when"}, {"lease_by", "Which process does it now"}, {"lease_until", "Until when that one may"},
		},
	},
	{
		Name: "attempt", What: "When calendars were written to, so that no more is done in an hour than is allowed.", From: fromWork, Kept: withSuggest, Seen: seenByNobody,
		Fields: []Field{{"action_id", "Which action"}, {"at", "When"}},
	},
	{
		Name: "glance", What: "What the calendar said while an answer was held.", From: fromCalendar, Kept: withSuggest, Seen: seenByPerson,
		Fields: []Field{
			{"suggestion_id", "Of which suggestion"}, {"epoch", "Of which answer"}, {"at", "When unmeet looked"}, {"response", "What the person had answered"}, {"start_s", "When the meeting was to begin"}, {"next_at", "When to look"},
		},
	},
	{
		Name: "dated", What: "Series that were declined for somebody from one occurrence on.", From: "the person's answers", Kept: "as long as the meeting is known", Seen: seenByPerson,
		Fields: []Field{{"person", "Address"}, {"uid", "Which event"}, {"organizer", "Its organizer"}, {"from_s", "From when"}, {"was", "Their answer before"}},
	},
	{
		Name: "plan", What: "What suggestions would give back, occurrence by occurrence, and what calendars came to show of it.", From: fromWork + ", and " + fromCalendar, Kept: withSuggest, Seen: "sums of at least {group} people; the person",
		Fields: []Field{
			{"id", "Number"}, {"suggestion_id", "Of which suggestion"}, {"epoch", "Of which answer"}, {"person_id", "Whose time; nothing once they left"}, {"counts_as", "A random key in place of who left"},
			{"same", "Which rows are about the same time of one person"}, {"kind", "Decline or trial"}, {"category", "What the meeting was classified as"}, {"uid", "Which event; nothing once they left"}, {"organizer", "Its organizer, likewise"},
			{"instance", "Which of the series, likewise"}, {"start_s", "Begin"}, {"end_s", "End"}, {"net_s", "Seconds given back"}, {"known", "Whether calendars have shown it"}, {"unsent", "Whether its update was not sent yet"},
			{"state", "Suggested, planned, freed, met again"}, {"why", "How it was freed"}, {"seen_at", "When that was first seen"}, {"replaced_s", "In which week another came in its stead"},
		},
	},
	{
		Name: "plan_week", What: "How often a meeting was to take place in a week, to see whether it was met after all.", From: fromCalendar, Kept: withSuggest, Seen: seenByNobody,
		Fields: []Field{
			{"suggestion_id", "Of which suggestion"}, {"epoch", "Of which answer"}, {"person_id", "Whose"}, {"from_s", "From"}, {"to_s", "To"}, {"expected", "How often"},
		},
	},
	{
		Name: "trial", What: "An organizer's trial of doing a meeting in writing.", From: "the organizer's answers", Kept: withSuggest, Seen: "the organizer",
		Fields: []Field{
			{"id", "Number"}, {"suggestion_id", "Of which suggestion"}, {"epoch", "Of which answer"}, {"state", "How far it is"}, {"machine", "Which occurrences, and which updates were sent"},
			{"headings", "Headings of the drafts, as the agenda has them, until the trial is over"}, {"next_at", "When time changes it"},
		},
	},
	{
		Name: "trial_guest", What: "Guests who are asked after a trial, and what they said.", From: "the guests' answers", Kept: withSuggest, Seen: "the guest; the organizer sees sums alone, if enough answered",
		Fields: []Field{{"id", "Number"}, {"trial_id", "Of which trial"}, {"person_id", "Who; nothing once they left"}, {"answer", "Whether they miss the meeting"}},
	},
	{
		Name: "audit", What: "Who ran which command that changes something, or shows what is people's own.", From: "whoever runs unmeet", Kept: "{keep}", Seen: "whoever runs unmeet; those whom it names, in their export",
		Fields: []Field{
			{"id", "Number"}, {"at", "When"}, {"by_whom", "Who, as the system knows them"}, {"command", "Which"}, {"words", "With what, without secrets"}, {"why", "The reason that they gave"},
			{"outcome", "What came of it"}, {"ended_at", "When it was over"},
		},
	},
	{
		Name: "audit_about", What: "The people whom such a command named.", From: "whoever runs unmeet", Kept: "{keep}; the address is blanked once they are forgotten", Seen: "whoever runs unmeet; those whom it names",
		Fields: []Field{{"audit_id", "Which command"}, {"ordinal", "In which place"}, {"address", "Address"}},
	},
	{
		Name: "forgotten", What: "That somebody is forgotten, so that other people's calendars do not bring them back.", From: "unmeet forget", Kept: "for good", Seen: seenByNobody,
		Fields: []Field{{"hash", "Keyed fingerprint of an address"}, {"at", "Since when"}},
	},
}
