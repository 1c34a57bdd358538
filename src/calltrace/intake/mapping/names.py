"""What the columns of logs are called, and what their words mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from calltrace.intake import zones

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "calls": {
        "call_id": (
            "call id", "unique id", "uniqueid", "id", "uuid", "guid", "call guid", "call reference", "contact id",
            "record id", "session id", "interaction id",
            "correlation id", "conversation id", "call no", "call number id", "nr", "ref", "sid", "anruf id",
            "vorgangsnummer", "identifiant", "identifiant d appel", "id appel", "identificador", "id llamada", "id de llamada",
            "identificador de llamada", "anrufkennung", "gesprachs id", "id chamada",
        ),
        "account": ("account", "client", "account number", "account id", "client id", "customer id", "tenant",
                    "client account", "company", "acct", "client name", "account name", "customer", "client no", "kunde",
                    "mandant", "kundennummer", "cliente", "cuenta", "konto", "compte", "conta", "kundenkonto"),
        "dnis": ("dnis", "did", "ddi", "called number", "dialed number", "dialled number", "to", "to number",
                 "destination", "destination number", "called", "callee", "number dialed", "number called",
                 "tracking number", "angerufene nummer", "ziel", "zielnummer", "zielrufnummer", "gerufene nummer", "rufnummer",
                 "dst", "call to", "did number", "inbound number", "called party", "called party number", "callee number",
                 "system phone number", "system endpoint", "system number",
                 "appele", "numero appele", "destino", "an", "nach", "numero marcado", "numero de destino", "llamado"),
        "trunk_group": ("trunk group", "trunk", "carrier", "line group", "route", "gateway", "tg", "amtsleitung"),
        "ani": ("ani", "caller id", "caller number", "from", "from number", "calling number", "source", "caller",
                "phone number", "phone", "cli", "clid", "callerid", "customer number", "remote number", "anrufer",
                "anrufernummer", "rufnummer anrufer", "rufnummer", "src", "calling party", "calling party number", "call from",
                "originator", "originating number", "ani number", "number", "remote party",
                "other party", "appelant", "numero appelant", "origen", "origem",
                "llamante", "numero llamante", "numero de origen", "von"),
        "caller_name": ("caller name", "cnam", "name", "customer name", "contact name", "caller id name", "anrufername",
                        "from name", "calling party name"),
        "agent": ("agent", "operator", "agent name", "answered by", "user", "agent id", "employee", "csr", "user name",
                  "representative", "handled by", "team member", "extension", "mitarbeiter", "bearbeiter", "benutzer",
                  "users", "taken by", "answered extension", "nebenstelle", "agente", "operateur"),
        "offered_at": ("start time", "call time", "date time", "datetime", "timestamp", "time", "date", "started at",
                       "call date", "calldate", "start", "started", "received", "received at", "arrival",
                       "offered at", "created at", "begin", "call start", "call start time", "call date time",
                       "start date", "start date time", "arrived", "datum", "date and time", "time of call", "when", "uhrzeit",
                       "zeit", "anrufzeit", "startzeit", "beginn", "anrufbeginn", "zeitpunkt", "zeitstempel",
                       "datum uhrzeit", "datum und uhrzeit", "time of day", "invite time", "invited at", "initiated at",
                       "offer time", "fecha", "hora", "fecha y hora", "heure", "date et heure", "data", "data hora"),
        "ring_s": ("ring time", "ring", "ring duration", "ringing", "time to answer", "alert time", "ring seconds",
                   "ring sec", "rings s",
                   "total alert", "total ring", "klingelzeit", "klingeldauer", "rufzeit", "rufdauer", "alerting", "alert",
                   "sonnerie", "timbre", "temps de sonnerie", "duree de sonnerie", "tiempo de timbre", "tiempo de timbrado",
                   "tempo de toque"),
        "queue_s": ("queue time", "wait time", "time in queue", "wait", "waiting time", "queue wait", "queue duration",
                    "queued seconds", "wait seconds",
                    "total queue", "total wait", "wartezeit", "wartedauer", "waited", "queued", "attente", "espera",
                    "temps d attente", "tiempo de espera", "tiempo en espera", "tiempo en cola", "tiempo de cola",
                    "temps en file d attente", "temps en file", "tempo de espera", "tempo em fila"),
        "hold_s": ("hold time", "hold", "on hold", "hold duration", "hold seconds", "held", "holding", "total hold", "haltezeit",
                   "haltedauer", "mise en garde", "temps de mise en garde", "mise en attente", "temps de mise en attente",
                   "duree de mise en attente", "retencion", "tiempo de retencion", "tiempo en espera"),
        "talk_s": ("talk time", "duration", "talk", "total talk", "interaction duration",
                   "agent interaction duration", "call duration", "billsec", "conversation", "conversation time",
                   "length", "call length", "billable seconds", "billed seconds", "talk duration", "talk seconds", "dauer",
                   "minutes", "seconds", "connected time", "talking", "gesprächszeit", "gesprächsdauer", "sprechzeit",
                   "sprechdauer", "verbindungsdauer", "anrufdauer", "duree", "duracion", "duracao", "duree de conversation",
                   "temps de conversation", "tiempo de conversacion", "conversacion", "tiempo hablado", "tiempo de habla",
                   "temps de parole", "tempo de conversa", "conversa"),
        "outcome": ("outcome", "status", "disposition", "result", "call status", "call result", "call outcome", "state",
                    "call disposition", "final status", "answered", "ergebnis", "call type", "abandoned", "missed",
                    "contact disposition", "disp", "call disp", "term code", "statut", "estado", "resultado", "situacao",
                    "resultat", "anrufstatus", "anrufergebnis", "gesprachsstatus", "disposicion", "etat", "etat de l appel",
                    "statut de l appel", "estado de la llamada", "resultado de la llamada", "estado da chamada"),
        "ended_by": ("ended by", "hangup by", "disconnected by", "released by", "who hung up", "terminated by"),
        "recording": ("recording", "recording url", "recording file", "audio", "recordingfile", "aufzeichnung"),
        "redirected_from": ("forwarded from", "redirected from", "diversion", "rdnis", "redirecting number",
                            "original called number"),
        "linked_id": ("linked id", "linkedid", "parent id", "parent call id", "master id", "parent call"),
        "hangup_cause": ("hangup cause", "cause", "disconnect reason", "cause code", "reason", "release cause",
                         "sip code", "termination cause", "disconnect type"),
        "queue": ("queue", "queue name", "skill", "split", "hunt group", "acd group", "department", "warteschlange",
                  "csq", "csq name", "csq names", "ring group", "cola", "file d attente"),
        "transferred_to": ("transferred to", "transfer", "transfer number", "transfer to"),
    },
    "kpi": {
        "interval_start": ("interval", "interval start", "time", "date", "hour", "period", "start", "date time",
                           "start interval", "datetime", "timestamp"),
        "offered": ("offered", "calls offered", "received", "total calls", "incoming", "incoming calls", "presented",
                    "calls received", "calls presented", "inbound calls"),
        "answered": ("answered", "handled", "calls answered", "answered calls", "calls handled", "accepted"),
        "abandoned": ("abandoned", "lost", "calls abandoned", "abandoned calls", "missed"),
        "blocked": ("blocked", "busy", "rejected", "blocked calls"),
        "asa_s": ("asa", "average speed of answer", "answer speed", "avg answer speed", "avg speed of answer",
                  "answer speed avg", "waiting time avg", "avg wait time"),
        "service_level_pct": ("service level", "service level percent", "sl", "sla", "service level 20 seconds"),
        "aht_s": ("aht", "average handle time", "average handling time", "talk duration avg", "avg handle time",
                  "avg talk duration"),
        "agents_staffed": ("agents staffed", "staffed", "agents", "agents logged in", "logged in agents"),
    },
    "messages": {
        "message_id": ("msg", "msg id", "message number", "msg no", "message no", "message", "ticket", "ticket number"),
        "account": ("account", "client", "account number", "client id", "acct", "client number", "client account"),
        "taken_at": ("taken", "taken at", "time taken", "message time", "message taken", "message date", "date taken"),
        "agent": ("agent", "operator", "taken by", "agent name", "operator initials"),
        "priority": ("priority", "urgency", "message priority"),
    },
    "dispatch": {
        "message_id": ("msg", "msg id", "message number", "msg no", "message no", "message", "ticket", "ticket number"),
        "attempted_at": ("attempted", "delivery time", "dispatch time", "dispatched at", "sent at", "paged at", "sent",
                         "dispatched", "delivery date", "attempt time", "delivered at"),
        "method": ("method", "delivery method", "via", "device", "device type", "dispatch method"),
        "recipient": ("delivered to", "recipient", "dispatched to", "sent to", "contact", "contact name", "paged"),
        "address": ("address", "number", "phone", "email", "device address"),
        "status": ("status", "delivery status", "dispatch status", "result"),
    },
}  # fmt: skip

OUTCOME_WORDS = {
    "answered": "ans msg answered answer complete completed connected handled accepted success successful talked ok yes true"
    " contestada contestado repondu decroche atendida atendido"
    "|call connected|answered by agent|normal|angenommen|beantwortet|taken|answer call|live answer|message taken|y"
    "|answered call|appel repondu|handled call"
    "|entgegengenommen|respondida|atendida por agente|traite|traitee|completed by agent"
    "|completed by caller|completed caller|completed agent|completeagent|completecaller",
    "abandoned": "abnd abd abandoned abandon hangup hungup lost cancelled canceled|hang up|caller hung up|hung up|aban"
    "|abandoned in queue|caller abandoned|abgebrochen|cancel|caller disconnected|dropped by caller"
    "|abandoned call|verloren|abandonada|abandonado|abandonne|colgada"
    "|aufgelegt|abandoned in ivr|originator cancel|vorzeitig aufgelegt|abandon|colgado",
    "no_answer": "unanswered missed noanswer rna timeout verpasst no false|no answer|not answered|missed call|n"
    "|ring no answer|not answered by agent|unbeantwortet"
    "|unanswered call|no contestada|no contestado|sin respuesta|perdida|sans reponse|manque|appel manque|nao atendida"
    "|nicht angenommen|perdu|perdue|appel perdu|llamada perdida|nao atendido|no user response",
    "busy": "busy engaged rejected refused besetzt|user busy|line busy|all circuits busy|ocupado|ocupada|occupe"
    "|call rejected|linea ocupada|occupee",
    "failed": "failed error congestion failure dropped fehlgeschlagen|call failed|network error|system error"
    "|fehler|fallida|fallido|echec|network out of order|normal temporary failure|recovery on timer expire|falha",
    "voicemail": "voicemail vm mailbox|voice mail|left message|to voicemail|left voicemail|sprachbox"
    "|answered by voicemail|sent to voicemail|repondeur|anrufbeantworter|contestador|contestador automatico"
    "|messagerie|messagerie vocale|buzon de voz|buzon|correio de voz|mailbox",
    "announcement": "announcement ivr autoattendant closed ansage|auto attendant|after hours message|out of hours"
    "|anuncio|annonce|message d accueil",
}
ZONE_NAMES = ("time zone", "timezone", "tz", "time zone name", "timezone name", "zeitzone", "fuseau horaire", "zona horaria",
              "fuso horario", "call time zone", "start time zone")  # fmt: skip
OFFSET_NAMES = ("utc offset", "gmt offset", "offset", "tz offset", "time zone offset", "timezone offset", "utcoffset",
                "offset from utc")  # fmt: skip
SET = frozenset({"1", "yes", "y", "true", "t", "x", "ja", "si", "sí", "oui", "sim"})
FLAGS = SET | {"0", "no", "n", "false", "f", "nein", "non", "nao", "não"}
"""Words of a column that says of one outcome whether it was that."""
DIRECTION_NAMES = ("direction", "call direction", "richtung", "in out", "inbound outbound", "call type", "type",
                   "call direction type", "communication type", "sens", "sentido")  # fmt: skip
MEDIA_NAMES = ("media type", "media", "channel type", "interaction type", "channel")
SPOKEN = frozenset({"voice", "call", "phone", "phone call", "telephony", "audio", "calls", "voip call"})
UNSPOKEN = frozenset({"chat", "email", "e mail", "sms", "text", "message", "web chat", "webchat", "fax", "social",
                      "video", "task"})  # fmt: skip
INBOUND = frozenset({"inbound", "incoming", "in", "i", "received", "eingehend", "inbound call", "incoming call", "rx",
                     "inbound did", "byotin", "ucap in", "entrant", "entrante", "eingang", "terminating"})
OTHERWISE = frozenset({"outbound", "outgoing", "out", "o", "internal", "intern", "dialed", "dialled", "ausgehend",
                       "outbound call", "outgoing call", "placed", "transfer", "tx", "extension", "local",
                       "byotout", "ucap out", "user out", "sortant", "saliente", "ausgang", "originating"})  # fmt: skip
ANSWERED_AT = ("answer time", "answered at", "answer", "connect time", "connected at", "answered", "pick up time",
               "answered time", "call answered", "answer datetime", "call answer time", "call answer datetime",
               "answer timestamp", "connect datetime", "connected timestamp", "angenommen")  # fmt: skip
ENDED_AT = ("end time", "ended at", "end", "hangup time", "disconnect time", "finished", "call end", "call end time",
            "ended", "closed", "closed at", "completed at", "hangup", "disconnect datetime", "call disconnect datetime",
            "end datetime", "end timestamp", "release time", "ende", "endzeit")
ENDED_BY_WORDS = {"caller": {"caller", "customer", "client", "remote", "originator", "src"},
                  "agent": {"agent", "operator", "user", "employee", "callee", "dst"},
                  "system": {"system", "switch", "ivr", "timeout", "network"}}  # fmt: skip


# --- names --------------------------------------------------------------------------------------------------

_UNIT_TAIL = re.compile(
    r"[(\[]?\b(s|sec|secs|seconds?|min|mins|minutes?|ms|msec|hh?:mm:ss|mm?:ss|hh?:mm|sek|sekunden|minuten|utc|gmt|local|est|edt|cst|pst)\b[)\]]?$"
)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """Return a text lower-cased, its umlauts written out as exporters without them do, other accents left out."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = plain.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


