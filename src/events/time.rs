//! The sweep over time: every interval between two events of a rank is given to what was open in it.

use super::kind::{BUSY, COMMUNICATION, COMPONENTS, COMPUTE};
use super::stream::Stream;

/// Sums over all ranks, in nanoseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Time {
    /// From each rank's first event to its last.
    pub(crate) window: u128,
    /// With any component open.
    pub(crate) accounted: u128,
    /// With communication open and COMPUTE not.
    pub(crate) exposed: u128,
    /// By component; overlapping spans of one kind count once.
    pub(crate) components: [u128; COMPONENTS],
    /// By how much clocks went back, over all streams.
    pub(crate) uncertainty: u128,
    /// How often, and how far at most.
    pub(crate) decreases: u64,
    pub(crate) most_back: u64,
}

impl Time {
    /// Gives an interval to what is open in a rank's stream.
    pub(super) fn pass(&mut self, stream: &mut Stream, ns: u64) {
        if ns == 0 || stream.rank.is_none() {
            return;
        }
        let (ns, live) = (u128::from(ns), stream.live());
        self.window += ns;
        let mut rest = live;
        while rest != 0 {
            self.components[rest.trailing_zeros() as usize] += ns;
            rest &= rest - 1;
        }
        if live != 0 {
            self.accounted += ns;
        }
        if live & BUSY != 0 {
            stream.busy += ns;
        }
        if live & COMPUTE != 0 {
            stream.steps.computed += ns;
        } else if live & COMMUNICATION != 0 {
            self.exposed += ns;
        }
    }

    /// Notes that a clock went back.
    pub(super) fn back(&mut self, ns: u64) {
        self.decreases += 1;
        self.most_back = self.most_back.max(ns);
        self.uncertainty += u128::from(ns);
    }
}
