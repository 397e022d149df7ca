//! Opening a repository, and what its configuration says.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice as _;

use super::id::ObjectFormat;
use super::recent::Recent;
use super::store::PackStore;
use crate::error::{Doing, Error, Result};

/// An open git repository.
///
/// Replacement objects (`refs/replace`) are never looked at. Cloning is cheap; a clone can go to another thread.
pub struct Repo {
    pub(super) gix: gix::Repository,
    pub(super) packs: PackStore,
    pub(super) recent: Recent,
    /// Where to look for objects that are being pushed; removed with the last clone.
    _quarantine: Option<Arc<tempfile::TempDir>>,
    index_path: PathBuf,
}

impl Clone for Repo {
    fn clone(&self) -> Self {
        Self {
            gix: self.gix.clone(),
            packs: PackStore::new(&self.gix),
            recent: Recent::default(),
            _quarantine: self._quarantine.clone(),
            index_path: self.index_path.clone(),
        }
    }
}

impl Repo {
    /// Opens the repository whose git directory or whose work tree's top is `path`.
    ///
    /// # Errors
    /// When there is none, when somebody else owns it, or when it is of a kind that batool cannot keep safe.
    pub fn open(path: &Path) -> Result<Self> {
        let gix = gix::open_opts(path, options()).map_err(|cause| cannot_open(path, cause))?;
        Self::settled(gix.into_here(path)?)
    }