@lru_cache(maxsize=4096)
def key_of(word: str | None) -> str:
    """Return a word as words are compared: capitals, blanks, hyphens and underlines don't matter."""
    return " ".join((word or "").lower().replace("_", " ").replace("-", " ").split())


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, lower-cased, its unit left out."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.rpartition(".")[2] or name)
    plain = re.sub(r"[_\-.#/]+", " ", _folded(split)).strip()
    bare = _UNIT_TAIL.sub("", plain).strip() or plain
    return tuple(re.findall(r"\w+", bare))


_COMMON = frozenset({
    "time", "duration", "number", "numbers", "no", "nr", "name", "names", "id", "ids", "call", "calls", "total", "second",
    "seconds", "tiempo", "temps", "tempo", "duree", "duracion", "zeit", "dauer", "de", "d", "en", "l", "la", "mise",
    "date", "type", "code", "of", "the", "to", "from", "in", "on", "by", "list", "original", "contact", "record",
})  # fmt: skip
"""Words that stand in the names of all kinds of columns: two names that share only these share nothing."""
_KINDS = frozenset({"type", "kind", "version", "model"})
"""Words that make a name one of a kind of something: ``Client Type`` is no client."""


def likeness(name: str, known: tuple[str, ...], *, telling: bool = False) -> float:
    """Return how alike a column's name is to the nearest of the known ones, from 0 to 1.

    With ``telling``, words that any column may have (``Total Duration``, ``Number Name``) make no likeness by
    themselves.
    """
    mine = words_of(name)
    best = 0.0
    for phrase in known:
        theirs = _folded(phrase).split()
        if "".join(mine) == "".join(theirs):
            return 1.0
        if telling and not (set(mine) & set(theirs)) - _COMMON:
            continue
        if telling and set(mine) & _KINDS - set(theirs):
            continue
        common = len(set(mine) & set(theirs))
        best = max(best, 2 * common / (len(set(mine)) + len(set(theirs))) if common else 0.0)
    return best


