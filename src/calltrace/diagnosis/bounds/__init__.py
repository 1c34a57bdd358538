"""What bounds a verdict: how far each piece of what the records lack, or tell of others, lets a cause be named, a room each.

:mod:`calltrace.diagnosis.bounds.settling` asks them in turn. What is weighed at all is told by the checks' evidence and the
causes' signs (:mod:`calltrace.diagnosis.weigh`); what is true of every verdict is in :mod:`calltrace.diagnosis.certainty`.
"""
