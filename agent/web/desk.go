package web

import (
	"context"
	"errors"
	"time"

	"unmeet/agent/click"
	"unmeet/agent/suggest"
)

// Desk is where the pages behind the links of mails bring what people answer. It
// decides; the pages only show and pass on. A token is the last part of a link as
// it came, of any case, length and origin: the Desk reads it.
//
// All methods return [ErrUnknownLink] for a token that is none, was never given
// out, or is forgotten: nobody can tell which. Other errors are our own failures.
type Desk interface {
	// Look returns what the link's suggestion is at now. It changes nothing. An
	// expired link gives a Slip, too: Ended says so.
	Look(ctx context.Context, token string) (Slip, error)
	// Visit notes that a link was got.
	Visit(ctx context.Context, token string, how Visit) error
	// Answer takes an answer, and returns what the suggestion is at then. The same
	// answer again changes nothing and is no error. It returns [ErrNotKnown] for an
	// answer that a page gave by itself in a browser that isn't known,
	// [ErrNotOffered] for one that isn't taken (any more), [ErrPaused] while unmeet
	// is paused, [ErrUntold] for one that an unknown browser may not give since the
	// person gets no mail; nothing has changed then.
	Answer(ctx context.Context, token string, a Answer) (Slip, error)

	// Known reports whether the cookie is one that a browser of the token's person
	// was given, that is not revoked, and not older than [KnownFor]. A browser that
	// came to be known by pressing a button is known only after the minute in which
	// two answers cancel each other: who presses every button is no person. Before
	// that, its cookie only tells a second thought from an answer of another browser.
	Known(ctx context.Context, token, cookie string) (bool, error)
	// Introduce makes a browser that pressed a button known as the token's person's,
	// and returns the value of its cookie: "" while answers cancel each other, when
	// it stays unknown.
	Introduce(ctx context.Context, token string) (cookie string, err error)
	// Recognize makes a browser known as that of the person with an address, who
	// has proved to be that person.
	Recognize(ctx context.Context, address string) (cookie string, err error)
	// Forget makes the browser with a cookie unknown again. A cookie that none has
	// is no error.
	Forget(ctx context.Context, cookie string) error

	// Reader returns whose mail a link to unsubscribe stands in. Such a link never
	// ends.
	Reader(ctx context.Context, token string) (Reader, error)
	// Unsubscribe ends all mail to the reader, and Resubscribe takes that back.
	// Done before, both change nothing.
	Unsubscribe(ctx context.Context, token string, via Via) error
	Resubscribe(ctx context.Context, token string, via Via) error
}

// What a Desk refuses.
var (
	ErrUnknownLink = errors.New("there is no such link")
	ErrNotKnown    = errors.New("the browser isn't known")
	ErrNotOffered  = errors.New("that answer isn't offered now")
	ErrPaused      = errors.New("unmeet is paused")
	ErrUntold      = errors.New("nobody could tell the person of it")
)

// KnownFor is how long a browser stays known.
const KnownFor = 90 * 24 * time.Hour

// Visit is how a link was got.
type Visit string

// The visits.
const (
	VisitGet     Visit = "get"
	VisitHead    Visit = "head"
	VisitPreview Visit = "preview" // the browser says that it fetches ahead
	VisitByKnown Visit = "known"   // got by a browser that is known
)

// Via is the way by which an answer came, as outcomes keep it.
type Via string

// The ways.
const (
	ViaKnownBrowser Via = "mail-known-browser" // one click: the page answered by itself
	ViaButton       Via = "mail-button"        // somebody pressed a button of a page
	ViaHeader       Via = "header"             // the mail program's own button (RFC 8058)
	ViaAssistant    Via = "assistant-button"   // an assistant pressed a button of a page
	ViaOwnPage      Via = "own-page"           // on a page of the person's own, signed in
)

// Answer is what was answered on a page.
type Answer struct {
	click.Choice
	Category string // with wrong: what the meeting is instead, one of the seven; "" if none was chosen
	Note     string // as the person left it, or click.NoNote; "" for as suggested
	Auto     bool   // the page answered by itself; a browser that isn't known may not
	Gesture  bool   // nothing speaks against a person having pressed a button
	Cookie   string // of the browser; "" for none
}

// Slip is what a page may show behind a link: no more than the mail did.
type Slip struct {
	Link     click.Choice // what the link is for; [click.Other] shows all answers
	Person   string       // address of whom it acts for
	Acting   string       // address of the assistant whose link it is; "" if it is the person's own
	Answerer string       // address of the assistant whose answer stands; "" if it is the person's own
	Language string       // of the person, such as "en"

	// Suggestion is how far it has come: answer, hold, note.
	Suggestion click.Suggestion
	Snapshot   suggest.Snapshot

	Allowed []click.Choice // what would be taken now, the accepting answers first
	Ended   bool           // the link is over: the meeting began, or the trial closed
	Voided  bool           // answers have cancelled each other less than a day ago
	Paused  bool           // unmeet is paused: nothing is taken now
	// Unsubscribed says that the person gets no mail: nobody could tell them of what an
	// unknown browser accepts in their name, so none may.
	Unsubscribed bool

	// Effect is how far the answer that stands has come outside of unmeet, or how one
	// would.
	Effect Effect

	// Trial is what the page is about behind a link in a mail about a trial; else nil.
	Trial *Trial
	// Draft is a mail that an organizer may send about the answer that stands, or how
	// their trial goes on; nil: none.
	Draft *Draft

	// On a page of the person's own: which suggestion it is, and when it was made.
	ID      int64
	Offered time.Time

	Silence time.Duration // how long a refusal keeps unmeet from asking again
	Why     Withdrawal    // of a suggestion that was withdrawn
}

// Withdrawal is why a suggestion was withdrawn.
type Withdrawal string

// OrganizerLeft says that the meeting is of somebody who takes part no more. Other
// reasons mean nothing to whom was asked.
const OrganizerLeft Withdrawal = "organizer left"

// Reader is whom a mail went to.
type Reader struct {
	Person       string // their address
	Language     string
	Unsubscribed bool
	// Assistant is who answers for the person, where the link is about that and not
	// about mail to them; else "". Alone says that they do not any more.
	Assistant string
	Alone     bool
	Acting    bool // the link is the assistant's, not the person's
}
