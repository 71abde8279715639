// Package datasheet says what unmeet keeps, of whom, for how long and who sees it,
// which permissions it asks for, which mails it sends, and whom it speaks to, for a
// data protection officer and a works council: [New] is the sheet of an organization,
// its methods write it as Markdown and as a page.
//
// What it says stands in one place: [Tables] for the database, [Scopes], [Mails],
// [Hosts] and [Files] for the rest. Tests hold these equal to the schema, to the
// permissions that the commands ask for, to the kinds of mails and to the services
// that are dialed; whoever adds one of those adds a line here.
//
// Reading a database or a configuration may not live here: the sheet of a program
// is the same before anything was read.
package datasheet
