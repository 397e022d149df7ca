//! Which names the members of objects have, in the order written: learnt from the texts read so far.
//!
//! Rows of one file look alike. A name that follows as it did before is recognised by one comparison, and of an object
//! that has been seen before nobody asks again whether a name comes twice or whether the names are sorted.

use std::collections::HashMap;

/// Names one after another in an object at some place, as a number that a scanner gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Outline(u16);

impl Outline {
    /// Of a whole text: what surrounds its outermost value.
    pub(super) const TEXT: Outline = Outline(0);
    /// Nothing is known.
    pub(super) const UNKNOWN: Outline = Outline(u16::MAX);

    /// The number, for tables by outline; none where nothing is known.
    fn number(self) -> Option<usize> {
        (self != Self::UNKNOWN).then_some(usize::from(self.0))
    }
}

/// Bounds on what is learnt: they hold for all files that anybody writes, and hostile ones gain nothing beyond them.
const MOST_STEPS: usize = 4096;
const MOST_NAMES: u16 = 64;
const LONGEST_NAME: usize = 128;

/// One name after those before it.
struct Step {
    /// The name in its quotes, and the colon.
    token: Box<[u8]>,
    before: Outline,
    names: u16,
    /// Every name sorts after the one before it.
    rises: bool,
    /// The step that followed the last time.
    likely: Outline,
    /// Where objects begin that are this member's value, or items of it.
    inner: Outline,
}

/// A name that may come next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Likely<'o> {
    /// In its quotes and with the colon.
    pub(super) token: &'o [u8],
    /// The outline with it.
    pub(super) next: Outline,
    /// Every name up to it sorts after the one before.
    pub(super) rises: bool,
}

/// All outlines that a scanner has learnt.
pub(super) struct Outlines {
    steps: Vec<Step>,
    /// Every step by the one before it and its name.
    all: HashMap<(Outline, Box<[u8]>), Outline>,
}

impl Outlines {
    pub(super) fn new() -> Self {
        let mut outlines = Self { steps: Vec::new(), all: HashMap::new() };
        outlines.add(Outline::TEXT, Box::default(), 0, true);
        outlines
    }

    /// The outline of an object before its first member, under the member that `around` ends with.
    pub(super) fn begin(&mut self, around: Outline) -> Outline {
        let Some(step) = self.step(around) else { return Outline::UNKNOWN };
        if step.inner != Outline::UNKNOWN {
            return step.inner;
        }
        let inner = self.add(around, Box::default(), 0, true);
        self.steps[usize::from(around.0)].inner = inner;
        inner
    }

    /// The name that followed the last time.
    #[inline]
    pub(super) fn likely(&self, outline: Outline) -> Option<Likely<'_>> {
        let next = self.step(outline)?.likely;
        let step = self.step(next)?;
        Some(Likely { token: &step.token, next, rises: step.rises })
    }

    /// True if every name sorts after the one before it.
    #[inline]
    pub(super) fn rises(&self, outline: Outline) -> bool {
        self.step(outline).is_some_and(|step| step.rises)
    }

    /// The outline with one more name, given without its quotes and free of escapes; unknown if the name comes twice or
    /// nothing more can be learnt.
    pub(super) fn follow(&mut self, outline: Outline, name: &[u8]) -> Outline {
        let Some(step) = self.step(outline).filter(|_| name.len() <= LONGEST_NAME) else { return Outline::UNKNOWN };
        let key = (outline, name.into());
        let next = match self.all.get(&key) {
            Some(next) => *next,
            None => {
                if step.names == MOST_NAMES || self.has(outline, name) {
                    return Outline::UNKNOWN;
                }
                let token = [b"\"", name, b"\":"].concat();
                let rises = step.rises && (step.names == 0 || step.name() < name);
                let next = self.add(outline, token.into(), step.names + 1, rises);
                if next != Outline::UNKNOWN {
                    self.all.insert(key, next);
                }
                next
            }
        };
        self.steps[usize::from(outline.0)].likely = next;
        next
    }

    fn has(&self, outline: Outline, name: &[u8]) -> bool {
        let mut at = outline;
        while let Some(step) = self.step(at).filter(|step| step.names > 0) {
            if step.name() == name {
                return true;
            }
            at = step.before;
        }
        false
    }

    fn step(&self, outline: Outline) -> Option<&Step> {
        self.steps.get(usize::from(outline.0))
    }

    fn add(&mut self, before: Outline, token: Box<[u8]>, names: u16, rises: bool) -> Outline {
        if self.steps.len() == MOST_STEPS {
            return Outline::UNKNOWN;
        }
        let (likely, inner) = (Outline::UNKNOWN, Outline::UNKNOWN);
        self.steps.push(Step { token, before, names, rises, likely, inner });
        Outline(self.steps.len() as u16 - 1)
    }
}

impl Step {
    fn name(&self) -> &[u8] {
        self.token.get(1..self.token.len().saturating_sub(2)).unwrap_or_default()
    }
}

/// Values by outline, each made when first asked for.
#[derive(Default)]
pub(crate) struct ByOutline<T>(Vec<Option<T>>);

impl<T: Clone> ByOutline<T> {
    /// The value of an outline; `make` is asked every time where nothing is known.
    pub(crate) fn get(&mut self, outline: Outline, make: impl FnOnce() -> T) -> T {
        let Some(number) = outline.number() else { return make() };
        if number >= self.0.len() {
            self.0.resize(number + 1, None);
        }
        self.0[number].get_or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_likely_and_places_are_told_apart() {
        let mut outlines = Outlines::new();
        let root = outlines.begin(Outline::TEXT);
        let a = outlines.follow(root, b"a");
        let ab = outlines.follow(a, b"b");
        assert_eq!(outlines.likely(root), Some(Likely { token: b"\"a\":", next: a, rises: true }));
        assert_eq!(outlines.begin(Outline::TEXT), root);
        assert_ne!(outlines.begin(a), root);
        assert!(outlines.rises(ab));
        assert!(!outlines.rises(outlines.step(ab).map_or(root, |step| step.before)) || outlines.rises(a));
        let ba = outlines.follow(root, b"b");
        let ba = outlines.follow(ba, b"a");
        assert!(!outlines.rises(ba) && ba != ab);
        assert_eq!(outlines.follow(ab, b"a"), Outline::UNKNOWN);
        assert_eq!(outlines.likely(root).map(|likely| likely.token), Some(&b"\"b\":"[..]));
    }

    #[test]
    fn learning_ends_at_its_bounds() {
        let mut outlines = Outlines::new();
        let root = outlines.begin(Outline::TEXT);
        let known = (0..10_000).filter(|n: &u32| outlines.follow(root, n.to_string().as_bytes()) != Outline::UNKNOWN);
        assert_eq!(known.count(), MOST_STEPS - 2);
        let mut outlines = Outlines::new();
        let mut at = outlines.begin(Outline::TEXT);
        let known = (0..100).take_while(|n: &u32| {
            at = outlines.follow(at, n.to_string().as_bytes());
            at != Outline::UNKNOWN
        });
        assert_eq!(known.count(), usize::from(MOST_NAMES));
        assert_eq!(Outlines::new().follow(Outline::TEXT, &[b'x'; 1000]), Outline::UNKNOWN);
    }
}
