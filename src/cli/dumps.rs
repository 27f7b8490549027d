//! A crash leaves no copy of the memory on a disk: secrets may be in it.

/// Takes the right to write core dumps from this process and whatever it starts.
#[cfg(unix)]
pub(super) fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "a crash may write the memory to a disk");
    }
}

/// Other systems write none unless they are told to.
#[cfg(not(unix))]
pub(super) fn forbid() {}
