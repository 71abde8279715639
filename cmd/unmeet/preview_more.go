package main

import (
	"time"

	"unmeet/agent/mail"
	"unmeet/agent/suggest"
	"unmeet/agent/token"
	"unmeet/agent/trial"
	"unmeet/calendars"
	"unmeet/calendars/ics"
)

// sampleLink is a link that looks like those of mails, and leads nowhere.
func sampleLink(l mail.Letter) string { return token.Link(l.Sender.PublicURL, token.New()) }

// sampleResults adds what comes of an answer, of which a receipt tells, where it is not
// simply entered: the meeting was moved before, or nothing can be written and the answer
// goes to its organizer as a file.
func sampleResults(receipt mail.Letter, add func(name string, at time.Time, l mail.Letter)) error {
	shot, at := receipt.Items[0].Snapshot, receipt.Answer.At.Add(2*time.Minute)
	l := receipt
	l.Kind, l.Draft, l.Answer.Way = mail.Result, mail.Draft{}, ""
	l.Items = []mail.Item{{Snapshot: shot, Links: mail.Links{Other: receipt.Items[0].Links.Other}}}
	l.Result = mail.CameMoved
	add("decline-moved", at, l)
	organizer := calendars.Party{Address: shot.Organizer.Address, Name: shot.Organizer.Name}
	file, err := ics.Reply(calendars.Intent{
		Verb: calendars.Respond, Owner: receipt.To.Address, Response: calendars.Declined, Note: shot.Note,
		Ref: calendars.Ref{UID: shot.UID, Organizer: organizer.Address, Instance: shot.Instance},
	}, calendars.Copy{UID: shot.UID, Instance: shot.Instance, Title: shot.Title, Organizer: organizer, Start: shot.Start, End: shot.End}, at)
	if err != nil {
		return err
	}
	l.Result, l.File = mail.CameFile, file
	add("decline-file", at, l)
	return nil
}

// sampleTrial adds the mails of a trial, of whose beginning a receipt tells: those about
// its first occurrence, and those after its last. Guests are addresses.
func sampleTrial(receipt mail.Letter, guests []string, add func(name string, at time.Time, l mail.Letter)) error {
	shot := receipt.Items[0].Snapshot
	all := shot.Occurrences
	opens, last := all[0], all[len(all)-1]
	zone, err := time.LoadLocation(shot.Zone)
	if err != nil {
		return err
	}
	hours, err := suggest.ParseHours(sampleHours)
	if err != nil {
		return err
	}
	link := func() string { return sampleLink(receipt) }
	write := func(kind mail.Kind, of suggest.Time, at time.Time, change func(*mail.Trial)) {
		l := mail.Letter{
			Kind: kind, To: receipt.To, Language: receipt.Language, Items: []mail.Item{{Snapshot: shot}}, Unsubscribe: receipt.Unsubscribe,
			Trial: mail.Trial{Start: of.Start, End: of.End, Times: len(all), Sent: len(all), Asked: true},
		}
		if kind == mail.TrialGuests && len(guests) > 0 {
			l.To = mail.Address{Address: guests[0]}
		}
		change(&l.Trial)
		add("trial-"+string(kind), at, l)
	}
	ahead := func(t *mail.Trial) {
		for _, o := range all[1:] {
			t.Ahead = append(t.Ahead, o.Start)
		}
		if len(t.Ahead) > 0 {
			t.Next, t.Brings, t.Links.Restore = t.Ahead[0], true, link()
		}
	}
	replyBy := trial.Week{Hours: hours}.ReplyBy(opens.Start.In(zone), suggest.ReplyWithin)
	write(mail.TrialDraft, opens, opens.Start, func(t *mail.Trial) {
		ahead(t)
		t.Links.Sent = link()
		t.Draft = mail.ProposeUpdate(receipt.Language, shot, mail.Update{Start: opens.Start, ReplyBy: replyBy, To: guests})
	})
	write(mail.TrialQuestion, opens, opens.Start.Add(trial.AskAfter), func(t *mail.Trial) {
		ahead(t)
		t.Links.Sent, t.Links.Meet = link(), link()
	})
	guestsAt := last.Start.Add(trial.Grace)
	endAt := guestsAt.Add(trial.GuestsFor)
	write(mail.TrialGuests, last, guestsAt, func(t *mail.Trial) {
		t.Until = endAt
		t.Links = mail.TrialLinks{No: link(), Bit: link(), Back: link()}
	})
	write(mail.TrialEnded, last, endAt, func(t *mail.Trial) {
		t.Until = endAt.Add(trial.EndsFor)
		t.Links = mail.TrialLinks{Convert: link(), Restore: link()}
		if said := (mail.Sums{No: 4, Bit: 2, Back: 1}); len(guests) >= said.No+said.Bit+said.Back {
			t.Sums = &said
		}
	})
	return nil
}
