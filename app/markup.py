"""Turns, cards and panels as HTML. Everything that comes from outside is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from app.poster import poster
from app.words import Words
from llmrec.dialogue.evidence import comparative
from llmrec.dialogue.nouns import Evidence, Preference, Turn
from llmrec.imports import Matched, Review
from llmrec.shelf import Card, Shelf
from llmrec.text import without_markup

CHIPS: tuple[tuple[str, int], ...] = (
    ("lightness", 1),
    ("lightness", -1),
    ("age", -1),
    ("age", 1),
    ("length", -1),
    ("fame", -1),
    ("humour", 1),
    ("pace", 1),
    ("scariness", -1),
    ("romance", 1),
)
"""Critiques offered under a list: (attribute, direction)."""

_CLICKS = (
    ("liked", "♥", "I liked it"),
    ("disliked", "✕", "Not for me"),
    ("seen", "✓", "Seen it"),
    ("not_tonight", "☾", "Not tonight"),
)


def button(act: str, label: str, /, *, title: str = "", kind: str = "", **data: object) -> str:
    """A real button that the page's one listener understands by its data."""
    values = "".join(f' data-{k.replace("_", "-")}="{escape(str(v))}"' for k, v in data.items())
    named = f' title="{escape(title)}" aria-label="{escape(title)}"' if title else ""
    return f'<button type="button" class="{kind}" data-act="{act}"{values}{named}>{label}</button>'


def said(text: str, turn_id: str | None) -> str:
    """What the person said, with a way to say it differently."""
    edit = button("edit", "Edit", kind="ghost", turn=turn_id, text=text) if turn_id else ""
    return f'<div class="said"><p>{escape(text)}</p>{edit}</div>'


def reply(text: str, evidence: Sequence[Evidence] = ()) -> str:
    """The prose; each claim that evidence carries is underlined and says where it comes from."""
    marked = escape(text)
    for fact in sorted(evidence, key=lambda e: -len(e.text)):
        claim = escape(fact.text)
        if claim and claim in marked and f">{claim}<" not in marked:
            source = escape(f"{_SOURCES[fact.kind]} · {fact.refers_to}")
            mark = f'<span class="claim" tabindex="0" data-source="{source}">{claim}</span>'
            marked = marked.replace(claim, mark, 1)
    return f'<div class="reply"><p>{marked}</p></div>'


_SOURCES = {
    "neighbour": "what other people liked",
    "model": "what a model learned from other people",
    "content": "the catalogue",
    "field": "the catalogue",
    "words": "your words",
    "text": "your words against the description",
    "popularity": "how many people liked it",
}


def card(shown: Card, opened: str = "") -> str:
    """One item: poster, facts, score, one reason, and what one can do with it. `opened` is what
    unfolds below when one asked why."""
    item = shown.item
    facts = " · ".join(
        filter(
            None,
            (
                ", ".join(item.genres[:3]),
                f"{item.runtime} min" if item.runtime else "",
                item.audience or "",
            ),
        )
    )
    clicks = "".join(
        button(
            "feedback",
            sign,
            title=f"{words}: {item.title}",
            kind="round on" if shown.feedback == kind else "round",
            item=item.item_id,
            kind_of=kind,
        )
        for kind, sign, words in _CLICKS
    )
    more = button("similar", "More like this", kind="ghost", item=item.item_id)
    why = button("why", "Why?", kind="ghost", item=item.item_id)
    text = without_markup(item.text)
    about = f'<p class="about">{escape(text)}</p>' if text else ""
    by = f'<p class="by">{escape(", ".join(item.directors[:2]))}</p>' if item.directors else ""
    return (
        f'<article class="card{" open" if opened else ""}" data-item="{escape(item.item_id)}">'
        f"{poster(item)}"
        f'<div class="facts"><h3>{escape(item.title)} <small>{item.year or ""}</small>'
        f"{_moved(shown)}</h3>{by}<p class='line'>{escape(facts)}</p>"
        f'<div class="bar" role="img" aria-label="score {shown.score:.0%}">'
        f'<i style="width:{shown.score:.0%}"></i></div>'
        f"<p class='why'>{escape(_capital(shown.why))}</p>{about}</div>"
        f'<div class="clicks">{clicks}{more}{why}</div>{opened}</article>'
    )


