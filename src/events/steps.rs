//! The steps of one rank: finished ones always form one range, and RESUME cuts it back.

use std::collections::BTreeMap;

use super::event::Key;

/// How far a rank got.
#[derive(Default)]
pub(crate) struct Steps {
    /// The finished steps: from the first up to and without the next; none before the rank's first step.
    pub(crate) range: Option<(u64, u64)>,
    /// The step that is open.
    pub(super) current: Option<Key>,
    /// How often each collective was entered since the step began; none in a step out of sequence.
    pub(super) entered: Option<BTreeMap<Key, u32>>,
    /// COMPUTE time since the step began.
    pub(super) computed: u128,
    /// How often the rank resumed.
    pub(super) attempt: u32,
    /// The step behind the furthest that was ever finished.
    high: u64,
    /// The first step that may be corrupt.
    pub(crate) taint: Option<u64>,
    /// The last step that a check covers; -1 for none.
    pub(crate) verified: Option<i64>,
    /// Steps lost by RESUME.
    pub(crate) lost: u128,
    /// Time in steps that had been finished before; less than nothing if a clock was changed meanwhile.
    pub(crate) repeated_ns: i128,
    /// COMPUTE time inside finished steps, lost ones too: all, how many steps, the most in one.
    pub(crate) compute: (u128, u64, u128),
}

/// How a step stands to the ones before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    InSequence,
    /// Steps were left out; the one that was due.
    Gap(u64),
    /// A step before the one that was due.
    Repeat(u64),
}

/// What a RESUME comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resumed {
    Fits,
    Gap(u64),
    /// There is no durable checkpoint to go on from.
    Unsupported,
}

impl Steps {
    /// Begins a step.
    pub(super) fn begin(&mut self, key: Key, step: u64) -> Order {
        self.current = Some(key);
        self.computed = 0;
        self.entered = Some(BTreeMap::new());
        let (_, next) = self.range.get_or_insert((step, step));
        let due = *next;
        if step > due {
            *next = step;
            return Order::Gap(due);
        }
        if step < due {
            self.entered = None;
            return Order::Repeat(due);
        }
        Order::InSequence
    }

    /// Finishes a step that lasted so long; true if it was the one that was due.
    pub(super) fn finish(&mut self, step: u64, lasted: i64) -> bool {
        let Some((_, next)) = self.range.as_mut().filter(|(_, next)| *next == step) else { return false };
        *next += 1;
        let (sum, count, most) = &mut self.compute;
        *sum += self.computed;
        *count += 1;
        *most = self.computed.max(*most);
        if step < self.high {
            self.repeated_ns += i128::from(lasted);
        }
        self.high = self.high.max(step + 1);
        true
    }

    /// True for a step that the rank has finished, or could have before the log began.
    pub(super) fn has_finished(&self, step: u64) -> bool {
        self.range.is_some_and(|(_, next)| step < next)
    }

    /// Goes on at a step; `is_durable` tells whether a checkpoint of a step stands.
    pub(super) fn resume(&mut self, step: u64, is_durable: impl FnOnce(u64) -> bool) -> Resumed {
        self.attempt = self.attempt.saturating_add(1);
        let Some((first, next)) = &mut self.range else {
            self.range = Some((step, step));
            return Resumed::Fits;
        };
        if step > *next {
            let due = std::mem::replace(next, step);
            return Resumed::Gap(due);
        }
        let is_supported = step <= *first || is_durable(step - 1);
        self.lost += u128::from(*next - step);
        *next = step;
        *first = step.min(*first);
        self.taint = self.taint.filter(|taint| step > *taint);
        self.verified = self.verified.map(|verified| verified.min(step as i64 - 1));
        if is_supported { Resumed::Fits } else { Resumed::Unsupported }
    }

    /// The last step that a check covers, or the one before the first.
    fn base(&self) -> i64 {
        self.verified.unwrap_or(self.range.map_or(0, |(first, _)| first as i64) - 1)
    }

    /// A check found all well up to a step; how many steps after the check before.
    pub(super) fn pass(&mut self, step: u64) -> i64 {
        let base = self.base();
        let finished = self.range.map_or(0, |(_, next)| next as i64) - 1;
        self.verified = Some(base.max(finished.min(step as i64)));
        step as i64 - base
    }

    /// A check failed.
    pub(super) fn fail(&mut self, from: Option<u64>) {
        let from = from.unwrap_or((self.base() + 1) as u64);
        self.taint = Some(self.taint.map_or(from, |taint| taint.min(from)));
    }

    /// How many finished steps no check covers; none without a step.
    pub(crate) fn unchecked(&self) -> Option<i64> {
        self.range.map(|(_, next)| next as i64 - 1 - self.base())
    }

    /// The step up to which progress counts, if checks were promised or not.
    pub(crate) fn trusted(&self, checks_promised: bool) -> Option<u64> {
        let (_, next) = self.range?;
        let checked = if checks_promised { (self.base() + 1) as u64 } else { next };
        Some(next.min(checked).min(self.taint.unwrap_or(next)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::event::Word;
    use crate::events::kind::Kind;

    fn run(steps: &mut Steps, step: u64) -> Order {
        let key = Key { kind: Kind::Step, step: Some(step), span: Word::NONE };
        let order = steps.begin(key, step);
        steps.finish(step, 10);
        order
    }

    #[test]
    fn finished_steps_form_one_range() {
        let mut steps = Steps::default();
        assert_eq!([run(&mut steps, 5), run(&mut steps, 6)], [Order::InSequence, Order::InSequence]);
        assert_eq!(run(&mut steps, 9), Order::Gap(7));
        assert_eq!(run(&mut steps, 6), Order::Repeat(10));
        assert_eq!(steps.range, Some((5, 10)));
    }

    #[test]
    fn resuming_cuts_back_and_counts_what_is_lost() {
        let mut steps = Steps::default();
        (0..8).for_each(|step| assert_eq!(run(&mut steps, step), Order::InSequence));
        assert_eq!(steps.pass(7), 8);
        assert_eq!(steps.resume(6, |step| step == 5), Resumed::Fits);
        assert_eq!((steps.range, steps.lost, steps.verified), (Some((0, 6)), 2, Some(5)));
        assert_eq!(steps.resume(4, |_| false), Resumed::Unsupported);
        assert_eq!(run(&mut steps, 4), Order::InSequence);
        assert_eq!((steps.lost, steps.repeated_ns), (4, 10));
        assert_eq!(steps.resume(0, |_| false), Resumed::Fits);
        assert_eq!(steps.verified, Some(-1));
        assert_eq!(steps.resume(3, |_| false), Resumed::Gap(0));
    }

    #[test]
    fn a_failed_check_taints_until_a_resume_before_it() {
        let mut steps = Steps::default();
        (0..8).for_each(|step| assert_eq!(run(&mut steps, step), Order::InSequence));
        steps.pass(3);
        steps.fail(None);
        steps.fail(Some(6));
        assert_eq!((steps.taint, steps.trusted(false), steps.trusted(true)), (Some(4), Some(4), Some(4)));
        steps.resume(4, |_| true);
        assert_eq!(steps.taint, None);
    }
}
