package store

import (
	"testing"
	"time"
)

func TestBacklog(t *testing.T) {
	db := openFile(t)
	for _, who := range []string{"ann@acme.example", "bob@acme.example"} {
		if _, err := db.Connect(t.Context(), noon, NewConnection{Kind: "google", Owner: who, Via: ByDelegation, Remotes: []string{"primary"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Stop(t.Context(), noon, "google", "bob@acme.example", Trouble{Why: "left"}); err != nil {
		t.Fatal(err)
	}
	mail := NewMail{
		MessageID: "1@acme.example", Person: "ann@acme.example", Kind: "digest", From: "unmeet@acme.example", To: "ann@acme.example",
		MIME: []byte("Subject: x\r\n\r\nx\r\n"), Next: noon.Add(time.Hour), Deadline: noon.Add(9 * time.Hour),
	}
	if _, err := db.QueueMail(t.Context(), noon, mail); err != nil {
		t.Fatal(err)
	}
	b, err := db.Backlog(t.Context(), noon.Add(-time.Second))
	if err != nil || b.Calendars != (Queue{}) || b.Mails != (Queue{}) || b.Connections[Connected] != 1 || b.Connections[Paused] != 0 {
		t.Errorf("before anything is due: %+v, %v", b, err)
	}
	b, err = db.Backlog(t.Context(), noon.Add(2*time.Hour))
	if err != nil || b.Calendars != (Queue{1, noon}) || b.Mails != (Queue{1, noon.Add(time.Hour)}) || b.Actions.Due+b.Suggestions.Due+b.Trials.Due != 0 {
		t.Errorf("once it is: %+v, %v", b, err)
	}
}
