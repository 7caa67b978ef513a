"""Rules about what people do with kubectl, on top of all that may go wrong around the operator."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from model.mixes import CAST, EDITS
from model.people import Place
from model.troubles import Troubles
from model.world import SECOND

_edits = st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True)


class Machine(Troubles):
    """One example: any of the rules in any order, a step each."""

    def absent(self) -> list[Place]:
        """Return the places where no object is."""
        taken = set(self.world.places())
        everywhere = [(operator.namespace, name) for operator in self.world.operators for name in CAST]
        return [place for place in everywhere if place not in taken]

    def one_of(self, data: st.DataObject) -> Place:
        """Choose an object."""
        return data.draw(st.sampled_from(self.world.places()))

    @precondition(lambda self: self.absent())
    @rule(data=st.data(), edits=_edits)
    def create(self, data: st.DataObject, edits: list[str]) -> None:
        self.world.people.apply(data.draw(st.sampled_from(self.absent())), *edits)
        self.step()

    @precondition(lambda self: self.world.places())
    @rule(data=st.data(), edits=_edits.filter(bool))
    def edit(self, data: st.DataObject, edits: list[str]) -> None:
        self.world.people.edit(self.one_of(data), *edits)
        self.step()

    @precondition(lambda self: self.world.places())
    @rule(data=st.data(), wish=st.sampled_from(("restart", "reconcile")))
    def annotate(self, data: st.DataObject, wish: str) -> None:
        self.world.people.annotate(self.one_of(data), wish)
        self.step()

    @precondition(lambda self: self.world.places())
    @rule(data=st.data(), again=st.booleans())
    def delete(self, data: st.DataObject, *, again: bool) -> None:
        place = self.one_of(data)
        self.world.people.delete(place)
        if again and place in self.absent():
            self.world.people.apply(place)
        self.step()

    @precondition(lambda self: self.world.places())
    @rule(data=st.data(), delete=st.booleans())
    def strip(self, data: st.DataObject, *, delete: bool) -> None:
        place = self.one_of(data)
        self.world.people.strip(place)
        if delete and place in self.world.places():
            self.world.people.delete(place)
        self.step()

    @precondition(lambda self: self.world.places())
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        place = self.one_of(data)
        self.world.restore(place, data.draw(st.integers(0, len(self.world.past[place]) - 1)))
        self.step()

    @precondition(lambda self: len(self.world.operators) == 1)
    @rule()
    def found_a_second_cluster(self) -> None:
        self.world.story.tell("a second cluster is made with the same app")
        self.world.found_cluster(SECOND)
        self.step()