_WHOLE = frozenset({
    "duration", "length", "call length", "call duration", "minutes", "seconds", "dauer", "anrufdauer", "duree", "duracion",
    "duracao",
})  # fmt: skip
"""Names of a whole call's length, which are talk only where nothing else is."""
_ANY_TARGET = frozenset({"to", "destination", "destination number", "dst", "called", "callee", "ziel", "destino", "call to"})
"""Names of where a call went, which may be an extension: the number dialled only where nothing else is."""
_ANY_NUMBER = {"rufnummer": {"ani": 0.1, "dnis": 0.15}}
"""Names of no particular number: the caller's, or the one dialled, where another column is the caller's."""
_OUTWARD = frozenset({"outbound", "outgoing", "dod"})


def whole_length(name: str) -> bool:
    """Say whether a column is by its name how long the whole call lasted, with what the caller waited."""
    return " ".join(words_of(name)) in _WHOLE


def weaker(name: str, target: str) -> float:
    """Return how much less a name speaks for a column of calls than another that is as alike."""
    plain = " ".join(words_of(name))
    if plain == "tiempo en espera":  # on hold where another column is the wait, else the wait
        return {"queue_s": 0.15, "hold_s": 0.2}.get(target, 0.0)
    if target in {"ani", "dnis", "trunk_group"} and set(words_of(name)) & _OUTWARD:
        return 1.0
    if target == "talk_s" and whole_length(name):
        return 0.4
    if target == "dnis" and plain in _ANY_TARGET:
        return 0.15
    return _ANY_NUMBER.get(plain, {}).get(target, 0.0)


