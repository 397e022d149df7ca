//! Which run is held against which: by name.

use std::collections::BTreeSet;

/// Positions on either side; one without a counterpart stands alone.
pub type Paired = (Option<usize>, Option<usize>);

/// Pairs names: the only ones of both sides, else equal ones, else those whose last parts are equal and stand once on each
/// side; what has no name pairs with nothing. In the order of the first side; what is left of the second comes after.
pub fn pair_names(a: &[Option<&str>], b: &[Option<&str>]) -> Vec<Paired> {
    if a.len() == 1 && b.len() == 1 {
        return vec![(Some(0), Some(0))];
    }
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut of_a: Vec<Option<usize>> = vec![None; a.len()];
    let mut taken = BTreeSet::new();
    for by in [str::to_owned, last] {
        let [keys_of_a, keys_of_b] = [a, b].map(|names| names.iter().map(|name| name.map(by)).collect::<Vec<_>>());
        for n in (0..a.len()).filter(|n| keys_of_a[*n].is_some()) {
            let rivals = (0..a.len()).filter(|m| of_a[*m].is_none() && keys_of_a[*m] == keys_of_a[n]).count();
            let mut found = (0..b.len()).filter(|m| !taken.contains(m) && keys_of_b[*m] == keys_of_a[n]);
            if let (None, Some(m), None, 1) = (of_a[n], found.next(), found.next(), rivals) {
                of_a[n] = Some(m);
                taken.insert(m);
            }
        }
    }
    let left = (0..b.len()).filter(|m| !taken.contains(m)).map(|m| (None, Some(m)));
    of_a.iter().enumerate().map(|(n, m)| (Some(n), *m)).chain(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs names that are parted by spaces; `-` is none.
    fn paired(a: &'static str, b: &'static str) -> Vec<Paired> {
        let names =
            |names: &'static str| names.split(' ').map(|name| (name != "-").then_some(name)).collect::<Vec<_>>();
        pair_names(&names(a), &names(b))
    }

    #[test]
    fn names_pair_whole_or_by_what_they_end_with() {
        assert_eq!(paired("a", "b"), [(Some(0), Some(0))]);
        assert_eq!(
            paired("21/etl 21/load x", "22/load x -"),
            [(Some(0), None), (Some(1), Some(0)), (Some(2), Some(1)), (None, Some(2))]
        );
        // Who could be meant by a name is not guessed.
        assert_eq!(paired("a/x b/x", "c/x b/x"), [(Some(0), Some(0)), (Some(1), Some(1))]);
        assert_eq!(paired("a/x b/x", "x"), [(Some(0), None), (Some(1), None), (None, Some(0))]);
        assert_eq!(paired("-", "a/x b/x"), [(Some(0), None), (None, Some(0)), (None, Some(1))]);
    }
}
