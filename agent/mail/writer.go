package mail

import (
	"time"

	"unmeet/agent/token"
	"unmeet/store"
)

// Writer writes letters in the name of the organization.
type Writer struct {
	Sender  Sender
	Signer  *Signer // nil: mails are not signed here
	Bounces string  // bare address that failures are told to; "" is the sender's
}

// NewMessageID returns a Message-ID, without brackets, that no other mail has.
func (w Writer) NewMessageID() string {
	return token.New() + "@" + domainOf(w.Sender.From.Address)
}

// Write composes and signs a letter for the outbox. From then on its bytes do not
// change any more. The id is its Message-ID, "" for a new one; whose language,
// zone and mail it is, the letter says; person is their address in the store. It
// is sent from next on, and not after deadline. Errors as of [Compose].
func (w Writer) Write(l Letter, id, person string, now, next, deadline time.Time) (store.NewMail, error) {
	if id == "" {
		id = w.NewMessageID()
	}
	l.Sender = w.Sender
	message, err := Compose(l, id, now)
	if err == nil && w.Signer != nil {
		message, err = w.Signer.Sign(message, now)
	}
	if err != nil {
		return store.NewMail{}, err
	}
	from := w.Bounces
	if from == "" {
		from = w.Sender.From.Address
	}
	return store.NewMail{
		MessageID: id, Person: person, Kind: string(l.Kind), From: from, To: l.To.Address,
		MIME: message, Next: next, Deadline: deadline,
	}, nil
}
