//! Steps that cannot be told apart, or cannot be trusted.

use super::{Fault, Page, Rule, line};
use crate::events::{EventLog, Progress};

pub(crate) static STEP_GAP: Rule<EventLog> = Rule {
    code: "U_STEP_GAP",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "steps are missing",
        means: "A rank begins or resumes at a step beyond the one that is due.",
        matters: "Lines are gone, or steps were left out; they cannot be counted.",
        innocent: "A log of every tenth step.",
        next: "Log every step, numbered one by one.",
    },
    check: |log, out| out.noticed(log, Fault::StepGap),
};

pub(crate) static STEP_REPEAT: Rule<EventLog> = Rule {
    code: "U_STEP_REPEAT",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a step that was there already",
        means: "A rank begins a step before the one that is due, without a RESUME.",
        matters: "The same step counted twice makes more of a run than there was.",
        innocent: "A restart that was not logged.",
        next: "Write RESUME with the step at which a rank goes on.",
    },
    check: |log, out| out.noticed(log, Fault::StepRepeat),
};

pub(crate) static RESUME_UNSUPPORTED: Rule<EventLog> = Rule {
    code: "U_RESUME_UNSUPPORTED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a rank goes on from a state that nobody kept",
        means: "A RESUME goes back to a step, and no durable checkpoint of the step before is in the log.",
        matters: "From where the run went on is not shown, so neither is what was lost.",
        innocent: "A checkpoint written by something that does not log.",
        next: "Log CHECKPOINT when it has become durable, with the last step that it contains.",
    },
    check: |log, out| out.noticed(log, Fault::ResumeUnsupported),
};

pub(crate) static SDC_UNRESOLVED: Rule<EventLog> = Rule {
    code: "U_SDC_UNRESOLVED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a failed check that nothing resolved",
        means: "An SDC_CHECK failed, and the rank never resumed at or before the first step that may be corrupt.",
        matters: "Results after that step may be silently wrong.",
        innocent: "A log that ends before the repair.",
        next: "Go back to a checkpoint before the fault, and log the RESUME.",
    },
    check: |log, out| {
        let tainted = log.ranks.iter().find_map(|rank| Some((rank.rank?, rank.steps.taint?)));
        if let Some((rank, step)) = tainted {
            out.at(line(0), || format!("rank {rank} may be corrupt from step {step} on"));
        }
    },
};

pub(crate) static CONTRACT_SDC_GAP: Rule<EventLog> = Rule {
    code: "U_CONTRACT_SDC_GAP",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "fewer checks than were promised",
        means: "The contract in RUN START promises an SDC_CHECK every so many steps, and more steps than that went by without one.",
        matters: "Evidence that the log itself promised is missing.",
        innocent: "A last stretch that is shorter than it should be to be checked.",
        next: "Check as often as promised, and at the end.",
    },
    check: |log, out| {
        out.noticed(log, Fault::ContractSdc);
        let Some(promised) = log.header.as_ref().and_then(|header| header.sdc_every_steps) else { return };
        for rank in &log.ranks {
            if let Some(unchecked) = rank.steps.unchecked().filter(|unchecked| *unchecked > promised as i64) {
                let name = rank.rank.unwrap_or_default();
                out.at(line(0), || format!("the last {unchecked} steps of rank {name} have no check"));
            }
        }
    },
};

pub(crate) static CONTRACT_CKPT_GAP: Rule<EventLog> = Rule {
    code: "U_CONTRACT_CKPT_GAP",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "fewer checkpoints than were promised",
        means: "The contract in RUN START promises a checkpoint every so many steps, and more steps than that have no durable one.",
        matters: "Evidence that the log itself promised is missing.",
        innocent: "A run that was stopped between two checkpoints.",
        next: "Keep checkpoints as often as promised, and at the end.",
    },
    check: |log, out| {
        let Some(promised) = log.header.as_ref().and_then(|header| header.checkpoint_every_steps) else { return };
        let Progress { lo, hi, .. } = log.progress();
        if lo >= hi {
            return;
        }
        // Each mark is a step and one, as the first stands before step 0.
        let marks = log.checkpoints.range(lo..hi).map(|step| step + 1).chain([hi]);
        let (mut last, mut widest) = (lo, 0);
        for mark in marks {
            widest = widest.max(mark - last);
            last = mark;
        }
        if widest > promised {
            out.at(line(0), || format!("{widest} steps without a durable checkpoint, where {promised} were promised"));
        }
    },
};
