"""Reports as mail: composed from a report, written as a message, sent by SMTP, and kept until they are away.

``compose`` says a report as subject, text and HTML; ``message`` makes the RFC 5322 message of it; ``smtp`` hands it
to a server; ``spool`` keeps it until that has been done, once for every reader.
"""
