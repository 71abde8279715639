// Package mailtest is a mail server for tests: it listens on a real socket,
// speaks SMTP with STARTTLS or TLS under a certificate of its own authority, asks
// for a user where it is told to, and misbehaves as a test scripts it. It keeps
// what it took, byte for byte.
//
// What may not live here: anything that a daemon needs.
package mailtest
