//! Which run is held against which: by name.

use std::collections::BTreeSet;

/// Positions on either side; one without a counterpart stands alone.
pub type Paired = (Option<usize>, Option<usize>);

/// Pairs names: the only ones of both sides, else equal ones, else those whose last parts are equal and stand once on each
/// side. In the order of the first side; what is left of the second comes after.
pub fn pair_names(a: &[&str], b: &[Option<&str>]) -> Vec<Paired> {
    if a.len() == 1 && b.len() == 1 {
        return vec![(Some(0), Some(0))];
    }
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut of_a: Vec<Option<usize>> = vec![None; a.len()];
    let mut taken = BTreeSet::new();
    for is_equal in [
        |a: &str, b: &str, _: &dyn Fn(&str) -> String| a == b,
        |a: &str, b: &str, last: &dyn Fn(&str) -> String| last(a) == last(b),
    ] {
        for n in 0..a.len() {
            let rivals = (0..a.len()).filter(|m| of_a[*m].is_none() && is_equal(a[*m], a[n], &last)).count();
            let mut found =
                (0..b.len()).filter(|m| !taken.contains(m) && b[*m].is_some_and(|name| is_equal(a[n], name, &last)));
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

    #[test]
    fn names_pair_whole_or_by_what_they_end_with() {
        assert_eq!(pair_names(&["a"], &[Some("b")]), [(Some(0), Some(0))]);
        assert_eq!(
            pair_names(&["21/etl", "21/load", "x"], &[Some("22/load"), Some("x"), None]),
            [(Some(0), None), (Some(1), Some(0)), (Some(2), Some(1)), (None, Some(2))]
        );
        // Who could be meant by a name is not guessed.
        assert_eq!(pair_names(&["a/x", "b/x"], &[Some("c/x"), Some("b/x")]), [(Some(0), Some(0)), (Some(1), Some(1))]);
        assert_eq!(pair_names(&["a/x", "b/x"], &[Some("x")]), [(Some(0), None), (Some(1), None), (None, Some(0))]);
    }
}
