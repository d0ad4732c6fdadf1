"""The tags of a dataset of tagged tokens, as its user wrote them."""

import re

import datasets

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.cells import spelled
from dataset_cartography.tasks.label_lists import as_lists, read_label_lists
from dataset_cartography.tasks.raw_label_lists import RawLabelLists
from dataset_cartography.tasks.raw_labels import UnreadableLabelError
from dataset_cartography.tasks.token_classification.rows import find_columns

_CORRECTION = re.compile(r"\s*([0-9]{1,9})\s*:\s*(\S|\S.*\S)\s*")
_BETWEEN = re.compile(r",(?=\s*[0-9]{1,9}\s*:)")  # a comma may be a tag itself, as in the Penn Treebank
_NO_TAG_YET = re.compile(r"[^\s,]+")


class TagSequences(RawLabelLists):
    """Tags by their names; see `tasks.raw_labels.RawLabels`.

    Args:
        raw: Rows as they were read.
        options: With `text_columns` and `label_column`, if the usual names are not meant.
        where: What the rows are, for messages.
        new_labels: Whether a tag may be one that no token has yet.
    """

    def __init__(
        self, raw: datasets.Dataset, options: Options, *, where: str, new_labels: bool = False
    ) -> None:
        _, column = find_columns(raw, options, where)
        about = f"column '{column}' of {where}"
        lists = as_lists(raw.with_format("arrow")[column][:], about, "--label_column")
        labels = read_label_lists(lists, raw.features[column], about)
        super().__init__(raw, column, labels, new_labels=new_labels)

    def read(self, row: int, text: str) -> list[str | None]:
        """The tags of all tokens, of which a text corrects some: "3: B-location, 4: I-location", counted from 0.

        A list of all of them, as JSON, is taken as well.

        Raises:
            UnreadableLabelError: It is neither, a tag is not known, or a token is not there.
        """
        tags = self.at(row)
        count = 0 if tags is None else len(tags)
        whole = spelled(text)
        if isinstance(whole, list):
            if tags is not None and len(whole) != count:
                raise UnreadableLabelError(f"has {len(whole)} tags for {count} tokens")
            return [*self._known(whole)]
        corrections = [self._correction(part) for part in _BETWEEN.split(text)]
        if tags is None or None in corrections:
            raise UnreadableLabelError(
                f"corrects no tag: write '3: {self._names[0]}' for the token 3 (counted from 0), with commas between "
                "several, or all tags as a JSON list"
            )
        for correction in corrections:
            assert correction is not None  # noqa: S101 - for the type checker
            place, tag = correction
            if place >= count:
                raise UnreadableLabelError(f"corrects token {place}, but the last of {count} is {count - 1}")
            (tags[place],) = self._known([tag])
        return tags

    def _correction(self, text: str) -> tuple[int, str] | None:
        """A token's number and its tag; None where a text does not say both."""
        found = _CORRECTION.fullmatch(text)
        if found is None or not (found[2] in self._names or _NO_TAG_YET.fullmatch(found[2])):
            return None
        return int(found[1]), found[2]