def _moved(shown: Card) -> str:
    if not shown.moved:
        return ""
    arrow, word = ("▲", "up") if shown.moved > 0 else ("▼", "down")
    places = abs(shown.moved)
    return f'<span class="moved {word}" title="moved {word} {places}">{arrow}{places}</span>'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def shelf(
    cards: Sequence[Card], *, chips: bool = True, opened: Mapping[str, str] | None = None
) -> str:
    """The list of a reply, with the critiques that steer it; `opened` unfolds below its card."""
    if not cards:
        return ""
    steer = "".join(
        button("critique", _capital(comparative(a, d)), kind="chip", attr=a, dir=d)
        for a, d in CHIPS
    )
    under = f'<div class="chips" role="group" aria-label="Change the list">{steer}</div>'
    unfolded = opened or {}
    told = "".join(card(c, unfolded.get(c.item.item_id, "")) for c in cards)
    return f'<div class="shelf">{told}</div>{under if chips else ""}'


def wall(cards: Sequence[Card]) -> str:
    """Posters to pick from."""
    picks = "".join(
        button(
            "feedback",
            poster(c.item),
            title=f"I like {c.item.label}",
            kind="pick",
            item=c.item.item_id,
            kind_of="liked",
        )
        for c in cards
    )
    return f'<div class="wall">{picks}</div>'


def welcome(words: Words, cards: Sequence[Card]) -> str:
    """An empty chat."""
    return (
        f'<div class="talk welcome"><h2>{escape(words.heading)}</h2>'
        f"<p>{escape(words.invitation)}</p>{wall(cards)}{offers(words.examples)}</div>"
    )


def offers(values: Iterable[str]) -> str:
    """Answers to a question, as chips."""
    chips = "".join(button("say", escape(v), kind="chip", text=v) for v in values)
    return f'<div class="chips">{chips}</div>'


def trace(turn: Turn) -> str:
    """What was done, folded: step, in, out, milliseconds."""
    rows = "".join(
        f"<tr><td>{escape(s.tool or s.step)}</td><td>{escape(s.step if s.tool else '')}</td>"
        f"<td>{s.n_in if s.n_in is not None else ''}</td>"
        f"<td>{s.n_out if s.n_out is not None else ''}</td><td>{s.ms:.0f}</td></tr>"
        for s in turn.trace
    )
    notes = "".join(f"<p class='note'>{escape(f)}</p>" for f in turn.fallbacks)
    model = f" · {escape(turn.llm.model)}, {turn.llm.calls} calls" if turn.llm.model else ""
    head = "<tr><th>step</th><th></th><th>in</th><th>out</th><th>ms</th></tr>"
    return (
        f'<details class="trace"><summary>{turn.mode}{model} · {turn.ms:.0f} ms</summary>'
        f"<table>{head}{rows}</table>{notes}</details>"
    )


def thinking() -> str:
    """Skeleton cards while the list is being made."""
    bones = (
        '<article class="card bone"><div class="poster"></div><div class="facts"></div></article>'
    )
    return f'<div class="shelf" aria-busy="true" aria-label="Thinking">{bones * 3}</div>'


def evidence_panel(title: str, facts: Sequence[Evidence], parts: dict[str, float]) -> str:
    """Why an item is in the list: the evidence, then the score by source."""
    if not facts:
        told = "Nothing in what I know of you speaks for it."
        return f'<div class="why-panel"><h4>{escape(title)}</h4><p>{told}</p></div>'
    told = "".join(
        f"<li><b>{escape(_capital(f.text))}</b><small>{escape(_SOURCES[f.kind])}</small></li>"
        for f in facts
    )
    most = max((abs(v) for v in parts.values()), default=1.0) or 1.0
    bars = "".join(
        f'<div class="part {"minus" if v < 0 else ""}"><span>{escape(k)}</span>'
        f'<i style="width:{abs(v) / most:.0%}"></i><em>{v:+.2f}</em></div>'
        for k, v in list(parts.items())[:8]
    )
    head = f"<h4>Why {escape(title)}</h4>"
    parts_told = f"<div class='parts' aria-label='score by source'>{bars}</div>"
    return f'<div class="why-panel">{head}<ul class="evidence">{told}</ul>{parts_told}</div>'


