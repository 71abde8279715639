// Package secret keeps what nobody may read from the database: it seals refresh
// tokens and the like with a key that lives in a file of its own.
//
// It is a room of the agent because the agent is who uses what is sealed: to the
// store it is bytes and the id of a key, and the store could not open them if it
// wanted. The cipher is AES-256-GCM with random nonces under a key that HKDF
// derives from the file's for each purpose; what is sealed can be opened for the
// same connection and purpose alone.
//
// What may not live here: SQL, protocols, and where the key file is (cmd/unmeet).
package secret
