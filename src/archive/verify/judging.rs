//! What a run's package comes to: judged now, or by an earlier verification of the same bytes.

use super::Check;
use crate::archive::known::Known;
use crate::archive::layout::PACKAGE;
use crate::archive::policy::Policy;
use crate::archive::read::RunEntry;
use crate::assess::assess_any;
use crate::error::Result;
use crate::source::{Listing, PackageSource as _};

impl Check<'_> {
    /// What the package of a run comes to by a policy, and what it holds.
    pub(super) fn judge(&mut self, run: &RunEntry, policy: &Policy) -> Result<(Known, Listing)> {
        let mut source = self.archive.package(run, policy.limits())?;
        let listing = source.listing().clone();
        let tree = self.archive.repo().entry_at(run.tree, PACKAGE.as_bytes())?;
        let earlier = self.earlier.as_ref().zip(tree).map(|(earlier, tree)| (earlier, earlier.place(tree.id, policy)));
        if let Some(known) = earlier.as_ref().and_then(|(earlier, place)| earlier.find(place, &mut source)) {
            self.judged.earlier += 1;
            return Ok((known, listing));
        }
        let assessed = assess_any(&mut source, &mut (), policy.limits(), policy.options(), policy.terms())?;
        self.judged.now += 1;
        let known = Known::of(&assessed)?;
        if let Some((earlier, place)) = earlier {
            earlier.keep(&place, &listing, &assessed, &known);
        }
        Ok((known, listing))
    }
}
