//! The codes that are about an archive, not about a package, and their pages.

use crate::rules::Page;

/// A code about archives.
pub struct ArchiveCode {
    /// The code by name.
    pub code: &'static str,
    /// What `batool explain` prints.
    pub page: Page,
}

pub(super) const MISMATCH: &str = "R_CERTIFICATE_MISMATCH";
pub(super) const SUMMARY_MISMATCH: &str = "R_SUMMARY_MISMATCH";
pub(super) const LAYOUT: &str = "R_RUN_LAYOUT";
pub(super) const EMPTY: &str = "R_EMPTY_DIRECTORIES";
pub(super) const OBJECT: &str = "R_OBJECT_DAMAGED";
pub(super) const ATTRIBUTES_CODE: &str = "R_ATTRIBUTES";
pub(super) const NOT_ACCEPTED: &str = "R_NOT_ACCEPTED";
pub(super) const LOG_MISMATCH: &str = "R_LOG_MISMATCH";
pub(super) const SIGNATURE: &str = "R_LOG_SIGNATURE";
pub(super) const LEAF_MISMATCH: &str = "R_LEAF_MISMATCH";
pub(super) const LEAF_WITHOUT_RUN: &str = "R_LEAF_WITHOUT_RUN";
pub(super) const RUN_WITHOUT_LEAF: &str = "R_RUN_WITHOUT_LEAF";
pub(super) const HISTORY_MERGE: &str = "R_HISTORY_MERGE";
pub(super) const HISTORY_CHANGED: &str = "R_HISTORY_CHANGED";
pub(super) const HISTORY_CONFIG: &str = "R_HISTORY_CONFIG";
pub(super) const HISTORY_LOG: &str = "R_HISTORY_LOG";
pub(super) const HISTORY_START: &str = "R_HISTORY_START";
pub(super) const TRAILER: &str = "R_TRAILER";
pub(super) const CHECKPOINT_CODE: &str = "R_CHECKPOINT";
pub(super) const RULES_UNKNOWN: &str = "U_CERTIFICATE_RULES_UNKNOWN";
pub(super) const INCOMPLETE: &str = "U_HISTORY_INCOMPLETE";
pub(super) const REPEATED: &str = "R_CERTIFICATE_REPEATED";
pub(super) const REJECTED_SINCE: &str = "R_RUN_REJECTED_SINCE";
pub(super) const BASELINE_CODE: &str = "R_BASELINE";
pub(super) const BASELINE_TAG: &str = "R_BASELINE_TAG";
pub(super) const BASELINE_TAG_MISSING: &str = "U_BASELINE_TAG_MISSING";
pub(super) const OVERDUE: &str = "U_RUN_OVERDUE";
pub(super) const JUDGED_STRICTER: &str = "N_RUN_JUDGED_STRICTER";
pub(super) const FOREIGN: &str = "N_FOREIGN_PATH";

