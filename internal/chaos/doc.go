// Package chaos stands between a program and the servers that it talks to, and makes
// trouble: connections that are slow, that hang, that are cut, and whose bytes are
// garbled on the way; and answers that no server behind a sound proxy would give.
//
// Only tests may import this package. It knows nothing of calendars or mail.
package chaos
