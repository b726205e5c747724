package setup

import "testing"

func TestSamePerson(t *testing.T) {
	t.Parallel()
	ada := Person{"u1", "Ada"}
	for _, c := range []struct {
		what string
		q    Person
		want bool
	}{
		{"herself", Person{"u1", "Ada"}, true},
		{"under a new name", Person{"u1", "Ada Lovelace"}, true},
		{"another user of the name", Person{"u2", "Ada"}, false},
		{"another user", Person{"u2", "Grace"}, false},
		{"the name alone", Person{Name: "Ada"}, true},
		{"another name alone", Person{Name: "Grace"}, false},
	} {
		if ada.Same(c.q) != c.want || c.q.Same(ada) != c.want {
			t.Errorf("%s: it is said to be %t", c.what, !c.want)
		}
	}
	if !(Person{Name: "Ada"}).Same(Person{Name: "Ada"}) {
		t.Error("two names alone that are equal are said to be two people")
	}
	if ada.String() != "Ada" {
		t.Errorf("it reads %q", ada)
	}
}
