// Package store is the database: its schema and migrations, the copies of
// events that sources pulled, and what is derived from them: meetings,
// occurrences and attendances, with every person's share of time.
//
// It also holds people's connections, when each is to be synced next and who does
// it at the moment ([DB.TakeDue]); secrets are bytes here that nobody can open.
//
// What was suggested to people, what they answered and what came of it is kept
// here, too, and cannot be read again from anywhere: it points into nothing that
// is derived, and outlives it. [DB.Offer] and [DB.Decide] are the ways in, one
// transaction each. Outcomes are added, never changed; of who leaves, only numbers
// stay ([DB.Leave]).
//
// It holds the outbox: mails as they are sent, byte for byte, until they are
// sent or there is no reason left to ([DB.TakeMail]). And it holds what is to be done
// in people's calendars, each action with a key that no two share, until it is done or
// is not to be done any more ([DB.TakeActions]).
//
// It keeps a log of what operators did ([DB.BeginAudit]), lets go of what is old
// ([DB.Retain]), tells a person all that is kept of them ([DB.Export]), and forgets
// whom nothing is to be known of ([DB.Erase]): what comes in with their addresses
// later is kept without them.
//
// [Backup] copies a database in use, [Examine] tells a damaged one, and [DB.Restore]
// makes one safe that is older than what was done since.
//
// [DB.Apply] is the one way in for calendar data and runs in one transaction;
// the other methods are queries that say in their names what they answer. Each
// query sees the newest state: whoever needs several to agree, or a verdict on
// everything, judges what an Apply has touched first, and asks again where
// another Apply came in between. SQL lives here and nowhere else, written so that PostgreSQL would understand it.
// What may not live here: judging (package rules), fetching (calendars/...),
// deciding (agent), or rendering. The arithmetic of hours is pure and has a
// room of its own, store/hours.
package store