    /// Opens the repository that `path` lies in, searching upwards as git does.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn discover(path: &Path) -> Result<Self> {
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        // From a relative path gix 0.90 makes a shorter one that is wrong below a bare repository.
        let path = &std::path::absolute(path).doing(|| format!("cannot find {}", path.display()))?;
        let gix = gix::ThreadSafeRepository::discover_opts(path, gix::discover::upwards::Options::default(), trust)
            .map_err(|cause| cannot_open(path, cause))?;
        Self::settled(gix.to_thread_local().into_here(path)?)
    }

    /// Opens the repository that git runs a hook for: `GIT_DIR`, `GIT_INDEX_FILE`, `GIT_OBJECT_DIRECTORY` and their
    /// siblings count; without them the search starts in the current directory.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn discover_from_environment() -> Result<Self> {
        let here = Path::new(".");
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        let upwards = gix::discover::upwards::Options::default();
        let gix = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(here, upwards, trust)
            .map_err(|cause| cannot_open(here, cause))?;
        let mut gix = gix.to_thread_local();
        // Hooks are told full names; a namespace is for those who fetch and push.
        gix.clear_namespace();
        let quarantine = with_pushed_objects(&mut gix)?;
        let index_path = gix.index_path();
        let packs = PackStore::new(&gix);
        let repo = Self { gix, packs, recent: Recent::default(), _quarantine: quarantine.map(Arc::new), index_path };
        repo.refuse_what_is_unknown()?;
        Ok(repo)
    }

    fn settled(gix: gix::Repository) -> Result<Self> {
        // `GIT_INDEX_FILE` belongs to the repository a hook runs for, which need not be this one.
        let index_path = gix.git_dir().join("index");
        let packs = PackStore::new(&gix);
        let repo = Self { gix, packs, recent: Recent::default(), _quarantine: None, index_path };
        repo.refuse_what_is_unknown()?;
        Ok(repo)
    }

    /// Git's rule: who does not know an extension must not touch the repository.
    fn refuse_what_is_unknown(&self) -> Result<()> {
        let config = self.gix.config_snapshot();
        if let Some(storage) = config.string("extensions.refStorage").filter(|storage| storage != "files") {
            return Err(Error::new(format!("cannot use {}", self.git_dir().display()))
                .because(format!("its references are stored as {storage}, which batool does not write"))
                .hint("git refs migrate --ref-format=files"));
        }
        if config.integer("core.repositoryFormatVersion").unwrap_or(0) < 1 {
            return Ok(());
        }
        const KNOWN: [&str; 7] = [
            "noop",
            "objectformat",
            "partialclone",
            "preciousobjects",
            "refstorage",
            "relativeworktrees",
            "worktreeconfig",
        ];
        for section in config.plumbing().sections_by_name("extensions").into_iter().flatten() {
            // A key of the same name in a user's own file means nothing.
            if section.meta().source != gix::config::Source::Local {
                continue;
            }
            for name in section.value_names() {
                let name = name.to_string().to_ascii_lowercase();
                if !KNOWN.contains(&name.as_str()) {
                    return Err(Error::new(format!("cannot use {}", self.git_dir().display()))
                        .because(format!("it has the extension {name}, which batool does not know")));
                }
            }
        }
        Ok(())
    }

    /// The directory with `HEAD` and the index: of the linked work tree, if it is one.
    pub fn git_dir(&self) -> &Path {
        self.gix.git_dir()
    }

    /// The directory with objects, references and configuration, shared by all linked work trees.
    pub fn common_dir(&self) -> &Path {
        self.gix.common_dir()
    }

    /// The top of the work tree; none in a bare repository.
    pub fn workdir(&self) -> Option<&Path> {
        self.gix.workdir()
    }

    /// True without a work tree.
    pub fn is_bare(&self) -> bool {
        self.gix.workdir().is_none()
    }

    /// True if the history was cut off by `git clone --depth`.
    pub fn is_shallow(&self) -> bool {
        self.gix.is_shallow().unwrap_or(true)
    }

    /// True if objects may be absent because a filter was used when cloning.
    pub fn is_partial(&self) -> bool {
        let config = self.gix.config_snapshot();
        let promised = || {
            let mut remotes = self.gix.remote_names().into_iter();
            remotes.any(|name| config.boolean(format!("remote.{}.promisor", name).as_str()).unwrap_or(false))
        };
        config.string("extensions.partialClone").is_some() || promised()
    }

    /// True if `info/grafts` gives commits other parents than their own.
    pub fn has_grafts(&self) -> bool {
        std::fs::metadata(self.common_dir().join("info/grafts")).is_ok_and(|found| found.len() > 0)
    }

    /// Which hash names the objects.
    pub fn object_format(&self) -> ObjectFormat {
        ObjectFormat::of(self.gix.object_hash())
    }

    /// Where the index is, whether it exists or not.
    pub fn index_path(&self) -> &Path {
        &self.index_path
    }

    pub(super) fn objects_dir(&self) -> &Path {
        self.gix.objects.store_ref().path()
    }

    /// Where git looks for hooks.
    pub fn hooks_dir(&self) -> PathBuf {
        match self.gix.config_snapshot().trusted_path("core.hooksPath") {
            Ok(Some(path)) => self.workdir().unwrap_or(self.git_dir()).join(path),
            _ => self.common_dir().join("hooks"),
        }
    }

    /// The last value of a configuration key such as `core.hooksPath`.
    pub fn config(&self, key: &str) -> Option<String> {
        self.gix.config_snapshot().string(key).map(|value| value.to_str_lossy().into_owned())
    }

    /// The value of a configuration key as git reads truth; none if it is unset or no truth value.
    pub fn config_bool(&self, key: &str) -> Option<bool> {
        self.gix.config_snapshot().boolean(key)
    }

    /// The value of a configuration key as a number, with git's suffixes `k`, `m` and `g`.
    pub fn config_number(&self, key: &str) -> Option<i64> {
        self.gix.config_snapshot().integer(key)
    }

    /// Names of the remotes, sorted.
    pub fn remotes(&self) -> Vec<String> {
        self.gix.remote_names().into_iter().map(|name| name.to_string()).collect()
    }

    /// Keys and values of a section of the repository's own configuration, in order: what its user, the system and the
    /// environment set besides is not among them.
    pub fn own_settings(&self, section: &str, subsection: Option<&str>) -> Vec<(String, String)> {
        use gix::config::Source::{Local, Worktree};
        let config = self.gix.config_snapshot();
        let mut settings = Vec::new();
        for found in config.plumbing().sections_by_name(section).into_iter().flatten() {
            let is_it = found.header().subsection_name().map(|name| name.to_string()).as_deref() == subsection;
            if !is_it || !matches!(found.meta().source, Local | Worktree) {
                continue;
            }
            for name in found.value_names() {
                let value = found.value(&name).map(|value| value.to_string()).unwrap_or_default();
                settings.push((name.to_string(), value));
            }
        }
        settings
    }

    /// The last value of a key without a subsection in the repository's own configuration.
    pub fn own_setting(&self, section: &str, key: &str) -> Option<String> {
        let settings = self.own_settings(section, None).into_iter();
        settings.rev().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// True if `commit.gpgsign` asks for signed commits.
    pub fn signs_commits(&self) -> bool {
        self.config_bool("commit.gpgsign").unwrap_or(false)
    }
}

