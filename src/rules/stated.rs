//! What the manifest's digests have in common: stated there, computed here.

use super::{Report, thing};
use crate::digest::Digest;
use crate::finding::{Place, printable};
use crate::package::Package;

/// Compares a digest of the manifest with the one computed over what it `covers`, in these files; says nothing where either is unknown.
pub(super) fn compare(
    package: &Package,
    out: &mut Report<'_>,
    member: &str,
    (covers, files): (&str, &[&str]),
    computed: Option<Digest>,
) {
    let Some(manifest) = package.factgraph().filter(|_| package.has_inputs()) else { return };
    let (Some(stated), Some(computed)) = (manifest.digests.get(member), computed.map(|digest| digest.token())) else {
        return;
    };
    if *stated != computed {
        let place = Place::member("manifest.json", format!("/digests/{member}"));
        let about: Vec<_> = files.iter().map(|file| thing(file, 0, "")).collect();
        out.about(&about, &[]).at(place, || format!("is {}; {covers} hash to {computed}", printable(stated, 80)));
    }
}