def known(preferences: Sequence[tuple[Preference, str]]) -> str:
    """What is remembered, each with the words that caused it and a way to mend it."""
    if not preferences:
        return "<p class='empty'>Nothing yet. Tell me one you love.</p>"
    rows = "".join(
        f"<li><b>{escape(words)}</b>{_because(p)}<span>"
        f"{_mend('flip', '⇄', 'The opposite is true', p)}"
        f"{_mend('forget', '✕', 'Forget this', p)}"
        f"</span></li>"
        for p, words in preferences
    )
    return f"<ul class='known'>{rows}</ul>"


def _mend(act: str, sign: str, title: str, preference: Preference) -> str:
    return button(act, sign, title=title, kind="round", preference=preference.preference_id)


def _because(preference: Preference) -> str:
    return f"<small>“{escape(preference.utterance[:80])}”</small>" if preference.utterance else ""


def chats(sessions: Sequence[tuple[str, str]], here: str | None) -> str:
    """Past chats: (id, title), the open one marked."""
    rows = "".join(
        f'<li class="{"here" if s == here else ""}">'
        f"{button('open', escape(title or 'New chat'), kind='chat', session=s)}"
        f"{button('delete', '✕', title=f'Delete the chat {title}', kind='round', session=s)}</li>"
        for s, title in sessions
    )
    return f"<ul class='chats'>{rows}</ul>"


def review(found: Review, choices: Mapping[int, str | None], shelf: Shelf) -> str:
    """What a file of ratings holds, before any of it is kept; unclear rows wait for a choice."""
    counts = (
        f"{len(found.certain)} certain, {len(found.ask)} unclear, {len(found.unknown)} not in "
        f"this catalogue, {len(found.skipped)} set aside"
    )
    asked = "".join(_unclear(m, choices, shelf) for m in found.ask[:_MOST_ROWS])
    rest = [f"{m.rating.title} {m.rating.year or ''}" for m in found.unknown] + list(found.skipped)
    left = "".join(f"<li>{escape(r)}</li>" for r in rest[:_MOST_ROWS])
    more = f"<li>and {len(rest) - _MOST_ROWS} more</li>" if len(rest) > _MOST_ROWS else ""
    folded = f"<details><summary>Left out</summary><ul>{left}{more}</ul></details>" if rest else ""
    head = f"<p>{escape(_capital(found.source))}: {counts}. {escape(_capital(found.scale))}.</p>"
    return f"{head}<ul class='unclear'>{asked}</ul>{folded}"


_MOST_ROWS = 60


def _unclear(matched: Matched, choices: Mapping[int, str | None], shelf: Shelf) -> str:
    row = matched.rating.row
    chosen = choices.get(row, "")

    def pick(item_id: str | None, label: str) -> str:
        kind = "chip on" if chosen == item_id else "chip"
        return button("choose", escape(label), kind=kind, row=row, item=item_id or "")

    picks = "".join(pick(i, shelf.card(i).item.label) for i in matched.item_ids[:5])
    title = escape(f"{matched.rating.title} {matched.rating.year or ''}")
    return f"<li><b>{title}</b> {picks}{pick(None, 'none of these')}</li>"


def kept(n: int) -> str:
    """After an import."""
    return (
        f"<p class='empty'>{n} ratings kept. They count from the next list on, and stay on this "
        "machine.</p>"
    )


def head(n_items: int, domain: str) -> str:
    """The name of the page and what it is about."""
    return f"<h1>llmrec</h1><p>{n_items:,} {escape(domain)}s, and reasons</p>"


def opening(data: str) -> str:
    """While a catalogue is made ready."""
    return (
        f'<div class="talk" aria-busy="true"><p class="noted">Opening {escape(data)}. '
        f"The first time this can take a minute or two.</p></div>"
    )


def banner(host: str) -> str:
    """Said before anything is sent."""
    return (
        f"<p class='banner'>In this mode your words go to {escape(host)}. Names, addresses and "
        "numbers in them are masked first; imported ratings stay here.</p>"
    )