fn options() -> gix::open::Options {
    gix::open::Options::default()
        .bail_if_untrusted(true)
        .config_overrides(["core.useReplaceRefs=false"])
        .object_store_slots(gix::odb::store::init::Slots::AsNeededByDiskState { multiplier: 2.0, minimum: 256 })
}

fn cannot_open(path: &Path, cause: gix::Error) -> Error {
    let text = format!("{cause:?}");
    let error = Error::new(format!("cannot open the repository at {}", path.display()));
    if text.contains("safe.directory") || text.contains("owned by") {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        return error
            .because("somebody else owns it, and its configuration could run programs")
            .hint(format!("git config --global --add safe.directory {}", path.display()));
    }
    error.because(cause)
}

/// Takes back what `GIT_WORK_TREE` and `GIT_NAMESPACE` did to a repository that they are not meant for.
trait IntoHere: Sized {
    fn into_here(self, path: &Path) -> Result<Self>;
}

impl IntoHere for gix::Repository {
    fn into_here(mut self, path: &Path) -> Result<Self> {
        self.clear_namespace();
        if std::env::var_os("GIT_WORK_TREE").is_some() {
            let (found, _) = gix::discover::upwards(path).doing(|| format!("cannot find {}", path.display()))?;
            let (_, workdir) = found.into_repository_and_work_tree_directories();
            self.set_workdir(workdir).doing(|| format!("cannot open the work tree at {}", path.display()))?;
        }
        Ok(self)
    }
}

/// While objects are being pushed they lie apart, named by `GIT_OBJECT_DIRECTORY`, which gix does not look at: a
/// directory of alternates leads it there.
fn with_pushed_objects(gix: &mut gix::Repository) -> Result<Option<tempfile::TempDir>> {
    let Some(apart) = std::env::var_os("GIT_OBJECT_DIRECTORY") else { return Ok(None) };
    let doing = || "cannot look at the objects that are being pushed".to_owned();
    let here = std::env::current_dir().doing(doing)?;
    let mut directories = vec![here.join(apart)];
    if let Some(more) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
        directories.extend(std::env::split_paths(&more).map(|path| here.join(path)));
    }
    let place = tempfile::tempdir().doing(doing)?;
    std::fs::create_dir(place.path().join("info")).doing(doing)?;
    std::fs::create_dir(place.path().join("pack")).doing(doing)?;
    let mut alternates = Vec::new();
    for directory in directories {
        alternates.extend_from_slice(&gix::path::into_bstr(directory).doing(doing)?);
        alternates.push(b'\n');
    }
    std::fs::write(place.path().join("info/alternates"), alternates).doing(doing)?;
    let objects = gix::odb::at(place.path(), gix.object_hash()).doing(doing)?;
    gix.objects = gix::odb::memory::Proxy::from(objects);
    Ok(Some(place))
}
