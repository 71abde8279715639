// Package mail writes the mails of unmeet and sees them off.
//
// Writing is pure: [Compose] makes of a [Letter] the bytes of a whole message, the
// same bytes each time for the same letter, Message-ID and date. What a mail says
// stands in catalogue/, one file a language, and what it looks like in letters/. A
// language is such a file, beside the one in agent/language for what pages say, too.
//
// [Writer] composes in the name of the organization, signs (DKIM) and hands over a
// [store.NewMail], which is queued together with what it is about. The bytes are
// frozen from then on: [Outbox] takes them from the store and gives them to the
// mail server as they are, however often it takes.
//
// Two kinds are not to the person alone: an answer to an invitation in the person's
// name ([ComposeReply]), and drafts, which people send themselves.
//
// All foreign words are cleaned and cut here, since this is where they leave the
// house: titles, names, quotes.
//
// What may not live here: whom to write to, and about what (suggest, and package
// agent), SQL (store), and what an answer does (click).
package mail
