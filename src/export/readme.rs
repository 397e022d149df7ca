//! The page that goes with a package and its certificate: how to check them by hand.

use crate::git::{Id, ObjectFormat};

/// What the page says about one run.
///
/// `tree` is git's name of the package's folder at `commit`. The commands need a shell, find, sort, sed, sha256sum and git.
pub fn readme(name: &str, package: &str, tree: Id, commit: Id, has_empty_directories: bool) -> String {
    let format = match tree.format() {
        ObjectFormat::Sha1 => "",
        ObjectFormat::Sha256 => " --object-format=sha256",
    };
    let empty = if has_empty_directories {
        "## The empty directories are there\n\n\
         Git keeps none, so they are listed. This prints nothing:\n\n\
         ```sh\n\
         (cd package && find . -type d -empty | sed 's#^\\./##' | LC_ALL=C sort) | diff - empty-directories\n\
         ```\n\n"
    } else {
        ""
    };
    format!(
        "# {name}\n\n\
         The audit package in `package/` was verified, certified and archived under this name. `certificate.json` says what the\n\
         verdict stands for and what it does not, `summary.txt` says the same for people, and `inclusion.tlog-proof` shows that\n\
         the run is in the archive's log. Nothing here is signed: where these files come from is for you to know.\n\n\
         Nothing but ordinary tools is needed for the checks below, in the folder of this page.\n\n\
         ## The package is the one that was certified\n\n\
         ```sh\n\
         (cd package && find . -type f | LC_ALL=C sort | xargs -d '\\n' -r sha256sum | sed 's#  \\./#  #' | sha256sum | cut -d' ' -f1)\n\
         ```\n\n\
         prints what stands in `certificate.json` at `dirHash` (for an event log: in the log's leaf, as its `package`):\n\n\
         ```text\n\
         {package}\n\
         ```\n\n\
         {empty}\
         ## The package is the one in the archive\n\n\
         ```sh\n\
         git init -q --bare{format} check.git\n\
         git --git-dir=check.git --work-tree=package -c core.autocrlf=false -c core.attributesFile=/dev/null add -f .\n\
         git --git-dir=check.git write-tree\n\
         rm -r check.git\n\
         ```\n\n\
         prints what the archive prints for `git rev-parse {commit}:runs/{name}/package`:\n\n\
         ```text\n\
         {tree}\n\
         ```\n\n\
         ## The certificate is the one in the archive\n\n\
         `sha256sum certificate.json` equals, in a clone of the archive,\n\n\
         ```text\n\
         git show {commit}:runs/{name}/certificate.json | sha256sum\n\
         ```\n\n\
         ## The run is in the log that you know\n\n\
         Whoever kept a checkpoint of the archive checks it with `batool verify-proof inclusion.tlog-proof --checkpoint KEPT package`.\n"
    )
}
