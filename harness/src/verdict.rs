//! Findings become verdicts, verdicts roll up to requirements, requirements to one word about the run. Pure.