/// Every code about archives.
pub static ARCHIVE_CODES: &[ArchiveCode] = &[
    ArchiveCode {
        code: MISMATCH,
        page: Page {
            title: "a stored certificate is not what the stored package gives",
            means: "The certificate was derived again from the stored bytes, under the policy that held when the run was added, and other bytes came out.",
            matters: "The package or its certificate was changed after the add, or the certificate was never derived from this package.",
            innocent: "Never: equal rules give equal bytes on every machine.",
            next: "Compare `batool verify run:NAME --format json` with the stored file; find the commit with `git log -- runs/NAME`.",
        },
    },
    ArchiveCode {
        code: SUMMARY_MISMATCH,
        page: Page {
            title: "a stored summary is not the one of its certificate",
            means: "`summary.txt` is a pure function of `certificate.json`, and these bytes are others.",
            matters: "People read the summary; a forged one tells them another story than the certificate.",
            innocent: "Never.",
            next: "Find the commit with `git log -- runs/NAME/summary.txt`.",
        },
    },
    ArchiveCode {
        code: LAYOUT,
        page: Page {
            title: "a run's folder does not hold what it must, or holds more",
            means: "A run is `package/`, `certificate.json`, `summary.txt` and, if needed, `empty-directories`; a name must be one that the archive allows.",
            matters: "A run without its certificate is not certified; a file that nothing explains is not evidence.",
            innocent: "Files put there with git by hand.",
            next: "Find the commit with `git log -- runs/NAME`.",
        },
    },
    ArchiveCode {
        code: EMPTY,
        page: Page {
            title: "a list of empty directories that cannot be right",
            means: "`empty-directories` must be sorted, without repetition, of safe paths, none of which is a file of the package or lies above one.",
            matters: "An export would make folders that the added package did not have, or fail.",
            innocent: "Never.",
            next: "Find the commit with `git log -- runs/NAME/empty-directories`.",
        },
    },
    ArchiveCode {
        code: OBJECT,
        page: Page {
            title: "a stored object is missing or does not hash to its id",
            means: "git's object database does not give back what was put in.",
            matters: "Bytes are lost or were replaced underneath git.",
            innocent: "A failing disk, a copy that was cut short, a partial clone.",
            next: "`git fsck --full` shows the extent; fetch the archive again from a remote or a backup.",
        },
    },
    ArchiveCode {
        code: ATTRIBUTES_CODE,
        page: Page {
            title: "the archive's attributes are not the prescribed ones",
            means: "`.gitattributes` at the root must be exactly the text of the format, and there may be no other one.",
            matters: "An attribute such as `export-ignore` or `eol` bends what git shows of the evidence.",
            innocent: "Somebody added an attribute for files of their own.",
            next: "Restore the file from the archive's first commit.",
        },
    },
    ArchiveCode {
        code: NOT_ACCEPTED,
        page: Page {
            title: "a stored run that the policy of its time does not accept",
            means: "The run does not satisfy the policy that held when it was added.",
            matters: "`archive add` would have refused it: it was put there by other means.",
            innocent: "Never by batool.",
            next: "Find the commit with `git log -- runs/NAME`, and see `batool verify run:NAME`.",
        },
    },
    ArchiveCode {
        code: LOG_MISMATCH,
        page: Page {
            title: "the log of adds is not what its leaves give",
            means: "The files below `log/` follow from the leaves, byte for byte: tiles, bundles and the checkpoint with the archive's origin. Something there is missing, other than it must be, or too much.",
            matters: "The log is what shows that nothing was dropped; one that does not add up shows nothing.",
            innocent: "A merge, rebase or cherry-pick with git: adds are brought over with `batool archive add REV:runs/X/package --as X`.",
            next: "Find the commit with `git log -- log`.",
        },
    },
    ArchiveCode {
        code: SIGNATURE,
        page: Page {
            title: "a checkpoint that is not signed as the policy asks",
            means: "The policy names a key (`log_key`), and the checkpoint that a later commit wrote, or one that was kept, bears no signature by it.",
            matters: "Whoever may commit is not thereby one who may vouch for the log.",
            innocent: "A run that was staged without the key and committed by hand.",
            next: "Take the commit back, name the file of the private key in BATOOL_LOG_KEY, and add the run again.",
        },
    },
    ArchiveCode {
        code: LEAF_MISMATCH,
        page: Page {
            title: "what is stored is not what was added",
            means: "The leaf of a run in the log binds the digests of its package, its certificate and its list of empty directories, and the policy that held; the leaf of a further certificate or of a baseline binds that of the file. What is stored is something else.",
            matters: "Evidence was changed after the add, even if package and certificate were changed together.",
            innocent: "Never.",
            next: "Find the commit with `git log -- runs/NAME`.",
        },
    },
    ArchiveCode {
        code: LEAF_WITHOUT_RUN,
        page: Page {
            title: "something that was added is not there",
            means: "The log has a leaf for a run, a certificate or a baseline of this name, and the archive has none.",
            matters: "Somebody dropped or renamed evidence.",
            innocent: "Never.",
            next: "`git log --diff-filter=D -- runs/NAME` shows the commit; `git restore --source=COMMIT~ runs/NAME` has the files.",
        },
    },
    ArchiveCode {
        code: RUN_WITHOUT_LEAF,
        page: Page {
            title: "something that the log does not know",
            means: "The archive holds a run, a further certificate or a baseline, and its log has no leaf for it.",
            matters: "It was not put there by batool; that it was there from the start cannot be shown.",
            innocent: "A commit of a staged run that left `log/` out.",
            next: "Take the commit back and commit `runs/` and `log/` together, or add the package with `batool archive add`.",
        },
    },
    ArchiveCode {
        code: HISTORY_MERGE,
        page: Page {
            title: "a merge in the archive's history",
            means: "The commit has several parents; the history of an archive is a line.",
            matters: "What came in by the other side was added to another archive than this one, and its leaves were too.",
            innocent: "Two people added in their own clones and merged with git.",
            next: "Bring the runs over with `batool archive add REV:runs/X/package --as X`.",
        },
    },
    ArchiveCode {
        code: HISTORY_CHANGED,
        page: Page {
            title: "a commit that changed or dropped evidence",
            means: "The commit changed, removed or renamed something below `runs/` or `baselines/`, or put something there that is no run, certificate or baseline.",
            matters: "History only grows: what was archived stays as it was.",
            innocent: "Never by batool.",
            next: "`git show COMMIT` shows it; `git show COMMIT~:PATH` has what was there.",
        },
    },
    ArchiveCode {
        code: HISTORY_CONFIG,
        page: Page {
            title: "a commit that changed the configuration as none may",
            means: "`batool.toml` changes in commits of its own, branch and origin never, and it must be readable.",
            matters: "A policy that is lowered in the commit that profits from it protects from nothing.",
            innocent: "A commit with `git commit -a` after an edit of the policy.",
            next: "`git show COMMIT -- batool.toml`.",
        },
    },
    ArchiveCode {
        code: HISTORY_LOG,
        page: Page {
            title: "a commit whose log does not continue the one before",
            means: "A commit adds one leaf for each run, further certificate and baseline that it adds, in the order of paths, naming the digest of its file and the parent commit's policy, and changes nothing else below `log/`.",
            matters: "The log of a commit stands for everything that was added before it only if every commit continues it.",
            innocent: "A merge, rebase or cherry-pick with git.",
            next: "`git show COMMIT -- log`.",
        },
    },
    ArchiveCode {
        code: HISTORY_START,
        page: Page {
            title: "a first commit that is not the start of an archive",
            means: "The first commit holds configuration, attributes and a log of no leaves, and no runs.",
            matters: "What stands in it was not added by anybody: no policy judged it, no leaf names it.",
            innocent: "A branch that was rebuilt by hand.",
            next: "Compare with a clone that somebody kept.",
        },
    },
    ArchiveCode {
        code: TRAILER,
        page: Page {
            title: "a commit whose trailers are wrong",
            means: "`Batool-…` lines in the message name runs, verdicts and digests that are not those of the commit. Without such lines a commit is fine.",
            matters: "People who read `git log` are told another story than the archive's.",
            innocent: "A message that was copied from another commit.",
            next: "Read the certificate instead: `batool archive show NAME`.",
        },
    },
    ArchiveCode {
        code: CHECKPOINT_CODE,
        page: Page {
            title: "the archive does not continue a checkpoint that was kept",
            means: "The checkpoint is of another archive, of a longer log than this one, or of one whose leaves were others.",
            matters: "The branch was rolled back or its history was rewritten since the checkpoint was given out.",
            innocent: "The checkpoint was made with --local and its runs were never pushed, or it is of another archive.",
            next: "Look for the commits in other clones; `git reflog show` tells when the branch moved here.",
        },
    },
    ArchiveCode {
        code: RULES_UNKNOWN,
        page: Page {
            title: "a certificate by rules that this batool does not know",
            means: "`verifier.rules` names a table of rules that is not this version's. Digests were checked, the certificate could not be derived again.",
            matters: "Whether the verdict was right cannot be said from here.",
            innocent: "The run was added by another version of batool.",
            next: "Verify with the version that the certificate names, or upgrade.",
        },
    },
    ArchiveCode {
        code: REJECTED_SINCE,
        page: Page {
            title: "a run that today's rules reject",
            means: "The run was accepted by the rules of an older version; by today's it is REJECT, and no certificate says so yet.",
            matters: "What the older rules did not see is in the archive, and readers of its certificate do not learn of it.",
            innocent: "An upgrade of batool whose rules see more.",
            next: "See `batool verify run:NAME`, then `batool archive recertify NAME`, which puts today's verdict on record.",
        },
    },
    ArchiveCode {
        code: REPEATED,
        page: Page {
            title: "a further certificate that says nothing new",
            means: "A certificate that came later beside a run is by the same rules as one that was there.",
            matters: "The same rules give the same certificate, so it is a forgery or noise that hides one.",
            innocent: "Never: `batool archive recertify` refuses to make one.",
            next: "Find the commit with `git log -- runs/NAME`; a server with hooks does not let it in.",
        },
    },
    ArchiveCode {
        code: JUDGED_STRICTER,
        page: Page {
            title: "a run that today's rules judge stricter",
            means: "The run was accepted by the rules of an older version, and by today's its verdict is a worse one. A REJECT is only noted if the newest certificate says so and reproduces.",
            matters: "Whoever relies on the run should know both verdicts.",
            innocent: "An upgrade of batool whose rules see more.",
            next: "Read the newest certificate: `git show REV:runs/NAME/certificate.2.json`.",
        },
    },
    ArchiveCode {
        code: BASELINE_CODE,
        page: Page {
            title: "a baseline that cannot be right",
            means: "A file below `baselines/` is no baseline in its canonical form, or it names a run that the archive does not hold with that package and certificate.",
            matters: "A release is measured against it; it must say what the runs were.",
            innocent: "A file put there with git by hand.",
            next: "Find the commit with `git log -- baselines`.",
        },
    },
    ArchiveCode {
        code: BASELINE_TAG,
        page: Page {
            title: "a tag that is not a baseline's as it was made",
            means: "`baseline/NAME` is an annotated tag of that name, of the commit that brought `baselines/NAME.json`; here it names something else, was made under another name, or there is no such baseline, here or as far as a remote was seen.",
            matters: "Who asks git for the release's baseline gets another state than the one that was measured.",
            innocent: "A tag of this name that was made by hand, or left behind when a baseline that was not pushed was dropped: `git tag -d baseline/NAME`.",
            next: "Compare with another clone: `git ls-remote --tags REMOTE`; `git fetch --force REMOTE tag baseline/NAME` takes theirs.",
        },
    },
    ArchiveCode {
        code: BASELINE_TAG_MISSING,
        page: Page {
            title: "the tag of a baseline is not here",
            means: "The archive holds the baseline, and this clone has no tag `baseline/NAME`.",
            matters: "Without it, whether it was moved elsewhere cannot be told from here.",
            innocent: "A clone or fetch without tags; a branch that was pushed without them; a hook that refused the tag, which every batool command there tries again to make.",
            next: "`git fetch --tags`; where the baseline was made, `git push --atomic origin BRANCH baseline/NAME`. If nobody has it: `git tag -a -m 'baseline NAME' baseline/NAME COMMIT`, with the commit that the finding names.",
        },
    },
    ArchiveCode {
        code: OVERDUE,
        page: Page {
            title: "a run that did not come",
            means: "The newest run, or the one that was named, was added longer ago than was asked for, by the date of its commit; or its date lies in the future, or it is not archived and has none.",
            matters: "An archive that nobody adds to looks as clean as ever.",
            innocent: "A pause of the job that makes runs; a clone that was not fetched.",
            next: "See whether the job ran; `batool archive log` tells what came when.",
        },
    },
    ArchiveCode {
        code: INCOMPLETE,
        page: Page {
            title: "history that is not all there",
            means: "The clone is shallow or partial, and a policy or commits that were asked for lie beyond the cut; or replace refs or grafts show another history than the one that was made.",
            matters: "By which policy a run was accepted, or whether anything was rewritten, cannot be said from here.",
            innocent: "A CI job that clones with a depth.",
            next: "`git fetch --unshallow`; in CI set `fetch-depth: 0`.",
        },
    },
    ArchiveCode {
        code: FOREIGN,
        page: Page {
            title: "something in the archive that is not evidence",
            means: "Paths outside `runs/`, `baselines/`, `log/`, `batool.toml` and `.gitattributes` are no part of the archive's evidence; with a commit's id before the path, such a path changed in one commit with evidence.",
            matters: "Nobody checks them.",
            innocent: "A README or a CI file beside the evidence.",
            next: "Nothing, if they are meant to be there.",
        },
    },
];
