package datasheet

// Scopes are the permissions that are asked for at Google and at the organization's
// own sign-in.
var Scopes = []Scope{
	{"openid", "of everybody who connects or signs in", "to know whose account it is"},
	{"email", "of everybody who connects or signs in", "to know their address, and that it is one of {organization}"},
	{"https://www.googleapis.com/auth/calendar.events.owned.readonly", "of everybody who connects a Google calendar, or of an administrator under delegation", "to read the events of the calendars that a person owns. Nothing can be changed with it"},
	{"https://www.googleapis.com/auth/calendar.events", "of a person, the first time that they accept something", "to enter their answer, and to call off, shorten or end their own meetings. Whoever refuses goes on by hand"},
	{"https://www.googleapis.com/auth/admin.directory.group.member.readonly", "of an administrator, under delegation to groups alone", "to see who is in the groups whose members agreed"},
}

// Mails are the kinds of mails.
var Mails = []Mail{
	{"digest", "people who take part in a group that suggests, or their assistant", "One to three suggestions, at most once a week, within working hours"},
	{"receipt", "who answered, or for whom an assistant did", "That an answer was given, with a link to take it back"},
	{"result", "who answered", "That an answer could not simply be entered in the calendar, if need be with a file to send on"},
	{"reply", "a meeting's organizer, in the person's name", "An answer to the invitation, where the calendar cannot be written to; only if [mail] send_as_attendees is on"},
	{"trouble", "whose calendar it is", "That a calendar cannot be read until its person acts"},
	{"announcement", "nobody: a draft for whoever runs unmeet", "To tell people of it beforehand"},
	{"draft", "the organizer of a trial", "The headings of the update that takes the meeting's place"},
	{"question", "the organizer of a trial", "Whether the update was sent, or the meeting shall take place next time"},
	{"misses", "the organizer of a trial", "Whether the rest shall be brought back, after updates were not sent"},
	{"guests", "guests of a trial who take part", "Whether they miss the meeting"},
	{"ended", "the organizer of a trial", "How it shall go on, with sums of what guests said, if enough did"},
	{"noted", "the organizer of a trial", "That an answer was given in their name"},
}

// Hosts are whom unmeet speaks to; only those that are set up.
var Hosts = []Host{
	{"google", "Google: accounts.google.com, oauth2.googleapis.com, www.googleapis.com; under delegation also admin.googleapis.com, iamcredentials.googleapis.com and the machine's own identity service", "Permissions, events, and answers that people gave"},
	{"caldav", "the CalDAV server that a person named", "Events, and answers that people gave"},
	{"feed", "the address at which a person publishes a calendar", "Reading events"},
	{"mail", "{organization}'s own mail server", "The mails of the list above"},
	{"sign-in", "{organization}'s own sign-in (OpenID Connect)", "Asking for a person's address"},
	{"checkup", "the same, and unmeet's own pages, when whoever runs unmeet asks whether all is well", "Whether they answer; no data"},
}

// Files are what lies beside the database, or nowhere.
var Files = []File{
	{"unmeet.key: the key that seals permissions and passwords", "until it is changed (unmeet key rotate); never in a backup of the database"},
	{"unmeet.toml: the configuration, which names groups, assistants and administrators", "as long as you keep it"},
	{"The log: what the daemon does, by numbers of connections and requests. It names no person and no meeting, at any level", "as long as your system keeps logs"},
	{"Figures for Prometheus, if they are served: counts and durations alone", "as long as your Prometheus keeps them"},
	{"Cookies in browsers: one while somebody connects, one by which a browser is known as theirs", "an hour; 90 days"},
	{"Backups: copies of the database, encrypted if asked for", "as long as you keep them. A restored one forgets again whoever was forgotten since, if the old database can still be read"},
	{"Addresses of machines (IP)", "in memory while the daemon runs, to hold back floods of requests; never written down"},
}