_SPANS = frozenset(
    word
    for columns in NAMES.values()
    for column, phrases in columns.items()
    if column.endswith("_s")
    for phrase in phrases
    for word in _folded(phrase).split()
) - {"time", "to", "in", "on", "of", "call", "answer", "connected"} | {
    "elapsed", "handle", "handling", "wrap", "wrapup", "acw", "idle", "pause", "parked", "park", "delay", "billed",
}  # fmt: skip
"""Words that make a name one of a duration; ``time`` alone makes none."""
_UNIT_OF_SPANS = re.compile(r"\b(s|secs?|seconds?|sek|sekunden|m|mins?|minutes?|minuten|ms|msec|mm?:ss)\W*$")
"""Units that no time of day is in."""
_EDGES = frozenset({
    "start", "started", "starts", "begin", "began", "end", "ended", "ends", "stop", "stopped", "at", "date", "when",
    "timestamp", "stamp", "datum", "uhrzeit", "beginn", "ende",
})  # fmt: skip
"""Words that make a name one of a moment, whatever else it says: when the ring began is no ring time."""
_NO_SPAN = frozenset({"time", "call", "calls", "date", "hour", "of", "day", "the", "local", "zeit"})
_BEGUN = frozenset({"start", "started", "starts", "begin", "began", "received", "offered", "arrived"})
_LATER = frozenset({
    "answer", "answered", "connect", "connected", "disconnect", "disconnected", "hangup", "end", "ended", "closed",
    "completed", "finished", "dequeue", "dequeued", "delivered", "released", "transferred", "updated", "modified",
})  # fmt: skip
"""Words of moments after a call began, where no word of its beginning stands beside them."""
_TIMELY = frozenset({
    "time", "date", "start", "stamp", "timestamp", "epoch", "at", "ts", "started", "end", "answer", "datetime", "created",
    "received", "interval", "when", "datum", "uhrzeit", "zeit", "beginn", "zeitpunkt", "zeitstempel",
})  # fmt: skip


