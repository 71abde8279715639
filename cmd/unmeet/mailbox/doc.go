// Package mailbox is where the mails of `unmeet demo` lie: a mail server that
// takes whatever it is sent on this machine, and pages to read that as in a mail
// program, with a button that lets the demo's clock go on.
//
// It knows nothing of suggestions: it is handed mails and a few figures, and shows
// them. What may not live here: anything that a daemon needs.
package mailbox
