// Package language says in a person's language what mails and pages both say of
// meetings: days and times, how often, the facts behind a suggestion, the
// categories and the async forms. So a fact reads the same in a mail and on the
// page behind its link.
//
// A language is a file in catalogue/, and a file of the same name for each room
// with texts of its own, read by [Read]: flat keys, each with a text that has
// {places} for values. All languages of a room have the same keys and places.
//
// Texts are plain: whoever puts them into HTML escapes them. What may not live
// here: the texts of mails (package mail) and of pages (package web), and any
// decision about what is said to whom.
package language