def says_duration(name: str, known: tuple[str, ...] = ()) -> bool:
    """Say whether a column's name is one of a duration: a word for it and none of a moment, or wholly a known name."""
    mine = set(words_of(name))
    return not mine & _EDGES and (bool(mine & _SPANS) or likeness(name, known) == 1.0 or _counted(name))


def _counted(name: str) -> bool:
    """Say whether a name has a unit that no time of day has."""
    return bool(_UNIT_OF_SPANS.search(_folded(name).replace("_", " ")))


def says_no_duration(name: str) -> bool:
    """Say whether a name can't be one of a duration, whatever its values: of a moment, or ``Call Time`` at most."""
    mine = set(words_of(name))
    if "rings" in mine and not _counted(name):  # how often it rang
        return True
    return bool(mine & _EDGES) or (mine <= _NO_SPAN and not _counted(name))


def says_other_moment(name: str) -> bool:
    """Say whether a name is rather one of a call's answer or end than of its beginning."""
    start = likeness(name, NAMES["calls"]["offered_at"])
    mine = set(words_of(name))
    later = bool(mine & _LATER) and not mine & _BEGUN
    return later or max(likeness(name, ANSWERED_AT), likeness(name, ENDED_AT)) > start


def timely(name: str) -> bool:
    """Say whether a name has a word for a time."""
    return bool(_TIMELY & set(words_of(name)))


def zone_of(sources: tuple[str, ...]) -> str:
    """Return the zone that the names of a time's columns give, the time of day's before the date's; '' for none."""
    return next((zone for zone in map(zones.of_name, reversed(sources)) if zone), "")


def outcome_of(word: str) -> str:
    """Return the outcome a word stands for, '' where it is none we know."""
    bare = _folded(key_of(word))
    for outcome, known in OUTCOME_WORDS.items():
        singles, *phrases = known.split("|")
        if bare in singles.split() or bare in phrases or bare == outcome.replace("_", " "):
            return outcome
    return ""
