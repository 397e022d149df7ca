//! Clocks of different ranks, as far as collectives show them: nobody leaves before everybody has entered.

use std::collections::HashMap;

use super::event::Key;

/// Most meetings that are kept at a time.
pub(super) const MOST_MEETINGS: usize = 1 << 20;
/// Before so many are kept it is not worth looking for those that are over.
const FEW: usize = 4096;

/// Which meeting a span belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Meeting {
    key: Key,
    attempt: u32,
    occurrence: u32,
}

impl Meeting {
    pub(super) fn new(key: Key, attempt: u32, occurrence: u32) -> Self {
        Self { key, attempt, occurrence }
    }
}

/// One instance of a collective.
struct Seen {
    starts: u32,
    /// Spans of it that are open.
    open: u32,
    latest_start: i64,
    earliest_end: i64,
    reported: bool,
}

/// All instances that somebody may still enter or leave.
#[derive(Default)]
pub(super) struct Meetings {
    seen: HashMap<Meeting, Seen>,
    /// How many were left when those that are over were last let go.
    kept: usize,
    /// Instances that two ranks entered.
    pub(super) points: u64,
    /// The largest violation seen.
    pub(super) most: u64,
}

impl Meetings {
    /// Somebody enters; how far the clocks contradict each other, if more than the tolerance and not told yet.
    pub(super) fn enter(&mut self, meeting: Meeting, now: i64, tolerance: u64) -> Option<u64> {
        let fresh = Seen { starts: 0, open: 0, latest_start: now, earliest_end: i64::MAX, reported: false };
        let seen = self.seen.entry(meeting).or_insert(fresh);
        seen.starts = seen.starts.saturating_add(1);
        seen.open += 1;
        seen.latest_start = seen.latest_start.max(now);
        self.points += u64::from(seen.starts == 2);
        Self::check(seen, &mut self.most, tolerance)
    }

    /// Somebody leaves.
    pub(super) fn leave(&mut self, meeting: Meeting, now: i64, tolerance: u64) -> Option<u64> {
        let seen = self.seen.get_mut(&meeting)?;
        seen.open -= 1;
        seen.earliest_end = seen.earliest_end.min(now);
        Self::check(seen, &mut self.most, tolerance)
    }

    /// Somebody's span was lost.
    pub(super) fn forget(&mut self, meeting: Meeting) {
        if let Some(seen) = self.seen.get_mut(&meeting) {
            seen.open -= 1;
        }
    }

    fn check(seen: &mut Seen, most: &mut u64, tolerance: u64) -> Option<u64> {
        // Nobody has left yet if the earliest end is the end of time; a rank alone proves nothing.
        if seen.starts < 2 || seen.latest_start <= seen.earliest_end {
            return None;
        }
        let apart = (seen.latest_start - seen.earliest_end) as u64;
        *most = apart.max(*most);
        let is_news = apart > tolerance && !seen.reported;
        seen.reported |= is_news;
        is_news.then_some(apart)
    }

    /// True if it is time to let go of those that are over.
    pub(super) fn is_crowded(&self, ranks: usize) -> bool {
        self.seen.len() >= (self.kept * 2).max(FEW).max(ranks).min(MOST_MEETINGS)
    }

    /// Lets go of those that nobody has open and nobody can enter any more: every rank is beyond that attempt and step.
    /// True if there is room again.
    pub(super) fn let_go(&mut self, everybody_is_at: Option<(u32, u64)>) -> bool {
        if let Some(at) = everybody_is_at {
            self.seen.retain(|meeting, seen| seen.open > 0 || (meeting.attempt, meeting.key.step.unwrap_or(0)) >= at);
        }
        self.kept = self.seen.len();
        self.kept < MOST_MEETINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::event::Word;
    use crate::events::kind::Kind;

    fn meeting(step: u64) -> Meeting {
        Meeting::new(Key { kind: Kind::Barrier, step: Some(step), span: Word::NONE }, 0, 0)
    }

    #[test]
    fn who_leaves_before_all_have_entered_has_another_clock() {
        let mut meetings = Meetings::default();
        assert_eq!(meetings.enter(meeting(0), 100, 5), None);
        assert_eq!(meetings.leave(meeting(0), 110, 5), None);
        assert_eq!((meetings.points, meetings.enter(meeting(0), 114, 5)), (0, None));
        assert_eq!((meetings.points, meetings.most), (1, 4));
        assert_eq!(meetings.enter(meeting(0), 120, 5), Some(10));
        assert_eq!(meetings.enter(meeting(0), 130, 5), None, "told once");
        assert_eq!(meetings.most, 20);
    }

    #[test]
    fn what_is_over_is_let_go_and_nothing_else() {
        let mut meetings = Meetings::default();
        for step in 0..10 {
            meetings.enter(meeting(step), 1, 0);
            if step != 3 {
                meetings.leave(meeting(step), 2, 0);
            }
        }
        assert!(meetings.let_go(None) && meetings.seen.len() == 10);
        assert!(meetings.let_go(Some((0, 8))));
        let mut left: Vec<u64> = (0..10).filter(|step| meetings.seen.contains_key(&meeting(*step))).collect();
        left.sort_unstable();
        assert_eq!(left, [3, 8, 9]);
    }
}
