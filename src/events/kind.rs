//! The kinds of events, as data: which phases they have, what they need, and what they count as.

/// What an event is about. The components come first; the order is that of [`KINDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the format's own")]
pub(crate) enum Kind {
    Compute,
    DataLoad,
    AllReduce,
    AllGather,
    ReduceScatter,
    Broadcast,
    AllToAll,
    Barrier,
    P2p,
    Checkpoint,
    Restore,
    Eval,
    Idle,
    Run,
    Step,
    SdcCheck,
    Failure,
    Resume,
    Retry,
    Note,
    /// `X_…`: identity, pairing, clock and tamper rules apply, and no claim uses it.
    Extension,
}

/// How many kinds are components, to which time is given.
pub(crate) const COMPONENTS: usize = 13;

/// What the format says of one kind.
pub(crate) struct Spec {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// START and END; else POINT alone.
    spans: bool,
    rank: Rank,
    needs_step: bool,
}

/// Whether events of a kind carry a rank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Needed,
    Free,
    /// Neither a rank nor a step.
    Refused,
}

const fn span(kind: Kind, name: &'static str) -> Spec {
    Spec { kind, name, spans: true, rank: Rank::Needed, needs_step: false }
}

const fn point(kind: Kind, name: &'static str) -> Spec {
    Spec { spans: false, ..span(kind, name) }
}

const fn with_step(spec: Spec) -> Spec {
    Spec { needs_step: true, ..spec }
}

/// Every kind but extensions.
pub(crate) static KINDS: [Spec; 20] = [
    span(Kind::Compute, "COMPUTE"),
    span(Kind::DataLoad, "DATA_LOAD"),
    span(Kind::AllReduce, "ALLREDUCE"),
    span(Kind::AllGather, "ALLGATHER"),
    span(Kind::ReduceScatter, "REDUCE_SCATTER"),
    span(Kind::Broadcast, "BROADCAST"),
    span(Kind::AllToAll, "ALL_TO_ALL"),
    span(Kind::Barrier, "BARRIER"),
    span(Kind::P2p, "P2P"),
    with_step(span(Kind::Checkpoint, "CHECKPOINT")),
    with_step(span(Kind::Restore, "RESTORE")),
    span(Kind::Eval, "EVAL"),
    span(Kind::Idle, "IDLE"),
    Spec { rank: Rank::Refused, ..span(Kind::Run, "RUN") },
    with_step(span(Kind::Step, "STEP")),
    with_step(point(Kind::SdcCheck, "SDC_CHECK")),
    point(Kind::Failure, "FAILURE"),
    with_step(point(Kind::Resume, "RESUME")),
    point(Kind::Retry, "RETRY"),
    Spec { rank: Rank::Free, ..point(Kind::Note, "NOTE") },
];

/// Where in its span an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Start,
    End,
    Point,
}

impl Phase {
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"START" => Some(Phase::Start),
            b"END" => Some(Phase::End),
            b"POINT" => Some(Phase::Point),
            _ => None,
        }
    }
}

impl Kind {
    /// The kind of this name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        if let Some(spec) = KINDS.iter().find(|spec| spec.name.as_bytes() == name) {
            return Some(spec.kind);
        }
        let rest = name.strip_prefix(b"X_")?;
        let allowed = |c: &u8| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'_';
        ((1..=30).contains(&rest.len()) && rest.iter().all(allowed)).then_some(Kind::Extension)
    }

    fn spec(self) -> Option<&'static Spec> {
        KINDS.get(self as usize)
    }

    /// The component that time is given to while a span of this kind is open.
    pub(crate) fn component(self) -> Option<usize> {
        let index = self as usize;
        (index < COMPONENTS).then_some(index)
    }

    /// True for collectives that nobody leaves before everybody has entered.
    pub(crate) fn synchronises(self) -> bool {
        matches!(self, Kind::AllReduce | Kind::AllGather | Kind::ReduceScatter | Kind::AllToAll | Kind::Barrier)
    }

    /// True if an event of this kind may have this phase.
    pub(crate) fn allows(self, phase: Phase) -> bool {
        self.spec().is_none_or(|spec| spec.spans == (phase != Phase::Point))
    }

    /// What an event of this kind lacks or must not have, if anything.
    pub(crate) fn wrong_place(self, has_rank: bool, has_step: bool) -> Option<&'static str> {
        let spec = self.spec()?;
        match spec.rank {
            Rank::Refused if has_rank || has_step => Some("has a rank or a step"),
            Rank::Needed if !has_rank => Some("has no rank"),
            _ if spec.needs_step && !has_step => Some("has no step"),
            _ => None,
        }
    }
}

/// The name of a component.
pub(crate) fn component_name(component: usize) -> &'static str {
    KINDS[component].name
}

/// The components in which ranks talk to each other, as bits.
pub(crate) const COMMUNICATION: u16 = bits(&[
    Kind::AllReduce,
    Kind::AllGather,
    Kind::ReduceScatter,
    Kind::Broadcast,
    Kind::AllToAll,
    Kind::Barrier,
    Kind::P2p,
]);
/// The component of computing, as a bit.
pub(crate) const COMPUTE: u16 = bits(&[Kind::Compute]);
/// The components in which a rank is busy by itself, as bits.
pub(crate) const BUSY: u16 = bits(&[Kind::Compute, Kind::DataLoad]);

const fn bits(kinds: &[Kind]) -> u16 {
    let (mut bits, mut n) = (0, 0);
    while n < kinds.len() {
        bits |= 1 << kinds[n] as u16;
        n += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_kinds() {
        for (n, spec) in KINDS.iter().enumerate() {
            assert_eq!(spec.kind as usize, n, "{}", spec.name);
            assert_eq!(Kind::named(spec.name.as_bytes()), Some(spec.kind));
        }
        assert_eq!(Kind::Run as usize, COMPONENTS);
        assert_eq!(Kind::named(b"X_A1_"), Some(Kind::Extension));
        for name in ["X_", "X_a", "X_0123456789012345678901234567890", "COMPUTE ", "compute", ""] {
            assert_eq!(Kind::named(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn ranks_and_steps_stand_where_the_format_wants_them() {
        assert!(Kind::Run.wrong_place(true, false).is_some());
        assert!(Kind::Run.wrong_place(false, true).is_some());
        assert!(Kind::Step.wrong_place(true, false).is_some());
        assert_eq!(Kind::Note.wrong_place(false, true), None);
        assert_eq!(Kind::Extension.wrong_place(false, false), None);
        assert!(Kind::Failure.allows(Phase::Point) && !Kind::Failure.allows(Phase::End));
        assert!(Kind::Extension.allows(Phase::Point) && Kind::Extension.allows(Phase::Start));
    }
}
