package calendartest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	admin "google.golang.org/api/admin/directory/v1"
	"google.golang.org/api/option"
)

func TestDirectory(t *testing.T) {
	g, _ := newGoogle(t)
	g.AddPerson(Person{Address: "eve@else.example"})
	for i := range 5 {
		g.AddPerson(Person{Address: fmt.Sprintf("p%d@acme.example", i), Name: "P", Aliases: []string{fmt.Sprintf("alias%d@acme.example", i)}})
	}
	g.Suspend("p1@acme.example", true)
	g.SetGroup("all@acme.example", ada, "team@acme.example", "guest@else.example")
	g.SetGroup("team@acme.example", bob, "p1@acme.example")
	s, err := admin.NewService(t.Context(), option.WithHTTPClient(g.Client(ada)), option.WithEndpoint(g.URL+"/"))
	if err != nil {
		t.Fatal(err)
	}

	members := func(derived bool) (list []string) {
		err := s.Members.List("all@acme.example").IncludeDerivedMembership(derived).MaxResults(2).Pages(t.Context(), func(p *admin.Members) error {
			for _, m := range p.Members {
				list = append(list, m.Email+" "+m.Type+" "+m.Status)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	direct := []string{"ada@acme.example USER ACTIVE", "guest@else.example EXTERNAL ", "team@acme.example GROUP ACTIVE"}
	if diff := cmp.Diff(direct, members(false)); diff != "" {
		t.Error(diff)
	}
	all := []string{
		"ada@acme.example USER ACTIVE", "bob@acme.example USER ACTIVE", "guest@else.example EXTERNAL ", "p1@acme.example USER SUSPENDED", "team@acme.example GROUP ACTIVE",
	}
	if diff := cmp.Diff(all, members(true)); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Members.List("none@acme.example").Do(); reason(t, err) != "notFound" {
		t.Error("an unknown group has members")
	}
}
