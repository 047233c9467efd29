"""A music player: tracks, playlists, playback."""

from __future__ import annotations

from datetime import date

from ..schema import choice, flag, key, list_of, text, whole
from ..tools import Arguments, Domain, Row, State, add, check_new, contains, find
from ..words import Deck

ARTISTS = (
    *("The Paper Kites Club", "Lena Holm", "Quartet Azul", "Old Harbour", "Signal & Noise", "Marta Quinn"),
    *("Northern Brass", "Velvet Static", "Ten Rivers", "Orla Finn"),
)
SONGS = (
    *("Blue Window", "Night Tram", "Salt", "Paper Moon", "Slow River", "First Snow", "Copper Sky", "Half a Mile"),
    *("Lanterns", "Echo Park", "The Long Table", "Glass Garden", "Tin Roof", "Weightless", "Far From Shore"),
    *("Seven Doors", "Postcard", "Low Tide", "Ember", "Morning Train", "Hollow Oak", "Silver Thread"),
)
GENRES = ("folk", "jazz", "electronic", "classical")
PLAYLISTS = ("Running", "Dinner", "Focus", "Road trip", "Sunday morning")

TRACK_ID = key("Identifier of the track, such as L-104.", r"^L-\d+$")
PLAYLIST = text("Name of the playlist.")


def draw(deck: Deck, today: date) -> State:
    """Twelve tracks of four artists, of different years and lengths, and two playlists."""
    tracks: list[Row] = []
    artists = deck.some(ARTISTS, 4)
    facts = zip(deck.some(SONGS, 12), deck.some(range(1972, 2025), 12), deck.some(range(125, 420), 12), strict=True)
    for place, (title, year, seconds) in enumerate(facts):
        row = {"title": title, "artist": artists[place % 4], "year": year, "seconds": seconds}
        add(tracks, "L", **row, genre=deck.one(GENRES))
    playlists = [
        {"name": name, "public": False, "tracks": [row["id"] for row in deck.some(tracks, 2)]}
        for name in deck.some(PLAYLISTS, 2)
    ]
    return {"tracks": tracks, "playlists": playlists, "player": {"playing": None, "volume": 40}}


def _playlist(state: State, name: str) -> Row:
    return find(state["playlists"], "playlist", name=name)


MUSIC = Domain("music", draw)


@MUSIC.reads(
    "Finds tracks; what is left out does not matter.",
    title=text("Words of the title.").optional(),
    artist=text("Name of the artist.").optional(),
)
def search_tracks(state: State, given: Arguments) -> list[Row]:
    """Tracks with artist, year, length in seconds and genre."""
    rows = [row for row in state["tracks"] if contains(row["title"], given.get("title", ""))]
    return [row for row in rows if contains(row["artist"], given.get("artist", ""))]


MUSIC.lists("list_playlists", "Lists the playlists with their tracks.", "playlists")


@MUSIC.changes("Plays one track at once.", track_id=TRACK_ID)
def play_track(state: State, given: Arguments) -> Row:
    """What is played."""
    track = find(state["tracks"], "track", id=given["track_id"])
    state["player"]["playing"] = {"track": track["id"]}
    return {"playing": track["title"], "artist": track["artist"]}


@MUSIC.changes(
    "Plays a playlist.",
    playlist=PLAYLIST,
    shuffle=flag("Whether the order is mixed.").default(False),
)
def play_playlist(state: State, given: Arguments) -> Row:
    """What is played."""
    name = _playlist(state, given["playlist"])["name"]
    state["player"]["playing"] = {"playlist": name, "shuffle": given["shuffle"]}
    return dict(state["player"]["playing"])


@MUSIC.changes("Stops the music.")
def stop_music(state: State, given: Arguments) -> Row:
    """What is played: nothing."""
    state["player"]["playing"] = None
    return {"playing": None}


@MUSIC.changes("Sets the volume of the player.", level=whole("From 0, silent, to 100.", 0, 100))
def set_volume(state: State, given: Arguments) -> Row:
    """The volume now."""
    state["player"]["volume"] = given["level"]
    return {"volume": given["level"]}


@MUSIC.changes("Stops the music on its own after a while.", minutes=whole("After how many minutes.", 1, 240))
def set_sleep_timer(state: State, given: Arguments) -> Row:
    """When the music stops."""
    state["player"]["stops_in_minutes"] = given["minutes"]
    return {"stops_in_minutes": given["minutes"]}


@MUSIC.changes(
    "Creates an empty playlist.",
    name=PLAYLIST,
    public=flag("Whether others can find it.").default(False),
)
def create_playlist(state: State, given: Arguments) -> Row:
    """The playlist."""
    check_new(state["playlists"], "playlist", name=given["name"])
    state["playlists"].append({"name": given["name"], "public": given["public"], "tracks": []})
    return dict(state["playlists"][-1])


@MUSIC.changes(
    "Adds tracks to a playlist.",
    playlist=PLAYLIST,
    track_ids=list_of("The tracks in the order in which they are added.", TRACK_ID),
    position=choice("Where they are added.", "start", "end").default("end"),
)
def add_to_playlist(state: State, given: Arguments) -> Row:
    """The playlist as it is now."""
    playlist = _playlist(state, given["playlist"])
    new = [find(state["tracks"], "track", id=each)["id"] for each in given["track_ids"]]
    old = playlist["tracks"]
    playlist["tracks"] = [*new, *old] if given["position"] == "start" else [*old, *new]
    return dict(playlist)


@MUSIC.changes("Deletes a playlist; the tracks stay.", playlist=PLAYLIST)
def delete_playlist(state: State, given: Arguments) -> Row:
    """Which playlist was deleted."""
    playlist = _playlist(state, given["playlist"])
    state["playlists"].remove(playlist)
    return {"deleted": playlist["name"]}
