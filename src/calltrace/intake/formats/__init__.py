"""The formats calltrace reads, in detection order; :func:`get` imports the one that is asked for."""

from __future__ import annotations

from importlib import import_module

from calltrace.intake.formats._base import Format

NAMES: tuple[str, ...] = (
    "asterisk_queue_log",   # ten digits and a pipe: nothing else looks like it
    "asterisk_cel",         # CHAN_START, HANGUP … in the first of 20 fields, or eventtype and linkedid in a header
    "asterisk_cdr_table",   # a header with lastapp and disposition, or the old table's order without one
    "asterisk_cdr_csv",     # no header; a disposition word and two or three dates in a row
    "asterisk_ami_cdr",     # JSON whose event is Cdr, in a log of other lines or alone
    "freeswitch_cdr_json",  # core-uuid, variables, callflow: JSON or XML
    "freeswitch_cdr_csv",   # no header; three times, a hangup cause in capitals and a UUID
    "twilio_calls",         # a sid of CA and 32 hexadecimal digits
    "cisco_cucm",           # header with cdrRecordType
    "nec_smdr",             # STX and 0!K; or a heading of CLASS and TIME
    "avaya_ipoffice_smdr",  # date, time, connected time, ring seconds, I or O
    "intertel_smdr",        # RG, IN, TLD … between tabs
    "panasonic_smdr",       # durations as hh:mm'ss
    "mitel_smdr",           # mm/dd without a year in columns 2 to 6
    "amazon_connect",       # AWSContactTraceRecordFormatVersion
    "genesys_cloud",        # conversationId and participants
    "sip_acc",              # method, from_tag, to_tag, callid, sip_code, time
    "telcobridges",         # Key='value' with SessionId and LegId
    "ringcentral",          # sessionId and result; Action Result
    "avaya_cm_cdr",         # digits, a condition and blanks in fixed columns
    "message_log",          # Taken By, Msg ID, Message History
    "dmanswers_messages",   # Availability was, Action taken, Agent Flags
    "threecx_cdr",          # times, and an ending such as TerminatedBySrc
    "threecx_cdroutput",    # cdr_id, call_history_id
    "threecx_report",       # Call Time, Caller ID, Ringing, Talking
    "amtelco_genesis",      # cltId, callId, Stamp, CompCode
    "talkdesk",             # talkdesk_phone_number
    "aircall",              # missed_call_reason
    "dialpad",              # date_started and external_number
    "zoom_phone",           # caller_number, callee_number, result
    "webex_calling",        # Correlation ID, Calling number, Called number, Direction, Answered
    "eight_x_eight",        # caller, callee, direction, start and stop
    "five9",                # CALL ID, CAMPAIGN, ANI, DNIS
    "nice_cxone",           # contact_id, master_contact_id, InQueue, Agent_Time
    "vicidial",             # closecallid, queue_seconds, term_reason
    "cisco_uccx_ccdr",      # Node ID - Session ID - Sequence No, Contact Disposition
    "cisco_uccx_kpi",       # counts by CSQ; VoiceIAQStats
    "avaya_cms_kpi",        # ACD CALLS, ABAND CALLS
    "amazon_connect_kpi",   # StartInterval and contacts
    "genesys_interactions",  # Partial Result Timestamp, Media Type, Direction, DNIS
    "genesys_kpi",          # Interval Start, Offer, Abandon %
    "queuemetrics_kpi",     # answered beside unanswered
    "kpi_csv",              # counts that none of those before knows
    "generic",              # known by its header's words
    "generic_json",         # the same by its keys
)


COMMON: tuple[str, ...] = ("generic", "asterisk_queue_log")
"""Looked at before the others. Every format refuses every other's files, so this saves importing the rest."""


def in_order() -> tuple[str, ...]:
    """Return NAMES in the order in which a file is held against them: the common ones, then the rest."""
    return COMMON + tuple(n for n in NAMES if n not in COMMON)


def get(name: str) -> Format:
    """Return a format by its module's name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Format = import_module(f"{__name__}.{name}").FORMAT
    return found
