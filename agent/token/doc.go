// Package token makes and reads the secret part of the links in mails: 128 random
// bits as 26 letters and digits. What a link is for stands in the database under
// the token's hash, never in the link, and the token itself nowhere but in the mail.
package token
